"""Reminders: what the person is to be told of before it begins or when it is due, and what they said to that.

    what                               tells                            and is over
    an appointment, not completed      so many minutes before it        when it has ended
    an open task with a due time       at that time                     a day later: then it is overdue, and in the list
    snoozed                            at the moment that was chosen    as above
    dismissed                          never, unless it is moved        at once

They are of this computer alone: nothing of them is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.sqlite import insert

from crmdesk.model.query import Column, Compare, In, Order, Query, both
from crmdesk.model.record import Record, Reference
from crmdesk.model.whole_days import days_of, midnights
from crmdesk.model.words import ENTITIES
from crmdesk.model.zone import HERE
from crmdesk.store import records, tables
from crmdesk.store.store import Reader, Transaction

AHEAD = timedelta(days=1)
"""How far is looked ahead: whoever asks looks again before that."""
_OVERDUE = timedelta(days=1)
_ZONES = timedelta(hours=14)  # by so much the end of a whole day may stand before it is over here
_LONG_AGO = timedelta(days=60)
_OPEN_APPOINTMENT, _OPEN_TASK = (0, 3), 0


@dataclass(frozen=True)
class Reminder:
    """`tell`: when to tell of it; `when`: when it begins or is due; `until`: when telling makes no sense any more."""

    reference: Reference
    name: str
    tell: datetime
    when: datetime
    until: datetime
    place: str = ""


def upcoming(reader: Reader, now: datetime, minutes: int, with_tasks: bool) -> list[Reminder]:
    """What is to be told now (tell ≤ now) or within AHEAD, soonest first. `minutes`: before an appointment."""
    said = _said(reader)
    found = [_appointment(each, timedelta(minutes=minutes)) for each in _appointments(reader, now, minutes)]
    found += [_task(each) for each in _tasks(reader, now)] if with_tasks else []
    kept = (answered(each, *said.get(each.reference, (None, None))) for each in found)
    return sorted((each for each in kept if each is not None and now < each.until), key=lambda each: each.tell)


def answered(reminder: Reminder, snoozed: datetime | None, dismissed: datetime | None) -> Reminder | None:
    """What is left of it after the person's answer. `dismissed`: the `when` that the answer was about."""
    if dismissed == reminder.when:
        return None
    if snoozed is None:
        return reminder
    return Reminder(reminder.reference, reminder.name, snoozed, reminder.when, reminder.until, reminder.place)


def snooze(tx: Transaction, reference: Reference, until: datetime) -> None:
    """Tell of it again at `until`."""
    _say(tx, reference, snoozed=_text(until), dismissed=None)


def dismiss(tx: Transaction, reference: Reference, when: datetime) -> None:
    """Do not tell of it any more, unless it is moved from `when`."""
    _say(tx, reference, snoozed=None, dismissed=_text(when))
    long_ago = _text(tx.now - _LONG_AGO)
    r = tables.reminder
    tx.connection.execute(delete(r).where(or_(r.c.dismissed < long_ago, r.c.snoozed < long_ago)))


def take_back(tx: Transaction, references: Iterable[Reference]) -> None:
    """As if nothing had been answered."""
    r = tables.reminder
    for each in references:
        tx.connection.execute(delete(r).where(r.c.entity == each.entity, r.c.id == each.id))


def _say(tx: Transaction, reference: Reference, **answer: str | None) -> None:
    statement = insert(tables.reminder).values(entity=reference.entity, id=reference.id, **answer)
    tx.connection.execute(statement.on_conflict_do_update(index_elements=["entity", "id"], set_=answer))


def _said(reader: Reader) -> dict[Reference, tuple[datetime | None, datetime | None]]:
    r = tables.reminder
    return {
        Reference(entity, key): (_moment(snoozed), _moment(dismissed))
        for entity, key, snoozed, dismissed in reader.connection.execute(
            select(r.c.entity, r.c.id, r.c.snoozed, r.c.dismissed)
        )
    }


def _appointments(reader: Reader, now: datetime, minutes: int) -> list[Record]:
    start, end = Column("scheduledstart"), Column("scheduledend")
    soon = Compare(start, "le", _text(now + AHEAD + timedelta(minutes=minutes)))
    wanted = both(In(Column("statecode"), _OPEN_APPOINTMENT), soon, Compare(end, "gt", _text(now - _ZONES)))
    return records.find(reader, Query("appointment", filter=wanted, order=(Order(start),)), now, only_mine=True)


def _tasks(reader: Reader, now: datetime) -> list[Record]:
    due = Column("scheduledend")
    wanted = both(
        Compare(Column("statecode"), "eq", _OPEN_TASK),
        Compare(due, "gt", _text(now - _OVERDUE)),
        Compare(due, "le", _text(now + AHEAD)),
    )
    return records.find(reader, Query("task", filter=wanted, order=(Order(due),)), now, only_mine=True)


def _appointment(record: Record, before: timedelta) -> Reminder:
    days = days_of(ENTITIES[record.entity], record.values)
    if days is None:
        start, end = _sure(record["scheduledstart"]), _sure(record["scheduledend"])
    else:
        start, end = (each.replace(tzinfo=HERE).astimezone(UTC) for each in midnights(*days))
    place = str(record["location"] or "")
    return Reminder(record.reference, record.name, start - before, start, max(end, start), place)


def _task(record: Record) -> Reminder:
    due = _sure(record["scheduledend"])
    return Reminder(record.reference, record.name, due, due, due + _OVERDUE)


def _sure(text: object) -> datetime:
    found = _moment(str(text))
    assert found is not None, "the question asked for records with a time"
    return found


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
