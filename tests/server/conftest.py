"""Servers for the tests: each with a database of its own and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.clock import Clock
from tests.support.in_process import InProcessServer
from tests.support.postgresql import Cluster, binaries, running_cluster


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(tmp_path: Path, clock: Clock) -> Iterator[InProcessServer]:
    running = InProcessServer(tmp_path, clock=clock)
    yield running
    running.close()


@pytest.fixture
def anna(server: InProcessServer) -> httpx.Client:
    """Signed in as an ordinary user."""
    return server.client(server.add_user("anna"))


@pytest.fixture
def admin(server: InProcessServer) -> httpx.Client:
    return server.client(server.add_user("root", admin=True))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql).")
    with running_cluster(programs) as cluster:
        yield cluster
