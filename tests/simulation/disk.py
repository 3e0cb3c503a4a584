"""The disk below a desk: it fills up, and the program or the power may fail at any commit.

A commit that is not durable (see Store.transaction) may be lost at a power cut: what is left then is the database as
of the last durable commit, or of a later one. In WAL mode that is the file and the first so many bytes of its log.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from crmdesk.store.engines import driver

_FULL = 2  # what PRAGMA synchronous says of a durable transaction
_HEADER = 32  # bytes of a log before its first frame


class Disk:
    """Under the database file `path`. `meets` is asked before each commit, and may raise what it likes."""

    def __init__(self, path: Path, meets: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self.meets = meets
        self._log = path.with_name(f"{path.name}-wal")
        self._kept = [0]  # log sizes that a power cut may leave, the durable one first
        self._pending: bool | None = None  # the commit under way: whether it is durable
        self._salt = b""
        _BY_PATH[str(path)] = self

    def forget(self) -> None:
        del _BY_PATH[str(self.path)]

    def commits(self, connection: Connection) -> None:
        self._note()
        self.meets()
        self._pending = bool(driver(connection).execute("PRAGMA synchronous").fetchone()[0] == _FULL)

    def after_power_cut(self, rng: random.Random) -> Callable[[], None]:
        """Look what is left now; what is returned puts it back when the program is gone."""
        self._note()
        left = rng.choice(self._kept)
        base, log = self.path.read_bytes(), self._log.read_bytes()[:left] if left else b""

        def put_back() -> None:
            for each in self.path.parent.glob(f"{self.path.name}-*"):
                each.unlink()
            self.path.write_bytes(base)
            self.opened_again()
            if log:
                self._log.write_bytes(log)
                self._kept, self._salt = [len(log)], log[:_HEADER]

        return put_back

    def opened_again(self) -> None:
        """The file was closed and is opened anew: closing leaves no log."""
        self._kept, self._pending, self._salt = [0], None, b""

    def _note(self) -> None:
        """What the commit before this moment left. A log that was begun anew is safe in the file as far as it was."""
        if self._pending is None:
            return
        durable, self._pending = self._pending, None
        size = self._log.stat().st_size if self._log.exists() else 0
        salt = self._first_bytes()
        if durable or salt != self._salt:
            self._kept, self._salt = [size], salt
        elif size != self._kept[-1]:
            self._kept.append(size)

    def _first_bytes(self) -> bytes:
        if not self._log.exists():
            return b""
        with self._log.open("rb") as log:
            return log.read(_HEADER)


_BY_PATH: dict[str, Disk] = {}


@event.listens_for(Engine, "commit")
def _before_commit(connection: Connection) -> None:
    disk = _BY_PATH.get(str(connection.engine.url.database))
    if disk is not None and driver(connection).total_changes:  # a reader has nothing to commit
        disk.commits(connection)


def full() -> None:
    """What SQLite says when nothing more can be written."""
    raise sqlite3.OperationalError("database or disk is full")
