"""What waits to be sent: each change in the order in which it goes, with the way to take it back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QWidget

from crmdesk.actions import edit, mail
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.session.connection import ConnectionState, Status
from crmdesk.store import mailbox, outbox, problems, records
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.dialogs.saying import FieldChange, Saying
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import Avatar, button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import plural, tr

_PAGE = 60


@dataclass(frozen=True)
class Waiting:
    """One thing that waits. message: the id of a mail; else reference names a record."""

    verb: str
    icon: str
    name: str
    changes: tuple[FieldChange, ...]
    reference: Reference | None = None
    message: str = ""
    state: str = ""  # a word where it does not simply wait
    color: str = "chip-waiting"


class WaitingDialog(DeskDialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("What was changed here and is not in the CRM yet, in the order in which it goes.")
        super().__init__(desk, tr("Waiting changes"), words, parent, (760, 600))
        self._shown = _PAGE
        self._what: tuple[list[Waiting], int] | None = None
        self._offline = False
        self._cards = Cards(tr("Waiting changes"))
        self.body.addWidget(self._cards, 1)
        self.add_close()
        self._go: QPushButton = self.add_button(tr("Synchronise now"), "primary", self._send)
        desk.status_changed.connect(self._status_came)
        desk.ask_for_status()
        self.refresh()

    def concerns(self, changes: Changes) -> bool:
        return changes.outbox or changes.problems or changes.messages or bool(changes.entities)

    def refresh(self) -> None:
        with self.desk.read() as reader:
            found = _waiting(reader, self._shown, Saying(reader, self.desk.now))
            total = outbox.count(reader)
        if (found, total) == self._what:
            return
        self._what = found, total
        cards: list[QWidget] = [self._card(each) for each in found]
        if not found:
            more = tr("Every change that you made is in the CRM, and every message has left.")
            cards.append(EmptyState("check-circle", tr("Nothing waits"), more))
        if total > len(found):
            words = plural(total - len(found), "Show {n} more", "Show {n} more")
            cards.append(button(words, "link", clicked=self._show_more))
        self._cards.show_cards(cards, stretch=bool(found))
        self._go.setEnabled(bool(found))

    def _show_more(self) -> None:
        self._shown += _PAGE
        self.refresh()

    def _status_came(self, status: Status) -> None:
        self._offline = status.state is ConnectionState.OFFLINE
        self._go.setVisible(status.state is not ConnectionState.NOT_SET_UP)
        self._go.setText(tr("Go online") if self._offline else tr("Synchronise now"))

    def _send(self) -> None:
        """Records go up with synchronising, messages to their mail server."""
        if self._offline:
            self.desk.go_online()
        else:
            self.desk.sync_now()
            if any(each.message for each in (self._what or ([], 0))[0]):
                self.desk.fetch_mail()
        self.accept()

    def _card(self, each: Waiting) -> QFrame:
        picture = Avatar(34)
        picture.show_icon(each.icon)
        head = columns(label(each.name, "heading", wrap=True), spacing=SPACE_2)
        head.setStretch(0, 1)
        if each.state:
            head.addWidget(label(each.state, each.color))
        words = rows(label(each.verb, "small"), head, spacing=0)
        if each.changes:
            words.addSpacing(SPACE_1)
            words.addLayout(change_grid(each.changes))
        whole = columns(
            rows(picture, None), words, rows(self._take_back(each), None), spacing=SPACE_3, margins=(SPACE_3,) * 4
        )
        whole.setStretch(1, 1)
        card = frame(whole)
        said = "; ".join(
            f"{c.label}: {c.before} → {c.after}" if c.before else f"{c.label}: {c.after}" for c in each.changes
        )
        card.setAccessibleName(f"{each.verb}, {each.name}, {each.state}. {said}")
        return card

    def _take_back(self, each: Waiting) -> QPushButton:
        is_mail = bool(each.message)
        words = tr("Back to drafts") if is_mail else tr("Discard")
        result = button(words, clicked=partial(self._discard, each))
        result.setToolTip("" if is_mail else tr("Not sent; what it held stays in history."))
        result.setAccessibleName(f"{words}: {each.verb}, {each.name}")
        return result

    def _discard(self, each: Waiting) -> None:
        reference = each.reference
        if reference is not None:
            self.act(lambda tx: edit.discard(tx, reference))
        else:
            self.act(lambda tx: mail.back_to_drafts(tx, each.message))


def change_grid(changes: tuple[FieldChange, ...], most: int = 8) -> QGridLayout:
    """Each field with what it was and what it will be."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE_3)
    grid.setVerticalSpacing(2)
    grid.setColumnMinimumWidth(0, 120)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(3, 1)
    for row, each in enumerate(changes[:most]):
        grid.addWidget(label(each.label, "dim"), row, 0)
        if each.before:
            grid.addWidget(label(each.before, "dim", wrap=True), row, 1)
            grid.addWidget(label("→", "dim"), row, 2)
            grid.addWidget(label(each.after, wrap=True), row, 3)
        else:
            grid.addWidget(label(each.after, wrap=True), row, 1, 1, 3)
    if len(changes) > most:
        left = len(changes) - most
        grid.addWidget(label(plural(left, "and {n} more field", "and {n} more fields"), "small"), most, 0, 1, 4)
    grid.setContentsMargins(0, 0, SPACE_4, 0)
    return grid


def _waiting(reader: Reader, most: int, saying: Saying) -> list[Waiting]:
    troubled = {each.reference for each in problems.open_problems(reader)}
    found = []
    for entry in outbox.entries(reader)[:most]:
        local = records.stored(reader, entry.reference)
        if local is not None:
            found.append(_record(local, entry.reference in troubled, saying))
    for key in outbox.mails(reader)[: most - len(found)]:
        message = mailbox.get(reader, key)
        if message is not None:
            people = ", ".join(address for _, _, address in message.recipients)
            to = FieldChange(tr("To"), "", people)
            needs = Reference(outbox.MAIL, key) in troubled
            found.append(
                Waiting(
                    tr("Send a message"),
                    "ph.envelope",
                    message.subject or tr("(no subject)"),
                    (to,),
                    None,
                    key,
                    *_state(needs),
                )
            )
    return found


def _record(local: Stored, needs: bool, saying: Saying) -> Waiting:
    kind = ENTITIES[local.entity]
    verb = _verb(local).format(kind=tr(kind.label))
    changes = () if local.gone else tuple(saying.changes(local))
    return Waiting(verb, kind.icon, display_name(kind, local.shown), changes, local.reference, "", *_state(needs))


def _verb(local: Stored) -> str:
    if local.gone:
        return tr("Delete · {kind}")
    return tr("Create · {kind}") if local.base is None else tr("Change · {kind}")


def _state(needs: bool) -> tuple[str, str]:
    return (tr("needs you"), "chip-failed") if needs else ("", "chip-waiting")
