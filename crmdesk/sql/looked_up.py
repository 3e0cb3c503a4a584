"""Columns of a question as SQL: the row's own, those of the record that a lookup points at, and related rows.

A store says where its tables and columns are (Layout); what a question means is said here, once for all stores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, FromClause, exists, func, not_, select, true

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.query import Column, Filter, Related
from crmdesk.model.record import Value
from crmdesk.model.words import ENTITIES
from crmdesk.sql.where import Condition, Operand, where

Collections: TypeAlias = Callable[[Entity, str], tuple[Entity, Field]]
"""A collection-valued navigation property of an entity -> whose rows, and by which of their lookups."""

_TEXT = (FieldType.STRING, FieldType.MEMO)


@dataclass(frozen=True)
class Layout:
    """How a store keeps records: lookups as "entity:guid", keys as bare GUIDs.

    `table`: a new alias of an entity's table. `column`: what stands for a field of it, the key among them; raises
    ValueError (or what the store raises) for what cannot be asked. `here`: which rows of a table are there at all.
    """

    table: Callable[[Entity], FromClause]
    column: Callable[[Entity, FromClause, Field], ColumnElement[Any]]
    here: Callable[[FromClause], Condition]
    collection: Collections

    def where(self, question: Filter, kind: Entity, table: FromClause) -> Condition:
        """The condition that `question`, resolve()d before, means for the rows of `table`, which are of `kind`."""
        return where(question, lambda column: self.operand(kind, table, column), self._related(kind, table))

    def operand(self, kind: Entity, table: FromClause, column: Column) -> Operand:
        field, expression = self._found(kind, table, column)
        if field.type is FieldType.LOOKUP:
            return Operand(expression, spellings=lambda value: _spellings(field, value))
        return Operand(expression, is_text=field.type in _TEXT, is_day=field.type is FieldType.DATE)

    def _found(self, kind: Entity, table: FromClause, column: Column) -> tuple[Field, ColumnElement[Any]]:
        """The column itself, or the one of the record that a lookup points at, as a subquery of one value."""
        if not column.via:
            field = kind.by_name.get(column.name)
            if field is None or field.type is FieldType.PARTIES:
                raise ValueError(f"{kind.label} has no field '{column.name}'.")
            return field, self.column(kind, table, field)
        lookup, target = kind.by_navigation[column.via[0]]
        there = ENTITIES[target]
        other = self.table(there)
        field, value = self._found(there, other, Column(column.name, column.via[1:]))
        key = self.column(there, other, there.by_name[there.id_field])
        points_there = points_at(self.column(kind, table, lookup), target, key)
        return field, select(value).where(*points_there, self.here(other)).correlate(table).scalar_subquery()

    def _related(self, kind: Entity, table: FromClause) -> Callable[[Related], Condition]:
        def related(question: Related) -> Condition:
            child, lookup = self.collection(kind, question.collection)
            rows = self.table(child)
            key = self.column(kind, table, kind.by_name[kind.id_field])
            ours = self.column(child, rows, lookup) == f"{kind.name}:" + key
            inner = true() if question.inner is None else self.where(question.inner, child, rows)
            if question.quantifier == "any":
                return exists().where(ours, inner, self.here(rows)).correlate(table)
            return not_(exists().where(ours, not_(inner.is_(true())), self.here(rows)).correlate(table))

        return related


def points_at(lookup: ColumnElement[Any], target: str, key: ColumnElement[Any]) -> tuple[Condition, Condition]:
    """That a stored "entity:guid" points at the record of `target` with that key; the key's index serves."""
    start = len(target) + 1
    return key == func.substr(lookup, start + 1), func.substr(lookup, 1, start) == f"{target}:"


def _spellings(field: Field, value: Value) -> list[Value]:
    return [f"{target}:{value}" for target in field.targets] if isinstance(value, str) else [value]
