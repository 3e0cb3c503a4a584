"""A question about the records of one entity, as a value. odata/ reads and writes it as text, sql/ as SQL.

Semantics are Dataverse's: comparing and ordering texts ignores case (non-ASCII too); an operand that is null makes
gt, ge, lt, le false; `eq null` and `ne null` test for null; `ne 'x'` is true for null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from crmdesk.model.record import Value

Operator: TypeAlias = Literal["eq", "ne", "gt", "ge", "lt", "le"]
TextOperator: TypeAlias = Literal["contains", "startswith", "endswith"]


@dataclass(frozen=True)
class Column:
    """A field of the entity, by logical name (`parentcustomerid`, not `_parentcustomerid_value`).

    `via` are the single-valued navigation properties on the way to it: ("primarycontactid",) and "fullname".
    """

    name: str
    via: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compare:
    column: Column
    operator: Operator
    value: Value | Column
    """A literal in canonical form (a lookup's is a bare GUID), or another column of the same row."""


@dataclass(frozen=True)
class TextMatch:
    column: Column
    operator: TextOperator
    text: str


@dataclass(frozen=True)
class In:
    column: Column
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Between:
    column: Column
    low: Value
    high: Value


@dataclass(frozen=True)
class Related:
    """any()/all() over a collection-valued navigation property (`Account_Tasks`); `inner` is about the related rows."""

    collection: str
    quantifier: Literal["any", "all"]
    inner: Filter | None


@dataclass(frozen=True)
class Relative:
    """Microsoft.Dynamics.CRM functions whose meaning depends on who asks and when; resolve() turns it into plain ones.

    `function` without namespace: Today, Yesterday, Tomorrow, On, LastXDays, NextXDays, Last7Days, Next7Days, ThisWeek,
    ThisMonth, EqualUserId, NotEqualUserId, OlderThanXMonths …; `argument` is PropertyValue, where it takes one.
    """

    function: str
    column: Column
    argument: Value = None


@dataclass(frozen=True)
class Not:
    inner: Filter


@dataclass(frozen=True)
class And:
    parts: tuple[Filter, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Filter, ...]


@dataclass(frozen=True)
class Constant:
    """`true` (everything) or `false` (nothing)."""

    value: bool


Filter: TypeAlias = Compare | TextMatch | In | Between | Related | Relative | Not | And | Or | Constant
EVERYTHING = Constant(True)


@dataclass(frozen=True)
class Order:
    column: Column
    descending: bool = False


@dataclass(frozen=True)
class Expand:
    navigation: str
    select: tuple[str, ...] = ()
    filter: Filter | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    reference_only: bool = False


@dataclass(frozen=True)
class Query:
    """`select` empty means every column; its names are logical names."""

    entity: str
    select: tuple[str, ...] = ()
    filter: Filter | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    count: bool = False
    expand: tuple[Expand, ...] = field(default=())


def both(*filters: Filter | None) -> Filter:
    """All of them; what says nothing is left out."""
    parts = tuple(each for each in filters if each is not None and each != EVERYTHING)
    return EVERYTHING if not parts else parts[0] if len(parts) == 1 else And(parts)


def resolve(question: Filter, me: str | None, now: datetime) -> Filter:
    """`question` with every Relative turned into plain comparisons for the user `me` (a GUID) at `now` (aware).

    Raises ValueError with words for a function that is not known. Days begin at midnight UTC.
    """
    match question:
        case Not(inner):
            return Not(resolve(inner, me, now))
        case And(parts):
            return And(tuple(resolve(part, me, now) for part in parts))
        case Or(parts):
            return Or(tuple(resolve(part, me, now) for part in parts))
        case Related(collection, quantifier, inner):
            return Related(collection, quantifier, None if inner is None else resolve(inner, me, now))
        case Relative(function, column, argument):
            return _resolved(function, column, argument, me, now.astimezone(UTC))
        case _:
            return question


def leaves(question: Filter | None) -> Iterator[Filter]:
    """Every part of `question` that is no And, Or or Not."""
    match question:
        case None:
            return
        case Not(inner):
            yield from leaves(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield question


def _resolved(function: str, column: Column, argument: Value, me: str | None, now: datetime) -> Filter:
    if function == "EqualUserId":
        return Compare(column, "eq", me)
    if function == "NotEqualUserId":
        return Compare(column, "ne", me)
    if function == "On":
        day = datetime.fromisoformat(str(argument)).replace(tzinfo=UTC)
        return _span(column, _midnight(day), _midnight(day) + timedelta(days=1))
    number = 0
    if argument is not None:
        try:
            number = int(argument)
        except (TypeError, ValueError):
            raise ValueError(f"{function} takes a whole number, not '{argument}'.") from None
    for unit, length in _UNITS.items():
        if function == f"LastX{unit}":
            return _span(column, now - length * number, now)
        if function == f"NextX{unit}":
            return _span(column, now, now + length * number)
        if function == f"OlderThanX{unit}":
            return Compare(column, "lt", _text(now - length * number))
    today = _midnight(now)
    rule = _SPANS.get(function)
    if rule is None:
        raise ValueError(f"The function Microsoft.Dynamics.CRM.{function} is not known here.")
    return _span(column, *rule(today))


_UNITS = {
    "Hours": timedelta(hours=1),
    "Days": timedelta(days=1),
    "Weeks": timedelta(weeks=1),
    "Months": timedelta(days=30),
    "Years": timedelta(days=365),
}


def _week(today: datetime) -> datetime:
    return today - timedelta(days=(today.weekday() + 1) % 7)  # Dataverse's weeks begin on Sunday


def _month(today: datetime) -> datetime:
    return today.replace(day=1)


def _next_month(start: datetime) -> datetime:
    return (start + timedelta(days=32)).replace(day=1)


_DAY = timedelta(days=1)
_SPANS: dict[str, Callable[[datetime], tuple[datetime, datetime]]] = {
    "Today": lambda d: (d, d + _DAY),
    "Yesterday": lambda d: (d - _DAY, d),
    "Tomorrow": lambda d: (d + _DAY, d + 2 * _DAY),
    "Last7Days": lambda d: (d - 7 * _DAY, d + _DAY),
    "Next7Days": lambda d: (d, d + 8 * _DAY),
    "ThisWeek": lambda d: (_week(d), _week(d) + 7 * _DAY),
    "LastWeek": lambda d: (_week(d) - 7 * _DAY, _week(d)),
    "NextWeek": lambda d: (_week(d) + 7 * _DAY, _week(d) + 14 * _DAY),
    "ThisMonth": lambda d: (_month(d), _next_month(_month(d))),
    "LastMonth": lambda d: (_month(_month(d) - _DAY), _month(d)),
    "NextMonth": lambda d: (_next_month(_month(d)), _next_month(_next_month(_month(d)))),
    "ThisYear": lambda d: (d.replace(month=1, day=1), d.replace(year=d.year + 1, month=1, day=1)),
}


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(column: Column, start: datetime, end: datetime) -> Filter:
    return And((Compare(column, "ge", _text(start)), Compare(column, "lt", _text(end))))


def with_filter(query: Query, extra: Filter) -> Query:
    return replace(query, filter=both(query.filter, extra))
