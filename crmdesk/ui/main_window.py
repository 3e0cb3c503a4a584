"""The window's frame: rail, command bar, the panes, status line. What the panes show is theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QWidget

from crmdesk.store.records import TRACKABLE
from crmdesk.ui.command_bar import TRACKING, CommandBar
from crmdesk.ui.commands import Commands
from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.folds import Fold
from crmdesk.ui.navigation import Destination, Navigation
from crmdesk.ui.pane import Pane
from crmdesk.ui.parts import columns, rows
from crmdesk.ui.status_line import StatusLine
from crmdesk.ui.undo_bar import UndoBar
from crmdesk.ui.words import tr

_ENOUGH = 50  # selected rows that are looked at to say what can be done with all of them
PaneMaker = Callable[[], Pane]


class MainWindow(TabsAsRead, QMainWindow):
    """Panes are made when they are first looked at. Emits `asked` for the commands that no pane took."""

    asked = Signal(str)
    pane_changed = Signal(str)
    pane_made = Signal(object)  # Pane
    closing = Signal()

    def __init__(self, makers: Mapping[str, PaneMaker], layout: QSettings) -> None:
        super().__init__()
        self.setWindowTitle("crmdesk")
        self.resize(1280, 800)
        self.setMinimumSize(600, 380)  # of a screen of 1280 by 800 at twice the scale, with room for its own bars
        self._makers = makers
        self.kept = layout  # where windows and panes remember their layout
        self.panes: dict[str, Pane] = {}
        self.commands = Commands(self)
        self.bar = CommandBar(self.commands)
        self.status = StatusLine()
        self.navigation = Navigation(destinations())
        self._stack = QStackedWidget()
        right = QWidget()
        right.setLayout(rows(self.bar, self._stack, spacing=0))
        upper = QWidget()
        upper.setLayout(columns(self.navigation, right, spacing=0))
        whole = QWidget()
        whole.setLayout(rows(upper, self.status, spacing=0))
        self.setCentralWidget(whole)
        self.undo = UndoBar(self)
        self.current = ""
        self.navigation.asked.connect(self._command)
        self.commands.asked.connect(self._command)
        self.bar.search_left.connect(lambda: self.pane.focus_list())
        geometry = layout.value("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)

    @property
    def pane(self) -> Pane:
        return self.panes[self.current]

    def show_pane(self, name: str) -> Pane:
        """Bring a pane into sight."""
        if name not in self.panes:
            pane = self.panes[name] = self._makers[name]()
            self._stack.addWidget(pane)
            pane.selection_changed.connect(self.update_commands)
            self._restore_splitters(name, pane)
            self.pane_made.emit(pane)
        pane = self.panes[name]
        if self.current != name:
            self.current = name
            self.navigation.choose(name)
            self.bar.show_fitting(pane.fitting)
            self._stack.setCurrentWidget(pane)
            pane.shown()
            pane.focus_list()
            self.pane_changed.emit(name)
        self.update_commands()
        return pane

    def open_first(self) -> None:
        """Show the pane that was open last."""
        name = str(self.kept.value("window/pane", "mail"))
        self.show_pane(name if name in self._makers else next(iter(self._makers)))

    def update_commands(self) -> None:
        """Which commands can be asked for now."""
        pane, selection = self.pane, self.pane.selection(_ENOUGH)
        self.commands.enable(("today",), ())  # away from the calendar, Home is a key of the lists
        self.commands.enable(pane.fitting, pane.possible())
        tracking = {"regarding", "view"} if selection else set()
        if selection and all(each.entity in TRACKABLE for each in selection.records):
            tracking.add("track")
        self.commands.enable(TRACKING, tracking)
        track = self.commands["track"]
        track.setText(tr("Untrack") if selection.tracked else tr("Track"))

    def _command(self, name: str) -> None:
        if name in self._makers:
            self.show_pane(name)
        elif name == "new":
            self._command(self.pane.new_kind)
        elif name == "search":
            self.bar.search.setFocus()
            self.bar.search.selectAll()
        elif name == "quit":
            self.close()
        elif not self.pane.run(name):
            self.asked.emit(name)

    def _restore_splitters(self, name: str, pane: Pane) -> None:
        for number, splitter in enumerate(pane.findChildren(QSplitter)):
            state = self.kept.value(f"{name}/splitter{number}")
            if state is not None:
                splitter.restoreState(state)
        pane.take_layout(str(self.kept.value(f"{name}/layout", "")))

    def come_back(self) -> None:
        """To the front, from wherever it was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def keep_layout(self) -> None:
        """Remember where everything is, for the next window."""
        self.kept.setValue("window/geometry", self.saveGeometry())
        self.kept.setValue("window/pane", self.current)
        for name, pane in self.panes.items():
            for number, splitter in enumerate(pane.findChildren(QSplitter)):
                if isinstance(splitter, Fold) and splitter.is_folded:
                    continue  # what a hand gave to each part was given where there was room
                self.kept.setValue(f"{name}/splitter{number}", splitter.saveState())
            self.kept.setValue(f"{name}/layout", pane.layout_kept())

    def closeEvent(self, event: QCloseEvent) -> None:
        unsettled = next((name for name, pane in self.panes.items() if not pane.settle()), None)
        if unsettled is not None:
            self.show_pane(unsettled)  # where a sentence says what cannot be saved
            event.ignore()
            return
        self.keep_layout()
        self.closing.emit()
        super().closeEvent(event)


def destinations() -> tuple[Destination, ...]:
    return (
        Destination("mail", tr("Mail"), "envelope-simple"),
        Destination("contacts", tr("Contacts"), "users"),
        Destination("tasks", tr("Tasks"), "check-square"),
        Destination("calendar", tr("Calendar"), "calendar-blank"),
        Destination("records", tr("CRM"), "buildings"),
    )
