"""Which local records look like one, by the server's rules as they were last heard."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, select

from crmdesk.matching.duplicates import looked_at, matches, rules_for, rules_of, wanted
from crmdesk.model.duplicate_rules import Rule
from crmdesk.model.entity import FieldType
from crmdesk.model.record import Reference, Value, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.sql.duplicates import candidates
from crmdesk.sql.folding import fold
from crmdesk.store import records
from crmdesk.store.record_tables import KEPT
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader, Transaction, get_meta, set_meta
from crmdesk.store.tables import record_table

MOST = 10
_LOOKED_THROUGH = 200  # candidates of one rule that are compared
_KEPT_AS = "duplicate rules"


@dataclass(frozen=True)
class Alike:
    reference: Reference
    name: str
    rule: str  # the name of the rule that found it


def known_rules(reader: Reader) -> tuple[Rule, ...]:
    """The server's published rules as they were last heard; none before that."""
    text = get_meta(reader.connection, _KEPT_AS)
    return rules_of(*orjson.loads(text)) if text else ()


def keep_rules(
    tx: Transaction, rules: Sequence[Mapping[str, Value]], conditions: Sequence[Mapping[str, Value]]
) -> None:
    """Rows of duplicaterule and duplicaterulecondition, as the server gave them."""
    set_meta(tx, _KEPT_AS, orjson.dumps([[dict(each) for each in rows] for rows in (rules, conditions)]).decode())


def reasons(reader: Reader, entity: str, values: Mapping[str, Value], other: Mapping[str, Value]) -> list[str]:
    """The names of the rules by which `other`, of the same entity, looks like `values`."""
    rules = rules_for(known_rules(reader), entity)
    return [rule.name for rule in rules if rule.matching == entity and matches(rule, values, other)]


def concerns(reader: Reader, entity: str, changed: Collection[str]) -> bool:
    """Whether a rule looks at one of these fields."""
    return bool(rules_for(known_rules(reader), entity, changed))


def alike(reader: Reader, record: Stored, changed: Collection[str] | None = None) -> list[Alike]:
    """Synchronised local records that look like `record`, each once, by rule and then by age here; at most 10.

    `changed`: only rules that look at one of these fields are asked. A rule none of whose conditions has an index here
    is left to the server, so this takes a few look-ups however many records there are.
    """
    found: dict[Reference, Alike] = {}
    for rule in rules_for(known_rules(reader), record.entity, changed):
        if rule.matching in KEPT and looked_at(rule) <= ENTITIES[rule.base].by_name.keys():
            for each in _by_rule(reader, rule, record):
                found.setdefault(each.reference, each)
    return list(found.values())[:MOST]


def _by_rule(reader: Reader, rule: Rule, record: Stored) -> list[Alike]:
    sought = wanted(rule, record.shown)
    table, other = record_table(rule.matching), ENTITIES[rule.matching]

    def column(name: str) -> ColumnElement[Any] | None:
        is_text = other.has(name) and other.by_name[name].type is FieldType.STRING
        return table.c.get(f"g_{name}") if is_text else None

    question = candidates(sought, column, fold) if sought else None
    if question is None:
        return []
    statement = select(table.c.id).where(table.c.gone == 0, table.c.private == 0, question).order_by(table.c.row)
    ids = [
        key
        for key in reader.connection.execute(statement.limit(_LOOKED_THROUGH)).scalars()
        if (rule.matching, key) != (record.entity, record.id)
    ]
    held = records.stored_many(reader, rule.matching, ids)
    return [
        Alike(held[key].reference, display_name(other, held[key].shown), rule.name)
        for key in ids
        if key in held and matches(rule, record.shown, held[key].shown)
    ]
