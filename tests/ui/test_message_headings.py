"""Where the headings of a message list begin."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from crmdesk.ui.mail import message_rows
from crmdesk.ui.words import day_heading, local


@pytest.mark.parametrize("ahead", range(0, 400, 13))
def test_every_day_stands_under_its_own_heading(ahead: int) -> None:
    today = date(2026, 1, 1) + timedelta(days=ahead)
    begins = [(name, local(moment).date()) for name, moment in message_rows._headings(today, "en")]
    for ago in range(700):
        day = today - timedelta(days=ago)
        stands_under = next(name for name, begin in begins if day >= begin)
        assert stands_under == day_heading(day, today)


def test_headings_begin_at_the_computer_s_midnight() -> None:
    moments = [local(moment) for _, moment in message_rows._headings(date(2026, 6, 17), "en")]
    assert {moment.time() for moment in moments} == {time()}
    assert moments[0] == datetime(2026, 6, 17).astimezone()
