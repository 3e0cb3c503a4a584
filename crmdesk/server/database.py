"""Opening the server's database, reading from it and writing to it.

Writers come one after the other, across threads and processes: SQLite by BEGIN IMMEDIATE, PostgreSQL by the lock on
the one row of `crmdesk_state`. So versions are given in the order of commits, and whoever reads the version knows that
everything up to it can be seen.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from crmdesk.matching.duplicates import DEFAULT_RULES, PUBLISHED
from crmdesk.server.tables import RECORDS, STATE, create_tables
from crmdesk.sql.folding import teach_folding
from crmdesk.sql.sqlite import COMPILED, DRIVER

_BUSY_SECONDS = 15
_SCHEMA_LOCK = 0x63726D64  # any number that other programs on the same PostgreSQL do not use


class NoDatabase(Exception):
    """The database cannot be opened; the text says which and why."""


Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


class Snapshot:
    """A connection that sees one state of the database, and the time at which it was asked for."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._state = connection.execute(_STATE).one()

    @property
    def moment(self) -> str:
        """The time as records keep it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def version(self) -> int:
        """Of the last change that can be seen here."""
        return int(self._state.version)

    @property
    def organization(self) -> str:
        return str(self._state.organization)


class Transaction(Snapshot):
    """A snapshot that may be changed; it holds the writers' lock until it ends."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        if connection.dialect.name != "sqlite":
            connection.execute(_LOCK)
        super().__init__(connection, now)
        self._version = int(self._state.version)

    @property
    def version(self) -> int:
        return self._version

    def next_version(self) -> int:
        self._version += 1
        return self._version

    @contextmanager
    def part(self) -> Iterator[None]:
        """What happens inside is undone when it raises; the rest of the transaction stays."""
        say = self.connection.exec_driver_sql  # begin_nested() takes three times as long, for each request of a batch
        say("SAVEPOINT part")
        try:
            yield
        except BaseException:
            say("ROLLBACK TO SAVEPOINT part")
            raise
        finally:
            say("RELEASE SAVEPOINT part")

    def keep_version(self) -> None:
        if self._version != self._state.version:
            self.connection.execute(update(STATE).values(version=self._version))


_STATE = select(STATE.c.version, STATE.c.organization)
_LOCK = select(STATE.c.id).with_for_update()


class Database:
    """Usable from any thread. close() gives the connections back."""

    def __init__(self, engine: Engine, clock: Clock = system_clock) -> None:
        self.engine = engine
        self.clock = clock
        self._turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        with self.engine.connect() as connection, connection.begin():
            yield Snapshot(connection, self.clock())

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Committed when the block ends, undone when it raises. Waits for the writer before it."""
        with self._turn, self.engine.connect() as plain:
            connection = plain.execution_options(writes=True, isolation_level=self._writers_isolation)
            with connection.begin():
                transaction = Transaction(connection, self.clock())
                yield transaction
                transaction.keep_version()

    @property
    def _writers_isolation(self) -> str:
        # A writer on PostgreSQL must see what the writer before it committed while this one waited for the lock.
        return "READ COMMITTED" if self.engine.dialect.name == "postgresql" else "SERIALIZABLE"

    def close(self) -> None:
        self.engine.dispose()


def database_url(text: str) -> URL:
    """From a URL (sqlite:///…, postgresql://…) or the path of an SQLite file. Raises NoDatabase."""
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = make_url(text)
    except ArgumentError:
        raise NoDatabase(f"'{text}' is not the address of a database.") from None
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise NoDatabase(f"'{url.drivername}' is not a database that the server can use: sqlite or postgresql.")
    return url


def open_database(text: str, clock: Clock = system_clock) -> Database:
    """The database at a URL or path, made when it is missing. `clock` gives aware times. Raises NoDatabase."""
    url = database_url(text)
    try:
        engine = _sqlite(url) if url.drivername == "sqlite" else _postgresql(url)
        _prepare(engine)
    except ModuleNotFoundError:
        raise NoDatabase("PostgreSQL needs the driver psycopg: pip install 'crmdesk[postgresql]'.") from None
    except (DBAPIError, sqlite3.Error, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        shown = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
        raise NoDatabase(f"The database {shown} cannot be opened: {reason}") from error
    return Database(engine, clock)


_POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 40}  # as many as the worker threads of the application


def _postgresql(url: URL) -> Engine:
    return create_engine(url, **_POOL, isolation_level="REPEATABLE READ", pool_pre_ping=True)


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise NoDatabase("The server keeps its records in a file; an SQLite database in memory cannot be shared.")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    connecting = {"check_same_thread": False, "timeout": _BUSY_SECONDS}
    shared = {"compiled_cache": COMPILED}
    engine = create_engine(url.set(drivername=DRIVER), **_POOL, connect_args=connecting, execution_options=shared)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver would begin too late for a snapshot
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # a confirmed write survives a power cut
        connection.execute("PRAGMA cache_size=-65536")
        teach_folding(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _prepare(engine: Engine) -> None:
    """Tables, and the first state with its organization. Two processes may do this at the same time."""
    options: dict[str, Any] = {"writes": True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "READ COMMITTED"
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
        create_tables(connection)
        if connection.execute(_STATE).first() is None:
            organization = str(uuid.uuid4())
            connection.execute(insert(STATE).values(id=1, version=1, organization=organization, sample_loaded=False))
            connection.execute(
                insert(RECORDS["organization"]).values(
                    organizationid=organization,
                    name="crmdesk",
                    minofflinesyncinterval=60_000,
                    minoutlooksyncinterval=60_000,
                    minaddressbooksyncinterval=3_600_000,
                    expirechangetrackingindays=7,
                    maxuploadfilesize=5 * 1024 * 1024,
                    trackingprefix="CRM:",
                    versionnumber=1,
                )
            )
            _publish_first_rules(connection)


def _publish_first_rules(connection: Connection) -> None:
    common = {"versionnumber": 1}
    for rule in DEFAULT_RULES:
        connection.execute(
            insert(RECORDS["duplicaterule"]).values(
                duplicateruleid=rule.id,
                name=rule.name,
                baseentityname=rule.base,
                matchingentityname=rule.matching,
                excludeinactiverecords=rule.only_active,
                iscasesensitive=rule.case_sensitive,
                statecode=1,
                statuscode=PUBLISHED,
                **common,
            )
        )
        for number, condition in enumerate(rule.conditions):
            connection.execute(
                insert(RECORDS["duplicaterulecondition"]).values(
                    duplicateruleconditionid=str(uuid.uuid5(uuid.UUID(rule.id), str(number))),
                    regardingobjectid=f"duplicaterule:{rule.id}",
                    baseattributename=condition.base,
                    matchingattributename=condition.matching,
                    operatorcode=int(condition.operator),
                    operatorparam=condition.characters or None,
                    **common,
                )
            )
