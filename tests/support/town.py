"""Where a day takes place: a server of its own as a process, computers with a window each, and colleagues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import shiboken6
from pytestqt.qtbot import QtBot

from crmdesk import app
from crmdesk.crm.client import Client, Create, Delete, Outcome, Read, Row, Update
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.model.query import Column, Compare, Query
from crmdesk.model.record import Reference, Value, new_id
from crmdesk.session.session import Session
from crmdesk.sync.report import Hooks
from tests.support.builders import MemorySecrets
from tests.support.person import Person
from tests.support.proxy import Proxy
from tests.support.server_process import ServerProcess, running_server


@dataclass(frozen=True)
class Colleague:
    """Somebody who works with the same server by a program of their own."""

    client: Client

    def make(self, entity: str, **values: Value) -> Reference:
        key = new_id()
        self._does(Create(entity, key, values))
        return Reference(entity, key)

    def change(self, reference: Reference, **values: Value) -> None:
        now = self.look(reference)
        self._does(Update(reference.entity, reference.id, values, now.version))

    def remove(self, reference: Reference) -> None:
        self._does(Delete(reference.entity, reference.id, self.look(reference).version))

    def find(self, entity: str, field: str, value: str) -> list[Reference]:
        """The records whose field has that value."""
        (page,) = self.client.ask([Read(query=Query(entity, filter=Compare(Column(field), "eq", value)))])
        assert not isinstance(page, Exception), page
        return [Reference(entity, row.id) for row in page.rows]

    def find_one(self, entity: str, field: str, value: str) -> Reference:
        (found,) = self.find(entity, field, value)
        return found

    def look(self, reference: Reference) -> Row:
        return self.client.get(reference.entity, reference.id)

    def sees(self, reference: Reference, name: str) -> Value:
        return self.look(reference).values.get(name)

    def _does(self, write: Create | Update | Delete) -> None:
        outcome: Outcome = self.client.write([write])[0]
        assert not isinstance(outcome, Exception), outcome


class Town:
    """Everything is made when it is asked for, and closed at the end of the day."""

    def __init__(self, folder: Path, pictures: Path, bot: QtBot, server: ServerProcess, open_things: ExitStack) -> None:
        self.folder = folder
        self.server = server
        self._pictures = pictures
        self._bot = bot
        self._open = open_things

    def colleague(self, user: str) -> Colleague:
        client = Client(self.server.url, TokenCredentials(self.server.token(user)))
        self._open.callback(client.close)
        return Colleague(client)

    def network(self) -> Proxy:
        """A way to the server that can be as bad as a day wants it."""
        host, port = self.server.address.split(":")
        return self._open.enter_context(Proxy(host, int(port)))

    def person(
        self,
        user: str,
        computer: str = "laptop",
        connected: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        network: Proxy | None = None,
        password: str = "",
        prepare: Callable[[Session], object] = lambda session: None,
    ) -> Person:
        """Somebody at a new computer, whose window is open; `connected`: signed in and synchronised once.

        `network`: what lies between them and the server; `password`: what they sign in with, instead of a token.
        `prepare`: what else is done to the profile before the window opens over it.
        """
        session = Session(self.folder / user / computer, clock=clock, secrets=MemorySecrets())
        self._open.callback(session.close)
        if connected:
            url = self.server.url if network is None else network.url
            if password:
                self.server.add_password(user, password)
                session.connect(url, user, password)
            else:
                session.connect_with_token(url, self.server.token(user))
            session.sync(Hooks())
        prepare(session)
        made = app.build(session)
        self._open.callback(lambda: shiboken6.delete(made.window))  # now and in this thread, not by a later collection
        self._open.callback(made.close)
        with self._bot.waitActive(made.window):  # keys go to the active window alone
            made.window.resize(1280, 800)
            made.window.show()
            made.window.activateWindow()
        if not connected:
            made.begin()
        return Person(made, self._bot, self._pictures, f"{user} {computer}" if computer != "laptop" else user)


@contextmanager
def town(folder: Path, pictures: Path, bot: QtBot) -> Iterator[Town]:
    with ExitStack() as open_things:
        server = open_things.enter_context(running_server(folder))
        yield Town(folder, pictures, bot, server, open_things)
