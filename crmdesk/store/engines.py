"""Connections to the local database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from crmdesk.sql.folding import teach_folding
from crmdesk.sql.sqlite import COMPILED, DRIVER

BUSY = 30  # seconds that a connection waits for another one's writing


def open_engine(path: Path, read_only: bool) -> Engine:
    """An engine over the database file. Its transactions begin at once: a writer's take the lock as they begin."""
    engine = create_engine(
        f"{DRIVER}:///{path}",
        connect_args={"check_same_thread": False, "timeout": BUSY},
        execution_options={"compiled_cache": COMPILED},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours to say: see below
        teach_folding(connection)
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            # a first load touches many pages again and again: less is written when they stay at hand
            connection.execute("PRAGMA cache_size=-16384")
            connection.execute("PRAGMA wal_autocheckpoint=4000")
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
