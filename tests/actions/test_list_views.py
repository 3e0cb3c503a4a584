"""What a person does with views: kept under a name of their own, taken away, brought back, begun with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crmdesk.actions import list_views as actions
from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.model.list_view import ALL, ListView, ViewColumn, Views
from crmdesk.store import list_views
from crmdesk.store.store import Store
from crmdesk.texts import use_language
from tests.support.clock import Clock

LARGE = ListView("large", "account", "Large ones", (ViewColumn("name", 240), ViewColumn("revenue")), "revenue gt 5")
OTHER = ListView("other", "account", "Others", (ViewColumn("name"),))


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    made = Store(tmp_path / "crmdesk.db", clock)
    yield made
    made.close()


def keep(store: Store, view: ListView) -> Changes:
    with store.transaction() as tx:
        return actions.keep(tx, view, store.clock())


def remove(store: Store, view: ListView) -> Changes:
    with store.transaction() as tx:
        return actions.remove(tx, view)


def put_back(store: Store, view: ListView, before: Views) -> Changes:
    with store.transaction() as tx:
        return actions.put_back(tx, view, before)


def begin_with(store: Store, view: ListView) -> Changes:
    with store.transaction() as tx:
        return actions.make_default(tx, view)


def views(store: Store, entity: str = "account") -> Views:
    with store.read() as reader:
        return list_views.load(reader, entity)


def names(store: Store) -> list[str]:
    return [each.name for each in views(store).own]


def test_kept_in_the_order_in_which_they_were_made_and_changed_in_its_place(store: Store) -> None:
    assert keep(store, LARGE) == Changes(options=True, result="large")
    keep(store, OTHER)
    keep(store, replace(LARGE, name="Largest ones", filter="revenue gt 9"))
    assert names(store) == ["Largest ones", "Others"]
    assert views(store).own[0].filter == "revenue gt 9"


def test_nothing_of_it_reaches_the_server(store: Store) -> None:
    for done in (keep(store, LARGE), begin_with(store, LARGE), remove(store, LARGE)):
        assert (done.outbox, done.entities) == (False, frozenset())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "no name"),
        (" \t ", "no name"),
        ("others", "Another view of accounts is called 'others' already"),
        (" OTHERS  ", "already"),
        ("all", "already"),
        ("Mine", "already"),
    ],
)
def test_a_name_is_needed_that_no_other_has(store: Store, name: str, words: str) -> None:
    keep(store, OTHER)
    with pytest.raises(Refusal, match=words):
        keep(store, replace(LARGE, name=name))
    assert names(store) == ["Others"]


def test_the_usual_views_keep_their_names_in_each_language(store: Store) -> None:
    keep(store, replace(LARGE, name="Alle"))
    remove(store, LARGE)
    use_language("de")
    try:
        with pytest.raises(Refusal, match="heißt schon"):
            keep(store, replace(LARGE, name="alle"))
    finally:
        use_language("en")


def test_a_view_may_be_called_as_it_was_and_as_one_of_another_kind(store: Store) -> None:
    keep(store, LARGE)
    keep(store, replace(LARGE, name="LARGE ones"))
    keep(store, ListView("of contacts", "contact", "Large ones", (ViewColumn("fullname"),)))
    assert names(store) == ["LARGE ones"]
    assert [each.name for each in views(store, "contact").own] == ["Large ones"]


def test_blanks_around_and_within_a_name_are_put_right(store: Store) -> None:
    keep(store, replace(LARGE, name="  Large \n ones "))
    assert names(store) == ["Large ones"]


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ("revenue gt", "cannot be asked"),
        ("shoesize gt 40", "shoesize"),
        ("revenue gt 'much'", "cannot be asked"),
        ("name eq 'x' or", "cannot be asked"),
        ("accountlicences/any()", "cannot be asked"),
        ("crmdesk.InGroup(PropertyName='name',PropertyValue='account')", "cannot be asked"),
    ],
)
def test_conditions_that_cannot_be_asked_are_refused_with_the_reason(store: Store, conditions: str, words: str) -> None:
    keep(store, OTHER)
    with pytest.raises(Refusal, match=words):
        keep(store, replace(LARGE, filter=conditions))
    assert names(store) == ["Others"]


def test_columns_and_order_that_the_kind_does_not_have_are_left_out(store: Store) -> None:
    columns = (ViewColumn("gone", 5), ViewColumn("revenue", 90), ViewColumn("revenue"))
    keep(store, replace(LARGE, columns=columns, order=(("gone", True), ("revenue", True))))
    (kept,) = views(store).own
    assert kept.columns == (ViewColumn("revenue", 90),)
    assert kept.order == (("revenue", True),)
    keep(store, replace(LARGE, columns=(), order=()))
    (kept,) = views(store).own
    assert (kept.columns, kept.order) == ((ViewColumn("name"),), (("name", False),))


def test_taken_away_and_brought_back_to_its_place(store: Store) -> None:
    for each in (LARGE, OTHER, replace(OTHER, key="third", name="Third")):
        keep(store, each)
    begin_with(store, OTHER)
    before = views(store)
    remove(store, OTHER)
    assert views(store) == Views((before.own[0], before.own[2]), ALL), "a window begins with all records again"
    assert remove(store, OTHER) == NOTHING
    put_back(store, OTHER, before)
    assert views(store) == before


def test_brought_back_it_does_not_take_the_place_that_another_was_given(store: Store) -> None:
    keep(store, LARGE)
    keep(store, OTHER)
    begin_with(store, LARGE)
    before = views(store)
    remove(store, LARGE)
    begin_with(store, OTHER)
    put_back(store, LARGE, before)
    assert (names(store), views(store).default) == (["Large ones", "Others"], "other")


def test_a_change_is_undone_whatever_it_was_before(store: Store) -> None:
    keep(store, LARGE)
    with store.transaction() as tx:  # as a version had it that knew the field
        list_views.save(tx, "account", Views((replace(LARGE, filter="shoesize gt 40"),)))
    before = views(store)
    keep(store, replace(LARGE, filter="true"))
    put_back(store, LARGE, before)
    assert views(store) == before


def test_what_was_made_is_undone_by_taking_it_away(store: Store) -> None:
    before = views(store)
    keep(store, LARGE)
    put_back(store, LARGE, before)
    assert views(store) == before


def test_each_kind_begins_with_its_own_view(store: Store) -> None:
    keep(store, LARGE)
    begin_with(store, LARGE)
    begin_with(store, replace(LARGE, key="open", entity="contact"))
    assert (views(store).default, views(store, "contact").default) == ("large", "open")
