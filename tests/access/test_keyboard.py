"""Every command can be asked for by keys, and the sheet of shortcuts tells them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from crmdesk import app
from crmdesk.app import App
from crmdesk.session.session import Session
from crmdesk.ui.commands import native, sections
from crmdesk.ui.dialogs.shortcuts import ShortcutSheet
from crmdesk.ui.palette import Palette


@pytest.fixture
def opened(tmp_path: Path, qtbot: QtBot) -> Iterator[App]:
    """The window over an empty private profile."""
    session = Session(tmp_path / "profile")
    made = app.build(session)
    with qtbot.waitActive(made.window):  # keys go to the active window alone
        made.window.show()
        made.window.activateWindow()
    yield made
    made.close()
    shiboken6.delete(made.window)
    session.close()


def press(qtbot: QtBot, opened: App, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    target = QApplication.focusWidget() or opened.window
    qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


def test_the_palette_has_every_command(opened: App, qtbot: QtBot) -> None:
    press(qtbot, opened, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    (palette,) = opened.window.findChildren(Palette)
    (shown,) = palette.findChildren(QListWidget)
    names = {shown.item(row).data(Qt.ItemDataRole.UserRole) for row in range(shown.count())}
    assert names == {each.name for section in sections() for each in section.commands}


def test_no_two_shortcuts_of_the_window_clash(opened: App) -> None:
    taken = [
        keys.toString() for each in opened.window.commands.table for keys in opened.window.commands[each].shortcuts()
    ]
    taken += [each.key().toString() for each in opened.window.findChildren(QShortcut)]
    assert sorted(taken) == sorted(set(taken))
    assert all(QKeySequence(each).count() == 1 for each in taken), "a single stroke each"


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, Qt.Key.Key_Question])
def test_the_sheet_has_every_shortcut(opened: App, qtbot: QtBot, key: Qt.Key) -> None:
    press(qtbot, opened, key)
    (sheet,) = opened.window.findChildren(ShortcutSheet)
    shown = texts(sheet)
    for section in sections():
        for each in section.commands:
            assert not each.keys or (each.words in shown and native(each.keys[0]) in shown), each


def test_the_sheet_finds_by_words_and_by_keys(opened: App, qtbot: QtBot) -> None:
    opened.window.commands["keys"].trigger()
    (sheet,) = opened.window.findChildren(ShortcutSheet)
    qtbot.keyClicks(sheet.field, "regard")
    qtbot.waitUntil(lambda: {"Set regarding", "G"} <= set(texts(sheet)) and "Sync now" not in texts(sheet))
    sheet.field.setText("F9")
    qtbot.waitUntil(lambda: {"Sync now", "Look for new mail"} <= set(texts(sheet)) and "G" not in texts(sheet))
    sheet.field.setText("no such thing")
    qtbot.waitUntil(lambda: any("No shortcut has these words" in each for each in texts(sheet)))


def texts(root: QWidget) -> list[str]:
    return [each.text() for each in root.findChildren(QLabel) if each.isVisibleTo(root)]
