"""The record tables follow the model: a new entity or field needs no migration, only this comparison at opening.

Everything a record holds is in its JSON columns, so a table can gain a generated column or an index at any time and
never loses anything; a generated column whose field went away just stays.
"""

from __future__ import annotations

import hashlib
from functools import cache

from sqlalchemy import Connection, inspect
from sqlalchemy.schema import CreateIndex, CreateTable

from crmdesk.model.words import ENTITIES
from crmdesk.store.tables import listed_fields, record_table, search_table

KEPT = tuple(name for name in ENTITIES if name not in ("activityparty", "organization", "usersettings"))
"""The entities that have local records; the three others are read from the server where they are needed."""


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
    statements = [str(CreateTable(record_table(name))) for name in KEPT]
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
    for index in table.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))
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
    execute(f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN {learn} END")
    execute(f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {forget} END")
    execute(
        f"CREATE TRIGGER {index}_update AFTER UPDATE OF base, overlay ON {table} "
        f"WHEN old.g_text IS NOT new.g_text BEGIN {forget} {learn} END"
    )
    execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")


def listed_names(name: str) -> frozenset[str]:
    """The fields of an entity that have a generated column."""
    return frozenset(field.name for field in listed_fields(ENTITIES[name]))
