"""The window answers while a large synchronisation runs and much mail comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from crmdesk import app
from crmdesk.app import App
from crmdesk.session import mailing
from crmdesk.session.session import Session
from crmdesk.ui.contacts.pane import ContactsPane
from crmdesk.ui.pane import Pane
from crmdesk.ui.record_table import RecordTable
from tests.bench.sync import place
from tests.support import large_profile
from tests.support.in_process import InProcessServer
from tests.support.large_profile import Amounts
from tests.support.watchdog import Watchdog

HERE = Amounts(contacts=10_000, accounts=1000, tasks=1000, messages=20_000)
COMING_CONTACTS, COMING_MESSAGES = 6000, 300
PANES = ("contacts", "tasks", "records", "mail")
LIMIT = 100.0  # ms of the window's own work at a time: twice what bench_window holds, for machines that do much else


@pytest.fixture
def busy(tmp_path: Path, qtbot: QtBot) -> Iterator[App]:
    """A window over a large profile whose server and mailbox have much that is new."""
    server = InProcessServer(tmp_path)
    anna = server.add_user("anna")
    with server.database.writing() as transaction:
        place.fill(transaction, 0, COMING_CONTACTS, f"systemuser:{anna}")
    session = Session(tmp_path / "profile", transport=server.transport)
    session.connect_with_token("http://localhost", server.token(anna))
    large_profile.fill(session.store, HERE, session.clock())
    mailing.add_maildir(
        session, large_profile.make_mailbox(tmp_path / "mail", COMING_MESSAGES), "anna@us.example", "Anna Berg"
    )
    made = app.build(session)
    with qtbot.waitExposed(made.window):
        made.window.show()
    made.garbage.set_aside()
    yield made
    made.close()
    session.close()
    server.close()


def test_the_window_is_never_away_for_long(busy: App, qtbot: QtBot) -> None:
    _look_at_everything_once(busy, qtbot)
    watchdog = Watchdog(LIMIT / 2, _Person(busy).act)
    reports: list[object] = []
    came: list[int] = []
    busy.desk.finished.connect(reports.append)
    busy.desk.mail_came.connect(came.append)
    busy.desk.sync_now()
    busy.desk.fetch_mail()
    qtbot.waitUntil(lambda: bool(reports) and bool(came), timeout=100_000)
    watchdog.stop()
    assert came == [COMING_MESSAGES]
    longest = watchdog.longest
    assert longest.work <= LIMIT, f"{longest.work:.0f} ms of work at a time:\n{longest.stack}"


def _look_at_everything_once(busy: App, qtbot: QtBot) -> None:
    """What is imported and compiled at the first look only is not what this is about."""
    for name in PANES:
        pane = busy.window.show_pane(name)
        qtbot.waitUntil(lambda pane=pane: _longest_list(pane).rows.rowCount() > 0)  # type: ignore[misc]
        if isinstance(pane, ContactsPane):
            qtbot.waitUntil(lambda view=pane.view: view.record is not None)  # type: ignore[misc]


class _Person:
    """Scrolls the list in sight, and looks at another pane now and then."""

    def __init__(self, busy: App) -> None:
        self._busy = busy
        self._acts = 0

    def act(self) -> None:
        self._acts += 1
        window = self._busy.window
        if self._acts % 50 == 0:
            window.show_pane(PANES[self._acts // 50 % len(PANES)])
        bar = _longest_list(window.pane).verticalScrollBar()
        bar.setValue((bar.value() + 60) % max(1, bar.maximum()))


def _longest_list(pane: Pane) -> RecordTable:
    return max(pane.findChildren(RecordTable), key=lambda table: table.rows.rowCount())
