"""Noticing what other connections and processes wrote."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class Watch:
    """Tells when the database was written by any other connection. For the thread that made it."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, isolation_level=None)
        self._seen = self._version()

    def has_moved(self) -> bool:
        """Whether something was written since the last time it was asked."""
        before, self._seen = self._seen, self._version()
        return self._seen != before

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
