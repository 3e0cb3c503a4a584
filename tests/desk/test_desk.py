"""The desk: actions, what follows from them, and a server that may be away. All heard in the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.desk.desk import EVERYTHING, Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Record, Reference, State
from crmdesk.session.connection import ConnectionState, Status
from crmdesk.session.session import Session
from crmdesk.store import records
from tests.support.in_process import InProcessServer
from tests.support.lossy import Loss, Lossy


class Office:
    """A profile with its desk, and a network that can be unplugged."""

    def __init__(self, folder: Path) -> None:
        self.server = InProcessServer(folder)
        self.network = Lossy(self.server.transport, lambda request: None)
        self.profile = folder / "profile"
        self.session = self.open()
        self.session.connect_with_token("http://localhost", self.server.token(self.server.add_user("anna")))
        self.desk = Desk(self.session)

    def open(self) -> Session:
        return Session(self.profile, transport=self.network, pause=lambda seconds: None)

    def unplug(self) -> None:
        self.network.decide = lambda request: Loss.BEFORE_DELIVERY

    def record(self, reference: Reference) -> Record | None:
        with self.desk.read() as reader:
            return records.get(reader, reference)

    def close(self) -> None:
        self.desk.close()
        self.session.close()
        self.server.close()


@pytest.fixture
def office(tmp_path: Path, qapp: object) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def make(office: Office, qtbot: QtBot, name: str = "Contoso") -> Reference:
    """Make an account through the desk; its reference once it is saved."""
    heard: list[Changes] = []
    with qtbot.waitSignal(office.desk.changed):
        office.desk.do(lambda tx: edit.create(tx, "account", {"name": name}), heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    return Reference("account", str(heard[0].result))


def state(office: Office, reference: Reference) -> State | None:
    record = office.record(reference)
    return record.state if record else None


def test_an_action_is_saved_told_and_pushed(office: Office, qtbot: QtBot) -> None:
    contoso = make(office, qtbot)
    qtbot.waitUntil(lambda: state(office, contoso) is State.CLEAN)


def test_everything_is_heard_in_the_window_s_thread(office: Office, qtbot: QtBot) -> None:
    threads: list[QThread] = []

    def note(*_: object) -> None:
        threads.append(QThread.currentThread())

    for signal in (office.desk.changed, office.desk.status_changed, office.desk.progress, office.desk.finished):
        signal.connect(note)
    make(office, qtbot)
    with qtbot.waitSignal(office.desk.finished):
        office.desk.sync_now()
    office.desk.in_background(lambda reader: threading.get_ident(), lambda ident: note())
    qtbot.waitUntil(lambda: len(threads) >= 4)
    assert set(threads) == {QThread.currentThread()}


def test_a_refusal_is_told_in_words_and_changes_nothing(office: Office, qtbot: QtBot) -> None:
    words: list[str] = []
    office.desk.do(lambda tx: edit.create(tx, "account", {"name": "x" * 500}), None, words.append)
    qtbot.waitUntil(lambda: bool(words))
    assert "at most 160 characters" in words[0]
    with qtbot.waitSignal(office.desk.failed) as failed:
        office.desk.do(lambda tx: edit.create(tx, "account", {}))
    assert failed.args is not None
    assert "must be filled" in failed.args[0]


def test_without_a_network_what_was_saved_waits_and_the_status_says_so(office: Office, qtbot: QtBot) -> None:
    office.unplug()
    failures: list[str] = []
    office.desk.failed.connect(failures.append)
    statuses: list[Status] = []
    office.desk.status_changed.connect(statuses.append)
    contoso = make(office, qtbot)
    qtbot.waitUntil(lambda: bool(statuses) and statuses[-1].state is ConnectionState.NO_CONNECTION, timeout=20_000)
    assert statuses[-1].waiting == 1
    assert state(office, contoso) is State.WAITING
    assert failures == []


def test_a_synchronising_run_that_cannot_reach_the_server_says_why(office: Office, qtbot: QtBot) -> None:
    office.unplug()
    with qtbot.waitSignal(office.desk.failed, timeout=20_000) as failed:
        office.desk.sync_now()
    assert failed.args is not None
    assert failed.args[0]


def test_offline_nothing_leaves_and_online_it_does(office: Office, qtbot: QtBot) -> None:
    statuses: list[Status] = []
    office.desk.status_changed.connect(statuses.append)
    office.desk.go_offline(now=True)
    qtbot.waitUntil(lambda: bool(statuses) and statuses[-1].is_offline)
    contoso = make(office, qtbot)
    office.desk.sync_now()
    with qtbot.waitSignal(office.desk.failed):
        pass
    assert state(office, contoso) is State.WAITING
    office.desk.go_online()
    qtbot.waitUntil(lambda: state(office, contoso) is State.CLEAN)


def test_progress_ends_when_nothing_runs(office: Office, qtbot: QtBot) -> None:
    heard: list[object] = []
    office.desk.progress.connect(heard.append)
    with qtbot.waitSignal(office.desk.finished):
        office.desk.sync_now()
    qtbot.waitUntil(lambda: bool(heard) and heard[-1] is None)


def test_what_another_program_writes_is_noticed(office: Office, qtbot: QtBot) -> None:
    other = office.open()
    with qtbot.waitSignal(office.desk.changed, timeout=8000, check_params_cb=lambda changes: changes == EVERYTHING):
        other.do(lambda tx: edit.create(tx, "account", {"name": "Fabrikam"}))
    other.close()


def test_a_live_look_that_waits_holds_up_no_reading(office: Office, qtbot: QtBot) -> None:
    contoso = make(office, qtbot)
    qtbot.waitUntil(lambda: state(office, contoso) is State.CLEAN)
    gate = threading.Event()
    inner = office.network.inner.handle_request
    office.network.inner.handle_request = lambda request: (gate.wait(10), inner(request))[1]  # type: ignore[method-assign]
    seen: list[str] = []
    office.desk.look_live(contoso, lambda row: seen.append("live"))
    office.desk.in_background(lambda reader: None, lambda answer: seen.append("read"))
    qtbot.waitUntil(lambda: "read" in seen)
    gate.set()
    qtbot.waitUntil(lambda: "live" in seen)
    assert seen == ["read", "live"]
