"""The proof of delivery in the window, and the ways to what happened and what will happen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.model.record import Reference
from crmdesk.sync.report import Report
from crmdesk.ui.delivery_words import delivery_words, is_worth_telling, report_words
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.dialogs.preview import PreviewDialog
from crmdesk.ui.dialogs.receipt import ReceiptDialog
from crmdesk.ui.dialogs.runs import SynchronisationDialog
from crmdesk.ui.palette import Palette


def opened_dialog(window: App, kind: type[DeskDialog]) -> QDialog:
    (found,) = (each for each in window.window.findChildren(kind) if each.isVisible())
    return found


def press(qtbot: QtBot, app: App, words: str) -> None:
    (found,) = (each for each in app.window.findChildren(QPushButton) if each.text() == words and each.isVisible())
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def test_going_online_proves_that_all_arrived(opened: App, make: Callable[..., Reference], qtbot: QtBot) -> None:
    desk, bar = opened.desk, opened.window.undo
    with qtbot.waitSignal(desk.finished):
        desk.sync_now()
    assert [each.text() for each in opened.window.status.findChildren(QPushButton) if each.isVisible()] == ["Past runs"]
    opened.desk.session.go_offline(now=True)
    for name in ("Contoso", "Fabrikam", "Litware"):
        make("account", name=name)
    with qtbot.waitSignal(desk.finished):
        desk.go_online()
    qtbot.waitUntil(lambda: bar.accessibleName() == "All 3 changes arrived")
    (receipt,) = (each for each in bar.findChildren(QPushButton) if each.isVisible())
    qtbot.mouseClick(receipt, Qt.MouseButton.LeftButton)
    dialog = opened_dialog(opened, ReceiptDialog)
    assert isinstance(dialog, ReceiptDialog)
    assert dialog.heading.text() == "All 3 changes arrived"
    dialog.close()
    press(qtbot, opened, "Receipt")  # the status line's, which stays
    opened_dialog(opened, ReceiptDialog).close()


@pytest.mark.parametrize(
    ("command", "kind"), [("preview", PreviewDialog), ("runs", SynchronisationDialog)], ids=lambda each: str(each)
)
def test_reached_from_the_menu_beside_the_switch_and_from_the_palette(
    opened: App, qtbot: QtBot, command: str, kind: type[DeskDialog]
) -> None:
    arrow = next(each for each in opened.window.findChildren(QToolButton) if each.property("kind") == "segment-arrow")
    menu = arrow.menu()
    assert menu is not None
    action = opened.window.commands[command]
    assert action in menu.actions()
    action.trigger()
    opened_dialog(opened, kind).close()
    opened.window.commands["palette"].trigger()
    (palette,) = opened.window.findChildren(Palette)
    qtbot.keyClicks(palette.focusWidget(), action.text())
    qtbot.keyClick(palette.focusWidget(), Qt.Key.Key_Return)
    opened_dialog(opened, kind).close()


@pytest.mark.parametrize(
    ("delivered", "waiting", "words"),
    [
        (0, 0, ""),
        (1, 0, "Your change arrived"),
        (2, 0, "Both changes arrived"),
        (214, 0, "All 214 changes arrived"),
        (213, 1, "213 changes arrived; 1 still waits"),
        (1, 2, "1 change arrived; 2 still wait"),
        (0, 2, "2 changes still wait"),
    ],
)
def test_the_words_of_the_proof(delivered: int, waiting: int, words: str) -> None:
    assert delivery_words(delivered, waiting) == words


@pytest.mark.parametrize(
    ("report", "words", "told"),
    [
        (Report("r", "complete", kind="push", pushed=1, delivered=1), "Your change arrived", False),
        (Report("r", "complete", kind="push", pushed=9, delivered=9), "All 9 changes arrived", True),
        (Report("r", "complete", kind="by hand"), "Synchronised: nothing had changed", False),
        (Report("r", "complete", kind="by hand", pulled=12), "Synchronised: 12 received", True),
        (
            Report("r", "complete", kind="going online", pulled=12, merged=1, delivered=1),
            "Your change arrived · 12 received, 1 combined",
            True,
        ),
        (
            Report("r", "stopped", kind="going online", delivered=2, waiting=5),
            "Stopped; what was done is kept: 2 changes arrived; 5 still wait",
            True,
        ),
    ],
)
def test_what_is_told_of_a_run(report: Report, words: str, told: bool) -> None:
    assert report_words(report) == words
    assert is_worth_telling(report) is told
