"""How long history, receipts and the list of past runs are kept: so many days, and so much of them at most.

No single reading of the clock decides. The days are counted by the steps from the day of one look to the day of the
next: a clock that was set back makes no step, one that leaps makes a week at most, so neither makes history go early
nor stay for ever. (A time in which the program was not used counts as a week for the same reason.) What belongs to
which day is told by row numbers, which only grow: the oldest go first, no index is needed, and a look that has nothing
to do is a few small reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Table, delete, func, select

from crmdesk.store import tables
from crmdesk.store.runs import UNDO
from crmdesk.store.store import Reader, Transaction, get_meta, set_meta

LEAP = 7  # days that one step counts at most
MOST_LINES: Mapping[str, int] = {"history": 200_000, "receipt": 200_000, "run": 10_000}
MOST_BYTES = 200_000_000  # of the values in history; looked at once a day
AT_ONCE = 2_000  # lines of a table that one transaction forgets, so that nobody waits for the writer

_NAME = "ages"
_TABLES: Mapping[str, Table] = {"history": tables.history, "receipt": tables.receipt, "run": tables.run}
_LENGTH = func.length(tables.history.c.lost) + func.coalesce(func.length(tables.history.c.kept), 0)


@dataclass(frozen=True)
class _Mark:
    """How far each table had grown when day `day` was over."""

    day: int
    rows: Mapping[str, int]


@dataclass(frozen=True)
class _Ages:
    """`seen`: the calendar day of the last look. `day`: the days counted so far. `marks`: oldest first.

    `size`: of history's values up to row `sized`.
    """

    seen: str
    day: int = 0
    marks: tuple[_Mark, ...] = ()
    size: int = 0
    sized: int = 0


def forget_old(tx: Transaction, keep_days: int) -> bool:
    """Forget what is older than `keep_days`, and the oldest of what is too much; whether more is to be forgotten.

    To be called when a run ends, until it says False.
    """
    before, newest = _read(tx), _newest(tx)
    ages = _looked(tx, before or _Ages(""), newest)
    # a mark takes in what was written before the next day's first look: a day more, so that nothing goes too early
    old = [mark for mark in ages.marks if mark.day + keep_days + 1 < ages.day]
    more = False
    for name, table in _TABLES.items():
        limit = max((mark.rows[name] for mark in old), default=0)
        limit = max(limit, newest[name] - MOST_LINES[name])
        if limit > 0:
            gone, left = _forget(tx, table, limit, ages)
            ages, more = replace(ages, size=ages.size - gone), more or left
    too_much = ages.size > MOST_BYTES
    if too_much:
        gone, _ = _forget(tx, tables.history, ages.sized, ages, ages.size - MOST_BYTES)
        ages = replace(ages, size=ages.size - gone)
    if not more and old:
        ages = replace(ages, marks=_kept_marks(tx, ages.marks[len(old) :]))
    if ages != before:
        set_meta(tx, _NAME, orjson.dumps(asdict(ages)).decode())
    return more or (too_much and ages.size > MOST_BYTES)


def _looked(tx: Transaction, ages: _Ages, newest: Mapping[str, int]) -> _Ages:
    """The ages after this look: another calendar day ends the day before, whichever way the clock went."""
    today = tx.now.date()
    if ages.seen == today.isoformat():
        return ages
    if not ages.seen:
        return replace(ages, seen=today.isoformat())
    step = max(0, min(LEAP, (today - date.fromisoformat(ages.seen)).days))
    marks = ages.marks
    if step and newest != (marks[-1].rows if marks else dict.fromkeys(_TABLES, 0)):
        marks = (*marks, _Mark(ages.day, newest))
    h = tables.history
    grown = select(func.coalesce(func.sum(_LENGTH), 0)).where(h.c.row > min(ages.sized, newest["history"]))
    size = ages.size + int(tx.connection.execute(grown).scalar_one())
    return _Ages(today.isoformat(), ages.day + step, marks, size, newest["history"])


def _forget(tx: Transaction, table: Table, limit: int, ages: _Ages, enough: int | None = None) -> tuple[int, bool]:
    """Forget lines up to row `limit`, AT_ONCE at most; of history the bytes that went, and whether some are left.

    `enough`: no more than are needed for so many bytes to go.
    """
    old = table.c.row <= limit
    if table is tables.run:
        old &= table.c.row != _last_complete(tx)
    is_history = table is tables.history
    size: ColumnElement[Any] = _LENGTH if is_history else func.length("")
    oldest = select(table.c.row, size).where(old).order_by(table.c.row).limit(AT_ONCE)
    last = gone = count = 0
    for row, length in tx.connection.execute(oldest):
        if enough is not None and gone >= enough:
            break
        last, count = row, count + 1
        gone += length if row <= ages.sized else 0
    if count:
        tx.connection.execute(delete(table).where(old, table.c.row <= last))
    return gone, count == AT_ONCE


def _kept_marks(reader: Reader, marks: tuple[_Mark, ...]) -> tuple[_Mark, ...]:
    """An emptied table begins at row 1 again, so what was marked of it says nothing any more."""
    empty = {name for name, row in _newest(reader).items() if row == 0}
    return tuple(
        replace(each, rows={name: 0 if name in empty else row for name, row in each.rows.items()}) for each in marks
    )


def _last_complete(reader: Reader) -> int:
    """By this run the program knows that it was synchronised, and when; it always stays."""
    r = tables.run
    statement = select(r.c.row).where(r.c.outcome == "complete", r.c.kind.not_in(("push", UNDO)))
    return int(reader.connection.execute(statement.order_by(r.c.row.desc()).limit(1)).scalar() or 0)


def _newest(reader: Reader) -> dict[str, int]:
    """The last row of each table; 0: it is empty."""
    line = reader.connection.execute(_NEWEST).one()
    return dict(zip(_TABLES, line, strict=True))


_NEWEST = select(*(func.coalesce(select(func.max(table.c.row)).scalar_subquery(), 0) for table in _TABLES.values()))


def _read(reader: Reader) -> _Ages | None:
    text = get_meta(reader.connection, _NAME)
    if text is None:
        return None
    kept = orjson.loads(text)
    return _Ages(**{**kept, "marks": tuple(_Mark(**each) for each in kept["marks"])})
