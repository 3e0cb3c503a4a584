"""The line at the bottom: where the program stands, what runs, when it last synchronised, and what needs the person."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from crmdesk.ui.parts import button, columns, label
from crmdesk.ui.theme import theme
from crmdesk.ui.tokens import SPACE_2, SPACE_3, STATUS_HEIGHT
from crmdesk.ui.words import number_words, plural, tr


class Dot(QWidget):
    """A coloured dot; the words beside it say the same."""

    def __init__(self) -> None:
        super().__init__()
        self._color = "faint"
        self.setFixedSize(QSize(10, 10))

    def show_color(self, token: str) -> None:
        self._color = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().tokens.color(self._color))
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


class StatusLine(QFrame):
    cancelled = Signal()
    problems_asked = Signal()
    preview_asked = Signal()
    set_up_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.setFixedHeight(STATUS_HEIGHT)
        self.setAccessibleName(tr("Status"))
        self._dot = Dot()
        self._state = label()
        self._task = label()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(180)
        self._bar.setAccessibleName(tr("Progress"))
        self._counts = label()
        self._cancel = button(tr("Cancel"), "link", clicked=self.cancelled.emit)
        self._problems = button("", "link", clicked=self.problems_asked.emit)
        self._preview = button(tr("What happens when I go online?"), "link", clicked=self.preview_asked.emit)
        self._set_up = button(tr("Connect to a CRM server"), "link", clicked=self.set_up_asked.emit)
        self._last = label()
        for each in (self._cancel, self._problems, self._preview, self._set_up):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        left = columns(self._dot, self._state, None, spacing=SPACE_2)
        middle = columns(self._task, self._bar, self._counts, self._cancel, spacing=SPACE_3)
        right = columns(None, self._problems, self._last, self._preview, self._set_up, spacing=SPACE_3)
        layout = columns(spacing=SPACE_3, margins=(13, 0, 14, 0))
        layout.addLayout(left, 1)
        layout.addLayout(middle, 0)
        layout.addLayout(right, 1)
        self.setLayout(layout)
        self.show_progress(None)
        self.show_problems(0)
        self._preview.hide()
        self._set_up.hide()

    def show_state(self, words: str, color: str) -> None:
        """The words beside the dot ("Online", "No connection · 3 changes wait") and the token of its colour."""
        self._dot.show_color(color)
        self._state.setText(words)

    def show_last(self, words: str, preview: bool = False) -> None:
        self._last.setText(words)
        self._preview.setVisible(preview)

    def offer_set_up(self, offered: bool) -> None:
        """There is no server yet: offer to name one."""
        self._set_up.setVisible(offered)

    def show_problems(self, count: int) -> None:
        self._problems.setVisible(count > 0)
        self._problems.setText(plural(count, "{n} needs you", "{n} need you"))

    def show_progress(self, words: str | None, done: int = 0, total: int | None = None) -> None:
        """The running task; None: nothing runs. Without a total the bar only moves."""
        for each in (self._task, self._bar, self._counts, self._cancel):
            each.setVisible(words is not None)
        if words is None:
            return
        self._task.setText(words)
        self._bar.setRange(0, total or 0)
        self._bar.setValue(min(done, total) if total else 0)
        known = tr("{done} of {total}", done=number_words(done), total=number_words(total or 0))
        self._counts.setText(known if total else number_words(done) if done else "")
