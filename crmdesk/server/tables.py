"""The server's tables, made from the model: one per entity, and a few of its own.

Values are stored in their canonical form: a lookup as "entity:guid", a moment as ISO text. Activity parties are rows
of `activityparty`. Every column but the key may be empty, so that a new field is one ALTER TABLE.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    inspect,
    text,
)
from sqlalchemy.types import TypeEngine

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.words import ENTITIES
from crmdesk.sql.folding import fold

METADATA = MetaData()

# Ids, lookups and moments are compared byte by byte; on PostgreSQL this also makes their indexes serve ranges.
_PLAIN = Text().with_variant(String(collation="C"), "postgresql")
_TYPES: dict[FieldType, TypeEngine[Any]] = {
    FieldType.STRING: Text(),
    FieldType.MEMO: Text(),
    FieldType.FILE: Text(),
    FieldType.INTEGER: Integer(),
    FieldType.BIGINT: BigInteger(),
    FieldType.CHOICE: Integer(),
    FieldType.STATE: Integer(),
    FieldType.STATUS: Integer(),
    FieldType.DECIMAL: Float(53),
    FieldType.MONEY: Float(53),
    FieldType.DOUBLE: Float(53),
    FieldType.BOOLEAN: Boolean(),
    FieldType.DATETIME: _PLAIN,
    FieldType.DATE: _PLAIN,
    FieldType.LOOKUP: _PLAIN,
    FieldType.GUID: _PLAIN,
}
_AUTHORS = ("createdby", "modifiedby")  # looked up from a user only when one is deleted
_ASKED_FOR_BY_TEXT = {"email": ("messageid",)}
_LOOKS_ALIKE_BY = {"account": ("name",), "contact": ("lastname",), "lead": ("companyname",)}
"""What the first duplicate rules compare, apart from e-mail addresses."""


def stored_fields(kind: Entity) -> tuple[Field, ...]:
    """The fields that have a column: all but the activity parties."""
    return tuple(each for each in kind.fields if each.type is not FieldType.PARTIES)


def _columns(kind: Entity) -> list[Column[Any]]:
    columns: list[Column[Any]] = []
    for field in stored_fields(kind):
        is_key = field.name == kind.id_field
        columns.append(Column(field.name, _TYPES[field.type], primary_key=is_key, nullable=not is_key))
    if "versionnumber" not in kind.by_name:
        columns.append(Column("versionnumber", BigInteger()))
    return columns


def _record_table(kind: Entity) -> Table:
    table = Table(kind.name, METADATA, *_columns(kind))
    indexed = [each.name for each in kind.lookups if each.name not in _AUTHORS]
    indexed += [name for name in ("versionnumber", "modifiedon") if name in table.c]
    for name in indexed:
        Index(f"ix_{kind.name}_{name}", table.c[name])
    for name in (*kind.addresses, *_LOOKS_ALIKE_BY.get(kind.name, ())):
        Index(f"ix_{kind.name}_{name}_key", fold(func.trim(table.c[name])))
    for name in _ASKED_FOR_BY_TEXT.get(kind.name, ()):
        Index(f"ix_{kind.name}_{name}_folded", fold(table.c[name]))
    return table


RECORDS: dict[str, Table] = {name: _record_table(kind) for name, kind in ENTITIES.items()}
"""By logical name. Each also has the column `versionnumber`: the row's place in the order of all changes."""

STATE = Table(
    "crmdesk_state",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),  # of the last committed change; its row is the writers' lock
    Column("organization", _PLAIN, nullable=False),
    Column("sample_loaded", Boolean, nullable=False),
)
GONE = Table(
    "crmdesk_gone",
    METADATA,
    Column("entity", _PLAIN, primary_key=True),
    Column("id", _PLAIN, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("at", _PLAIN, nullable=False),
    Index("ix_crmdesk_gone_version", "entity", "version"),
)
CREDENTIAL = Table(
    "crmdesk_credential",
    METADATA,
    Column("user_id", _PLAIN, primary_key=True),
    Column("password_hash", Text),  # empty: this user cannot sign in
    Column("is_admin", Boolean, nullable=False),
)
TOKEN = Table(
    "crmdesk_token",
    METADATA,
    Column("hash", _PLAIN, primary_key=True),
    Column("user_id", _PLAIN, nullable=False),
    Column("expires", BigInteger),  # seconds since 1970; empty: never
    Index("ix_crmdesk_token_user", "user_id"),
)


def create_tables(connection: Connection) -> None:
    """Make what is missing: tables, indexes, and the columns of fields that came later. Harmless when all is there."""
    METADATA.create_all(connection)
    known = inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    for table in METADATA.sorted_tables:
        present = {column["name"] for column in known.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                kind = column.type.compile(connection.dialect)
                connection.execute(text(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}"))
