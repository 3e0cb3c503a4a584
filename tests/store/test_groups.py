"""Local data groups: any number for each entity, additive, with default ones that can be changed and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.actions import choose
from crmdesk.actions.refusal import Refusal
from crmdesk.model.words import UnknownEntity
from crmdesk.odata.errors import ODataError
from crmdesk.store import local_data
from crmdesk.store.local_data import EVERYBODY, MINE, NOBODY, DataGroup
from crmdesk.store.store import Store, set_meta
from tests.support.clock import Clock

ME = "00000000-0000-4000-8000-0000000000aa"
CRM = "Microsoft.Dynamics.CRM."


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    made = Store(tmp_path / "crmdesk.db", clock)
    yield made
    made.close()


def kept(store: Store, entity: str = "contact") -> str:
    with store.read() as reader:
        return local_data.groups(reader)[entity]


def listed(store: Store, entity: str = "contact") -> list[tuple[str, str, bool]]:
    with store.read() as reader:
        return [(each.name, each.filter, each.enabled) for each in local_data.all_groups(reader)[entity]]


def add(store: Store, name: str, text: str, entity: str = "contact", enabled: bool = True) -> str:
    with store.transaction() as tx:
        return str(choose.add_group(tx, entity, name, text, enabled).result)


def test_what_a_person_owns_is_an_ordinary_group(store: Store) -> None:
    assert listed(store) == [("My contacts", MINE, True)]
    assert listed(store, "systemuser") == [("All users", EVERYBODY, True)]
    assert listed(store, "activitymimeattachment") == []
    with store.read() as reader:
        (group,) = local_data.all_groups(reader)["contact"]
    with store.transaction() as tx:
        choose.change_group(tx, group.id, name="Mine, and active", text=f"{MINE} and statecode eq 0")
    assert listed(store) == [("Mine, and active", f"{MINE} and statecode eq 0", True)]
    with store.transaction() as tx:
        choose.restore_groups(tx, "contact")
    assert listed(store) == [("My contacts", MINE, True)]
    with store.read() as reader:
        assert local_data.all_groups(reader)["contact"] == local_data.default_groups("contact") == (group,)


def test_groups_are_additive_and_can_be_off(store: Store) -> None:
    key = add(store, "Köln", "address1_city eq 'Köln'")
    add(store, "Buyers", "jobtitle eq 'Buyer'", enabled=False)
    assert kept(store) == f"({MINE}) or (address1_city eq 'Köln')"
    with store.transaction() as tx:
        choose.change_group(tx, "default:contact", enabled=False)
    assert kept(store) == "address1_city eq 'Köln'"
    with store.transaction() as tx:
        choose.change_group(tx, key, enabled=False)
    assert kept(store) == NOBODY
    assert [enabled for _, _, enabled in listed(store)] == [False, False, False]
    add(store, "Everybody", " true ")
    add(store, "Nobody", "FALSE".lower())
    assert kept(store) == EVERYBODY, "what all want is asked for as a whole table"


def test_without_any_group_nothing_is_kept_and_the_default_does_not_come_back_by_itself(store: Store) -> None:
    with store.transaction() as tx:
        choose.remove_group(tx, "default:contact")
    assert (listed(store), kept(store)) == ([], NOBODY)
    add(store, "Köln", "address1_city eq 'Köln'")
    assert listed(store) == [("Köln", "address1_city eq 'Köln'", True)]


def test_one_filter_for_all_and_the_option_that_wants_all_contacts(store: Store) -> None:
    with store.transaction() as tx:
        choose.set_group(tx, "contact", "lastname eq 'x'")
    assert listed(store) == [("Own conditions", "lastname eq 'x'", True)]
    with store.transaction() as tx:
        choose.set_option(tx, "contacts.copy", "all")
    assert kept(store) == EVERYBODY
    with store.transaction() as tx:
        choose.set_group(tx, "contact", "false")
    assert listed(store) == []


def test_me_behind_a_lookup_is_asked_by_id(store: Store) -> None:
    with store.transaction() as tx:
        set_meta(tx, "me", ME)
    add(store, "Of my accounts", f"{CRM}EqualUserId(PropertyName='parentcustomerid_account/ownerid')")
    with store.transaction() as tx:
        choose.change_group(tx, "default:contact", enabled=False)
    assert kept(store) == f"parentcustomerid_account/_ownerid_value eq {ME}"


def test_about_a_record_of_a_group_follows_that_group(store: Store) -> None:
    about = "crmdesk.InGroup(PropertyName='regardingobjectid',PropertyValue='account')"
    add(store, "About my accounts", about, "task")
    with store.transaction() as tx:
        choose.change_group(tx, "default:task", enabled=False)
        choose.set_group(tx, "account", "name eq 'Acme'")
    there = "regardingobjectid_account_task"
    assert kept(store, "task") == f"{there}/accountid ne null and {there}/name eq 'Acme'"
    with store.transaction() as tx:
        choose.set_group(tx, "account", "false")
    assert kept(store, "task") == NOBODY


REFUSED: list[tuple[str, str, str, type[Exception], str]] = [
    ("contact", "", "true", Refusal, "no name"),
    ("contact", "MY contacts ", "true", Refusal, "Two groups"),
    ("contact", "x", "colour eq 1", ODataError, "colour"),
    ("organization", "x", "true", Refusal, "not kept"),
    ("thing", "x", "true", UnknownEntity, "thing"),
]


@pytest.mark.parametrize(("entity", "name", "text", "error", "words"), REFUSED)
def test_what_cannot_be_a_group(
    store: Store, entity: str, name: str, text: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        add(store, name, text, entity)
    assert listed(store) == [("My contacts", MINE, True)]


def test_groups_that_could_not_ask_one_another_are_refused(store: Store) -> None:
    add(store, "About", "crmdesk.InGroup(PropertyName='regardingobjectid',PropertyValue='account')", "task")
    with pytest.raises(Refusal, match=r"'About' of tasks: It asks about the groups of accounts. One of them"):
        add(store, "With tasks", "Account_Tasks/any()", "account")
    assert [name for name, _, _ in listed(store, "account")] == ["My accounts"]
    with pytest.raises(Refusal, match="no local data group"), store.transaction() as tx:
        choose.remove_group(tx, "nothing")


def test_the_order_is_the_persons(store: Store) -> None:
    wanted = [DataGroup(str(n), "lead", f"G{n}", "true") for n in (3, 1, 2)]
    with store.transaction() as tx:
        choose.set_groups(tx, "lead", wanted)
    with store.read() as reader:
        assert local_data.all_groups(reader)["lead"] == tuple(wanted)
