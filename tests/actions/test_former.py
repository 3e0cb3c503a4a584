"""Tracking again what was untracked: never a second record in the CRM."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from crmdesk.actions import track
from crmdesk.actions.former import counterpart
from crmdesk.model.record import Reference, Value
from tests.support.builders import Desk, Office


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben", contact="true")


def tracked(desk: Desk, reference: Reference) -> Reference:
    result = desk.session.do(lambda tx: track.track(tx, reference.entity, [reference.id])).result
    assert isinstance(result, list)
    return Reference.parse(result[0])


def untracked(desk: Desk, reference: Reference) -> Reference:
    result = desk.session.do(lambda tx: track.untrack(tx, reference.entity, [reference.id])).result
    assert isinstance(result, list)
    return Reference(reference.entity, result[0])


def the_only_one(office: Office) -> dict[str, Value]:
    (row,) = office.everything("contact").values()
    return {name: row.values[name] for name in ("firstname", "lastname", "jobtitle")}


class Again(NamedTuple):
    words: str
    changed_in_the_copy: dict[str, Value]
    changed_by_ben: dict[str, Value]
    becomes: tuple[str | None, str | None, str | None]  # first name, last name, job title
    history: tuple[tuple[str | None, Value], ...] = ()


# of Jeff Smith, a buyer
AGAIN = [
    Again("nothing was changed", {}, {}, ("Jeff", "Smith", "Buyer")),
    Again("changed in the copy", {"firstname": "John"}, {}, ("John", "Smith", "Buyer")),
    Again("emptied in the copy", {"jobtitle": None}, {}, ("Jeff", "Smith", None)),
    Again("changed by somebody else", {}, {"lastname": "Rodman"}, ("Jeff", "Rodman", "Buyer")),
    Again("different fields", {"firstname": "John"}, {"lastname": "Rodman"}, ("John", "Rodman", "Buyer")),
    Again(
        "the same field",
        {"firstname": "John"},
        {"firstname": "Jim"},
        ("John", "Smith", "Buyer"),
        (("firstname", "Jim"),),
    ),
    Again("the same change", {"firstname": "John"}, {"firstname": "John"}, ("John", "Smith", "Buyer")),
]


@pytest.mark.parametrize("is_here", [True, False], ids=["still here", "not here any more"])
@pytest.mark.parametrize("case", AGAIN, ids=lambda case: case.words)
def test_a_copy_becomes_its_record_again(office: Office, ann: Desk, ben: Desk, case: Again, is_here: bool) -> None:
    smith = ann.make("contact", firstname="Jeff", lastname="Smith", jobtitle="Buyer")
    ann.sync()
    copy = untracked(ann, smith)
    if not is_here:
        ann.group("contact", "false")
        ann.sync()
        assert ann.stored(smith) is None
    if case.changed_in_the_copy:
        ann.change(copy, **case.changed_in_the_copy)
    if case.changed_by_ben:
        ben.sync()
        ben.change(smith, **case.changed_by_ben)
        ben.sync()
    assert tracked(ann, copy) == smith
    assert ann.stored(copy) is None
    ann.sync()
    assert tuple(the_only_one(office).values()) == case.becomes
    seen = ann.sees(smith)
    assert seen is not None
    assert (seen.tracked, seen.mine, seen.state.value, seen["firstname"]) == (True, True, "clean", case.becomes[0])
    assert ann.lost(smith) == list(case.history)
    assert (ann.waiting(), ann.problems()) == (0, [])


@pytest.mark.parametrize("first", ["the copy", "the record"])
def test_what_points_at_the_copy_points_at_the_record(office: Office, ann: Desk, first: str) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    copy = untracked(ann, smith)
    call = ann.make("task", track=False, subject="Call", regardingobjectid=str(copy))
    assert tracked(ann, copy if first == "the copy" else smith) == smith
    assert ann.value(call, "regardingobjectid") == str(smith)
    tracked(ann, call)
    ann.sync()
    assert len(office.everything("contact")) == 1
    assert office.has(call) is not None


def test_let_go_and_tracked_again_and_again(office: Office, ann: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    for name in ("Smythe", "Smithson"):
        copy = untracked(ann, smith)
        ann.change(copy, lastname=name)
        assert tracked(ann, copy) == smith
        ann.sync()
        assert the_only_one(office)["lastname"] == name


def test_an_unsent_change_travels_with_the_copy_and_back(office: Office, ann: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    ann.change(smith, lastname="Smythe")
    copy = untracked(ann, smith)
    ann.sync()
    assert the_only_one(office)["lastname"] == "Smith"
    tracked(ann, copy)
    ann.sync()
    assert the_only_one(office)["lastname"] == "Smythe"


def test_the_records_own_waiting_change_gives_way_to_the_copys_and_stays_in_history(office: Office, ann: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    copy = untracked(ann, smith)
    ann.change(copy, lastname="Smythe")
    ann.change(smith, lastname="Smithson")
    tracked(ann, copy)
    ann.sync()
    assert the_only_one(office)["lastname"] == "Smythe"
    assert ann.lost(smith) == [("lastname", "Smithson")]


def test_of_a_record_that_is_being_deleted_the_copy_is_made_as_a_new_one(office: Office, ann: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    copy = untracked(ann, smith)
    ann.remove(smith)
    assert tracked(ann, copy) == copy
    ann.sync()
    assert list(office.everything("contact")) == [copy.id]


def test_of_a_record_that_was_deleted_the_copy_makes_it_again(office: Office, ann: Desk, ben: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    copy = untracked(ann, smith)
    ben.sync()
    ben.remove(smith)
    ben.sync()
    ann.sync()
    tracked(ann, copy)
    ann.sync()
    assert the_only_one(office)["lastname"] == "Smith"


def test_untracked_before_it_was_sent_it_is_the_copy_again(office: Office, ann: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    copy = untracked(ann, smith)
    ann.group("contact", "false")
    ann.sync()
    assert tracked(ann, copy) == smith
    assert untracked(ann, smith) == copy
    assert tracked(ann, copy) == smith
    ann.sync()
    assert list(office.everything("contact")) == [smith.id]


def test_a_colleagues_contact_that_was_copied_stays_theirs(office: Office, ann: Desk, ben: Desk) -> None:
    smith = ben.make("contact", lastname="Smith")
    ben.sync()
    ann.sync()
    ann.session.do(lambda tx: track.copy_contacts(tx, [smith.id]))
    copy = untracked(ann, smith)
    tracked(ann, copy)
    ann.sync()
    there, seen = office.has(smith), ann.sees(smith)
    assert there is not None
    assert seen is not None
    assert (there.values["ownerid"], seen.mine) == (office.id_of("ben"), True)


def test_a_private_record_that_never_was_in_the_crm_keeps_its_id(office: Office, ann: Desk) -> None:
    smith = ann.make("contact", track=False, lastname="Smith")
    assert tracked(ann, smith) == smith
    assert counterpart(counterpart(smith)) == smith
    ann.sync()
    assert list(office.everything("contact")) == [smith.id]
