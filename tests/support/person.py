"""A person at a real window: looks at what is shown there, and acts by mouse and keyboard alone.

How a day is written: everything that is done is a method of Person (click, fill, press, choose, …), everything that is
seen is waited for (sees, sees_in, until), each step ends with picture(). What others do meanwhile goes through the
server's own Web API (Office); what became of it is looked up on the server, not in the window.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.exceptions import TimeoutError
from pytestqt.qtbot import QtBot

from crmdesk.app import App

PATIENCE = 30_000  # ms until something that must come is taken not to come, on a computer that is busy otherwise
_LEFT = Qt.MouseButton.LeftButton
_PLAIN = Qt.KeyboardModifier.NoModifier

W = TypeVar("W", bound=QWidget)


class Person:
    """Sits at the window of `app`; `pictures` is the folder for what they saw."""

    def __init__(self, app: App, bot: QtBot, pictures: Path, name: str = "") -> None:
        self.app = app
        self.name = name
        self._bot = bot
        self._pictures = pictures
        self._found_open = QApplication.topLevelWidgets()
        pictures.mkdir(parents=True, exist_ok=True)

    # ---- looking

    @property
    def front(self) -> QWidget:
        """What is in front: an open menu, a dialog, a window of its own, or the main window."""
        found = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self._by_itself()
        if found is not None:
            return found
        active = QApplication.activeWindow()
        mine = self.app.window
        return active if active is not None and active.isVisible() and _belongs(active, mine) else mine

    def _by_itself(self) -> QWidget | None:
        """The window in which a message is written: without a parent, and without a window manager never activated."""
        for each in QApplication.topLevelWidgets():
            is_window = each.windowType() == Qt.WindowType.Window and each.parentWidget() is None
            if is_window and each.isVisible() and not isinstance(each, QMainWindow) and each not in self._found_open:
                return each
        return None

    def until(self, true: Callable[[], bool], words: str, instead: Callable[[], object] | None = None) -> None:
        """Wait until it is so; `words` say what, and `instead` what there is, when it does not come."""
        try:
            self._bot.waitUntil(true, timeout=PATIENCE)
        except TimeoutError:
            there = "" if instead is None else f"\nbut there is: {instead()}"
            shown = "\n".join(self.shown())
            pytest.fail(f"{self.name} waits in vain: {words}{there}\nshown is:\n{shown}")

    def sees(self, *words: str) -> None:
        """Wait until each of these stands somewhere in what is in front."""
        for each in words:
            self.until(lambda each=each: any(each in text for text in self.shown()), f"sees '{each}'")  # type: ignore[misc]

    def sees_no_more(self, words: str) -> None:
        self.until(lambda: not any(words in text for text in self.shown()), f"no longer sees '{words}'")

    def shown(self) -> list[str]:
        """Every text in front that a person can read, rows of lists as their whole sentences."""
        front = self.front
        return [
            text for each in (front, *front.findChildren(QWidget)) if each.isVisible() for text in _texts(each) if text
        ]

    def rows(self, name: str) -> list[str]:
        """The rows of the list of that name, as sentences."""
        view = self.find(QAbstractItemView, name)
        return [_sentence(index) for index in _indexes(view)]

    def sees_in(self, name: str, *words: str) -> None:
        """Wait until the list of that name has, for each of these, a row that holds it."""
        for each in words:
            self.until(
                lambda each=each: any(each in row for row in self.rows(name)),  # type: ignore[misc]
                f"sees '{each}' in {name}",
                lambda: self.rows(name),
            )

    def picture(self, words: str) -> None:
        """Keep a picture of what is in front, numbered in order."""
        for _ in range(3):  # what a word changed in a layout comes with the next events
            QApplication.processEvents()
        number = len(list(self._pictures.glob("*.png"))) + 1
        name = re.sub(r"\W+", "-", f"{self.name} {words}".strip().lower())
        assert self.front.grab().save(str(self._pictures / f"{number:02}-{name}.png"))

    def find(self, kind: type[W], name: str) -> W:
        """The visible widget of that kind and name in front, waited for. A name may end in "…"."""
        found: list[W] = []

        def there() -> bool:
            found[:] = [each for each in self._visible(kind) if _is_named(each, name)]
            return bool(found)

        self.until(
            there, f"finds the {kind.__name__} '{name}' among {sorted({_name(each) for each in self._visible(kind)})}"
        )
        return found[0]

    def _visible(self, kind: type[W]) -> list[W]:
        front = self.front
        return [each for each in front.findChildren(kind) if each.isVisible()]

    # ---- doing

    def click(self, name: str) -> None:
        """Click the button of that name, as soon as it can be clicked."""
        button = self.find(QAbstractButton, name)
        self.until(button.isEnabled, f"'{name}' can be clicked")
        middle = button.rect().center()
        # what is ticked is the small box at the left, not the room beside it
        QTest.mouseClick(button, _LEFT, _PLAIN, QPoint(10, middle.y()) if isinstance(button, QCheckBox) else middle)

    def choose(self, name: str, words: str, modifier: Qt.KeyboardModifier = _PLAIN) -> None:
        """Click the row of the list of that name which holds these words."""
        view, at = self._row(name, words)
        QTest.mouseClick(view.viewport(), _LEFT, modifier, at)

    def open(self, name: str, words: str) -> None:
        """Double-click that row."""
        view, at = self._row(name, words)
        QTest.mouseClick(view.viewport(), _LEFT, _PLAIN, at)
        QTest.mouseDClick(view.viewport(), _LEFT, _PLAIN, at)

    def tick(self, name: str, words: str) -> None:
        """Click the box at the beginning of that row."""
        view, at = self._row(name, words)
        QTest.mouseClick(view.viewport(), _LEFT, _PLAIN, QPoint(24, at.y()))

    def fill(self, name: str, text: str) -> None:
        """Click into the field of that name and type instead of what stands there."""
        field = self.field(name)
        QTest.mouseClick(field.viewport() if isinstance(field, QTextEdit | QPlainTextEdit) else field, _LEFT)
        QTest.keySequence(field, QKeySequence(QKeySequence.StandardKey.SelectAll))
        if text:
            QTest.keyClicks(field, text)
        else:
            QTest.keyClick(field, Qt.Key.Key_Delete)

    def field(self, name: str) -> QLineEdit | QTextEdit | QPlainTextEdit:
        """The field of that name, waited for."""
        found: list[QLineEdit | QTextEdit | QPlainTextEdit] = []

        def there() -> bool:
            named = (each for each in self._visible(QWidget) if _name(each) == name and each.isEnabled())
            found[:] = [each for each in named if isinstance(each, QLineEdit | QTextEdit | QPlainTextEdit)]
            return bool(found)

        self.until(there, f"finds the field '{name}'")
        return found[0]

    def pick(self, name: str, words: str) -> None:
        """Choose an entry of the drop-down of that name by its keys."""
        box = self.find(QComboBox, name)
        place = box.findText(words)
        assert place >= 0, f"'{words}' is not in {name}: {[box.itemText(n) for n in range(box.count())]}"
        QTest.keyClick(box, Qt.Key.Key_Home)
        for _ in range(place):
            QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentText() == words

    def write(self, text: str) -> None:
        """Type where the keyboard's focus is."""
        QTest.keyClicks(self._focus(), text)

    def press(self, keys: str) -> None:
        """Press keys, as they are written in menus: Ctrl+K, Return, Shift+Tab."""
        QTest.keySequence(self._focus(), QKeySequence(keys))

    def command(self, words: str) -> None:
        """Do something by the list of all commands."""
        self.press("Ctrl+K")
        self.find(QLineEdit, "Command")
        self.write(words)
        self.press("Return")

    def drag(self, widget: QWidget, begin: QPoint, end: QPoint) -> None:
        """Press, move in steps, let go."""
        QTest.mousePress(widget, _LEFT, _PLAIN, begin)
        for step in range(1, 6):
            QTest.mouseMove(widget, begin + (end - begin) * step / 5)
            QApplication.processEvents()
        QTest.mouseRelease(widget, _LEFT, _PLAIN, end)

    def _focus(self) -> QWidget:
        """Where keys go: of a menu itself, of a window what has its focus, once it is active."""
        if QApplication.activePopupWidget() is not None:
            return self.front
        front = self.front.window()
        if not front.isActiveWindow():
            front.activateWindow()  # without a window manager nobody does it when a dialog closes
            self.until(front.isActiveWindow, f"types in '{front.windowTitle()}'")
        return front.focusWidget() or front

    def _row(self, name: str, words: str) -> tuple[QAbstractItemView, QPoint]:
        self.sees_in(name, words)
        view = self.find(QAbstractItemView, name)
        index = next(index for index in _indexes(view) if words in _sentence(index))
        view.scrollTo(index)
        QApplication.processEvents()
        return view, view.visualRect(index).center()


def _belongs(window: QWidget, main: QWidget) -> bool:
    """Whether a window is the main one or was opened from it: two persons may sit at two."""
    above: QWidget | None = window
    while above is not None:
        if above is main:
            return True
        above = above.parentWidget()
    return False


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text.replace("&", "")


def _is_named(widget: QWidget, name: str) -> bool:
    found = _name(widget)
    return found == name or (name.endswith("…") and found.startswith(name[:-1]))


def _texts(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QLineEdit):
        yield widget.text()
    elif isinstance(widget, QTextEdit | QPlainTextEdit):
        yield widget.toPlainText()
    elif isinstance(widget, QComboBox):
        yield widget.currentText()
    elif isinstance(widget, QAbstractItemView):
        yield from (_sentence(index) for index in _indexes(widget))
    yield _name(widget)
    yield widget.windowTitle() if widget.isWindow() else ""


def _indexes(view: QAbstractItemView) -> list[QModelIndex]:
    model = view.model()
    return [] if model is None else [model.index(row, 0) for row in range(min(model.rowCount(), 500))]


def _sentence(index: QModelIndex) -> str:
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
    return str(spoken or index.data(Qt.ItemDataRole.DisplayRole) or "")
