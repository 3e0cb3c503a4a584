"""What stands at the calendar's left: a small month, which appointments are shown, and today's tasks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout

from crmdesk.model.record import Reference
from crmdesk.ui.calendar.events import Shown
from crmdesk.ui.calendar.mini_month import MiniMonth
from crmdesk.ui.parts import Link, empty, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import tr


class CalendarSide(QFrame):
    shown_changed = Signal()
    open_asked = Signal(object)  # Reference

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "side")
        self.month = MiniMonth()
        self._own = _box(tr("My appointments"), True)
        self._tracked = _box(tr("Tracked in CRM"), True)
        self._colleagues = _box(tr("Colleagues"), False)
        self._heading = label(tr("Due today"), "section")
        self._tasks: QVBoxLayout = rows(spacing=SPACE_1)
        boxes = rows(label(tr("Calendars"), "section"), self._own, self._tracked, self._colleagues, spacing=SPACE_1)
        tasks = rows(self._heading, self._tasks, spacing=SPACE_2)
        margins = (SPACE_3, SPACE_3, SPACE_3, SPACE_3)
        self.setLayout(rows(self.month, boxes, tasks, None, spacing=SPACE_4, margins=margins))
        self.setFixedWidth(7 * 26 + 2 * SPACE_3 + 6)
        for each in (self._own, self._tracked, self._colleagues):
            each.toggled.connect(self.shown_changed)

    @property
    def shown(self) -> Shown:
        return Shown(self._own.isChecked(), self._tracked.isChecked(), self._colleagues.isChecked())

    def show_colleagues(self, shown: bool) -> None:
        self._colleagues.setChecked(shown)

    def show_tasks(self, tasks: Sequence[tuple[Reference, str]]) -> None:
        empty(self._tasks)
        self._heading.setVisible(bool(tasks))
        for reference, name in tasks:
            self._tasks.addWidget(self._link(reference, name))

    def _link(self, reference: Reference, name: str) -> Link:
        link = Link(name, lambda: self.open_asked.emit(reference), quiet=True)
        link.setToolTip(name)
        return link


def _box(words: str, checked: bool) -> QCheckBox:
    box = QCheckBox(words)
    box.setChecked(checked)
    return box
