"""Days and times as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.ui import moments
from crmdesk.ui.quick_add import task_from

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day", "at", "rest"),
    [
        ("call back tomorrow 15:00", "2026-11-24", "15:00", "call back"),
        ("call back friday at 9", "2026-11-27", "09:00", "call back"),
        ("monday", "2026-11-30", None, ""),
        ("send it 12.12.", "2026-12-12", None, "send it"),
        ("1.2.", "2027-02-01", None, ""),
        ("2026-12-24 08:30", "2026-12-24", "08:30", ""),
        ("24/12/2026", "2026-12-24", None, ""),
        ("lunch 1pm", "2026-11-23", "13:00", "lunch"),
        ("order 20 chairs", None, None, "order 20 chairs"),
        ("33.12.", None, None, "33.12."),
    ],
)
def test_days_and_times_are_found(qapp: QApplication, text: str, day: str | None, at: str | None, rest: str) -> None:
    found = moments.find(text, MONDAY)
    assert found.day == (date.fromisoformat(day) if day else None)
    assert (found.at.strftime("%H:%M") if found.at else None) == at
    assert found.rest == rest


def test_what_is_written_is_read_again(qapp: QApplication) -> None:
    for day in (MONDAY, date(2026, 1, 2), date(1976, 3, 29), date(2030, 12, 31)):
        assert moments.read_moment(moments.write_day(day), MONDAY) == datetime.combine(day, datetime.min.time())


def test_what_is_no_date_is_said_in_words(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="soonish"):
        moments.read_moment("soonish", MONDAY)


def test_a_line_becomes_a_task(qapp: QApplication) -> None:
    quick = task_from("call back tomorrow 15:00 #contoso !", datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert quick.values["subject"] == "call back"
    assert quick.about == "contoso"
    assert quick.values["prioritycode"] == 2
    due = datetime.fromisoformat(str(quick.values["scheduledend"])).astimezone()
    assert (due.day, due.hour) == (24, 15)
