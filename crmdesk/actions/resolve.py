"""Answering problems: each choice is one of those that the problem offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from crmdesk.actions import edit
from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes, of_records
from crmdesk.model.record import Reference, Value, guid, normalise_values
from crmdesk.model.words import ENTITIES
from crmdesk.store import history, mailbox, outbox, problems, records, references
from crmdesk.store.history import Lost
from crmdesk.store.problems import Problem
from crmdesk.store.records import Edit, Stored
from crmdesk.store.store import Transaction


def resolve(tx: Transaction, key: str, choice: str, combined: Mapping[str, Value] | None = None) -> Changes:
    """Answer the problem `key`. `choice`: mine, theirs, create, use:ID, recreate, retry or discard.

    Of a conflict, mine:FIELD,FIELD keeps the person's values in these fields and takes theirs in the others, and
    `combined` gives fields a third value, made of both; then both are in history. Raises Refusal, and BadValue.
    """
    problem = problems.problem(tx, key)
    if problem is None:
        raise Refusal(f"There is no open problem {key}.")
    word, _, argument = choice.partition(":")
    if word not in problem.choices:
        raise Refusal(f"This problem takes {', '.join(problem.choices)}; not '{choice}'.")
    if combined:
        changes = _combine(tx, problem, word, argument, combined)
    else:
        changes = _ANSWERS[problem.kind, word](tx, problem, argument)
    return replace(changes, problems=True, history=True, outbox=True)


def _create_anyway(tx: Transaction, problem: Problem, argument: str) -> Changes:
    outbox.allow_duplicate(tx, problem.reference)
    return _over(tx, problem)


def _use_existing(tx: Transaction, problem: Problem, argument: str) -> Changes:
    """The new one goes to history; everything that pointed at it points at the one that is there, the result."""
    candidates = [each["id"] for each in problem.details.get("candidates", ())]
    if not argument and len(candidates) == 1:
        argument = candidates[0]
    try:
        existing = Reference(problem.entity, guid(argument))
    except ValueError as error:
        raise Refusal(f"Say which one to use: use:ID. {error}") from None
    local = _local(tx, problem)
    history.remember(tx, [Lost(local, None, local.shown, str(existing), "an existing record was used", _me(tx))])
    references.redirect(tx, local.reference, existing)
    _gone(tx, local)
    return of_records(local.reference, existing, result=existing)


def _discard(tx: Transaction, problem: Problem, argument: str) -> Changes:
    local = _local(tx, problem)
    if local.base is None and not local.sent:
        return edit.discard(tx, problem.reference)
    if problem.kind == "deleted there":
        history.remember(tx, [Lost(local, None, local.shown, None, "deleted in the CRM", _me(tx))])
        references.redirect(tx, local.reference, None)
        _gone(tx, local)
        return of_records(local.reference)
    return edit.discard(tx, problem.reference) if local.waits or local.sent else _over(tx, problem)


def _recreate(tx: Transaction, problem: Problem, argument: str) -> Changes:
    """Made again in the CRM under its own id, with the server's last values and the person's over them."""
    local = _local(tx, problem)
    values = edit.writable(ENTITIES[local.entity], local.shown)
    edits = {name: Edit(None, value) for name, value in values.items() if value is not None}
    problems.clear(tx, local.reference)
    outbox.allow_duplicate(tx, local.reference)
    return edit.keep(tx, replace(local, base=None, version=None, edits=edits, sent=()))


def _mine(tx: Transaction, problem: Problem, argument: str) -> Changes:
    """The person's values (those of the named fields alone, when some are named) win over the others'."""
    return _settle(tx, problem, _in_question(problem, argument))


def _in_question(problem: Problem, argument: str) -> set[str]:
    """The named fields of a conflict; all when none is named."""
    contested = problem.details.get("fields", {})
    wanted = set(argument.split(",")) if argument else set(contested)
    if unknown := wanted - set(contested):
        raise Refusal(f"Not in question: {', '.join(sorted(unknown))}. Fields in question: {', '.join(contested)}.")
    return wanted


def _combine(tx: Transaction, problem: Problem, word: str, argument: str, combined: Mapping[str, Value]) -> Changes:
    if problem.kind != "conflict":
        raise Refusal("Only values that two people changed can be combined.")
    _in_question(problem, ",".join(combined))
    values = normalise_values(ENTITIES[problem.entity], combined)
    mine = _in_question(problem, argument) if word == "mine" else set[str]()
    return _settle(tx, problem, mine, values)


def _theirs(tx: Transaction, problem: Problem, argument: str) -> Changes:
    return _settle(tx, problem, set())


def _settle(tx: Transaction, problem: Problem, mine: set[str], combined: Mapping[str, Value] | None = None) -> Changes:
    """Of the fields in question these are the person's, to be sent; what does not win goes to history now."""
    made = combined or {}
    local = _local(tx, problem)
    base, edits, losses = local.base or {}, dict(local.edits), []
    for name in problem.details.get("fields", {}):
        if name not in edits:
            continue
        wanted, theirs = edits[name].mine, base.get(name)
        if name in made and made[name] not in (wanted, theirs):
            losses.append(Lost(local, name, theirs, made[name], "combined", problem.details.get("who")))
            losses.append(Lost(local, name, wanted, made[name], "combined", _me(tx)))
            edits[name] = Edit(theirs, made[name])
        elif made.get(name, theirs) == wanted or (name in mine and name not in made):
            losses.append(Lost(local, name, theirs, wanted, "changed here", problem.details.get("who")))
            edits[name] = Edit(theirs, wanted)
        else:
            losses.append(Lost(local, name, wanted, theirs, "changed by somebody else", _me(tx)))
            del edits[name]
    history.remember(tx, losses)
    problems.clear(tx, local.reference, "conflict")
    return edit.keep(tx, replace(local, edits=edits))


def _delete_after_all(tx: Transaction, problem: Problem, argument: str) -> Changes:
    problems.clear(tx, problem.reference)
    return edit.remove(tx, problem.reference)


def _over(tx: Transaction, problem: Problem, argument: str = "") -> Changes:
    problems.clear(tx, problem.reference, problem.kind)
    return of_records(problem.reference)


def _retry_mail(tx: Transaction, problem: Problem, argument: str) -> Changes:
    mailbox.update_message(tx, problem.record, state="waiting", folder=mailbox.OUTBOX)
    outbox.add_mail(tx, problem.record)
    problems.clear(tx, problem.reference)
    return Changes(messages=True, outbox=True)


def _discard_mail(tx: Transaction, problem: Problem, argument: str) -> Changes:
    """Back to the drafts: a message is never thrown away because it could not be sent."""
    outbox.remove_mail(tx, problem.record)
    mailbox.update_message(tx, problem.record, state="draft", folder=mailbox.DRAFTS)
    problems.clear(tx, problem.reference)
    return Changes(messages=True)


def _let_them_go(tx: Transaction, problem: Problem, argument: str) -> Changes:
    """The person agrees: the next run removes what the server no longer gives."""
    problems.raise_problem(tx, problem.kind, problem.reference, problem.words, {**problem.details, "agreed": True})
    return Changes(entities=frozenset({problem.entity}))


def _local(tx: Transaction, problem: Problem) -> Stored:
    local = records.stored(tx, problem.reference)
    if local is None:
        problems.clear(tx, problem.reference)
        raise Refusal("The record is not here any more.")
    return local


def _gone(tx: Transaction, local: Stored) -> None:
    outbox.remove(tx, local.reference)
    problems.clear(tx, local.reference)
    records.erase(tx, local.entity, [local.id])


def _me(tx: Transaction) -> str | None:
    return f"systemuser:{tx.me}" if tx.me else None


_ANSWERS: dict[tuple[str, str], Callable[[Transaction, Problem, str], Changes]] = {
    ("duplicate", "create"): _create_anyway,
    ("duplicate", "use"): _use_existing,
    ("duplicate", "discard"): _discard,
    ("conflict", "mine"): _mine,
    ("conflict", "theirs"): _theirs,
    ("deleted there", "recreate"): _recreate,
    ("deleted there", "discard"): _discard,
    ("changed there", "mine"): _delete_after_all,
    ("changed there", "theirs"): _over,
    ("refused", "retry"): _over,
    ("refused", "discard"): _discard,
    ("mail", "retry"): _retry_mail,
    ("mail", "discard"): _discard_mail,
    ("group", "retry"): _over,
    ("reload", "theirs"): _let_them_go,
    ("reload", "retry"): _over,
}
