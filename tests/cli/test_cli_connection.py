"""Online, offline and no server: what each command says then, how long it takes, what is kept."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import orjson
import pytest

from crmdesk.server import run
from crmdesk.session.connection import ConnectionState
from crmdesk.session.session import Session
from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine
from tests.support.rough_server import RoughServer, answer
from tests.support.server_process import ServerProcess, running_server


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that a test may stop."""
    with running_server(tmp_path) as running:
        yield running


def connected(server: ServerProcess, folder: Path) -> CommandLine:
    desk = CommandLine(folder)
    desk.answer("connect", server.url, "--token-stdin", stdin=server.token("anna"))
    return desk


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes, str]:
    out, err = process.communicate(b"secret\n", timeout=60)
    assert b"Traceback" not in err
    return process.returncode, out, err.decode()


def test_connect_synchronises_nothing_and_offline_is_the_persons_choice(connect: Connect) -> None:
    desk = connect("A")
    status = desk.answer("status")
    assert (status["state"], status["last"], status["next"], status["waiting"]) == ("online", None, None, 0)
    assert desk.answer("list", "systemuser") == []
    desk.answer("sync")
    assert desk.answer("status")["last"]
    assert desk.answer("status")["next"]
    desk.answer("offline")
    assert desk.state() == "offline"
    for again in (["offline"], ["offline", "--now"]):
        report = desk.answer(*again)
        assert (report["requests"], report["pulled"], report["problems"]) == (0, 0, [])
    assert "Nothing was sent" in desk.refusal("sync")
    assert desk.state() == "offline"
    said = desk.say("new", "contact", "lastname=Berg", "--track")
    assert (said.code, said.err) == (0, "")
    assert desk.answer("online")["pushed"] == 1
    assert desk.state() == "online"
    assert desk.answer("online")["requests"] == 1, "online again is a synchronisation"
    desk.answer("offline", "--now")
    assert desk.state() == "offline"


def test_no_server_is_later_and_keeps_everything(frail: ServerProcess, tmp_path: Path) -> None:
    saver, syncer, leaver, away = (connected(frail, tmp_path / name) for name in ("A", "B", "C", "D"))
    known = saver.new("contact", "lastname=Known", track=True)
    away.answer("offline")
    frail.stop()
    began = monotonic()
    saving = saver.begin("new", "contact", "lastname=Later", "--track", "--json")
    fruitless = [
        syncer.begin("sync", "--json"),
        leaver.begin("offline", "--json"),
        away.begin("online", "--json"),
        saver.begin("get", "contact", known, "--live", "--json"),
    ]
    signing_in = CommandLine(tmp_path / "E").begin("connect", frail.url, "--token-stdin")
    code, out, err = ended(saving)
    assert (code, err.count("\n")) == (0, 1), err
    for process in fruitless:
        code, stdout, err = ended(process)
        assert (code, stdout) == (75, b"")
        assert "Everything waits here and is sent later" in err
    code, stdout, err = ended(signing_in)
    assert (code, stdout) == (75, b"")
    assert "nothing was changed" in err
    assert "waits here" not in err, "there is nothing that could"
    assert monotonic() - began < 45, "20 s each, six of them at once"
    states = [desk.state() for desk in (syncer, leaver, away, CommandLine(tmp_path / "E"))]
    assert states == ["no connection", "no connection", "offline", "not set up"]
    assert saver.get("contact", orjson.loads(out)["id"])["_state"] == "waiting"
    said = saver.say("new", "contact", "lastname=Private")
    assert (said.code, said.err) == (0, ""), "what is private waits for nobody"
    assert saver.answer("offline", "--now")["requests"] == 0
    assert saver.state() == "offline"
    frail.start()
    assert saver.answer("online")["pushed"] == 1
    found = saver.answer("list", "contact", "--filter", "lastname eq 'Later'")
    assert [each["id"] for each in found] == [orjson.loads(out)["id"]]
    assert saver.state() == "online"


def test_a_server_that_says_nothing(frail: ServerProcess, tmp_path: Path) -> None:
    desk = connected(frail, tmp_path / "A")
    desk.answer("sync")
    frail.freeze()
    began = monotonic()
    saved = desk.say("new", "contact", "lastname=Later", "--track", "--json")
    assert monotonic() - began < 10
    assert (saved.code, saved.err.count("\n")) == (0, 1), saved
    going = desk.begin("offline")
    with closing(Session(desk.profile)) as watching:  # a look by a command takes longer
        while watching.status().state is not ConnectionState.GOING_OFFLINE:
            assert going.poll() is None
    going.send_signal(signal.SIGINT)
    code, stdout, err = ended(going)
    assert (code, stdout) == (130, b"")
    assert "Everything saved so far is kept" in err
    frail.thaw()
    assert desk.answer("sync")["problems"] == []
    assert desk.state() == "online"
    found = desk.answer("list", "contact")
    assert [(each["id"], each["_state"]) for each in found] == [(saved.document["id"], "clean")], "once"


def test_a_password_that_is_no_longer_right(server: ServerProcess, connect: Connect, tmp_path: Path) -> None:
    run.add_user(str(server.database), "carl", "first-secret")
    desk = CommandLine(tmp_path / "A")
    desk.answer("connect", server.url, "--user", "carl", "--password-stdin", stdin="first-secret\n")
    key = desk.new("contact", "lastname=Berg", track=True)
    run.add_user(str(server.database), "carl", "second-secret")
    assert "does not accept" in desk.refusal("sync")
    assert desk.state() == "sign-in needed"
    said = desk.say("set", "contact", key, "firstname=Zoe", "--json")
    assert (said.code, said.document["_state"], said.err.count("\n")) == (0, "waiting", 1)
    desk.answer("connect", server.url, "--user", "carl", "--password-stdin", stdin="second-secret\n")
    assert desk.answer("sync")["pushed"] == 1
    assert desk.state() == "online"


def test_a_secret_that_cannot_be_read_keeps_what_was_saved(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = connect("A")
    monkeypatch.setenv("CRMDESK_SECRETS", str(tmp_path))
    said = desk.say("new", "contact", "lastname=Berg", "--track", "--json")
    assert said.code == 0
    assert "waits to be sent" in said.err
    assert "cannot be read" in desk.refusal("sync")
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ([answer(b"<html>Welcome</html>")], 1, "does not answer like a CRM server"),
        ([answer(b"", status="302 Found", headers=["Location: http://hotel.example/"])], 1, "hotel.example"),
        ([answer(b"{}", status="403 Forbidden")], 1, ""),
        ([answer(b"", status="503 Busy", headers=["Retry-After: 100"])], 75, "busy"),
        ([answer(b'{"UserId":', length=500)] * 4, 75, "broke before the answer was complete"),
    ],
)
def test_servers_that_are_none(tmp_path: Path, answers: list[bytes], code: int, words: str) -> None:
    desk = CommandLine(tmp_path / "A")
    with RoughServer(answers) as rough:
        assert words in desk.refusal("connect", rough.url, "--token-stdin", stdin="secret\n", code=code)
    assert desk.state() == "not set up"


@pytest.mark.skipif(sys.platform != "linux", reason="a screen is always there, or is found in another way")
def test_without_a_screen_the_window_says_so(tmp_path: Path) -> None:
    no_screen = {"DISPLAY": ":77", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb"}
    said = CommandLine(tmp_path / "A").process(environment=no_screen)
    assert said.code == 1
    assert "there is no screen here" in said.err
    assert not (tmp_path / "A").exists()


def test_a_token_is_told_by_the_name_of_whose_it_is(connect: Connect) -> None:
    assert connect("A").answer("status")["user"].startswith("anna")


def test_copying_all_contacts_stays_chosen_when_the_server_is_away(frail: ServerProcess, tmp_path: Path) -> None:
    desk = connected(frail, tmp_path / "A")
    key = desk.new("contact", "lastname=Berg", track=True)
    frail.stop()
    assert "come with the next synchronisation" in desk.refusal("contacts", "copy", "--all", code=75)
    frail.start()
    desk.answer("sync")
    assert desk.get("contact", key)["_mine"]
