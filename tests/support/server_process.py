"""The bundled server as a process of its own, as people run it; its users sign in by tokens, which cost no hashing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crmdesk.server import run
from crmdesk.server.database import open_database
from crmdesk.server.security import create_user_record, find_user

CRMDESK = (sys.executable, "-m", "crmdesk")
_PATIENCE = 20  # seconds


@dataclass
class ServerProcess:
    """A server that listens at `url`; `database` is its file. After stop() or kill(), start() takes the same port."""

    database: Path
    url: str = ""
    process: subprocess.Popen[bytes] | None = None
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return self.url.removeprefix("http://") or "127.0.0.1:0"

    def start(self) -> None:
        words = ["server", "--listen", self.address, "--json", "--database", str(self.database)]
        self.process = subprocess.Popen([*CRMDESK, *words], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(3)]
        self.url = str(json.loads(b"".join(lines))["url"])

    def token(self, user: str) -> str:
        """A personal access token of a user, who is added when there is none of that name."""
        if user not in self._tokens:
            opened = open_database(str(self.database))
            with opened.writing() as transaction:
                if find_user(transaction, user) is None:
                    create_user_record(transaction, user)
            opened.close()
            self._tokens[user] = run.make_token(str(self.database), user)
        return self._tokens[user]

    def add_password(self, user: str, password: str) -> None:
        """A user who signs in by a password; who has another is signed in no more."""
        run.add_user(str(self.database), user, password)

    def stop(self) -> None:
        """As a person stops it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It still takes connections, and says nothing, until thaw()."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self._signal(number)
            self.process.wait(_PATIENCE)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)


@contextmanager
def running_server(folder: Path) -> Iterator[ServerProcess]:
    """A server over a new database in `folder`, killed at the end."""
    server = ServerProcess(folder / "server.sqlite")
    server.start()
    try:
        yield server
    finally:
        if server.process is not None:
            server.thaw()
        server.kill()
