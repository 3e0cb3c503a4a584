"""Which stored records look like one: the published rules of matching/, asked of the database by its indexes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, select

from crmdesk.matching.duplicates import PUBLISHED, looked_at, matches, rules_for, rules_of, wanted
from crmdesk.model.duplicate_rules import Rule
from crmdesk.model.entity import Entity, FieldType
from crmdesk.model.record import Value
from crmdesk.model.words import DUPLICATE_CONDITION, DUPLICATE_RULE, ENTITIES
from crmdesk.server.database import Snapshot
from crmdesk.server.tables import RECORDS
from crmdesk.sql.duplicates import candidates, trimmed

MOST = 50
_LOOKED_THROUGH = 500  # candidates of one rule that are compared

_heard: WeakKeyDictionary[Snapshot, tuple[Rule, ...]] = WeakKeyDictionary()
"""A batch of a thousand writes is one transaction: it reads the rules once."""


def published_rules(snapshot: Snapshot) -> tuple[Rule, ...]:
    """The rules in force, read once in a snapshot or transaction."""
    if snapshot not in _heard:
        rule, condition = RECORDS[DUPLICATE_RULE.name], RECORDS[DUPLICATE_CONDITION.name]
        rows = snapshot.connection.execute(select(rule).where(rule.c.statuscode == PUBLISHED)).mappings()
        found = [dict(row) for row in rows]
        conditions = snapshot.connection.execute(select(condition)).mappings() if found else ()
        _heard[snapshot] = rules_of(found, [dict(row) for row in conditions])
    return _heard[snapshot]


def forget_rules(snapshot: Snapshot, kind: Entity) -> None:
    """Say after a write of `kind`: where it was a rule, what follows in the same transaction is judged by it."""
    if kind in (DUPLICATE_RULE, DUPLICATE_CONDITION):
        _heard.pop(snapshot, None)


def duplicates_of(
    snapshot: Snapshot,
    kind: Entity,
    values: Mapping[str, Value],
    itself: str | None,
    *,
    changed: Collection[str] | None = None,
    matching: str | None = None,
) -> list[str]:
    """The ids of the other records that look like `values`, a record of `kind`: at most 50, by rule and then by id.

    `changed`: only rules that look at one of these fields are asked. `matching`: only records of this entity count.
    """
    found: dict[str, None] = {}
    for rule in rules_for(published_rules(snapshot), kind.name, changed):
        if rule.matching in ENTITIES and (matching is None or rule.matching == matching):
            found.update(dict.fromkeys(_by_rule(snapshot, rule, values, itself)))
    return list(found)[:MOST]


def _by_rule(snapshot: Snapshot, rule: Rule, values: Mapping[str, Value], itself: str | None) -> list[str]:
    sought = wanted(rule, values)
    table, other = RECORDS[rule.matching], ENTITIES[rule.matching]
    if not sought or not looked_at(rule) <= ENTITIES[rule.base].by_name.keys():
        return []

    def column(name: str) -> ColumnElement[Any] | None:
        is_text = other.has(name) and other.by_name[name].type in _TEXTS
        return table.c[name] if is_text else None

    question = candidates(sought, column, trimmed)
    if question is None:
        return []
    names = {name for each in sought for name in each.fields if name in table.c} | {"statecode"} & set(table.c.keys())
    key = table.c[other.id_field]
    statement = select(key, *(table.c[name] for name in sorted(names))).where(question).order_by(key)
    rows = snapshot.connection.execute(statement.limit(_LOOKED_THROUGH))
    return [row[0] for row in rows if row[0] != itself and matches(rule, values, dict(row._mapping))]


_TEXTS = (FieldType.STRING, FieldType.MEMO, FieldType.DATE, FieldType.DATETIME)
