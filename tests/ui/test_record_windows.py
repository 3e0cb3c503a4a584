"""Records in windows of their own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.app import App
from crmdesk.model.record import Reference
from crmdesk.ui.records.record_window import RecordWindow


def windows() -> list[RecordWindow]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, RecordWindow) and each.isVisible()]


@pytest.fixture
def smith(opened: App, qtbot: QtBot) -> RecordWindow:
    """Smith's window, asked for by the key in the CRM pane."""
    made = opened.desk.session.do(lambda tx: edit.create(tx, "contact", {"lastname": "Smith"}))
    opened.window.show_pane("records").reveal(Reference("contact", str(made.result)))
    opened.window.commands["open window"].trigger()
    (window,) = windows()
    return window


def test_a_record_has_one_window(smith: RecordWindow, opened: App) -> None:
    assert smith.windowTitle() == "Smith"
    opened.window.commands["open window"].trigger()
    assert windows() == [smith]


def test_it_follows_changes_and_closes_with_escape(smith: RecordWindow, opened: App, qtbot: QtBot) -> None:
    record = smith.view.record
    assert record is not None
    opened.desk.do(lambda tx: edit.change(tx, record.reference, {"jobtitle": "Buyer"}))
    qtbot.waitUntil(lambda: smith.view.record is not None and smith.view.record["jobtitle"] == "Buyer")
    qtbot.keyClick(smith, Qt.Key.Key_Escape)
    assert windows() == []


def test_it_goes_with_the_main_window(smith: RecordWindow, opened: App) -> None:
    assert opened.window.close()
    assert windows() == []
