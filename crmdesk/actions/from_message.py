"""Tasks and appointments made of messages: what is to be done about one, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crmdesk.actions import edit
from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes
from crmdesk.model.record import Value
from crmdesk.store import mailbox
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import tr

_MOST_TEXT = 1500  # characters of the message's text that go along
_LENGTH = timedelta(minutes=30)


def task_of(tx: Transaction, key: str) -> Changes:
    """A task with the message's subject, sender and text; the result is its id.

    A tracked message makes a tracked task regarding the same record, another one a private task.
    """
    row = _message(tx, key)
    return _make(tx, "task", row, _values(tx, row))


def appointment_of(tx: Transaction, key: str, start: datetime | None = None) -> Changes:
    """The same as an appointment of half an hour; without a `start` (aware) at the next full hour."""
    row = _message(tx, key)
    begin = start or tx.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    values = _values(tx, row)
    values["scheduledstart"], values["scheduledend"] = _text(begin), _text(begin + _LENGTH)
    return _make(tx, "appointment", row, values)


def _message(reader: Reader, key: str) -> MessageRow:
    row = mailbox.get(reader, key)
    if row is None:
        raise Refusal(tr("That message is not here any more. Nothing was made."))
    return row


def _values(reader: Reader, row: MessageRow) -> dict[str, Value]:
    who = f"{row.sender_name} <{row.sender}>" if row.sender_name else row.sender
    text = mailbox.body(reader, row.id).strip()
    shown = text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"
    return {"subject": row.subject or who, "description": f"{who}\n\n{shown}".strip()}


def _make(tx: Transaction, kind: str, row: MessageRow, values: dict[str, Value]) -> Changes:
    if row.tracked and row.regarding is not None:
        values["regardingobjectid"] = row.regarding
    made = edit.create(tx, kind, values, track=row.tracked)
    return replace(made, result=made.result)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
