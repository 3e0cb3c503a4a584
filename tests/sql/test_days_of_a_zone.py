"""Days begin at midnight where the person is, in what is shown here and in what is asked of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from crmdesk.model.query import Query, resolve
from crmdesk.model.words import ENTITIES
from crmdesk.model.zone import HERE
from crmdesk.odata.filters import format_filter, parse_filter
from crmdesk.store import records
from tests.support.builders import Desk, Office

CRM = "Microsoft.Dynamics.CRM."
DUE = "PropertyName='scheduledend'"
BORN = "PropertyName='birthdate'"


class Day(NamedTuple):
    zone: str
    now: str  # UTC
    question: str
    plain: str


# midnight in Berlin is 22:00 UTC in summer, 23:00 in winter; in New York 4:00 and 5:00
DAYS = [
    Day("UTC", "2026-06-17T12:00", f"Today({DUE})", "ge 2026-06-17T00:00:00Z lt 2026-06-18T00:00:00Z"),
    Day("Europe/Berlin", "2026-06-17T12:00", f"Today({DUE})", "ge 2026-06-16T22:00:00Z lt 2026-06-17T22:00:00Z"),
    Day("Europe/Berlin", "2026-06-17T23:00", f"Today({DUE})", "ge 2026-06-17T22:00:00Z lt 2026-06-18T22:00:00Z"),
    Day("America/New_York", "2026-06-17T03:00", f"Today({DUE})", "ge 2026-06-16T04:00:00Z lt 2026-06-17T04:00:00Z"),
    Day("Europe/Berlin", "2026-03-29T12:00", f"Today({DUE})", "ge 2026-03-28T23:00:00Z lt 2026-03-29T22:00:00Z"),
    Day("Europe/Berlin", "2026-10-25T12:00", f"Today({DUE})", "ge 2026-10-24T22:00:00Z lt 2026-10-25T23:00:00Z"),
    Day("Europe/Berlin", "2026-03-30T12:00", f"Yesterday({DUE})", "ge 2026-03-28T23:00:00Z lt 2026-03-29T22:00:00Z"),
    Day("Europe/Berlin", "2026-06-17T12:00", f"On({DUE},PropertyValue='2026-01-05')",
        "ge 2026-01-04T23:00:00Z lt 2026-01-05T23:00:00Z"),
    Day("Europe/Berlin", "2026-06-17T12:00", f"OlderThanXDays({DUE},PropertyValue=2)", "lt 2026-06-14T22:00:00Z"),
    Day("Europe/Berlin", "2026-06-17T12:00", f"LastXDays({DUE},PropertyValue=7)",
        "ge 2026-06-09T22:00:00Z le 2026-06-17T12:00:00Z"),
    Day("Europe/Berlin", "2026-06-17T12:00", f"LastXHours({DUE},PropertyValue=2)",
        "ge 2026-06-17T10:00:00Z le 2026-06-17T12:00:00Z"),
    Day("America/New_York", "2026-06-17T03:00", f"Today({BORN})", "ge 2026-06-16 lt 2026-06-17"),
    Day("Europe/Berlin", "2026-06-16T23:00", f"Today({BORN})", "ge 2026-06-17 lt 2026-06-18"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "case"), [(each.zone, each) for each in DAYS], indirect=["zone"])
def test_a_day(zone: str, case: Day) -> None:
    kind = ENTITIES["contact" if BORN in case.question else "task"]
    now = datetime.fromisoformat(case.now).replace(tzinfo=UTC).astimezone(HERE)
    plain = format_filter(resolve(parse_filter(CRM + case.question, kind), None, now), kind)
    for word in ("scheduledend ", "birthdate ", "(", ")", "and "):
        plain = plain.replace(word, "")
    assert plain == case.plain


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland"], indirect=True)
def test_both_ends_mean_the_same_day(zone: str, office: Office) -> None:
    ann = office.desk("ann", task=f"{CRM}Today({DUE})", contact=f"{CRM}LastXDays({BORN},PropertyValue=1)")
    ben = office.desk("ben", task="true", contact="true")
    midnight = office.clock().astimezone(HERE).replace(hour=0, minute=0, second=0)
    for hours in (-1, 0, 23, 24):
        moment = datetime.fromtimestamp(midnight.astimezone(UTC).timestamp() + hours * 3600, UTC)
        ben.make("task", subject=str(hours), scheduledend=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for day in range(15, 20):
        ben.make("contact", lastname=str(day), birthdate=f"2026-06-{day}")
    ben.sync()
    ann.sync()
    today = midnight.day
    assert here(ann, "task", "subject") == ["0", "23"]
    assert here(ann, "contact", "lastname") == [str(today - 1), str(today)]
    assert here(ben, "task", "subject", f"{CRM}Today({DUE})") == ["0", "23"]
    assert here(ben, "contact", "lastname", f"{CRM}LastXDays({BORN},PropertyValue=1)") == [str(today - 1), str(today)]


def here(desk: Desk, entity: str, name: str, question: str = "true") -> list[str]:
    """That field of the local records that answer."""
    query = Query(entity, filter=parse_filter(question, ENTITIES[entity]))
    with desk.session.store.read() as reader:
        return sorted(str(each[name]) for each in records.find(reader, query, desk.session.clock()))
