"""The bar under a tracked item's head: what it is tied to, why, and the ways to change that."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.ui import icons
from crmdesk.ui.parts import ElidedLabel, button, columns
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3
from crmdesk.ui.words import tr


class TrackingBar(QFrame):
    change_asked = Signal()
    untrack_asked = Signal()
    open_asked = Signal(object)  # Reference

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card-tracked")
        self._reference: Reference | None = None
        self._icon = _Icon()
        self._chip = button("", "chip-tracked", clicked=self._open)
        self._why = ElidedLabel("", "dim")
        change = button(tr("Change"), "link", clicked=self.change_asked.emit)
        change.setAccessibleName(tr("Change what this is regarding"))
        untrack = button(tr("Untrack"), "link", clicked=self.untrack_asked.emit)
        layout = columns(self._icon, self._chip, spacing=SPACE_2, margins=(SPACE_3, SPACE_1, SPACE_2, SPACE_1))
        layout.addWidget(self._why, 1)
        layout.addWidget(change)
        layout.addWidget(untrack)
        self.setLayout(layout)

    def show_tracked(self, regarding: Reference | None, name: str, why: str) -> None:
        """Tied to a record of that name, or tracked without one."""
        self._reference = regarding
        kind = ENTITIES[regarding.entity] if regarding else None
        self._icon.show_icon(kind.icon if kind else icons.TRACKED)
        self._chip.setText(f"{tr(kind.label)} · {name}" if kind else tr("Tracked, regarding nothing yet"))
        self._chip.setEnabled(regarding is not None)
        self._why.setText(why)
        self.setAccessibleName(f"{self._chip.text()}, {why}")

    def _open(self) -> None:
        if self._reference is not None:
            self.open_asked.emit(self._reference)


class _Icon(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._name = icons.TRACKED
        self.setFixedSize(QSize(22, 22))

    def show_icon(self, name: str) -> None:
        self._name = name
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.paint(painter, QRect(0, 0, 22, 22), self._name, "text", size=18)
        painter.end()
