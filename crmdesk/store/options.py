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
    write(tx, name, text.strip().lower())
    return settings


def read(reader: Reader, name: str) -> str | None:
    """What is kept under a name as it was written; None when nothing is."""
    wanted = select(tables.option.c.value).where(tables.option.c.name == name)
    return reader.connection.execute(wanted).scalar_one_or_none()


def write(tx: Transaction, name: str, text: str) -> None:
    """Keep a text as it stands. What is no option of the settings is kept beside them under a name of its own."""
    statement = insert(tables.option).values(name=name, value=text)
    tx.connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )
