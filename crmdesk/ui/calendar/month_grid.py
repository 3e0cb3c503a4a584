"""Six weeks at a glance: each day with its first appointments, the others counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from crmdesk.model.record import Reference
from crmdesk.ui.calendar.event_painter import paint_bar
from crmdesk.ui.calendar.events import Event
from crmdesk.ui.calendar.periods import weekday_words
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import BODY, SMALL
from crmdesk.ui.words import plural, tr

_HEAD, _NUMBER, _BAR = 30, 26, 20
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class MonthGrid(QWidget):
    """Tells what was chosen, opened or dragged to another day; decides and writes nothing."""

    chosen = Signal(object)  # Reference or None
    opened = Signal(object)  # Reference
    day_chosen = Signal(object)  # date
    day_opened = Signal(object)  # date
    dragged = Signal(object, object)  # Reference, the date it shall begin on

    def __init__(self) -> None:
        super().__init__()
        self._days: tuple[date, ...] = ()
        self._on: dict[date, list[Event]] = {}
        self._day = self._today = date(1970, 1, 1)
        self._chosen: Reference | None = None
        self._held: tuple[Event, date, QPointF] | None = None  # what is dragged, from which day and point
        self._over: date | None = None
        self.setMinimumHeight(_HEAD + 6 * 34)
        self.setAccessibleName(tr("Month"))

    def show_events(self, days: Sequence[date], events: Sequence[Event], day: date, today: date) -> None:
        self._days, self._day, self._today = tuple(days), day, today
        self._on = {each: [event for event in events if event.on(each)] for each in days}
        self.update()

    def choose(self, reference: Reference | None) -> None:
        self._chosen = reference
        self.update()

    def rect_of(self, reference: Reference) -> QRectF | None:
        """Where an appointment is painted, on its first day here."""
        bars = (bar for number, day in enumerate(self._days) for bar in self._bars(self._cell(number), day))
        return next((rect for event, rect in bars if event.reference == reference), None)

    def rect_of_day(self, day: date) -> QRectF:
        """Where a day that is shown stands."""
        return self._cell(self._days.index(day))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme().tokens
        painter.fillRect(self.rect(), tokens.color("surface"))
        painter.setFont(font(SMALL, bold=True))
        painter.setPen(tokens.color("dim"))
        for number, day in enumerate(self._days[:7]):
            cell = self._cell(number)
            painter.drawText(
                QRectF(cell.left() + 8, 0, cell.width() - 8, _HEAD), _LEFT, weekday_words(day.isoweekday())
            )
        for number, day in enumerate(self._days):
            self._paint_day(painter, self._cell(number), day)
        painter.end()

    def _paint_day(self, painter: QPainter, cell: QRectF, day: date) -> None:
        tokens = theme().tokens
        outside = day.month != self._day.month
        if outside:
            painter.fillRect(cell, tokens.color("background"))
        if day == self._over:
            painter.fillRect(cell, tokens.color("accent_soft"))
        painter.fillRect(QRectF(cell.left(), cell.top(), cell.width(), 1), tokens.color("line"))
        painter.fillRect(QRectF(cell.left(), cell.top(), 1, cell.height()), tokens.color("line"))
        self._paint_number(painter, cell, day, outside)
        for each, rect in self._bars(cell, day):
            paint_bar(painter, rect, each, each.reference == self._chosen, with_time=True)
        hidden = len(self._on[day]) - len(self._bars(cell, day))
        if hidden:
            painter.setFont(font(SMALL))
            painter.setPen(tokens.color("dim"))
            room = QRectF(cell.left() + 8, cell.bottom() - _BAR, cell.width() - 12, _BAR - 2)
            painter.drawText(room, _LEFT, plural(hidden, "{n} more", "{n} more"))
        if day == self._day:
            painter.setPen(tokens.color("accent"))
            painter.drawRect(cell.adjusted(1, 1, -2, -2))

    def _paint_number(self, painter: QPainter, cell: QRectF, day: date, outside: bool) -> None:
        tokens = theme().tokens
        circle = QRectF(cell.left() + 5, cell.top() + 4, 22, 22)
        is_today = day == self._today
        if is_today:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent"))
            painter.drawEllipse(circle)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(font(BODY, bold=is_today))
        painter.setPen(tokens.color("on_accent" if is_today else "dim" if outside else "text"))
        painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), str(day.day))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        day = self._day_at(at)
        if day is None or event.button() != Qt.MouseButton.LeftButton:
            return
        found = self._event_at(at, day)
        self.day_chosen.emit(day)
        self.chosen.emit(found.reference if found else None)
        self._held = (found, day, at) if found is not None and found.mine else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            return
        far = (event.position() - self._held[2]).manhattanLength() >= QApplication.startDragDistance()
        if far or self._over is not None:
            self._over = self._day_at(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        held, over = self._held, self._over
        self._held = self._over = None
        if held is not None and over is not None and over != held[1]:
            self.dragged.emit(held[0].reference, held[0].start.date() + (over - held[1]))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._held = None
        day = self._day_at(event.position())
        if day is None:
            return
        found = self._event_at(event.position(), day)
        if found is not None:
            self.opened.emit(found.reference)
        else:
            self.day_opened.emit(day)

    def _cell(self, number: int) -> QRectF:
        week, weekday = divmod(number, 7)
        width, height = self.width() / 7, (self.height() - _HEAD) / 6
        return QRectF(weekday * width, _HEAD + week * height, width, height)

    def _bars(self, cell: QRectF, day: date) -> list[tuple[Event, QRectF]]:
        some = self._on[day]
        room = int((cell.height() - _NUMBER - 4) // (_BAR + 1))
        shown = some if len(some) <= room else some[: max(0, room - 1)]
        left, width = cell.left() + 4, cell.width() - 8
        return [(e, QRectF(left, cell.top() + _NUMBER + n * (_BAR + 1), width, _BAR)) for n, e in enumerate(shown)]

    def _day_at(self, at: QPointF) -> date | None:
        return next((day for number, day in enumerate(self._days) if self._cell(number).contains(at)), None)

    def _event_at(self, at: QPointF, day: date) -> Event | None:
        cell = self._cell(self._days.index(day))
        return next((each for each, rect in self._bars(cell, day) if rect.contains(at)), None)
