"""A question about the records of one entity, as a value. odata/ reads and writes it as text, sql/ as SQL.

Semantics are Dataverse's: comparing and ordering texts ignores case (non-ASCII too); an operand that is null makes
gt, ge, lt, le false; `eq null` and `ne null` test for null; `ne 'x'` is true for null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from crmdesk.model.entity import FieldType
from crmdesk.model.record import Value
from crmdesk.model.words import ENTITIES

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
class InGroup:
    """Whether the record that a lookup points at belongs to the local data groups of `entity`.

    A client's own question: conditions.regrouped() turns it into one that a server understands.
    """

    column: Column
    entity: str


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


Filter: TypeAlias = Compare | TextMatch | In | Between | Related | Relative | InGroup | Not | And | Or | Constant
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

    Days begin at midnight in the zone of `now`. Raises ValueError with words for a function that is not known.
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
            return _resolved(function, column, argument, me, now)
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


def changed(question: Filter, change: Callable[[Filter], Filter]) -> Filter:
    """`question` with every leaf as `change` makes it; what is asked of related rows stays as it is."""
    match question:
        case Not(inner):
            return Not(changed(inner, change))
        case And(parts):
            return And(tuple(changed(part, change) for part in parts))
        case Or(parts):
            return Or(tuple(changed(part, change) for part in parts))
        case _:
            return change(question)


def through(question: Filter, step: str) -> Filter:
    """The same question about the record behind the navigation property `step`.

    Raises ValueError with words for what cannot be asked from there.
    """

    def moved(leaf: Filter) -> Filter:
        if isinstance(leaf, Constant):  # without a record behind it nothing is true
            return leaf
        if isinstance(leaf, Related):
            raise ValueError(f"One of them asks about {leaf.collection}, which cannot be asked from there.")
        if isinstance(leaf, InGroup):
            raise ValueError("One of them asks about groups itself, which cannot be asked from there.")
        assert not isinstance(leaf, Not | And | Or)
        column = Column(leaf.column.name, (step, *leaf.column.via))
        if isinstance(leaf, Compare) and isinstance(leaf.value, Column):
            return Compare(column, leaf.operator, Column(leaf.value.name, (step, *leaf.value.via)))
        return replace(leaf, column=column)

    return changed(question, moved)


# ---- what depends on who asks and when


def in_days_of(question: Filter, now: datetime) -> Filter:
    """`question` as it is asked of somebody whose days begin at another time: with the days of the zone of `now`.

    What depends on the moment is left to whom is asked, as clocks differ; so is what resolve() would not understand.
    """
    return changed(question, lambda leaf: _in_days_of(leaf, now) if isinstance(leaf, Relative) else leaf)


def _in_days_of(leaf: Relative, now: datetime) -> Filter:
    function, column = leaf.function, leaf.column
    word, unit = _word_and_unit(function)
    if unit in ("", "Minutes", "Hours") and function not in _DAYS and function not in _SPANS:
        return leaf
    try:
        plain = _resolved(function, column, leaf.argument, None, now)
    except ValueError:
        return leaf
    if word not in ("LastX", "NextX") or column.name in _DAYS_ALONE or not isinstance(plain, And):
        return plain
    # one day more than is meant, wherever days begin there; the end that is a day's is ours
    wider = Relative(function, column, _number(function, leaf.argument) + 1)
    return And((wider, plain.parts[0 if word == "LastX" else 1]))


def _word_and_unit(function: str) -> tuple[str, str]:
    """Of LastXDays: LastX and Days; empty for a function of another kind."""
    for word in ("LastX", "NextX", "OlderThanX"):
        unit = function.removeprefix(word)
        if unit != function and unit in _STEPS:
            return word, unit
    return "", ""


def _resolved(function: str, column: Column, argument: Value, me: str | None, now: datetime) -> Filter:
    if function == "EqualUserId":
        return Compare(column, "eq", me)
    if function == "NotEqualUserId":
        return Compare(column, "ne", me)
    if function in _DAYS:
        start = _day(function, argument, now)
        return _DAYS[function](column, start, start + _DAY)
    word, unit = _word_and_unit(function)
    if word:
        return _counted(column, word, unit, _number(function, argument), now)
    rule = _SPANS.get(function)
    if rule is None:
        raise ValueError(f"The function Microsoft.Dynamics.CRM.{function} is not known here.")
    return _span(column, *rule(_midnight(now)))


def _counted(column: Column, word: str, unit: str, number: int, now: datetime) -> Filter:
    """Whole days, so that what belongs to an answer changes at midnight alone; hours and minutes as they pass."""
    step = _STEPS[unit]
    begin = now.astimezone(UTC) if unit in ("Minutes", "Hours") else _midnight(now)
    try:
        if word == "LastX":
            return _span(column, step(begin, -number), now, closed=True)
        if word == "OlderThanX":
            return Compare(column, "lt", _text(column, step(begin, -number)))
        end = step(begin, number)
    except (OverflowError, ValueError):
        raise ValueError(f"{number} {unit.lower()} are more than a calendar has.") from None
    return _span(column, now, end if begin == now else end + _DAY)


def _number(function: str, argument: Value) -> int:
    try:
        number = int(argument)
    except (TypeError, ValueError):
        raise ValueError(f"{function} takes a whole number, not '{argument}'.") from None
    if number < 1:
        raise ValueError(f"{function} takes a number from 1 on, not {number}.")
    return number


def _day(function: str, argument: Value, now: datetime) -> datetime:
    try:
        return _midnight(datetime.fromisoformat(str(argument)).replace(tzinfo=now.tzinfo))
    except ValueError:
        raise ValueError(f"{function} takes a day like 2026-11-23, not '{argument}'.") from None


def _months(moment: datetime, number: int) -> datetime:
    """So many calendar months on; the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + number, 12)
    start = moment.replace(year=year, month=month + 1, day=1)
    return start.replace(day=min(moment.day, (_next_month(start) - _DAY).day))


_STEPS: dict[str, Callable[[datetime, int], datetime]] = {
    "Minutes": lambda moment, number: moment + timedelta(minutes=number),
    "Hours": lambda moment, number: moment + timedelta(hours=number),
    "Days": lambda moment, number: moment + timedelta(days=number),
    "Weeks": lambda moment, number: moment + timedelta(weeks=number),
    "Months": _months,
    "Years": lambda moment, number: _months(moment, 12 * number),
}


def _week(today: datetime) -> datetime:
    return today - timedelta(days=(today.weekday() + 1) % 7)  # Dataverse's weeks begin on Sunday


def _month(today: datetime) -> datetime:
    return today.replace(day=1)


def _next_month(start: datetime) -> datetime:
    return (start + timedelta(days=32)).replace(day=1)


def _year(today: datetime, number: int = 0) -> datetime:
    return today.replace(year=today.year + number, month=1, day=1)


_DAY = timedelta(days=1)
_DAYS: dict[str, Callable[[Column, datetime, datetime], Filter]] = {
    "On": lambda column, start, end: _span(column, start, end),
    "NotOn": lambda column, start, end: Not(_span(column, start, end)),
    "OnOrAfter": lambda column, start, end: Compare(column, "ge", _text(column, start)),
    "OnOrBefore": lambda column, start, end: Compare(column, "lt", _text(column, end)),
}
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
    "ThisYear": lambda d: (_year(d), _year(d, 1)),
    "LastYear": lambda d: (_year(d, -1), _year(d)),
    "NextYear": lambda d: (_year(d, 1), _year(d, 2)),
}


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


_DAYS_ALONE = {field.name for kind in ENTITIES.values() for field in kind.fields if field.type is FieldType.DATE}
"""The columns that hold a day of the calendar, the same in every zone."""


def _text(column: Column, moment: datetime) -> str:
    if column.name in _DAYS_ALONE:
        return moment.date().isoformat()
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(column: Column, start: datetime, end: datetime, closed: bool = False) -> Filter:
    """From `start` until before `end`; `closed`: until and with it."""
    until = Compare(column, "le" if closed else "lt", _text(column, end))
    return And((Compare(column, "ge", _text(column, start)), until))
