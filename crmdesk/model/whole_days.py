"""Appointments that last whole days: which days their two moments mean.

Written here, a day is its midnight in UTC, which names the same day everywhere; the end is the midnight after the last
day. Other programs write midnights of their author's zone: such a day is the one on the person's clock in which it
begins, and it lasts as many days as lie between its moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from crmdesk.model.entity import Entity
from crmdesk.model.record import Value
from crmdesk.model.zone import HERE

_DAY = timedelta(days=1)


def days_of(kind: Entity, values: Mapping[str, Value]) -> tuple[date, date] | None:
    """The first and the last day; None for what does not last whole days."""
    whole = kind.whole_days
    if whole is None or not values.get(whole.flag):
        return None
    begin, end = values.get(whole.start), values.get(whole.end)
    if not isinstance(begin, str) or not isinstance(end, str):
        return None
    start, stop = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    first = start.date() if begin.endswith("T00:00:00Z") else start.astimezone(HERE).date()
    # rounded: a day on which the clocks are changed has 23 or 25 hours
    return first, first + max(0, round((stop - start) / _DAY) - 1) * _DAY


def span_of(first: date, last: date) -> tuple[str, str]:
    """The two moments that are kept for whole days, as a record holds them."""
    return first_moment(first), first_moment(last + _DAY)


def first_moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def midnights(first: date, last: date) -> tuple[datetime, datetime]:
    """The same days on the person's clock, without a zone; the second is after the last moment."""
    return datetime.combine(first, time()), datetime.combine(last + _DAY, time())
