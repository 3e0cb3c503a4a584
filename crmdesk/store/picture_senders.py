"""Senders whose remote pictures the person wants to see always. Their addresses are compared without case."""

from __future__ import annotations

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.sqlite import insert

from crmdesk.store.store import Reader, Transaction
from crmdesk.store.tables import picture_sender


def is_allowed(reader: Reader, address: str) -> bool:
    statement = select(exists().where(picture_sender.c.address == address.lower()))
    return bool(address) and bool(reader.connection.execute(statement).scalar_one())


def allow(tx: Transaction, address: str) -> None:
    tx.connection.execute(insert(picture_sender).values(address=address.lower()).on_conflict_do_nothing())


def forbid(tx: Transaction, address: str) -> None:
    tx.connection.execute(delete(picture_sender).where(picture_sender.c.address == address.lower()))
