"""Track, Set regarding and View in CRM: the same for whatever is selected, in every pane."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from crmdesk.actions import edit, track
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.model.record import Record, Reference
from crmdesk.model.words import ENTITIES, PRIVATE_KINDS, REGARDING_TARGETS
from crmdesk.session.connection import ConnectionState
from crmdesk.store import mailbox, records
from crmdesk.store.store import Reader, Transaction
from crmdesk.ui.pane import Selection
from crmdesk.ui.words import plural, tr

Step = Callable[[Transaction], Changes]


class Tracking(QObject):
    """Turns a selection into one action. Says what was done, with a way back where there is one."""

    done = Signal(str, object)  # words, and how to undo it (a callable, or None)
    live = Signal(object)  # Record: the server's state, now
    local = Signal(object)  # Reference: show the local one
    failed = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk

    def track(self, selection: Selection) -> None:
        """Track what is selected; what is tracked already, untrack."""
        if selection.tracked:
            self.untrack(selection)
            return
        self._do(_each(selection, lambda tx, kind, ids: track.track(tx, kind, ids)), self._tracked(selection))

    def untrack(self, selection: Selection) -> None:
        words = _counted(selection, "{n} item is not tracked any more", "{n} items are not tracked any more")
        step = _each(selection, lambda tx, kind, ids: track.untrack(tx, kind, ids))

        again = Selection(selection.messages, selection.records)
        self._do(step, lambda changes: self.done.emit(words, lambda: self.track(again)))

    def set_regarding(self, selection: Selection, regarding: Reference) -> None:
        """Track it, and say what it is about."""

        def step(tx: Transaction) -> Changes:
            changes = NOTHING
            for kind, ids in _kinds(selection):
                if kind in track.KINDS:
                    changes |= track.track(tx, kind, ids, regarding)
                else:
                    for key in ids:
                        changes |= edit.change(tx, Reference(kind, key), {"regardingobjectid": str(regarding)})
            return changes

        with self._desk.read() as reader:
            name = records.names(reader, [regarding]).get(regarding, tr("the record"))
        self._do(step, lambda changes: self.done.emit(tr("Regarding {name} now", name=name), None))

    def view(self, selection: Selection) -> None:
        """Show the server's state of the first thing selected; offline, and until it answers, the local one."""
        with self._desk.read() as reader:
            reference = _in_crm(reader, selection)
        if reference is None:
            self.failed.emit(tr("It is private to this computer, so the CRM does not know it. Track it first."))
            return
        self.local.emit(reference)
        with self._desk.read() as reader:
            offline = self._desk.session.status().state in (ConnectionState.OFFLINE, ConnectionState.NOT_SET_UP)
        if not offline:
            self._desk.look_live(reference, lambda row: self.live.emit(Record(row.entity, row.id, row.values)))

    def _tracked(self, selection: Selection) -> Callable[[Changes], None]:
        words = _counted(selection, "{n} item is tracked", "{n} items are tracked")
        tracked = Selection(selection.messages, selection.records, tracked=True)
        return lambda changes: self.done.emit(words, lambda: self.untrack(tracked))

    def _do(self, step: Step, then: Callable[[Changes], None]) -> None:
        self._desk.do(step, then, self.failed.emit)


def can_be_regarding(selection: Selection) -> tuple[str, ...]:
    """The kinds of record that the selection can be about; none when it cannot be about anything."""
    if selection.messages:
        return REGARDING_TARGETS
    targets: tuple[str, ...] = REGARDING_TARGETS
    for reference in selection.records:
        kind = ENTITIES[reference.entity]
        name = "regardingobjectid" if kind.has("regardingobjectid") else "parentcustomerid"
        if not kind.has(name):
            return ()
        targets = tuple(target for target in targets if target in kind.by_name[name].targets)
    return targets


def _kinds(selection: Selection) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    if selection.messages:
        found["message"] = list(selection.messages)
    for reference in selection.records:
        found.setdefault(reference.entity, []).append(reference.id)
    return list(found.items())


def _each(selection: Selection, action: Callable[[Transaction, str, list[str]], Changes]) -> Step:
    def step(tx: Transaction) -> Changes:
        changes = NOTHING
        for kind, ids in _kinds(selection):
            changes |= action(tx, kind, ids)
        return changes

    return step


def _in_crm(reader: Reader, selection: Selection) -> Reference | None:
    """The record in the CRM that the first thing selected is, or is about."""
    if selection.messages:
        row = mailbox.get(reader, selection.messages[0])
        if row is None or row.email is None:
            return None
        return mailbox.reference_of(row) or Reference("email", row.email)
    reference = selection.records[0]
    record = records.get(reader, reference)
    if record is None or (reference.entity in PRIVATE_KINDS and record.state.value == "private"):
        return None
    return reference


def _counted(selection: Selection, one: str, many: str) -> str:
    return plural(len(selection.messages) + len(selection.records), one, many)
