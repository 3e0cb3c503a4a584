"""The bundled server in process, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.crm.client import Client
from crmdesk.crm.sign_in import TokenCredentials
from tests.support.in_process import ORIGIN, InProcessServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InProcessServer]:
    """An empty server with one user, ann."""
    made = InProcessServer(tmp_path)
    made.add_user("ann")
    yield made
    made.close()


@pytest.fixture
def ann(server: InProcessServer) -> TokenCredentials:
    return TokenCredentials(server.token(server.add_user("ann")))


@pytest.fixture
def client(server: InProcessServer, ann: TokenCredentials) -> Iterator[Client]:
    """A client signed in as ann, over a network without faults."""
    made = Client(ORIGIN, ann, server.transport)
    yield made
    made.close()
