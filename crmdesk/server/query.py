"""A Query to SQL: conditions, ordering, pages by the key of their last row, and expanded rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, FromClause, and_, false, func, or_, select, true
from sqlalchemy.sql import nulls_first, nulls_last

from crmdesk.model.entity import Entity, Field
from crmdesk.model.query import And, Column, Compare, Filter, In, Not, Or, Order, Query, Related, resolve
from crmdesk.model.record import Value
from crmdesk.model.words import ENTITIES
from crmdesk.odata.errors import unknown_property
from crmdesk.odata.navigation import collections
from crmdesk.server.database import Snapshot
from crmdesk.server.errors import bad_request
from crmdesk.server.tables import RECORDS, stored_fields
from crmdesk.sql.looked_up import Layout
from crmdesk.sql.where import Condition

Key: TypeAlias = Sequence[Value]
"""The values of the ordering columns of a row, its id last: where the next page begins."""


@dataclass(frozen=True)
class Row:
    id: str
    version: int
    values: dict[str, Value]


@dataclass(frozen=True)
class Page:
    """`rest` is the key after which the next page begins; None when this is the last one."""

    rows: list[Row]
    rest: Key | None


def page_of(
    snapshot: Snapshot,
    query: Query,
    me: str,
    size: int,
    after: Key | None = None,
    extra: Filter | None = None,
) -> Page:
    """At most `size` rows that answer `query` for the user `me`, beginning after a key. ServiceError when it cannot be.

    Expanded rows are the caller's.
    """
    kind, table = ENTITIES[query.entity], RECORDS[query.entity]
    fields = selected_fields(kind, query)
    keys = _sort_keys(kind, table, query.order)
    condition = _condition(snapshot, kind, table, both_of(query.filter, extra), me)
    if after is not None:
        condition = and_(condition, _beyond(keys, after))
    id_column = table.c[kind.id_field]
    sort_columns = [key.shown for key in keys[:-1]]
    asked = (
        select(id_column, table.c.versionnumber, *(table.c[field.name] for field in fields), *sort_columns)
        .where(condition)
        .order_by(*(key.ordering for key in keys))
        .limit(size + 1)
    )
    found = snapshot.connection.execute(asked).all()
    names = [field.name for field in fields]
    rows = [Row(row[0], row[1], dict(zip(names, row[2:], strict=False))) for row in found[:size]]
    if len(found) <= size:
        return Page(rows, None)
    last = found[size - 1]
    return Page(rows, [*last[2 + len(names) :], last[0]])


def count_of(snapshot: Snapshot, kind: Entity, question: Filter | None, me: str, most: int | None = None) -> int:
    """How many rows answer a filter; counting stops at `most`."""
    table = RECORDS[kind.name]
    asked = select(table.c[kind.id_field]).where(_condition(snapshot, kind, table, question, me))
    if most is not None:
        asked = asked.limit(most)
    return int(snapshot.connection.scalar(select(func.count()).select_from(asked.subquery())) or 0)


def size_of(snapshot: Snapshot, kind: Entity) -> int:
    """How many rows there are, whoever may see them."""
    return int(snapshot.connection.scalar(select(func.count()).select_from(RECORDS[kind.name])) or 0)


def selected_fields(kind: Entity, query: Query) -> tuple[Field, ...]:
    """The columns of the answer; the key is always among them."""
    if not query.select:
        return stored_fields(kind)
    names = query.select if kind.id_field in query.select else (*query.select, kind.id_field)
    return tuple(kind.by_name[name] for name in names)


def both_of(first: Filter | None, second: Filter | None) -> Filter | None:
    if first is None or second is None:
        return first or second
    return And((first, second))


# Conditions


def _condition(snapshot: Snapshot, kind: Entity, table: FromClause, question: Filter | None, me: str) -> Condition:
    if question is None:
        return true()
    try:
        return _LAYOUT.where(gathered(resolve(question, me, snapshot.now.astimezone(UTC))), kind, table)
    except ValueError as error:
        raise bad_request(str(error)) from None


def gathered(question: Filter) -> Filter:
    """The same question with `a eq 1 or a eq 2 or …` as one list: databases bound the depth of an expression."""
    match question:
        case Not(inner):
            return Not(gathered(inner))
        case And(parts):
            return And(tuple(gathered(part) for part in parts))
        case Related(collection, quantifier, inner) if inner is not None:
            return Related(collection, quantifier, gathered(inner))
        case Or(parts):
            lists: dict[Column, list[Value]] = {}
            rest: list[Filter] = []
            for part in map(gathered, parts):
                if isinstance(part, Compare) and part.operator == "eq" and _is_literal(part.value):
                    lists.setdefault(part.column, []).append(part.value)
                else:
                    rest.append(part)
            return Or((*(In(column, tuple(values)) for column, values in lists.items()), *rest))
        case _:
            return question


def _is_literal(value: object) -> bool:
    return value is not None and not isinstance(value, Column)


def _collection(kind: Entity, name: str) -> tuple[Entity, Field]:
    collection = collections(kind).get(name)
    if collection is None:
        raise unknown_property(name, kind.name)
    return collection.entity, collection.field


_LAYOUT = Layout(
    table=lambda kind: RECORDS[kind.name].alias(),
    column=lambda kind, table, field: table.c[field.name],
    here=lambda table: true(),
    collection=_collection,
)


# Pages by key


@dataclass(frozen=True)
class _SortKey:
    """One column of the ordering. Empty values come first when ascending, last when descending."""

    expression: ColumnElement[Any]
    descending: bool
    label: str

    @property
    def shown(self) -> ColumnElement[Any]:
        return self.expression.label(self.label)

    @property
    def ordering(self) -> ColumnElement[Any]:
        expression: ColumnElement[Any] = self.expression.desc() if self.descending else self.expression.asc()
        ordering: ColumnElement[Any] = nulls_last(expression) if self.descending else nulls_first(expression)
        return ordering

    def equal(self, value: Value) -> Condition:
        return self.expression.is_(None) if value is None else self.expression == value

    def beyond(self, value: Value) -> Condition:
        if value is None:
            return false() if self.descending else self.expression.is_not(None)
        if self.descending:
            return or_(self.expression < value, self.expression.is_(None))
        beyond: Condition = self.expression > value
        return beyond


def _sort_keys(kind: Entity, table: FromClause, orders: Iterable[Order]) -> list[_SortKey]:
    keys = [
        _SortKey(_LAYOUT.operand(kind, table, order.column).comparable, order.descending, f"sort_{number}")
        for number, order in enumerate(orders)
    ]
    return [*keys, _SortKey(table.c[kind.id_field], False, "sort_id")]


def _beyond(keys: list[_SortKey], after: Key) -> Condition:
    """Rows that come after a key: beyond it in one column and equal in all before."""
    if len(after) != len(keys):
        raise bad_request("The $skiptoken does not belong to this question.")
    alternatives = []
    for number, key in enumerate(keys):
        equal = [before.equal(value) for before, value in zip(keys[:number], after[:number], strict=True)]
        alternatives.append(and_(*equal, key.beyond(after[number])))
    return or_(*alternatives)
