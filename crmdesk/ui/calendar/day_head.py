"""What stands above the hours: the days, and the appointments that last whole days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from crmdesk.model.record import Reference
from crmdesk.ui.calendar.event_painter import paint_bar
from crmdesk.ui.calendar.events import Event
from crmdesk.ui.calendar.geometry import GUTTER, HourGrid
from crmdesk.ui.calendar.layout import stacked
from crmdesk.ui.calendar.periods import day_words
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import BODY, SMALL
from crmdesk.ui.words import tr

_HEIGHT, _BAR, _MOST = 36, 22, 5
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class DayHead(QWidget):
    """Its height follows the number of whole-day appointments that fall together."""

    chosen = Signal(object)  # Reference
    opened = Signal(object)  # Reference
    day_asked = Signal(object)  # date: its heading was pressed

    def __init__(self) -> None:
        super().__init__()
        self._days: tuple[date, ...] = ()
        self._events: list[Event] = []
        self._rows: list[int] = []
        self._today = self._day = date(1970, 1, 1)
        self._chosen: Reference | None = None
        self._scroll_bar = 0
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(tr("Days and whole-day appointments"))

    def show_events(self, days: Sequence[date], events: Sequence[Event], day: date, today: date) -> None:
        self._days, self._day, self._today = tuple(days), day, today
        self._events = [each for each in events if each.in_strip]
        self._rows = stacked([self._span(each) for each in self._events])
        bars = min(_MOST, max(self._rows, default=-1) + 1)
        self.setFixedHeight(_HEIGHT + (bars * (_BAR + 2) + 6 if bars else 0))
        self.update()

    def choose(self, reference: Reference | None) -> None:
        self._chosen = reference
        self.update()

    def leave_room(self, width: int) -> None:
        """Keep as much free at the right as the scroll bar below takes."""
        self._scroll_bar = width
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens, grid = theme().tokens, self._grid
        painter.fillRect(self.rect(), tokens.color("surface"))
        for number, day in enumerate(self._days):
            left = grid.left_of(number)
            painter.fillRect(QRectF(left, 0, 1, self.height()), tokens.color("line"))
            is_today = day == self._today
            painter.setFont(font(BODY, bold=is_today or (day == self._day and len(self._days) > 1)))
            painter.setPen(tokens.color("accent" if is_today else "text" if day == self._day else "dim"))
            painter.drawText(QRectF(left + 10, 0, grid.column_width - 12, _HEIGHT), _LEFT, day_words(day))
        if self._events:
            painter.setFont(font(SMALL))
            painter.setPen(tokens.color("dim"))
            painter.drawText(QRectF(6, _HEIGHT, GUTTER - 8, _BAR), _LEFT, tr("all day"))
        for each, rect in self._bars():
            paint_bar(painter, rect, each, each.reference == self._chosen)
        painter.fillRect(QRectF(0, self.height() - 2, self.width(), 2), tokens.color("line"))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        found = self._bar_at(at)
        if found is not None:
            self.chosen.emit(found.reference)
        elif at.x() > GUTTER and at.y() < _HEIGHT and self._days:
            self.day_asked.emit(self._grid.moment_at(QPointF(at.x(), 0)).date())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self._bar_at(event.position())
        if found is not None:
            self.opened.emit(found.reference)

    @property
    def _grid(self) -> HourGrid:
        return HourGrid(self._days, float(self.width() - self._scroll_bar))

    def _span(self, event: Event) -> tuple[int, int]:
        first, last = event.days
        shown = [number for number, day in enumerate(self._days) if first <= day <= last]
        return (shown[0], shown[-1]) if shown else (-1, -1)

    def _bars(self) -> list[tuple[Event, QRectF]]:
        grid, found = self._grid, []
        for each, row in zip(self._events, self._rows, strict=True):
            first, last = self._span(each)
            if first >= 0 and row < _MOST:
                left, right = grid.left_of(first) + 2, grid.left_of(last) + grid.column_width - 4
                found.append((each, QRectF(left, _HEIGHT + row * (_BAR + 2), right - left, _BAR)))
        return found

    def _bar_at(self, at: QPointF) -> Event | None:
        return next((each for each, rect in self._bars() if rect.contains(at)), None)
