"""What is done to messages, from the list and from a message's own window: moved, starred, marked; with a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crmdesk.actions import mail as actions
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.store import mailbox
from crmdesk.store.store import Transaction
from crmdesk.ui.words import plural, tr


def move(desk: Desk, keys: Sequence[str], folder: str, then: Callable[[str, Callable[[], None]], None]) -> None:
    """Into the archive or the trash. `then` hears, when it is done, the words for it and how to undo it."""
    with desk.read() as reader:
        places = {key: row.folder for key in keys if (row := mailbox.get(reader, key)) is not None}
    moved = tr("moved to the trash") if folder == mailbox.TRASH else tr("archived")
    words = f"{plural(len(keys), '{n} message', '{n} messages')} {moved}"

    def back() -> None:
        def put_back(tx: Transaction) -> Changes:
            changes = NOTHING
            for key, before in places.items():
                changes |= actions.move(tx, [key], before)
            return changes

        desk.do(put_back)

    desk.do(lambda tx: actions.move(tx, list(keys), folder), lambda changes: then(words, back))


def star(desk: Desk, keys: Sequence[str], starred: bool) -> None:
    def step(tx: Transaction) -> Changes:
        changes = NOTHING
        for key in keys:
            changes |= actions.star(tx, key, starred)
        return changes

    desk.do(step)


def mark_seen(desk: Desk, keys: Sequence[str], seen: bool) -> None:
    desk.do(lambda tx: actions.mark_seen(tx, list(keys), seen))
