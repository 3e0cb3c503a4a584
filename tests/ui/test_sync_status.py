"""The status line: what it says in each state, and what can be done from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.model.record import Reference
from crmdesk.session.connection import ConnectionState, Status, set_trouble
from crmdesk.store import runs
from crmdesk.sync.lock import profile_lock
from crmdesk.sync.report import Hooks, Progress
from crmdesk.ui.connection_words import cost_words, count_words, last_words, state_words
from crmdesk.ui.parts import ElidedLabel
from crmdesk.ui.status_line import StatusLine

NOW = datetime(2026, 6, 17, 12, tzinfo=UTC)
LAST, NEXT = "2026-06-17T11:50:00Z", "2026-06-17T12:05:00Z"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status(ConnectionState.NOT_SET_UP, 0, 0, None, None), "No CRM server is set up yet"),
        (Status(ConnectionState.ONLINE, 0, 0, LAST, NEXT), "Online"),
        (Status(ConnectionState.NO_CONNECTION, 1, 0, LAST, NEXT), "No connection · 1 change waits"),
        (Status(ConnectionState.OFFLINE, 2, 0, LAST, None), "Offline · 2 changes wait, kept on this computer"),
        (
            Status(ConnectionState.ONLINE, 0, 0, LAST, NEXT, under_way="by hand"),
            "Online · another crmdesk synchronises this profile",
        ),
    ],
)
def test_where_the_program_stands(status: Status, words: str) -> None:
    assert state_words(status)[0] == words


@pytest.mark.parametrize("state", ConnectionState)
def test_every_state_has_words_and_a_colour(state: ConnectionState) -> None:
    assert all(state_words(Status(state, 0, 0, None, None)))


def test_what_the_last_synchronisation_left_and_took() -> None:
    done = Status(ConnectionState.ONLINE, 0, 0, LAST, NEXT, requests=3, bytes=4096, seconds=0.44)
    assert last_words(done, NOW).endswith("next in 5 min")
    assert cost_words(done) == "The last synchronisation took 3 requests, 4 kB, 0.4 s."
    stopped = Status(ConnectionState.ONLINE, 0, 0, None, None, unfinished=True)
    assert last_words(stopped, NOW) == "Synchronised in part; what came is here"
    assert cost_words(stopped) == ""


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress("Asking for changes"), ""),
        (Progress("Mail", 12), "12"),
        (Progress("Sending changes", 3, 14), "3 of 14"),
        (Progress("First synchronisation", 100, 400, 20.0), "100 of 400, less than a minute left"),
        (Progress("First synchronisation", 100, 400, 170.0), "100 of 400, about 3 min left"),
    ],
)
def test_how_far_a_run_has_come(progress: Progress, words: str) -> None:
    assert count_words(progress) == words


def test_the_last_ones_words_make_room_for_what_runs(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.show_last("Synchronised in part", resume=True)
    line.show_progress("Sending changes", "3 of 14", 3, 14)
    assert not line.offers("Go on")
    line.show_progress(None)
    assert line.offers("Go on")


# ---- in the window


def test_what_the_last_run_left_is_cut_only_where_the_whole_line_is_too_short(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.resize(1280, line.height())
    line.show_state("Offline", "waiting")
    line.show_last("Local data of today 14:32, of many groups, and more words than fit into a half of it", preview=True)
    line.show_problems(2)
    line.show()
    (last,) = (each for each in line.findChildren(ElidedLabel) if each.text().startswith("Local data"))
    qtbot.waitUntil(lambda: last.width() >= last.sizeHint().width())
    line.resize(640, line.height())
    qtbot.waitUntil(lambda: last.width() < last.sizeHint().width())


def test_a_run_that_was_paused_goes_on_from_the_line(opened: App, qtbot: QtBot) -> None:
    opened.desk.session.sync(Hooks(stopped=lambda: True))
    line = opened.window.status
    opened.desk.ask_for_status()
    qtbot.waitUntil(lambda: line.offers("Go on"))
    with qtbot.waitSignal(opened.desk.finished):
        line.resumed.emit()
    qtbot.waitUntil(lambda: not line.offers("Go on"))


def test_without_a_connection_going_offline_just_switches(
    opened: App, make: Callable[..., Reference], qtbot: QtBot
) -> None:
    statuses: list[Status] = []
    opened.desk.status_changed.connect(statuses.append)
    with opened.desk.store.transaction() as tx:
        set_trouble(tx, ConnectionState.NO_CONNECTION)
    opened.desk.ask_for_status()
    qtbot.waitUntil(lambda: bool(statuses) and statuses[-1].state is ConnectionState.NO_CONNECTION)
    opened.window.commands["offline"].trigger()
    qtbot.waitUntil(lambda: statuses[-1].is_offline)
    assert statuses[-1].requests == 0, "nothing was synchronised"


def test_another_program_is_told_in_the_line(opened: App, qtbot: QtBot) -> None:
    words = "another crmdesk synchronises this profile"
    with profile_lock(opened.desk.session.profile, 0):
        with opened.desk.store.transaction() as tx:
            runs.set_under_way(tx, "by hand")
        opened.desk.ask_for_status()
        qtbot.waitUntil(lambda: words in opened.window.status.words)
    qtbot.waitUntil(lambda: words not in opened.window.status.words)


@pytest.mark.parametrize(
    ("state", "shown"), [(ConnectionState.NO_CONNECTION, "waiting"), (ConnectionState.SIGN_IN_NEEDED, "failed")]
)
def test_online_is_not_shown_as_well_when_it_cannot_be(
    opened: App, qtbot: QtBot, state: ConnectionState, shown: str
) -> None:
    online = opened.window.commands["online"]
    switch = next(each for each in opened.window.bar.findChildren(QToolButton) if each.defaultAction() is online)

    def stands(trouble: ConnectionState | None) -> None:
        with opened.desk.store.transaction() as tx:
            set_trouble(tx, trouble)
        opened.desk.ask_for_status()

    stands(state)
    qtbot.waitUntil(lambda: switch.property("trouble") == shown)
    assert online.isChecked(), "it is what the person chose"
    stands(None)
    qtbot.waitUntil(lambda: switch.property("trouble") == "")
