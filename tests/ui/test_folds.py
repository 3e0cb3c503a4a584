"""A narrow window: what stands beside the list folds, and stays one step away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QMainWindow, QPushButton, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.ui.command_bar import asked_by
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.folds import DetailFold, SideFold, UnderFold
from crmdesk.ui.parts import columns, rows

PANES = ("mail", "contacts", "tasks", "calendar", "records")


@pytest.fixture
def shown(qtbot: QtBot) -> Callable[[QWidget], QMainWindow]:
    def show(part: QWidget) -> QMainWindow:
        window, pane = QMainWindow(), QWidget()
        pane.setLayout(columns(part, spacing=0))
        window.setCentralWidget(pane)
        qtbot.addWidget(window)
        window.resize(1200, 500)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return window

    return show


def resized(qtbot: QtBot, window: QWidget, width: int, height: int = 500) -> None:
    window.resize(width, height)
    qtbot.waitUntil(lambda: window.size() == QSize(width, height))


def test_a_side_folds_and_comes_back_as_wide_as_it_was(qtbot: QtBot, shown: Callable[[QWidget], QMainWindow]) -> None:
    side, main = QListWidget(), QTextEdit()
    fold = SideFold(side, main, "Folders", (300, 900))
    window = shown(fold)
    before = fold.sizes()
    resized(qtbot, window, 600)
    assert fold.is_folded
    assert not side.isVisible()
    assert not fold.opener.isHidden()
    qtbot.waitUntil(lambda: main.width() == 600)
    resized(qtbot, window, 1200)
    assert side.isVisible()
    assert fold.opener.isHidden()
    qtbot.waitUntil(lambda: fold.sizes() == before)


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_a_folded_side_lies_over_the_list_until_it_was_used(
    qtbot: QtBot, shown: Callable[[QWidget], QMainWindow], key: Qt.Key
) -> None:
    side, main = QListWidget(), QTextEdit()
    side.addItems(["Inbox", "Sent"])
    holder = QWidget()
    holder.setLayout(rows(side))
    fold = SideFold(holder, main, "Folders", (300, 900))
    fold.used.connect(main.setFocus)
    window = shown(fold)
    resized(qtbot, window, 600)
    fold.open_side()
    assert side.hasFocus()
    assert main.width() == 600, "it lies over the list"
    qtbot.keyClick(side, key)
    assert not side.isVisible()
    assert main.hasFocus()
    fold.open_side()
    main.setFocus()
    qtbot.waitUntil(lambda: not side.isVisible())  # the person turned away


def test_what_is_read_folds_and_is_shown_in_the_place_of_the_list(
    qtbot: QtBot, shown: Callable[[QWidget], QMainWindow]
) -> None:
    main, detail = QListWidget(), QTextEdit()
    fold = DetailFold(main, detail, (400, 800))
    window = shown(fold)
    fold.show_detail()
    assert main.isVisible(), "there is room for both"
    before = fold.sizes()
    resized(qtbot, window, 500)
    assert (main.isVisible(), detail.isVisible()) == (True, False)
    fold.show_detail()
    assert (main.isVisible(), detail.isVisible()) == (False, True)
    (back,) = (each for each in fold.findChildren(QPushButton) if each.text() == "Back")
    with qtbot.waitSignal(fold.left):
        qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert (main.isVisible(), detail.isVisible()) == (True, False)
    with qtbot.waitSignal(fold.unfolded):
        resized(qtbot, window, 1200)
    assert (main.isVisible(), detail.isVisible(), back.isVisible()) == (True, True, False)
    qtbot.waitUntil(lambda: fold.sizes() == before)


def test_what_is_being_written_stays_in_sight(qtbot: QtBot, shown: Callable[[QWidget], QMainWindow]) -> None:
    main, detail = QListWidget(), QTextEdit()
    fold = DetailFold(main, detail, (400, 800))
    window = shown(fold)
    detail.setFocus()
    resized(qtbot, window, 500)
    assert (main.isVisible(), detail.isVisible(), detail.hasFocus()) == (False, True, True)


def test_what_is_not_wanted_does_not_come_with_the_room(qtbot: QtBot, shown: Callable[[QWidget], QMainWindow]) -> None:
    main, detail = QListWidget(), QTextEdit()
    fold = DetailFold(main, detail, (400, 800))
    window = shown(fold)
    fold.want_detail(False)
    for width in (500, 1200):
        resized(qtbot, window, width)
        assert (main.isVisible(), detail.isVisible()) == (True, False)


def test_the_other_part_goes_under_the_first(qtbot: QtBot, shown: Callable[[QWidget], QMainWindow]) -> None:
    content, other = QWidget(), QTextEdit()
    under = rows(QLineEdit())
    content.setLayout(under)
    fold = UnderFold(content, other, under, (600, 600), 680)
    window = shown(fold)
    qtbot.waitUntil(lambda: other.x() >= content.width() > 0)
    resized(qtbot, window, 600)
    assert content.isAncestorOf(other)
    assert other.isVisible()
    resized(qtbot, window, 1200)
    assert not content.isAncestorOf(other)
    assert other.isVisible()


def test_every_pane_fits_a_small_screen_of_twice_the_scale(opened: App, qtbot: QtBot) -> None:
    window = opened.window
    for name in PANES:
        window.show_pane(name)
        resized(qtbot, window, 640, 400)
        assert window.bar.width() + window.navigation.width() <= 640
        for part in (window.bar, window.pane, window.status):
            assert part.width() >= part.minimumSizeHint().width(), (name, part)
        assert window.pane.height() >= window.pane.minimumSizeHint().height(), name


def test_what_has_no_room_in_the_bar_is_in_more(opened: App, qtbot: QtBot) -> None:
    window = opened.window
    for name in PANES:
        window.show_pane(name)
        for width in (640, 800, 1280):
            resized(qtbot, window, width, 600)
            wanted = {window.commands[each] for each in (*window.pane.fitting, "track", "regarding", "view")}
            menu = window.bar.more.menu()
            assert menu is not None
            seen = {action for each in window.bar.tools if each.isVisible() for action in asked_by(each)}
            assert seen | set(menu.actions()) == wanted, (name, width)
            assert not seen & set(menu.actions())


def test_nothing_narrow_is_remembered(opened: App, qtbot: QtBot) -> None:
    window = opened.window
    window.show_pane("tasks")
    resized(qtbot, window, 1280, 700)
    window.keep_layout()
    before = {name: window.kept.value(name) for name in window.kept.allKeys() if "splitter" in name}
    resized(qtbot, window, 640, 400)
    window.keep_layout()
    assert {name: window.kept.value(name) for name in window.kept.allKeys() if "splitter" in name} == before


def test_a_contact_is_edited_where_there_is_room_for_one_thing(opened: App, qtbot: QtBot) -> None:
    window = opened.window
    window.show_pane("contacts")
    resized(qtbot, window, 640, 400)
    window.pane.run("new contact")
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    (back,) = (each for each in window.pane.findChildren(QPushButton) if each.text() == "Back" and each.isVisible())
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not back.isVisible())


def test_a_dialog_is_no_larger_than_the_screen(qtbot: QtBot) -> None:
    dialog = Dialog("Title", "Words", None, (700, 600))
    qtbot.addWidget(dialog)
    tall = QTextEdit()
    tall.setMinimumSize(500, 500)
    dialog.body.addWidget(tall)
    dialog.add_close()
    dialog.fit(QSize(632, 364))
    dialog.show()
    assert dialog.height() <= 364
    assert dialog.width() <= 632
    (close,) = dialog.findChildren(QPushButton)
    qtbot.waitUntil(lambda: dialog.rect().contains(close.geometry()))
