"""The line at the bottom: where the program stands, what runs, when it last synchronised, and what needs the person."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QProgressBar, QPushButton, QSizePolicy, QWidget

from crmdesk.ui.parts import ElidedLabel, button, columns, label
from crmdesk.ui.theme import theme
from crmdesk.ui.tokens import SPACE_2, SPACE_3, STATUS_HEIGHT
from crmdesk.ui.words import plural, tr


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
    """Left where the program stands, in the middle what runs, right what it left and what can be done about it."""

    cancelled = Signal()
    resumed = Signal()
    problems_asked = Signal()
    preview_asked = Signal()
    runs_asked = Signal(str)  # of the run whose receipt is wanted; empty: all of them
    set_up_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.setFixedHeight(STATUS_HEIGHT)
        self.setAccessibleName(tr("Status"))
        self._dot = Dot()
        self._state = ElidedLabel()
        self._task = label()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(140)
        self._bar.setAccessibleName(tr("Progress"))
        self._counts = label()
        self._cancel = _link(self.cancelled)
        self._problems = _link(self.problems_asked)
        self._resume = _link(self.resumed, tr("Go on"))
        self._preview = _link(self.preview_asked, tr("What happens when I go online?"))
        self._set_up = _link(self.set_up_asked)
        self._run = ""
        self._runs = button(tr("Past runs"), "link", clicked=lambda: self.runs_asked.emit(self._run))
        self._runs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._last = ElidedLabel()
        self._last.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._left, self._right = QWidget(), QWidget()
        self._left.setLayout(columns(self._dot, self._state, spacing=SPACE_2))
        links = (self._runs, self._problems, self._resume, self._preview, self._set_up)
        self._right.setLayout(columns(self._last, *links, spacing=SPACE_3))
        for holder, wide in ((self._left, self._state), (self._right, self._last)):
            wide.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # cut only if both can't be
            found = holder.layout()
            assert isinstance(found, QBoxLayout)
            found.setStretchFactor(wide, 1)
        middle = columns(self._task, self._bar, self._counts, self._cancel, spacing=SPACE_3)
        layout = columns(spacing=SPACE_3, margins=(13, 0, 14, 0))
        layout.addWidget(self._left)
        layout.addLayout(middle)
        layout.addWidget(self._right)
        self.setLayout(layout)
        self._can_resume, self._last_words = False, ""
        self.show_progress(None)
        self.show_problems(0)
        self.show_last("")
        self.offer_set_up("")

    @property
    def words(self) -> str:
        """What stands beside the dot."""
        return self._state.text()

    def offers(self, words: str) -> bool:
        """Whether something of that name can be clicked now."""
        links = (self._cancel, self._problems, self._resume, self._preview, self._set_up)
        return any(each.text() == words and not each.isHidden() for each in links)

    def show_state(self, words: str, color: str, meaning: str = "") -> None:
        """The words beside the dot ("Online", "Offline · 3 changes wait"), the token of its colour, and a tool tip."""
        self._dot.show_color(color)
        self._state.setText(words)
        self._state.setAccessibleDescription(meaning)
        self._left.setToolTip(meaning)

    def show_last(self, words: str, cost: str = "", preview: bool = False, resume: bool = False) -> None:
        """What the last synchronisation left, what it took (a tool tip), and what may be offered then."""
        self._last_words = words
        self._last.setText(words if self._task.isHidden() else "")
        self._last.setAccessibleDescription(cost)
        self._right.setToolTip(cost)
        self._runs.setVisible(bool(words) and not resume)
        self._preview.setVisible(preview)
        self._can_resume = resume
        self._resume.setVisible(resume and self._task.isHidden())

    def show_receipt(self, run: str) -> None:
        """A run delivered changes: its receipt is what the way to the past runs leads to first."""
        self._run = run
        self._runs.setText(tr("Receipt") if run else tr("Past runs"))

    def offer_set_up(self, words: str) -> None:
        """There is no server yet, or it does not know us: what is offered then; empty: nothing."""
        self._set_up.setText(words)
        self._set_up.setVisible(bool(words))

    def show_problems(self, count: int) -> None:
        self._problems.setVisible(count > 0)
        self._problems.setText(plural(count, "{n} needs you", "{n} need you"))

    def show_progress(
        self, words: str | None, counts: str = "", done: int = 0, total: int | None = None, pause: bool = False
    ) -> None:
        """The running task, in the place of what the last one left; None: nothing runs. Without a total the bar moves.

        `pause`: what is stopped goes on later where it was.
        """
        for each in (self._task, self._bar, self._counts, self._cancel):
            each.setVisible(words is not None)
        self._last.setText(self._last_words if words is None else "")
        self._resume.setVisible(self._can_resume and words is None)
        if words is None:
            return
        self._task.setText(words)
        self._bar.setRange(0, total or 0)
        self._bar.setValue(min(done, total) if total else 0)
        self._counts.setText(counts)
        self._cancel.setText(tr("Pause") if pause else tr("Cancel"))


def _link(signal: SignalInstance, words: str = "") -> QPushButton:
    made = button(words, "link", clicked=lambda: signal.emit())
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
