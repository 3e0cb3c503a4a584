"""Appointments as the calendar shows them, in the computer's time zone; read from the store by one short question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from crmdesk.desk.desk import Desk
from crmdesk.model.query import And, Column, Compare, Order, Query
from crmdesk.model.record import Record, Reference, State
from crmdesk.model.whole_days import days_of, midnights
from crmdesk.model.words import ENTITIES
from crmdesk.store import records
from crmdesk.ui.calendar.periods import agenda_words
from crmdesk.ui.sources import note_of, state_words
from crmdesk.ui.words import clock_time, local, tr

_START, _END = Column("scheduledstart"), Column("scheduledend")
_DAY = timedelta(days=1)
_MOMENT = timedelta(seconds=1)
_MOST_TASKS = 6


@dataclass(frozen=True)
class Shown:
    """Which appointments are shown."""

    own: bool = True
    tracked: bool = True
    colleagues: bool = False


@dataclass(frozen=True)
class Event:
    """An appointment. `start` and `end` are on the person's clock, without a zone; `end` is after its last moment."""

    reference: Reference
    subject: str
    start: datetime
    end: datetime
    all_day: bool = False
    location: str = ""
    regarding: str = ""
    tracked: bool = False
    mine: bool = True
    note: str = ""  # an icon's name: waits, needs you
    told: str = ""  # the state in words, for those who hear it
    marks: bool = True  # the person wants the tracked mark to be shown

    @property
    def wears_mark(self) -> bool:
        return self.marks and self.tracked

    @property
    def in_strip(self) -> bool:
        """Whether it stands above the hours."""
        return self.all_day or self.end - self.start >= _DAY

    @property
    def days(self) -> tuple[date, date]:
        """Its first and last day."""
        return self.start.date(), (max(self.end, self.start + _MOMENT) - _MOMENT).date()

    def on(self, day: date) -> bool:
        first, last = self.days
        return first <= day <= last

    def minutes_on(self, day: date) -> tuple[int, int]:
        """From when until when it lasts on that day, in minutes since midnight."""
        midnight = datetime.combine(day, time())
        start, end = max(self.start, midnight), min(self.end, midnight + _DAY)
        return int((start - midnight).total_seconds() // 60), int((end - midnight).total_seconds() // 60)

    def moved(self, start: datetime, end: datetime) -> Event:
        return replace(self, start=start, end=end)

    @property
    def time_words(self) -> str:
        return tr("all day") if self.all_day else f"{clock_time(self.start)}–{clock_time(self.end)}"

    def sentence(self, today: date) -> str:
        """The appointment as one sentence."""
        parts = [self.subject, agenda_words(self.start.date(), today), self.time_words]
        if self.location:
            parts.append(self.location)
        if self.regarding:
            parts.append(tr("regarding {name}", name=self.regarding))
        if not self.mine:
            parts.append(tr("a colleague's"))
        return ", ".join(parts) + self.told


def events_between(desk: Desk, first: date, last: date, shown: Shown) -> list[Event]:
    """The appointments on the days from `first` to `last`, canceled ones left out, in the order of their start."""
    low, high = utc_text(datetime.combine(first, time())), utc_text(datetime.combine(last + _DAY, time()))
    within = And((Compare(_START, "lt", high), Compare(_END, "ge", low), Compare(Column("statecode"), "ne", 2)))
    query = Query("appointment", filter=within, order=(Order(_START), Order(_END, descending=True)))
    with desk.read() as reader:
        found = records.find(reader, query, desk.now, only_mine=not shown.colleagues)
        about = [
            Reference(*str(each["regardingobjectid"]).split(":", 1)) for each in found if each["regardingobjectid"]
        ]
        names = records.names(reader, about)
    events = (event_of(record, {str(each): name for each, name in names.items()}) for record in found)
    if not desk.session.settings.track_mark:
        events = (replace(each, marks=False) for each in events)
    return [each for each in events if _is_shown(each, shown) and each.days[1] >= first and each.days[0] <= last]


def event_of(record: Record, names: dict[str, str]) -> Event:
    start, end = str(record["scheduledstart"]), str(record["scheduledend"])
    days = days_of(ENTITIES[record.entity], record.values)
    begin, until = midnights(*days) if days else (_clock(start), _clock(end))
    return Event(
        record.reference,
        record.name,
        begin,
        until,
        days is not None,
        str(record["location"] or ""),
        names.get(str(record["regardingobjectid"]), ""),
        record.tracked,
        record.mine or record.state is State.PRIVATE,
        note_of(record),
        state_words(record),
    )


def utc_text(moment: datetime) -> str:
    """A moment of the person's clock as the store keeps it."""
    return moment.astimezone().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tasks_today(desk: Desk, today: date) -> list[tuple[Reference, str]]:
    """Some open tasks that are due today, with their names."""
    low, high = utc_text(datetime.combine(today, time())), utc_text(datetime.combine(today + _DAY, time()))
    due = And((Compare(Column("statecode"), "eq", 0), Compare(_END, "ge", low), Compare(_END, "lt", high)))
    with desk.read() as reader:
        query = Query("task", filter=due, order=(Order(_END),), top=_MOST_TASKS)
        return [(each.reference, each.name) for each in records.find(reader, query, desk.now, only_mine=True)]


def by_day(events: Iterable[Event], days: Sequence[date]) -> list[tuple[date, list[Event]]]:
    """The days that have appointments, each with its own."""
    events = list(events)
    found = [(day, [each for each in events if each.on(day)]) for day in days]
    return [(day, some) for day, some in found if some]


def _clock(text: str) -> datetime:
    return local(text).replace(tzinfo=None)


def _is_shown(event: Event, shown: Shown) -> bool:
    if not event.mine:
        return shown.colleagues
    return shown.tracked if event.tracked else shown.own
