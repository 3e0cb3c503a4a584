"""A small month to go to a day by: today in a circle, the days shown on a soft ground."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from crmdesk.ui import icons
from crmdesk.ui.calendar.periods import Period, days_shown, first_weekday, month_words, stepped, weekday_words
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import SMALL
from crmdesk.ui.words import full_day, tr

_CELL, _HEAD, _NAMES = 26, 28, 20
_CENTER = int(Qt.AlignmentFlag.AlignCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}


class MiniMonth(QWidget):
    day_chosen = Signal(object)  # date

    def __init__(self) -> None:
        super().__init__()
        self._day = self._month = self._today = date(1970, 1, 1)
        self._shown: frozenset[date] = frozenset()
        self.setFixedSize(7 * _CELL, _HEAD + _NAMES + 6 * (_CELL - 2))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_day(self, day: date, shown: Collection[date], today: date) -> None:
        """Show the month of a day; `shown` are the days that the view beside it has."""
        self._day, self._shown, self._today = day, frozenset(shown), today
        self._month = day.replace(day=1)
        self.setAccessibleName(tr("Month: {month}, chosen {day}", month=month_words(day), day=full_day(day)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme().tokens
        painter.setFont(font(SMALL, bold=True))
        painter.setPen(tokens.color("dim"))
        painter.drawText(QRectF(4, 0, self.width() - 60, _HEAD), _LEFT, month_words(self._month))
        for name, left in (("caret-left", self.width() - 48), ("caret-right", self.width() - 24)):
            icons.paint(painter, QRectF(left, 0, 24, _HEAD), name, "dim", size=14)
        painter.setFont(font(SMALL - 1))
        for number, day in enumerate(self._days()[:7]):
            room = QRectF(number * _CELL, _HEAD, _CELL, _NAMES)
            painter.drawText(room, _CENTER, weekday_words(day.isoweekday())[:2])
        for number, day in enumerate(self._days()):
            self._paint_day(painter, self._cell(number), day)
        if self.hasFocus():
            painter.setPen(tokens.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.end()

    def _paint_day(self, painter: QPainter, cell: QRectF, day: date) -> None:
        tokens = theme().tokens
        is_today = day == self._today
        painter.setPen(Qt.PenStyle.NoPen)
        if day in self._shown and day.month == self._month.month:
            painter.setBrush(tokens.color("accent_soft"))
            painter.drawRect(cell)
        if is_today:
            painter.setBrush(tokens.color("accent"))
            painter.drawEllipse(cell.center(), 11.5, 11.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        color = "on_accent" if is_today else "faint" if day.month != self._month.month else "text"
        painter.setPen(tokens.color(color))
        painter.setFont(font(SMALL, bold=is_today or day == self._day))
        painter.drawText(cell, _CENTER, str(day.day))
        if day == self._day and not is_today:
            painter.setPen(tokens.color("accent"))
            painter.drawEllipse(cell.center(), 11.5, 11.5)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if at.y() < _HEAD:
            self._turn(-1 if at.x() < self.width() - 24 else 1) if at.x() > self.width() - 48 else None
            return
        for number, day in enumerate(self._days()):
            if self._cell(number).contains(QPointF(at)):
                self.day_chosen.emit(day)
                return

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turn(-1 if event.angleDelta().y() > 0 else 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self.day_chosen.emit(self._day + timedelta(days=step))
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.day_chosen.emit(stepped(Period.MONTH, self._day, -1 if event.key() == Qt.Key.Key_PageUp else 1))
        else:
            super().keyPressEvent(event)

    def _turn(self, steps: int) -> None:
        self._month = stepped(Period.MONTH, self._month, steps)
        self.update()

    def _days(self) -> list[date]:
        return days_shown(Period.MONTH, self._month, first_weekday(), ())

    def _cell(self, number: int) -> QRectF:
        week, weekday = divmod(number, 7)
        return QRectF(weekday * _CELL, _HEAD + _NAMES + week * (_CELL - 2), _CELL, _CELL - 2)
