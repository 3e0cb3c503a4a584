"""Query options (`$select`, `$filter`, `$orderby`, `$top`, `$count`, `$expand`) to a Query and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from crmdesk.model.entity import Entity, FieldType
from crmdesk.model.query import Expand, Order, Query
from crmdesk.model.words import entity as entity_named
from crmdesk.odata.errors import ODataError, unknown_property
from crmdesk.odata.filters import column_named, format_filter, parse_filter, wire_path
from crmdesk.odata.navigation import destination

_OPTIONS = ("$select", "$filter", "$orderby", "$top", "$count", "$expand")
_NESTED = ("$select", "$filter", "$orderby", "$top")
_QUOTED_OR_ALIAS = re.compile(r"'(?:[^']|'')*'|@[A-Za-z_]\w*")


def parse_query(params: Mapping[str, str], entity: Entity) -> Query:
    """The question that decoded query options ask about `entity`. Raises ODataError.

    Options that are no part of a Query ($skiptoken, $deltatoken, fetchXml …) are the caller's: an unknown name that
    begins with `$` is refused, any other is passed over. `@p1` stands for the option of that name.
    """
    for name in params:
        if name.startswith("$") and name not in _OPTIONS:
            raise ODataError(f"The query parameter {name} is not supported.")
    filter_text, order_text = params.get("$filter"), params.get("$orderby", "")
    return Query(
        entity.name,
        select=_selected(params.get("$select", ""), entity),
        filter=None if filter_text is None else parse_filter(_without_aliases(filter_text, params), entity),
        order=_orders(_without_aliases(order_text, params), entity),
        top=_top(params.get("$top")),
        count=_truth(params.get("$count")),
        expand=_expands(params.get("$expand", ""), entity),
    )


def format_query(query: Query) -> str:
    """The percent-encoded query string (without `?`) of `query`; empty when it asks for everything. Raises ODataError.

    An activity's people, where selected, travel as an `$expand` of their collection.
    """
    kind = entity_named(query.entity)
    parties = kind.parties.name if kind.parties else None
    select = tuple(name for name in query.select if name != parties)
    expands = query.expand
    if parties in query.select and all(each.navigation != parties for each in expands):
        expands = (*expands, Expand(str(parties)))
    options = _options(kind, select, query, expands)
    return "&".join(f"{name}={quote(text, safe=_SAFE)}" for name, text in options)


_SAFE = "$(),:'/=@!*"


def _options(
    kind: Entity, select: tuple[str, ...], query: Query | Expand, expands: tuple[Expand, ...]
) -> Iterator[tuple[str, str]]:
    if select:
        yield "$select", ",".join(_wire_name(kind, name) for name in select)
    if query.filter is not None:
        yield "$filter", format_filter(query.filter, kind)
    if query.order:
        yield (
            "$orderby",
            ",".join(f"{wire_path(each.column, kind)}{' desc' if each.descending else ''}" for each in query.order),
        )
    if query.top is not None:
        yield "$top", str(query.top)
    if isinstance(query, Query) and query.count:
        yield "$count", "true"
    if expands:
        yield "$expand", ",".join(_expand_text(kind, each) for each in expands)


def _expand_text(kind: Entity, expand: Expand) -> str:
    target = destination(kind, expand.navigation)
    if target is None:
        raise unknown_property(expand.navigation, kind.name)
    if expand.reference_only:
        return f"{expand.navigation}/$ref"
    nested = ";".join(f"{name}={text}" for name, text in _options(target, expand.select, expand, ()))
    return f"{expand.navigation}({nested})" if nested else expand.navigation


def _wire_name(kind: Entity, name: str) -> str:
    if name not in kind.by_name:
        raise unknown_property(name, kind.name)
    return kind.by_name[name].wire_name


def _selected(text: str, entity: Entity) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if "*" in names:
        return ()
    found: list[str] = []
    for name in names:
        field = entity.by_wire_name.get(name) or entity.by_name.get(name)
        if field is None or field.type is FieldType.PARTIES:
            raise unknown_property(name, entity.name)
        if field.name not in found:
            found.append(field.name)
    return tuple(found)


def _orders(text: str, entity: Entity) -> tuple[Order, ...]:
    found: list[Order] = []
    for part in text.split(","):
        words = part.split()
        if not words:
            continue
        if len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
            raise ODataError(f"Syntax error in $orderby: '{part.strip()}'.")
        found.append(Order(column_named(words[0], entity), words[1:] == ["desc"]))
    return tuple(found)


def _top(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.strip().isdecimal():
        raise ODataError(f"Invalid value '{text}' for $top: a whole number, zero or more, is expected.")
    return int(text)


def _truth(text: str | None) -> bool:
    if text is None:
        return False
    if text.strip() not in ("true", "false"):
        raise ODataError(f"Invalid value '{text}' for $count: true or false is expected.")
    return text.strip() == "true"


def _expands(text: str, entity: Entity) -> tuple[Expand, ...]:
    return tuple(_expand(part.strip(), entity) for part in _split(text, ",") if part.strip())


def _expand(text: str, entity: Entity) -> Expand:
    name, opened, rest = text.partition("(")
    reference_only = name.endswith("/$ref")
    name = name.removesuffix("/$ref").strip()
    target = destination(entity, name)
    if target is None:
        raise unknown_property(name, entity.name)
    if not opened:
        return Expand(name, reference_only=reference_only)
    if not rest.endswith(")"):
        raise ODataError(f"Syntax error in $expand: '{text}'.")
    options: dict[str, str] = {}
    for part in _split(rest[:-1], ";"):
        option, _, value = part.partition("=")
        if option.strip() not in _NESTED:
            raise ODataError(f"The query parameter {option.strip()} is not supported inside $expand.")
        options[option.strip()] = value
    inner = parse_query(options, target)
    return Expand(name, inner.select, inner.filter, inner.order, inner.top, reference_only)


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts of `text` between separators that stand outside quotes and parentheses."""
    start = depth = 0
    quoted = False
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        elif letter == separator and depth == 0:
            yield text[start:at]
            start = at + 1
    if depth or quoted:
        raise ODataError(f"Syntax error in $expand: '{text}'.")
    yield text[start:]


def _without_aliases(text: str, params: Mapping[str, str]) -> str:
    """`@p1` replaced by what the option of that name says; texts in quotes stay."""
    if "@" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        alias = match.group()
        if not alias.startswith("@"):
            return alias
        if alias not in params:
            raise ODataError(f"The parameter alias {alias} has no value.")
        return params[alias]

    return _QUOTED_OR_ALIAS.sub(value, text)
