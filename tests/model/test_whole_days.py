"""Which days whole-day appointments mean, wherever the computer stands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crmdesk.model.whole_days import days_of, span_of
from crmdesk.model.words import ENTITIES

APPOINTMENT = ENTITIES["appointment"]
DAY = date(2026, 6, 17)
ZONES = ("America/Los_Angeles", "UTC", "Europe/Berlin", "Asia/Tokyo", "Pacific/Kiritimati")


def whole(start: str, end: str) -> tuple[date, date] | None:
    return days_of(APPOINTMENT, {"isalldayevent": True, "scheduledstart": start, "scheduledend": end})


@pytest.mark.parametrize("zone", ZONES, indirect=True)
@pytest.mark.parametrize("days", [1, 2, 30])
def test_what_is_written_here_is_the_same_day_everywhere(zone: str, days: int) -> None:
    last = DAY + timedelta(days=days - 1)
    assert whole(*span_of(DAY, last)) == (DAY, last)


WRITTEN_ELSEWHERE = [  # where this computer stands, the moments, the days that are shown
    ("America/Los_Angeles", "2026-06-17T07:00:00Z", "2026-06-18T07:00:00Z", (17, 17)),
    ("Europe/Berlin", "2026-06-16T22:00:00Z", "2026-06-17T22:00:00Z", (17, 17)),
    ("Europe/Berlin", "2026-06-16T22:00:00Z", "2026-06-19T22:00:00Z", (17, 19)),
    ("Asia/Tokyo", "2026-06-17T07:00:00Z", "2026-06-18T07:00:00Z", (17, 17)),  # a midnight of Los Angeles
    ("UTC", "2026-06-17T09:00:00Z", "2026-06-17T10:00:00Z", (17, 17)),
    ("UTC", "2026-06-17T09:00:00Z", "2026-06-17T09:00:00Z", (17, 17)),
]


@pytest.mark.parametrize(("zone", "start", "end", "shown"), WRITTEN_ELSEWHERE, indirect=["zone"])
def test_midnights_of_other_programs(zone: str, start: str, end: str, shown: tuple[int, int]) -> None:
    first, last = shown
    assert whole(start, end) == (date(2026, 6, first), date(2026, 6, last))


@pytest.mark.parametrize("zone", ["Europe/Berlin"], indirect=True)
def test_a_day_on_which_the_clocks_change_is_one_day(zone: str) -> None:
    assert whole("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z") == (date(2026, 10, 25), date(2026, 10, 25))
    assert whole("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z") == (date(2026, 3, 29), date(2026, 3, 29))


def test_what_has_times_or_cannot_last_days_has_none() -> None:
    assert (
        days_of(APPOINTMENT, {"scheduledstart": "2026-06-17T09:00:00Z", "scheduledend": "2026-06-17T10:00:00Z"}) is None
    )
    assert days_of(APPOINTMENT, {"isalldayevent": True, "scheduledstart": None, "scheduledend": None}) is None
    assert days_of(ENTITIES["task"], {"scheduledend": "2026-06-17T09:00:00Z"}) is None
