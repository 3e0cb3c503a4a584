"""Opening the local database, reading from it and writing to it.

SQLite in WAL mode: one writer at a time (threads and processes wait for each other), readers never wait. A Store may be
used from any thread; a Reader or Transaction only from the one that opened it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, bindparam, exc, select
from sqlalchemy.dialects.sqlite import insert

from crmdesk.store import record_tables, tables
from crmdesk.store.engines import driver, open_engine
from crmdesk.store.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreSlow

SCHEMA = 2
"""The number of the newest migration, kept in PRAGMA user_version so that an up-to-date file opens at once."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Reader:
    """A consistent look at the database: what was committed when it was first asked something."""

    connection: Connection

    @cached_property
    def me(self) -> str | None:
        """The signed-in user's id."""
        return get_meta(self.connection, "me")


@dataclass(frozen=True)
class Transaction(Reader):
    """One write: all of it is kept, or nothing."""

    now: datetime
    run: str | None = None  # the synchronising run that writes; None: a person's action

    @property
    def at(self) -> str:
        return self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """The database file `path`; made or migrated when needed. Raises StoreError."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = _now) -> None:
        self.path = path
        self.clock = clock
        self._own_writes = 0
        self._readers = open_engine(path, read_only=True)
        self._writers = open_engine(path, read_only=False)
        with _errors_in_words(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prepare()

    def _prepare(self) -> None:
        """Only a file that is not up to date is written to: opening never waits for another program's writing."""
        with self._readers.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            current = found == SCHEMA and record_tables.are_current(connection)
        if current:
            return
        if found > SCHEMA:
            raise StoreError(
                f"This profile was written by a newer crmdesk (data version {found}, this program knows {SCHEMA}). "
                "Nothing was changed. Please update the program."
            )
        if found < SCHEMA:
            # alembic takes a third of a second to import, and nearly every start needs no migration
            from crmdesk.store import migrations

            migrations.upgrade(self._writers, SCHEMA)
        with self._writers.begin() as connection:
            record_tables.follow_model(connection)

    @contextmanager
    def read(self, steps: int | None = None) -> Iterator[Reader]:
        """`steps` of SQLite's machine that each question may take at most (100,000 are some 20 ms): else StoreSlow."""
        with _errors_in_words(self.path), self._readers.connect() as connection, connection.begin():
            if steps is None:
                yield Reader(connection)
                return
            below = driver(connection)
            below.set_progress_handler(lambda: True, steps)
            try:
                yield Reader(connection)
            finally:
                below.set_progress_handler(None, 0)

    @contextmanager
    def transaction(self, run: str | None = None, durable: bool = True) -> Iterator[Transaction]:
        """A write transaction. `durable`: it survives a power cut; pulled pages need not, they can be pulled again."""
        with _errors_in_words(self.path), self._writers.connect() as connection:
            driver(connection).execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            counted = False
            below = driver(connection)
            try:
                with connection.begin():
                    changes = below.total_changes
                    yield Transaction(connection, self.clock(), run)
                    if below.total_changes != changes:
                        below.execute(_COUNT)
                        self._own_writes += 1  # before others can see it: a Watch never takes it for another program's
                        counted = True
            except BaseException:
                if counted:  # it was not kept after all
                    self._own_writes -= 1
                raise

    def watch(self) -> Watch:
        """Something that tells whether another program wrote to the database."""
        return Watch(self.path, lambda: self._own_writes)

    def close(self) -> None:
        self._readers.dispose()
        self._writers.dispose()


class Watch:
    """A connection that only looks whether others write. To be used by the thread that made it.

    Every transaction counts itself in the database, and every Store its own: what is more is another program's.
    """

    def __init__(self, path: Path, own_writes: Callable[[], int]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._own_writes = own_writes
        self._version = -1
        self._foreign = 0
        self.foreign_write()

    def version(self) -> int:
        """Another number whenever anybody wrote since the last look."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def foreign_write(self) -> bool:
        """Whether another program wrote since the last look."""
        version = self.version()
        if version == self._version:
            return False
        self._version = version
        counted = self._connection.execute(_COUNTED).fetchone()
        foreign = (int(counted[0]) if counted else 0) - self._own_writes()
        if foreign <= self._foreign:
            return False
        self._foreign = foreign
        return True

    def close(self) -> None:
        self._connection.close()


_COUNTED = "SELECT value FROM meta WHERE name = 'writes'"
_COUNT = "INSERT INTO meta VALUES ('writes', 1) ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
_META = select(tables.meta.c.value).where(tables.meta.c.name == bindparam("named"))


def get_meta(connection: Connection, name: str) -> str | None:
    found = connection.execute(_META, {"named": name}).scalar_one_or_none()
    return None if found is None else str(found)


def set_meta(tx: Transaction, name: str, value: str | None) -> None:
    statement = insert(tables.meta).values(name=name, value=value)
    tx.connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


@contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.DatabaseError, sqlite3.Error, OSError) as error:
        text = str(getattr(error, "orig", None) or error)
        if "full" in text or "No space left" in text or "disk I/O error" in text:
            raise StoreFull(
                f"The disk that holds {path} is full ({text}). The last change was not saved; everything saved "
                "before is kept. Free some space and try again."
            ) from error
        if text == "interrupted":
            raise StoreSlow("This takes longer than it may. Nothing was changed.") from error
        if "locked" in text or "busy" in text:
            raise StoreBusy(f"{path} is in use by another program. Nothing was changed; try again.") from error
        if "not a database" in text or "malformed" in text:
            raise StoreDamaged(
                f"{path} cannot be read as a database ({text}). Nothing was changed; keep the file and restore a copy."
            ) from error
        if isinstance(error, OSError) or "unable to open" in text or "readonly" in text:
            raise StoreError(f"{path} cannot be opened or written ({text}). Nothing was changed.") from error
        if isinstance(error, exc.OperationalError | sqlite3.OperationalError):
            raise StoreError(f"{path} can't do what was asked ({text}). Nothing was changed.") from error
        raise
