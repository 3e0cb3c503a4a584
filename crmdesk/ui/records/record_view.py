"""One record: its form, what refers to it, and its timeline. Used in the CRM pane and in a window of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from crmdesk.actions import edit, restore
from crmdesk.desk.desk import Desk
from crmdesk.desk.latest import LatestRead
from crmdesk.model.changes import Changes
from crmdesk.model.record import Record, Reference, State, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import history, records
from crmdesk.store.store import Reader
from crmdesk.texts import within
from crmdesk.ui import timeline
from crmdesk.ui.focus_order import FocusRing
from crmdesk.ui.folds import UnderFold
from crmdesk.ui.parts import Avatar, ElidedLabel, button, columns, empty, frame, label, rows
from crmdesk.ui.record_form import RecordForm
from crmdesk.ui.records.related import cards
from crmdesk.ui.sources import named_by, suggestions
from crmdesk.ui.timeline import Timeline
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import NameOf, clock_time, local, long_time, tr

_ROOM = 680  # logical pixels from which on the timeline stands beside the form


@dataclass(frozen=True)
class Around:
    """A record of the local data (None: not here) with what refers to it, its history, and the names in all of it."""

    reference: Reference
    record: Record | None
    found: list[Record]
    lost: list[history.Kept]
    names: Mapping[Reference, str]


def read_around(reader: Reader, reference: Reference) -> Around:
    record = records.get(reader, reference)
    found = records.referring(reader, reference)
    lost = history.lines(reader, reference, limit=50)
    return Around(reference, record, found, lost, named_by(reader, [record, *found] if record else found))


class RecordView(QWidget):
    """Shows a record of the local data, or the server's state of it; edits it through the desk."""

    open_asked = Signal(object)  # Reference
    address_asked = Signal(str)
    made = Signal(object)  # Reference of a record that was made
    closed = Signal()
    done = Signal(str)  # something was done, in words

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._record: Record | None = None
        self._making: Record | None = None  # the new one whose saving was not answered yet
        self._typed: dict[str, Value] = {}  # what its form held when it was last saved
        self._names: NameOf = lambda reference: None
        self._seen: Around | None = None  # what is shown
        self._is_stale = False  # it is older than the local data
        self._latest = LatestRead(desk, self._refreshed, self, is_short=True)
        self._new: tuple[str, bool] | None = None  # the entity of a record to be made, and whether it is tracked
        self._live = False
        self.form = RecordForm(lambda targets, text: suggestions(desk, targets, text), lambda r: self._name_of(r))
        self.timeline = Timeline()
        self._avatar = Avatar(38, tracked=True)
        self._title = ElidedLabel("", "title")
        self._about = label("", "dim", wrap=True)
        self._state = columns()  # a chip where something is not settled yet
        self._trouble = label("", wrap=True)
        self._trouble_bar = frame(columns(self._trouble, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2)), "bar-failed")
        self._edit = button(tr("Edit"), clicked=self.edit)
        self._save = button(tr("Save"), "primary", clicked=self.form.save)
        self._leave = button(tr("Cancel"), clicked=self._leave_edit)
        self._related = rows(spacing=SPACE_3)
        self._scroll = QScrollArea()
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        about = columns(self._state, spacing=SPACE_2)
        about.addWidget(self._about, 1)
        first = columns(self._title, self._leave, self._edit, self._save)
        first.setStretch(0, 1)
        head = columns(self._avatar, spacing=SPACE_3)
        head.setAlignment(self._avatar, Qt.AlignmentFlag.AlignTop)
        head.addLayout(rows(first, about, spacing=SPACE_1), 1)
        content = QWidget()
        under = rows(self.form, self._related, None, spacing=SPACE_3, margins=(20, 0, 20, 20))
        content.setLayout(under)
        scroll = self._scroll
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        self.setFocusProxy(scroll)  # its keys scroll, and what it leaves comes back here
        FocusRing(scroll)
        # the name and the buttons stay in sight while a long form scrolls
        top = rows(head, self._trouble_bar, spacing=SPACE_3, margins=(20, SPACE_4, 20, SPACE_3))
        left = QWidget()
        left.setLayout(rows(top, scroll, spacing=0))
        self.setLayout(columns(UnderFold(left, self.timeline, under, (600, 500), _ROOM), spacing=0))
        self._trouble_bar.hide()
        self._show_buttons(editing=False)

    def _join(self) -> None:
        self.form.saved.connect(self._keep)
        self.form.left.connect(self._leave_edit)
        self.form.link_asked.connect(self.open_asked)
        self.form.address_asked.connect(self.address_asked)
        self.timeline.opened.connect(self.open_asked)
        self.timeline.restore_asked.connect(self._restore)
        self.timeline.note_written.connect(self._write_note)
        self._desk.changed.connect(self._changed)

    # ---- what is shown

    @property
    def record(self) -> Record | None:
        return self._record

    @property
    def is_editing(self) -> bool:
        return self.form.is_editing

    def show_record(self, reference: Reference) -> bool:
        """Show a record of the local data; False when it is not here."""
        record = self._read(reference)
        if record is None:
            return False
        self._new = None
        self._show(record)
        return True

    def show_live(self, record: Record) -> None:
        """Show the server's state of a record, as it is now; nothing is kept."""
        self._read(record.reference)
        self._new = None
        self._show(record, live=True)

    def show_new(self, entity: str, values: Mapping[str, Value], track: bool) -> None:
        """An empty form for a record to be made."""
        self._new = (entity, track)
        self._record = Record(entity, "", dict(values), State.PRIVATE)
        self._title.setText(tr("New {kind}", kind=within(tr(ENTITIES[entity].label))))
        self._about.setText(tr("Not saved yet"))
        empty(self._state)
        self._avatar.show_icon(ENTITIES[entity].icon)
        empty(self._related)
        self.timeline.hide()
        self.form.edit(self._record)
        self._show_buttons(editing=True)

    def settle(self) -> bool:
        """Keep what was typed before something else is shown; False when it cannot be saved as it is."""
        return self.form.settle()

    def edit(self) -> None:
        """Edit the local record that is shown."""
        if self._record is None or self._new is not None:
            return
        if self._live:
            self.show_record(self._record.reference)
        self.form.edit(self._record)
        self._show_buttons(editing=True)

    def _read(self, reference: Reference) -> Record | None:
        with self._desk.read() as reader:
            seen = read_around(reader, reference)
        self._show_around(seen)
        return seen.record

    def _show_around(self, seen: Around) -> None:
        self._seen, self._names = seen, seen.names.get
        empty(self._related)
        for card in cards(seen.found, self._names, self._desk.now, self.open_asked.emit):
            self._related.addWidget(card)
        self.timeline.show_entries(timeline.entries(seen.found, seen.lost, self._names, self._desk.now, seen.reference))
        self.timeline.show()

    def _show(self, record: Record, live: bool = False) -> None:
        focus = QApplication.focusWidget()
        had_keyboard = focus is not None and self.isAncestorOf(focus) and not self.timeline.isAncestorOf(focus)
        self._record, self._live = record, live
        self._trouble_bar.hide()
        self._title.setText(record.name)
        self._about.setText(" · ".join(self._facts(record)))
        self._show_state(record.state)
        self._avatar.show_icon(ENTITIES[record.entity].icon)
        self.form.show_record(record, self._desk.now)
        self._show_buttons(editing=False)
        if had_keyboard:
            self.setFocus()  # what had it is gone; it must not wander off to the rail
        for each in (self, self._scroll):
            each.setAccessibleName(f"{tr(ENTITIES[record.entity].label)} {record.name}")

    def _facts(self, record: Record) -> list[str]:
        facts = [tr(ENTITIES[record.entity].label)]
        if record["ownerid"]:
            owner = Reference.parse(str(record["ownerid"]))
            with self._desk.read() as reader:
                mine = owner.id == reader.me
            facts.append(tr("owner: {name}", name=tr("you") if mine else self._name_of(owner) or tr("somebody else")))
        if self._live:
            facts.append(tr("live from the server {time}", time=clock_time(local(self._desk.now))))
        elif record.state is State.PRIVATE:
            facts.append(tr("private to this computer"))
        else:
            last = record["modifiedon"]
            facts.append(tr("local data, changed {when}", when=long_time(last, self._desk.now)) if last else tr("new"))
        return facts

    def _show_state(self, state: State) -> None:
        """What is not settled yet stands first, and is never cut."""
        words, kind = {
            State.WAITING: (tr("changes wait"), "chip-waiting"),
            State.PROBLEM: (tr("needs you"), "chip-failed"),
        }.get(state, ("", ""))
        empty(self._state)
        if words:
            self._state.addWidget(label(words, kind), 0, Qt.AlignmentFlag.AlignTop)

    def _name_of(self, reference: Reference) -> str | None:
        known = self._names(reference)
        if known is not None:
            return known
        with self._desk.read() as reader:
            return records.names(reader, [reference]).get(reference)

    def _show_buttons(self, editing: bool) -> None:
        self._edit.setVisible(not editing)
        self._save.setVisible(editing)
        self._leave.setVisible(editing)

    # ---- what is asked

    def _keep(self, changed: dict[str, Value]) -> None:
        record, new = self._record, self._new
        if record is None:
            return
        if new is not None:
            entity, track = new
            again = self._making is record
            self._making, self._typed = record, changed
            if again:  # asked for twice before the answer: it is made once, and gets what was typed since
                return
            values = {name: value for name, value in {**record.values, **changed}.items() if value is not None}
            made = partial(self._was_made, record, changed)
            self._desk.do(lambda tx: edit.create(tx, entity, values, track), made, self._was_not_made)
        elif changed:
            self._desk.do(
                lambda tx: edit.change(tx, record.reference, changed), partial(self._was_kept, record), self._refuse
            )
        else:
            self._leave_edit()

    def _was_not_made(self, words: str) -> None:
        self._making = None
        self._refuse(words)

    def _was_made(self, record: Record, sent: dict[str, Value], changes: Changes) -> None:
        reference = Reference(record.entity, str(changes.result))
        if self._making is record:
            typed = self._typed
            since = {name: typed.get(name) for name in {**sent, **typed} if typed.get(name) != sent.get(name)}
            self._making = None
            if since:
                self._desk.do(lambda tx: edit.change(tx, reference, since), None, self._refuse)
        if self._record is record:  # else something else is in sight by now
            self.show_record(reference)
        self.made.emit(reference)
        self.done.emit(tr("Saved"))

    def _was_kept(self, record: Record, changes: Changes) -> None:
        if self._record is record:
            self.show_record(record.reference)
        self.done.emit(tr("Saved"))

    def _refuse(self, words: str) -> None:
        self._trouble.setText(words)
        self._trouble_bar.show()

    def _leave_edit(self) -> None:
        self.form.give_up()
        if self._new is not None:
            self._new = None
            self.closed.emit()
        elif self._record is not None and not self.show_record(self._record.reference):
            self.closed.emit()

    def _restore(self, key: str) -> None:
        self._desk.do(
            lambda tx: restore.restore(tx, key), lambda changes: self.done.emit(tr("Restored, as a change of yours"))
        )

    def _write_note(self, text: str) -> None:
        if self._record is None:
            return
        entity, values = timeline.written(text, self._record.reference, self._desk.now)
        self._desk.do(lambda tx: edit.create(tx, entity, values, track=True), None, self._refuse)

    def _changed(self, changes: Changes) -> None:
        """Something was written: read anew what is shown, but never what the person is typing."""
        if changes.entities or changes.history:
            self._is_stale = True
            if self.isVisible():
                self._refresh()

    def _refresh(self) -> None:
        """Read what is shown in the background: a synchronisation tells of changes again and again."""
        self._is_stale = False
        if self._record is not None and self._new is None and not self.is_editing:
            reference = self._record.reference
            self._latest.ask(lambda reader: read_around(reader, reference))

    def _refreshed(self, seen: Around) -> None:
        record = self._record
        if record is None or record.reference != seen.reference or self._new is not None or self.is_editing:
            return  # something else is shown by now
        if seen == self._seen:
            return
        if seen.record is None and not self._live:
            self.closed.emit()
            return
        self._show_around(seen)
        if seen.record is not None and not self._live:
            self._show(seen.record)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._refresh()
