"""What waits to be sent, and what going online would therefore do; each change can be discarded."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.actions import edit
from crmdesk.actions import mail as mail_actions
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import mailbox, outbox, records
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.records import Stored
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.dialogs.scroll_list import ScrollList, row
from crmdesk.ui.dialogs.values import field_label, names_in, value_words
from crmdesk.ui.parts import button, label
from crmdesk.ui.words import NameOf, tr

_FIELDS = 6  # that are told of one record


class WaitingDialog(Dialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("These changes are kept on this computer. They go to the server when you are online.")
        super().__init__(tr("Waiting changes"), words, parent, (680, 540))
        self._desk = desk
        self._list = ScrollList(tr("Waiting changes"), tr("Nothing waits: everything is on the server."))
        self._trouble = label("", "failed", wrap=True)
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self.body.addWidget(self._list, 1)
        self.add_close()
        desk.changed.connect(self._changed)
        self.read()

    def read(self) -> None:
        with self._desk.read() as reader:
            entries = [records.stored(reader, entry.reference) for entry in outbox.entries(reader)]
            found = [each for each in entries if each is not None]
            values = [value for each in found for pair in each.edits.values() for value in (pair.agreed, pair.mine)]
            name_of = names_in(reader, *values)
            mails = [row for key in outbox.mails(reader) if (row := mailbox.get(reader, key)) is not None]
        parts = [self._record_row(each, name_of) for each in found]
        self._list.show_rows([*parts, *(self._mail_row(each) for each in mails)])

    def _record_row(self, local: Stored, name_of: NameOf) -> QWidget:
        kind = tr(ENTITIES[local.entity].label)
        name = edit.name_of(local)
        if local.gone:
            heading = tr("Delete {kind}: {name}", kind=kind, name=name)
        elif local.base is None:
            heading = tr("New {kind}: {name}", kind=kind, name=name)
        else:
            heading = tr("Change {kind}: {name}", kind=kind, name=name)
        said = [] if local.gone or local.base is None else self._fields(local, name_of)
        discard = button(tr("Discard"), "danger", clicked=lambda: self._discard(local.reference))
        discard.setAccessibleName(tr("Discard: {what}", what=heading))
        return row(label(heading, "heading"), *(label(text, "dim", wrap=True) for text in said), right=[discard])

    def _fields(self, local: Stored, name_of: NameOf) -> list[str]:
        said = []
        for name, pair in list(local.edits.items())[:_FIELDS]:
            before = value_words(local.entity, name, pair.agreed, name_of, self._desk.now)
            after = value_words(local.entity, name, pair.mine, name_of, self._desk.now)
            said.append(f"{field_label(local.entity, name)}: {before} → {after}")
        if len(local.edits) > _FIELDS:
            said.append(tr("and {n} more", number=len(local.edits) - _FIELDS))
        return said

    def _mail_row(self, message: MessageRow) -> QWidget:
        heading = tr("Send: {subject}", subject=message.subject or tr("(no subject)"))
        people = ", ".join(name or address for _, name, address in message.recipients)
        back = button(tr("Back to drafts"), clicked=lambda: self._take_back(message.id))
        return row(label(heading, "heading"), label(people, "dim", wrap=True), right=[back])

    def _discard(self, reference: Reference) -> None:
        self._trouble.hide()
        self._desk.do(lambda tx: edit.discard(tx, reference), None, self._refused)

    def _take_back(self, key: str) -> None:
        self._desk.do(lambda tx: mail_actions.back_to_drafts(tx, key), None, self._refused)

    def _refused(self, words: str) -> None:
        self._trouble.setText(words)
        self._trouble.show()

    def _changed(self, changes: Changes) -> None:
        if changes.entities or changes.messages or changes.outbox:
            self.read()
