"""GET: rows, single and in pages, with expanded records, and the feed of changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.query import Column, Compare, Expand, Filter, In, Query
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.odata.batch import Answer
from crmdesk.odata.navigation import Collection, collections
from crmdesk.odata.queries import parse_query
from crmdesk.odata.rows import bind_path, etag, row_to_json
from crmdesk.server import feed, query, records
from crmdesk.server.database import Snapshot
from crmdesk.server.errors import bad_request, not_there
from crmdesk.server.exchange import Call, answer, json_answer, text_answer, with_options
from crmdesk.server.feed import Cursor, cursor_from, token_from, token_now
from crmdesk.server.preferences import MOST_ROWS
from crmdesk.server.query import Row, both_of

_CHUNK = 500  # parents whose children are fetched by one statement
_OTHER_LANGUAGES = ("fetchXml", "savedQuery", "userQuery")
_UNTRACKED = ("$filter", "$orderby", "$expand", "$top")


def read_rows(call: Call, snapshot: Snapshot, kind: Entity, extra: Filter | None = None, path: str = "") -> Answer:
    """A page of a table, or of those rows that `extra` names (then `path` is the collection's), with links onwards."""
    options = {name: value for name, value in call.options.items() if name not in ("$skiptoken", "$deltatoken")}
    for name in _OTHER_LANGUAGES:
        if name in options:
            raise bad_request(f"The query parameter {name} is not supported.")
    asked = parse_query(options, kind)
    cursor = cursor_from(call.options["$skiptoken"]) if "$skiptoken" in call.options else None
    size = call.preferences.page_size or MOST_ROWS
    url = call.root + (path or kind.set_name)
    if "$deltatoken" in call.options:
        _check_tracked(options)
        return _read_changes(call, snapshot, kind, asked, cursor, size)
    token = cursor.token if cursor else None
    if call.preferences.track_changes and token is None:
        token = str(token_now(snapshot))
    if token is not None:
        _check_tracked(options)
    limit = asked.top if call.preferences.page_size is None else None
    page = query.page_of(
        snapshot,
        _with_expanded_lookups(kind, asked),
        call.user.id,
        size if limit is None else min(limit, size),
        cursor.key if cursor else None,
        extra,
    )
    body: dict[str, Any] = {"@odata.context": _context(call, kind, asked)}
    if asked.count:
        body["@odata.count"] = query.count_of(snapshot, kind, both_of(asked.filter, extra), call.user.id, MOST_ROWS)
    body["value"] = rows_to_json(call, snapshot, kind, asked, page.rows)
    if page.rest is not None and limit is None:
        body["@odata.nextLink"] = with_options(url, {**options, "$skiptoken": str(Cursor(page.rest, token))})
    elif token is not None:
        body["@odata.deltaLink"] = with_options(url, {**options, "$deltatoken": token})
    return json_answer(body, headers=_applied(call))


def _check_tracked(options: dict[str, str]) -> None:
    for name in _UNTRACKED:
        if name in options:
            raise bad_request(f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.')


def _read_changes(
    call: Call, snapshot: Snapshot, kind: Entity, asked: Query, cursor: Cursor | None, size: int
) -> Answer:
    since = token_from(snapshot, call.options["$deltatoken"])
    token = (cursor and cursor.token) or str(token_now(snapshot))
    changes = feed.changes_since(snapshot, kind, asked, since, size, cursor)
    gone = {"@odata.context": f"{call.root}$metadata#{kind.set_name}/$deletedEntity", "reason": "deleted"}
    body: dict[str, Any] = {"@odata.context": f"{_context(call, kind, asked)}/$delta"}
    body["value"] = [
        *rows_to_json(call, snapshot, kind, asked, changes.rows),
        *({**gone, "id": key} for key in changes.gone),
    ]
    options = {name: value for name, value in call.options.items() if name != "$skiptoken"}
    if changes.rest is not None:
        options["$skiptoken"] = str(changes.rest)
        body["@odata.nextLink"] = with_options(call.root + kind.set_name, options)
    else:
        options["$deltatoken"] = token
        body["@odata.deltaLink"] = with_options(call.root + kind.set_name, options)
    return json_answer(body, headers=_applied(call))


def read_row(call: Call, snapshot: Snapshot, kind: Entity, key: str) -> Answer:
    """One record. 304 when the client has it already, never with `$expand` or annotations."""
    asked = parse_query(call.options, kind)
    stored = records.fetch(snapshot, kind, key)
    if stored is None:
        raise not_there(kind.name, key)
    known = call.headers.get("if-none-match")
    if known == etag(stored.version) and not asked.expand and not call.preferences.annotations:
        return answer(304, {"ETag": etag(stored.version)})
    return row_answer(call, snapshot, kind, asked, Row(key, stored.version, stored.values))


def row_answer(
    call: Call, snapshot: Snapshot, kind: Entity, asked: Query, row: Row, status: int = 200, **headers: str
) -> Answer:
    (shown,) = rows_to_json(call, snapshot, kind, asked, [row])
    body = {"@odata.context": f"{_context(call, kind, asked)}/$entity", **shown}
    every = {**_applied(call), "ETag": etag(row.version), **headers}
    return json_answer(body, status, every)


def read_count(call: Call, snapshot: Snapshot, kind: Entity, extra: Filter | None = None) -> Answer:
    """`/$count`: of the rows of a filter, or of the changes since a delta token."""
    options = {name: value for name, value in call.options.items() if name != "$deltatoken"}
    asked = parse_query(options, kind)
    if "$deltatoken" in call.options:
        _check_tracked(options)
        since = token_from(snapshot, call.options["$deltatoken"])
        return text_answer(str(feed.count_changes(snapshot, kind, since)))
    return text_answer(str(query.count_of(snapshot, kind, both_of(asked.filter, extra), call.user.id)))


def read_references(call: Call, snapshot: Snapshot, kind: Entity, extra: Filter) -> Answer:
    """`/$ref` of a collection: where its rows are, and nothing of what is in them."""
    asked = replace(parse_query(call.options, kind), select=(kind.id_field,))
    page = query.page_of(snapshot, asked, call.user.id, MOST_ROWS, extra=extra)
    found = [{"@odata.id": f"{call.root}{kind.set_name}({row.id})"} for row in page.rows]
    return json_answer({"@odata.context": f"{call.root}$metadata#Collection($ref)", "value": found})


def pointing_at(collection: Collection, key: str) -> Filter:
    """The rows of a collection of the record `key`."""
    return Compare(Column(collection.field.name), "eq", key)


def _context(call: Call, kind: Entity, asked: Query) -> str:
    chosen = ",".join(kind.by_name[name].wire_name for name in asked.select)
    return f"{call.root}$metadata#{kind.set_name}" + (f"({chosen})" if chosen else "")


def _applied(call: Call) -> dict[str, str]:
    applied = call.preferences.applied
    return {"Preference-Applied": applied} if applied else {}


# Rows as JSON, with what was expanded


def rows_to_json(
    call: Call, snapshot: Snapshot, kind: Entity, asked: Query, rows: Sequence[Row]
) -> list[dict[str, Any]]:
    """Rows as the answer shows them: the selected columns, annotations, expanded records."""
    shown = _plain_rows(call, snapshot, kind, query.selected_fields(kind, asked), rows)
    for expand in asked.expand:
        if expand.navigation in kind.by_navigation:
            _expand_single(call, snapshot, kind, expand, rows, shown)
        else:
            _expand_collection(call, snapshot, kind, expand, rows, shown)
    return shown


def _plain_rows(
    call: Call, snapshot: Snapshot, kind: Entity, fields: Iterable[Field], rows: Sequence[Row]
) -> list[dict[str, Any]]:
    fields = tuple(fields)
    annotations = call.preferences.annotations
    names: dict[str, str | None] = {}
    if annotations.formatted:
        lookups = [field.name for field in fields if field.type is FieldType.LOOKUP]
        pointed = {row.values[name] for row in rows for name in lookups}
        names = records.names_of(snapshot, (each for each in pointed if each is not None))
    return [row_to_json(kind, fields, row.values, row.version, annotations, names) for row in rows]


def _with_expanded_lookups(kind: Entity, asked: Query) -> Query:
    """The columns that expanding needs, fetched although nobody selected them."""
    if not asked.select:
        return asked
    ways = [kind.by_navigation.get(each.navigation) for each in asked.expand]
    needed = [way[0].name for way in ways if way is not None]
    return replace(asked, select=tuple(dict.fromkeys((*asked.select, *needed))))


def _expand_single(
    call: Call, snapshot: Snapshot, kind: Entity, expand: Expand, rows: Sequence[Row], shown: list[dict[str, Any]]
) -> None:
    field, target = kind.by_navigation[expand.navigation]
    there = ENTITIES[target]
    pointed = [_key_at(row.values.get(field.name), target) for row in rows]
    wanted = tuple({key for key in pointed if key is not None})
    found: dict[str, dict[str, Any]] = {}
    if expand.reference_only:
        found = {key: {"@odata.id": call.root + bind_path(Reference(target, key))[1:]} for key in wanted}
    elif wanted:
        asked = Query(target, expand.select)
        page = query.page_of(snapshot, asked, call.user.id, len(wanted), extra=In(Column(there.id_field), wanted))
        inside = _plain_rows(call, snapshot, there, query.selected_fields(there, asked), page.rows)
        found = {row.id: row_shown for row, row_shown in zip(page.rows, inside, strict=True)}
    for row_shown, key in zip(shown, pointed, strict=True):
        row_shown[expand.navigation] = None if key is None else found.get(key)


def _key_at(value: object, target: str) -> str | None:
    if not isinstance(value, str) or not value.startswith(f"{target}:"):
        return None
    return value.partition(":")[2]


def _expand_collection(
    call: Call, snapshot: Snapshot, kind: Entity, expand: Expand, rows: Sequence[Row], shown: list[dict[str, Any]]
) -> None:
    collection = collections(kind)[expand.navigation]
    child, lookup = collection.entity, collection.field.name
    asked = Query(child.name, expand.select, expand.filter, expand.order)
    fetched = replace(asked, select=tuple(dict.fromkeys((*asked.select, lookup)))) if asked.select else asked
    fields = query.selected_fields(child, asked)
    found: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(rows), _CHUNK):
        parents = tuple(row.id for row in rows[start : start + _CHUNK])
        page = query.page_of(snapshot, fetched, call.user.id, _UNBOUNDED, extra=In(Column(lookup), parents))
        inside = _plain_rows(call, snapshot, child, fields, page.rows)
        for row, row_shown in zip(page.rows, inside, strict=True):
            found.setdefault(row.values[lookup], []).append(row_shown)
    for row, row_shown in zip(rows, shown, strict=True):
        row_shown[expand.navigation] = found.get(f"{kind.name}:{row.id}", [])[: expand.top]


_UNBOUNDED = 2**31
