"""The synchronising runs: when each began and ended, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from crmdesk.store import tables
from crmdesk.store.store import Reader, Transaction


@dataclass(frozen=True)
class PastRun:
    id: str
    kind: str
    started: str
    ended: str | None
    outcome: str | None  # complete | stopped | failed; None: it was killed, or is under way
    report: Mapping[str, Any]


def begin(tx: Transaction, key: str, kind: str) -> None:
    tx.connection.execute(insert(tables.run).values(id=key, kind=kind, started=tx.at))


def end(tx: Transaction, key: str, outcome: str, report: Mapping[str, Any]) -> None:
    values = {"ended": tx.at, "outcome": outcome, "report": orjson.dumps(dict(report)).decode()}
    tx.connection.execute(update(tables.run).where(tables.run.c.id == key).values(**values))


def last(reader: Reader, complete: bool = True) -> PastRun | None:
    """The newest run (that was complete)."""
    statement = select(tables.run).where(tables.run.c.kind != "push").order_by(tables.run.c.row.desc()).limit(1)
    found = reader.connection.execute(statement.where(tables.run.c.outcome == "complete") if complete else statement)
    line = found.mappings().first()
    return None if line is None else _past(line)


def newest(reader: Reader, limit: int = 50) -> list[PastRun]:
    statement = select(tables.run).order_by(tables.run.c.row.desc()).limit(limit)
    return [_past(line) for line in reader.connection.execute(statement).mappings()]


def _past(line: Mapping[Any, Any]) -> PastRun:
    report = orjson.loads(line["report"]) if line["report"] else {}
    return PastRun(line["id"], line["kind"], line["started"], line["ended"], line["outcome"], report)
