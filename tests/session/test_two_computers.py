"""One person on two computers: neither is "the" one that synchronises, and what is theirs agrees on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crmdesk.actions import edit, track
from crmdesk.model.record import Record, Reference, State
from tests.support.builders import Desk, Office
from tests.support.clock import Clock


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    made = Office(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def desktop(office: Office) -> Desk:
    return office.desk("ann", "desktop")


@pytest.fixture
def laptop(office: Office) -> Desk:
    return office.desk("ann", "laptop")


def both_synchronise(*desks: Desk) -> None:
    for desk in (*desks, desks[0]):
        desk.sync()


def stands(desk: Desk, reference: Reference) -> tuple[bool, bool, dict[str, object]] | None:
    """Tracked, mine, and what it says; None where it is not here."""
    record = desk.sees(reference)
    if record is None:
        return None
    assert record.state is State.CLEAN
    return record.tracked, record.mine, said(record)


def said(record: Record) -> dict[str, object]:
    names = ("lastname", "subject", "statecode", "description", "regardingobjectid")
    return {name: record.values.get(name) for name in names}


def act(desk: Desk, action: Callable[..., object], *arguments: object) -> None:
    desk.session.do(lambda tx: action(tx, *arguments))  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("entity", ["contact", "task", "appointment"])
def test_what_one_tracks_is_tracked_and_mine_on_the_other(desktop: Desk, laptop: Desk, entity: str) -> None:
    values = {"lastname": "Smith"} if entity == "contact" else {"subject": "Call Smith"}
    if entity == "appointment":
        values |= {"scheduledstart": "2026-06-18T08:00:00Z", "scheduledend": "2026-06-18T09:00:00Z"}
    made = desktop.make(entity, track=False, **values)
    both_synchronise(desktop, laptop)
    assert laptop.sees(made) is None, "private: it never left"
    act(desktop, track.track, entity, [made.id])
    both_synchronise(desktop, laptop)
    assert stands(desktop, made) == stands(laptop, made)
    assert (stands(laptop, made) or ())[:2] == (True, True)


def test_a_task_that_one_completes_is_completed_on_the_other(desktop: Desk, laptop: Desk) -> None:
    task = desktop.make("task", subject="Call Smith")
    both_synchronise(desktop, laptop)
    laptop.change(task, statecode=1)
    both_synchronise(laptop, desktop)
    assert desktop.value(task, "statecode") == 1
    assert stands(desktop, task) == stands(laptop, task)


@pytest.mark.parametrize("first", ["desktop", "laptop"])
def test_each_may_do_everything_whichever_came_first(office: Office, first: str) -> None:
    second = "laptop" if first == "desktop" else "desktop"
    one, other = office.desk("ann", first), office.desk("ann", second)
    smith, task = one.make("contact", lastname="Smith"), other.make("task", subject="Call Smith")
    both_synchronise(one, other)
    act(other, edit.change, task, {"regardingobjectid": str(smith)})
    one.change(smith, lastname="Smythe")
    both_synchronise(one, other)
    both_synchronise(one, other)
    for reference in (smith, task):
        assert stands(one, reference) == stands(other, reference)
    assert other.value(smith, "lastname") == "Smythe"
    assert one.value(task, "regardingobjectid") == str(smith)


def test_what_one_deletes_goes_on_the_other(desktop: Desk, laptop: Desk) -> None:
    smith = desktop.make("contact", lastname="Smith")
    both_synchronise(desktop, laptop)
    laptop.remove(smith)
    both_synchronise(laptop, desktop)
    assert (desktop.sees(smith), laptop.sees(smith)) == (None, None)
    assert desktop.lost(smith) == [(None, "Smith")], "and can be brought back"


def test_what_one_lets_go_stays_in_the_crm_and_with_the_other(office: Office, desktop: Desk, laptop: Desk) -> None:
    smith = desktop.make("contact", lastname="Smith")
    both_synchronise(desktop, laptop)
    act(laptop, track.untrack, "contact", [smith.id])
    both_synchronise(laptop, desktop)
    assert office.has(smith) is not None
    assert (stands(desktop, smith) or ())[:2] == (True, True)
    assert desktop.problems() == laptop.problems() == []


def test_a_contact_of_a_colleague_that_one_copies_is_copied_there_alone(
    office: Office, desktop: Desk, laptop: Desk
) -> None:
    """Copying is a choice for this computer's own lists; the record itself is the same on both."""
    ben = office.desk("ben")
    smith = ben.make("contact", lastname="Smith")
    ben.sync()
    for desk in (desktop, laptop):
        desk.group("contact", "true")
    both_synchronise(desktop, laptop)
    act(desktop, track.copy_contacts, [smith.id])
    both_synchronise(desktop, laptop)
    there, here = stands(desktop, smith), stands(laptop, smith)
    assert there is not None
    assert here is not None
    assert (there[1], here[1]) == (True, False)
    assert there[2] == here[2]
    desktop.session.copy_all_contacts()
    laptop.session.copy_all_contacts()
    assert stands(desktop, smith) == stands(laptop, smith)


def test_an_edit_on_each_of_different_fields_is_on_both(desktop: Desk, laptop: Desk) -> None:
    smith = desktop.make("contact", lastname="Smith")
    both_synchronise(desktop, laptop)
    desktop.change(smith, firstname="John")
    laptop.change(smith, lastname="Rodman")
    both_synchronise(desktop, laptop)
    both_synchronise(desktop, laptop)
    for desk in (desktop, laptop):
        assert (desk.value(smith, "firstname"), desk.value(smith, "lastname")) == ("John", "Rodman")
    assert desktop.problems() == laptop.problems() == []
