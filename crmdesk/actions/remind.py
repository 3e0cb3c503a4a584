"""Answering reminders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.store import reminders
from crmdesk.store.reminders import Reminder
from crmdesk.store.store import Transaction

_ANSWERED = Changes(options=True)


def snooze(tx: Transaction, references: Iterable[Reference], until: datetime) -> Changes:
    """Tell of these again at `until`."""
    for each in references:
        reminders.snooze(tx, each, until)
    return _ANSWERED


def dismiss(tx: Transaction, found: Iterable[Reminder]) -> Changes:
    """Do not tell of these any more, unless they are moved."""
    for each in found:
        reminders.dismiss(tx, each.reference, each.when)
    return _ANSWERED


def take_back(tx: Transaction, references: Iterable[Reference]) -> Changes:
    """As if nothing had been answered."""
    reminders.take_back(tx, references)
    return _ANSWERED
