"""Candidates of a duplicate rule as a condition in SQL: perhaps too many, never too few."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_

from crmdesk.model.duplicate_rules import LEAST_DIGITS, Operator, Wanted
from crmdesk.sql.folding import fold

_ByText = Callable[[ColumnElement[Any]], ColumnElement[Any]]


def candidates(
    wanted: Iterable[Wanted], column: Callable[[str], ColumnElement[Any] | None], by_text: _ByText
) -> ColumnElement[bool] | None:
    """What another record must fulfil, as far as there are columns; None when nothing can be asked of them.

    `by_text` is the form of a text column over which there is an index: folded, and trimmed where the index is.
    """
    found = []
    for each in wanted:
        columns = [column(name) for name in each.fields]
        if each.operator not in _TESTS or any(one is None for one in columns):
            continue  # a condition without a column narrows nothing; whoever compares sees it
        test = _TESTS[each.operator]
        found.append(or_(*(test(one, sorted(each.texts), by_text) for one in columns if one is not None)))
    return and_(*found) if found else None


def trimmed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return fold(func.trim(column))


def _is_one(column: ColumnElement[Any], texts: list[str], by_text: _ByText) -> ColumnElement[bool]:
    return by_text(column).in_([each.lower() for each in texts])


def _begins(column: ColumnElement[Any], texts: list[str], by_text: _ByText) -> ColumnElement[bool]:
    shown = by_text(column)
    return or_(*(and_(shown >= each.lower(), shown < each.lower() + "\U0010fffd") for each in texts))


def _begins_as_it_stands(column: ColumnElement[Any], texts: list[str], by_text: _ByText) -> ColumnElement[bool]:
    return or_(*(and_(column >= each, column < each + "\U0010fffd") for each in texts))


def _ends(column: ColumnElement[Any], texts: list[str], by_text: _ByText) -> ColumnElement[bool]:
    return or_(*(by_text(column).endswith(each.lower(), autoescape=True) for each in texts))


def _has_digits(column: ColumnElement[Any], texts: list[str], by_text: _ByText) -> ColumnElement[bool]:
    """The last digits of one of the numbers in their order, whatever stands between them."""
    return or_(*(column.like("%" + "%".join(each[-LEAST_DIGITS:]) + "%") for each in texts))


_TESTS = {
    Operator.EXACT: _is_one,
    Operator.SAME_EMAIL: _is_one,
    Operator.SAME_FIRST: _begins,
    Operator.SAME_LAST: _ends,
    Operator.SAME_DATE: _begins_as_it_stands,
    Operator.SAME_PHONE: _has_digits,
}
