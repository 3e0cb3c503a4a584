"""The table of session.connection, every state and every event, through real sessions with a real server.

Each row ends with the same question: is what it left a state that can be gone on from, and has nothing been lost?
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.actions.refusal import Refusal
from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference
from crmdesk.session.session import Session
from crmdesk.store import runs
from crmdesk.sync.errors import Busy
from crmdesk.sync.lock import profile_lock
from crmdesk.sync.report import Hooks, Progress
from tests.support.builders import URL, Desk, MemorySecrets, Office
from tests.support.lossy import Answered, Fault, Loss

ONLINE, OFFLINE, NO_CONNECTION, SIGN_IN = "online", "offline", "no connection", "sign-in needed"
PULL, PUSH, ERASE, REACH = "Asking for changes", "Sending changes", "Tidying the local data", "Reaching the server"
WAITING = "Waiting: another crmdesk synchronises this profile"
Event: TypeAlias = Callable[[Desk], object]
Work: TypeAlias = Callable[[Desk, Hooks], object]


@dataclass
class Begun:
    """An office with a desk in each of the states that stay, and one of a colleague; it is copied for every test."""

    folder: Path
    secrets: dict[str, MemorySecrets]

    def open(self, folder: Path) -> Office:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        office = Office(folder)
        for name, secrets in self.secrets.items():
            office.take("ben" if name == "ben" else "ann", name, MemorySecrets(kept=dict(secrets.kept)))
        return office


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    office = Office(tmp_path_factory.mktemp("begun"))
    office.desk("ben", contact="true")
    for start in STARTS:
        bring(office.desk("ann", start, contact="true"), start)
    office.close()
    return Begun(office.folder, {desk.folder.name: desk.secrets for desk in office.desks})


@pytest.fixture
def office(begun: Begun, tmp_path: Path) -> Iterator[Office]:
    made = begun.open(tmp_path)
    yield made
    made.close()


# ---- what may happen


def sync(desk: Desk, hooks: Hooks) -> object:
    return desk.session.sync(hooks)


def go_offline(desk: Desk, hooks: Hooks) -> object:
    return desk.session.go_offline(hooks=hooks)


def go_online(desk: Desk, hooks: Hooks) -> object:
    return desk.session.go_online(hooks)


def plainly(work: Work) -> Event:
    return lambda desk: work(desk, Hooks())


def while_network(fault: Fault, work: Work) -> Event:
    """All requests meet the fault."""

    def event(desk: Desk) -> None:
        desk.network.decide = lambda request: fault
        work(desk, Hooks())

    return event


def broken_in(step: str, fault: Fault, work: Work) -> Event:
    """From that step on all requests meet the fault."""

    def event(desk: Desk) -> None:
        def progress(told: Progress) -> None:
            if told.words == step:
                desk.network.decide = lambda request: fault

        work(desk, Hooks(progress=progress))

    return event


def stopped_in(step: str, work: Work) -> Event:
    def event(desk: Desk) -> None:
        steps: list[str] = []
        work(desk, Hooks(lambda told: steps.append(told.words), stopped=lambda: step in steps))

    return event


def stopped_at_once(work: Work) -> Event:
    return lambda desk: work(desk, Hooks(stopped=lambda: True))


def killed_in(step: str, work: Work) -> Event:
    """The process dies there: what stands in the profile at that moment is all that is left."""

    class Killed(BaseException):
        pass

    def event(desk: Desk) -> None:
        left = desk.folder.with_name("left behind")

        def progress(told: Progress) -> None:
            if told.words == step:
                shutil.copytree(desk.folder, left)
                raise Killed

        with suppress(Killed):
            work(desk, Hooks(progress=progress))
        if left.exists():
            desk.session.close()
            shutil.rmtree(desk.folder)
            left.rename(desk.folder)
            desk.start_again()

    return event


def while_another_holds_it(work: Work) -> Event:
    """Another program synchronises this profile; the person does not want to wait."""

    def event(desk: Desk) -> None:
        told: list[str] = []
        with profile_lock(desk.folder, 0):
            work(desk, Hooks(lambda each: told.append(each.words), stopped=lambda: told[-1:] == [WAITING]))

    return event


def a_push_without_an_answer(desk: Desk) -> None:
    desk.network.decide = lambda request: Loss.SILENCE
    desk.session.push()


def connect_with(token: str) -> Event:
    return lambda desk: desk.session.connect_with_token(URL, token)


def connect_unreached(desk: Desk) -> None:
    desk.unplug()
    desk.session.connect_with_token(URL, "token")


def connect_again(desk: Desk) -> None:
    desk.session.connect_with_token(URL, desk.secrets.kept[URL, "token"])


STRANGE = Answered(200, page="<html>Welcome to our hotel</html>")
SIGN_IN_REFUSED = Answered(401)
DOWN, CUT = Loss.BEFORE_DELIVERY, Loss.AFTER_DELIVERY
AS_IT_IS = (ONLINE, NO_CONNECTION, SIGN_IN, OFFLINE)
STARTS = AS_IT_IS

# event: what it leaves, begun online, without connection, with a sign-in needed, offline
TABLE: dict[str, tuple[Event, tuple[str, str, str, str]]] = {
    "a change is saved": (lambda desk: desk.make("contact", lastname="Another"), AS_IT_IS),
    "a run gets through": (plainly(sync), (ONLINE, ONLINE, ONLINE, OFFLINE)),
    "a run does not reach the server": (while_network(DOWN, sync), (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "a run breaks while pulling": (broken_in(PULL, CUT, sync), (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "a run breaks while pushing": (broken_in(PUSH, CUT, sync), (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "a run is not signed in": (while_network(SIGN_IN_REFUSED, sync), (SIGN_IN,) * 3 + (OFFLINE,)),
    "a run is signed out while pushing": (broken_in(PUSH, SIGN_IN_REFUSED, sync), (SIGN_IN,) * 3 + (OFFLINE,)),
    "a run gets a strange answer": (while_network(STRANGE, sync), AS_IT_IS),
    "a run is stopped at once": (stopped_at_once(sync), AS_IT_IS),
    "a run is stopped before it was answered": (stopped_in(PULL, sync), AS_IT_IS),
    "a run is stopped while pushing": (stopped_in(PUSH, sync), (ONLINE, ONLINE, ONLINE, OFFLINE)),
    "a run is stopped while erasing": (stopped_in(ERASE, sync), (ONLINE, ONLINE, ONLINE, OFFLINE)),
    "a run is killed while pulling": (killed_in(PULL, sync), AS_IT_IS),
    "a run is killed while pushing": (killed_in(PUSH, sync), AS_IT_IS),
    "a run waits for another program": (while_another_holds_it(sync), AS_IT_IS),
    "a push gets no answer": (a_push_without_an_answer, (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "a push gets through": (lambda desk: desk.session.push(), (ONLINE, ONLINE, ONLINE, OFFLINE)),
    "looking for the server finds it": (lambda desk: desk.session.reach(), (ONLINE, ONLINE, ONLINE, OFFLINE)),
    "going offline": (plainly(go_offline), (OFFLINE,) * 4),
    "going offline without synchronising": (lambda desk: desk.session.go_offline(now=True), (OFFLINE,) * 4),
    "going offline so without a network": (
        while_network(DOWN, lambda desk, hooks: desk.session.go_offline(True, hooks)),
        (OFFLINE,) * 4,
    ),
    "going offline does not reach the server": (while_network(DOWN, go_offline), (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "going offline breaks while pulling": (broken_in(PULL, CUT, go_offline), (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "going offline breaks while pushing": (broken_in(PUSH, CUT, go_offline), (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "going offline is not signed in": (while_network(SIGN_IN_REFUSED, go_offline), (SIGN_IN,) * 3 + (OFFLINE,)),
    "going offline is stopped at once": (stopped_at_once(go_offline), AS_IT_IS),
    "going offline is stopped while pulling": (stopped_in(PULL, go_offline), AS_IT_IS),
    "going offline is stopped while pushing": (stopped_in(PUSH, go_offline), (ONLINE, ONLINE, ONLINE, OFFLINE)),
    "going offline is stopped when all is done": (stopped_in(ERASE, go_offline), (OFFLINE,) * 4),
    "going offline is killed while pulling": (killed_in(PULL, go_offline), AS_IT_IS),
    "going offline is killed while pushing": (killed_in(PUSH, go_offline), AS_IT_IS),
    "going offline is killed while erasing": (killed_in(ERASE, go_offline), AS_IT_IS),
    "going offline waits for another program": (while_another_holds_it(go_offline), AS_IT_IS),
    "going online": (plainly(go_online), (ONLINE,) * 4),
    "going online does not reach the server": (while_network(DOWN, go_online), (NO_CONNECTION,) * 3 + (OFFLINE,)),
    "going online is not signed in": (while_network(SIGN_IN_REFUSED, go_online), (SIGN_IN,) * 3 + (OFFLINE,)),
    "going online gets a strange answer": (while_network(STRANGE, go_online), AS_IT_IS),
    "going online is stopped at once": (stopped_at_once(go_online), AS_IT_IS),
    "going online breaks while pushing": (broken_in(PUSH, CUT, go_online), (NO_CONNECTION,) * 4),
    "going online breaks while pulling": (broken_in(PULL, CUT, go_online), (NO_CONNECTION,) * 4),
    "going online is signed out while pushing": (broken_in(PUSH, SIGN_IN_REFUSED, go_online), (SIGN_IN,) * 4),
    "going online is stopped while pushing": (stopped_in(PUSH, go_online), (ONLINE,) * 4),
    "going online is stopped while pulling": (stopped_in(PULL, go_online), (ONLINE, NO_CONNECTION, SIGN_IN, ONLINE)),
    "going online is killed while reaching": (killed_in(REACH, go_online), (ONLINE, ONLINE, ONLINE, OFFLINE)),
    "going online is killed while pushing": (killed_in(PUSH, go_online), (ONLINE, NO_CONNECTION, SIGN_IN, ONLINE)),
    "going online is killed while pulling": (killed_in(PULL, go_online), (ONLINE, NO_CONNECTION, SIGN_IN, ONLINE)),
    "going online waits for another program": (
        while_another_holds_it(go_online),
        (ONLINE, NO_CONNECTION, SIGN_IN, ONLINE),
    ),
    "connecting": (connect_again, (ONLINE,) * 4),
    "connecting with a wrong secret": (connect_with("wrong"), AS_IT_IS),
    "connecting to a server that is not there": (connect_unreached, AS_IT_IS),
}


def bring(desk: Desk, start: str) -> None:
    """Into that state, as a person would come there."""
    desk.sync()
    if start == OFFLINE:
        desk.session.go_offline(now=True)
    elif start in (NO_CONNECTION, SIGN_IN):
        desk.network.decide = lambda request: DOWN if start == NO_CONNECTION else SIGN_IN_REFUSED
        with pytest.raises(CrmError):
            desk.sync()
        desk.plug_in()
    assert state(desk) == start


def at(office: Office, name: str) -> Desk:
    return next(desk for desk in office.desks if desk.folder.name == name)


def state(desk: Desk) -> str:
    return desk.session.status().state.value


@pytest.mark.parametrize("event", TABLE)
def test_what_an_event_leaves(office: Office, event: str) -> None:
    happens, after = TABLE[event]
    ben = at(office, "ben")
    left = {}
    for start in STARTS:
        desk = at(office, start)
        theirs, mine = ben.make("contact", lastname=f"Jones {start}"), desk.make("contact", lastname=f"Smith {start}")
        ben.session.push()
        before = len(office.everything("contact"))
        with suppress(CrmError, Refusal, Busy):
            happens(desk)
        left[start] = state(desk)
        goes_on(office, desk, mine, theirs)
        assert len(office.everything("contact")) == before + (2 if event == "a change is saved" else 1)
    assert left == dict(zip(STARTS, after, strict=True))


def goes_on(office: Office, desk: Desk, mine: Reference, theirs: Reference) -> None:
    """Whatever was left: with the network back, both sides come together and nothing is missing or there twice."""
    desk.plug_in()
    desk.change(mine, firstname="Jane")
    desk.session.go_online()
    assert (state(desk), desk.waiting(), desk.problems()) == (ONLINE, 0, [])
    row = office.has(mine)
    assert row is not None
    assert (row.values["lastname"], row.values["firstname"]) == (f"Smith {desk.folder.name}", "Jane")
    assert desk.value(theirs, "lastname") == f"Jones {desk.folder.name}"


@given(events=st.lists(st.sampled_from(sorted(TABLE)), min_size=4, max_size=7))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_table_holds_in_any_order(begun: Begun, events: list[str]) -> None:
    """What an event leaves depends on the state alone, not on how one came there."""
    with TemporaryDirectory() as folder:
        office = begun.open(Path(folder))
        desk, ben = at(office, ONLINE), at(office, "ben")
        theirs, mine = ben.make("contact", lastname="Jones online"), desk.make("contact", lastname="Smith online")
        ben.session.push()
        for number, event in enumerate(events):
            happens, after = TABLE[event]
            expected = after[STARTS.index(state(desk))]
            desk.change(mine, description=f"{number} {event}")  # something to push
            with suppress(CrmError, Refusal, Busy):
                happens(desk)
            assert state(desk) == expected, event
            desk.plug_in()
        goes_on(office, desk, mine, theirs)
        office.close()


ASKED: dict[str, tuple[Event, list[str]]] = {
    "by hand": (plainly(sync), ["by hand"]),
    "by itself": (lambda desk: desk.session.sync(kind="in the background"), ["in the background"]),
    "a change is saved": (lambda desk: desk.session.push(), ["push"]),
    "going offline": (plainly(go_offline), ["going offline"]),
    "going offline is killed, and asked again": (
        lambda desk: (killed_in(PULL, go_offline)(desk), desk.session.go_offline()),
        ["going offline", "going offline"],
    ),
    "going offline and online": (
        lambda desk: (desk.session.go_offline(now=True), desk.session.go_online()),
        ["going online"],
    ),
    "going online is killed, and asked again": (
        lambda desk: (
            desk.session.go_offline(now=True),
            killed_in(PULL, go_online)(desk),
            desk.session.go_online(),
        ),
        ["going online", "going online"],
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_run_is_named_by_who_asked(office: Office, asked: str) -> None:
    happens, kinds = ASKED[asked]
    desk = at(office, ONLINE)
    desk.make("contact", lastname="Smith")
    before = len(kinds_of_runs(desk))
    happens(desk)
    assert kinds_of_runs(desk)[before:] == kinds


def kinds_of_runs(desk: Desk) -> list[str]:
    """Oldest first."""
    with desk.session.store.read() as reader:
        return [each.kind for each in reversed(runs.newest(reader))]


REFUSED: dict[str, Callable[[Session], object]] = {
    "a run": lambda session: session.sync(),
    "looking for the server": lambda session: session.reach(),
    "the address book": lambda session: session.sync_addresses(),
    "going offline": lambda session: session.go_offline(),
    "going offline without synchronising": lambda session: session.go_offline(now=True),
    "going online": lambda session: session.go_online(),
    "a wrong secret": lambda session: session.connect_with_token(URL, "wrong"),
}


@pytest.mark.parametrize("event", REFUSED)
def test_before_a_server_is_named_nothing_leads_anywhere(office: Office, tmp_path: Path, event: str) -> None:
    session = Session(tmp_path / "new", secrets=MemorySecrets(), transport=office.server.transport)
    with pytest.raises((Refusal, CrmError)):
        REFUSED[event](session)
    assert session.status().state.value == "not set up"
    session.close()


def test_a_passage_that_died_is_not_told_when_something_else_runs(office: Office) -> None:
    desk = at(office, ONLINE)
    killed_in(PULL, go_offline)(desk)
    seen: set[str] = set()
    desk.sync(Hooks(progress=lambda told: seen.add(state(desk))))
    assert seen == {ONLINE}


def test_passages_are_told_while_they_last(office: Office) -> None:
    desk = at(office, ONLINE)
    seen: list[tuple[str, str]] = []
    hooks = Hooks(progress=lambda told: seen.append((state(desk), told.words)))
    desk.session.go_offline(hooks=hooks)
    desk.session.go_online(hooks)
    assert [each for each, words in seen if words == PULL] == ["going offline", "going online"]
    assert (OFFLINE, REACH) in seen


def test_a_run_that_ended_early_is_told_until_one_is_complete(office: Office) -> None:
    desk = at(office, ONLINE)
    assert not desk.session.status().unfinished
    stopped_in(PULL, sync)(desk)
    assert desk.session.status().unfinished
    desk.sync()
    desk.unplug()
    with pytest.raises(CrmError):
        desk.sync()
    assert not desk.session.status().unfinished, "it is tried again by itself"
    desk.plug_in()
    desk.sync()
    status = desk.session.status()
    assert not status.unfinished
    assert (status.requests, status.bytes > 0) == (1, True)


def test_another_program_that_synchronises_is_told(office: Office) -> None:
    desk = at(office, ONLINE)
    other = Session(desk.folder, secrets=desk.secrets)
    told: list[str | None] = []
    desk.sync(Hooks(progress=lambda _: told.append(other.status().under_way)))
    assert set(told) == {"by hand"}
    assert other.status().under_way is None
    other.close()
