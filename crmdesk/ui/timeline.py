"""Everything regarding a record, newest first: mail, tasks, meetings, notes, and values that were overwritten."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QToolButton, QWidget

from crmdesk.model.record import Record, Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store.history import Kept
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.focus_order import one_tab_stop
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import columns, label, rows
from crmdesk.ui.quick_add import activity_from
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line, Rows
from crmdesk.ui.sources import note_of, state_words
from crmdesk.ui.tokens import SPACE_2, SPACE_4
from crmdesk.ui.words import NameOf, long_time, tr, value_text

RESTORE = "history"
_CHOOSER_INSET = 9  # what a chooser of kinds has left of its word: its ring and its padding
_HISTORY = "clock-counter-clockwise"
_GROUPS = {"email": "mail", "task": "tasks", "appointment": "meetings", "phonecall": "meetings", "annotation": "notes"}
_TIMES = {
    "email": ("senton", "createdon"),
    "appointment": ("scheduledstart", "createdon"),
    "task": ("actualend", "scheduledend", "createdon"),
    "phonecall": ("actualend", "scheduledend", "createdon"),
    "annotation": ("createdon",),
}
_WORDS = {
    "email": "description",
    "task": "description",
    "appointment": "description",
    "phonecall": "description",
    "annotation": "notetext",
}
KINDS = tuple(_GROUPS)
"""The entities that a timeline shows."""


@dataclass(frozen=True)
class Entry:
    group: str
    when: str
    line: Line


def entries(found: list[Record], lost: list[Kept], name_of: NameOf, now: datetime, regarding: Reference) -> list[Entry]:
    """Of records that refer to `regarding`, and of what was lost of it; newest first."""
    lines = [_entry(record, now) for record in found if record.entity in _GROUPS]
    lines += [_lost(kept, name_of, now) for kept in lost if kept.reference == regarding and kept.restored is None]
    return sorted(lines, key=lambda entry: entry.when, reverse=True)


def _entry(record: Record, now: datetime) -> Entry:
    kind = ENTITIES[record.entity]
    when = next((str(record[name]) for name in _TIMES[record.entity] if record[name]), "")
    words = " ".join(str(record[_WORDS[record.entity]] or "").replace("<", " <").split())
    if "<" in words:
        words = _plain(words)
    done = record["statecode"] == 1 and record.entity in ("task", "phonecall")
    said = long_time(when, now) if when else ""
    aside = tr("done {when}", when=said) if done else said
    shown = "check-circle" if done and record.entity == "task" else kind.icon
    title = record.name if record.entity != "annotation" else str(record["subject"] or tr("Note"))
    line = Line(
        record.reference,
        title,
        f"{tr(kind.label)}, {title}, {aside}{state_words(record)}",
        subject=words or tr(kind.label),
        aside=aside,
        icon=shown,
        note=note_of(record),
    )
    return Entry(_GROUPS[record.entity], when, line)


def _plain(html: str) -> str:
    text, depth = [], 0
    for char in html[:2000]:
        depth += (char == "<") - (char == ">")
        if depth == 0 and char != ">":
            text.append(char)
    return " ".join("".join(text).split())


def _why(reason: str) -> str:
    """A reason of store.history in a few words."""
    known = {
        "changed here": tr("changed here"),
        "changed by somebody else": tr("changed by somebody else"),
        "deleted here": tr("deleted here"),
        "discarded": tr("discarded"),
        "an existing record was used": tr("an existing record was used"),
        "it points at another record": tr("it points at another record"),
        "possible duplicate": tr("possible duplicate"),
        "deleted in the CRM": tr("deleted in the CRM"),
        "restored": tr("restored"),
        "combined": tr("combined"),
    }
    return known.get(reason, reason)


def _lost(kept: Kept, name_of: NameOf, now: datetime) -> Entry:
    kind = ENTITIES[kept.entity]
    if kept.field is None:
        title, value = tr("The record as it was: {reason}", reason=_why(kept.reason)), ""
    else:
        field = kind.by_name.get(kept.field)
        title = tr("{field}: {reason}", field=tr(field.label) if field else kept.field, reason=_why(kept.reason))
        value = value_text(field, kept.lost, name_of, now) if field else str(kept.lost)
    aside = long_time(kept.at, now) + (f" · {tr('it was “{value}”', value=value)}" if value else "")
    words = tr("Restore it")
    line = Line(
        (RESTORE, kept.id), title, f"{title}, {aside}. {words}", words, aside=aside, icon=_HISTORY, tone="accent"
    )
    return Entry("history", kept.at, line)


class Timeline(QWidget):
    """Shows entries; a line that is opened, a value to restore, a note that was written are handed on."""

    opened = Signal(object)  # Reference
    restore_asked = Signal(str)  # a history line's id
    note_written = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._entries: list[Entry] = []
        self._group = "all"
        self.note = QLineEdit()
        self.note.setPlaceholderText(tr("Write a note, or type / for a task, a call, a meeting"))
        self.note.setAccessibleName(tr("Write a note"))
        self.note.addAction(icon("note", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.note.setMinimumHeight(38)
        self.note.returnPressed.connect(self._write)
        self.table = RecordTable(Shape.ENTRY, tr("Timeline"))
        self.table.opened.connect(self._open)
        self.table.clicked.connect(lambda index: self._clicked())
        self._empty = EmptyState(_HISTORY, tr("Nothing here yet"), tr("Mail, tasks and notes about it"))
        head = columns(spacing=0)  # below the heading: beside it they would take the form's room
        group = QButtonGroup(self)
        for name, words in _filters():
            chooser = QToolButton()
            chooser.setText(words)
            chooser.setCheckable(True)
            chooser.setChecked(name == "all")
            chooser.setProperty("kind", "link")
            chooser.clicked.connect(lambda _=False, name=name: self._filter(name))
            group.addButton(chooser)
            head.addWidget(chooser)
        one_tab_stop(group)
        head.addStretch(1)
        inner = rows(
            columns(label(tr("Timeline"), "heading"), margins=(_CHOOSER_INSET, 0, 0, 0)),
            head,
            columns(self.note, margins=(_CHOOSER_INSET, 0, 0, 0)),
            spacing=SPACE_2,
            margins=(SPACE_4 - _CHOOSER_INSET, SPACE_4, SPACE_4, SPACE_2),
        )
        layout = rows(inner, self.table, self._empty, spacing=0)
        layout.setStretchFactor(self.table, 1)
        self.setLayout(layout)

    def show_entries(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._show()

    def _filter(self, name: str) -> None:
        self._group = name
        self._show()

    def _show(self) -> None:
        shown = [each.line for each in self._entries if self._group in ("all", each.group)]
        known: Mapping[int, Line] = dict(enumerate(shown))
        self.table.show_rows(Rows(array("q", known), lambda numbers: known))
        self.table.setVisible(bool(shown))
        self._empty.setVisible(not shown)

    def _clicked(self) -> None:
        line = self.table.current_line()
        if line is not None and isinstance(line.key, tuple) and line.key[0] == RESTORE:
            self._open(line)

    def _open(self, line: Line) -> None:
        if isinstance(line.key, Reference):
            self.opened.emit(line.key)
        elif isinstance(line.key, tuple):
            self.restore_asked.emit(line.key[1])

    def _write(self) -> None:
        text = self.note.text().strip()
        if text:
            self.note.clear()
            self.note_written.emit(text)


def written(text: str, about: Reference, now: datetime) -> tuple[str, dict[str, Value]]:
    """What to make of a line written into the timeline: the entity and its values.

    "/task Call back tomorrow 15:00" makes a task, /call and /meeting the like; anything else is a note.
    """
    word, _, rest = text.partition(" ")
    kind = _SLASHES.get(word.lower())
    if kind is None or not rest.strip():
        return "annotation", {"notetext": text, "subject": text[:80], "objectid": str(about)}
    return kind, {**activity_from(kind, rest, now), "regardingobjectid": str(about)}


_SLASHES = {"/task": "task", "/call": "phonecall", "/meeting": "appointment"}


def _filters() -> tuple[tuple[str, str], ...]:
    return (
        ("all", tr("All")),
        ("mail", tr("Mail")),
        ("tasks", tr("Tasks")),
        ("meetings", tr("Meetings")),
        ("notes", tr("Notes")),
        ("history", tr("Changes")),
    )
