"""The reading pane of a task: what it is, how it stands, its fields; edited in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from crmdesk.actions import edit
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Record, Reference, State, Value
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import button, columns, frame, label, restyle, rows
from crmdesk.ui.record_form import RecordForm
from crmdesk.ui.sources import read_record, suggestions
from crmdesk.ui.tasks.task_rows import regarding_name, status_words
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import NameOf, tr

_STATUS_KINDS = {0: "chip-failed", 1: "chip-done", 2: "chip-waiting"}


class TaskCard(QStackedWidget):
    """Shows one task of the local data. Editing goes through the desk; ticking is the pane's."""

    open_asked = Signal(object)  # Reference
    tick_asked = Signal()
    edit_left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._record: Record | None = None
        self._names: NameOf = lambda reference: None
        self._title = label("", "title", wrap=True)
        self._status = label("", "chip-failed")
        self._tracked = label("", "chip-tracked")
        self._private = label(tr("Private to this computer"), "chip-accent")
        self._trouble = label("", "failed", wrap=True)
        self._tick = button(tr("Complete"), "primary", "check-circle", self.tick_asked.emit)
        self._edit = button(tr("Edit"), clicked=self.edit)
        self._open = button(tr("Open"), clicked=self._open_it)
        self._save = button(tr("Save"), "primary", clicked=self._save_it)
        self._cancel = button(tr("Cancel"), clicked=self._leave)
        self.form = RecordForm(lambda targets, text: suggestions(desk, targets, text), lambda each: self._names(each))
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        buttons = columns(self._tick, self._edit, self._open, self._save, self._cancel, None, spacing=SPACE_2)
        chips = columns(self._status, self._tracked, self._private, None, spacing=SPACE_2)
        content = QWidget()
        margins = (SPACE_4 + 4, SPACE_4, SPACE_4 + 4, SPACE_4)
        content.setLayout(
            rows(self._title, chips, buttons, self._trouble, self.form, None, spacing=SPACE_3, margins=margins)
        )
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        nothing = EmptyState("check-square", tr("No task selected"), tr("Choose one at the left to read it here."))
        self.addWidget(frame(rows(nothing, spacing=0), "background"))
        self.addWidget(frame(rows(scroll, spacing=0), "background"))

    def _join(self) -> None:
        self.form.saved.connect(self._keep)
        self.form.left.connect(self._leave)
        self.form.link_asked.connect(self.open_asked)

    @property
    def record(self) -> Record | None:
        return self._record

    @property
    def is_editing(self) -> bool:
        return self.form.is_editing

    def show_task(self, reference: Reference | None) -> None:
        """Show a task, or that none is chosen. An edit under way is left."""
        self._record = None
        if reference is not None:
            self._record, self._names = read_record(self._desk, reference)
        record = self._record
        self.setCurrentIndex(0 if record is None else 1)
        self._trouble.hide()
        if record is not None:
            self._show_head(record)
            self.form.show_record(record, self._desk.now)
            self._show_buttons()

    def edit(self) -> None:
        if self._record is not None:
            self.form.edit(self._record)
            self._show_buttons()

    def _show_head(self, record: Record) -> None:
        self._title.setText(record.name)
        words = status_words(record, self._desk.now)
        self._status.setVisible(bool(words))
        self._status.setText(words)
        restyle(self._status, _STATUS_KINDS.get(record["statecode"] or 0, "chip-waiting"))
        about = regarding_name(record, self._names)
        self._tracked.setVisible(record.tracked)
        self._tracked.setText(tr("Tracked: {name}", name=about) if about else tr("Tracked"))
        self._private.setVisible(record.state is State.PRIVATE)
        is_open = record["statecode"] in (0, None)
        self._tick.setText(tr("Complete") if is_open else tr("Open it again"))
        self.setAccessibleName(tr("Task {name}", name=record.name))

    def _show_buttons(self) -> None:
        editing = self.form.is_editing
        for each in (self._tick, self._edit, self._open):
            each.setVisible(not editing)
        for each in (self._save, self._cancel):
            each.setVisible(editing)

    def _save_it(self) -> None:
        self.form.save()

    def _keep(self, changed: dict[str, Value]) -> None:
        record = self._record
        if record is None:
            return
        if changed:
            self._desk.do(lambda tx: edit.change(tx, record.reference, changed), self._kept, self._refuse)
        else:
            self._leave()

    def _kept(self, changes: Changes) -> None:
        self._leave()

    def _refuse(self, words: str) -> None:
        self._trouble.setText(words)
        self._trouble.show()

    def _leave(self) -> None:
        if self._record is not None:
            self.show_task(self._record.reference)
        self.edit_left.emit()

    def _open_it(self) -> None:
        if self._record is not None:
            self.open_asked.emit(self._record.reference)
