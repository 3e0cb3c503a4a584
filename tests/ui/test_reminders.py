"""Reminders in the window: they come by themselves, beside the work, and go when they are answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from crmdesk.actions import choose, edit
from crmdesk.app import App
from crmdesk.model.record import Reference
from crmdesk.ui.dialogs.reminders import RemindersDialog


def in_minutes(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def dialog(opened: App, qtbot: QtBot) -> RemindersDialog:
    """The reminder of a meeting that begins in five minutes."""
    meeting = {"subject": "Offer", "scheduledstart": in_minutes(5), "scheduledend": in_minutes(65)}
    opened.desk.do(lambda tx: edit.create(tx, "appointment", meeting))
    qtbot.waitUntil(lambda: opened.window.findChild(RemindersDialog) is not None)
    found = opened.window.findChild(RemindersDialog)
    assert isinstance(found, RemindersDialog)
    qtbot.waitUntil(found.isVisible)
    return found


def press(dialog: RemindersDialog, qtbot: QtBot, name: str) -> None:
    (found,) = [each for each in dialog.findChildren(QPushButton) if each.accessibleName() == name]
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def test_it_comes_beside_the_work(dialog: RemindersDialog, opened: App) -> None:
    assert dialog.heading.text() == "1 reminder"
    assert not dialog.isModal()


def test_it_goes_when_it_is_dismissed(dialog: RemindersDialog, opened: App, qtbot: QtBot) -> None:
    closed: list[int] = []
    dialog.finished.connect(closed.append)
    press(dialog, qtbot, "Dismiss: Offer")
    qtbot.waitUntil(lambda: bool(closed))


def test_it_opens_what_it_is_about(dialog: RemindersDialog, opened: App, qtbot: QtBot) -> None:
    asked: list[Reference] = []
    dialog.opened.connect(asked.append)
    press(dialog, qtbot, "Open: Offer")
    assert [each.entity for each in asked] == ["appointment"]
    assert opened.window.current == "records"


def test_who_wants_none_has_none(opened: App, qtbot: QtBot) -> None:
    opened.desk.do(lambda tx: choose.set_option(tx, "reminders.on", "false"))
    meeting = {"subject": "Offer", "scheduledstart": in_minutes(5), "scheduledend": in_minutes(65)}
    heard: list[object] = []
    with qtbot.waitSignal(opened.desk.changed):
        opened.desk.do(lambda tx: edit.create(tx, "appointment", meeting))
    opened.desk.in_background(lambda reader: None, heard.append)  # after the look that the change brought
    qtbot.waitUntil(lambda: bool(heard))
    assert opened.window.findChild(RemindersDialog) is None
