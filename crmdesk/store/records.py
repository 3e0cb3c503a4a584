"""Local records: reading them as a person sees them (Record), and as synchronising needs them (Stored)."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.sqlite import Insert, insert

from crmdesk.model.entity import Entity, Field
from crmdesk.model.query import EVERYTHING, Filter, Query, resolve
from crmdesk.model.record import Record, Reference, State, Value, implied_values
from crmdesk.model.words import ENTITIES, PRIVATE_KINDS
from crmdesk.model.zone import HERE
from crmdesk.odata.navigation import collections
from crmdesk.sql.looked_up import Layout
from crmdesk.sql.where import ordering
from crmdesk.store import tables
from crmdesk.store.engines import driver
from crmdesk.store.record_tables import KEPT, listed_names, many_new_rows
from crmdesk.store.store import Reader, Transaction
from crmdesk.store.tables import points_at, record_table

TRACKABLE = (*PRIVATE_KINDS, "email")
"""The kinds that stand in the person's own mail-side lists, so that they can be tracked or not."""


@dataclass(frozen=True)
class Edit:
    """A field that the person changed: the value that the change was made on, and the value wanted."""

    agreed: Value
    mine: Value


@dataclass(frozen=True)
class Attempt:
    """One sending that was not answered. verb: create, update or delete; fields: what was sent."""

    verb: str
    fields: Mapping[str, Value]


@dataclass(frozen=True)
class Stored:
    """A local record as synchronising sees it: base and edits apart, with what is on its way."""

    entity: str
    id: str
    base: Mapping[str, Value] | None = None  # None: never on the server as far as known
    version: str | None = None
    edits: Mapping[str, Edit] = field(default_factory=dict)
    gone: bool = False
    private: bool = False
    mine: bool | None = None
    in_group: bool = False
    seen: int = 0
    sent: tuple[Attempt, ...] = ()

    @property
    def reference(self) -> Reference:
        return Reference(self.entity, self.id)

    @property
    def waits(self) -> bool:
        """Synchronised, with something that the server has not confirmed. Derived, never stored."""
        return not self.private and (bool(self.edits) or self.gone or self.base is None)

    @property
    def shown(self) -> dict[str, Value]:
        return {**(self.base or {}), **overlay(self)}


def overlay(record: Stored) -> dict[str, Value]:
    """The person's own values, and what follows from them (fullname, state and status)."""
    mine = {name: edit.mine for name, edit in record.edits.items()}
    if not mine and record.base is not None:
        return {}
    return {**mine, **implied_values(ENTITIES[record.entity], record.base, mine)}


# ---- reading as a person sees it


def get(reader: Reader, reference: Reference) -> Record | None:
    """The record, or None when it is not here (or was deleted here)."""
    if reference.entity not in KEPT:
        return None
    table = record_table(reference.entity)
    found = _records(reader, reference.entity, and_(table.c.id == reference.id, table.c.gone == 0), None)
    return found[0] if found else None


def get_many(reader: Reader, references: Iterable[Reference]) -> dict[Reference, Record]:
    by_entity: dict[str, list[str]] = {}
    for each in references:
        if each.entity in KEPT:
            by_entity.setdefault(each.entity, []).append(each.id)
    result = {}
    for entity, ids in by_entity.items():
        for part in _slices(ids):
            table = record_table(entity)
            for record in _records(reader, entity, and_(table.c.id.in_(part), _not_gone(table)), None):
                result[record.reference] = record
    return result


def _not_gone(table: FromClause) -> ColumnElement[bool]:
    """For rows that are looked up by id: written so that no index by `gone` is taken, which nearly all rows share."""
    return (table.c.gone + literal_column("0")) == 0


def find(reader: Reader, query: Query, now: Any, only_mine: bool = False) -> list[Record]:
    """The records that answer `query` (filter, order, top). Raises ValueError with words for what cannot be asked."""
    statement = _matching(reader, query, now, only_mine)
    table = record_table(query.entity)
    if query.top is not None:
        statement = statement.limit(query.top)
    rows = list(reader.connection.execute(statement).scalars())
    found = {row: record for part in _slices(rows) for row, record in _by_row(reader, query.entity, table, part)}
    return [found[row] for row in rows if row in found]


def rows(reader: Reader, query: Query, now: Any, only_mine: bool = False, limit: int | None = None) -> array[int]:
    """Row numbers in the query's order, for lists that fetch their lines as they are scrolled to."""
    statement = _matching(reader, query, now, only_mine)
    found = reader.connection.execute(statement if limit is None else statement.limit(limit))
    # SQLAlchemy's own rows would take four times as long, and a list is opened in the window's thread
    numbers: Any = found.cursor
    return array("q", chain.from_iterable(numbers))


def rows_with(
    reader: Reader, query: Query, name: str, now: Any, only_mine: bool = False, limit: int | None = None
) -> list[tuple[int, Value]]:
    """Row numbers in the query's order, each with one listed field: what a list needs to make groups."""
    statement = _matching(reader, query, now, only_mine).add_columns(record_table(query.entity).c[f"g_{name}"])
    found: Any = reader.connection.execute(statement if limit is None else statement.limit(limit)).cursor
    return list(found)


def row_of(reader: Reader, reference: Reference) -> int | None:
    """The row number of a record; None when it is not here (or was deleted here)."""
    if reference.entity not in KEPT:
        return None
    table = record_table(reference.entity)
    statement = select(table.c.row).where(table.c.id == reference.id, _not_gone(table))
    return reader.connection.execute(statement).scalar_one_or_none()


def at_rows(reader: Reader, entity: str, numbers: Sequence[int]) -> dict[int, Record]:
    table = record_table(entity)
    return dict(pair for part in _slices(numbers) for pair in _by_row(reader, entity, table, part))


def count(reader: Reader, query: Query, now: Any, only_mine: bool = False) -> int:
    inner = _matching(reader, query, now, only_mine).order_by(None).subquery()
    return int(reader.connection.execute(select(func.count()).select_from(inner)).scalar_one())


def names(reader: Reader, references: Iterable[Reference]) -> dict[Reference, str]:
    """What each of them is called, as far as they are here."""
    return {reference: record.name for reference, record in get_many(reader, references).items()}


def is_waiting(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.private == 0, or_(table.c.edits.is_not(None), table.c.gone == 1, table.c.base.is_(None)))


def waiting(reader: Reader) -> list[Record]:
    """Every record with something that the server has not confirmed, deleted ones too, oldest entry first."""
    entries = select(tables.outbox.c.entity, tables.outbox.c.id).where(tables.outbox.c.kind == "record")
    result = []
    for entity, key in reader.connection.execute(entries.order_by(tables.outbox.c.seq)):
        table = record_table(entity)
        result += _records(reader, entity, table.c.id == key, None)
    return result


def referring(reader: Reader, target: Reference, limit: int = 200) -> list[Record]:
    """The records whose lookups point at `target` (what a timeline and related lists show)."""
    found = []
    for name in KEPT:
        table = record_table(name)
        lookups = [f for f in ENTITIES[name].lookups if target.entity in f.targets and f.name in listed_names(name)]
        if lookups:
            condition = or_(*(points_at(table, f.name, str(target), gone=False) for f in lookups))
            found += _records(reader, name, condition, limit)
    return found


def _matching(reader: Reader, query: Query, now: Any, only_mine: bool) -> Select[Any]:
    table = record_table(query.entity)
    kind = ENTITIES[query.entity]
    condition = _LAYOUT.where(_plain(reader, query.filter or EVERYTHING, now), kind, table)
    statement = select(table.c.row).where(condition, table.c.gone == 0)
    if only_mine:
        statement = statement.where(is_mine(table, reader.me))
    ordered = ordering(query.order, lambda column: _LAYOUT.operand(kind, table, column))
    # backwards to the end where it goes backwards: so an index read backwards gives the order
    backwards = bool(query.order) and query.order[-1].descending
    return statement.order_by(*ordered, table.c.row.desc() if backwards else table.c.row)


def _plain(reader: Reader, question: Filter, now: Any) -> Filter:
    """Days begin at this computer's midnight. `now` None: nothing of the question depends on the moment."""
    moment: Any = None if now is None else now.astimezone(HERE)
    return resolve(question, reader.me, moment)


def filtered(reader: Reader, entity: str, question: Filter, now: Any) -> ColumnElement[bool]:
    return _LAYOUT.where(_plain(reader, question, now), ENTITIES[entity], record_table(entity))


def _shown_column(kind: Entity, table: FromClause, field: Field) -> ColumnElement[Any]:
    """What a person sees of the field: its generated column, or the values that such a column would be made of."""
    if field.name == kind.id_field:
        return table.c.id
    if f"g_{field.name}" in table.c:
        return table.c[f"g_{field.name}"]
    path: ColumnElement[Any] = literal_column(f"'$.{field.name}'")
    changed = func.json_type(table.c.overlay, path).is_not(None)
    mine, theirs = func.json_extract(table.c.overlay, path), func.json_extract(table.c.base, path)
    return type_coerce(case((changed, mine), else_=theirs), tables.affinity(field)())


def _collection(kind: Entity, name: str) -> tuple[Entity, Field]:
    found = collections(kind).get(name)
    if found is None or found.entity.name not in KEPT:
        raise ValueError(f"Local data cannot be asked about {name}.")
    return found.entity, found.field


_LAYOUT = Layout(
    table=lambda kind: record_table(kind.name).alias(),
    column=_shown_column,
    here=lambda table: table.c.gone == 0,
    collection=_collection,
)


def is_mine(table: FromClause, me: str | None) -> ColumnElement[bool]:
    """The rows in the person's own lists: private, copied there, or owned and not taken out. Never NULL."""
    own = table.c.g_ownerid.is_(literal(f"systemuser:{me}")) if "g_ownerid" in table.c else literal_column("0") == 1
    return or_(table.c.private == 1, was_copied(table), and_(table.c.mine.is_(None), own))


def was_copied(table: FromClause) -> ColumnElement[bool]:
    """The rows that the person put into their own lists by hand. `mine` is empty in most, and this never is."""
    return table.c.mine.is_(literal_column("1"))


def _records(reader: Reader, entity: str, condition: ColumnElement[bool], limit: int | None) -> list[Record]:
    return [record for _, record in _read(reader, entity, condition, limit)]


def _by_row(reader: Reader, entity: str, table: Table, numbers: Sequence[int]) -> list[tuple[int, Record]]:
    return _read(reader, entity, table.c.row.in_(numbers), None)


def _read(reader: Reader, entity: str, condition: ColumnElement[bool], limit: int | None) -> list[tuple[int, Record]]:
    statement = _all_of(entity).where(condition)
    found = reader.connection.execute(statement if limit is None else statement.limit(limit))
    return [(line[0], _record(reader, entity, line)) for line in found]


@cache
def _all_of(entity: str) -> Select[Any]:
    """What a Record is made of. Kept: to say it anew would take as long as to read a dozen records."""
    table = record_table(entity)
    troubled = exists().where(tables.problem.c.entity == entity, tables.problem.c.record_id == table.c.id)
    sending = exists().where(
        tables.outbox.c.kind == "record", tables.outbox.c.entity == entity, tables.outbox.c.id == table.c.id
    )
    return select(*_stored_columns(table), case((troubled, 1), else_=0).label("troubled"), case((sending, 1), else_=0))


def _stored_columns(table: Table) -> list[ColumnElement[Any]]:
    c = table.c
    return [c.row, c.id, c.base, c.version, c.edits, c.gone, c.private, c.mine, c.in_group, c.seen]


def _stored(entity: str, line: Sequence[Any], sent: tuple[Attempt, ...] = ()) -> Stored:
    _, key, base, version, edits, gone, private, mine, in_group, seen = line[:10]
    return Stored(
        entity,
        key,
        None if base is None else orjson.loads(base),
        version,
        {} if edits is None else {name: Edit(*pair) for name, pair in orjson.loads(edits).items()},
        bool(gone),
        bool(private),
        None if mine is None else bool(mine),
        bool(in_group),
        seen,
        sent,
    )


def _record(reader: Reader, entity: str, line: Sequence[Any]) -> Record:
    stored = _stored(entity, line)
    shown = stored.shown
    own = stored.private or stored.mine is True
    if stored.mine is None and reader.me is not None and shown.get("ownerid") == f"systemuser:{reader.me}":
        own = True
    state = State.PRIVATE if stored.private else State.CLEAN
    if not stored.private:
        if line[10]:
            state = State.PROBLEM
        elif stored.waits or line[11]:
            state = State.WAITING
    kind = ENTITIES[entity]
    values = {each.name: shown.get(each.name) for each in kind.fields}
    values.update({name: value for name, value in shown.items() if name not in values})
    values[kind.id_field] = stored.id
    return Record(
        entity,
        stored.id,
        values,
        state,
        tracked=own and not stored.private and entity in TRACKABLE,
        mine=own and entity in TRACKABLE,
        version=stored.version,
        waiting=tuple(stored.edits) if stored.waits else (),
    )


# ---- reading and writing as synchronising sees it


def stored(reader: Reader, reference: Reference) -> Stored | None:
    return stored_many(reader, reference.entity, [reference.id]).get(reference.id)


def stored_many(reader: Reader, entity: str, ids: Sequence[str]) -> dict[str, Stored]:
    result = {}
    for part in _slices(ids):
        for line in reader.connection.execute(_stored_by_id(entity), {"ids": list(part)}):
            result[line[1]] = _stored(entity, line, attempts_from(line[10]))
    return result


@cache
def _stored_by_id(entity: str) -> Select[Any]:
    """Made once for each entity: to make it takes longer than to ask for a few records."""
    table, box = record_table(entity), tables.outbox
    of_it = and_(box.c.kind == "record", box.c.entity == entity, box.c.id == table.c.id)
    return (
        select(*_stored_columns(table), box.c.sent)
        .select_from(table.outerjoin(box, of_it))
        .where(table.c.id.in_(bindparam("ids", expanding=True)))
    )


def attempts_from(text: str | None) -> tuple[Attempt, ...]:
    return tuple(Attempt(verb, fields) for verb, fields in orjson.loads(text)) if text else ()


def write(tx: Transaction, *records: Stored) -> None:
    """Store the records whole (their outbox entries apart: store.outbox). Same entity for all is quickest."""
    by_entity: dict[str, list[Stored]] = {}
    for record in records:
        by_entity.setdefault(record.entity, []).append(record)
    for name, group in by_entity.items():
        tx.connection.execute(_written(name), [_line(each) for each in group])


@cache
def _written(entity: str) -> Insert:
    statement = insert(record_table(entity))
    changed = {column: statement.excluded[column] for column in _WRITTEN}
    return statement.on_conflict_do_update(index_elements=["id"], set_=changed)


def add_many(
    tx: Transaction, entity: str, load: int | None, lines: Iterable[tuple[str, str, Mapping[str, Value]]]
) -> None:
    """Store rows of the server that are not here yet: id, version, base. `load` as in Stored.seen; None: no group's."""
    seen = (0, 0) if load is None else (1, load)
    with many_new_rows(tx.connection, entity):
        driver(tx.connection).executemany(
            f"INSERT INTO {record_table(entity).name} (id, version, base, in_group, seen) VALUES (?, ?, ?, ?, ?)",
            ((key, version, _json(base), *seen) for key, version, base in lines),
        )


_WRITTEN = ("base", "version", "edits", "overlay", "gone", "private", "mine", "in_group", "seen")


def _line(record: Stored) -> dict[str, Any]:
    edits = {name: [edit.agreed, edit.mine] for name, edit in record.edits.items()}
    over = overlay(record)
    return {
        "id": record.id,
        "base": None if record.base is None else _json(record.base),
        "version": record.version,
        "edits": _json(edits) if edits else None,
        "overlay": _json(over) if over else None,
        "gone": int(record.gone),
        "private": int(record.private),
        "mine": None if record.mine is None else int(record.mine),
        "in_group": int(record.in_group),
        "seen": record.seen,
    }


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def erase(tx: Transaction, entity: str, ids: Sequence[str]) -> None:
    """Remove the local rows. Whoever calls this has made sure that nothing is lost by it."""
    table = record_table(entity)
    for part in _slices(ids):
        tx.connection.execute(delete(table).where(table.c.id.in_(part)))


def edited(record: Stored, values: Mapping[str, Value]) -> Stored:
    """`record` with the person's new values over it.

    A value that is what the server last said is no edit, unless an unanswered sending holds the field: then the server
    may already have the other value, and going back is a change that must travel too. What is emptied in a private
    copy stays one too, as its record in the CRM has a value there.
    """
    edits = dict(record.edits)
    base = record.base or {}
    for name, value in values.items():
        in_flight = any(name in attempt.fields for attempt in record.sent)
        before = edits.get(name)
        agreed = before.agreed if before else base.get(name)
        had_another = record.base is None and agreed is not None
        if value == base.get(name) and not in_flight and not had_another:
            edits.pop(name, None)
        else:
            edits[name] = Edit(agreed, value)
    return replace(record, edits=edits)


def _slices(items: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def entity_of(record: Stored) -> Entity:
    return ENTITIES[record.entity]
