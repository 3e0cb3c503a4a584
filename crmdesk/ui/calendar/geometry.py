"""The hour grid as numbers: which day and minute lies where. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from PySide6.QtCore import QPointF, QRectF

from crmdesk.ui.calendar.events import Event
from crmdesk.ui.calendar.layout import side_by_side

GUTTER, HOUR = 52, 46
DAY_HEIGHT = HOUR * 24
_SHORTEST = 25  # minutes that an appointment takes at least on the screen, so that its subject can be read
_SNAP = 15


@dataclass(frozen=True)
class Block:
    """A part of an appointment on one day, and where it is painted."""

    event: Event
    day: date
    rect: QRectF


@dataclass(frozen=True)
class HourGrid:
    """Days side by side in a width, hours from top to bottom."""

    days: tuple[date, ...]
    width: float

    @property
    def column_width(self) -> float:
        return (self.width - GUTTER) / max(1, len(self.days))

    def left_of(self, number: int) -> float:
        return GUTTER + number * self.column_width

    def moment_at(self, at: QPointF, snap: int = _SNAP) -> datetime:
        """The moment at a point, rounded down to `snap` minutes; points outside count as the nearest inside."""
        number = int((at.x() - GUTTER) // self.column_width)
        day = self.days[min(max(number, 0), len(self.days) - 1)]
        minutes = int(at.y() / HOUR * 60) // snap * snap
        return datetime.combine(day, time()) + timedelta(minutes=min(max(minutes, 0), 24 * 60))

    def rect_of(self, day: date, start: int, end: int, column: int = 0, columns: int = 1) -> QRectF:
        """Where the minutes from `start` to `end` of a day are, in one of its columns."""
        room = self.column_width - 6
        left = self.left_of(self.days.index(day)) + 2 + room * column / columns
        height = max(end - start, _SHORTEST) * HOUR / 60 - 2
        return QRectF(left, start * HOUR / 60 + 1, room / columns - (2 if column + 1 < columns else 0), height)

    def blocks(self, events: Sequence[Event]) -> list[Block]:
        """The appointments that stand among the hours, those that fall together side by side."""
        result = []
        for day in self.days:
            some = [each for each in events if not each.in_strip and each.on(day)]
            spans = [each.minutes_on(day) for each in some]
            places = side_by_side([(start, max(end, start + _SHORTEST)) for start, end in spans])
            for event, (start, end), place in zip(some, spans, places, strict=True):
                result.append(Block(event, day, self.rect_of(day, start, end, place.column, place.columns)))
        return result


class Gesture(Enum):
    """What dragging does."""

    DRAW = "draw a new one"
    MOVE = "move"
    STRETCH = "stretch by the lower edge"


@dataclass(frozen=True)
class Drag:
    """A gesture under way: where it began, and the appointment that it is about."""

    gesture: Gesture
    origin: datetime
    event: Event | None = None

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until when it would last if it was let go at `now`."""
        if self.gesture is Gesture.DRAW or self.event is None:
            low, high = min(self.origin, now), max(self.origin, now)
            low = low.replace(minute=low.minute // 30 * 30)
            end = datetime.combine(low.date(), high.time()) if high.date() != low.date() else high
            return low, max(end, low) + timedelta(minutes=30 - end.minute % 30)
        if self.gesture is Gesture.MOVE:
            by = now - self.origin
            return self.event.start + by, self.event.end + by
        return self.event.start, max(now + timedelta(minutes=_SNAP), self.event.start + timedelta(minutes=_SNAP))
