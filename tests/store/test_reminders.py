"""When a reminder tells, and what an answer leaves of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crmdesk.actions import edit, remind
from crmdesk.model.record import Reference, Value
from crmdesk.store import reminders
from crmdesk.store.reminders import Reminder
from crmdesk.store.store import Store
from tests.support.clock import NOON

TASK = Reference("task", "00000000-0000-4000-8000-000000000001")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "crmdesk.db", lambda: NOON)
    yield opened
    opened.close()


def at(hours: float) -> str:
    """So many hours from noon."""
    return (NOON + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make(store: Store, entity: str, **values: Value) -> Reference:
    with store.transaction() as tx:
        return Reference(entity, str(edit.create(tx, entity, values, track=False).result))


def told(store: Store, now: datetime = NOON, minutes: int = 15, tasks: bool = True) -> list[tuple[str, float]]:
    """(name, minutes from `now` until it tells)."""
    with store.read() as reader:
        found = reminders.upcoming(reader, now, minutes, tasks)
    return [(each.name, (each.tell - now).total_seconds() / 60) for each in found]


@pytest.mark.parametrize(
    ("entity", "values", "tells_in"),
    [
        ("appointment", {"scheduledstart": at(1), "scheduledend": at(2)}, 45.0),
        ("appointment", {"scheduledstart": at(0.1), "scheduledend": at(2)}, -9.0),
        ("appointment", {"scheduledstart": at(-1), "scheduledend": at(1)}, -75.0),  # it goes on
        ("appointment", {"scheduledstart": at(-2), "scheduledend": at(-1)}, None),  # over
        ("appointment", {"scheduledstart": at(1), "scheduledend": at(2), "statecode": 1}, None),  # completed
        ("appointment", {"scheduledstart": at(1), "scheduledend": at(2), "statecode": 2}, None),  # cancelled
        ("appointment", {"scheduledstart": at(30), "scheduledend": at(31)}, None),  # it is looked again before that
        ("task", {"scheduledend": at(1)}, 60.0),
        ("task", {"scheduledend": at(-1)}, -60.0),
        ("task", {"scheduledend": at(-25)}, None),  # overdue: the list shows it
        ("task", {"scheduledend": at(1), "statecode": 1}, None),
        ("task", {}, None),
    ],
)
def test_when_it_tells(store: Store, entity: str, values: dict[str, Value], tells_in: float | None) -> None:
    make(store, entity, subject="Offer", **values)
    assert told(store) == ([] if tells_in is None else [("Offer", tells_in)])


def test_the_soonest_comes_first_and_tasks_can_be_left_out(store: Store) -> None:
    make(store, "task", subject="Late", scheduledend=at(2))
    make(store, "appointment", subject="Soon", scheduledstart=at(1), scheduledend=at(2))
    assert [name for name, _ in told(store)] == ["Soon", "Late"]
    assert told(store, tasks=False) == [("Soon", 45.0)]
    assert told(store, minutes=0, tasks=False) == [("Soon", 60.0)]


def test_a_snoozed_one_tells_again(store: Store) -> None:
    made = make(store, "appointment", subject="Call", scheduledstart=at(0.2), scheduledend=at(3))
    with store.transaction() as tx:
        remind.snooze(tx, [made], NOON + timedelta(minutes=30))
    assert told(store) == [("Call", 30.0)]
    with store.transaction() as tx:
        remind.take_back(tx, [made])
    assert told(store) == [("Call", -3.0)]


def test_a_dismissed_one_is_quiet_until_it_is_moved(store: Store) -> None:
    made = make(store, "appointment", subject="Call", scheduledstart=at(0.2), scheduledend=at(3))
    with store.read() as reader:
        found = reminders.upcoming(reader, NOON, 15, True)
    with store.transaction() as tx:
        remind.dismiss(tx, found)
    assert told(store) == []
    with store.transaction() as tx:
        edit.change(tx, made, {"scheduledstart": at(1)})
    assert told(store) == [("Call", 45.0)]


@pytest.mark.parametrize(
    ("snoozed", "dismissed", "tells"),
    [(None, None, 0), (30, None, 30), (None, 0, None), (None, 60, 0), (30, 60, 30)],
)
def test_what_an_answer_leaves(snoozed: int | None, dismissed: int | None, tells: int | None) -> None:
    def moment(minutes: int | None) -> datetime | None:
        return None if minutes is None else NOON + timedelta(minutes=minutes)

    due = Reminder(TASK, "Offer", NOON, NOON, NOON + timedelta(days=1))
    left = reminders.answered(due, moment(snoozed), moment(dismissed))
    assert (None if left is None else left.tell) == moment(tells)
