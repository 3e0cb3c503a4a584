"""Views are kept and read again as they were, and what another version wrote does no harm and takes none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crmdesk.model.list_view import ALL, ListView, ViewColumn, Views
from crmdesk.store import list_views, options
from crmdesk.store.store import Store

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LARGE = ListView(
    "large",
    "account",
    "Größte „Kunden“",
    (ViewColumn("name", 240), ViewColumn("revenue")),
    "revenue gt 1000000",
    (("revenue", True), ("name", False)),
)
PLAIN: dict[str, Any] = {"key": "p", "name": "Plain", "columns": [["name", 0]], "filter": "true", "order": []}


def loaded(store: Store, entity: str = "account") -> Views:
    with store.read() as reader:
        return list_views.load(reader, entity)


def keep(store: Store, views: Views) -> None:
    with store.transaction() as tx:
        list_views.save(tx, "account", views)


def write(store: Store, text: str) -> None:
    with store.transaction() as tx:
        options.write(tx, "views.account", text)


def text(store: Store) -> dict[str, Any]:
    with store.read() as reader:
        found: dict[str, Any] = json.loads(options.read(reader, "views.account") or "{}")
        return found


def test_nothing_is_kept_at_first(store: Store) -> None:
    assert loaded(store) == Views((), ALL)


def test_kept_and_read_again(store: Store) -> None:
    another = ListView("other", "account", "Other", (ViewColumn("name"),))
    keep(store, Views((LARGE, another), "large"))
    assert loaded(store) == Views((LARGE, another), "large")
    assert loaded(store, "contact") == Views(), "each kind has its own"
    keep(store, Views((another,)))
    assert loaded(store) == Views((another,), ALL)


def test_the_options_do_not_mind(store: Store) -> None:
    with store.read() as reader:
        before = options.load(reader)
    keep(store, Views((LARGE,)))
    with store.read() as reader:
        assert options.load(reader) == before


@pytest.mark.parametrize(
    "kept",
    ["", "no JSON", "[]", "3", "null", '{"views": 3}', '{"views": {}}', '{"views": [3, null, [], {"key": "x"}]}'],
)
def test_what_is_no_such_text_is_no_view(store: Store, kept: str) -> None:
    write(store, kept)
    assert loaded(store) == Views()


@pytest.mark.parametrize(
    "strange",
    [
        {"columns": [["name"]]},
        {"columns": "name"},
        {"columns": [["name", "wide"]]},
        {"columns": [["name", float("inf")]]},
        {"order": [["name"]]},
        {"order": None},
    ],
    ids=str,
)
def test_a_view_that_cannot_be_read_is_left_out_and_the_others_stay(store: Store, strange: dict[str, Any]) -> None:
    write(store, json.dumps({"views": [{**PLAIN, "key": "s", **strange}, PLAIN]}))
    assert [each.key for each in loaded(store).own] == ["p"]


def test_what_a_later_version_wrote_outlives_a_save_of_this_one(store: Store) -> None:
    unread = {"key": "board", "name": "Board", "lanes": ["open", "won"]}
    later = {"default": "board", "views": [{**PLAIN, "tint": "blue"}, unread], "order of views": ["board", "p"]}
    write(store, json.dumps(later))
    views = loaded(store)
    assert [each.name for each in views.own] == ["Plain"]
    keep(store, Views((*views.own, LARGE), views.default))
    after = text(store)
    assert after["default"] == "board"
    assert after["order of views"] == ["board", "p"]
    assert after["views"][0]["tint"] == "blue"
    assert unread in after["views"]
    assert [each.key for each in loaded(store).own] == ["p", "large"]


def test_a_field_that_is_gone_says_so_when_it_is_asked(store: Store) -> None:
    write(store, json.dumps({"views": [{**PLAIN, "filter": "shoesize gt 40"}]}))
    (view,) = loaded(store).own
    with store.read() as reader, pytest.raises(ValueError, match="shoesize"):
        list_views.question(reader, view, NOW)


def test_the_functions_of_local_data_groups_can_be_asked(store: Store) -> None:
    question = "crmdesk.InGroup(PropertyName='parentcustomerid',PropertyValue='account')"
    with store.read() as reader:
        list_views.question(reader, ListView("g", "contact", "Of mine", (), question), NOW)
