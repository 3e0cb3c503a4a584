"""A Filter as an SQL condition, an Order as an SQL ordering."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, false, not_, or_, true
from sqlalchemy.sql import nulls_first, nulls_last

from crmdesk.model.query import (
    And,
    Between,
    Column,
    Compare,
    Constant,
    Filter,
    In,
    InGroup,
    Not,
    Or,
    Order,
    Related,
    Relative,
    TextMatch,
)
from crmdesk.model.record import Value
from crmdesk.sql.folding import fold, folded

Condition: TypeAlias = ColumnElement[bool]


def _one_spelling(value: Value) -> tuple[Value, ...]:
    return (value,)


@dataclass(frozen=True)
class Operand:
    """What stands for a column in SQL.

    `spellings` gives every stored form of a literal: a store that keeps lookups as "entity:guid" answers a bare GUID
    with one spelling for each target, so that an index on the column still serves.
    """

    expression: ColumnElement[Any]
    is_text: bool = False
    is_day: bool = False  # a date without a time, which stands for its midnight where it is compared with a moment
    spellings: Callable[[Value], Sequence[Value]] = _one_spelling

    @property
    def comparable(self) -> ColumnElement[Any]:
        return fold(self.expression) if self.is_text else self.expression

    def against(self, value: Value | Column) -> ColumnElement[Any]:
        """What is compared with `value`."""
        if self.is_day and isinstance(value, str) and "T" in value:
            return self.expression + "T00:00:00Z"
        return self.comparable

    def literals(self, value: Value) -> list[Value]:
        return [folded(each) if self.is_text and isinstance(each, str) else each for each in self.spellings(value)]


Operands: TypeAlias = Callable[[Column], Operand]
RelatedRows: TypeAlias = Callable[[Related], Condition]


def _no_related_rows(question: Related) -> Condition:
    raise ValueError(f"A question about related rows ({question.collection}) is not possible here.")


def where(question: Filter, operands: Operands, related: RelatedRows = _no_related_rows) -> Condition:
    """The condition that `question`, resolve()d before, means. Raises ValueError with words if it cannot be."""
    match question:
        case Constant(value):
            return true() if value else false()
        case And(parts):
            return and_(true(), *(where(part, operands, related) for part in parts))
        case Or(parts):
            return or_(false(), *(where(part, operands, related) for part in parts))
        case Not(inner):
            return not_(_never_null(where(inner, operands, related)))
        case Compare():
            return _compared(question, operands)
        case In(column, values):
            operand = operands(column)
            return operand.comparable.in_([each for value in values for each in operand.literals(value)])
        case Between(column, low, high):
            return and_(
                _compared(Compare(column, "ge", low), operands), _compared(Compare(column, "le", high), operands)
            )
        case TextMatch():
            return _matched(question, operands)
        case Related():
            return related(question)
        case Relative(function):
            raise ValueError(f"{function} depends on who asks and when; it was not resolved.")
        case InGroup(_, entity):
            raise ValueError(f"Whether the {entity} is in a local data group only its owner's program knows.")


def ordering(orders: Iterable[Order], operands: Operands) -> list[ColumnElement[Any]]:
    """Empty values first when ascending, last when descending, on every database."""
    result = []
    for order in orders:
        expression = operands(order.column).comparable
        result.append(nulls_last(expression.desc()) if order.descending else nulls_first(expression.asc()))
    return result


def _never_null(condition: Condition) -> Condition:
    """SQL's third truth value made false: OData's comparisons with null are false, and `not` of them is true."""
    return condition.is_(true())


def _compared(question: Compare, operands: Operands) -> Condition:
    operand = operands(question.column)
    left = operand.against(question.value)
    if isinstance(question.value, Column):
        return _COMPARISONS[question.operator](left, operands(question.value).comparable)
    if question.value is None:
        match question.operator:
            case "eq":
                return operand.expression.is_(None)
            case "ne":
                return operand.expression.is_not(None)
            case _:
                return false()
    literals = operand.literals(question.value)
    if len(literals) == 1:
        return _COMPARISONS[question.operator](left, literals[0])
    match question.operator:
        case "eq":
            return left.in_(literals)
        case "ne":
            return or_(left.is_(None), left.not_in(literals))
        case _:
            raise ValueError(f"'{question.operator}' cannot compare {question.column.name}.")


_COMPARISONS: dict[str, Callable[[ColumnElement[Any], Any], Condition]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left.is_distinct_from(right),
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


def _matched(question: TextMatch, operands: Operands) -> Condition:
    """`%` and `_` are wildcards inside the text, as Dataverse has them."""
    text = folded(question.text).replace("\\", "\\\\")
    pattern = {"contains": f"%{text}%", "startswith": f"{text}%", "endswith": f"%{text}"}[question.operator]
    return fold(operands(question.column).expression).like(pattern, escape="\\")
