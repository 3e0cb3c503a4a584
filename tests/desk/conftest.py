"""A profile with its desk over a server in the test's own process, and a network that can be unplugged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Record, Reference, State
from crmdesk.session.connection import ConnectionState, Status
from crmdesk.session.session import Session
from crmdesk.store import records
from tests.support.clock import Clock
from tests.support.in_process import InProcessServer
from tests.support.lossy import Loss, Lossy


class DeskOffice:
    """`statuses` are those that the desk told, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.server = InProcessServer(folder)
        self.network = Lossy(self.server.transport, lambda request: None)
        self.profile = folder / "profile"
        self.session = self.open()
        self.session.connect_with_token("http://localhost", self.server.token(self.server.add_user("anna")))
        self.desk = Desk(self.session)
        self.statuses: list[Status] = []
        self.desk.status_changed.connect(self.statuses.append)

    def open(self) -> Session:
        waiting = Clock()  # between tries that fail, time passes at once
        return Session(self.profile, transport=self.network, timer=waiting.monotonic, pause=waiting.advance)

    def unplug(self) -> None:
        self.network.decide = lambda request: Loss.BEFORE_DELIVERY

    def plug_in(self) -> None:
        self.network.decide = lambda request: None

    def record(self, reference: Reference) -> Record | None:
        with self.desk.read() as reader:
            return records.get(reader, reference)

    def state(self, reference: Reference) -> State | None:
        record = self.record(reference)
        return record.state if record else None

    def stands(self, state: ConnectionState) -> Callable[[], bool]:
        """Whether the desk has told that state, for waitUntil."""
        return lambda: bool(self.statuses) and self.statuses[-1].state is state

    def make(self, qtbot: QtBot, name: str = "Contoso") -> Reference:
        """Make an account through the desk; its reference once it is saved."""
        heard: list[Changes] = []
        self.desk.do(lambda tx: edit.create(tx, "account", {"name": name}), heard.append)
        qtbot.waitUntil(lambda: bool(heard))
        return Reference("account", str(heard[0].result))

    def close(self) -> None:
        self.desk.close()
        shiboken6.delete(self.desk)  # now and in this thread, not when Python collects it in a worker of the next test
        self.session.close()
        self.server.close()


@pytest.fixture
def office(tmp_path: Path, qapp: object) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path)
    yield made
    made.close()
