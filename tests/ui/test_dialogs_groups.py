"""Local data groups in the window: conditions as rows and as text, a live count, and nothing saved before Save."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QMenu, QPushButton, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.actions import choose
from crmdesk.app import App
from crmdesk.model.conditions import operators_for
from crmdesk.model.query import Column
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES
from crmdesk.store import local_data
from crmdesk.store.local_data import MINE
from crmdesk.sync.measure import Measured
from crmdesk.ui.dialogs.conditions import ConditionBox, ConditionRow, operator_words
from crmdesk.ui.dialogs.group_page import measured_words
from crmdesk.ui.dialogs.local_data_groups import LocalDataGroups
from crmdesk.ui.dialogs.options import PersonalOptions

CRM = "Microsoft.Dynamics.CRM."


@pytest.fixture
def dialog(opened: App, make: Callable[..., Reference], qtbot: QtBot) -> LocalDataGroups:
    for number in range(3):
        make("contact", lastname=f"Smith {number}", jobtitle="Buyer" if number else None)
    opened.desk.session.sync()
    return shown(opened, qtbot)


def shown(opened: App, qtbot: QtBot, entity: str = "contact") -> LocalDataGroups:
    made = LocalDataGroups(opened.desk, opened.window, entity)
    made.open()
    qtbot.waitExposed(made)
    return made


Kind = TypeVar("Kind", bound=QWidget)


def control(dialog: QWidget, kind: type[Kind], name: str) -> Kind:
    found = [each for each in dialog.findChildren(kind) if each.accessibleName() == name and each.isVisible()]
    assert len(found) == 1, (name, [each.accessibleName() for each in dialog.findChildren(kind)])
    return found[0]


def pick(qtbot: QtBot, combo: QComboBox, words: str) -> None:
    """Choose by keyboard, as it stands in the list."""
    combo.setFocus()
    place = combo.findText(words)
    assert place >= 0, [combo.itemText(n) for n in range(combo.count())]
    qtbot.keyClick(combo, Qt.Key.Key_Home)
    for _ in range(place):
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText() == words


def saved(opened: App, entity: str = "contact") -> list[tuple[str, str, bool]]:
    with opened.desk.read() as reader:
        return [(each.name, each.filter, each.enabled) for each in local_data.all_groups(reader)[entity]]


def draft(dialog: LocalDataGroups) -> str:
    group = dialog.page.group
    assert group is not None
    return group.filter


def count(dialog: LocalDataGroups) -> str:
    return dialog.page.count.words.text()


def test_conditions_by_keyboard_with_a_live_count(opened: App, dialog: LocalDataGroups, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: count(dialog).startswith("This is 3 records, about "))
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert dialog.page.name.hasFocus()
    qtbot.keyClicks(dialog.page.name, "Buyers")
    assert draft(dialog) == MINE
    qtbot.mouseClick(button_of(dialog, "Add a condition"), Qt.MouseButton.LeftButton)
    assert "Say what Full name is compared with." in count(dialog)
    assert not dialog.save.isEnabled()
    row = dialog.findChildren(ConditionRow)[-1]
    pick(qtbot, row.field, "Job title")
    pick(qtbot, row.operator, "begins with")
    qtbot.keyClicks(control(row, QLineEdit, "Value of Job title"), "buy")
    assert draft(dialog) == f"{MINE} and startswith(jobtitle,'buy')"
    qtbot.waitUntil(lambda: count(dialog).startswith("This is 2 records, about "))
    assert saved(opened) == [("My contacts", MINE, True)]
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(saved(opened)) == 2)
    assert saved(opened)[1] == ("Buyers", f"{MINE} and startswith(jobtitle,'buy')", True)


def button_of(dialog: QWidget, words: str) -> QAbstractButton:
    found = [each for each in dialog.findChildren(QAbstractButton) if each.text() == words and each.isVisible()]
    assert found, words
    return found[-1]


def test_each_kind_of_value_has_its_editor(opened: App, dialog: LocalDataGroups, qtbot: QtBot) -> None:
    row = dialog.findChildren(ConditionRow)[0]
    assert (row.field.currentText(), row.operator.currentText()) == ("Owner", "is me")
    pick(qtbot, row.field, "Changed on")
    pick(qtbot, row.operator, "in the last … days")
    spin = control(row, QSpinBox, "How many, for Changed on")
    spin.setValue(30)
    assert draft(dialog) == f"{CRM}LastXDays(PropertyName='modifiedon',PropertyValue=30)"
    pick(qtbot, row.operator, "is on or after")
    day = control(row, QLineEdit, "Value of Changed on")
    qtbot.keyClicks(day, "no day at all")
    assert not dialog.save.isEnabled()
    day.clear()
    qtbot.keyClicks(day, "2026-11-23")
    assert draft(dialog) == f"{CRM}OnOrAfter(PropertyName='modifiedon',PropertyValue='2026-11-23')"
    pick(qtbot, row.field, "Company (Account) › Account name")
    pick(qtbot, row.operator, "is")
    qtbot.keyClicks(control(row, QLineEdit, "Value of Account name"), "Acme")
    assert draft(dialog) == "parentcustomerid_account/name eq 'Acme'"
    pick(qtbot, row.field, "Status")
    pick(qtbot, row.operator, "is one of")
    several = control(row, QPushButton, "Values of Status")
    several.click()
    menu = several.findChild(QMenu)
    assert isinstance(menu, QMenu)
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Space)
    menu.close()
    assert draft(dialog) == f"{CRM}In(PropertyName='statuscode',PropertyValues=[\"1\"])"
    assert several.text() == "Active"


def test_a_record_is_chosen_by_the_picker(
    opened: App, dialog: LocalDataGroups, make: Callable[..., Reference], qtbot: QtBot
) -> None:
    acme = make("account", name="Acme")
    row = dialog.findChildren(ConditionRow)[0]
    pick(qtbot, row.field, "Company")
    pick(qtbot, row.operator, "is")
    field = control(row, QLineEdit, "Value of Company")
    qtbot.keyClicks(field, "acm")
    qtbot.wait(80)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert draft(dialog) == f"_parentcustomerid_value eq {acme.id}"
    dialog.page.conditions.as_text.click()
    dialog.page.conditions.as_rows.click()
    assert control(dialog, QLineEdit, "Value of Company").text() == "Acme"


def test_boxes_in_boxes_and_back_to_one_row(dialog: LocalDataGroups, qtbot: QtBot) -> None:
    button_of(dialog, "Add an inner group").click()
    inner = dialog.findChildren(ConditionBox)[-1]
    qtbot.keyClicks(control(inner, QLineEdit, "Value of Full name"), "x")
    button_of(inner, "Add a condition").click()
    second = inner.findChildren(ConditionRow)[-1]
    qtbot.keyClicks(control(second, QLineEdit, "Value of Full name"), "y")
    assert draft(dialog) == f"{MINE} and (contains(fullname,'x') or contains(fullname,'y'))"
    control(inner, QToolButton, "Remove these conditions").click()
    assert draft(dialog) == MINE
    control(dialog, QToolButton, "Remove this condition").click()
    assert draft(dialog) == "true"
    assert dialog.save.isEnabled()


def test_what_rows_cannot_say_is_written_as_text(opened: App, dialog: LocalDataGroups, qtbot: QtBot) -> None:
    page = dialog.page
    page.conditions.as_text.click()
    page.conditions.text.setPlainText("nonsense here")
    assert "understood" in count(dialog)
    assert (dialog.save.isEnabled(), dialog.side.isEnabled()) == (False, False)
    page.conditions.text.setPlainText("Contact_Tasks/any(t:t/statecode eq 0)")
    assert not page.conditions.as_rows.isEnabled()
    qtbot.waitUntil(lambda: count(dialog) == "This is 0 records")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: saved(opened)[0][1] == "Contact_Tasks/any(t:t/statecode eq 0)")
    again = shown(opened, qtbot)
    assert again.page.conditions.text.isVisible()
    again.reject()


def test_on_and_off_removed_and_brought_back(opened: App, dialog: LocalDataGroups, qtbot: QtBot) -> None:
    dialog.page.enabled.click()
    items = [dialog.side.item(n).text() for n in range(dialog.side.count())]
    assert "My Contacts (off)" in items
    dialog.remove.click()
    assert "Contacts have no group, so none is kept. 3 records are here now." in dialog.empty.text()
    dialog.defaults.click()
    assert draft(dialog) == MINE
    assert not dialog.save.isEnabled(), "as it was"
    dialog.remove.click()
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: saved(opened) == [])


def test_names_that_stand_twice_are_refused_inside_the_dialog(
    opened: App, dialog: LocalDataGroups, qtbot: QtBot
) -> None:
    dialog.add.click()
    dialog.page.name.selectAll()
    qtbot.keyClicks(dialog.page.name, "my contacts")
    dialog.save.click()
    qtbot.waitUntil(lambda: "Two groups of contacts are called" in dialog._failure.text())
    assert dialog.isVisible()
    dialog.page.name.clear()
    qtbot.keyClicks(dialog.page.name, " ")
    assert not dialog.save.isEnabled()


def test_offline_it_is_counted_later(opened: App, dialog: LocalDataGroups, qtbot: QtBot) -> None:
    opened.desk.session.go_offline(now=True)
    dialog.page.enabled.click()
    dialog.page.conditions.as_text.click()
    dialog.page.conditions.text.setPlainText("true")
    qtbot.waitUntil(lambda: count(dialog) == "It is counted when you are online.")


def test_what_is_written_stays_when_others_change_something(opened: App, dialog: LocalDataGroups, qtbot: QtBot) -> None:
    dialog.page.name.setFocus()
    dialog.page.name.selectAll()
    qtbot.keyClicks(dialog.page.name, "Mine alone")
    opened.desk.do(lambda tx: choose.set_group(tx, "account", "true"))
    qtbot.waitUntil(lambda: saved(opened, "account")[0][1] == "true")
    qtbot.waitUntil(lambda: "All Accounts" in [dialog.side.item(n).text() for n in range(dialog.side.count())])
    assert dialog.page.name.text() == "Mine alone"
    dialog.save.click()
    qtbot.waitUntil(lambda: saved(opened)[0][0] == "Mine alone")
    assert saved(opened, "account")[0][1] == "true"


def test_it_is_reached_from_the_options_and_by_command(opened: App, qtbot: QtBot) -> None:
    opened.window.commands["groups"].trigger()
    (editor,) = opened.window.findChildren(LocalDataGroups)
    editor.reject()
    options = PersonalOptions(opened.desk, opened.window)
    options.show_page("Local data")
    options.open()
    control(options, QAbstractButton, "Change the groups of Tasks").click()
    (editor,) = options.findChildren(LocalDataGroups)
    assert editor.entity == "task"
    editor.reject()


def test_every_operator_has_words_and_every_row_can_be_shown(opened: App, qtbot: QtBot) -> None:
    wordless = {"is", "contains", "is me"}
    for entity in LOCAL_ENTITIES:
        for field in ENTITIES[entity].fields:
            for each in operators_for(field):
                assert operator_words(each.name) != each.name or each.name in wordless | SAME, each.name
    dialog = shown(opened, qtbot, "task")
    for entity in LOCAL_ENTITIES:
        dialog.side.choose(entity)
        assert dialog.entity == entity
    dialog.reject()


SAME = {
    "is not me", "is not", "is one of", "is none of", "does not contain", "begins with", "does not begin with",
    "ends with", "does not end with", "is more than", "is at least", "is less than", "is at most", "has a value",
    "is empty",
}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "It is counted when you are online."),
        (Measured(0), "This is 0 records"),
        (Measured(1, size=2048), "This is 1 record, about 2 KB"),
        (Measured(1240, size=3_000_000), "This is 1,240 records, about 3 MB"),
        (Measured(5000, is_more=True, size=None), "More than 5,000 records"),
        (Measured(12000, is_about=True, size=20_000_000), "About 12,000 records, about 19 MB"),
    ],
)
def test_how_much_it_is_in_words(found: Measured | None, words: str) -> None:
    assert measured_words(found).replace("kB", "KB") == words


def test_a_field_far_away_is_shown_too(opened: App, qtbot: QtBot) -> None:
    far = "parentcustomerid_account/primarycontactid/fullname eq 'x'"
    opened.desk.session.do(lambda tx: choose.set_group(tx, "contact", far))
    dialog = shown(opened, qtbot)
    (row,) = dialog.findChildren(ConditionRow)
    assert row.field.currentText() == "Company (Account) › Primary contact › Full name"
    assert row.condition.column == Column("fullname", ("parentcustomerid_account", "primarycontactid"))
    dialog.reject()
