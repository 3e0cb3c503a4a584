"""Query options and the questions they mean."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from crmdesk.model.query import Column, Compare, Expand, Order, Query, TextMatch
from crmdesk.model.words import ACCOUNT, EMAIL, TASK
from crmdesk.odata.errors import ODataError
from crmdesk.odata.queries import format_query, parse_query

ID = "70bf4d48-0000-4000-8000-00000000000a"

QUERIES: list[tuple[dict[str, str], Query]] = [
    ({}, Query("account")),
    ({"$select": "name, _ownerid_value"}, Query("account", select=("name", "ownerid"))),
    ({"$select": "*"}, Query("account")),
    ({"$top": "3", "$count": "true"}, Query("account", top=3, count=True)),
    (
        {"$orderby": "name desc,primarycontactid/fullname asc,_ownerid_value"},
        Query(
            "account",
            order=(
                Order(Column("name"), True),
                Order(Column("fullname", ("primarycontactid",))),
                Order(Column("ownerid")),
            ),
        ),
    ),
    ({"$filter": "name eq '50% & more'"}, Query("account", filter=Compare(Column("name"), "eq", "50% & more"))),
    (
        {"$filter": "name eq @p1 and name ne '@p1'", "@p1": "'x'"},
        parse_query({"$filter": "name eq 'x' and name ne '@p1'"}, ACCOUNT),
    ),
    (
        {"$expand": "primarycontactid($select=fullname),Account_Tasks($filter=contains(subject,'),;');$top=2)"},
        Query(
            "account",
            expand=(
                Expand("primarycontactid", ("fullname",)),
                Expand("Account_Tasks", filter=TextMatch(Column("subject"), "contains", "),;"), top=2),
            ),
        ),
    ),
    ({"$expand": "primarycontactid/$ref"}, Query("account", expand=(Expand("primarycontactid", reference_only=True),))),
]


@pytest.mark.parametrize(("options", "query"), QUERIES, ids=[str(options) for options, _ in QUERIES])
def test_what_options_mean(options: dict[str, str], query: Query) -> None:
    assert parse_query(options, ACCOUNT) == query
    assert parse_query(dict(parse_qsl(format_query(query), strict_parsing=bool(options))), ACCOUNT) == query


REFUSALS = [
    ({"$skip": "5"}, "$skip is not supported"),
    ({"$select": "colour"}, "Could not find a property named 'colour'"),
    ({"$top": "-1"}, "$top"),
    ({"$count": "maybe"}, "$count"),
    ({"$orderby": "name sideways"}, "$orderby"),
    ({"$expand": "nothing"}, "named 'nothing'"),
    ({"$expand": "Account_Tasks($top=1"}, "$expand"),
    ({"$expand": "Account_Tasks($expand=ownerid)"}, "not supported inside $expand"),
    ({"$filter": "name eq @p1"}, "@p1 has no value"),
]


@pytest.mark.parametrize(("options", "words"), REFUSALS, ids=[str(options) for options, _ in REFUSALS])
def test_what_is_no_question(options: dict[str, str], words: str) -> None:
    with pytest.raises(ODataError) as caught:
        parse_query(options, ACCOUNT)
    assert words in caught.value.words


def test_options_of_others_are_passed_over() -> None:
    assert parse_query({"fetchXml": "<x/>"}, ACCOUNT) == Query("account")


def test_the_text_of_a_query() -> None:
    query = Query("task", ("subject", "regardingobjectid"), Compare(Column("ownerid"), "eq", ID), top=5)
    assert format_query(query) == f"$select=subject,_regardingobjectid_value&$filter=_ownerid_value%20eq%20{ID}&$top=5"
    assert parse_query(dict(parse_qsl(format_query(query))), TASK) == query


def test_selected_people_travel_as_an_expand() -> None:
    text = format_query(Query("email", select=("subject", "email_activity_parties")))
    assert text == "$select=subject&$expand=email_activity_parties"
    assert parse_query(dict(parse_qsl(text)), EMAIL).expand == (Expand("email_activity_parties"),)
