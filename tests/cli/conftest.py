"""A running server for each module, and profiles that are connected to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.support.command_line import CommandLine
from tests.support.server_process import ServerProcess, running_server

Connect: TypeAlias = Callable[..., CommandLine]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def connect(server: ServerProcess, tmp_path: Path) -> Connect:
    """connect("A"), connect("B", user="ben"): profiles of that name, online, nothing synchronised.

    Each test has users of its own, so that what they own is not mixed with another test's.
    """
    number = next(_numbers)

    def connected(name: str, user: str = "anna") -> CommandLine:
        desk = CommandLine(tmp_path / name)
        token = server.token(f"{user}{number}")
        assert desk.answer("connect", server.url, "--token-stdin", stdin=f"{token}\n")["state"] == "online"
        return desk

    return connected
