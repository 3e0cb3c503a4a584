"""Asking about a possible duplicate as soon as a record is made or changed here, also offline."""

from __future__ import annotations

from collections.abc import Collection

from crmdesk.model.record import display_name
from crmdesk.model.words import ENTITIES
from crmdesk.store import duplicates, options, outbox, problems
from crmdesk.store.duplicates import Alike
from crmdesk.store.problems import Candidate, duplicate_question
from crmdesk.store.records import Stored
from crmdesk.store.store import Transaction

ASKED_AT_ONCE = 100
"""More records made at once than that are an import: the server is asked about them when they are sent."""


def ask(tx: Transaction, record: Stored, changed: Collection[str] | None = None) -> bool:
    """Look for look-alikes of a record that was made, or of which `changed` fields were; True when problems changed.

    With the option "ask" a possible duplicate waits for the person's answer from now on. A question that was open is
    over when what it was about was changed: either nothing looks alike any more, or it is asked anew.
    """
    if record.private or (changed is not None and not _concerns(tx, record, changed)):
        return False
    was_open = any(each.kind == "duplicate" for each in problems.of_record(tx, record.reference))
    if was_open:
        problems.clear(tx, record.reference, "duplicate")
    if options.load(tx).duplicates != "ask" or not record.waits or record.gone or record.sent:
        return was_open
    if outbox.is_created_anyway(tx, record.reference):
        return was_open
    found = duplicates.alike(tx, record, changed if record.base is not None else None)
    if not found:
        return was_open
    name, said = display_name(ENTITIES[record.entity], record.shown), [_candidate(record, each) for each in found]
    question = duplicate_question(name, said, record.base is None)
    problems.raise_problem(tx, "duplicate", record.reference, question.words, question.details, question.choices)
    return True


def _concerns(tx: Transaction, record: Stored, changed: Collection[str]) -> bool:
    """Whether a rule looks at what was changed. Where no rules are known, any change may have mattered."""
    rules_are_known = bool(duplicates.known_rules(tx))
    return not rules_are_known or duplicates.concerns(tx, record.entity, changed)


def _candidate(record: Stored, found: Alike) -> Candidate:
    entity = "" if found.reference.entity == record.entity else found.reference.entity
    return Candidate(found.reference.id, found.name, found.rule, entity)
