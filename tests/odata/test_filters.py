"""$filter text and the questions it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.model.query import (
    And,
    Between,
    Column,
    Compare,
    Constant,
    Filter,
    In,
    Not,
    Operator,
    Or,
    Related,
    Relative,
    TextMatch,
)
from crmdesk.model.words import ACCOUNT, CONTACT, TASK
from crmdesk.odata.errors import ODataError
from crmdesk.odata.filters import format_filter, parse_filter

ID = "70bf4d48-0000-4000-8000-00000000000a"
NAME = Column("name")

MEANINGS: list[tuple[str, Filter]] = [
    ("true", Constant(True)),
    ("false", Constant(False)),
    ("name eq 'O''Neil'", Compare(NAME, "eq", "O'Neil")),
    ("  name   eq\t'x' ", Compare(NAME, "eq", "x")),
    ("'x' eq name", Compare(NAME, "eq", "x")),
    ("5 lt numberofemployees", Compare(Column("numberofemployees"), "gt", 5)),
    ("name eq null", Compare(NAME, "eq", None)),
    ("name eq ''", Compare(NAME, "eq", None)),
    ("revenue ge 1.5", Compare(Column("revenue"), "ge", 1.5)),
    ("revenue ge 1e3", Compare(Column("revenue"), "ge", 1000.0)),
    ("revenue gt -5", Compare(Column("revenue"), "gt", -5.0)),
    ("industrycode eq 9999", Compare(Column("industrycode"), "eq", 9999)),
    (f"accountid eq {ID.upper()}", Compare(Column("accountid"), "eq", ID)),
    (f"_primarycontactid_value eq {ID}", Compare(Column("primarycontactid"), "eq", ID)),
    (f"_primarycontactid_value eq '{ID}'", Compare(Column("primarycontactid"), "eq", ID)),
    (f"primarycontactid eq 'contact:{ID}'", Compare(Column("primarycontactid"), "eq", ID)),
    ("_ownerid_value ne null", Compare(Column("ownerid"), "ne", None)),
    ("createdon lt 2026-01-31T08:00:00Z", Compare(Column("createdon"), "lt", "2026-01-31T08:00:00Z")),
    ("createdon lt 2026-01-31T08:00:00.123+02:00", Compare(Column("createdon"), "lt", "2026-01-31T06:00:00Z")),
    ("createdon ge 2026-01-31", Compare(Column("createdon"), "ge", "2026-01-31T00:00:00Z")),
    ("createdon eq modifiedon", Compare(Column("createdon"), "eq", Column("modifiedon"))),
    ("primarycontactid/fullname eq 'A'", Compare(Column("fullname", ("primarycontactid",)), "eq", "A")),
    (
        "primarycontactid/ownerid/domainname eq 'A'",
        Compare(Column("domainname", ("primarycontactid", "ownerid")), "eq", "A"),
    ),
    ("contains(name,'x')", TextMatch(NAME, "contains", "x")),
    ("startswith( name , 'x' )", TextMatch(NAME, "startswith", "x")),
    ("not endswith(name,'x')", Not(TextMatch(NAME, "endswith", "x"))),
    ("not(name eq 'x')", Not(Compare(NAME, "eq", "x"))),
    ("not name eq 'x'", Not(Compare(NAME, "eq", "x"))),
    (
        "name eq 'a' or name eq 'b' and not name eq 'c'",
        Or(
            (
                Compare(NAME, "eq", "a"),
                And((Compare(NAME, "eq", "b"), Not(Compare(NAME, "eq", "c")))),
            )
        ),
    ),
    ("(name eq 'a')and(name eq 'b')", And((Compare(NAME, "eq", "a"), Compare(NAME, "eq", "b")))),
    ("name in ('a','b')", In(NAME, ("a", "b"))),
    (
        "Microsoft.Dynamics.CRM.In(PropertyName='statuscode',PropertyValues=[\"1\",'2'])",
        In(Column("statuscode"), (1, 2)),
    ),
    (
        f"Microsoft.Dynamics.CRM.In(PropertyValues=['{ID}'],PropertyName='ownerid')",
        In(Column("ownerid"), (ID,)),
    ),
    (
        "Microsoft.Dynamics.CRM.NotIn(PropertyName='statuscode',PropertyValues=[])",
        Not(In(Column("statuscode"), ())),
    ),
    (
        'Microsoft.Dynamics.CRM.Between(PropertyName="revenue",PropertyValues=["1","2.5"])',
        Between(Column("revenue"), 1.0, 2.5),
    ),
    ("Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", Relative("EqualUserId", Column("ownerid"))),
    ("Microsoft.Dynamics.CRM.EqualUserId(PropertyName='_ownerid_value')", Relative("EqualUserId", Column("ownerid"))),
    (
        "Microsoft.Dynamics.CRM.LastXDays(PropertyName='modifiedon',PropertyValue=7)",
        Relative("LastXDays", Column("modifiedon"), 7),
    ),
    (
        "Account_Tasks/any(t:t/statecode eq 0 and t/ownerid/domainname eq 'anna')",
        Related(
            "Account_Tasks",
            "any",
            And(
                (
                    Compare(Column("statecode"), "eq", 0),
                    Compare(Column("domainname", ("ownerid",)), "eq", "anna"),
                )
            ),
        ),
    ),
    ("Account_Tasks/any()", Related("Account_Tasks", "any", None)),
    (
        "not contact_customer_accounts/all(c:c/Contact_Tasks/any(t:t/subject eq 'x'))",
        Not(
            Related(
                "contact_customer_accounts",
                "all",
                Related("Contact_Tasks", "any", Compare(Column("subject"), "eq", "x")),
            )
        ),
    ),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_what_a_filter_means(text: str, meaning: Filter) -> None:
    assert parse_filter(text, ACCOUNT) == meaning
    assert parse_filter(format_filter(meaning, ACCOUNT), ACCOUNT) == meaning


REFUSALS = [
    ("colour eq 'red'", "Could not find a property named 'colour' on type 'Microsoft.Dynamics.CRM.account'."),
    ("primarycontactid/colour eq 1", "named 'colour' on type 'Microsoft.Dynamics.CRM.contact'."),
    ("nowhere/name eq 1", "named 'nowhere'"),
    ("Nothing_Here/any(t:t/x eq 1)", "named 'Nothing_Here'"),
    ("name eq", "it ends too early"),
    ("name", "it ends too early"),
    ("name eq 'x", "Syntax error at position 8"),
    ("name eq 'x' name", "'name' was not expected"),
    ("(name eq 'x'", "it ends too early"),
    ("", "it ends too early"),
    ("name like 'x'", "'like' was not expected"),
    ("1 eq 1", "needs a column"),
    ("numberofemployees eq 'many'", "'many' is not a whole number"),
    ("name eq 5", "takes text"),
    ("_ownerid_value eq 'anna'", "is not an id"),
    ("length(name) eq 5", "'length' is not supported"),
    ("contains(name,5)", "takes a column and a text"),
    ("Account_Tasks/any(t:statecode eq 0)", "columns begin with 't/'"),
    ("Microsoft.Dynamics.CRM.In(PropertyName='name')", "PropertyValues"),
    ("Microsoft.Dynamics.CRM.Between(PropertyName='revenue',PropertyValues=['1'])", "takes two values"),
    ("Microsoft.Dynamics.CRM.Today(PropertyValue=1)", "PropertyName"),
    ("(" * 500 + "name eq 'x'" + ")" * 500, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "words"), REFUSALS, ids=[text[:60] for text, _ in REFUSALS])
def test_what_is_no_filter(text: str, words: str) -> None:
    with pytest.raises(ODataError) as caught:
        parse_filter(text, ACCOUNT)
    assert words in caught.value.words


def test_a_thousand_alternatives_are_no_depth() -> None:
    text = " or ".join(f"name eq '{number}'" for number in range(1000))
    question = parse_filter(text, ACCOUNT)
    assert isinstance(question, Or)
    assert len(question.parts) == 1000


def test_names_of_lookups_on_the_wire() -> None:
    assert format_filter(Compare(Column("regardingobjectid"), "eq", ID), TASK) == f"_regardingobjectid_value eq {ID}"
    assert (
        format_filter(Relative("EqualUserId", Column("ownerid")), CONTACT)
        == "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')"
    )


WORDS = st.text(min_size=1, max_size=12)
WHOLE = st.integers(-(2**31), 2**31 - 1)
MONEY = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
MOMENTS = st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")).filter(lambda text: len(text) == 20)
OPERATORS: st.SearchStrategy[Operator] = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
COLUMNS = {
    Column("name"): WORDS,
    Column("numberofemployees"): WHOLE,
    Column("revenue"): MONEY,
    Column("modifiedon"): MOMENTS,
    Column("accountid"): st.uuids().map(str),
    Column("ownerid"): st.uuids().map(str),
    Column("fullname", ("primarycontactid",)): WORDS,
    Column("birthdate", ("primarycontactid",)): st.dates().map(lambda day: day.isoformat()),
}


@st.composite
def leaves(draw: st.DrawFn) -> Filter:
    column = draw(st.sampled_from(list(COLUMNS)))
    values = COLUMNS[column]
    shape = draw(st.sampled_from(["compare", "null", "in", "between", "text", "relative", "constant"]))
    match shape:
        case "compare":
            return Compare(column, draw(OPERATORS), draw(values))
        case "null":
            return Compare(column, draw(OPERATORS), draw(st.none() | st.just(Column("createdon"))))
        case "in":
            return In(column, tuple(draw(st.lists(values, max_size=4))))
        case "between":
            return Between(column, draw(values), draw(values))
        case "text":
            return TextMatch(NAME, draw(st.sampled_from(["contains", "startswith", "endswith"])), draw(WORDS))
        case "relative":
            return Relative("NextXDays", Column("createdon"), draw(st.none() | WHOLE | WORDS))
        case _:
            return Constant(draw(st.booleans()))


FILTERS = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(lambda part: Related("account_parent_account", "any", part)),
    ),
    max_leaves=8,
)


@given(FILTERS)
def test_a_filter_comes_back_from_its_text(question: Filter) -> None:
    assert parse_filter(format_filter(question, ACCOUNT), ACCOUNT) == question
