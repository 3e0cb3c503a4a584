"""The record tables follow the model: a new entity or field needs no migration, only this comparison at opening.

Everything a record holds is in its JSON columns, so a table can gain a generated column or an index at any time and
never loses anything; a generated column whose field went away just stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from crmdesk.model.words import ENTITIES, SERVER_ONLY
from crmdesk.store.tables import LIVE, listed_fields, record_table, search_table

KEPT = tuple(name for name in ENTITIES if name not in SERVER_ONLY)
"""The entities that have local records; the others are read from the server where they are needed."""


def are_current(connection: Connection) -> bool:
    """Whether the tables are as the model wants them."""
    found = connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'record_tables'").scalar_one_or_none()
    return bool(found == _fingerprint())


def follow_model(connection: Connection) -> None:
    """Make the tables as the model wants them."""
    if are_current(connection):
        return  # another program was quicker
    for name in KEPT:
        _follow(connection, name)
    write = "INSERT OR REPLACE INTO meta (name, value) VALUES ('record_tables', ?)"
    connection.exec_driver_sql(write, (_fingerprint(),))


@cache
def _fingerprint() -> str:
    made: list[ExecutableDDLElement] = []
    for name in KEPT:
        made += [CreateTable(record_table(name)), *_indexes(name).values()]
    statements = [str(each.compile(dialect=sqlite.dialect())) for each in made]
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()


def _follow(connection: Connection, name: str) -> None:
    table = record_table(name)
    there = inspect(connection)
    if not there.has_table(table.name):
        connection.execute(CreateTable(table))
    else:
        # table_xinfo lists generated columns too, which table_info leaves out
        rows = connection.exec_driver_sql(f"PRAGMA table_xinfo({table.name})").all()
        present = {row[1] for row in rows}
        for column in table.columns:
            if column.name not in present and column.computed is not None:
                connection.exec_driver_sql(
                    f"ALTER TABLE {table.name} ADD COLUMN {column.name} {column.type} "
                    f"GENERATED ALWAYS AS ({column.computed.sqltext}) VIRTUAL"
                )
    wanted = _indexes(name)
    for index in sorted(_found_indexes(connection, name) - wanted.keys()):
        connection.exec_driver_sql(f"DROP INDEX {index}")
    for statement in wanted.values():
        connection.execute(statement)
    if "g_text" in table.columns:
        _follow_search(connection, name)


def _follow_search(connection: Connection, name: str) -> None:
    """Full-text search over g_text, kept up to date by triggers (FTS5 external content)."""
    index, table = search_table(name), record_table(name).name
    execute = connection.exec_driver_sql
    exists = execute("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)).first() is not None
    for event in ("insert", "delete", "update"):
        execute(f"DROP TRIGGER IF EXISTS {index}_{event}")
    if exists:
        execute(f"DROP TABLE {index}")
    execute(
        f"CREATE VIRTUAL TABLE {index} USING fts5(g_text, content='{table}', content_rowid='row', "
        "tokenize='unicode61 remove_diacritics 2')"
    )
    forget = f"INSERT INTO {index}({index}, rowid, g_text) VALUES ('delete', old.row, old.g_text);"
    learn = f"INSERT INTO {index}(rowid, g_text) VALUES (new.row, new.g_text);"
    one_by_one = f"NOT EXISTS (SELECT 1 FROM meta WHERE name = '{_MANY}')"
    execute(f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} WHEN {one_by_one} BEGIN {learn} END")
    execute(f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {forget} END")
    execute(
        f"CREATE TRIGGER {index}_update AFTER UPDATE OF base, overlay ON {table} "
        f"WHEN old.g_text IS NOT new.g_text BEGIN {forget} {learn} END"
    )
    execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")


_MANY = "many rows"
"""In meta while a transaction inserts many: they are indexed together, which takes half as long. Never committed."""


@contextmanager
def many_new_rows(connection: Connection, name: str) -> Iterator[None]:
    """Rows that the block inserts are made searchable at its end, all at once."""
    if "g_text" not in record_table(name).columns:
        yield
        return
    index, table = search_table(name), record_table(name).name
    execute = connection.exec_driver_sql
    before = execute(f"SELECT coalesce(max(row), 0) FROM {table}").scalar_one()
    execute("INSERT INTO meta (name) VALUES (?)", (_MANY,))
    yield
    execute(f"INSERT INTO {index}(rowid, g_text) SELECT row, g_text FROM {table} WHERE row > ?", (before,))
    execute("DELETE FROM meta WHERE name = ?", (_MANY,))


def set_indexes_aside(connection: Connection, name: str) -> None:
    """Before a large table is filled: it is done in half the time without what only sorting and looking up needs."""
    for index in record_table(name).indexes:
        if not index.info.get(LIVE):
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {index.name}")


def missing_indexes(connection: Connection) -> dict[str, list[CreateIndex]]:
    """Entity -> what was set aside. Each statement takes some tenths of a second for 100,000 rows."""
    found = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars())
    missing = {name: [each for key, each in _indexes(name).items() if key not in found] for name in KEPT}
    return {name: statements for name, statements in missing.items() if statements}


@cache
def _indexes(name: str) -> dict[str, CreateIndex]:
    ordered = sorted(record_table(name).indexes, key=lambda index: str(index.name))
    return {str(index.name): CreateIndex(index, if_not_exists=True) for index in ordered}


def _found_indexes(connection: Connection, name: str) -> set[str]:
    """Without the one that makes ids unique, which is part of the table."""
    query = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
    return set(connection.exec_driver_sql(query, (record_table(name).name,)).scalars())


def listed_names(name: str) -> frozenset[str]:
    """The fields of an entity that have a generated column."""
    return frozenset(field.name for field in listed_fields(ENTITIES[name]))
