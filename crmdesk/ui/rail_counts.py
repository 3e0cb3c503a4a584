"""The numbers on the rail: unread messages, and tasks that are due."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, Slot

from crmdesk.desk.desk import Desk
from crmdesk.desk.latest import LatestRead
from crmdesk.model.changes import Changes
from crmdesk.model.query import Column, Compare, Query, both
from crmdesk.store import mail_lists, records
from crmdesk.store.store import Reader
from crmdesk.ui.navigation import Navigation


class RailCounts(QObject):
    """Counts in the background when messages or tasks change. Lives as long as the window."""

    def __init__(self, desk: Desk, navigation: Navigation, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._navigation = navigation
        self._counts = LatestRead(desk, self._show, self)
        desk.changed.connect(self._changed)
        self._count()

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if changes.messages or "task" in changes.entities:
            self._count()

    def _count(self) -> None:
        now = self._desk.now

        def count(reader: Reader) -> tuple[int, int]:
            return mail_lists.unread(reader), records.count(reader, _due(now), now, only_mine=True)

        self._counts.ask(count)

    def _show(self, found: tuple[int, int]) -> None:
        unread, due = found
        self._navigation.set_count("mail", unread)
        self._navigation.set_count("tasks", due)


def _due(now: datetime) -> Query:
    """Open tasks that should have been done by now."""
    is_open = Compare(Column("statecode"), "eq", 0)
    return Query("task", filter=both(is_open, Compare(Column("scheduledend"), "le", f"{now:%Y-%m-%dT%H:%M:%SZ}")))
