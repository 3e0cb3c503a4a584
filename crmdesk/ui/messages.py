"""What the window does with messages beyond the mail pane: their own windows, tasks and appointments made of them,
and the places that take them when they are dragged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, Signal
from PySide6.QtWidgets import QApplication

from crmdesk.actions import convert, edit, from_message
from crmdesk.actions.convert import Converted
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.store import mailbox
from crmdesk.ui.dropping import DropPlace
from crmdesk.ui.main_window import MainWindow
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.tracking import Tracking, can_be_regarding
from crmdesk.ui.words import long_time, tr

if TYPE_CHECKING:
    from crmdesk.ui.mail.message_window import MessageWindows


class Messages(QObject):
    """Lives as long as the window."""

    wanted_of_window = Signal(str, object)  # what a message's own window asks of the main one
    open_asked = Signal(object)  # Reference

    def __init__(self, desk: Desk, window: MainWindow, tracking: Tracking, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._window, self._tracking = desk, window, tracking
        self._windows: MessageWindows | None = None
        self._commands: dict[str, Callable[[str], object]] = {
            "open message": self.open_window,
            "task from message": self.make_task,
            "appointment from message": self.make_appointment,
            **{f"{kind} from message": partial(self.convert, kind) for kind in ("lead", "opportunity", "contact")},
            "track": lambda key: tracking.track(self._selected(key)),
            "untrack": lambda key: tracking.untrack(self._selected(key)),
            "view": lambda key: tracking.view(self._selected(key)),
            "regarding": self._set_regarding,
        }
        window.pane_made.connect(self._pane_made)
        for pane in window.panes.values():
            self._pane_made(pane)
        self._make_rail_take()

    def wanted(self, name: str, about: object) -> bool:
        """Do what is asked about one message; False when it is nothing of that kind."""
        if name not in self._commands or not isinstance(about, str) or not about:
            return False
        self._commands[name](about)
        return True

    def open_window(self, key: str) -> None:
        from crmdesk.ui.mail.message_window import MessageWindows  # the mail side is imported when it is needed

        if self._windows is None:
            self._windows = MessageWindows(self._desk, self._window.kept, self)
            self._windows.wanted.connect(self.wanted_of_window)
            self._windows.open_asked.connect(self.open_asked)
            self._windows.done.connect(self._window.undo.show_done)
            self._window.closing.connect(self._windows.close)
        self._windows.show_message(key)

    def make_task(self, key: str) -> None:
        """A task of the message, with a way back."""
        self._desk.do(
            lambda tx: from_message.task_of(tx, key), lambda changes: self._made("task", changes, tr("A task was made"))
        )

    def make_appointment(self, key: str, start: datetime | None = None) -> None:
        """An appointment of the message at a time (aware; None: the next full hour), with a way back."""

        def made(changes: Changes) -> None:
            words = tr("An appointment was made")
            if start is not None:
                words = tr("An appointment was made, {when}", when=long_time(start, self._desk.now))
            self._made("appointment", changes, words)

        self._desk.do(lambda tx: from_message.appointment_of(tx, key, start), made)

    def convert(self, kind: str, key: str) -> None:
        """A lead, opportunity or contact of the message, which is tracked, regarding it; with a way back and to it."""
        self._desk.do(lambda tx: convert.convert(tx, key, kind), self._converted)

    def _converted(self, changes: Changes) -> None:
        done = changes.result
        if not isinstance(done, Converted):
            return
        if done.was_there:
            words = tr("That contact is in the CRM already; the message is regarding it now")
        else:
            words = {
                "lead": tr("A lead was made, and the message is regarding it"),
                "opportunity": tr("An opportunity was made, and the message is regarding it"),
                "contact": tr("A contact was made, and the message is regarding it"),
            }[done.record.entity]
        further = (tr("Open"), lambda: self.open_asked.emit(done.record))
        if changes.problems:
            words, further = tr("{done}. There may be one already", done=words), (tr("What needs you"), self._ask)
        self._window.undo.show_done(words, lambda: self._desk.do(lambda tx: convert.take_back(tx, done)), further)

    def _ask(self) -> None:
        self._window.commands["problems"].trigger()

    def _made(self, kind: str, changes: Changes, words: str) -> None:
        reference = Reference(kind, str(changes.result))
        self._window.undo.show_done(words, lambda: self._desk.do(lambda tx: edit.remove(tx, reference)))

    def _selected(self, key: str) -> Selection:
        with self._desk.read() as reader:
            row = mailbox.get(reader, key)
        return Selection(messages=(key,), tracked=row is not None and row.tracked)

    def _set_regarding(self, key: str) -> None:
        from crmdesk.ui.dialogs.set_regarding import SetRegarding  # a dialog is imported when it is first asked for

        selection = self._selected(key)
        front = QApplication.activeWindow() or self._window
        dialog = SetRegarding(self._desk, can_be_regarding(selection), front)
        dialog.chosen.connect(lambda reference: self._tracking.set_regarding(selection, reference))
        dialog.open()

    # ---- where dragged messages can be put

    def _make_rail_take(self) -> None:
        """On the rail: tasks and calendar make something of it at once; every pane opens when one waits over it."""
        taking: dict[str, Callable[[str], None]] = {"tasks": self.make_task, "calendar": self.make_appointment}
        for name, button in self._window.navigation.buttons.items():
            make = taking.get(name)
            DropPlace(
                button,
                lambda keys, at, make=make: _each(keys, make),  # type: ignore[misc]
                lambda at, make=make: make is not None,  # type: ignore[misc]
                lambda name=name: self._window.show_pane(name),  # type: ignore[misc]
            )

    def _pane_made(self, pane: Pane) -> None:
        name = next((name for name, each in self._window.panes.items() if each is pane), "")
        if name == "records":
            for table in pane.findChildren(RecordTable):
                self._make_table_take(table)
        elif name == "tasks":
            for table in pane.findChildren(RecordTable):
                DropPlace(table.viewport(), lambda keys, at: _each(keys, self.make_task))
        elif name == "calendar":
            self._make_calendar_take(pane)

    def _make_table_take(self, table: RecordTable) -> None:
        """On a record: the messages are tracked, and regarding it."""

        def record_at(at: QPoint) -> Reference | None:
            index = table.indexAt(at)
            line = table.rows.line(index.row()) if index.isValid() else None
            key = None if line is None else line.key
            is_target = isinstance(key, Reference) and key.entity in can_be_regarding(Selection(messages=("",)))
            return key if is_target and isinstance(key, Reference) else None

        def taken(keys: Sequence[str], at: QPoint) -> bool:
            reference = record_at(at)
            if reference is not None:
                self._tracking.set_regarding(Selection(messages=tuple(keys)), reference)
            return reference is not None

        DropPlace(table.viewport(), taken, lambda at: record_at(at) is not None)

    def _make_calendar_take(self, pane: Pane) -> None:
        """Among the hours: an appointment at that time."""
        from crmdesk.ui.calendar.day_grid import DayGrid  # the pane was made: it is there

        for hours in pane.findChildren(DayGrid):

            def taken(keys: Sequence[str], at: QPoint, hours: DayGrid = hours) -> bool:
                start = hours.grid.moment_at(QPointF(at), 30).astimezone()
                return _each(keys, lambda key: self.make_appointment(key, start))

            DropPlace(hours, taken)


def _each(keys: Sequence[str], make: Callable[[str], object] | None) -> bool:
    if make is None:
        return False
    for key in keys:
        make(key)
    return True
