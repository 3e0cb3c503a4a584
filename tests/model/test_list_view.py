"""Views as values: which columns and which order a kind can be shown in, whatever somebody wrote down for it."""

from __future__ import annotations

import pytest

from crmdesk.model.list_view import (
    ALL,
    ListView,
    Sorting,
    ViewColumn,
    columns_of,
    order_of,
    orders,
    showable,
    sortable,
    usual_views,
)
from crmdesk.model.query import Column, Order
from crmdesk.model.words import ENTITIES

ACCOUNT = ENTITIES["account"]
LISTED = [kind for kind in ENTITIES.values() if kind.columns]


def view(*columns: ViewColumn) -> ListView:
    return ListView("key", "account", "Mine", columns)


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.name)
def test_every_kind_has_all_of_it_first(kind: object) -> None:
    found = usual_views(kind)  # type: ignore[arg-type]
    assert (found[0].key, found[0].filter) == (ALL, "true")
    assert len({each.key for each in found}) == len(found)
    assert not any(each.is_own for each in found)
    for each in found:
        assert columns_of(each) == each.columns, "nothing of a usual view is unknown"
        assert order_of(each.kind, each.order) == each.order


def test_a_kind_has_the_usual_views_that_make_sense() -> None:
    assert [each.key for each in usual_views(ACCOUNT)] == [ALL, "open", "closed", "mine"]
    assert [each.key for each in usual_views(ENTITIES["annotation"])] == [ALL, "mine"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (["name", "revenue"], ["name", "revenue"]),
        (["revenue", "name"], ["revenue", "name"]),
        (["name", "gone", "revenue"], ["name", "revenue"]),
        (["name", "name", "revenue", "name"], ["name", "revenue"]),
        (["gone"], ["name"]),
        ([], ["name"]),
        (["accountid", "revenue"], ["revenue"]),
    ],
    ids=["as written", "any may be first", "unknown", "twice", "none is known", "none", "an id says nothing"],
)
def test_columns(written: list[str], shown: list[str]) -> None:
    assert [each.field for each in columns_of(view(*map(ViewColumn, written)))] == shown


def test_a_width_stays_with_its_column() -> None:
    columns = columns_of(view(ViewColumn("gone", 7), ViewColumn("name", 240), ViewColumn("name", 10)))
    assert columns == (ViewColumn("name", 240),)


@pytest.mark.parametrize(
    ("written", "sorts"),
    [
        ((("revenue", True), ("name", False)), (("revenue", True), ("name", False))),
        ((("gone", True), ("revenue", True)), (("revenue", True),)),
        ((), (("name", False),)),
        ((("gone", False),), (("name", False),)),
    ],
    ids=["as written", "unknown", "none", "none is known"],
)
def test_order(written: Sorting, sorts: Sorting) -> None:
    assert order_of(ACCOUNT, written) == sorts


def test_a_lookup_sorts_by_what_it_points_at() -> None:
    assert orders(ACCOUNT, (("primarycontactid", True), ("name", False))) == (
        Order(Column("fullname", ("primarycontactid",)), True),
        Order(Column("primarycontactid"), True),
        Order(Column("name"), False),
    )
    company = orders(ENTITIES["contact"], (("parentcustomerid", False),))
    assert [each.column.name for each in company] == ["name", "fullname", "parentcustomerid"]


def test_ids_and_files_are_no_columns_and_people_do_not_sort() -> None:
    assert "accountid" not in {each.name for each in showable(ACCOUNT)}
    assert "documentbody" not in {each.name for each in showable(ENTITIES["annotation"])}
    people = "email_activity_parties"
    assert people in {each.name for each in showable(ENTITIES["email"])}
    assert people not in {each.name for each in sortable(ENTITIES["email"])}
