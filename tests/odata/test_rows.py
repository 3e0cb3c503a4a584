"""Records as JSON, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.model.record import Reference
from crmdesk.model.words import ACCOUNT, CONTACT, EMAIL, PARTY, TASK
from crmdesk.odata import rows
from crmdesk.odata.errors import ODataError

A = "70bf4d48-0000-4000-8000-00000000000a"
B = "70bf4d48-0000-4000-8000-00000000000b"

WRITES: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("a text and a number", ACCOUNT, {"name": "X", "revenue": 5.0}, {"name": "X", "revenue": 5.0}),
    ("a field emptied", ACCOUNT, {"name": None}, {"name": None}),
    ("read-only fields stay at home", CONTACT, {"fullname": "A B", "lastname": "B"}, {"lastname": "B"}),
    (
        "a lookup",
        ACCOUNT,
        {"primarycontactid": f"contact:{A}"},
        {"primarycontactid@odata.bind": f"/contacts({A})"},
    ),
    (
        "a lookup with several targets",
        CONTACT,
        {"parentcustomerid": f"account:{A}"},
        {"parentcustomerid_account@odata.bind": f"/accounts({A})"},
    ),
    (
        "a lookup with several targets emptied",
        CONTACT,
        {"parentcustomerid": None},
        {"parentcustomerid_account@odata.bind": None, "parentcustomerid_contact@odata.bind": None},
    ),
    (
        "activity parties",
        EMAIL,
        {
            "email_activity_parties": [
                {"participationtypemask": 1, "partyid": f"systemuser:{A}", "addressused": None},
                {"participationtypemask": 2, "partyid": None, "addressused": "b@x.example"},
            ]
        },
        {
            "email_activity_parties": [
                {"participationtypemask": 1, "partyid_systemuser@odata.bind": f"/systemusers({A})"},
                {"participationtypemask": 2, "addressused": "b@x.example"},
            ]
        },
    ),
    ("no activity parties left", EMAIL, {"email_activity_parties": None}, {"email_activity_parties": []}),
]


@pytest.mark.parametrize(("kind", "values", "wire"), [each[1:] for each in WRITES], ids=[each[0] for each in WRITES])
def test_a_write_on_the_wire_and_at_the_server(kind: Any, values: dict[str, Any], wire: dict[str, Any]) -> None:
    assert rows.to_wire(kind, values) == wire
    understood = {name: value for name, value in values.items() if not kind.by_name[name].readonly}
    assert rows.values_from_payload(kind, wire) == rows.Payload(None, understood)


def test_a_create_carries_its_key() -> None:
    wire = rows.to_wire(TASK, {"subject": "x"}, id=A)
    assert wire == {"activityid": A, "subject": "x"}
    assert rows.values_from_payload(TASK, wire).id == A


PAYLOADS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("annotations are passed over", {"@odata.type": "x", "lastname@a.b": 1, "lastname": "B"}, {"lastname": "B"}),
    ("read-only columns are passed over", {"createdon": "2020-01-01", "_createdby_value": A, "fullname": "x"}, {}),
    (
        "an absolute URL",
        {"parentcustomerid_account@odata.bind": f"https://h/api/data/v9.2/accounts({A.upper()})"},
        {"parentcustomerid": f"account:{A}"},
    ),
    (
        "a named key",
        {"parentcustomerid_account@odata.bind": f"accounts(accountid={A})"},
        {"parentcustomerid": f"account:{A}"},
    ),
    (
        "one way set, the other emptied",
        {"parentcustomerid_account@odata.bind": f"/accounts({A})", "parentcustomerid_contact@odata.bind": None},
        {"parentcustomerid": f"account:{A}"},
    ),
    ("a lookup emptied without a bind", {"parentcustomerid_contact": None}, {"parentcustomerid": None}),
    ("a content id", {"parentcustomerid_account@odata.bind": "$1"}, {"parentcustomerid": f"account:{B}"}),
    ("an empty text is no text", {"firstname": ""}, {"firstname": None}),
]


@pytest.mark.parametrize(("payload", "values"), [each[1:] for each in PAYLOADS], ids=[each[0] for each in PAYLOADS])
def test_what_the_server_understands(payload: dict[str, Any], values: dict[str, Any]) -> None:
    known = {"$1": Reference("account", B)}
    assert rows.values_from_payload(CONTACT, payload, known.__getitem__).values == values


REFUSALS: list[tuple[str, Any, str, str]] = [
    ("no object", ["x"], "JSON object", "0x80048d19"),
    ("an unknown property", {"colour": "red"}, "Invalid property 'colour'", "0x80048d19"),
    ("an unknown lookup", {"colour@odata.bind": f"/accounts({A})"}, "'colour'", "0x80048d19"),
    ("a text too long", {"lastname": "x" * 51}, "maximum allowed length of '50'", "0x80044331"),
    ("a choice that is none", {"statecode": 7}, "no choice 7", "0x8004431a"),
    ("a word for a number", {"birthdate": "soon"}, "birthdate", "0x80048d19"),
    ("the lookup's own column", {"_parentcustomerid_value": A}, "Use Navigation properties", "0x80048d19"),
    ("another kind of record", {"parentcustomerid_account@odata.bind": f"/contacts({B})"}, "points at", "0x80048d19"),
    ("no record", {"parentcustomerid_account@odata.bind": "/accounts"}, "does not point", "0x80048d19"),
    ("no such set", {"parentcustomerid_account@odata.bind": f"/cars({B})"}, "'cars'", "0x80048d19"),
    ("no such content id", {"parentcustomerid_account@odata.bind": "$9"}, "'$9' does not exist", "0x80060888"),
    ("a record inside", {"parentcustomerid_account": {"name": "x"}}, "inside another", "0x80048d19"),
    ("a key that is none", {"contactid": "5"}, "contactid", "0x80048d19"),
]


@pytest.mark.parametrize(
    ("payload", "words", "code"), [each[1:] for each in REFUSALS], ids=[each[0] for each in REFUSALS]
)
def test_what_the_server_refuses(payload: Any, words: str, code: str) -> None:
    with pytest.raises(ODataError) as caught:
        rows.values_from_payload(CONTACT, payload)
    assert words in caught.value.words
    assert caught.value.code == code


def test_a_row_answered_and_understood() -> None:
    values = {
        "contactid": A,
        "lastname": "B",
        "statecode": 0,
        "parentcustomerid": f"account:{B}",
        "ownerid": None,
        "birthdate": "1980-02-29",
    }
    fields = [CONTACT.by_name[name] for name in values]
    everything = rows.wanted_annotations("*")
    row = rows.row_to_json(CONTACT, fields, values, 7, everything, {f"account:{B}": "Big Co"})
    assert row["@odata.etag"] == 'W/"7"'
    assert row["_parentcustomerid_value"] == B
    assert row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert (
        row["_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "parentcustomerid_account"
    )
    assert row["_ownerid_value"] is None
    assert row["statecode@OData.Community.Display.V1.FormattedValue"] == "Active"
    assert rows.from_wire(CONTACT, row) == (A, 'W/"7"', {**values, "parentcustomerid@name": "Big Co"})


def test_annotations_only_where_asked_for() -> None:
    fields = [CONTACT.by_name["statecode"], CONTACT.by_name["parentcustomerid"]]
    values = {"statecode": 0, "parentcustomerid": f"account:{B}"}
    assert rows.row_to_json(CONTACT, fields, values, None) == {"statecode": 0, "_parentcustomerid_value": B}
    wanted = rows.wanted_annotations('"Microsoft.Dynamics.CRM.*"')
    assert (wanted.formatted, wanted.lookup_name, wanted.navigation) == (False, True, True)
    assert not rows.wanted_annotations(None)


def test_a_strange_row_is_understood_as_far_as_possible() -> None:
    row = {
        "accountid": A.upper(),
        "name": "",
        "revenue": 10,
        "createdon": "2026-01-31T08:00:00.123+01:00",
        "industrycode": 4711,
        "new_colour": "red",
        "_primarycontactid_value": B,
        "primarycontactid": {"fullname": "x"},
        "_new_thing_value": B,
    }
    assert rows.from_wire(ACCOUNT, row) == (
        A,
        None,
        {
            "accountid": A,
            "name": None,
            "revenue": 10.0,
            "createdon": "2026-01-31T07:00:00Z",
            "industrycode": 4711,
            "new_colour": "red",
            "primarycontactid": f"contact:{B}",
            "_new_thing_value": B,
        },
    )


@pytest.mark.parametrize(
    "row",
    [
        {"name": "x"},
        {"contactid": "nonsense"},
        {"contactid": A, "_parentcustomerid_value": B},
        {"contactid": A, "birthdate": "soon"},
    ],
)
def test_a_row_that_is_none(row: dict[str, Any]) -> None:
    with pytest.raises(ODataError):
        rows.from_wire(CONTACT, row)


def test_expanded_people_become_the_field_that_holds_them() -> None:
    name = f"_partyid_value@{rows.LOOKUP_NAME}"
    row = {
        "activityid": A,
        "email_activity_parties": [
            {"participationtypemask": 9, "_partyid_value": B, name: "systemuser"},
            {"participationtypemask": 2, "_partyid_value": B, name: "contact", "addressused": "b@x.example"},
            {"participationtypemask": 2, "_partyid_value": B, name: "queue", "addressused": "q@x.example"},
        ],
    }
    assert rows.from_wire(EMAIL, row).values["email_activity_parties"] == [
        {"participationtypemask": 2, "partyid": f"contact:{B}", "addressused": "b@x.example"},
        {"participationtypemask": 2, "partyid": None, "addressused": "q@x.example"},
    ]
    assert PARTY.by_name["partyid"].targets == ("account", "contact", "lead", "systemuser")
