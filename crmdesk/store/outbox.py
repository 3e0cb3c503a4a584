"""What waits to be sent: one entry per record (its verb is derived when pushed), one per mail to hand over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import and_, bindparam, delete, exists, func, select, update
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


def follow(tx: Transaction, *changed: Stored) -> None:
    """An entry exists exactly when its record waits, and holds the record's unanswered attempts."""
    kept = [record for record in changed if record.waits or record.sent]
    remove(tx, *(record.reference for record in changed if not record.waits and not record.sent))
    if kept:
        lines = [{"kind": "record", "entity": each.entity, "id": each.id, "at": tx.at} for each in kept]
        tx.connection.execute(_ENQUEUE, lines)
        attempts = [{"of": each.entity, "named": each.id, "attempts": _text(each.sent)} for each in kept]
        tx.connection.execute(_WRITE_SENT, attempts)


def remove(tx: Transaction, *references: Reference) -> None:
    if references:
        tx.connection.execute(_REMOVE, [{"of": entity, "named": key} for entity, key in references])


def _text(sent: Sequence[Attempt]) -> str | None:
    return orjson.dumps([[a.verb, dict(a.fields)] for a in sent]).decode() if sent else None


def allow_duplicate(tx: Transaction, reference: Reference, allow: bool = True) -> None:
    """The person said: create (or save) it although it looks like one that is there."""
    box = tables.outbox
    tx.connection.execute(
        update(box).where(box.c.entity == reference.entity, box.c.id == reference.id).values(created_anyway=int(allow))
    )


def is_created_anyway(reader: Reader, reference: Reference) -> bool:
    box = tables.outbox
    statement = select(box.c.created_anyway).where(box.c.entity == reference.entity, box.c.id == reference.id)
    return bool(reader.connection.execute(statement).scalar_one_or_none())


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


def count_records(reader: Reader) -> int:
    """How many records have something to send; mail is not counted."""
    return int(reader.connection.execute(_COUNT_RECORDS).scalar_one())


_COUNT_RECORDS = select(func.count()).select_from(tables.outbox).where(tables.outbox.c.kind == "record")


def mails(reader: Reader) -> list[str]:
    """The ids of the messages to hand over, oldest first."""
    box = tables.outbox
    statement = select(box.c.id).where(box.c.kind == "mail").order_by(box.c.seq)
    return [key for (key,) in reader.connection.execute(statement)]


def _enqueue(tx: Transaction, kind: str, entity: str, key: str) -> None:
    tx.connection.execute(_ENQUEUE, [{"kind": kind, "entity": entity, "id": key, "at": tx.at}])


_ENQUEUE = insert(tables.outbox).on_conflict_do_nothing(index_elements=["kind", "entity", "id"])
_OF_RECORD = and_(
    tables.outbox.c.kind == "record",
    tables.outbox.c.entity == bindparam("of"),
    tables.outbox.c.id == bindparam("named"),
)
_REMOVE = delete(tables.outbox).where(_OF_RECORD)
_WRITE_SENT = update(tables.outbox).where(_OF_RECORD).values(sent=bindparam("attempts"))
