"""The desk: actions, what follows from them, and a server that may be away. All heard in the window's thread."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from crmdesk.actions import choose, edit
from crmdesk.desk.desk import EVERYTHING
from crmdesk.desk.workers import Thread
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query
from crmdesk.model.record import Reference, State
from crmdesk.session import mailing
from crmdesk.session.connection import ConnectionState
from crmdesk.store import mailbox, records, runs
from crmdesk.store.store import Transaction
from crmdesk.sync.lock import profile_lock
from crmdesk.sync.report import Progress, Report
from tests.desk.conftest import DeskOffice


def test_an_action_is_saved_told_and_pushed(office: DeskOffice, qtbot: QtBot) -> None:
    contoso = office.make(qtbot)
    qtbot.waitUntil(lambda: office.state(contoso) is State.CLEAN)


def test_everything_is_heard_in_the_window_s_thread(office: DeskOffice, qtbot: QtBot) -> None:
    threads: list[QThread] = []

    def note(*_: object) -> None:
        threads.append(QThread.currentThread())

    for signal in (office.desk.changed, office.desk.status_changed, office.desk.progress, office.desk.finished):
        signal.connect(note)
    office.make(qtbot)
    with qtbot.waitSignal(office.desk.finished):
        office.desk.sync_now()
    office.desk.in_background(lambda reader: threading.get_ident(), lambda ident: note())
    qtbot.waitUntil(lambda: len(threads) >= 4)
    assert set(threads) == {QThread.currentThread()}


def test_a_refusal_is_told_in_words_and_changes_nothing(office: DeskOffice, qtbot: QtBot) -> None:
    words: list[str] = []
    office.desk.do(lambda tx: edit.create(tx, "account", {"name": "x" * 500}), None, words.append)
    qtbot.waitUntil(lambda: bool(words))
    assert "at most 160 characters" in words[0]
    with qtbot.waitSignal(office.desk.failed) as failed:
        office.desk.do(lambda tx: edit.create(tx, "account", {}))
    assert failed.args is not None
    assert "must be filled" in failed.args[0]


def test_without_a_network_what_was_saved_waits_and_the_status_says_so(office: DeskOffice, qtbot: QtBot) -> None:
    office.unplug()
    failures: list[str] = []
    office.desk.failed.connect(failures.append)
    contoso = office.make(qtbot)
    qtbot.waitUntil(office.stands(ConnectionState.NO_CONNECTION), timeout=20_000)
    assert office.statuses[-1].waiting == 1
    assert office.state(contoso) is State.WAITING
    assert failures == []


def test_a_synchronising_run_that_cannot_reach_the_server_says_why(office: DeskOffice, qtbot: QtBot) -> None:
    office.unplug()
    with qtbot.waitSignal(office.desk.failed, timeout=20_000) as failed:
        office.desk.sync_now()
    assert failed.args is not None
    assert failed.args[0]


def test_offline_nothing_leaves_and_online_it_does(office: DeskOffice, qtbot: QtBot) -> None:
    office.desk.go_offline(now=True)
    qtbot.waitUntil(office.stands(ConnectionState.OFFLINE))
    contoso = office.make(qtbot)
    office.desk.sync_now()
    with qtbot.waitSignal(office.desk.failed):
        pass
    assert office.state(contoso) is State.WAITING
    office.desk.go_online()
    qtbot.waitUntil(lambda: office.state(contoso) is State.CLEAN)


def test_progress_ends_when_nothing_runs(office: DeskOffice, qtbot: QtBot) -> None:
    heard: list[object] = []
    office.desk.progress.connect(heard.append)
    with qtbot.waitSignal(office.desk.finished):
        office.desk.sync_now()
    qtbot.waitUntil(lambda: bool(heard) and heard[-1] is None)


def test_what_another_program_writes_is_noticed(office: DeskOffice, qtbot: QtBot) -> None:
    other = office.open()
    with qtbot.waitSignal(office.desk.changed, timeout=8000, check_params_cb=lambda changes: changes == EVERYTHING):
        other.do(lambda tx: edit.create(tx, "account", {"name": "Fabrikam"}))
    other.close()


def test_what_another_program_writes_right_after_an_own_write_is_noticed(office: DeskOffice, qtbot: QtBot) -> None:
    other = office.open()
    heard: list[Changes] = []
    office.desk.changed.connect(heard.append)
    office.make(qtbot)
    other.do(lambda tx: edit.create(tx, "account", {"name": "Fabrikam"}))
    office.make(qtbot, "Contoso again")
    qtbot.waitUntil(lambda: EVERYTHING in heard)
    other.close()


def test_own_writes_are_never_taken_for_another_programs(office: DeskOffice, qtbot: QtBot) -> None:
    watch = office.session.store.watch()
    for number in range(10):
        office.make(qtbot, f"Contoso {number}")
    with qtbot.waitSignal(office.desk.finished):
        office.desk.sync_now()
    assert not watch.foreign_write()
    watch.close()


def test_another_program_that_synchronises_is_told_until_it_ends(office: DeskOffice, qtbot: QtBot) -> None:
    with profile_lock(office.profile, 0):
        office.session.do(lambda tx: _under_way(tx, "by hand"))
        office.desk.ask_for_status()
        qtbot.waitUntil(lambda: bool(office.statuses) and office.statuses[-1].under_way == "by hand")
    qtbot.waitUntil(lambda: office.statuses[-1].under_way is None)


def test_an_own_run_is_not_told_as_another_programs(office: DeskOffice, qtbot: QtBot) -> None:
    for _ in range(3):
        with qtbot.waitSignal(office.desk.finished):
            office.desk.sync_now()
            office.desk.ask_for_status()
    qtbot.waitUntil(lambda: bool(office.statuses))
    assert {status.under_way for status in office.statuses} == {None}


def test_a_run_waits_for_another_program_and_can_be_cancelled_meanwhile(office: DeskOffice, qtbot: QtBot) -> None:
    words: list[str] = []
    office.desk.progress.connect(lambda progress: words.append(progress.words if progress else ""))
    with profile_lock(office.profile, 0):
        office.desk.sync_now()
        qtbot.waitUntil(lambda: any(each.startswith("Waiting: another crmdesk") for each in words))
        with qtbot.waitSignal(office.desk.failed) as failed:
            office.desk.cancel()
    assert failed.args is not None
    assert "stopped before it began" in failed.args[0]


def test_a_cancel_just_before_a_job_begins_holds(office: DeskOffice, qtbot: QtBot) -> None:
    reports: list[Report] = []
    office.desk.finished.connect(reports.append)
    office.desk.sync_now()
    office.desk.cancel()  # before the worker's thread has taken it up
    qtbot.waitUntil(lambda: bool(reports))
    assert reports[0].outcome == "stopped"
    with qtbot.waitSignal(office.desk.finished):
        office.desk.sync_now()
    assert [each.outcome for each in reports] == ["stopped", "complete"], "what is asked for later is not stopped"


def test_offline_now_does_not_wait_for_what_runs(office: DeskOffice, qtbot: QtBot) -> None:
    gate = threading.Event()
    inner = office.network.inner.handle_request
    office.network.inner.handle_request = lambda request: (gate.wait(10), inner(request))[1]  # type: ignore[method-assign]
    running: list[Progress | None] = []
    office.desk.progress.connect(running.append)
    office.desk.sync_now()
    qtbot.waitUntil(lambda: bool(running))
    office.desk.go_offline(now=True)
    gate.set()
    qtbot.waitUntil(office.stands(ConnectionState.OFFLINE))


def test_a_live_look_that_waits_holds_up_no_reading(office: DeskOffice, qtbot: QtBot) -> None:
    contoso = office.make(qtbot)
    qtbot.waitUntil(lambda: office.state(contoso) is State.CLEAN)
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


def _under_way(tx: Transaction, kind: str) -> Changes:
    runs.set_under_way(tx, kind)
    return Changes()


def test_what_was_asked_for_right_before_closing_is_saved(office: DeskOffice) -> None:
    for number in range(20):
        office.desk.do(partial(edit.create, kind="account", values={"name": f"Customer {number}"}))
    office.desk.close()
    with office.session.store.read() as reader:
        assert records.count(reader, Query("account"), office.session.clock()) == 20


def test_an_answer_for_a_window_that_is_gone_is_not_told(office: DeskOffice, qtbot: QtBot) -> None:
    window, heard = QObject(), list[str]()

    def tell(words: str) -> None:
        heard.append(f"{words} {window.objectName()}")

    def told(changes: Changes) -> None:
        tell("done")

    with qtbot.waitSignal(office.desk.changed) as changed:
        office.desk.do(lambda tx: edit.create(tx, "account", {"name": "Contoso"}), told)
        shiboken6.delete(window)
    assert heard == []
    (changes,) = changed.args or [Changes()]
    contoso = Reference("account", changes.result)
    qtbot.waitUntil(lambda: office.state(contoso) is State.CLEAN)  # everybody else heard of it, and it was sent


def test_what_was_read_for_a_window_that_is_gone_is_not_told(qtbot: QtBot) -> None:
    gone, there, heard = QObject(), QObject(), list[str]()
    reading = Thread("reading", there)
    with qtbot.waitSignal(reading.idle):
        reading.send(lambda hooks: "gone", lambda words: heard.append(words + gone.objectName()))
        reading.send(lambda hooks: "there", lambda words: heard.append(words + there.objectName()))
        shiboken6.delete(gone)
    reading.close()
    assert heard == ["there"]


@pytest.fixture
def post(office: DeskOffice, tmp_path: Path) -> Path:
    """Where messages come in, of an account all of whose mail is tracked."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    mailing.add_maildir(office.session, tmp_path / "mail", "anna@here.example", "Anna")
    office.session.do(lambda tx: choose.set_option(tx, "track.incoming", "all"))
    (tmp_path / "mail" / "new" / "1.host").write_bytes(
        b"From: Jeff <jeff@there.example>\r\nTo: anna@here.example\r\nSubject: Offer\r\nMessage-ID: <1@x>\r\n\r\nHi\r\n"
    )
    return tmp_path / "mail"


def test_mail_that_is_tracked_as_it_comes_is_pushed_at_once(office: DeskOffice, post: Path, qtbot: QtBot) -> None:
    office.desk.fetch_mail()
    email = Reference("email", mailbox.email_id_of("1@x"))
    qtbot.waitUntil(lambda: office.state(email) is State.CLEAN)


def test_mail_that_is_asked_for_while_mail_is_under_way_is_fetched_afterwards(
    office: DeskOffice, post: Path, qtbot: QtBot
) -> None:
    may_go_on, came = threading.Event(), list[int]()
    office.desk.mail_came.connect(came.append)
    office.desk.do_mail(lambda hooks: may_go_on.wait())
    office.desk.fetch_mail()
    may_go_on.set()
    qtbot.waitUntil(lambda: came == [1])
