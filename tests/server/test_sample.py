"""The sample organisation."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from crmdesk.model.record import normalise
from crmdesk.model.words import ACTIVITIES, ENTITIES
from crmdesk.odata.navigation import collections
from crmdesk.server.sample import sample_id, sample_rows

TODAY = date(2026, 11, 23)
ROWS = sample_rows(TODAY)
BY_REFERENCE = {f"{row.entity}:{row.id}": row.values for row in ROWS}


def test_it_has_the_promised_size() -> None:
    found = Counter(row.entity for row in ROWS)
    assert (found["account"], found["contact"], found["opportunity"], found["lead"]) == (200, 1000, 150, 100)
    assert sum(found[name] for name in ACTIVITIES) == 2000
    assert all(found[name] > 300 for name in ACTIVITIES)
    assert found["systemuser"] == 3
    assert found["annotation"] > 0
    assert len(BY_REFERENCE) == len(ROWS)


def test_every_run_is_the_same_and_another_day_moves_the_dates_alone() -> None:
    assert sample_rows(TODAY) == ROWS
    later = sample_rows(TODAY + timedelta(days=7))
    assert [row.id for row in later] == [row.id for row in ROWS]
    assert [row.values.get("subject") for row in later] == [row.values.get("subject") for row in ROWS]
    assert max(row.values["createdon"] for row in later) > max(row.values["createdon"] for row in ROWS)


def test_every_value_is_one_that_its_field_can_hold_and_every_lookup_points_at_a_record() -> None:
    for row in ROWS:
        kind = ENTITIES[row.entity]
        for name, value in row.values.items():
            assert normalise(kind.by_name[name], value) == value
        assert all(
            row.values.get(field.name) is None or row.values[field.name] in BY_REFERENCE for field in kind.lookups
        )
        state, status = row.values.get("statecode"), row.values.get("statuscode")
        assert state is None or (status is not None and kind.state_of(status) == state)
        if kind.parties:
            assert all(party["partyid"] in BY_REFERENCE for party in row.values[kind.parties.name])
        assert row.values["createdon"] <= row.values["modifiedon"] < f"{TODAY.isoformat()}T"


def test_the_people_of_the_stories_are_there() -> None:
    assert BY_REFERENCE[f"account:{sample_id('account', 0)}"]["name"] == "Adventure Works"
    jeff = BY_REFERENCE[f"contact:{sample_id('contact', 0)}"]
    assert (jeff["fullname"], jeff["emailaddress1"]) == ("Jeff Smith", "jeff.smith@adventure-works.example")
    names = [BY_REFERENCE[f"systemuser:{sample_id('systemuser', number)}"] for number in range(3)]
    assert [(each["domainname"], each["fullname"]) for each in names][1:] == [
        ("anna", "Anna Berg"),
        ("ben", "Ben Okafor"),
    ]
    owners = Counter(row.values["ownerid"] for row in ROWS if row.entity == "contact")
    assert min(owners.values()) > 400
    assert len(owners) == 2


def test_this_week_has_appointments_in_working_hours() -> None:
    monday = TODAY - timedelta(days=TODAY.weekday())
    this_week = [
        row.values["scheduledstart"]
        for row in ROWS
        if row.entity == "appointment"
        and monday.isoformat() <= row.values["scheduledstart"] < (monday + timedelta(days=7)).isoformat()
    ]
    assert len(this_week) >= 40
    assert all("07" <= start[11:13] <= "16" for start in this_week)


def test_addresses_are_under_example_and_unique_within_contacts() -> None:
    addresses = [row.values["emailaddress1"] for row in ROWS if row.entity in ("account", "contact", "lead")]
    assert all(address.endswith(".example") and address.isascii() for address in addresses)
    assert len(set(addresses)) == len(addresses)
    assert "email_activity_parties" in collections(ENTITIES["email"])
