"""Conditions as a person writes them: rows of field, operator and value, joined by "and" or by "or", nested.

A tree and a Filter say the same in two ways: filter_of() and tree_of() turn one into the other, and odata/ turns a
Filter into text. A Filter that cannot be said in rows has no tree and stays text.

    Conditions("and", (Condition(Column("ownerid"), "is me"), Condition(Column("modifiedon"), "last days", 30)))
    Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid') and
    Microsoft.Dynamics.CRM.LastXDays(PropertyName='modifiedon',PropertyValue=30)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias, cast

from crmdesk.model import query
from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.query import (
    And,
    Column,
    Compare,
    Constant,
    Filter,
    In,
    InGroup,
    Not,
    Or,
    Relative,
    TextMatch,
    TextOperator,
)
from crmdesk.model.record import Value
from crmdesk.model.words import ENTITIES

Joined: TypeAlias = Literal["and", "or"]


class Takes(Enum):
    """What stands after an operator."""

    NOTHING = "nothing"
    VALUE = "value"  # one of the field's own kind; a lookup's is a bare GUID
    VALUES = "values"  # a tuple of them
    NUMBER = "number"  # how many days, weeks, months, years
    DAY = "day"  # 2026-11-23
    KIND = "kind"  # an entity's name


@dataclass(frozen=True)
class Operator:
    """`name` is how a Condition says it and what people read, `asks` what is asked of the server."""

    name: str
    takes: Takes
    fits: tuple[FieldType, ...]
    asks: tuple[str, str]


@dataclass(frozen=True)
class Condition:
    """`column` may lead through lookups; `value` is what the operator takes, None as long as it is not said."""

    column: Column
    operator: str
    value: Value | tuple[Value, ...] = None

    @property
    def is_complete(self) -> bool:
        return OPERATORS[self.operator].takes is Takes.NOTHING or self.value not in (None, "", ())


@dataclass(frozen=True)
class Conditions:
    """Several, all of which ("and") or one of which ("or") must hold. None at all: everything does."""

    joined: Joined = "and"
    parts: tuple[Condition | Conditions, ...] = ()

    @property
    def is_complete(self) -> bool:
        return all(part.is_complete for part in self.parts)


_TEXT = (FieldType.STRING, FieldType.MEMO)
_NUMBER = (FieldType.INTEGER, FieldType.BIGINT, FieldType.DECIMAL, FieldType.MONEY, FieldType.DOUBLE)
_CHOICE = (FieldType.CHOICE, FieldType.STATE, FieldType.STATUS)
_DAY = (FieldType.DATETIME, FieldType.DATE)
_LOOKUP = (FieldType.LOOKUP,)
_EXACT = (*_TEXT, *_NUMBER, *_CHOICE, *_LOOKUP)
_ANY = (*_EXACT, *_DAY)

_UNITS = ("Days", "Weeks", "Months", "Years")
_SPANS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "tomorrow": "Tomorrow",
    "this week": "ThisWeek",
    "last week": "LastWeek",
    "next week": "NextWeek",
    "this month": "ThisMonth",
    "last month": "LastMonth",
    "next month": "NextMonth",
    "this year": "ThisYear",
    "last year": "LastYear",
    "next year": "NextYear",
}
OPERATORS: Mapping[str, Operator] = {
    each.name: each
    for each in (
        Operator("is me", Takes.NOTHING, _LOOKUP, ("relative", "EqualUserId")),
        Operator("is not me", Takes.NOTHING, _LOOKUP, ("relative", "NotEqualUserId")),
        Operator("is", Takes.VALUE, (*_EXACT, FieldType.BOOLEAN), ("compare", "eq")),
        Operator("is not", Takes.VALUE, _EXACT, ("compare", "ne")),
        Operator("is one of", Takes.VALUES, _CHOICE, ("in", "")),
        Operator("is none of", Takes.VALUES, _CHOICE, ("not in", "")),
        Operator("contains", Takes.VALUE, _TEXT, ("text", "contains")),
        Operator("does not contain", Takes.VALUE, _TEXT, ("not text", "contains")),
        Operator("begins with", Takes.VALUE, _TEXT, ("text", "startswith")),
        Operator("does not begin with", Takes.VALUE, _TEXT, ("not text", "startswith")),
        Operator("ends with", Takes.VALUE, _TEXT, ("text", "endswith")),
        Operator("does not end with", Takes.VALUE, _TEXT, ("not text", "endswith")),
        Operator("is more than", Takes.VALUE, _NUMBER, ("compare", "gt")),
        Operator("is at least", Takes.VALUE, _NUMBER, ("compare", "ge")),
        Operator("is less than", Takes.VALUE, _NUMBER, ("compare", "lt")),
        Operator("is at most", Takes.VALUE, _NUMBER, ("compare", "le")),
        Operator("on", Takes.DAY, _DAY, ("relative", "On")),
        Operator("on or after", Takes.DAY, _DAY, ("relative", "OnOrAfter")),
        Operator("on or before", Takes.DAY, _DAY, ("relative", "OnOrBefore")),
        *(Operator(name, Takes.NOTHING, _DAY, ("relative", function)) for name, function in _SPANS.items()),
        *(Operator(f"last {u.lower()}", Takes.NUMBER, _DAY, ("relative", f"LastX{u}")) for u in _UNITS),
        *(Operator(f"next {u.lower()}", Takes.NUMBER, _DAY, ("relative", f"NextX{u}")) for u in _UNITS),
        *(Operator(f"older than {u.lower()}", Takes.NUMBER, _DAY, ("relative", f"OlderThanX{u}")) for u in _UNITS),
        Operator("is in a group", Takes.KIND, _LOOKUP, ("group", "")),
        Operator("has a value", Takes.NOTHING, _ANY, ("null", "ne")),
        Operator("is empty", Takes.NOTHING, _ANY, ("null", "eq")),
    )
}
_BY_QUESTION = {each.asks: each for each in OPERATORS.values()}


def operators_for(field: Field) -> tuple[Operator, ...]:
    """What can be asked of a field, in the order in which it is offered."""
    fitting = (each for each in OPERATORS.values() if field.type in each.fits)
    return tuple(each for each in fitting if _makes_sense(each, field))


def groups_reached(field: Field) -> tuple[str, ...]:
    """The entities whose local data groups a lookup can be asked about: "regarding an account of a group"."""
    return tuple(target for target in field.navigation if target != "systemuser" and ENTITIES[target].is_owned)


def askable(entity: Entity) -> tuple[Field, ...]:
    """The fields that conditions can be about."""
    return tuple(each for each in entity.fields if each.type in (*_ANY, FieldType.BOOLEAN))


def filter_of(tree: Condition | Conditions) -> Filter:
    """The question that the tree asks. Raises ValueError with words for a condition whose value is not said."""
    if isinstance(tree, Conditions):
        parts = tuple(filter_of(part) for part in tree.parts)
        if len(parts) < 2:
            return parts[0] if parts else Constant(True)
        return And(parts) if tree.joined == "and" else Or(parts)
    if not tree.is_complete:
        raise ValueError(f"Say what '{tree.column.name} {tree.operator}' is to be compared with.")
    return _asked(tree)


def tree_of(question: Filter) -> Conditions | None:
    """The rows that say `question`; None when rows cannot say it. filter_of() gives the same question back."""
    if question == Constant(True):
        return Conditions()
    found = _part(question)
    return Conditions("and", (found,)) if isinstance(found, Condition) else found


def _makes_sense(operator: Operator, field: Field) -> bool:
    if operator.asks[1] in ("EqualUserId", "NotEqualUserId"):
        return "systemuser" in field.targets
    return operator.takes is not Takes.KIND or bool(groups_reached(field))


def _asked(row: Condition) -> Filter:
    kind, name = OPERATORS[row.operator].asks
    match kind:
        case "compare":
            return Compare(row.column, cast(query.Operator, name), row.value)
        case "null":
            return Compare(row.column, cast(query.Operator, name), None)
        case "text":
            return TextMatch(row.column, cast(TextOperator, name), str(row.value))
        case "not text":
            return Not(TextMatch(row.column, cast(TextOperator, name), str(row.value)))
        case "in" | "not in":
            among = In(row.column, row.value if isinstance(row.value, tuple) else (row.value,))
            return among if kind == "in" else Not(among)
        case "group":
            return InGroup(row.column, str(row.value))
        case _:
            return Relative(name, row.column, row.value)


def _part(question: Filter) -> Condition | Conditions | None:
    if isinstance(question, And | Or):
        parts = [_part(each) for each in question.parts]
        known = tuple(each for each in parts if each is not None)
        if len(known) < 2 or len(known) < len(parts):
            return None
        return Conditions("and" if isinstance(question, And) else "or", known)
    asks = _question_of(question)
    operator = _BY_QUESTION.get(asks) if asks else None
    return None if operator is None else _row(question, operator)


def _question_of(question: Filter) -> tuple[str, str] | None:
    match question:
        case Compare(_, name, None) if name in ("eq", "ne"):
            return "null", name
        case Compare(_, name, value) if value is not None and not isinstance(value, Column):
            return "compare", name
        case TextMatch(_, name, _):
            return "text", name
        case Not(TextMatch(_, name, _)):
            return "not text", name
        case In():
            return "in", ""
        case Not(In()):
            return "not in", ""
        case Relative(name, _, _):
            return "relative", name
        case InGroup():
            return "group", ""
        case _:
            return None


def _row(question: Filter, operator: Operator) -> Condition | None:
    match question.inner if isinstance(question, Not) else question:
        case Compare(column, _, value):
            row = Condition(column, operator.name, None if isinstance(value, Column) else value)
        case TextMatch(column, _, text):
            row = Condition(column, operator.name, text)
        case In(column, values):
            row = Condition(column, operator.name, values)
        case Relative(_, column, value) | InGroup(column, value):
            row = Condition(column, operator.name, value)
        case _:
            return None
    return row if row.is_complete and (operator.takes is not Takes.NOTHING or row.value is None) else None


def fits(tree: Condition | Conditions, entity: Entity) -> bool:
    """Whether every row is one that is offered for its field. Raises KeyError for a field that is not there."""
    if isinstance(tree, Conditions):
        return all(fits(part, entity) for part in tree.parts)
    field = field_of(entity, tree.column)
    return any(each.name == tree.operator for each in operators_for(field))


def field_of(entity: Entity, column: Column) -> Field:
    """The field that a column means. Raises KeyError when there is none."""
    for step in column.via:
        entity = ENTITIES[entity.by_navigation[step][1]]
    return entity.by_name[column.name]


def regrouped(question: Filter, entity: Entity, groups: Mapping[str, Filter]) -> Filter:
    """`question` with every InGroup replaced by what the groups of that kind say, asked of the record looked up.

    `groups`: entity -> its groups as one Filter. Raises ValueError with words for groups that ask about groups too.
    """

    def plain(leaf: Filter) -> Filter:
        if not isinstance(leaf, InGroup):
            return leaf
        inner = groups.get(leaf.entity, Constant(False))
        if inner == Constant(False):
            return inner
        target = ENTITIES[leaf.entity]
        there = query.both(Compare(Column(target.id_field), "ne", None), inner)
        step = field_of(entity, leaf.column).navigation_to(leaf.entity)
        try:
            for each in (step, *reversed(leaf.column.via)):
                there = query.through(there, each)
        except ValueError as error:
            raise ValueError(f"It asks about the groups of {target.plural.lower()}. {error}") from None
        return there

    return query.changed(question, plain)
