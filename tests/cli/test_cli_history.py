"""What a synchronisation did, what it would do, and how it is undone: by commands."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine


@pytest.fixture
def pair(connect: Connect) -> tuple[CommandLine, CommandLine]:
    desks = connect("A"), connect("B", user="ben")
    for desk in desks:
        desk.answer("group", "set", "contact", "true")
        desk.answer("sync")
    return desks


def test_a_trip_from_preview_to_receipt_and_back(pair: tuple[CommandLine, CommandLine]) -> None:
    here, there = pair
    key = here.new("contact", "lastname=Smith", "jobtitle=Clerk", track=True)
    there.answer("sync")
    here.answer("set", "contact", key, "jobtitle=Theirs")
    there.answer("offline", "--now")
    there.answer("set", "contact", key, "jobtitle=Mine")

    before = there.answer("waiting")
    preview = there.answer("online", "--preview")
    (clash,) = preview["clashes"]
    assert (clash["record"], clash["agreed"], clash["mine"], clash["theirs"], clash["wins"]) == (
        f"contact:{key}",
        "Clerk",
        "Mine",
        "Theirs",
        "mine",
    )
    assert (preview["heard"], preview["sent"], preview["outgoing"][0]["fields"]) == (True, 1, ["jobtitle"])
    assert there.answer("waiting") == before
    assert there.answer("status")["state"] == "offline"

    report = there.answer("online")
    assert (report["delivered"], report["waiting"]) == (1, 0)
    run = there.answer("history", "--run", report["run"])
    assert (run["run"], run["kind"], run["outcome"], run["delivered"]) == (
        report["run"],
        "going online",
        "complete",
        1,
    )
    (sent,) = run["sent"]
    assert (sent["record"], sent["verb"], sent["fields"], sent["name"]) == (
        f"contact:{key}",
        "update",
        ["jobtitle"],
        "Smith",
    )
    assert sent["before"] != sent["version"]
    (lost,) = run["lost"]
    assert (lost["field"], lost["lost"], lost["kept"]) == ("jobtitle", "Theirs", "Mine")
    assert lost["who"].startswith("systemuser:")
    assert report["run"] in {each["run"] for each in there.answer("history", "--runs")}
    said = there.say("history", "--run", report["run"]).out
    assert "jobtitle was 'Theirs'" in said
    assert sent["version"] in said

    undone = there.answer("history", "--undo-run", report["run"])
    assert (undone["restored"], undone["left"]) == (1, [])
    here.answer("sync")
    assert here.get("contact", key)["jobtitle"] == "Theirs"
    there.answer("history", "--undo-run", undone["run"])
    here.answer("sync")
    assert here.get("contact", key)["jobtitle"] == "Mine"
    assert there.refusal("history", "--undo-run", report["run"])
    there.answer("delete", "contact", key)
    there.answer("restore", "--record", f"contact:{key}")
    here.answer("sync")
    assert here.get("contact", key)["jobtitle"] == "Mine"


@pytest.mark.parametrize(
    "words",
    [
        ("history", "--run", "x", "--runs"),
        ("history", "--undo-run", "x", "--run", "x"),
        ("restore",),
        ("restore", "x", "--record", "contact:c0000000-0000-4000-8000-000000000001"),
    ],
    ids=" ".join,
)
def test_one_thing_at_a_time(connect: Connect, words: tuple[str, ...]) -> None:
    assert connect("A").refusal(*words, code=2)


def test_unknown_runs_are_refused(connect: Connect) -> None:
    desk = connect("A")
    for option in ("--run", "--undo-run"):
        assert "There is no run nothing" in desk.refusal("history", option, "nothing")
