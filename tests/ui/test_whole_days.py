"""The tick "All day" in a form, and whole days as they are read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from crmdesk.model.record import Record, Value
from crmdesk.model.whole_days import span_of
from crmdesk.ui.record_form import RecordForm
from crmdesk.ui.words import field_text

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
KEY = "00000000-0000-4000-8000-000000000001"
TIMED = {"scheduledstart": "2026-06-17T13:30:20Z", "scheduledend": "2026-06-17T15:00:00Z"}

ZONES = pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati"], indirect=True)


@pytest.fixture
def form(qtbot: QtBot) -> RecordForm:
    made = RecordForm(lambda targets, text: [], lambda reference: None)
    qtbot.addWidget(made)
    made.show()
    return made


def appointment(**values: Value) -> Record:
    return Record("appointment", KEY, {"subject": "Fair", **values})


def whole(first: int, last: int) -> dict[str, Value]:
    begin, end = span_of(NOW.date().replace(day=first), NOW.date().replace(day=last))
    return {"isalldayevent": True, "scheduledstart": begin, "scheduledend": end}


def line(form: RecordForm, name: str) -> QLineEdit:
    (found,) = (each for each in form.findChildren(QLineEdit) if each.accessibleName() == name)
    return found


def tick(form: RecordForm, qtbot: QtBot) -> None:
    (box,) = (each for each in form.findChildren(QCheckBox) if each.accessibleName() == "All day")
    qtbot.keyClick(box, Qt.Key.Key_Space)


def typed(form: RecordForm, qtbot: QtBot, name: str, text: str) -> None:
    line(form, name).selectAll()
    qtbot.keyClicks(line(form, name), text)


@ZONES
def test_ticking_leaves_the_days(zone: str, form: RecordForm, qtbot: QtBot) -> None:
    form.edit(appointment(**whole(17, 17) | {"isalldayevent": False}))
    typed(form, qtbot, "Start", "2026-06-17 09:00")
    typed(form, qtbot, "End", "2026-06-18 10:00")
    tick(form, qtbot)
    assert ":" not in line(form, "Start").text() + line(form, "End").text()
    begin, end = span_of(NOW.date().replace(day=17), NOW.date().replace(day=18))
    assert form.changes() == {"isalldayevent": True, "scheduledend": end}, "it began at that midnight already"
    typed(form, qtbot, "Start", "2026-06-16")
    assert form.changes()["scheduledstart"] == begin.replace("-17T", "-16T")


@ZONES
def test_unticking_at_once_gives_the_times_back(zone: str, form: RecordForm, qtbot: QtBot) -> None:
    form.edit(appointment(**TIMED))
    before = line(form, "Start").text(), line(form, "End").text()
    tick(form, qtbot)
    assert (line(form, "Start").text(), line(form, "End").text()) != before
    tick(form, qtbot)
    assert (line(form, "Start").text(), line(form, "End").text()) == before


@ZONES
def test_what_lasted_whole_days_lasts_an_hour_at_nine(zone: str, form: RecordForm, qtbot: QtBot) -> None:
    form.edit(appointment(**whole(17, 17)))
    tick(form, qtbot)
    changed = form.changes()
    assert changed["isalldayevent"] is False
    moments = [datetime.fromisoformat(str(changed[name])).astimezone() for name in ("scheduledstart", "scheduledend")]
    assert [(each.day, each.hour) for each in moments] == [(17, 9), (17, 10)]


@ZONES
def test_what_nobody_touches_stays_to_the_second(zone: str, form: RecordForm) -> None:
    for values in (TIMED, whole(17, 19), {**TIMED, "isalldayevent": True}):
        form.edit(appointment(**values))
        assert form.changes() == {}


@ZONES
def test_whole_days_are_read_as_days(zone: str, form: RecordForm) -> None:
    record = appointment(**whole(17, 19))
    read = [field_text(record, name, lambda _: None, NOW) for name in ("scheduledstart", "scheduledend")]
    assert read == ["17 Jun", "19 Jun"]
    form.show_record(record, NOW)
    shown = [each.text() for each in form.findChildren(QLabel)]
    assert set(read) <= set(shown)
