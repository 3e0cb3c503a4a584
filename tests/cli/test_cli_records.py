"""Records as a script makes, reads, changes and lists them, with a server that answers."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from crmdesk.model.words import ENTITIES
from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine
from tests.support.server_process import ServerProcess

WHEN = ("scheduledstart=2026-11-23T09:00Z", "scheduledend=2026-11-23T10:00Z")
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def anna(connect: Connect) -> CommandLine:
    return connect("A")


def test_every_field_by_its_logical_name_in_its_json_type(anna: CommandLine) -> None:
    account = anna.new("account", "name=Contoso")
    opportunity = anna.new(
        "opportunity", "name=Chairs", "estimatedvalue=12.5", "closeprobability=40", f"customerid=account:{account}"
    )
    found = anna.get("opportunity", opportunity)
    assert set(ENTITIES["opportunity"].by_name) | {"id", "_state", "_tracked", "_mine"} == set(found)
    assert {
        name: found[name] for name in ("id", "estimatedvalue", "closeprobability", "customerid", "description")
    } == {
        "id": opportunity,
        "estimatedvalue": 12.5,
        "closeprobability": 40,
        "customerid": f"account:{account}",
        "description": None,
    }
    assert GUID.fullmatch(opportunity)
    assert found["ownerid"].startswith("systemuser:")
    call = anna.new(
        "phonecall", "subject=Ring", "directioncode=true", "prioritycode=high", "scheduledend=2026-12-01T10:00+01:00"
    )
    shown = anna.get("phonecall", call)
    assert (shown["directioncode"], shown["prioritycode"]) == (True, 2)
    assert shown["scheduledend"] == "2026-12-01T09:00:00Z"
    assert anna.answer("get", "phonecall", call.upper()) == shown
    assert anna.answer("list", "phonecall") == [shown]


def test_a_value_is_set_and_cleared(anna: CommandLine) -> None:
    account = anna.new("account", "name=Contoso")
    key = anna.new("contact", "firstname=Zoë", "lastname=Berg", f"parentcustomerid=account:{account}", track=True)
    written = {"id": key, "_state": "clean"}
    assert anna.answer("set", "contact", key, "firstname=", "parentcustomerid=", "description=a=b") == written
    found = anna.get("contact", key)
    assert (found["firstname"], found["parentcustomerid"], found["description"]) == (None, None, "a=b")
    assert found["fullname"] == "Berg", "what is computed follows"
    assert "must be filled" in anna.refusal("set", "contact", key, "lastname=")
    assert anna.answer("delete", "contact", key) == written
    assert "There is no contact" in anna.refusal("get", "contact", key)
    assert "not on the server" in anna.refusal("get", "contact", key, "--live")


@pytest.mark.parametrize(
    ("kind", "fields", "track", "expected"),
    [
        ("contact", ["lastname=A"], False, ("private", False, True)),
        ("task", ["subject=A"], False, ("private", False, True)),
        ("appointment", ["subject=A", *WHEN], False, ("private", False, True)),
        ("contact", ["lastname=A"], True, ("clean", True, True)),
        ("task", ["subject=A"], True, ("clean", True, True)),
        ("account", ["name=A"], False, ("clean", False, False)),
        ("lead", ["subject=A", "lastname=A"], False, ("clean", False, False)),
    ],
)  # fmt: skip
def test_what_is_private_never_leaves(
    anna: CommandLine, kind: str, fields: list[str], track: bool, expected: tuple[str, bool, bool]
) -> None:
    key = anna.new(kind, *fields, track=track)
    found = anna.get(kind, key)
    assert (found["_state"], found["_tracked"], found["_mine"]) == expected
    there = anna.say("get", kind, key, "--live")
    assert there.code == (1 if expected[0] == "private" else 0)


def test_many_at_once_from_lines(anna: CommandLine) -> None:
    lines: list[dict[str, Any]] = [
        {"lastname": "One", "birthdate": "1970-02-28"},
        {"lastname": "Two", "firstname": None, "statecode": 1},
    ]
    typed = b"\n\n".join(orjson.dumps(each) for each in lines)
    made = anna.answer("new", "contact", "--track", "--jsonl", stdin=typed)
    assert [set(each) for each in made] == [{"id"}, {"id"}]
    one, two = (anna.get("contact", each["id"]) for each in made)
    assert (one["lastname"], one["birthdate"], one["_state"]) == ("One", "1970-02-28", "clean")
    assert (two["lastname"], two["statecode"], two["statuscode"], two["_state"]) == ("Two", 1, 2, "clean")
    assert anna.answer("new", "contact", "--jsonl") == []


def test_list_filters_and_limits_what_is_here(anna: CommandLine) -> None:
    account = anna.new("account", "name=Contoso")
    for name in ("Ångström", "Berg", "O'Neill"):
        anna.new("contact", f"lastname={name}", f"parentcustomerid=account:{account}")
    for question, expected in [
        ("lastname eq 'berg'", {"Berg"}),
        ("contains(fullname,'NGST')", {"Ångström"}),
        ("lastname eq 'O''Neill'", {"O'Neill"}),
        (f"_parentcustomerid_value eq {account} and not startswith(lastname,'b')", {"Ångström", "O'Neill"}),
        ("createdon ge 2020-01-01T00:00:00Z", set()),
        ("firstname eq null", {"Ångström", "Berg", "O'Neill"}),
    ]:
        found = anna.answer("list", "contact", "--filter", question)
        assert {each["lastname"] for each in found} == expected, question
    assert len(anna.answer("list", "contact", "--limit", "2")) == 2
    assert anna.answer("list", "contact", "--limit", "0") == []


def test_get_reads_here_and_live_reads_there(connect: Connect) -> None:
    anna, second = connect("A"), connect("B")
    key = anna.new("contact", "firstname=Jeff", "lastname=Smith", track=True)
    second.answer("sync")
    anna.answer("set", "contact", key, "lastname=Rodman")
    assert second.get("contact", key)["lastname"] == "Smith", "local data alone"
    live = second.get("contact", key, live=True)
    assert live == anna.get("contact", key)
    assert second.get("contact", key)["lastname"] == "Smith", "and nothing was written"
    anna.answer("offline", "--now")
    anna.answer("set", "contact", key, "firstname=Jim")
    assert "you work offline" in anna.refusal("get", "contact", key, "--live")
    assert anna.get("contact", key)["_state"] == "waiting"
    stranger = connect("C", user="carl")
    assert stranger.get("contact", key, live=True)["fullname"] == "Jeff Rodman"
    assert "There is no contact" in stranger.refusal("get", "contact", key)


def test_tracking_makes_it_part_of_the_crm_and_back(connect: Connect) -> None:
    anna, second = connect("A"), connect("B")
    person, task = anna.new("contact", "lastname=Berg"), anna.new("task", "subject=Ring")
    anna.answer("set", "task", task, f"regardingobjectid=contact:{person}")
    assert "Berg" in anna.refusal("track", "task", task), "a private record is never referred to"
    assert "Berg" in anna.refusal("new", "task", "subject=A", f"regardingobjectid=contact:{person}", "--track")
    assert "Berg" in anna.refusal("new", "phonecall", "subject=A", f"regardingobjectid=contact:{person}")
    tracked = anna.answer("track", "contact", person)
    assert tracked == {"id": person, "_state": "clean", "record": f"contact:{person}"}
    assert anna.answer("track", "task", task)["_state"] == "clean"
    second.answer("sync")
    assert second.get("task", task)["regardingobjectid"] == f"contact:{person}"
    account = anna.new("account", "name=Bergs Ringe")
    both = anna.answer("track", "task", task, anna.new("task", "subject=Write"), "--regarding", f"account:{account}")
    assert [each["_state"] for each in both] == ["clean", "clean"]
    assert anna.get("task", task, live=True)["regardingobjectid"] == f"account:{account}"
    for key in (person, task):
        assert "account, contact" in anna.refusal("track", "task", task, "--regarding", f"task:{key}")
    copy = anna.answer("untrack", "contact", person)
    assert copy["_state"] == "private"
    assert copy["id"] != person
    assert anna.get("contact", copy["id"])["lastname"] == "Berg"
    assert anna.get("contact", person, live=True)["lastname"] == "Berg", "it stays in the CRM"
    assert anna.get("contact", person)["_mine"] is False
    assert "is not tracked" in anna.refusal("untrack", "contact", copy["id"])


def test_untracking_what_was_never_sent_makes_it_private_again(anna: CommandLine) -> None:
    anna.answer("offline", "--now")
    task = anna.new("task", "subject=Ring", track=True)
    assert anna.get("task", task)["_state"] == "waiting"
    assert anna.answer("untrack", "task", task) == {"id": task, "_state": "private"}
    assert anna.answer("waiting") == []


def test_the_server_commands_answer_scripts(server: ServerProcess, connect: Connect) -> None:
    desk = connect("A")
    database = ["--database", str(server.database)]
    made = desk.answer("server", "add-user", "pia", "--password-stdin", *database, stdin="first-secret\n")
    assert set(made) == {"id", "name"}
    assert desk.answer("server", "add-user", "pia", "--password-stdin", *database, stdin="second-secret\n") == made
    token = desk.say("server", "token", "pia", *database)
    assert re.fullmatch(r"\S+\n", token.out), "alone"
    assert set(desk.answer("server", "token", "pia", *database)) == {"token"}
    other = CommandLine(desk.profile.parent / "pia")
    connecting = ["connect", server.url, "--user", "pia", "--password-stdin"]
    assert "does not accept" in other.refusal(*connecting, stdin="first-secret\n")
    assert other.state() == "not set up"
    said = other.say(*connecting, stdin="second-secret\n")
    assert said.code == 0
    assert "less safe" in said.err
    assert other.answer("connect", server.url, "--token-stdin", stdin=token.out)["state"] == "online"
    assert "another user or server" in other.refusal(
        "connect", server.url, "--token-stdin", stdin=server.token("somebody else")
    )
    own = CommandLine(desk.profile.parent / "own")
    own.answer("server", "add-user", "kim", "--password-stdin", stdin="third-secret\n")
    assert (own.profile / "server.sqlite").exists(), "without --database it lies in the profile"
