"""Which records look alike: rules, conditions, and how each compares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crmdesk.matching.duplicates import (
    DEFAULT_RULES,
    DUPLICATE_KINDS,
    looked_at,
    matches,
    phone_key,
    rules_for,
    rules_of,
    same_phone,
    wanted,
)
from crmdesk.model import words
from crmdesk.model.duplicate_rules import Condition, Operator, Rule


def rule(*conditions: Condition, **more: Any) -> Rule:
    return Rule("1", "A rule", "contact", "contact", conditions, **more)


def on(name: str, operator: Operator, characters: int = 0, matching: str = "") -> Condition:
    return Condition(name, matching or name, operator, characters)


EMAIL = rule(on("emailaddress1", Operator.SAME_EMAIL))
EXACT = rule(on("lastname", Operator.EXACT))
FIRST = rule(on("lastname", Operator.SAME_FIRST, 4))
LAST = rule(on("lastname", Operator.SAME_LAST, 3))
DAY = rule(on("birthdate", Operator.SAME_DATE))
BOTH = rule(on("lastname", Operator.EXACT), on("telephone1", Operator.SAME_PHONE))


@pytest.mark.parametrize(
    ("by", "mine", "theirs", "alike"),
    [
        (EMAIL, {"emailaddress1": " Jeff@Example.COM "}, {"emailaddress1": "jeff@example.com"}, True),
        (EMAIL, {"emailaddress1": "a@b.c"}, {"emailaddress3": "A@B.C"}, True),
        (EMAIL, {"emailaddress1": "a@b.c"}, {"emailaddress1": "aa@b.c"}, False),
        (EMAIL, {"emailaddress1": "  "}, {"emailaddress1": ""}, False),
        (EMAIL, {"emailaddress1": 7}, {"emailaddress1": 7}, False),
        (EXACT, {"lastname": "MÜLLER "}, {"lastname": "Müller"}, True),
        (EXACT, {"lastname": None}, {"lastname": None}, False),
        (replace(EXACT, case_sensitive=True), {"lastname": "MÜLLER"}, {"lastname": "Müller"}, False),
        (FIRST, {"lastname": "Smithers"}, {"lastname": "smith"}, True),
        (FIRST, {"lastname": "Smi"}, {"lastname": "Smi"}, False),
        (LAST, {"lastname": "Goldsmith"}, {"lastname": "SMITH"}, True),
        (LAST, {"lastname": "Goldsmith"}, {"lastname": "Smythe"}, False),
        (DAY, {"birthdate": "1970-01-02"}, {"birthdate": "1970-01-02T10:00:00Z"}, True),
        (DAY, {"birthdate": "1970-01-02"}, {"birthdate": "1971-01-02"}, False),
        (BOTH, {"lastname": "A", "telephone1": "555 0100"}, {"lastname": "a", "mobilephone": "5550100"}, True),
        (BOTH, {"lastname": "A", "telephone1": "555 0100"}, {"lastname": "b", "telephone1": "5550100"}, False),
        (BOTH, {"lastname": "A"}, {"lastname": "A"}, False),
        (EXACT, {"lastname": "A"}, {"lastname": "A", "statecode": 1}, False),
        (replace(EXACT, only_active=False), {"lastname": "A"}, {"lastname": "A", "statecode": 1}, True),
        (rule(), {"lastname": "A"}, {"lastname": "A"}, False),
    ],
)
def test_a_rule_holds(by: Rule, mine: dict[str, Any], theirs: dict[str, Any], alike: bool) -> None:
    assert matches(by, mine, theirs) is alike


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+44 (0)20 7946 0958", "020 7946 0958", True),
        ("0044 20 7946 0958", "+442079460958", True),
        ("(555) 010-1234", "+1 555.010.1234", True),
        ("555 010 1234 ext. 12", "555-010-1234", True),
        ("+1 555 010 1234", "+44 555 010 1234", False),
        ("555 010 1234", "555 010 1235", False),
        ("110", "110", False),
        ("no number", "no number", False),
    ],
)
def test_phone_numbers(one: str, other: str, same: bool) -> None:
    keys = phone_key(one), phone_key(other)
    assert (all(keys) and same_phone(*keys)) is same
    assert (all(keys) and same_phone(*reversed(keys))) is same


def test_only_rules_that_look_at_what_changed_are_asked() -> None:
    assert rules_for([BOTH], "contact", {"mobilephone"}) == (BOTH,)
    assert rules_for([BOTH], "contact", {"jobtitle"}) == ()
    assert rules_for([BOTH], "account") == ()


def test_a_blank_field_wants_nothing() -> None:
    assert wanted(BOTH, {"lastname": "A", "telephone1": " "}) == ()
    assert len(wanted(BOTH, {"lastname": "A", "mobilephone": "5550100"})) == 2


def test_the_first_rules_speak_of_fields_that_there_are() -> None:
    for each in DEFAULT_RULES:
        assert looked_at(each) <= words.entity(each.base).by_name.keys()
    assert {"account", "contact", "lead"} == DUPLICATE_KINDS


RULE = {"duplicateruleid": "1", "name": "R", "baseentityname": "contact", "matchingentityname": "contact"}
LINE = {"regardingobjectid": "duplicaterule:1", "baseattributename": "lastname", "matchingattributename": "lastname"}


@pytest.mark.parametrize(
    ("row", "conditions", "taken"),
    [
        ({"statuscode": 2}, [{"operatorcode": 0}], True),
        ({"statuscode": 0}, [{"operatorcode": 0}], False),
        ({"statuscode": 2}, [], False),
        ({"statuscode": 2}, [{"operatorcode": 0}, {"operatorcode": 77}], False),
        ({"statuscode": 2}, [{"operatorcode": 1, "operatorparam": 3}], True),
        ({"statuscode": 2}, [{"operatorcode": 1}], False),
    ],
    ids=["published", "unpublished", "without conditions", "an unknown operator", "first 3", "first none"],
)
def test_rules_as_records(row: dict[str, Any], conditions: list[dict[str, Any]], taken: bool) -> None:
    assert bool(rules_of([{**RULE, **row}], [{**LINE, **each} for each in conditions])) is taken
