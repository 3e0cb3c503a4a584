"""Undoing a run, or bringing back what a record lost: first what will happen, in a sentence, then it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from crmdesk.actions import restore
from crmdesk.actions.restore import LeftOut, Plan, Undone
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store.history import Kept
from crmdesk.store.store import Reader, Transaction
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.dialogs.saying import Saying
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3
from crmdesk.ui.words import plural, tr

_MOST = 60  # lines that are shown; all of them are brought back


class BringBackDialog(DeskDialog):
    """Says what would come back and what stays, then does it; afterwards it offers to take that back."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None,
        title: str,
        look: Callable[[Reader], Plan],
        act: Callable[[Transaction], Changes],
    ) -> None:
        super().__init__(desk, title, tr("Looking what can be brought back…"), parent, (640, 520))
        self._look, self._act = look, act
        self._cards = Cards(title)
        self.body.addWidget(self._cards, 1)
        self._close = self.add_close()
        self._do: QPushButton = self.add_button(tr("Bring it back"), "primary", self._bring_back)
        self._do.setEnabled(False)
        self.refresh()

    def concerns(self, changes: Changes) -> bool:
        return False  # what it says holds for the moment it was opened; the action looks again by itself

    def refresh(self) -> None:
        self.desk.in_background(self._look, self.while_open(self._came))

    def _came(self, plan: Plan) -> None:
        self.words.setText(plan_words(plan))
        self._do.setEnabled(bool(plan.coming))
        (self._do if plan.coming else self._close).setFocus()
        self._show(plan.coming, plan.left)

    def _show(self, coming: Sequence[Kept], left: Sequence[LeftOut]) -> None:
        with self.desk.read() as reader:
            saying = Saying(reader, self.desk.now)
            cards: list[QWidget] = []
            if left:
                cards.append(label(tr("Stays as it is"), "section"))
                cards += [_card(each.line, saying, _why(each.why)) for each in left[:_MOST]]
            if coming:
                cards.append(label(tr("Comes back"), "section"))
                cards += [_card(each, saying) for each in coming[:_MOST]]
        more = len(coming) + len(left) - len(coming[:_MOST]) - len(left[:_MOST])
        if more:
            cards.append(label(plural(more, "and {n} more", "and {n} more"), "small"))
        if not cards:
            why = tr("What it overwrote or erased was brought back before, or nothing was.")
            cards = [EmptyState("check-circle", tr("Nothing to bring back"), why)]
        self._cards.show_cards(cards, stretch=not isinstance(cards[0], EmptyState))

    def _bring_back(self) -> None:
        self._do.setEnabled(False)
        self.act(self._act, self._done)

    def say(self, words: str) -> None:
        super().say(words)
        if words:
            self._do.setEnabled(True)

    def _done(self, changes: Changes) -> None:
        undone = changes.result
        if not isinstance(undone, Undone):
            return
        self.heading.setText(tr("Brought back"))
        self.words.setText(done_words(undone))
        self._show((), undone.left)
        if not undone.left:
            more = tr("It is a change of yours now, and is sent as usual.")
            self._cards.show_cards([EmptyState("check-circle", self.words.text(), more)], stretch=False)
            self.words.setText("")
        self._do.hide()
        self.add_button(tr("Take this back"), clicked=partial(self._take_back, undone.run), left=True)
        self._close.setFocus()

    def _take_back(self, run: str) -> None:
        self.act(lambda tx: restore.undo_run(tx, run), lambda changes: self.accept())


def undo_run(desk: Desk, parent: QWidget | None, run: str) -> BringBackDialog:
    """The dialog that undoes a synchronising run."""
    return BringBackDialog(
        desk,
        parent,
        tr("Undo this run?"),
        lambda reader: restore.what_comes_back_of_run(reader, run),
        lambda tx: restore.undo_run(tx, run),
    )


def restore_record(desk: Desk, parent: QWidget | None, reference: Reference) -> BringBackDialog:
    """The dialog that brings back what a record lost last."""
    return BringBackDialog(
        desk,
        parent,
        tr("Restore this record?"),
        lambda reader: restore.what_comes_back_of_record(reader, reference),
        lambda tx: restore.restore_record(tx, reference),
    )


def plan_words(plan: Plan) -> str:
    """What will happen, in a sentence."""
    whole = sum(each.field is None and each.lost is not None for each in plan.coming)
    away = sum(each.field is None and each.lost is None for each in plan.coming)
    values = len(plan.coming) - whole - away
    parts = []
    if values:
        parts.append(plural(values, "{n} value comes back", "{n} values come back"))
    if whole:
        parts.append(plural(whole, "{n} record comes back", "{n} records come back"))
    if away:
        parts.append(plural(away, "{n} record goes again", "{n} records go again"))
    if plan.left:
        parts.append(plural(len(plan.left), "{n} stays as it is", "{n} stay as they are"))
    if not parts:
        return ""
    said = ", ".join(parts)
    if not plan.coming:
        return tr("{what}. Nothing can be brought back.", what=said)
    return tr("{what}. All of it becomes your change, sent as usual, and can be undone again.", what=said)


def done_words(undone: Undone) -> str:
    back = plural(undone.brought_back, "{n} is back", "{n} are back")
    if not undone.left:
        return back
    left = plural(len(undone.left), "{n} stays as it is", "{n} stay as they are")
    return tr("{back}; {left}, and history keeps it.", back=back, left=left)


def _card(line: Kept, saying: Saying, why: str = "") -> QFrame:
    kind = ENTITIES[line.entity]
    name = line.name or saying.name_of(line.reference) or tr(kind.label)
    if line.field is not None:
        what = saying.field(line.entity, line.field)
        value = saying.value(line.entity, line.field, line.lost)
    else:
        what, value = tr("The whole record"), ""
        if line.lost is None:
            what = tr("It was not there before; it is deleted")
    head = columns(label(what, "heading"), label(tr("of {name}", name=name), "dim", wrap=True), spacing=SPACE_2)
    head.setStretch(1, 1)
    words = rows(head, spacing=2, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2))
    if value:
        words.addWidget(label(value, wrap=True))
    if why:
        words.addWidget(label(why, "small", wrap=True))
    card = frame(words)
    card.setAccessibleName(", ".join(part for part in (what, name, value, why) if part))
    return card


def _why(words: str) -> str:
    known = {
        restore.ON_ITS_WAY: tr("Its deletion is on its way to the server; restore it after the next synchronisation."),
        restore.CHANGED_SINCE: tr("It was changed again since; what stands there now stays."),
        restore.STANDS_THERE: tr("It stands there already."),
        restore.IS_HERE: tr("The record is here."),
        restore.NOT_HERE: tr("The record is not here any more; restore the whole record first."),
        restore.NOT_OURS: tr("It is kept by the server's administrator and can't be made here."),
        restore.BROUGHT_BACK: tr("It was brought back before."),
    }
    return known.get(words, words)
