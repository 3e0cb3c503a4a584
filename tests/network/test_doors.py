"""Servers that cannot be reached, or take a connection and say nothing, or ask for a pause: a state and words each."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from crmdesk.crm.client import Client, Read
from crmdesk.crm.errors import Cancelled, Unreachable
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.crm.wire import USUAL, Timeouts
from crmdesk.model.query import Query
from crmdesk.session.connection import ConnectionState
from crmdesk.sync.report import Hooks, Progress
from tests.network.conftest import IMPATIENT, Wire
from tests.support.builders import Office
from tests.support.lossy import Answered
from tests.support.proxy import Cut, Door, End, Pace, Way, nobody_picks_up

SECRET = TokenCredentials("x")


class Case(NamedTuple):
    door: Door
    words: str
    maybe_delivered: bool


CASES = [
    Case(Door.REFUSED, "nothing answers there", False),
    Case(Door.RESET, "broke before the answer was complete", True),
    Case(Door.SILENT, "did not answer in time", True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.door.value)
def test_what_is_said_when_the_server_is(case: Case, wire: Wire) -> None:
    ann = wire.desk("ann")
    made = ann.make("task", subject="waits")
    ann.be(IMPATIENT)
    wire.proxy.hang_up()
    wire.proxy.door = case.door
    with pytest.raises(Unreachable, match=case.words) as raised:
        ann.session.push()
    assert raised.value.maybe_delivered is case.maybe_delivered
    assert ann.session.status().state is ConnectionState.NO_CONNECTION
    assert ann.waiting() == 1
    wire.proxy.hang_up()
    wire.proxy.door = Door.OPEN
    ann.be(USUAL)
    ann.sync()
    assert ann.session.status().state is ConnectionState.ONLINE
    assert (ann.waiting(), ann.problems(), ann.history()) == (0, [], [])
    assert [*wire.office.everything("task")] == [made.id]


@pytest.mark.parametrize("door", [Door.REFUSED, Door.RESET, Door.SILENT])
def test_going_online_without_a_server_stays_offline(door: Door, wire: Wire) -> None:
    ann = wire.desk("ann")
    ann.session.go_offline(now=True)
    ann.be(IMPATIENT)
    wire.proxy.door = door
    with pytest.raises(Unreachable):
        ann.session.go_online()
    assert ann.session.status().state is ConnectionState.OFFLINE


def test_connecting_that_leads_nowhere_is_given_up() -> None:
    with nobody_picks_up() as url:
        client = Client(url, SECRET, patience=0.4, timeouts=Timeouts(connect=0.2))
        with pytest.raises(Unreachable, match="it does not answer") as raised:
            client.who_am_i()
        assert not raised.value.maybe_delivered
        client.close()


def test_an_answer_that_trickles_is_none(office: Office, wire: Wire) -> None:
    """Some bytes a second, for ever: never silent for long, never done."""
    for number in range(400):
        office.server.add_user(f"user {number}")
    client = Client(wire.proxy.url, TokenCredentials(office.token("ann")), timeouts=Timeouts(silence=0.3), patience=0.5)
    wire.proxy.pace = Pace(size=100, pause=0.05)
    with pytest.raises(Unreachable, match="in time"):
        client.ask([Read(Query("systemuser"))])
    wire.proxy.pace = None
    client.close()


def test_a_slow_line_is_no_trickle(office: Office, wire: Wire) -> None:
    for number in range(400):
        office.server.add_user(f"user {number}")
    client = Client(wire.proxy.url, TokenCredentials(office.token("ann")), timeouts=Timeouts(silence=0.3), patience=0.5)
    wire.proxy.pace = Pace(size=1400, pause=0.02)
    (page,) = client.ask([Read(Query("systemuser"))])
    assert not isinstance(page, Exception)
    assert len(page.rows) >= 400
    client.close()


def test_a_wait_for_a_silent_server_can_be_stopped(wire: Wire) -> None:
    """By the person, from another thread: here the one that carries the request to the proxy."""
    ann = wire.desk("ann")
    client = ann.session.link.client()
    stopped = False

    def stop(way: Way, size: int) -> None:
        nonlocal stopped
        stopped = True
        client.interrupt()

    client.stopped = lambda: stopped
    wire.proxy.cut(Cut(Way.UP, 0, End.SILENT))
    wire.proxy.on_bytes = stop
    with pytest.raises(Cancelled):
        client.who_am_i()


# ---- a server that asks for a pause


def test_a_run_waits_as_the_server_asks_and_says_so(office: Office) -> None:
    ann = office.desk("ann")
    said: list[str] = []
    ann.faults(Answered(429, retry_after=40), None, Answered(503, retry_after=100))
    began = office.clock.monotonic()
    assert ann.sync(Hooks(progress=lambda progress: said.append(progress.words))).outcome == "complete"
    assert office.clock.monotonic() - began == pytest.approx(140)
    assert [words for words in said if "busy" in words] == [
        "The server is busy; it goes on in 40 s",
        "The server is busy; it goes on in 100 s",
    ]


def test_a_pause_that_the_server_asks_for_can_be_stopped(office: Office) -> None:
    ann = office.desk("ann")
    ann.make("task", subject="waits")
    ann.faults(Answered(429, retry_after=200))
    asked = False

    def hear(progress: Progress) -> None:
        nonlocal asked
        asked = asked or "busy" in progress.words

    began = office.clock.monotonic()
    assert ann.sync(Hooks(progress=hear, stopped=lambda: asked)).outcome == "stopped"
    assert office.clock.monotonic() == began
    assert ann.waiting() == 1
