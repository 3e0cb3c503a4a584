"""The views that a person made for the grids, kept beside the options: for each kind of record one JSON text.

    {"default": "open", "views": [{"key": "…", "name": "My big accounts", "columns": [["name", 240], ["revenue", 0]],
     "filter": "revenue gt 1000000", "order": [["revenue", true]]}]}

What a later version wrote into it and this one does not know stays in the text when this one saves.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from crmdesk.model.list_view import ALL, ListView, ViewColumn, Views
from crmdesk.model.query import Filter
from crmdesk.odata.filters import parse_filter
from crmdesk.store import local_data, options, records
from crmdesk.store.store import Reader, Transaction


def load(reader: Reader, entity: str) -> Views:
    """What a person made for this kind. A view that cannot be read, of another version's making, is left out."""
    kept = _text(reader, entity)
    own = tuple(view for each in _views(kept) if (view := _view(entity, each)) is not None)
    return Views(own, str(kept.get("default", ALL)))


def save(tx: Transaction, entity: str, views: Views) -> None:
    """Keep these in place of what load() gives for this kind."""
    before = _text(tx, entity)
    unread = [each for each in _views(before) if _view(entity, each) is None]
    known = {str(each["key"]): each for each in _views(before) if each not in unread}
    kept = [{**known.get(each.key, {}), **_kept(each)} for each in views.own]
    text = {**before, "default": views.default, "views": kept + unread}
    options.write(tx, _name(entity), json.dumps(text, ensure_ascii=False))


def question(reader: Reader, view: ListView, now: datetime) -> Filter:
    """What the local data are asked for a view. Raises ValueError with words for conditions that cannot be asked."""
    found = parse_filter(local_data.for_server(reader, view.entity, view.filter), view.kind)
    records.filtered(reader, view.entity, found, now)
    return found


def _name(entity: str) -> str:
    return f"views.{entity}"


def _text(reader: Reader, entity: str) -> dict[str, Any]:
    """What is kept, as it was read; nothing when it is no such text."""
    try:
        found = json.loads(options.read(reader, _name(entity)) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _views(kept: dict[str, Any]) -> list[Any]:
    found = kept.get("views")
    return found if isinstance(found, list) else []


def _kept(view: ListView) -> dict[str, Any]:
    return {
        "key": view.key,
        "name": view.name,
        "columns": [(each.field, each.width) for each in view.columns],
        "filter": view.filter,
        "order": view.order,
    }


def _view(entity: str, kept: Any) -> ListView | None:
    try:
        columns = tuple(ViewColumn(str(name), max(0, int(width))) for name, width in kept["columns"])
        order = tuple((str(name), bool(descending)) for name, descending in kept["order"])
        return ListView(str(kept["key"]), entity, str(kept["name"]), columns, str(kept["filter"]), order)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
