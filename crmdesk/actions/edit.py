"""Making, changing and deleting records, and going back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from crmdesk.actions import alike
from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes, of_records
from crmdesk.model.entity import Entity
from crmdesk.model.record import (
    BadValue,
    Reference,
    Value,
    check_required,
    display_name,
    lookup_targets,
    new_id,
    normalise_values,
)
from crmdesk.model.words import ENTITIES, PRIVATE_KINDS, SERVER_ONLY, entity
from crmdesk.store import history, local_data, outbox, problems, records
from crmdesk.store import references as pointers
from crmdesk.store.history import Lost
from crmdesk.store.records import Edit, Stored
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import tr, within

NOT_MADE_HERE = ("systemuser", *SERVER_ONLY)


def create(tx: Transaction, kind: str, values: Mapping[str, Value], track: bool = False) -> Changes:
    """Make a record; the result is its id. A contact, task or appointment is private unless it is tracked."""
    made = create_many(tx, kind, [values], track)
    (key,) = made.result if isinstance(made.result, list) else [None]
    return replace(made, result=key)


def create_many(tx: Transaction, kind: str, lines: Iterable[Mapping[str, Value]], track: bool = False) -> Changes:
    """Make several records of one kind, all or none; the result is the list of their ids."""
    what = entity(kind)
    if kind in NOT_MADE_HERE:
        raise Refusal(
            tr("{kind} are kept by the server's administrator; they can't be made here.", kind=tr(what.plural))
        )
    made = [_new(tx, what, values, private=kind in PRIVATE_KINDS and not track) for values in lines]
    records.write(tx, *made)
    for each in made:
        if not each.private:
            outbox.enqueue(tx, each.reference)
            local_data.want(tx, lookup_targets(what, each.shown))
    asked = len(made) <= alike.ASKED_AT_ONCE and [each for each in made if alike.ask(tx, each)]
    changes = of_records(*(each.reference for each in made[:50]), outbox=any(not each.private for each in made))
    changes = replace(changes, problems=bool(asked))
    return replace(changes, entities=frozenset({kind}), result=[each.id for each in made])


def _new(tx: Transaction, kind: Entity, values: Mapping[str, Value], private: bool) -> Stored:
    clean = _cleaned(kind, values)
    check_required(kind, clean)
    _check_order(kind, clean, clean)
    if not private:
        _refuse_private_targets(tx, kind, clean)
        if kind.is_owned and tx.me and not clean.get("ownerid"):
            clean["ownerid"] = f"systemuser:{tx.me}"
    edits = {name: Edit(None, value) for name, value in clean.items() if value is not None}
    return Stored(kind.name, new_id(), edits=edits, private=private)


def change(tx: Transaction, reference: Reference, values: Mapping[str, Value]) -> Changes:
    """Change fields of a record that is here. Raises BadValue, and Refusal when it is not here."""
    local = here(tx, reference)
    kind = ENTITIES[reference.entity]
    clean = _cleaned(kind, values)
    check_required(kind, {**{f.name: "?" for f in kind.fields if f.required}, **clean})
    _check_order(kind, {**local.shown, **clean}, clean)
    if not local.private:
        _refuse_private_targets(tx, kind, clean)
        local_data.want(tx, lookup_targets(kind, clean))
    changed = records.edited(local, clean)
    kept = keep(tx, changed)
    solved = _solved_by(tx, local, changed)
    if solved:
        problems.clear(tx, reference, *solved)
    return replace(kept, problems=alike.ask(tx, changed, clean.keys()) or bool(solved))


def _check_order(kind: Entity, values: Mapping[str, Value], changed: Iterable[str]) -> None:
    """Raise BadValue when a change makes something end before it begins."""
    whole = kind.whole_days
    if whole is None or not {whole.start, whole.end} & set(changed):
        return
    begin, end = values.get(whole.start), values.get(whole.end)
    if isinstance(begin, str) and isinstance(end, str) and end < begin:
        raise BadValue(whole.end, tr("It would end before it begins."))


def _solved_by(tx: Transaction, before: Stored, after: Stored) -> tuple[str, ...]:
    """The kinds of problems that a change ends: what was refused and says something else now is worth another try."""
    if not after.waits and not after.sent:
        return ("refused", "conflict")  # nothing is left of what they were about
    said_anew = {n: e.mine for n, e in before.edits.items()} != {n: e.mine for n, e in after.edits.items()}
    asked = {each.kind for each in problems.of_record(tx, after.reference)}
    return ("refused",) if said_anew and "refused" in asked else ()


def remove(tx: Transaction, reference: Reference) -> Changes:
    """Delete a record. A synchronised one is hidden until the server confirms; a never-sent one just goes."""
    local = here(tx, reference)
    if local.private or (local.base is None and not local.sent):
        lost = Lost(local, None, local.shown, None, "deleted here", _me(tx))
        history.remember(tx, [lost])
        _forget(tx, local)
        return replace(of_records(reference, outbox=False), history=True)
    problems.clear(tx, reference)
    return keep(tx, replace(local, gone=True))


def undo_remove(tx: Transaction, reference: Reference) -> Changes:
    """Take a deletion back that was not sent yet."""
    local = records.stored(tx, reference)
    if local is None or not local.gone or any(attempt.verb == "delete" for attempt in local.sent):
        raise Refusal(tr("This deletion can't be taken back here any more; restore the record from its history."))
    return keep(tx, replace(local, gone=False))


def discard(tx: Transaction, reference: Reference) -> Changes:
    """Throw the waiting change of a record away; what it held goes to history."""
    local = records.stored(tx, reference)
    if local is None or not (local.waits or local.sent):
        raise Refusal(tr("Nothing of this record waits to be sent."))
    if local.base is None:
        if local.sent:
            raise Refusal(
                tr(
                    "This new record may have reached the server already; nothing was discarded. Synchronise first, "
                    "or delete it: then it is deleted there too."
                )
            )
        history.remember(tx, [Lost(local, None, local.shown, None, "discarded", _me(tx))])
        pointers.redirect(tx, reference, None)
        _forget(tx, local)
        return replace(of_records(reference), history=True, problems=True)
    base = local.base
    history.remember(tx, (Lost(local, n, e.mine, base.get(n), "discarded", _me(tx)) for n, e in local.edits.items()))
    problems.clear(tx, reference)
    return replace(keep(tx, replace(local, edits={}, gone=False)), history=True, problems=True)


# ---- shared by the other actions


def here(reader: Reader, reference: Reference) -> Stored:
    """The record as it is stored. Raises Refusal when it is not here, or was deleted here."""
    entity(reference.entity)
    local = records.stored(reader, reference) if reference.entity not in SERVER_ONLY else None
    if local is None or local.gone:
        label = within(tr(ENTITIES[reference.entity].label))
        raise Refusal(tr("There is no {kind} {id} in the local data.", kind=label, id=reference.id))
    return local


def keep(tx: Transaction, record: Stored) -> Changes:
    """Write the record with its outbox entry."""
    records.write(tx, record)
    if not record.private:
        outbox.follow(tx, record)
    return of_records(record.reference, outbox=not record.private)


def writable(kind: Entity, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values that a person may write, of all that a record has."""
    return {n: v for n, v in values.items() if (f := kind.by_name.get(n)) is not None and not f.readonly}


def _cleaned(kind: Entity, values: Mapping[str, Value]) -> dict[str, Value]:
    if not kind.writable:
        raise Refusal(tr("{kind} can't be written by themselves.", kind=tr(kind.plural)))
    clean = normalise_values(kind, values)
    state, status = clean.get("statecode"), clean.get("statuscode")
    if state is not None and status is None:
        clean["statuscode"] = kind.default_status(state)
    elif status is not None and state is None:
        clean["statecode"] = kind.state_of(status)
    elif state is not None and status is not None and kind.state_of(status) != state:
        raise BadValue("statuscode", f"Status {status} does not belong to state {state}.")
    return clean


def _refuse_private_targets(tx: Transaction, kind: Entity, values: Mapping[str, Value]) -> None:
    """A record of the CRM cannot point at one that never leaves this computer."""
    probe = Stored(kind.name, "", edits={name: Edit(None, value) for name, value in values.items()})
    private = pointers.private_among(tx, [probe])
    if private:
        found = records.get_many(tx, private)
        named = ", ".join(f"{found[each].name} ({each})" for each in sorted(private) if each in found)
        raise Refusal(
            tr(
                "It points at {names}, which is private to this computer. Track that first, then try again.",
                names=named,
            )
        )


def _forget(tx: Transaction, local: Stored) -> None:
    outbox.remove(tx, local.reference)
    problems.clear(tx, local.reference)
    records.erase(tx, local.entity, [local.id])


def _me(tx: Transaction) -> str | None:
    return f"systemuser:{tx.me}" if tx.me else None


def name_of(local: Stored) -> str:
    return display_name(ENTITIES[local.entity], local.shown)
