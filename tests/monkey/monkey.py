"""Somebody who does anything at all at a real window, by mouse and keyboard, while the network comes and goes.

What the monkey does follows from a seed: a table of deeds and how likely each is. It is driven by a timer inside the
window's own event loop, so that a dialog which waits for an answer gets one too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QKeyCombination, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QInputMethodEvent, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from crmdesk.actions import choose
from crmdesk.app import App
from crmdesk.ui.theme import SchemeChoice, theme
from tests.support.lossy import Loss, Lossy

LEAVES = frozenset({"Quit"})
"""What would end the day early."""
_LEFT = Qt.MouseButton.LeftButton
_PLAIN = Qt.KeyboardModifier.NoModifier
_KEYS = (
    *("Tab", "Shift+Tab", "Return", "Esc", "Space", "Del", "Up", "Down", "Left", "Right", "Home", "End", "PgUp"),
    *("PgDown", "F2", "Ctrl+A", "Ctrl+Z", "Ctrl+S", "Ctrl+Return", "Ctrl+N", "Ctrl+K", "Ctrl+F", "Ctrl+R", "Ctrl+D"),
    *("Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4", "Ctrl+5", "Ctrl+O", "Ctrl+Shift+C", "Ctrl+Shift+K"),
    *("T", "G", "V", "U", "S", "E", "?"),
)
_TEXTS = (
    "Contoso",
    "a" * 300,
    "日本語のお客様",
    "שלום",
    "🙂🙃",
    "tomorrow 15:00 #contoso",
    "x@example.com",
    "-1",
    "31.2.2026",
    "<b>bold</b> & 'quoted' \"twice\"",
    "% _ * ? \\ / ' or 1=1",
    " ",
)


@dataclass
class Monkey:
    """One monkey at one window. `told`: what it did, a line each, the last of them when something breaks."""

    app: App
    rng: random.Random
    network: Lossy
    colleague: Callable[[random.Random], str]
    told: list[str] = field(default_factory=list)
    words: int = 0

    def step(self) -> None:
        """Do one thing."""
        deed = self.rng.choices(tuple(DEEDS), tuple(DEEDS.values()))[0]
        if isinstance(self.front, QFileDialog):
            deed = leave_what_is_in_front  # this computer's files are not for monkeys
        self.told.append(deed.__name__)
        try:
            said = deed(self)
        except RuntimeError as error:
            if not _held_on_to_what_is_gone(error):
                raise
            said = "what was gone"
        if said:
            self.told[-1] += f" {said}"

    @property
    def front(self) -> QWidget:
        """What is in front: an open menu, a dialog, or one of the windows."""
        found = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if found is not None:
            return found
        shown = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each.isWindow()]
        active = QApplication.activeWindow()
        return active if active in shown else self.app.window

    def any_of(self, kind: type[QWidget]) -> QWidget | None:
        """A visible, enabled widget of that kind in front."""
        front = self.front
        found = [each for each in front.findChildren(kind) if isValid(each) and each.isVisible() and each.isEnabled()]
        return self.rng.choice(found) if found else None

    def word(self) -> str:
        """A text that nobody wrote before."""
        self.words += 1
        return f"m{self.words} {self.rng.choice(_TEXTS)}"[: self.rng.choice((20, 400))]


def _held_on_to_what_is_gone(error: RuntimeError) -> bool:
    """Whether it was the monkey, not the program: a list that Qt made for a popup may go while it is looked at."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    inside = trace is not None and trace.tb_frame.f_code.co_filename == __file__
    return inside and "already deleted" in str(error)


def click_a_button(monkey: Monkey) -> str | None:
    button = monkey.any_of(QAbstractButton)
    if not isinstance(button, QAbstractButton) or _name(button) in LEAVES:
        return None
    name = _name(button)
    _click(button, _LEFT, _PLAIN, button.rect().center())
    return name


def choose_a_row(monkey: Monkey) -> str | None:
    view = monkey.any_of(QAbstractItemView)
    at = _a_row(monkey, view)
    if at is None or not isinstance(view, QAbstractItemView):
        return None
    with_keys = monkey.rng.choice(
        (_PLAIN, _PLAIN, _PLAIN, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier)
    )
    name = _name(view)
    _click(view.viewport(), _LEFT, with_keys, at)
    return name


def open_a_row(monkey: Monkey) -> str | None:
    view = monkey.any_of(QAbstractItemView)
    at = _a_row(monkey, view)
    if at is None or not isinstance(view, QAbstractItemView):
        return None
    name = _name(view)
    QTest.mouseDClick(view.viewport(), _LEFT, _PLAIN, at)
    return name


def click_anywhere(monkey: Monkey) -> str:
    front = monkey.front
    widget = front.childAt(_inside(monkey, front.rect())) or front
    at = _inside(monkey, widget.rect())
    button = monkey.rng.choice((_LEFT, _LEFT, Qt.MouseButton.RightButton))
    if isinstance(widget, QAbstractButton) and _name(widget) in LEAVES:
        return ""
    name = type(widget).__name__
    _click(widget, button, _PLAIN, at)
    return name


def drag_anywhere(monkey: Monkey) -> str:
    front = monkey.front
    widget = front.childAt(_inside(monkey, front.rect())) or front
    if isinstance(widget, QAbstractButton):
        return ""
    places = [_inside(monkey, widget.rect()) for _ in range(3)]
    name = type(widget).__name__
    QTest.mousePress(widget, _LEFT, _PLAIN, places[0])
    for each in places[1:]:
        if isValid(widget):
            QTest.mouseMove(widget, each)
    if isValid(widget):
        QTest.mouseRelease(widget, _LEFT, _PLAIN, places[-1])
    return name


def press_a_key(monkey: Monkey) -> str:
    keys = monkey.rng.choice(_KEYS)
    _press(_focus(monkey), keys)
    return keys


def write(monkey: Monkey) -> str:
    focus, text = _focus(monkey), monkey.word()
    said = f"{text[:30]!r} into {_name(focus)}"
    _type(focus, text)
    return said


def fill_a_field(monkey: Monkey) -> str | None:
    field_ = monkey.any_of(monkey.rng.choice((QLineEdit, QLineEdit, QTextEdit, QPlainTextEdit)))
    if field_ is None:
        return None
    text = monkey.word()
    said = f"{_name(field_)} = {text[:30]!r}"
    field_.setFocus()
    _press(field_, "Ctrl+A")
    if isValid(field_):
        _type(field_, text)
    if monkey.rng.random() < 0.4:
        QTest.keyClick(_focus(monkey), Qt.Key.Key_Return)
    return said


def turn_a_choice(monkey: Monkey) -> str | None:
    box = monkey.any_of(QComboBox)
    if box is None:
        return None
    name = _name(box)
    QTest.keyClick(box, monkey.rng.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_End)))
    return name


def turn_the_wheel(monkey: Monkey) -> str:
    front = monkey.front
    at = _inside(monkey, front.rect())
    widget = front.childAt(at) or front
    place = QPointF(widget.mapFrom(front, at))
    event = QWheelEvent(
        place,
        QPointF(widget.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, monkey.rng.choice((-720, -120, 120, 720))),
        Qt.MouseButton.NoButton,
        _PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return type(widget).__name__


def resize(monkey: Monkey) -> str:
    window = monkey.front.window()
    width, height = monkey.rng.randint(500, 1900), monkey.rng.randint(350, 1080)
    window.resize(width, height)
    return f"{width} × {height}"


def choose_a_look(monkey: Monkey) -> str:
    scheme: SchemeChoice = monkey.rng.choice(("light", "dark"))
    theme().choose(scheme)
    return scheme


def choose_a_language(monkey: Monkey) -> str:
    """As the options do it: the window is built anew."""
    if QApplication.activeModalWidget() is not None or QApplication.activePopupWidget() is not None:
        return ""
    code = monkey.rng.choice(("de", "en"))
    monkey.app.desk.do(lambda tx: choose.set_option(tx, "appearance.language", code))
    return code


def network_goes(monkey: Monkey) -> None:
    monkey.network.decide = lambda request: Loss.BEFORE_DELIVERY


def network_is_bad(monkey: Monkey) -> None:
    rng = random.Random(monkey.rng.random())
    monkey.network.decide = lambda request: rng.choice((None, None, *Loss))


def network_comes(monkey: Monkey) -> None:
    monkey.network.decide = lambda request: None


def synchronise(monkey: Monkey) -> None:
    monkey.app.window.commands["sync"].trigger()


def switch(monkey: Monkey) -> str:
    name = monkey.rng.choice(("online", "offline", "online", "offline now"))
    monkey.app.window.commands[name].trigger()
    return name


def colleague_works(monkey: Monkey) -> str:
    return monkey.colleague(monkey.rng)


def leave_what_is_in_front(monkey: Monkey) -> str:
    front = monkey.front
    QTest.keyClick(_focus(monkey), Qt.Key.Key_Escape)
    return type(front).__name__


DEEDS: Mapping[Callable[[Monkey], str | None], int] = {
    click_a_button: 26,
    choose_a_row: 14,
    open_a_row: 6,
    click_anywhere: 10,
    drag_anywhere: 4,
    press_a_key: 24,
    write: 6,
    fill_a_field: 12,
    turn_a_choice: 3,
    turn_the_wheel: 4,
    resize: 1,
    choose_a_look: 1,
    choose_a_language: 1,
    network_goes: 1,
    network_is_bad: 1,
    network_comes: 3,
    synchronise: 2,
    switch: 2,
    colleague_works: 3,
    leave_what_is_in_front: 8,
}


def _focus(monkey: Monkey) -> QWidget:
    front = monkey.front
    if isinstance(front, QMenu | QFileDialog):
        return front
    focus = front.window().focusWidget()
    return focus if focus is not None and isValid(focus) else front


def _click(widget: QWidget, button: Qt.MouseButton, keys: Qt.KeyboardModifier, at: QPoint) -> None:
    """What is pressed may be gone when it is let go: a dialog that waits was opened, and closed, in between."""
    QTest.mousePress(widget, button, keys, at)
    if isValid(widget):
        QTest.mouseRelease(widget, button, keys, at)


def _press(widget: QWidget, keys: str) -> None:
    combination: QKeyCombination = QKeySequence(keys)[0]  # type: ignore[index]  # its stub lacks it
    QTest.keyPress(widget, combination.key(), combination.keyboardModifiers())
    if isValid(widget):
        QTest.keyRelease(widget, combination.key(), combination.keyboardModifiers())


def _type(widget: QWidget, text: str) -> None:
    """By keys, or as an input method does it where no keyboard has the letters."""
    if text.isascii():
        for each in text:
            if isValid(widget):
                QTest.keyPress(widget, each)  # type: ignore[call-overload]  # its stub lacks letters
            if isValid(widget):
                QTest.keyRelease(widget, each)  # type: ignore[call-overload]
        return
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text.replace("&", "") or type(widget).__name__


def _inside(monkey: Monkey, rect: QRect) -> QPoint:
    return QPoint(monkey.rng.randint(0, max(0, rect.width() - 1)), monkey.rng.randint(0, max(0, rect.height() - 1)))


def _a_row(monkey: Monkey, view: QWidget | None) -> QPoint | None:
    if (
        not isinstance(view, QAbstractItemView)
        or not isValid(view)  # to look at others may have let go of it
        or isinstance(view, QHeaderView)
        or view.model() is None
        or not view.model().rowCount()
    ):
        return None
    index = view.model().index(monkey.rng.randrange(view.model().rowCount()), 0)
    view.scrollTo(index)
    return view.visualRect(index).center()
