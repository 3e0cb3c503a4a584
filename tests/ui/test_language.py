"""The window in another language, also while it is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk import texts
from crmdesk.actions import choose
from crmdesk.app import App
from crmdesk.ui.language import speak


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


def said(window: QWidget) -> set[str]:
    """The texts of labels and buttons in sight."""
    parts: list[QLabel | QPushButton] = [*window.findChildren(QLabel), *window.findChildren(QPushButton)]
    return {part.text() for part in parts if part.isVisible() and part.text()}


def test_the_language_changes_while_the_window_is_open(opened: App, qtbot: QtBot) -> None:
    opened.window.show_pane("tasks")
    before = opened.window
    opened.desk.do(lambda tx: choose.set_option(tx, "appearance.language", "de"))
    qtbot.waitUntil(lambda: opened.window is not before)
    qtbot.waitUntil(lambda: opened.window.isVisible())
    assert texts.language() == "de"
    assert opened.window.current == "tasks"
    assert QLocale().language() == QLocale.Language.German
    opened.desk.do(lambda tx: choose.set_option(tx, "appearance.language", "en"))
    qtbot.waitUntil(lambda: texts.language() == "en")
