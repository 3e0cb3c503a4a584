"""Online, offline and on the way: what each state allows, what a failed passage leaves, what the status says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.actions.refusal import Refusal
from crmdesk.crm.errors import CrmError, SignInNeeded, Unreachable
from crmdesk.model.record import Reference
from crmdesk.session.connection import ConnectionState
from crmdesk.session.link import NotSetUp
from crmdesk.session.rhythm import Plan
from crmdesk.session.session import Session
from crmdesk.store import addresses
from crmdesk.sync.errors import Busy
from crmdesk.sync.lock import profile_lock
from crmdesk.sync.report import Hooks
from tests.support.builders import URL, Desk, MemorySecrets, Office
from tests.support.clock import Clock
from tests.support.lossy import Answered, Loss


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    made = Office(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true")


def state(desk: Desk) -> str:
    return desk.session.status().state.value


def lastname(office: Office, reference: Reference) -> object:
    row = office.has(reference)
    return None if row is None else row.values["lastname"]


# ---- states


def test_before_a_server_is_named(tmp_path: Path) -> None:
    session = Session(tmp_path / "new", secrets=MemorySecrets())
    status = session.status()
    assert (status.state, status.waiting, status.last, status.next) == (ConnectionState.NOT_SET_UP, 0, None, None)
    for work in (session.sync, session.go_online, session.go_offline, lambda: session.live(Reference("contact", "x"))):
        with pytest.raises(NotSetUp, match="No server is set up"):
            work()
    assert session.push() is None
    session.close()


def test_connecting_synchronises_nothing(ann: Desk) -> None:
    assert state(ann) == "online"
    assert ann.session.status().last is None
    assert ann.session.plan().update is None, "in the background only after a first one by hand"
    ann.sync()
    update = ann.session.plan().update
    assert update is not None
    assert update.seconds == 15 * 60


def test_a_wrong_sign_in_changes_nothing(office: Office, tmp_path: Path) -> None:
    secrets = MemorySecrets()
    session = Session(tmp_path / "new", secrets=secrets, transport=office.server.transport)
    with pytest.raises(SignInNeeded):
        session.connect(URL, "ann", "wrong")
    with pytest.raises(SignInNeeded):
        session.connect_with_token(URL, "wrong")
    assert session.status().state is ConnectionState.NOT_SET_UP
    assert secrets.kept == {}
    session.close()


def test_a_profile_keeps_to_its_user(office: Office, ann: Desk) -> None:
    office.server.add_user("ben", "secret-of-ben")
    with pytest.raises(Refusal, match="another user"):
        ann.session.connect(URL, "ben", "secret-of-ben")
    assert ann.session.status().user == "ann"


# ---- offline


def test_offline_nothing_is_sent_and_nothing_is_asked(office: Office, ann: Desk) -> None:
    ann.session.go_offline()
    ann.requests.clear()
    made = ann.make("contact", lastname="Smith")
    assert state(ann) == "offline"
    assert ann.session.push() is None
    for work in (ann.session.sync, ann.session.sync_addresses, lambda: ann.session.live(made)):
        with pytest.raises(Refusal, match="work offline"):
            work()
    assert ann.requests == []
    assert ann.session.plan() == Plan(None, None)
    assert ann.session.status().next is None
    assert ann.session.go_offline() is None, "offline already"
    ann.session.go_online()
    assert (state(ann), lastname(office, made)) == ("online", "Smith")


def test_going_offline_brings_both_sides_together_first(office: Office, ann: Desk) -> None:
    ben = office.desk("ben", contact="true")
    theirs, mine = ben.make("contact", lastname="Jones"), ann.make("contact", lastname="Smith")
    ben.sync()
    seen: list[str] = []
    report = ann.session.go_offline(hooks=Hooks(progress=lambda _: seen.append(state(ann))))
    assert report is not None
    assert (report.pulled, report.pushed) == (1, 1)
    assert set(seen) == {"going offline"}
    assert (ann.value(theirs, "lastname"), lastname(office, mine)) == ("Jones", "Smith")


def test_going_offline_now_does_not_ask_the_server(office: Office, ann: Desk) -> None:
    made = ann.make("contact", lastname="Smith")
    ann.unplug()
    ann.requests.clear()
    assert ann.session.go_offline(now=True) is None
    assert (state(ann), ann.requests, lastname(office, made)) == ("offline", [], None)


def test_the_network_breaks_in_the_middle_of_going_online(office: Office, ann: Desk) -> None:
    ann.session.go_offline(now=True)
    made = ann.make("contact", lastname="Smith")
    ann.faults(None, *[Loss.AFTER_DELIVERY] * 9)
    with pytest.raises(Unreachable):
        ann.session.go_online()
    assert state(ann) == "no connection", "the server was reached: it is online"
    ann.plug_in()
    ann.sync()
    assert (state(ann), ann.waiting(), len(office.everything("contact"))) == ("online", 0, 1)
    assert lastname(office, made) == "Smith"


def test_online_is_a_sync_when_it_is_online_already(ann: Desk) -> None:
    report = ann.session.go_online()
    assert (report.outcome, state(ann)) == ("complete", "online")


# ---- the server does not know us, or is busy


def test_a_token_that_is_refused_asks_to_sign_in_and_keeps_everything(office: Office, ann: Desk) -> None:
    made = ann.make("contact", lastname="Smith")
    ann.network.decide = lambda request: Answered(401)
    with pytest.raises(SignInNeeded):
        ann.sync()
    assert (state(ann), ann.waiting()) == ("sign-in needed", 1)
    ann.plug_in()
    ann.sync()
    assert (state(ann), lastname(office, made)) == ("online", "Smith")


def test_a_secret_that_is_gone_asks_to_sign_in(ann: Desk) -> None:
    ann.secrets.kept.clear()
    ann.start_again()
    with pytest.raises(SignInNeeded, match="connect again"):
        ann.sync()
    assert state(ann) == "sign-in needed"


def test_a_strange_answer_does_not_say_that_all_is_well(ann: Desk) -> None:
    ann.unplug()
    with pytest.raises(Unreachable):
        ann.sync()
    ann.network.decide = lambda request: Answered(200, page="<html>Welcome to our hotel</html>")
    with pytest.raises(CrmError):
        ann.sync()
    assert state(ann) == "no connection"


def test_a_push_waits_for_the_server_for_some_seconds_alone(office: Office, ann: Desk) -> None:
    made = ann.make("contact", lastname="Smith")
    ann.network.decide = lambda request: Answered(429, retry_after=1)
    before = office.clock.monotonic()
    with pytest.raises(Unreachable):
        ann.session.push(seconds=8.0)
    assert office.clock.monotonic() - before <= 8.0
    ann.plug_in()
    ann.session.push()
    assert lastname(office, made) == "Smith"


def test_two_runs_over_one_profile_wait_for_each_other(ann: Desk) -> None:
    ann.make("contact", lastname="Smith")
    with profile_lock(ann.folder, 0), pytest.raises(Busy, match="Another synchronisation"):
        ann.session.push(seconds=0.1)
    assert ann.waiting() == 1
    assert state(ann) == "online"
    report = ann.session.push()
    assert report is not None
    assert report.pushed == 1


# ---- what the status tells


def test_the_status_counts_and_plans(office: Office, ann: Desk) -> None:
    ann.sync()
    office.clock.advance(60)
    ann.session.go_offline(now=True)
    ann.make("contact", lastname="Smith")
    ann.session.go_online()
    ann.make("contact", lastname="Jones")
    status = ann.session.status()
    assert (status.waiting, status.problems, status.server) == (1, 0, URL)
    assert (status.last, status.next) == ("2026-06-17T12:01:00Z", "2026-06-17T12:16:00Z")
    ann.option("sync.background", "false")
    assert ann.session.status().next is None


# ---- looking at the server, and the address book


def test_a_live_look_writes_nothing(office: Office, ann: Desk) -> None:
    made = ann.make("contact", lastname="Smith")
    ann.sync()
    ann.change(made, lastname="Mine")
    assert ann.session.live(made).values["lastname"] == "Smith", "without local edits"
    assert (ann.value(made, "lastname"), ann.waiting()) == ("Mine", 1)


def test_the_address_book_follows_the_server(office: Office, ann: Desk) -> None:
    from_ben = office.desk("ben", contact="true")
    smith = from_ben.make("contact", firstname="Jeff", lastname="Smith", emailaddress1="jeff@example.com")
    from_ben.make("contact", lastname="Nobody")
    from_ben.sync()
    assert ann.session.sync_addresses() >= 1
    assert found(ann, "jef") == [("Jeff Smith", "jeff@example.com")]
    from_ben.change(smith, emailaddress1="smith@example.com")
    from_ben.sync()
    ann.session.sync_addresses()
    assert (found(ann, "jeff@"), found(ann, "smith@")) == ([], [("Jeff Smith", "smith@example.com")])
    from_ben.remove(smith)
    from_ben.sync()
    office.clock.advance(30 * 24 * 3600)
    ann.session.sync_addresses()
    assert found(ann, "smith") == [], "even by a link that is too old"


def found(desk: Desk, text: str) -> list[tuple[str, str]]:
    with desk.session.store.read() as reader:
        return [(each.name, each.address) for each in addresses.find(reader, text)]
