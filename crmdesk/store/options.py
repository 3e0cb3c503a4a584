"""The person's choices and the profile's own facts, kept in the store."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from crmdesk.settings import Settings, changed, from_texts
from crmdesk.store import tables
from crmdesk.store.store import Reader, Transaction

_OPTIONS = select(tables.option.c.name, tables.option.c.value)


def load(reader: Reader) -> Settings:
    lines = reader.connection.execute(_OPTIONS)
    return from_texts({line.name: line.value for line in lines})


def save(tx: Transaction, name: str, text: str) -> Settings:
    """Set one option. Raises settings.BadOption."""
    settings = changed(load(tx), name, text)
    statement = insert(tables.option).values(name=name, value=text.strip().lower())
    tx.connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )
    return settings
