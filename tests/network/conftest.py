"""A server on a real socket, a bad network before it, and people's profiles on this side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from crmdesk.crm.wire import USUAL, Timeouts
from crmdesk.server.app import create_app
from crmdesk.session.session import Session
from tests.support.builders import Desk, MemorySecrets, Office
from tests.support.listening import Listening
from tests.support.proxy import Proxy

IMPATIENT = Timeouts(connect=0.5, silence=0.5)
"""For tests in which what is silent is so for good; the usual ones are for people."""


class WiredDesk(Desk):
    """A desk whose requests go over real sockets."""

    timeouts = USUAL

    def be(self, timeouts: Timeouts) -> None:
        """Open the profile again with these."""
        self.timeouts = timeouts
        self.start_again()

    def _open(self) -> Session:
        clock = self.office.clock
        return Session(
            self.folder,
            clock=clock,
            secrets=self.secrets,
            timer=clock.monotonic,
            pause=clock.advance,
            timeouts=self.timeouts,
        )


@dataclass
class Wire:
    """What lies between the desks and the server."""

    office: Office
    proxy: Proxy
    desks: list[WiredDesk] = field(default_factory=list)

    def desk(self, user: str, name: str = "") -> WiredDesk:
        """A new profile of `user`, signed in through the proxy; nothing is synchronised yet."""
        made = WiredDesk(self.office, self.office.folder / (name or user), user, MemorySecrets())
        made.session.connect_with_token(self.proxy.url, self.office.token(user))
        self.desks.append(made)
        return made


@pytest.fixture
def wire(office: Office) -> Iterator[Wire]:
    with (
        Listening(create_app(office.server.database)) as listening,
        Proxy(listening.host, listening.port) as proxy,
    ):
        made = Wire(office, proxy)
        yield made
        for desk in made.desks:
            desk.close()
