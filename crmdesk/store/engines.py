"""Connections to the local database, and one memory of compiled statements for all of them.

A process opens many: a reader and a writer per profile, and a profile anew whenever it is opened. SQLAlchemy keeps
compiled statements by dialect, one per engine; here all engines speak alike and share what was compiled once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from crmdesk.sql.folding import teach_folding

BUSY = 30  # seconds that a connection waits for another one's writing

_COMPILED: LRUCache[Any, Any] = LRUCache(1000)


class Dialect(SQLiteDialect_pysqlite):
    """SQLite as the standard library speaks it; any two are equal, so that they find each other's statements."""

    driver = "crmdesk"
    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dialect)

    def __hash__(self) -> int:
        return hash(Dialect)


registry.register("sqlite.crmdesk", __name__, Dialect.__name__)


def open_engine(path: Path, read_only: bool) -> Engine:
    """An engine over the database file. Its transactions begin at once: a writer's take the lock as they begin."""
    engine = create_engine(
        f"sqlite+crmdesk:///{path}",
        connect_args={"check_same_thread": False, "timeout": BUSY},
        execution_options={"compiled_cache": _COMPILED},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours to say: see below
        teach_folding(connection)
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA temp_store=MEMORY")

    # IMMEDIATE: a writer that first reads would otherwise find, at its first write, that another one was quicker
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver(connection).execute(begin)

    return engine


def driver(connection: Connection) -> Any:
    """The sqlite3 connection below: past SQLAlchemy, which would begin a transaction first, or look at each row."""
    below = connection.connection.dbapi_connection
    assert below is not None
    return below
