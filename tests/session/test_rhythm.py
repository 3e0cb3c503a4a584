"""When what happens by itself is due, and what the administrator and the person have to say about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.crm.errors import SignInNeeded
from crmdesk.session.organization import Least, least, minutes_of
from crmdesk.session.rhythm import Plan, next_due
from tests.support.builders import Desk, Office
from tests.support.clock import Clock
from tests.support.lossy import Answered

MINUTE, HOUR = 60.0, 3600.0
NOW = 100 * HOUR
ANOTHER_DAY = 24 * HOUR

CASES: dict[str, tuple[dict[str, float | None], float]] = {
    "never done yet": ({"last": None}, NOW),
    "it went well": ({"last": NOW}, NOW + 15 * MINUTE),
    "it is overdue": ({"last": NOW - HOUR}, NOW - 45 * MINUTE),
    "the person wishes more often": ({"last": NOW, "wish": MINUTE}, NOW + MINUTE),
    "the administrator allows less often": ({"last": NOW, "wish": MINUTE, "least": 30 * MINUTE}, NOW + 30 * MINUTE),
    "this computer's part of the jitter": ({"last": NOW, "jitter": 1.0}, NOW + 16.5 * MINUTE),
    "it failed once": ({"last": NOW, "failures": 1}, NOW + 5 * MINUTE),
    "it failed twice": ({"last": NOW, "failures": 2}, NOW + 10 * MINUTE),
    "it failed often": ({"last": NOW, "failures": 50}, NOW + 2 * HOUR),
    "it failed, and the administrator's time holds": (
        {"last": NOW, "failures": 1, "least": 30 * MINUTE},
        NOW + 30 * MINUTE,
    ),
    "the address book": ({"last": NOW, "wish": 24 * HOUR, "least": HOUR}, NOW + 24 * HOUR),
    "the address book failed once": ({"last": NOW, "wish": 24 * HOUR, "least": HOUR, "failures": 1}, NOW + HOUR),
    "the address book failed often": ({"last": NOW, "wish": 24 * HOUR, "failures": 50}, NOW + 24 * HOUR),
    "a clock was set back a day": ({"last": NOW + ANOTHER_DAY}, NOW + 15 * MINUTE),
    "a clock was set ahead a day": ({"last": NOW - ANOTHER_DAY}, NOW - ANOTHER_DAY + 15 * MINUTE),
}


@pytest.mark.parametrize("case", CASES)
def test_when_it_is_due(case: str) -> None:
    given, due = CASES[case]
    last, jitter = given.get("last"), given.get("jitter") or 0.0
    wish, allowed = given.get("wish") or 15 * MINUTE, given.get("least") or MINUTE
    assert next_due(NOW, last, wish, allowed, int(given.get("failures") or 0), jitter) == due


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        (None, 1),
        (0, 1),
        (-5, 1),
        (1, 1),
        (15, 15),
        (1440, 1440),
        (1441, 1),
        (59_999, 1),
        (60_000, 1),
        (900_000, 15),
        (3_600_000, 60),
        ("15", 1),
    ],
)
def test_an_interval_of_the_organization(value: int | str | None, minutes: int) -> None:
    """Milliseconds; up to 1,440 it is minutes."""
    assert minutes_of(value) == minutes


# ---- heard from a real server


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    made = Office(tmp_path, clock)
    yield made
    made.close()


def allow(office: Office, **minutes: int) -> None:
    """As the administrator sets it, in minutes."""
    admin = office.server.add_user("boss", admin=True)
    with office.server.client(admin) as client:
        (organization,) = client.get("organizations?$select=organizationid").json()["value"]
        client.patch(
            f"organizations({organization['organizationid']})",
            json={name: each * 60_000 for name, each in minutes.items()},
        ).raise_for_status()


def allowed(desk: Desk) -> Least:
    with desk.session.store.read() as reader:
        return least(reader)


def test_the_administrators_least_times_hold(office: Office) -> None:
    allow(office, minofflinesyncinterval=30, minoutlooksyncinterval=20, minaddressbooksyncinterval=120)
    ann = office.desk("ann", contact="true")
    assert allowed(ann) == Least(30, 120), "heard when signing in"
    ann.option("sync.minutes", "5")
    ann.option("addressbook.hours", "1")
    ann.sync()
    plan = ann.session.plan()
    assert plan.update is not None
    assert plan.addresses is not None
    assert (plan.update.seconds, plan.addresses.seconds) == (30 * MINUTE, 2 * HOUR)
    assert ann.session.status().next == "2026-06-17T12:30:00Z"


def test_the_larger_of_the_two_that_a_run_does_at_once_holds(office: Office) -> None:
    allow(office, minofflinesyncinterval=10, minoutlooksyncinterval=45)
    assert allowed(office.desk("ann")).update == 45


def test_what_the_administrator_changes_is_heard_the_day_after(office: Office) -> None:
    ann = office.desk("ann", contact="true")
    ann.sync()
    allow(office, minofflinesyncinterval=30)
    ann.sync()
    assert allowed(ann).update == 1
    office.clock.advance(24 * HOUR)
    ann.sync()
    assert allowed(ann).update == 30


def test_nothing_happens_by_itself_while_the_sign_in_is_refused(office: Office) -> None:
    ann = office.desk("ann", contact="true")
    ann.sync()
    ann.network.decide = lambda request: Answered(401)
    with pytest.raises(SignInNeeded):
        ann.sync()
    assert ann.session.plan() == Plan(None, None)
    ann.plug_in()
    ann.sync()
    assert ann.session.plan().update is not None


def test_the_background_update_is_the_persons_choice_and_the_address_book_goes_on(office: Office) -> None:
    ann = office.desk("ann", contact="true")
    ann.sync()
    ann.option("sync.background", "false")
    plan = ann.session.plan()
    assert plan.update is None
    assert plan.addresses is not None
