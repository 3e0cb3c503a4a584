"""Deleting records, with a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crmdesk.actions import edit, restore
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.model.record import Reference
from crmdesk.store import history
from crmdesk.store.store import Transaction
from crmdesk.ui.words import plural


def delete_records(desk: Desk, references: Sequence[Reference], done: Callable[[str, object], object]) -> None:
    """Delete them in one action; `done` hears the words and the way back."""
    words = plural(len(references), "{n} record deleted", "{n} records deleted")

    def remove(tx: Transaction) -> Changes:
        changes = NOTHING
        for each in references:
            changes |= edit.remove(tx, each)
        return changes

    def bring_back(tx: Transaction) -> Changes:
        changes = NOTHING
        for each in references:
            erased = [line for line in history.lines(tx, each, limit=1) if line.field is None and not line.restored]
            changes |= restore.restore(tx, erased[0].id) if erased else edit.undo_remove(tx, each)
        return changes

    desk.do(remove, lambda changes: _say(done, words, lambda: desk.do(bring_back)))


def _say(done: Callable[[str, object], object], words: str, back: Callable[[], object]) -> None:
    done(words, back)
