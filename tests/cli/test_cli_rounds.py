"""Two profiles and one server, by commands alone: first the same person on two computers, then two people."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine

REPORT = {
    "run", "outcome", "pulled", "pushed", "merged", "erased", "refused", "requests", "bytes", "seconds", "overwritten",
    "problems", "kind", "delivered", "waiting",
}  # fmt: skip


def two_desks(connect: Connect, second: str) -> tuple[CommandLine, CommandLine]:
    """Two profiles that keep all contacts, synchronised; the first is Anna's."""
    desks = connect("A"), connect("B", user=second)
    for desk in desks:
        desk.answer("group", "set", "contact", "true")
        desk.answer("sync")
    return desks


@pytest.fixture(params=["anna", "ben"], ids=["the same person", "two people"])
def either(request: pytest.FixtureRequest, connect: Connect) -> tuple[CommandLine, CommandLine]:
    """One person on two computers, or two people."""
    return two_desks(connect, request.param)


@pytest.fixture
def pair(connect: Connect) -> tuple[CommandLine, CommandLine]:
    """Two people."""
    return two_desks(connect, "ben")


def shared(here: CommandLine, there: CommandLine, *fields: str) -> str:
    """A contact that both have."""
    key = here.new("contact", *(fields or ("firstname=Jeff", "lastname=Smith")), track=True)
    there.answer("sync")
    return key


def problem(desk: CommandLine) -> dict[str, Any]:
    """The one problem that is open."""
    (found,) = desk.answer("problems")
    assert {"id", "kind", "record", "words", "choices"} <= set(found)
    return dict(found)


def at_rest(*desks: CommandLine) -> None:
    for desk in desks:
        assert desk.answer("waiting") == []
        status = desk.answer("status")
        assert (status["waiting"], status["problems"]) == (0, 0)


def test_john_rodman(either: tuple[CommandLine, CommandLine]) -> None:
    here, there = either
    key = shared(here, there)
    assert set(there.answer("offline")) == REPORT
    assert there.answer("set", "contact", key, "firstname=John") == {"id": key, "_state": "waiting"}
    assert here.answer("set", "contact", key, "lastname=Rodman") == {"id": key, "_state": "clean"}
    assert there.get("contact", key)["fullname"] == "John Smith"
    report = there.answer("online")
    assert set(report) == REPORT
    assert (report["pushed"], report["merged"], report["overwritten"], report["problems"]) == (1, 1, [], [])
    here.answer("sync")
    assert {desk.get("contact", key)["fullname"] for desk in either} == {"John Rodman"}
    assert here.get("contact", key, live=True)["fullname"] == "John Rodman"
    for desk in either:
        idle = desk.answer("sync")
        counts = {name: idle[name] for name in ("pulled", "pushed", "merged", "erased", "refused", "requests")}
        assert counts == {"pulled": 0, "pushed": 0, "merged": 0, "erased": 0, "refused": 0, "requests": 1}
    at_rest(*either)


@pytest.mark.parametrize(
    ("option", "choice", "wins", "lost"),
    [
        ("mine", "", "Later", "Earlier"),
        ("theirs", "", "Earlier", "Later"),
        ("ask", "mine", "Later", "Earlier"),
        ("ask", "theirs", "Earlier", "Later"),
    ],
)
def test_the_same_field_on_both_sides(
    pair: tuple[CommandLine, CommandLine], option: str, choice: str, wins: str, lost: str
) -> None:
    here, there = pair
    key = shared(here, there)
    assert there.answer("option", "set", "conflict", option) == {"name": "conflict", "value": option}
    there.answer("offline", "--now")
    there.answer("set", "contact", key, "firstname=Later")
    here.answer("set", "contact", key, "firstname=Earlier")
    report = there.answer("online")
    if choice:
        asked = problem(there)
        assert report["problems"] == [asked["id"]]
        assert (asked["kind"], asked["record"], asked["choices"]) == ("conflict", f"contact:{key}", ["mine", "theirs"])
        assert there.get("contact", key)["_state"] == "problem"
        assert "mine, theirs" in there.refusal("resolve", asked["id"], "create")
        assert there.answer("resolve", asked["id"], choice) == {"id": key, "_state": "clean"}
    here.answer("sync")
    assert {desk.get("contact", key)["firstname"] for desk in pair} == {wins}
    (line,) = there.answer("history", "--record", f"contact:{key}")
    assert (line["field"], line["lost"], line["kept"]) == ("firstname", lost, wins)
    assert choice or report["overwritten"] == [line["id"]]
    assert there.answer("restore", line["id"]) == {"id": key, "_state": "clean"}
    here.answer("sync")
    assert {desk.get("contact", key)["firstname"] for desk in pair} == {lost}
    at_rest(*pair)


@pytest.mark.parametrize("choice", ["recreate", "discard"])
def test_changed_here_and_deleted_there(pair: tuple[CommandLine, CommandLine], choice: str) -> None:
    here, there = pair
    key = shared(here, there)
    there.answer("offline", "--now")
    there.answer("set", "contact", key, "firstname=Kept")
    here.answer("delete", "contact", key)
    there.answer("online")
    asked = problem(there)
    assert (asked["kind"], asked["choices"]) == ("deleted there", ["recreate", "discard"])
    assert there.get("contact", key)["firstname"] == "Kept"
    there.answer("resolve", asked["id"], choice)
    here.answer("sync")
    if choice == "recreate":
        assert here.get("contact", key)["firstname"] == there.get("contact", key)["firstname"] == "Kept"
    else:
        assert "There is no contact" in there.refusal("get", "contact", key)
        (line,) = there.answer("history", "--record", f"contact:{key}")
        assert line["lost"]["firstname"] == "Kept"
    at_rest(*pair)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_deleted_here_and_changed_there(pair: tuple[CommandLine, CommandLine], choice: str) -> None:
    here, there = pair
    key = shared(here, there)
    there.answer("offline", "--now")
    assert there.answer("delete", "contact", key) == {"id": key, "_state": "waiting"}
    assert "There is no contact" in there.refusal("get", "contact", key)
    here.answer("set", "contact", key, "firstname=Changed")
    there.answer("online")
    asked = problem(there)
    assert (asked["kind"], asked["choices"]) == ("changed there", ["mine", "theirs"])
    assert there.get("contact", key)["firstname"] == "Changed"
    there.answer("resolve", asked["id"], choice)
    here.answer("sync")
    for desk in pair:
        assert desk.say("get", "contact", key).code == (1 if choice == "mine" else 0)
    at_rest(*pair)


def test_each_waiting_change_is_seen_and_discarded(pair: tuple[CommandLine, CommandLine]) -> None:
    here, there = pair
    changed, deleted = shared(here, there), shared(here, there)
    there.answer("offline", "--now")
    made = there.new("contact", "lastname=New", track=True)
    there.new("contact", "lastname=Private")
    there.answer("set", "contact", changed, "firstname=Later")
    there.answer("delete", "contact", deleted)
    waiting = there.answer("waiting")
    assert [(each["verb"], each["id"]) for each in waiting] == [
        ("create", made), ("update", changed), ("delete", deleted),
    ]  # fmt: skip
    assert waiting[1]["fields"] == ["firstname"]
    assert there.answer("status")["waiting"] == 3
    for key in (made, changed, deleted):
        assert there.answer("discard", "contact", key)["id"] == key
        assert "waits" in there.refusal("discard", "contact", key)
    assert there.answer("waiting") == []
    assert there.get("contact", changed)["firstname"] == there.get("contact", deleted)["firstname"] == "Jeff"
    assert "There is no contact" in there.refusal("get", "contact", made)
    (line,) = there.answer("history", "--record", f"contact:{made}")
    assert there.answer("restore", line["id"]) == {"id": made, "_state": "waiting"}
    assert there.answer("online")["pushed"] == 1
    here.answer("sync")
    assert here.get("contact", made)["lastname"] == "New"
    at_rest(*pair)


def test_possible_duplicates_are_asked_about_made_or_not(pair: tuple[CommandLine, CommandLine]) -> None:
    here, there = pair
    address = f"emailaddress1=d{id(pair)}@contoso.example"
    known = shared(here, there, "lastname=Known", address)
    for choice in ("create", "discard", "use"):
        twin = there.new("contact", f"lastname={choice}", address.replace("contoso", "CONTOSO"), track=True)
        task = there.new("task", "subject=Ring", f"regardingobjectid=contact:{twin}", track=True)
        asked = next(each for each in there.answer("problems") if each["record"] == f"contact:{twin}")
        assert asked["kind"] == "duplicate"
        assert {"create", "discard", f"use:{known}"} <= set(asked["choices"])
        assert there.get("task", task)["_state"] == "waiting", "it waits with what it points at"
        resolved = there.answer("resolve", asked["id"], f"use:{known}" if choice == "use" else choice)
        if choice == "create":
            assert resolved == {"id": twin, "_state": "clean"}
            assert there.get("task", task)["regardingobjectid"] == f"contact:{twin}"
            there.answer("delete", "contact", twin)
        elif choice == "use":
            assert resolved["id"] == known
            assert there.get("task", task)["regardingobjectid"] == f"contact:{known}"
    there.answer("option", "set", "duplicates", "skip")
    said = there.say("new", "contact", "lastname=Skipped", address, "--track", "--json")
    assert said.code == 0
    assert "duplicates says skip" in said.err
    key = said.document["id"]
    assert "There is no contact" in there.refusal("get", "contact", key)
    assert there.answer("history", "--record", f"contact:{key}")[0]["lost"]["lastname"] == "Skipped"
    there.answer("option", "set", "duplicates", "create")
    assert there.get("contact", there.new("contact", "lastname=Twin", address, track=True))["_state"] == "clean"
    at_rest(there)


def test_a_new_one_is_combined_with_one_that_is_not_here_yet_and_that_is_taken_back(
    pair: tuple[CommandLine, CommandLine],
) -> None:
    here, there = pair
    address = f"emailaddress1=c{id(pair)}@contoso.example"
    known = here.new("contact", "lastname=Known", address, track=True)
    twin = there.new("contact", "lastname=Twin", "jobtitle=Buyer", address, track=True)
    (asked,) = (each for each in there.answer("problems") if each["record"] == f"contact:{twin}")
    assert f"combine:{known}:FIELD,…" in asked["choices"]
    assert "nothing in department" in there.refusal("resolve", asked["id"], f"combine:{known}:department")
    assert there.answer("resolve", asked["id"], f"combine:{known}:jobtitle") == {"id": known, "_state": "clean"}
    assert there.get("contact", known, live=True)["jobtitle"] == "Buyer"
    assert "There is no contact" in there.refusal("get", "contact", twin)
    assert "undo takes the record" in there.refusal("resolve", asked["id"], "undo", code=2)
    assert there.answer("resolve", f"contact:{twin}", "undo") == {"id": twin, "_state": "problem"}
    assert there.get("contact", known, live=True)["jobtitle"] is None
    there.answer("resolve", problem(there)["id"], "discard")
    at_rest(there)


def test_what_the_server_refuses_is_told_and_tried_again(connect: Connect) -> None:
    anna = connect("A")
    task = anna.new("task", "subject=Ring", track=True)
    nobody = "00000000-0000-4000-8000-000000000001"
    said = anna.say("set", "task", task, f"regardingobjectid=account:{nobody}", "--json")
    assert (said.code, said.document["_state"]) == (0, "problem")
    assert "crmdesk problems" in said.err
    asked = problem(anna)
    assert (asked["kind"], asked["choices"]) == ("refused", ["retry", "discard"])
    assert nobody in asked["words"]
    assert anna.answer("resolve", asked["id"], "retry")["_state"] == "problem"
    report = anna.answer("sync")
    assert report["problems"] == [problem(anna)["id"]], "a run with problems is a run that is done"
    assert anna.answer("resolve", problem(anna)["id"], "discard") == {"id": task, "_state": "clean"}
    assert anna.get("task", task)["regardingobjectid"] is None
    at_rest(anna)
