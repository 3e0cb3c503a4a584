"""Opening the local database: new, old, foreign, damaged, newer, full, shared."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event
from sqlalchemy.pool import Pool

from crmdesk.actions import edit
from crmdesk.model.query import Column, Order, Query
from crmdesk.model.record import Reference
from crmdesk.sql.folding import teach_folding
from crmdesk.store import records, tables
from crmdesk.store.errors import StoreBusy, StoreDamaged, StoreError, StoreFull
from crmdesk.store.store import SCHEMA, Store
from tests.support.clock import NOON


def make(store: Store, **values: object) -> Reference:
    with store.transaction() as tx:
        return Reference("contact", str(edit.create(tx, "contact", values).result))


def make_many(store: Store) -> None:
    for n in range(1000):
        make(store, lastname=f"Smith {n}", description="x" * 2000)


def make_then_fail(store: Store) -> None:
    with store.transaction() as tx:
        edit.create(tx, "contact", {"lastname": "Smith"})
        raise ZeroDivisionError


def lastnames(store: Store) -> list[object]:
    with store.read() as reader:
        found = records.find(reader, Query("contact", order=(Order(Column("lastname")),)), NOON)
    return [each["lastname"] for each in found]


def test_the_migrations_make_what_tables_says(store: Store) -> None:
    """A change of tables.py without its migration is found here."""

    def is_ours(name: str | None, kind: str, parents: object) -> bool:
        made_from_model = name is not None and name.startswith(("r_", "f_"))
        by_fts = name is not None and name.startswith("message_words")
        return not (kind == "table" and (made_from_model or by_fts or name == "alembic_version"))

    engine = create_engine(f"sqlite:///{store.path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours, "compare_type": True})
        differences = compare_metadata(context, tables.fixed)
        (version,) = connection.exec_driver_sql("PRAGMA user_version").one()
    engine.dispose()
    assert (differences, version) == ([], SCHEMA)


def test_opening_again_brings_no_migrations_and_is_quick(store: Store) -> None:
    store.close()
    program = (
        "import sys; from pathlib import Path; from crmdesk.store.store import Store\n"
        f"Store(Path({str(store.path)!r})).close()\n"
        "print('alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
    begun = monotonic()
    Store(store.path).close()
    assert monotonic() - begun < 1.0


def test_the_folder_is_made_for_its_owner_alone(store: Store) -> None:
    assert store.path.parent.stat().st_mode & 0o077 == 0


def test_a_table_follows_the_model(store: Store) -> None:
    """A profile of an older version: a column that lists sort by is missing; everything comes back at opening."""
    make(store, lastname="Zoe", jobtitle="Buyer")
    make(store, lastname="Abe", jobtitle="Clerk")
    store.close()
    with sqlite3.connect(store.path) as connection:
        teach_folding(connection)
        connection.execute("DROP INDEX r_contact_by_lastname")
        connection.execute("ALTER TABLE r_contact DROP COLUMN g_lastname")
        connection.execute("UPDATE meta SET value = 'older' WHERE name = 'record_tables'")
    connection.close()
    again = Store(store.path)
    assert lastnames(again) == ["Abe", "Zoe"]
    again.close()


@pytest.mark.parametrize("content", [b"Dear diary, today I wrote a database.\n" * 200, b"\0" * 8192])
def test_a_file_that_is_no_database_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "crmdesk.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"crmdesk\.db"):
        Store(path)
    assert path.read_bytes() == content


def test_a_damaged_database_is_told_of_and_left_alone(store: Store) -> None:
    for n in range(200):
        make(store, lastname=f"Smith {n}")
    store.close()
    content = bytearray(store.path.read_bytes())
    content[4096 * 3 :] = b"\xa5" * (len(content) - 4096 * 3)
    store.path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="restore a copy"):
        lastnames(Store(store.path))


def test_a_profile_of_a_newer_program_is_left_alone(store: Store) -> None:
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA + 1}")
    connection.close()
    with pytest.raises(StoreError, match=r"newer crmdesk.*Nothing was changed"):
        Store(store.path)


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "file" / "crmdesk.db")


# ---- a full disk


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No database may grow beyond so many pages."""

    def limit(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count=300")

    event.listen(Pool, "connect", limit)
    yield
    event.remove(Pool, "connect", limit)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_loses_the_last_change_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "crmdesk.db")
    make(store, lastname="Smith")
    with pytest.raises(StoreFull, match=r"everything saved before is kept"):
        make_many(store)
    kept = lastnames(store)
    assert kept[0] == "Smith"
    assert len(kept) > 1
    with store.transaction() as tx:
        edit.remove(tx, Reference("contact", records.find(tx, Query("contact", top=1), NOON)[0].id))
    store.close()
    again = Store(tmp_path / "crmdesk.db")
    assert len(lastnames(again)) == len(kept) - 1, "it goes on where there is room"
    again.close()


@pytest.mark.usefixtures("small_disk")
def test_no_room_for_a_profile_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def limit(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count=5")

    event.listen(Pool, "connect", limit)
    try:
        with pytest.raises(StoreFull):
            Store(tmp_path / "crmdesk.db")
    finally:
        event.remove(Pool, "connect", limit)
    again = Store(tmp_path / "other" / "crmdesk.db")
    assert lastnames(again) == []
    again.close()


# ---- several programs


def test_many_open_a_new_profile_at_once(tmp_path: Path) -> None:
    path = tmp_path / "crmdesk.db"

    def open_and_write(number: int) -> None:
        store = Store(path)
        make(store, lastname=f"Smith {number}")
        store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(open_and_write, range(4)))
    store = Store(path)
    assert lastnames(store) == [f"Smith {n}" for n in range(4)]
    store.close()


def test_another_program_holds_the_database(store: Store) -> None:
    make(store, lastname="Smith")
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")

    def soon(connection: sqlite3.Connection, record: object, proxy: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    event.listen(Pool, "checkout", soon)
    try:
        second = Store(store.path)
        assert lastnames(second) == ["Smith"], "opening and reading never wait"
        with pytest.raises(StoreBusy, match="Nothing was changed"):
            make(second, lastname="Jones")
        second.close()
    finally:
        event.remove(Pool, "checkout", soon)
        other.rollback()
        other.close()
    make(store, lastname="Jones")
    assert lastnames(store) == ["Jones", "Smith"]


def test_a_reader_sees_what_was_there_when_it_began(store: Store) -> None:
    make(store, lastname="Smith")
    with store.read() as reader:
        assert records.count(reader, Query("contact"), NOON) == 1
        make(store, lastname="Jones")
        assert records.count(reader, Query("contact"), NOON) == 1
    assert len(lastnames(store)) == 2


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        make_then_fail(store)
    assert lastnames(store) == []


def test_a_watch_notices_what_another_connection_wrote(store: Store) -> None:
    watch = store.watch()
    before = watch.version()
    assert watch.version() == before
    make(store, lastname="Smith")
    assert watch.version() != before
    watch.close()
