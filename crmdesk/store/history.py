"""Every value that was overwritten or erased: whose it was, when, by which run, and the way back to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, delete, insert, select, update

from crmdesk.model.record import Reference, Value, display_name, new_id
from crmdesk.model.words import ENTITIES
from crmdesk.store import tables
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader, Transaction


@dataclass(frozen=True)
class Lost:
    """A value about to be lost. field None: the whole record; then `value` holds all its values.

    Without a field and without a value: there was no such record, and one was made again.
    """

    record: Stored
    field: str | None
    value: Value
    kept: Value
    reason: str
    who: str | None = None  # "systemuser:guid" of the one whose value it was


@dataclass(frozen=True)
class Kept:
    """One line of history."""

    id: str
    at: str
    run: str | None
    who: str | None
    entity: str
    record: str
    name: str | None
    field: str | None
    lost: Value
    kept: Value
    reason: str
    restored: str | None

    @property
    def reference(self) -> Reference:
        return Reference(self.entity, self.record)


def remember(tx: Transaction, losses: Iterable[Lost]) -> list[str]:
    """Write the losses down; the ids of the new lines. Must stand in the transaction that loses the values."""
    lines = [
        {
            "id": new_id(),
            "at": tx.at,
            "run": tx.run,
            "who": each.who,
            "entity": each.record.entity,
            "record_id": each.record.id,
            "field": each.field,
            "lost": orjson.dumps(each.value).decode(),
            "kept": None if each.kept is None else orjson.dumps(each.kept).decode(),
            "reason": each.reason,
            "name": display_name(ENTITIES[each.record.entity], each.record.shown),
        }
        for each in losses
    ]
    if lines:
        tx.connection.execute(insert(tables.history), lines)
    return [str(line["id"]) for line in lines]


def told(reader: Reader, loss: Lost) -> str | None:
    """The newest line of the field, if it tells of this loss, which a sending is about to bring about; else None.

    It does as long as the server confirmed no sending of that field in that line's run or since: the one that the line
    was written for did not arrive, and the value still stands there.
    """
    h, r, run, record = tables.history, tables.receipt, tables.run, loss.record
    of_field = select(h).where(h.c.entity == record.entity, h.c.record_id == record.id, h.c.field == loss.field)
    found = reader.connection.execute(of_field.order_by(h.c.row.desc()).limit(1)).mappings().first()
    if found is None:
        return None
    newest = _kept(found)
    if newest.restored or (newest.reason, newest.lost) != (loss.reason, loss.value):
        return None
    then = select(run.c.row).where(run.c.id == newest.run).scalar_subquery()
    since = select(r.c.fields).join(run, run.c.id == r.c.run).where(run.c.row >= then)
    sendings = since.where(r.c.entity == record.entity, r.c.record_id == record.id)
    arrived = any(loss.field in orjson.loads(fields) for fields in reader.connection.execute(sendings).scalars())
    return None if arrived else newest.id


def take_back(tx: Transaction, keys: Sequence[str]) -> None:
    """The values of these lines are not lost after all: what was to overwrite them does not leave."""
    for start in range(0, len(keys), 500):
        tx.connection.execute(delete(tables.history).where(tables.history.c.id.in_(keys[start : start + 500])))


def lines(
    reader: Reader, reference: Reference | None = None, run: str | None = None, limit: int | None = 1000
) -> list[Kept]:
    """Newest first; of one record, of one run."""
    h = tables.history
    statement = select(h).order_by(h.c.row.desc()).limit(limit)
    if reference is not None:
        statement = statement.where(h.c.entity == reference.entity, h.c.record_id == reference.id)
    if run is not None:
        statement = statement.where(h.c.run == run)
    return [_kept(line) for line in reader.connection.execute(statement).mappings()]


def line(reader: Reader, key: str) -> Kept | None:
    h = tables.history
    found = reader.connection.execute(select(h).where(h.c.id == key)).mappings().first()
    return None if found is None else _kept(found)


def mark_restored(tx: Transaction, keys: Iterable[str]) -> None:
    """These values stand in their records again."""
    h = tables.history
    found = [{"key": key, "moment": tx.at} for key in keys]
    if found:
        statement = update(h).where(h.c.id == bindparam("key")).values(restored=bindparam("moment"))
        tx.connection.execute(statement, found)


def _kept(found: object) -> Kept:
    row: dict[str, Value] = dict(found)  # type: ignore[call-overload]
    return Kept(
        row["id"],
        row["at"],
        row["run"],
        row["who"],
        row["entity"],
        row["record_id"],
        row["name"],
        row["field"],
        orjson.loads(row["lost"]),
        None if row["kept"] is None else orjson.loads(row["kept"]),
        row["reason"],
        row["restored"],
    )
