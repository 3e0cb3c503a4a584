"""Values changed in the grid itself, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.model.record import Record, Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import records
from crmdesk.ui.record_table import RecordTable

Make = Callable[..., Reference]
NAME, PHONE = ("name", "telephone1")


@pytest.fixture
def contoso(opened: App, make: Make) -> Reference:
    """An account in the grid, current, with the keyboard there."""
    made = make("account", name="Contoso", telephone1="030 1")
    opened.window.show_pane("records")
    table = grid(opened)
    table.choose_row(0)
    table.setFocus()
    return made


def grid(opened: App) -> RecordTable:
    tables = opened.window.findChildren(RecordTable)
    return next(each for each in tables if each.accessibleName() == "Records")


def section_of(name: str) -> int:
    return ENTITIES["account"].columns.index(name)


def edited(opened: App) -> QWidget | None:
    """The editor that has the keyboard, if one in the grid has."""
    focus, table = QApplication.focusWidget(), grid(opened)
    return focus if focus is not None and focus is not table and table.isAncestorOf(focus) else None


def line_edit(opened: App, qtbot: QtBot) -> QLineEdit:
    qtbot.waitUntil(lambda: isinstance(edited(opened), QLineEdit))
    found = edited(opened)
    assert isinstance(found, QLineEdit)
    return found


def stored(opened: App, reference: Reference) -> Record:
    with opened.desk.read() as reader:
        found = records.get(reader, reference)
    assert found is not None
    return found


def press(opened: App, qtbot: QtBot, key: Qt.Key) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    qtbot.keyClick(focus, key)


def test_f2_changes_a_value_and_the_bar_takes_it_back(opened: App, contoso: Reference, qtbot: QtBot) -> None:
    press(opened, qtbot, Qt.Key.Key_F2)
    line = line_edit(opened, qtbot)
    assert line.text() == "Contoso"
    line.selectAll()
    qtbot.keyClicks(line, "Fabrikam")
    press(opened, qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stored(opened, contoso)["name"] == "Fabrikam")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is grid(opened))
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: stored(opened, contoso)["name"] == "Contoso")


def test_escape_leaves_and_tab_goes_on_and_nothing_is_written_when_nothing_changed(
    opened: App, contoso: Reference, qtbot: QtBot
) -> None:
    before = stored(opened, contoso)
    press(opened, qtbot, Qt.Key.Key_F2)
    qtbot.keyClicks(line_edit(opened, qtbot), "x")
    press(opened, qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is grid(opened))
    press(opened, qtbot, Qt.Key.Key_F2)
    name = line_edit(opened, qtbot)
    press(opened, qtbot, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: edited(opened) not in (None, name))
    press(opened, qtbot, Qt.Key.Key_Backtab)
    assert line_edit(opened, qtbot).text() == "Contoso"
    press(opened, qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is grid(opened))
    assert stored(opened, contoso) == before


def test_a_value_that_cannot_be_kept_stays_with_its_reason(opened: App, contoso: Reference, qtbot: QtBot) -> None:
    press(opened, qtbot, Qt.Key.Key_F2)
    line = line_edit(opened, qtbot)
    line.clear()
    press(opened, qtbot, Qt.Key.Key_Return)
    reasons = [each.text() for each in grid(opened).findChildren(QLabel) if each.isVisible()]
    assert reasons == [line.accessibleDescription()]
    assert line.hasFocus()
    assert stored(opened, contoso)["name"] == "Contoso"


def test_a_slow_second_click_edits_the_cell_and_turning_away_saves_it(
    opened: App, contoso: Reference, qtbot: QtBot
) -> None:
    table = grid(opened)
    place = table.visualRect(table.rows.index(0, section_of(PHONE))).topLeft() + QPoint(20, 8)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    line = line_edit(opened, qtbot)
    assert line.text() == "030 1"
    qtbot.keyClicks(line, "23")
    line.setText("030 123")
    next(each for each in opened.window.findChildren(QComboBox) if each.accessibleName() == "View").setFocus()
    qtbot.waitUntil(lambda: stored(opened, contoso)["telephone1"] == "030 123")
