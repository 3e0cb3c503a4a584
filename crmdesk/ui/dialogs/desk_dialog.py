"""What the dialogs over the local data share: they follow its changes, act through the Desk, and say what failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QComboBox, QFrame, QScrollArea, QWidget
from shiboken6 import isValid

from crmdesk.desk.desk import Action, Desk
from crmdesk.model.changes import Changes
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.parts import columns, empty, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3

_SEEN = 16  # lines of an open list


class DeskDialog(Dialog):
    """Deletes itself when it is closed. Subclasses say which changes concern them and read anew in refresh()."""

    def __init__(self, desk: Desk, title: str, words: str, parent: QWidget | None, size: tuple[int, int]) -> None:
        super().__init__(title, words, parent, size)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.desk = desk
        self._failure = label("", wrap=True)
        self._bar = frame(columns(self._failure, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2)), "bar-failed")
        self._bar.hide()
        self.body.addWidget(self._bar)
        desk.changed.connect(self._changed)

    def concerns(self, changes: Changes) -> bool:
        return True

    def refresh(self) -> None:
        """Read what is shown; called when something that concerns the dialog was changed."""

    def say(self, words: str) -> None:
        """Say what could not be done, inside the dialog; an empty text takes it away."""
        self._failure.setText(words)
        self._bar.setAccessibleName(words)
        self._bar.setVisible(bool(words))

    def act(self, action: Action, then: Callable[[Changes], object] | None = None) -> None:
        """Do what the person asked for. A refusal is said here; `then` follows a success while the dialog is open."""
        self.say("")
        self.desk.do(action, self.while_open(then or (lambda changes: None)), self.while_open(self.say))

    def while_open(self, told: Callable[[Any], object]) -> Callable[[Any], None]:
        """`told`, but not after the dialog was closed: an answer may come later than that."""

        def tell(value: Any) -> None:
            if isValid(self):
                told(value)

        return tell

    def _changed(self, changes: Changes) -> None:
        if self.concerns(changes):
            self.refresh()


class Cards(QScrollArea):
    """A column of widgets that scrolls. Showing others keeps the place, and the keyboard where it was."""

    def __init__(self, name: str, spacing: int = SPACE_2) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget()
        self._column = rows(spacing=spacing, margins=(0, 0, SPACE_2, 0))
        self._inner.setLayout(self._column)
        self.setWidget(self._inner)

    def show_cards(self, cards: Sequence[QWidget], stretch: bool = True) -> None:
        """Show these; without `stretch` they share the height."""
        focus = QApplication.focusWidget()
        focused = focus.accessibleName() if focus is not None and self.isAncestorOf(focus) else ""
        place = self.verticalScrollBar().value()
        empty(self._column)
        for each in cards:
            self._column.addWidget(each)
        if stretch:
            self._column.addStretch(1)
        for each in cards:
            for part in (each, *each.findChildren(QWidget)) if focused else ():
                if part.accessibleName() == focused:
                    part.setFocus()
        QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(place))


class WheelGuard(QObject):
    """Keeps the wheel for scrolling the page: a combo or spin box under the pointer is not turned by it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def choice_box(name: str, width: int, guard: WheelGuard) -> QComboBox:
    """A box to choose from, of one width in all rows of an editor."""
    made = QComboBox()
    made.setAccessibleName(name)
    made.setFixedWidth(width)
    made.setMaxVisibleItems(_SEEN)
    made.view().setMinimumWidth(width)
    made.installEventFilter(guard)
    return made
