"""The one form: what is read, what is typed, what is emitted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.model.record import Record, Reference
from crmdesk.model.words import ENTITIES
from crmdesk.ui.language import speak
from crmdesk.ui.picker import PickerField, Suggestion
from crmdesk.ui.record_form import RecordForm

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CONTOSO = Reference("account", "00000000-0000-4000-8000-00000000000a")
KEY = "00000000-0000-4000-8000-000000000001"


def find(targets: tuple[str, ...], text: str) -> list[Suggestion]:
    named = [Suggestion(CONTOSO, "Contoso", "Seattle")]
    return [each for each in named if text.lower() in each.name.lower() and "account" in targets]


@pytest.fixture
def form(qtbot: QtBot) -> RecordForm:
    made = RecordForm(find, lambda reference: "Contoso" if reference == CONTOSO else None)
    qtbot.addWidget(made)
    made.resize(500, 900)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def contact(**values: object) -> Record:
    return Record("contact", KEY, {"firstname": "Jeff", "lastname": "Smith", **values})


def editor(form: RecordForm, label: str) -> QWidget:
    (found,) = (w for w in form.findChildren(QWidget) if w.accessibleName() == label and w.isVisible())
    return found


def typed(qtbot: QtBot, form: RecordForm, label: str, text: str) -> None:
    line = editor(form, label)
    assert isinstance(line, QLineEdit)
    line.selectAll()
    qtbot.keyClicks(line, text)


def test_only_what_was_changed_is_emitted(qtbot: QtBot, form: RecordForm) -> None:
    form.edit(contact())
    typed(qtbot, form, "First name", "John")
    with qtbot.waitSignal(form.saved) as saved:
        qtbot.keyClick(editor(form, "First name"), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert saved.args == [{"firstname": "John"}]


def test_what_a_field_cannot_hold_is_said_beside_it_and_nothing_is_emitted(qtbot: QtBot, form: RecordForm) -> None:
    form.edit(Record("account", KEY, {"name": "Contoso"}))
    typed(qtbot, form, "Employees", "many")
    with qtbot.assertNotEmitted(form.saved):
        assert not form.save()
    assert "'many' is not a number." in [w.property("text") for w in form.findChildren(QWidget) if w.isVisible()]


def test_what_must_be_filled_must_be_filled(qtbot: QtBot, form: RecordForm) -> None:
    form.edit(contact())
    line = editor(form, "Last name")
    assert isinstance(line, QLineEdit)
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    with qtbot.assertNotEmitted(form.saved):
        assert not form.save()


def test_a_lookup_is_chosen_by_typing(qtbot: QtBot, form: RecordForm) -> None:
    form.edit(contact())
    field = editor(form, "Company")
    assert isinstance(field, PickerField)
    field.setFocus()
    qtbot.keyClicks(field, "cont")
    field.look()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert form.changes() == {"parentcustomerid": str(CONTOSO)}


def test_a_text_that_was_not_chosen_is_taken_back(qtbot: QtBot, form: RecordForm) -> None:
    form.edit(contact(parentcustomerid=str(CONTOSO)))
    field = editor(form, "Company")
    assert isinstance(field, PickerField)
    field.setFocus()
    qtbot.keyClicks(field, "xyz")
    editor(form, "Job title").setFocus()
    assert field.text() == "Contoso"
    assert form.changes() == {}


def test_choosing_a_state_takes_its_usual_status_along(qtbot: QtBot, form: RecordForm) -> None:
    form.edit(Record("opportunity", KEY, {"name": "Refit", "statecode": 0, "statuscode": 1}))
    state, status = editor(form, "State"), editor(form, "Status")
    assert isinstance(state, QComboBox)
    assert isinstance(status, QComboBox)
    state.setFocus()
    qtbot.keyClick(state, Qt.Key.Key_Down)
    assert form.changes() == {"statecode": 1, "statuscode": 3}
    assert [status.itemText(row) for row in range(status.count())] == ["Won"]


def test_editing_without_a_change_changes_nothing_for_every_kind(form: RecordForm) -> None:
    for kind in ENTITIES.values():
        if kind.form:
            form.edit(Record(kind.name, KEY, {}))
            assert form.changes() == {}


def test_reading_shows_what_is_filled(form: RecordForm) -> None:
    form.show_record(contact(jobtitle="Head of Purchasing", parentcustomerid=str(CONTOSO)), NOW)
    said = {w.accessibleName() for w in form.findChildren(QWidget) if w.isVisible()}
    assert {"First name: Jeff", "Job title: Head of Purchasing", "Company: Contoso"} <= said
    assert not any(name.startswith("Department") for name in said)


def test_what_does_not_fit_is_told_in_the_windows_language(
    qtbot: QtBot, form: RecordForm, request: pytest.FixtureRequest
) -> None:
    speak("de")
    request.addfinalizer(lambda: speak("en"))
    form.edit(Record("account", KEY, {"name": "Contoso"}))
    typed(qtbot, form, "Beschäftigte", "2,5")
    assert not form.save()
    assert "Eine ganze Zahl wird erwartet." in [each.text() for each in form.findChildren(QLabel)]
