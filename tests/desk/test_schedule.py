"""What happens by itself, by a clock that the test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from crmdesk.actions import choose
from crmdesk.desk import exchange
from crmdesk.desk.schedule import Course, Schedule, elapsed
from crmdesk.session.rhythm import Rhythm
from tests.desk.conftest import DeskOffice

NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)
QUARTER = Rhythm(900.0, 60.0, "2026-06-17T11:50:00Z")


# ---- one course


def test_what_was_done_ten_minutes_ago_is_due_in_five() -> None:
    assert Course().due(QUARTER, 1000.0, NOON) == 1000.0 + 300


@pytest.mark.parametrize("hours", [-48, -1, 1, 48])
def test_a_clock_that_is_set_changes_nothing(hours: int) -> None:
    course = Course()
    course.due(QUARTER, 1000.0, NOON)
    assert course.due(QUARTER, 1010.0, NOON + timedelta(hours=hours)) == 1300.0


def test_a_time_that_lies_ahead_counts_from_when_it_is_heard_of() -> None:
    course = Course()
    ahead = Rhythm(900.0, 60.0, "2026-06-19T12:00:00Z")
    assert course.due(ahead, 1000.0, NOON) == 1900.0
    assert course.due(ahead, 1500.0, NOON) == 1900.0, "and not anew at each look"


def test_a_computer_that_slept_finds_it_due() -> None:
    course = Course()
    due = course.due(QUARTER, 1000.0, NOON)
    assert course.due(QUARTER, 1000.0 + 8 * 3600, NOON + timedelta(hours=8)) == due


def test_failures_put_it_off_and_their_end_forgets_them() -> None:
    course = Course()
    course.begun(1000.0)
    course.ended(False)
    course.ended(False)
    assert course.due(QUARTER, 1000.0, NOON) == 1600.0
    course.forget_failures()
    assert course.due(QUARTER, 1000.0, NOON) == 1300.0
    course.begun(1300.0)
    course.ended(True)
    assert course.due(QUARTER, 1300.0, NOON) == 2200.0


def test_the_clock_grows() -> None:
    assert elapsed() <= elapsed()


# ---- the schedule over a desk


class Told:
    """What ran, oldest first; and a clock to move."""

    def __init__(self, office: DeskOffice, qtbot: QtBot) -> None:
        self.now = 0.0
        self.kinds: list[tuple[str, bool]] = []
        self.qtbot = qtbot
        office.desk.exchange.ran.connect(lambda kind, well: self.kinds.append((kind, well)))
        self.schedule = Schedule(office.desk, lambda: self.now)

    def look(self, minutes: float = 0) -> None:
        self.now += minutes * 60
        self.schedule.look()

    def count(self, kind: str) -> int:
        return [each for each, _ in self.kinds].count(kind)

    def wait_for(self, kind: str, times: int) -> None:
        self.qtbot.waitUntil(lambda: self.count(kind) == times)


def test_the_background_update_begins_after_a_first_one_by_hand(office: DeskOffice, qtbot: QtBot) -> None:
    told = Told(office, qtbot)
    told.look(60)
    told.wait_for(exchange.ADDRESSES, 1)
    assert told.count(exchange.BACKGROUND) == 0
    office.desk.sync_now()
    told.wait_for(exchange.SYNC, 1)
    told.look()
    assert told.count(exchange.BACKGROUND) == 0
    told.look(17)
    told.wait_for(exchange.BACKGROUND, 1)
    told.look(10)
    assert told.count(exchange.BACKGROUND) == 1


def test_the_address_book_is_updated_at_the_start_and_then_every_24_hours(office: DeskOffice, qtbot: QtBot) -> None:
    told = Told(office, qtbot)
    told.look()
    told.wait_for(exchange.ADDRESSES, 1)
    told.look(12 * 60)
    office.desk.sync_addresses()
    told.wait_for(exchange.ADDRESSES_BY_HAND, 1)
    told.look()  # as it does by itself, soon after a run
    assert told.count(exchange.ADDRESSES) == 1
    told.look(27 * 60)
    told.wait_for(exchange.ADDRESSES, 2)


def test_a_start_that_fails_is_made_up_for_soon(office: DeskOffice, qtbot: QtBot) -> None:
    told = Told(office, qtbot)
    office.unplug()
    told.look()
    told.wait_for(exchange.ADDRESSES, 1)
    told.look(1)
    assert told.kinds == [(exchange.ADDRESSES, False)]
    office.plug_in()
    told.look(70)
    told.wait_for(exchange.ADDRESSES, 2)


def test_switched_off_or_offline_nothing_happens(office: DeskOffice, qtbot: QtBot) -> None:
    told = Told(office, qtbot)
    office.desk.sync_now()
    told.wait_for(exchange.SYNC, 1)
    assert told.schedule.next_update() is not None
    office.session.do(lambda tx: choose.set_option(tx, "sync.background", "false"))
    assert told.schedule.next_update() is None
    told.look(60)
    told.wait_for(exchange.ADDRESSES, 1)
    office.desk.go_offline(now=True)
    told.wait_for(exchange.OFFLINE_NOW, 1)
    told.look(48 * 60)
    assert not office.desk.exchange.is_busy
    assert (told.count(exchange.BACKGROUND), told.count(exchange.ADDRESSES)) == (0, 1)


def test_what_was_cancelled_before_it_began_comes_again(office: DeskOffice, qtbot: QtBot) -> None:
    told = Told(office, qtbot)
    office.desk.sync_now()
    told.look(17)  # the address book waits for the run
    office.desk.cancel()
    told.wait_for(exchange.ADDRESSES, 1)
    assert (exchange.ADDRESSES, False) in told.kinds
    told.look(70)
    told.wait_for(exchange.ADDRESSES, 2)
