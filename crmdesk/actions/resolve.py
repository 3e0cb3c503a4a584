"""Answering problems: each choice is one of those that the problem offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from crmdesk.actions import alike, edit, restore
from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes, of_records
from crmdesk.model.record import Reference, Value, guid, new_id, normalise_values
from crmdesk.model.words import ENTITIES
from crmdesk.store import history, local_data, mailbox, outbox, problems, records, references
from crmdesk.store.history import Lost
from crmdesk.store.problems import Problem
from crmdesk.store.records import Edit, Stored
from crmdesk.store.store import Transaction
from crmdesk.texts import tr


def resolve(tx: Transaction, key: str, choice: str, combined: Mapping[str, Value] | None = None) -> Changes:
    """Answer the problem `key`. `choice`: mine, theirs, create, use:ID, combine:ID:FIELD,…, recreate, retry or discard.

    Of a possible duplicate, combine:ID:FIELD,FIELD uses the existing record ID and takes these fields of the new one
    over to it. What an answer throws away or turns to another record stands in history under one run of its own, so
    that undo() takes all of it back.

    Of a conflict, mine:FIELD,FIELD keeps the person's values in these fields and takes theirs in the others, and
    `combined` gives fields a third value, made of both; then both are in history. Raises Refusal, and BadValue.
    """
    problem, tx = problems.problem(tx, key), replace(tx, run=tx.run or new_id())
    if problem is None:
        raise Refusal(tr("There is no open problem {key}.", key=key))
    word, _, argument = choice.partition(":")
    if word not in problem.choices:
        raise Refusal(
            tr("This problem takes {choices}; not '{choice}'.", choices=", ".join(problem.choices), choice=choice)
        )
    if combined:
        changes = _combine(tx, problem, word, argument, combined)
    else:
        changes = _ANSWERS[problem.kind, word](tx, problem, argument)
    return replace(changes, problems=True, history=True, outbox=True)


def undo(tx: Transaction, reference: Reference) -> Changes:
    """Take the last answer about a possible duplicate back: the record, and all that was turned away from it.

    It is asked about again. Raises Refusal when nothing of it can be taken back, also once it was created.
    """
    local = records.stored(tx, reference)
    if local is not None and outbox.is_created_anyway(tx, reference) and not local.sent:
        outbox.allow_duplicate(tx, reference, False)
        changes = of_records(reference)
    else:
        answers = (line for line in history.lines(tx, reference) if line.run and line.reason in TAKEN_BACK)
        answer = next((line for line in answers if not line.restored), None)
        if answer is None or answer.run is None:
            raise Refusal(tr("There is no answer about this record that could be taken back."))
        changes = restore.undo_run(tx, answer.run)
    back = records.stored(tx, reference)
    if back is not None:
        alike.ask(tx, back)
    return replace(changes, problems=True, history=True, outbox=True)


_USED = "an existing record was used"
TAKEN_BACK = (_USED, "discarded")
"""The reasons in history of the answers that undo() takes back."""


def _create_anyway(tx: Transaction, problem: Problem, argument: str) -> Changes:
    outbox.allow_duplicate(tx, problem.reference)
    return _over(tx, problem)


def _use_existing(tx: Transaction, problem: Problem, argument: str) -> Changes:
    """The new one goes to history; everything that pointed at it points at the one that is there, the result."""
    return _turn_to(tx, _new_one(tx, problem), _candidate(tx, problem, argument))


def _combine_both(tx: Transaction, problem: Problem, argument: str) -> Changes:
    """As using the existing one, which takes the named fields over from the new one first."""
    key, _, names = argument.partition(":")
    existing, local = _candidate(tx, problem, key), _new_one(tx, problem)
    there = records.stored(tx, existing)
    if there is None or there.gone:
        local_data.want(tx, [existing])
        raise Refusal(tr("The existing one is not in the local data yet. Synchronise, then combine both."))
    fields = [each for each in names.split(",") if each]
    may = edit.writable(ENTITIES[local.entity], local.shown)
    if existing.entity != local.entity and fields:
        raise Refusal(tr("Only records of one kind can be combined field by field."))
    if unknown := [each for each in fields if each not in may]:
        raise Refusal(f"The new one has nothing in {', '.join(unknown)}. It has: {', '.join(sorted(may))}.")
    taken = {each: may[each] for each in fields if may[each] != there.shown.get(each)}
    history.remember(
        tx, [Lost(there, name, there.shown.get(name), value, "combined", _me(tx)) for name, value in taken.items()]
    )
    changes = edit.keep(tx, records.edited(there, taken)) if taken else Changes()
    if taken:
        outbox.allow_duplicate(tx, existing)
    return _turn_to(tx, local, existing) | changes


def _new_one(tx: Transaction, problem: Problem) -> Stored:
    local = _local(tx, problem)
    if local.base is not None or local.sent:
        raise Refusal(tr("It is in the CRM already, or may be: it can be saved anyway, or the change discarded."))
    return local


def _candidate(tx: Transaction, problem: Problem, argument: str) -> Reference:
    candidates = problem.details.get("candidates", ())
    if not argument and len(candidates) == 1:
        argument = candidates[0]["id"]
    try:
        key = guid(argument)
    except ValueError as error:
        raise Refusal(f"Say which one: use:ID or combine:ID:FIELD,FIELD. {error}") from None
    offered = next((each for each in candidates if each["id"] == key), None)
    if offered is None:
        named = ", ".join(each["id"] for each in candidates) or "none that you may see"
        raise Refusal(
            tr("{key} is none of those that it looks like ({named}). Nothing was changed.", key=key, named=named)
        )
    existing = Reference(offered.get("entity", problem.entity), key)
    if records.stored(tx, existing) is None and any(line.field is None for line in history.lines(tx, existing)):
        raise Refusal(
            tr("{name} ({key}) was deleted or discarded meanwhile. Nothing was changed.", name=offered["name"], key=key)
        )
    return existing


def _turn_to(tx: Transaction, local: Stored, existing: Reference) -> Changes:
    history.remember(tx, [Lost(local, None, local.shown, str(existing), _USED, _me(tx))])
    turned = references.redirect(tx, local.reference, existing)
    _gone(tx, local)
    return of_records(local.reference, existing, *turned, result=existing)


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
    local_data.stay(tx, local.entity, [local.id])
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
        raise Refusal(tr("Only values that two people changed can be combined."))
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
    """The person agrees: the next run removes what the server does not give then either."""
    local_data.read_whole_again(tx, problem.entity)
    problems.raise_problem(tx, problem.kind, problem.reference, problem.words, {**problem.details, "agreed": True})
    return Changes(entities=frozenset({problem.entity}))


def _ask_again(tx: Transaction, problem: Problem, argument: str) -> Changes:
    local_data.read_whole_again(tx, problem.entity)
    return _over(tx, problem, argument)


def _local(tx: Transaction, problem: Problem) -> Stored:
    local = records.stored(tx, problem.reference)
    if local is None:
        problems.clear(tx, problem.reference)
        raise Refusal(tr("The record is not here any more."))
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
    ("duplicate", "combine"): _combine_both,
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
    ("reload", "retry"): _ask_again,
}
