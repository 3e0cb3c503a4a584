"""When tasks are due: the groups of the list as questions to the store, and a due moment in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from crmdesk.model.query import And, Column, Compare, Filter, Or, Order, both
from crmdesk.ui.words import clock_time, local, near_day, tr

DUE = Column("scheduledend")
OPEN = Compare(Column("statecode"), "eq", 0)
DONE = Compare(Column("statecode"), "ne", 0)
_BY_DUE = (Order(DUE), Order(Column("subject")))
_BY_SUBJECT = (Order(Column("subject")),)


@dataclass(frozen=True)
class Group:
    """A part of the list: its heading, and which of the open tasks stand in it in which order."""

    heading: str
    filter: Filter
    order: tuple[Order, ...] = _BY_DUE


def open_groups(now: datetime, first_day: int) -> tuple[Group, ...]:
    """The groups of the open tasks, every one of which stands in exactly one.

    `first_day` of the week is 1 for Monday to 7 for Sunday; days begin at the computer's midnight.
    """
    today = local(now).date()
    midnight, moment = _start(today), _text(now)
    tomorrow, after = _start(today + timedelta(days=1)), _start(today + timedelta(days=2))
    next_week = max(_start(_next_week(today, first_day)), after)
    day_alone = Compare(DUE, "eq", midnight)
    return (
        Group(tr("Overdue"), And((Compare(DUE, "lt", moment), Compare(DUE, "ne", midnight)))),
        Group(tr("Today"), both(Or((Compare(DUE, "ge", moment), day_alone)), Compare(DUE, "lt", tomorrow))),
        Group(tr("Tomorrow"), _between(tomorrow, after)),
        Group(tr("This week"), _between(after, next_week)),
        Group(tr("Later"), Compare(DUE, "ge", next_week)),
        Group(tr("No date"), Compare(DUE, "eq", None), _BY_SUBJECT),
    )


def is_overdue(due: str | None, now: datetime) -> bool:
    """Whether that moment is past. A task due at midnight has a day and no time: it is late when the day is over."""
    if not due:
        return False
    moment = local(due)
    if moment.time() == time():
        return moment.date() < local(now).date()
    return moment < local(now)


def due_words(due: str | None, now: datetime) -> str:
    """As short as it can be said: 15:00 · tomorrow 15:00 · 12 Dec; an empty text for no date."""
    if not due:
        return ""
    moment, today = local(due), local(now).date()
    clock = "" if moment.time() == time() else clock_time(moment)
    if moment.date() == today and clock:
        return clock
    return f"{near_day(moment.date(), today)} {clock}".strip()


def _next_week(today: date, first_day: int) -> date:
    return today + timedelta(days=7 - (today.isoweekday() - first_day) % 7)


def _between(low: str, high: str) -> Filter:
    return And((Compare(DUE, "ge", low), Compare(DUE, "lt", high)))


def _start(day: date) -> str:
    return _text(datetime.combine(day, time()).astimezone())


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
