"""The synchronising runs: when each began and ended, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, insert, select, update

from crmdesk.store import tables
from crmdesk.store.store import Reader, Transaction, get_meta, set_meta

UNDO = "undo"
"""The kind of a run that exchanged nothing with the server: it brought back what another one had overwritten."""


@dataclass(frozen=True)
class PastRun:
    id: str
    kind: str
    started: str
    ended: str | None
    outcome: str | None  # complete | stopped | failed; None: it was killed, or is under way
    report: Mapping[str, Any]


def begin(tx: Transaction, key: str, kind: str) -> None:
    set_under_way(tx, kind)
    tx.connection.execute(insert(tables.run).values(id=key, kind=kind, started=tx.at))


def end(tx: Transaction, key: str, outcome: str, report: Mapping[str, Any]) -> None:
    values = {"ended": tx.at, "outcome": outcome, "report": orjson.dumps(dict(report)).decode()}
    tx.connection.execute(update(tables.run).where(tables.run.c.id == key).values(**values))


def set_under_way(tx: Transaction, kind: str) -> None:
    """To be said by whoever just took the profile's lock (sync.lock): what it is going to do."""
    set_meta(tx, "under way", kind)


def under_way(reader: Reader) -> str | None:
    """What the holder of the profile's lock does; means nothing while nobody holds it."""
    return get_meta(reader.connection, "under way")


def last(reader: Reader, complete: bool = True) -> PastRun | None:
    """The newest run that exchanged everything with the server (and was complete)."""
    whole = tables.run.c.kind.not_in(("push", UNDO))
    statement = select(tables.run).where(whole).order_by(tables.run.c.row.desc()).limit(1)
    found = reader.connection.execute(statement.where(tables.run.c.outcome == "complete") if complete else statement)
    line = found.mappings().first()
    return None if line is None else _past(reader, line)


def run(reader: Reader, key: str) -> PastRun | None:
    line = reader.connection.execute(select(tables.run).where(tables.run.c.id == key)).mappings().first()
    return None if line is None else _past(reader, line)


def keep_undo(tx: Transaction, key: str, report: Mapping[str, Any]) -> None:
    """The undoing of a run stands in the list of runs too, as what it overwrote can be brought back in its turn."""
    text = orjson.dumps(dict(report)).decode()
    values = {"id": key, "kind": UNDO, "started": tx.at, "ended": tx.at, "outcome": "complete", "report": text}
    tx.connection.execute(insert(tables.run).values(**values))


def newest(reader: Reader, limit: int = 50) -> list[PastRun]:
    statement = select(tables.run).order_by(tables.run.c.row.desc()).limit(limit)
    return [_past(reader, line) for line in reader.connection.execute(statement).mappings()]


def _past(reader: Reader, line: Mapping[Any, Any]) -> PastRun:
    report = orjson.loads(line["report"]) if line["report"] else _so_far(reader, line["id"])
    return PastRun(line["id"], line["kind"], line["started"], line["ended"], line["outcome"], report)


def _so_far(reader: Reader, key: str) -> dict[str, Any]:
    """What is known of a run that wrote no report: it is under way, or was killed."""
    receipt, line = tables.receipt, tables.history
    records = select(receipt.c.entity, receipt.c.record_id).where(receipt.c.run == key).distinct().subquery()
    delivered = reader.connection.execute(select(func.count()).select_from(records)).scalar_one()
    lost = reader.connection.execute(select(line.c.id).where(line.c.run == key)).scalars()
    return {"delivered": delivered, "overwritten": list(lost)}
