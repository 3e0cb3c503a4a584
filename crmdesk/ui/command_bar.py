"""The bar at the top: New and what fits the selection; tracking, alike everywhere; search, Sync now, Online/Offline."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton

from crmdesk.ui import icons
from crmdesk.ui.commands import Commands
from crmdesk.ui.converting import CONVERTING, convert_button
from crmdesk.ui.fitting_bar import FittingBar, take_words
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import columns, empty, frame, restyle, tool
from crmdesk.ui.tokens import BAR_HEIGHT, BUTTON_HEIGHT, ICON, SPACE_1, SPACE_3
from crmdesk.ui.words import tr

NEW = (
    "new message",
    "new contact",
    "new task",
    "new appointment",
    "",
    "new account",
    "new lead",
    "new opportunity",
    "new phonecall",
)
CONNECTION = ("preview", "waiting", "problems", "", "runs", "history", "", "offline now")
TRACKING = ("track", "regarding", "view")
_TROUBLE_ICONS = {"waiting": "wifi-x", "failed": "warning"}
_LEAST = 500  # logical pixels in which the bar still has everything, most of it in More
_LABELLED = ("reply", "note", "edit", "write", "complete", "today", "open")


class CommandBar(FittingBar):
    """Shows the commands; who answers them is the window's business. Emits `searched` as the person types."""

    searched = Signal(str)
    search_left = Signal()  # Escape in the search field
    search_down = Signal()  # the arrow down in it
    search_entered = Signal()

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self._commands = commands
        self.setObjectName("commandBar")
        self.setFixedHeight(BAR_HEIGHT)
        self.setAccessibleName(tr("Commands"))
        self._fitting = QHBoxLayout()
        self._fitting.setSpacing(0)
        self._labelled: list[QToolButton] = []
        self._fitting_tools: list[QToolButton] = []
        self.more = self._more_button()
        self._tracking = [tool(commands[name], "tracking", text=True) for name in TRACKING]
        self.search = SearchField()
        self.search.textChanged.connect(self.searched)
        self.search.left.connect(self.search_left)
        self.search.down.connect(self.search_down)
        self.search.returnPressed.connect(self.search_entered)
        self._sync = tool(commands["sync"], text=True)
        layout = columns(
            self._new_button(), self._fitting, self._separator(), spacing=SPACE_1, margins=(SPACE_3, 0, SPACE_3, 0)
        )
        for each in self._tracking:
            layout.addWidget(each)
        layout.addWidget(self.more)
        layout.addStretch(1)
        layout.addWidget(self.search)
        layout.addSpacing(SPACE_1)
        layout.addWidget(self._sync)
        layout.addSpacing(SPACE_1)
        layout.addWidget(self._connection())
        self.setLayout(layout)

    def show_fitting(self, names: tuple[str, ...]) -> None:
        """Put these commands at the left, after New; those that convert stand together in one menu."""
        empty(self._fitting)
        self._labelled = []
        self._fitting_tools = []
        for name in names:
            if name in CONVERTING:
                continue
            button = tool(self._commands[name], text=name in _LABELLED)
            self._fitting.addWidget(button)
            self._fitting_tools.append(button)
            if name in _LABELLED:
                self._labelled.append(button)
        if set(CONVERTING) <= set(names):
            converting = convert_button(self._commands, self)
            self._fitting.addWidget(converting)
            self._fitting_tools.append(converting)
        self.fit()

    @property
    def tools(self) -> list[QToolButton]:
        """Of the commands that fit the selection, and of tracking; those that are in More are hidden."""
        return [*self._fitting_tools, *self._tracking]

    def show_connection(self, online: bool | None, switching: bool, trouble: str = "") -> None:
        """Which of the two is pressed (None: neither, there is no server); both wait while it switches.

        `trouble`: the token of what keeps Online from being so ("waiting", "failed"); empty: nothing does.
        """
        for name, chosen in (("online", online is True), ("offline", online is False)):
            action, command = self._commands[name], self._commands.table[name]
            troubled = trouble if chosen and name == "online" else ""
            action.setChecked(chosen)
            action.setEnabled(not switching and online is not None)
            shown = _TROUBLE_ICONS.get(troubled, command.icon)
            action.setIcon(icon(shown, (troubled or command.color) if chosen else "dim"))
        if self._online.property("trouble") != trouble:
            self._online.setProperty("trouble", trouble)
            restyle(self._online, "online")

    def _new_button(self) -> QHBoxLayout:
        arrow = self._arrow(NEW, tr("Choose what to make"), "on_accent", "primary-arrow")
        self._new = tool(self._commands["new"], "primary", text=True)
        return columns(self._new, arrow, spacing=1)

    def _more_button(self) -> QToolButton:
        """Holds the commands for which a narrow window has no room."""
        made = tool(QAction(icon("dots-three"), tr("More"), self))
        made.setMenu(QMenu(made))
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.hide()
        return made

    def _arrow(self, names: tuple[str, ...], words: str, color: str, kind: str) -> QToolButton:
        """A small arrow with a menu of commands; an empty name stands for a line between them."""
        menu = QMenu(self)
        menu.setAccessibleName(words)
        for name in names:
            if name:
                menu.addAction(self._commands[name])
            else:
                menu.addSeparator()
        arrow = tool(QAction(icon("caret-down", color), words, self), kind)
        arrow.setMenu(menu)
        arrow.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        arrow.setIconSize(QSize(12, 12))
        return arrow

    def _connection(self) -> QFrame:
        segments = frame(columns(spacing=0, margins=(0, 0, 0, 0)), "segments")
        segments.setAccessibleName(tr("Online or offline"))
        segments.setFixedHeight(BUTTON_HEIGHT)
        # a group of actions: Qt's group of buttons would trigger the action of the button that it lets go
        group = QActionGroup(segments)
        self._switch: list[QToolButton] = []
        for name in ("online", "offline"):
            self._commands[name].setCheckable(True)
            button = tool(self._commands[name], name, text=True)
            button.setIconSize(QSize(ICON, ICON))
            self._switch.append(button)
            if name == "online":
                self._online = button
            group.addAction(self._commands[name])
            layout = segments.layout()
            assert layout is not None
            layout.addWidget(button)
        arrow = self._arrow(CONNECTION, tr("Synchronising"), "dim", "segment-arrow")
        arrow.setToolTip(tr("What will happen, what happened"))
        layout = segments.layout()
        assert layout is not None
        layout.addWidget(arrow)
        return segments

    def _separator(self) -> QFrame:
        line = frame(kind="line")
        line.setFixedSize(1, 22)
        return line

    def measured(self) -> tuple[object, ...]:
        return (*self._fitting_tools, *(button.text() for button in self._wordy_tools))

    def give_up(self) -> Iterator[None]:
        """Words first: Sync now loses its own first, the switch last. Then commands go into More, from the end."""
        self._put_away(0)
        tracking = 1 + len(self._labelled)
        everything = len(self._wordy_tools)
        for bare in (0, 1, tracking, tracking + len(self._tracking), tracking + len(self._tracking) + 1, everything):
            take_words(self._wordy_tools, bare)
            yield
        for away in range(1, len(self._fitting_tools) + len(self._tracking)):
            self._put_away(away)
            yield

    @property
    def _wordy_tools(self) -> tuple[QToolButton, ...]:
        return (self._sync, *self._labelled, *self._tracking, self._new, *self._switch)

    def _put_away(self, many: int) -> None:
        """So many commands are in More: those that fit the selection from their end, then of tracking."""
        order = [*reversed(self._fitting_tools), *reversed(self._tracking)]
        for number, button in enumerate(order):
            button.setVisible(number >= many)
        menu = self.more.menu()
        assert menu is not None
        menu.clear()
        for each in reversed(order[:many]):
            menu.addActions(asked_by(each))
        self.more.setVisible(many > 0)

    def minimumSizeHint(self) -> QSize:
        """What does not fit goes into More, so it asks for little."""
        return QSize(_LEAST, super().minimumSizeHint().height())


def asked_by(button: QToolButton) -> list[QAction]:
    """What a button asks for: itself, or one of its menu."""
    menu = button.menu()
    return [button.defaultAction()] if menu is None else menu.actions()


class SearchField(QLineEdit):
    """The one search box, with its key shown at the right while it is empty."""

    left = Signal()
    down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "search")
        self.setPlaceholderText(tr("Search"))
        self.setAccessibleName(tr("Search mail, people, records and tasks"))
        self.setClearButtonEnabled(False)
        self.setMinimumWidth(90)
        self.setMaximumWidth(240)
        self.setTextMargins(24, 0, 0, 0)
        self._hint = QLabel("/", self)
        self._hint.setProperty("kind", "dim")
        self.textChanged.connect(lambda text: self._hint.setVisible(not text))
        self.installEventFilter(self)

    def sizeHint(self) -> QSize:
        return QSize(150, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        icons.paint(painter, QRect(10, 0, ICON, self.height()), "magnifying-glass", "dim", size=16)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hint.adjustSize()
        self._hint.move(self.width() - self._hint.width() - 11, (self.height() - self._hint.height()) // 2)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.clear()
                self.left.emit()
                return True
            if event.key() == Qt.Key.Key_Down:
                self.down.emit()
                return True
        return super().eventFilter(watched, event)
