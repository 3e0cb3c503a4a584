"""The line that takes a task as it is said, and tells what it understood while it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.record import Value
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import label, restyle, rows
from crmdesk.ui.picker import Suggestion
from crmdesk.ui.quick_add import QuickTask, task_from
from crmdesk.ui.sources import suggestions
from crmdesk.ui.tasks.groups import due_words
from crmdesk.ui.tokens import SPACE_1
from crmdesk.ui.words import tr

_ABOUT = ("account", "opportunity", "contact", "lead")
_WAIT = 120  # ms after a key, before what was typed is looked up


@dataclass(frozen=True)
class NewTask:
    """A task as it was typed. One that is about a record is tracked, so that the CRM has it too."""

    values: dict[str, Value]
    regarding: Suggestion | None

    @property
    def tracked(self) -> bool:
        return self.regarding is not None


def best_match(word: str, found: list[Suggestion]) -> Suggestion | None:
    """The record that `word` names: one that begins with it before one that has it elsewhere, accounts first."""
    wanted = word.replace("_", " ").casefold()
    fitting = [each for each in found if wanted in each.name.casefold()]
    order = {entity: number for number, entity in enumerate(_ABOUT)}

    def rank(each: Suggestion) -> tuple[int, bool, int]:
        return (order[each.reference.entity], not each.name.casefold().startswith(wanted), len(each.name))

    return min(fitting, key=rank, default=None)


def new_task(quick: QuickTask, regarding: Suggestion | None) -> NewTask:
    """The task to make. A word after # that names nothing stays in the subject, so that nothing typed is lost."""
    values = dict(quick.values)
    if regarding is not None:
        values["regardingobjectid"] = str(regarding.reference)
    elif quick.about:
        values["subject"] = f"{values['subject']} #{quick.about}"[:200].strip()
    return NewTask(values, regarding)


def understood(task: NewTask, about: str | None, now: datetime) -> str:
    """What was understood, in words, for the line below."""
    parts = [f"“{task.values['subject']}”"]
    due = task.values.get("scheduledend")
    parts.append(tr("due {when}", when=due_words(due, now)) if due else tr("no date"))
    if task.values.get("prioritycode") == 2:
        parts.append(tr("high priority"))
    if task.regarding is not None:
        parts.append(tr("regarding {name}, tracked in the CRM", name=task.regarding.name))
    elif about:
        parts.append(tr("no record here is called “{name}”", name=about))
    else:
        parts.append(tr("private"))
    return " · ".join(parts)


class QuickLine(QWidget):
    """Emits `made` with a NewTask on Return. Reads, decides and writes nothing else."""

    made = Signal(object)  # NewTask
    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._typed_last = ""
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Add a task: call back tomorrow 15:00 #contoso"))
        self.line.setAccessibleName(tr("Add a task"))
        self.line.setAccessibleDescription(tr("Words for a day, a time, # and a record's name are understood"))
        self.line.addAction(icon("plus", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self._hint = label("", "small", wrap=True)
        self._hint.hide()
        self.setLayout(rows(self.line, self._hint, spacing=SPACE_1))
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self._tell)
        self.line.textChanged.connect(self._typed)
        self.line.returnPressed.connect(self._make)

    def task(self) -> tuple[NewTask, str | None]:
        """What was typed as a task, and the word after #."""
        quick = task_from(self.line.text().strip(), self._desk.now)
        return new_task(quick, self._find(quick.about)), quick.about

    def refuse(self, words: str) -> None:
        """It could not be made: what was typed comes back, with the reason."""
        self.line.setText(self._typed_last)
        self._timer.stop()
        self._say(words, "failed")

    def _find(self, about: str | None) -> Suggestion | None:
        if not about:
            return None
        for entity in _ABOUT:
            found = best_match(about, suggestions(self._desk, (entity,), about.replace("_", " ")))
            if found is not None:
                return found
        return None

    def _typed(self) -> None:
        self._hint.setVisible(False)
        if self.line.text().strip():
            self._timer.start()
        else:
            self._timer.stop()

    def _tell(self) -> None:
        task, about = self.task()
        self._say(understood(task, about, self._desk.now), "small")

    def _say(self, words: str, kind: str) -> None:
        restyle(self._hint, kind)
        self._hint.setText(words)
        self._hint.show()

    def _make(self) -> None:
        if self.line.text().strip():
            task, _ = self.task()
            self._typed_last = self.line.text()
            self.line.clear()
            self.made.emit(task)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Down):
            self.left.emit()
            return
        super().keyPressEvent(event)
