"""Proof of delivery: one line for every change that the server confirmed, with the version that it became."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, func, insert, select

from crmdesk.model.record import Reference, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.store import tables
from crmdesk.store.records import Attempt, Stored
from crmdesk.store.store import Reader, Transaction


@dataclass(frozen=True)
class Delivered:
    """A sending that was confirmed. `record`: as it stood when it was sent; `version` None: it was deleted."""

    record: Stored
    attempt: Attempt
    version: str | None


@dataclass(frozen=True)
class Receipt:
    """One line. `before`: the version that the change was based on, None of a record that was made.

    `version`: the server's version that it became, None of one that was deleted. `at`: ISO 8601, UTC.
    """

    run: str | None
    at: str
    entity: str
    record: str
    name: str | None
    verb: str  # create | update | delete
    fields: tuple[str, ...]
    before: str | None
    version: str | None

    @property
    def reference(self) -> Reference:
        return Reference(self.entity, self.record)


def write(tx: Transaction, delivered: Iterable[Delivered]) -> None:
    """Must stand in the transaction that settles the answer, so that a receipt is there exactly when it is settled."""
    lines = [
        {
            "run": tx.run,
            "at": tx.at,
            "entity": each.record.entity,
            "record_id": each.record.id,
            "name": display_name(ENTITIES[each.record.entity], each.record.shown),
            "verb": each.attempt.verb,
            "fields": orjson.dumps(list(each.attempt.fields)).decode(),
            "before": each.record.version,
            "version": each.version,
        }
        for each in delivered
    ]
    if lines:
        tx.connection.execute(_INSERT, lines)


def of_run(reader: Reader, run: str, limit: int | None = None) -> list[Receipt]:
    """In the order in which the server confirmed them."""
    statement = _lines().where(tables.receipt.c.run == run).order_by(tables.receipt.c.row)
    return _read(reader, statement if limit is None else statement.limit(limit))


def of_record(reader: Reader, reference: Reference, limit: int = 1000) -> list[Receipt]:
    """Newest first."""
    r = tables.receipt
    statement = _lines().where(r.c.entity == reference.entity, r.c.record_id == reference.id)
    return _read(reader, statement.order_by(r.c.row.desc()).limit(limit))


def deleted(reader: Reader, run: str) -> list[Reference]:
    """The records whose deletion the server confirmed in a run."""
    r = tables.receipt
    statement = select(r.c.entity, r.c.record_id).where(r.c.run == run, r.c.verb == "delete")
    return [Reference(entity, key) for entity, key in reader.connection.execute(statement)]


def count(reader: Reader, run: str) -> int:
    """How many changes of a run the server confirmed."""
    statement = select(func.count()).select_from(tables.receipt).where(tables.receipt.c.run == run)
    return int(reader.connection.execute(statement).scalar_one())


_INSERT = insert(tables.receipt)


def _lines() -> Select[Any]:
    r = tables.receipt
    return select(r.c.run, r.c.at, r.c.entity, r.c.record_id, r.c.name, r.c.verb, r.c.fields, r.c.before, r.c.version)


def _read(reader: Reader, statement: Select[Any]) -> list[Receipt]:
    return [
        Receipt(run, at, entity, key, name, verb, tuple(orjson.loads(fields)), before, version)
        for run, at, entity, key, name, verb, fields, before, version in reader.connection.execute(statement)
    ]
