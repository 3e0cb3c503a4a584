"""The one form: made from Entity.form, for reading and for editing any record. It decides nothing: `saved` tells."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from crmdesk.actions.refusal import value_words
from crmdesk.model.entity import Entity, Field, FieldType, Section
from crmdesk.model.record import BadValue, Record, Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.ui.editors import ChoiceEditor, Editor, align_top, editor_for
from crmdesk.ui.parts import Link, columns, empty, frame, label, restyle, rows
from crmdesk.ui.picker import Find
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.whole_days import join_whole_days
from crmdesk.ui.words import NameOf, field_text, tr

_LABEL_WIDTH = 122
_LINKS = ("websiteurl", "emailaddress1", "emailaddress2", "emailaddress3")


class RecordForm(QWidget):
    """Sections as cards. Reading shows what is filled; editing shows every field and collects what was changed."""

    saved = Signal(object)  # dict: field name -> value, of the changed fields alone
    edited = Signal(bool)  # whether there is something to save
    left = Signal()  # editing ended without saving
    link_asked = Signal(object)  # Reference
    address_asked = Signal(str)  # an e-mail address, or a web address

    def __init__(self, find: Find, name_of: NameOf) -> None:
        super().__init__()
        self._find = find
        self._name_of = name_of
        self._record: Record | None = None
        self._editors: dict[str, Editor] = {}
        self._errors: dict[str, QLabel] = {}
        self._editing = False
        self._layout = rows(spacing=SPACE_3)
        self.setLayout(self._layout)

    @property
    def is_editing(self) -> bool:
        return self._editing

    def show_record(self, record: Record, now: datetime) -> None:
        """Show it for reading; an edit under way is left."""
        self._record, self._editing = record, False
        self._fill()
        kind = ENTITIES[record.entity]
        for section in kind.form:
            card = self._read_card(kind, section, record, now)
            if card is not None:
                self._layout.addWidget(card)
                card.show()  # now, not with the next event: the keyboard goes to it at once

    def edit(self, record: Record, focus: str = "") -> None:
        """Edit it, the cursor in the first field (or in `focus`). A record not yet made comes with empty values."""
        self._record, self._editing = record, True
        self._fill()
        kind = ENTITIES[record.entity]
        for section in kind.form:
            card = self._edit_card(kind, section, record)
            if card is not None:
                self._layout.addWidget(card)
                card.show()  # now, not with the next event: the keyboard goes to it at once
        self._join_state(kind)
        join_whole_days(kind, record, self._editors)
        first = self._editors.get(focus) or next(iter(self._editors.values()), None)
        if first is not None:
            first.widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def changes(self) -> dict[str, Value]:
        """The values that differ from the record's. Raises BadValue for the first that its field cannot hold."""
        assert self._record is not None
        found: dict[str, Value] = {}
        for name, editor in self._editors.items():
            value = editor.value()
            before = self._record[name]
            if value != before and not (editor.field.type is FieldType.BOOLEAN and not value and before is None):
                found[name] = value
        return found

    def settle(self) -> bool:
        """Whoever leaves the form for something else keeps what was typed: it is saved, as Dynamics does.

        False when a field cannot hold its value: then it is said beside it, and the form should stay in sight.
        """
        if not self._editing:
            return True
        try:
            untouched = not self.changes()
        except BadValue:
            untouched = False
        if not untouched and not self.save():
            return False
        self._editing = False
        return True

    def give_up(self) -> None:
        """What was typed is not wanted."""
        self._editing = False

    def save(self) -> bool:
        """Emit what was changed; False when a field cannot hold its value, which is then said beside it."""
        self._clear_errors()
        wrong = [error for editor in self._editors.values() if (error := error_of(editor, self._record)) is not None]
        for error in wrong:
            self.show_error(error.field, value_words(error))
        if wrong:
            self._editors[wrong[0].field].widget.setFocus()
            return False
        self.saved.emit(self.changes())
        return True

    def show_error(self, field: str, words: str) -> None:
        """Say beside a field why it cannot be saved."""
        if field in self._errors:
            self._errors[field].setText(words)
            self._errors[field].show()
            self._editors[field].widget.setProperty("wrong", "true")
            restyle(self._editors[field].widget, "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._editing and event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._editing and ctrl and event.key() in (Qt.Key.Key_S, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.save()
            return
        super().keyPressEvent(event)

    # ---- inside

    def _fill(self) -> None:
        empty(self._layout)
        self._editors, self._errors = {}, {}

    def _read_card(self, kind: Entity, section: Section, record: Record, now: datetime) -> QFrame | None:
        shown = [(kind.by_name[name], record[name]) for name in section.fields if record[name] not in (None, "")]
        if not shown:
            return None
        grid = _grid(section)
        for row, (field, value) in enumerate(shown, start=1):
            grid.addWidget(_label(field), row, 0, align_top(field))
            text = field_text(record, field.name, self._name_of, now)
            grid.addWidget(self._shown(field, value, text, field.name in record.waiting), row, 1)
        return frame(grid)

    def _shown(self, field: Field, value: Value, text: str, waits: bool) -> QWidget:
        part: QWidget
        if field.type is FieldType.LOOKUP:
            reference = Reference.parse(str(value))
            part = Link(text, lambda: self.link_asked.emit(reference))
        elif field.name in _LINKS:
            part = Link(text, lambda: self.address_asked.emit(text))
        else:
            part = label(text, wrap=True, selectable=True)
        part.setAccessibleName(f"{tr(field.label)}: {text}")
        if not waits:
            return part
        holder = QWidget()
        mark = label(tr("waits"), "chip-waiting")
        mark.setToolTip(tr("Changed here; the server has not confirmed it yet."))
        holder.setLayout(columns(part, mark, None, spacing=SPACE_2))
        return holder

    def _edit_card(self, kind: Entity, section: Section, record: Record) -> QFrame | None:
        grid = _grid(section)
        row = 1
        for name in section.fields:
            field = kind.by_name[name]
            editor = editor_for(field, self._find, self._name_of)
            if editor is None:
                continue
            editor.show(record[name])
            editor.changed.connect(lambda: self.edited.emit(True))
            self._editors[name] = editor
            error = label("", "failed", wrap=True)
            error.hide()
            self._errors[name] = error
            named = _label(field, required=field.required)
            named.setBuddy(editor.widget)
            grid.addWidget(named, row, 0, align_top(field))
            grid.addLayout(rows(editor.widget, error, spacing=2), row, 1)
            row += 1
        return frame(grid) if row > 1 else None

    def _join_state(self, kind: Entity) -> None:
        """Choosing a state offers its statuses, its usual one first."""
        state, status = self._editors.get("statecode"), self._editors.get("statuscode")
        if not isinstance(state, ChoiceEditor) or not isinstance(status, ChoiceEditor):
            return

        def follow(reset: bool = True) -> None:
            chosen = state.value()
            status.offer({choice.value for choice in status.field.choices if choice.state == chosen})
            if reset:
                status.show(kind.default_status(chosen))

        if state.value() is not None:
            follow(reset=False)
        state.changed.connect(follow)

    def _clear_errors(self) -> None:
        for name, error in self._errors.items():
            error.hide()
            self._editors[name].widget.setProperty("wrong", "false")
            restyle(self._editors[name].widget, "")


def error_of(editor: Editor, record: Record | None) -> BadValue | None:
    """Why the editor's field cannot be saved as it stands; None when it can."""
    try:
        value = editor.value()
    except BadValue as error:
        return error
    if editor.field.required and value in (None, ""):
        return BadValue(editor.field.name, tr("{field} must be filled.", field=tr(editor.field.label)))
    return None


def _grid(section: Section) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(SPACE_4, SPACE_3, SPACE_4, SPACE_3)
    grid.setHorizontalSpacing(SPACE_2)
    grid.setVerticalSpacing(SPACE_1 + 3)
    grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
    grid.setColumnStretch(1, 1)
    grid.addWidget(label(tr(section.label), "heading"), 0, 0, 1, 2)
    return grid


def _label(field: Field, required: bool = False) -> QLabel:
    return label(tr(field.label) + (" *" if required else ""), "dim")
