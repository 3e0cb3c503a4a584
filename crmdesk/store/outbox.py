"""What waits to be sent: one entry per record (its verb is derived when pushed), one per mail to hand over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.dialects.sqlite import insert

from crmdesk.model.record import Reference
from crmdesk.store import tables
from crmdesk.store.records import Attempt, Stored, attempts_from
from crmdesk.store.store import Reader, Transaction

MAIL = "message"
"""Stands for the entity of an entry that hands over a mail."""


@dataclass(frozen=True)
class Entry:
    seq: int
    entity: str
    id: str
    sent: tuple[Attempt, ...]
    created_anyway: bool
    held: bool  # a problem waits for the person's answer

    @property
    def reference(self) -> Reference:
        return Reference(self.entity, self.id)


def enqueue(tx: Transaction, reference: Reference) -> None:
    """Make sure the record has its entry; an entry that is there keeps its place and its attempts."""
    _enqueue(tx, "record", reference.entity, reference.id)


def follow(tx: Transaction, record: Stored) -> None:
    """The entry exists exactly when the record waits, and holds the record's unanswered attempts."""
    if not record.waits and not record.sent:
        remove(tx, record.reference)
        return
    enqueue(tx, record.reference)
    write_sent(tx, record.reference, record.sent)


def write_sent(tx: Transaction, reference: Reference, sent: Sequence[Attempt]) -> None:
    text = orjson.dumps([[a.verb, dict(a.fields)] for a in sent]).decode() if sent else None
    box = tables.outbox
    tx.connection.execute(
        update(box)
        .where(box.c.kind == "record", box.c.entity == reference.entity, box.c.id == reference.id)
        .values(sent=text)
    )


def remove(tx: Transaction, reference: Reference) -> None:
    box = tables.outbox
    tx.connection.execute(
        delete(box).where(box.c.kind == "record", box.c.entity == reference.entity, box.c.id == reference.id)
    )


def allow_duplicate(tx: Transaction, reference: Reference) -> None:
    """The person said: create it although it looks like one that is there."""
    box = tables.outbox
    tx.connection.execute(
        update(box).where(box.c.entity == reference.entity, box.c.id == reference.id).values(created_anyway=1)
    )


def entries(reader: Reader) -> list[Entry]:
    """The records' entries, oldest first."""
    box, trouble = tables.outbox, tables.problem
    held = exists().where(
        and_(trouble.c.entity == box.c.entity, trouble.c.record_id == box.c.id, trouble.c.kind != "conflict")
    )
    statement = (
        select(box.c.seq, box.c.entity, box.c.id, box.c.sent, box.c.created_anyway, held)
        .where(box.c.kind == "record")
        .order_by(box.c.seq)
    )
    return [
        Entry(seq, entity, key, attempts_from(sent), bool(anyway), bool(is_held))
        for seq, entity, key, sent, anyway, is_held in reader.connection.execute(statement)
    ]


def count(reader: Reader) -> int:
    return int(reader.connection.execute(select(func.count()).select_from(tables.outbox)).scalar_one())


def add_mail(tx: Transaction, message: str) -> None:
    _enqueue(tx, "mail", MAIL, message)


def remove_mail(tx: Transaction, message: str) -> None:
    box = tables.outbox
    tx.connection.execute(delete(box).where(box.c.kind == "mail", box.c.id == message))


def mails(reader: Reader) -> list[str]:
    """The ids of the messages to hand over, oldest first."""
    box = tables.outbox
    statement = select(box.c.id).where(box.c.kind == "mail").order_by(box.c.seq)
    return [key for (key,) in reader.connection.execute(statement)]


def _enqueue(tx: Transaction, kind: str, entity: str, key: str) -> None:
    statement = insert(tables.outbox).values(kind=kind, entity=entity, id=key, at=tx.at)
    tx.connection.execute(statement.on_conflict_do_nothing(index_elements=["kind", "entity", "id"]))
