"""Tells when a reminder is due. One timer, set to the next of them: nothing wakes up in between."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.settings import Settings
from crmdesk.store import options, reminders
from crmdesk.store.reminders import Reminder
from crmdesk.store.store import Reader

_LONGEST = 600.0  # seconds until it looks again: a computer may sleep, and its clock may be set


class Reminders(QObject):
    """due(tuple[Reminder, ...]): what is to be told now, soonest first; empty when nothing is any more."""

    due = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._told: tuple[Reminder, ...] = ()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.look)
        desk.changed.connect(self._changed)

    @Slot()
    def look(self) -> None:
        """Read what is due, off the window's thread; `due` follows when it is not what was told before."""
        now = self._desk.now
        self._desk.in_background(lambda reader: _upcoming(reader, now), self._found)

    def _found(self, upcoming: list[Reminder]) -> None:
        now = self._desk.now
        due = tuple(each for each in upcoming if each.tell <= now)
        later = [(each.tell - now).total_seconds() for each in upcoming if each.tell > now]
        ends = [(each.until - now).total_seconds() for each in due]
        self._timer.start(int(min([*later, *ends, _LONGEST]) * 1000) + 50)
        if due != self._told:
            self._told = due
            self.due.emit(due)

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if changes.options or changes.entities & {"appointment", "task"}:
            self.look()


def _upcoming(reader: Reader, now: datetime) -> list[Reminder]:
    settings: Settings = options.load(reader)
    if not settings.reminders_on:
        return []
    return reminders.upcoming(reader, now, settings.reminders_minutes, settings.reminders_tasks)
