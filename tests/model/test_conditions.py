"""Conditions in rows, and the text that says the same."""

from __future__ import annotations

import pytest

from crmdesk.model.conditions import (
    OPERATORS,
    Condition,
    Conditions,
    Takes,
    askable,
    field_of,
    filter_of,
    fits,
    groups_reached,
    operators_for,
    regrouped,
    tree_of,
)
from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.query import Column, Constant, Filter, In, InGroup, Relative
from crmdesk.model.record import Value
from crmdesk.model.words import ACCOUNT, CONTACT, ENTITIES, LOCAL_ENTITIES, TASK
from crmdesk.odata.errors import ODataError
from crmdesk.odata.filters import format_filter, parse_filter

CRM = "Microsoft.Dynamics.CRM."
KEY = "70bf4d48-0000-4000-8000-00000000000a"
NAME, OWNER, CITY = Column("name"), Column("ownerid"), Column("address1_city")
CHANGED, PARENT = Column("modifiedon"), Column("parentaccountid")

TREES: list[tuple[str, Conditions]] = [
    ("true", Conditions()),
    ("name eq 'x'", Conditions("and", (Condition(NAME, "is", "x"),))),
    ("address1_city eq null", Conditions("and", (Condition(CITY, "is empty"),))),
    ("address1_city ne null", Conditions("and", (Condition(CITY, "has a value"),))),
    ("not (contains(name,'x'))", Conditions("and", (Condition(NAME, "does not contain", "x"),))),
    (
        f"{CRM}EqualUserId(PropertyName='ownerid') or contains(name,'o''x')",
        Conditions("or", (Condition(OWNER, "is me"), Condition(NAME, "contains", "o'x"))),
    ),
    (
        f"{CRM}LastXDays(PropertyName='modifiedon',PropertyValue=30) and (name eq 'a' or name eq 'b')",
        Conditions(
            "and",
            (
                Condition(CHANGED, "last days", 30),
                Conditions("or", (Condition(NAME, "is", "a"), Condition(NAME, "is", "b"))),
            ),
        ),
    ),
    (f"{CRM}ThisWeek(PropertyName='modifiedon')", Conditions("and", (Condition(CHANGED, "this week"),))),
    (
        f"{CRM}OnOrAfter(PropertyName='modifiedon',PropertyValue='2026-11-23')",
        Conditions("and", (Condition(CHANGED, "on or after", "2026-11-23"),)),
    ),
    (f"_parentaccountid_value eq {KEY}", Conditions("and", (Condition(PARENT, "is", KEY),))),
    (
        "parentaccountid/name eq 'x'",
        Conditions("and", (Condition(Column("name", ("parentaccountid",)), "is", "x"),)),
    ),
    (
        f"{CRM}EqualUserId(PropertyName='primarycontactid/ownerid')",
        Conditions("and", (Condition(Column("ownerid", ("primarycontactid",)), "is me"),)),
    ),
    (
        f'{CRM}In(PropertyName=\'industrycode\',PropertyValues=["8","9"])',
        Conditions("and", (Condition(Column("industrycode"), "is one of", (8, 9)),)),
    ),
    (
        "crmdesk.InGroup(PropertyName='primarycontactid',PropertyValue='contact')",
        Conditions("and", (Condition(Column("primarycontactid"), "is in a group", "contact"),)),
    ),
]


@pytest.mark.parametrize(("text", "tree"), TREES, ids=[text for text, _ in TREES])
def test_text_and_rows_say_the_same(text: str, tree: Conditions) -> None:
    assert tree_of(parse_filter(text, ACCOUNT)) == tree
    assert format_filter(filter_of(tree), ACCOUNT) == text
    assert tree.is_complete
    assert fits(tree, ACCOUNT)


ONLY_TEXT = [
    "false",
    "createdon eq modifiedon",
    "not (name eq 'x')",
    "not (name eq 'x' or name eq 'y')",
    "Account_Tasks/any(o:o/statecode eq 0)",
    "revenue gt null",
    f"{CRM}LastXHours(PropertyName='modifiedon',PropertyValue=3)",
    f'{CRM}Between(PropertyName=\'revenue\',PropertyValues=["1","2"])',
    f"{CRM}LastXDays(PropertyName='modifiedon')",
    f"{CRM}Today(PropertyName='modifiedon',PropertyValue=1)",
    "name eq 'x' and createdon eq modifiedon",
]


@pytest.mark.parametrize("text", ONLY_TEXT)
def test_what_rows_cannot_say_stays_text(text: str) -> None:
    assert tree_of(parse_filter(text, ACCOUNT)) is None


@pytest.mark.parametrize("entity", LOCAL_ENTITIES)
def test_whatever_is_offered_can_be_said_and_read_again(entity: str) -> None:
    kind = ENTITIES[entity]
    for field in askable(kind):
        assert operators_for(field), field.name
        for operator in operators_for(field):
            row = Condition(Column(field.name), operator.name, _example(field, operator.takes))
            text = format_filter(filter_of(row), kind)
            assert tree_of(parse_filter(text, kind)) == Conditions("and", (row,)), text


def _example(field: Field, takes: Takes) -> Value | tuple[Value, ...]:
    match takes:
        case Takes.NOTHING:
            return None
        case Takes.NUMBER:
            return 7
        case Takes.DAY:
            return "2026-11-23"
        case Takes.KIND:
            return groups_reached(field)[0]
        case Takes.VALUES:
            return tuple(choice.value for choice in field.choices[:2])
    values: dict[FieldType, Value] = {
        FieldType.LOOKUP: KEY,
        FieldType.BOOLEAN: False,
        FieldType.STRING: "it's 50% \\ ü",
        FieldType.MEMO: "x",
        FieldType.INTEGER: 0,
        FieldType.BIGINT: 5,
    }
    return values.get(field.type, field.choices[0].value if field.choices else 1.5)


def test_what_fits_which_field() -> None:
    def offered(kind: Entity, name: str) -> set[str]:
        return {each.name for each in operators_for(kind.by_name[name])}

    assert offered(ACCOUNT, "name") >= {"contains", "is empty"}
    assert "is me" not in offered(ACCOUNT, "name")
    assert "is me" in offered(ACCOUNT, "ownerid")
    assert "is me" not in offered(ACCOUNT, "parentaccountid")
    assert "is in a group" in offered(TASK, "regardingobjectid")
    assert "is in a group" not in offered(ACCOUNT, "ownerid")
    assert "contains" not in offered(ACCOUNT, "revenue")
    assert offered(CONTACT, "birthdate") >= {"today", "last days", "on or after"}
    assert not fits(Condition(Column("revenue"), "contains", "x"), ACCOUNT)
    with pytest.raises(KeyError):
        field_of(ACCOUNT, Column("nothing"))


def test_a_row_whose_value_is_not_said_is_no_question() -> None:
    row = Condition(NAME, "contains", "")
    assert not Conditions("and", (row,)).is_complete
    with pytest.raises(ValueError, match="Say what"):
        filter_of(row)
    assert all(Condition(NAME, each.name).is_complete for each in OPERATORS.values() if each.takes is Takes.NOTHING)


REGROUPED: list[tuple[str, str, str]] = [
    # the groups of accounts · and what then "about an account of a group" asks
    ("true", "regardingobjectid", "regardingobjectid_account_task/accountid ne null"),
    ("false", "regardingobjectid", "false"),
    (
        "name eq 'x' or not (contains(name,'y'))",
        "regardingobjectid",
        "regardingobjectid_account_task/accountid ne null and (regardingobjectid_account_task/name eq 'x' "
        "or not (contains(regardingobjectid_account_task/name,'y')))",
    ),
    (
        f"{CRM}EqualUserId(PropertyName='ownerid')",
        "regardingobjectid",
        "regardingobjectid_account_task/accountid ne null and "
        f"{CRM}EqualUserId(PropertyName='regardingobjectid_account_task/ownerid')",
    ),
    (
        "createdon eq modifiedon",
        "regardingobjectid",
        "regardingobjectid_account_task/accountid ne null and "
        "regardingobjectid_account_task/createdon eq regardingobjectid_account_task/modifiedon",
    ),
    (
        "name eq 'x'",
        "regardingobjectid_contact_task/parentcustomerid",
        "regardingobjectid_contact_task/parentcustomerid_account/accountid ne null and "
        "regardingobjectid_contact_task/parentcustomerid_account/name eq 'x'",
    ),
]


@pytest.mark.parametrize(("group", "column", "text"), REGROUPED)
def test_about_a_record_of_a_group(group: str, column: str, text: str) -> None:
    question = parse_filter(f"crmdesk.InGroup(PropertyName='{column}',PropertyValue='account')", TASK)
    found = regrouped(question, TASK, {"account": parse_filter(group, ACCOUNT)})
    assert format_filter(found, TASK) == text


@pytest.mark.parametrize(
    "group",
    ["Account_Tasks/any()", "crmdesk.InGroup(PropertyName='primarycontactid',PropertyValue='contact')"],
)
def test_what_cannot_be_asked_from_there_is_refused_in_words(group: str) -> None:
    question: Filter = InGroup(Column("regardingobjectid"), "account")
    with pytest.raises(ValueError, match=r"cannot"):
        regrouped(question, TASK, {"account": parse_filter(group, ACCOUNT)})


def test_only_lookups_that_point_there_are_asked_about_groups() -> None:
    with pytest.raises(ODataError, match="cannot point at"):
        parse_filter("crmdesk.InGroup(PropertyName='ownerid',PropertyValue='account')", TASK)
    with pytest.raises(ODataError, match="not supported"):
        parse_filter("crmdesk.Other(PropertyName='ownerid')", TASK)


def test_nothing_else_is_changed() -> None:
    for question in (Constant(True), In(NAME, ("a",)), Relative("Today", CHANGED)):
        assert regrouped(question, ACCOUNT, {}) == question
