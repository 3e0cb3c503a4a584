"""One table of questions, asked of the bundled server and of the local data: both give the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta, timezone

import pytest

from crmdesk.crm.client import Page, Read
from crmdesk.model.query import Query
from crmdesk.model.words import ENTITIES
from crmdesk.odata.filters import parse_filter
from crmdesk.store import records
from tests.support.builders import Desk, Office
from tests.support.clock import Clock

CRM = "Microsoft.Dynamics.CRM."
ALL = "true"

# What is there. Today is Wednesday, 17 June 2026, noon UTC; weeks begin on Sunday.
DAYS = {
    "last year": "2025-12-31T23:59:59Z",
    "january": "2026-01-01T00:00:00Z",
    "march": "2026-03-17T00:00:00Z",
    "saturday": "2026-06-13T23:59:59Z",
    "sunday": "2026-06-14T00:00:00Z",
    "yesterday": "2026-06-16T23:59:59Z",
    "midnight": "2026-06-17T00:00:00Z",
    "noon": "2026-06-17T12:00:00Z",
    "evening": "2026-06-17T23:59:59Z",
    "tomorrow": "2026-06-18T00:00:00Z",
    "next sunday": "2026-06-21T00:00:00Z",
    "july": "2026-07-01T00:00:00Z",
    "next year": "2027-01-01T00:00:00Z",
}
BIRTHDAYS = {"Ärmel": "2026-06-16", "o'Neil": "2026-06-17", "Straße": "2026-06-18", "50%": None}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Ann's computer with everything in it: her own records and Ben's."""
    office = Office(tmp_path_factory.mktemp("office"), Clock())
    whole = dict.fromkeys(("account", "contact", "task", "opportunity"), ALL)
    ann, ben = office.desk("ann", **whole), office.desk("ben", **whole)
    acme = ben.make("account", name="ACME", revenue=100.5, numberofemployees=0)
    for each in (ben, ann):
        each.sync()
    branch = ann.make("account", name="Acme Köln", address1_city="Köln", parentaccountid=str(acme))
    ann.make("account", name="ÖL", revenue=5.0, industrycode=8)
    for name, birthday in BIRTHDAYS.items():
        company = {"Ärmel": str(acme), "o'Neil": str(branch)}.get(name)
        ann.make("contact", lastname=name, birthdate=birthday, parentcustomerid=company)
    for name, moment in DAYS.items():
        ann.make("task", subject=name, scheduledend=moment)
    ann.make("task", subject="never", regardingobjectid=str(acme))
    for each in (ann, ben):
        each.sync()
    ben.make("task", subject="bens", regardingobjectid=str(branch), statecode=1, statuscode=5)
    for each in (ben, ann):
        each.sync()
    yield ann
    office.close()


def relative(function: str, number: object = None) -> str:
    argument = "" if number is None else f",PropertyValue={number}"
    return f"{CRM}{function}(PropertyName='scheduledend'{argument})"


QUESTIONS: list[tuple[str, str, str]] = [
    # case, letters that are not English, wildcards
    ("account", "name eq 'acme'", "ACME"),
    ("account", "name eq 'öl'", "ÖL"),
    ("account", "name ne 'öl'", "ACME, Acme Köln"),
    ("account", "contains(name,'KÖ')", "Acme Köln"),
    ("account", "startswith(name,'acme')", "ACME, Acme Köln"),
    ("account", "not startswith(name,'acme')", "ÖL"),
    ("contact", "endswith(lastname,'''NEIL')", "o'Neil"),
    ("contact", "lastname eq 'STRASSE'", ""),
    ("contact", "contains(lastname,'0%')", "50%"),
    ("contact", "lastname lt 'p'", "50%, o'Neil"),
    # nothing there
    ("account", "address1_city eq null", "ACME, ÖL"),
    ("account", "address1_city ne null", "Acme Köln"),
    ("account", "address1_city eq ''", "ACME, ÖL"),
    ("account", "address1_city ne 'Köln'", "ACME, ÖL"),
    ("account", "revenue gt 5", "ACME"),
    ("account", "not revenue gt 5", "Acme Köln, ÖL"),
    ("account", "revenue le 5", "ÖL"),
    ("account", "numberofemployees eq 0", "ACME"),
    ("account", "numberofemployees eq null", "Acme Köln, ÖL"),
    ("account", f'{CRM}In(PropertyName=\'industrycode\',PropertyValues=["8","9"])', "ÖL"),
    ("account", f'not {CRM}In(PropertyName=\'industrycode\',PropertyValues=["8","9"])', "ACME, Acme Köln"),
    ("account", f'{CRM}Between(PropertyName=\'revenue\',PropertyValues=["5","100.5"])', "ACME, ÖL"),
    # and, or, not
    ("account", "revenue gt 5 or revenue lt 10 and industrycode eq 9", "ACME"),
    ("account", "(revenue gt 5 or revenue lt 10) and industrycode eq 8", "ÖL"),
    ("account", "false or name eq 'öl'", "ÖL"),
    # me
    ("account", f"{CRM}EqualUserId(PropertyName='ownerid')", "Acme Köln, ÖL"),
    ("account", f"{CRM}NotEqualUserId(PropertyName='ownerid')", "ACME"),
    # records looked up, and those that point here
    ("account", "parentaccountid/name eq 'acme'", "Acme Köln"),
    ("account", "parentaccountid/name ne 'else'", "ACME, Acme Köln, ÖL"),
    ("contact", "parentcustomerid_account/parentaccountid/name eq 'acme'", "o'Neil"),
    ("contact", f"{CRM}EqualUserId(PropertyName='parentcustomerid_account/ownerid')", "o'Neil"),
    ("contact", f"{CRM}NotEqualUserId(PropertyName='parentcustomerid_account/ownerid')", "50%, Straße, Ärmel"),
    ("contact", "parentcustomerid_contact/lastname ne null", ""),
    ("task", "regardingobjectid_account_task/name eq 'ACME'", "never"),
    ("account", "Account_Tasks/any(t:t/statecode eq 1)", "Acme Köln"),
    ("account", "Account_Tasks/any()", "ACME, Acme Köln"),
    ("account", "Account_Tasks/all(t:t/statecode eq 0)", "ACME, ÖL"),
    ("account", "contact_customer_accounts/any(c:startswith(c/lastname,'ä'))", "ACME"),
    # moments: midnight belongs to the day that it begins
    ("task", relative("Today"), "evening, midnight, noon"),
    ("task", relative("Yesterday"), "yesterday"),
    ("task", relative("Tomorrow"), "tomorrow"),
    ("task", relative("On", "'2026-06-17'"), "evening, midnight, noon"),
    ("task", relative("OnOrAfter", "'2026-06-18'"), "july, next sunday, next year, tomorrow"),
    ("task", relative("OnOrBefore", "'2026-01-01'"), "january, last year"),
    ("task", f"{relative('ThisYear')} and {relative('NotOn', chr(39) + '2026-06-17' + chr(39))}",
     "january, july, march, next sunday, saturday, sunday, tomorrow, yesterday"),
    ("task", relative("ThisWeek"), "evening, midnight, noon, sunday, tomorrow, yesterday"),
    ("task", relative("LastWeek"), "saturday"),
    ("task", relative("NextWeek"), "next sunday"),
    ("task", relative("NextMonth"), "july"),
    ("task", relative("LastYear"), "last year"),
    ("task", relative("NextYear"), "next year"),
    ("task", relative("Last7Days"), "evening, midnight, noon, saturday, sunday, yesterday"),
    ("task", relative("LastXHours", 12), "midnight, noon"),
    ("task", relative("LastXDays", 1), "midnight, noon, yesterday"),
    ("task", relative("LastXWeeks", 1), "midnight, noon, saturday, sunday, yesterday"),
    ("task", relative("LastXMonths", 3), "march, midnight, noon, saturday, sunday, yesterday"),
    ("task", relative("NextXDays", 1), "evening, noon, tomorrow"),
    ("task", relative("NextXYears", 1), "evening, july, next sunday, next year, noon, tomorrow"),
    ("task", relative("OlderThanXDays", 1), "january, last year, march, saturday, sunday"),
    ("task", relative("OlderThanXMonths", 3), "january, last year"),
    ("task", "scheduledend eq 2026-06-17T14:00:00+02:00", "noon"),
    ("task", "scheduledend eq null", "bens, never"),
    # days without a time stand for their midnight
    ("contact", f"{CRM}Today(PropertyName='birthdate')", "o'Neil"),
    ("contact", f"{CRM}Tomorrow(PropertyName='birthdate')", "Straße"),
    ("contact", f"{CRM}OnOrAfter(PropertyName='birthdate',PropertyValue='2026-06-17')", "Straße, o'Neil"),
    ("contact", f"{CRM}OnOrBefore(PropertyName='birthdate',PropertyValue='2026-06-17')", "o'Neil, Ärmel"),
    ("contact", f"{CRM}LastXDays(PropertyName='birthdate',PropertyValue=1)", "o'Neil, Ärmel"),
    ("contact", "birthdate lt 2026-06-17", "Ärmel"),
    ("contact", "birthdate ge 2026-06-17", "Straße, o'Neil"),
]  # fmt: skip


@pytest.mark.parametrize(("entity", "text", "names"), QUESTIONS, ids=[each[1] for each in QUESTIONS])
def test_both_ends_answer_the_same(desk: Desk, entity: str, text: str, names: str) -> None:
    assert (on_the_server(desk, entity, text), here(desk, entity, text)) == (names, names)


def on_the_server(desk: Desk, entity: str, text: str) -> str:
    client = desk.session.link.client()
    (page,) = client.ask([Read(query=Query(entity, filter=parse_filter(text, ENTITIES[entity])))])
    assert isinstance(page, Page), page
    return in_order(str(row.values[_name(entity)]) for row in page.rows)


def here(desk: Desk, entity: str, text: str) -> str:
    """As a computer in New Zealand asks, where it is tomorrow already."""
    now = desk.office.clock().astimezone(timezone(timedelta(hours=12)))
    with desk.session.store.read() as reader:
        found = records.find(reader, Query(entity, filter=parse_filter(text, ENTITIES[entity])), now)
    return in_order(record.name for record in found)


def in_order(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _name(entity: str) -> str:
    return ENTITIES[entity].name_field


def test_what_waits_counts_as_it_is_shown(desk: Desk) -> None:
    """Also in fields that have no column of their own, and behind a lookup."""
    with desk.session.store.read() as reader:
        (acme,) = records.find(
            reader, Query("account", filter=parse_filter("name eq 'acme'", ENTITIES["account"])), None
        )
    desk.change(acme.reference, numberofemployees=77)
    try:
        assert here(desk, "account", "numberofemployees eq 77") == "ACME"
        assert here(desk, "account", "parentaccountid/numberofemployees eq 77") == "Acme Köln"
        assert on_the_server(desk, "account", "numberofemployees eq 77") == ""
    finally:
        desk.discard(acme.reference)


@pytest.mark.parametrize("text", [relative("Whenever"), relative("LastXDays", 0), relative("LastXDays", 10**9),
                                  relative("On", "'soon'")])  # fmt: skip
def test_both_ends_refuse_what_is_no_question(desk: Desk, text: str) -> None:
    client = desk.session.link.client()
    (answer,) = client.ask([Read(query=Query("task", filter=parse_filter(text, ENTITIES["task"])))])
    assert not isinstance(answer, Page)
    with pytest.raises(ValueError, match=r"known|takes|calendar"):
        here(desk, "task", text)
