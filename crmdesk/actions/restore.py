"""Bringing back what was overwritten or erased: one value, what a record lost, or everything that a run took.

It is decided first, from the lines of history and the records as they stand now (`what_comes_back_...`), then carried
out in one transaction: what is brought back is the person's change, sent as usual. Several lines at once trample
nothing: a value that was changed again since stays, and is named with the reason. What gives way to them goes to
history as a run of its own, so that this can be undone like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from crmdesk.actions.edit import NOT_MADE_HERE, writable
from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference, Value, lookup_targets, new_id
from crmdesk.model.words import ENTITIES, PRIVATE_KINDS
from crmdesk.store import history, local_data, outbox, problems, records, runs
from crmdesk.store.history import Kept, Lost
from crmdesk.store.records import Edit, Stored
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import mark, tr

NAMED = 50  # records that a change names one by one

ON_ITS_WAY = mark("Its deletion is on its way to the server; restore it after the next synchronisation.")
CHANGED_SINCE = mark("It was changed again since; what stands there now stays.")
STANDS_THERE = mark("It stands there already.")
IS_HERE = mark("The record is here; nothing was changed.")
NOT_HERE = mark("The record is not here any more; restore the whole record first.")
NOT_OURS = mark("It is kept by the server's administrator and can't be made here.")
BROUGHT_BACK = mark("It was brought back before.")


@dataclass(frozen=True)
class LeftOut:
    """A line that is not brought back, and why, as a sentence."""

    line: Kept
    why: str


@dataclass(frozen=True)
class Plan:
    """What would come back. `coming` and `left` are all the lines that were asked for."""

    coming: tuple[Kept, ...]
    left: tuple[LeftOut, ...]
    changed: tuple[Stored, ...] = field(repr=False)
    erased: tuple[Stored, ...] = field(repr=False)  # made by an earlier undoing, and never sent
    losses: tuple[Lost, ...] = field(repr=False)  # what gives way


@dataclass(frozen=True)
class Undone:
    """The result of undoing. `run` names it: undoing that one takes this back."""

    run: str
    brought_back: int
    left: tuple[LeftOut, ...]


def restore(tx: Transaction, key: str) -> Changes:
    """Bring one lost value, or a whole erased record under its own id, back; also over what was changed since.

    Raises Refusal when it cannot be.
    """
    line = history.line(tx, key)
    if line is None:
        raise Refusal(tr("There is no history line {key}.", key=key))
    plan = _plan(tx, [line], careful=False)
    if plan.left:
        raise Refusal(tr(plan.left[0].why))
    made = (each for each in plan.losses if each.field is not None)  # what was not there needs no way back
    return _carry_out(tx, replace(plan, losses=tuple(made)))


def restore_record(tx: Transaction, reference: Reference) -> Changes:
    """Bring back what a record lost last: itself when it is not here, else each field's newest lost value.

    The result is Undone. Raises Refusal when nothing of it can be.
    """
    return _undo(tx, what_comes_back_of_record(tx, reference), {"record": str(reference)})


def undo_run(tx: Transaction, run: str) -> Changes:
    """Bring back everything that a run overwrote or erased and that was not changed since.

    Erased records come back under their own ids; those that are on the server no more are made there again. The result
    is Undone. Raises Refusal when nothing of it can be brought back.
    """
    return _undo(tx, what_comes_back_of_run(tx, run), {"undone": run})


def what_comes_back_of_run(reader: Reader, run: str) -> Plan:
    """What undo_run() would do now."""
    return _plan(reader, history.lines(reader, run=run, limit=None), careful=True)


def what_comes_back_of_record(reader: Reader, reference: Reference) -> Plan:
    """What restore_record() would do now."""
    newest: dict[str | None, Kept] = {}
    for line in history.lines(reader, reference):
        if not line.restored and line.lost is not None:
            newest.setdefault(line.field, line)
    whole = newest.pop(None, None)
    here = records.get(reader, reference) is not None
    return _plan(reader, list(newest.values()) if here else [whole] if whole else [], careful=True)


def _undo(tx: Transaction, plan: Plan, about: dict[str, Value]) -> Changes:
    if not plan.coming:
        if plan.left:
            why = tr(plan.left[0].why)
            raise Refusal(tr("There is nothing to bring back. {why} Nothing was changed.", why=why))
        raise Refusal(tr("There is nothing to bring back. Nothing was changed."))
    key = new_id()
    undone = Undone(key, len(plan.coming), plan.left)
    runs.keep_undo(tx, key, {**about, "restored": undone.brought_back, "left out": len(plan.left)})
    return replace(_carry_out(replace(tx, run=key), plan), result=undone)


# ---- deciding


def _plan(reader: Reader, lines: Sequence[Kept], careful: bool) -> Plan:
    """`lines`: newest first. `careful`: what was changed since, or is done already, is left out."""
    standing = _Standing(reader, lines)
    coming, left = [], []
    for line in (*(each for each in lines if each.field is None), *(each for each in lines if each.field is not None)):
        why = BROUGHT_BACK if careful and line.restored else standing.bring_back(line, careful)
        if why:
            left.append(LeftOut(line, why))
        else:
            coming.append(line)
    changed = tuple(standing.touched.values())
    return Plan(tuple(coming), tuple(left), changed, tuple(standing.erased), tuple(standing.losses))


class _Standing:
    """The records as they stand while line after line is brought back; nothing is written."""

    def __init__(self, reader: Reader, lines: Iterable[Kept]) -> None:
        by_entity: dict[str, set[str]] = {}
        for line in lines:
            by_entity.setdefault(line.entity, set()).add(line.record)
        self._now: dict[Reference, Stored] = {
            record.reference: record
            for entity, ids in by_entity.items()
            for record in records.stored_many(reader, entity, sorted(ids)).values()
        }
        self._me = f"systemuser:{reader.me}" if reader.me else None
        self.touched: dict[Reference, Stored] = {}
        self.erased: list[Stored] = []
        self.losses: list[Lost] = []

    def bring_back(self, line: Kept, careful: bool) -> str:
        """Empty when it was done, else why not."""
        local = self._now.get(line.reference)
        if line.field is not None:
            return self._value(line, line.field, local, careful)
        if line.lost is None:
            return self._take_away(line, local, careful)
        return self._whole(line, local)

    def _value(self, line: Kept, name: str, local: Stored | None, careful: bool) -> str:
        if local is None or local.gone:
            return NOT_HERE
        stands = local.shown.get(name)
        if careful and stands == line.lost:
            return STANDS_THERE
        if careful and stands != line.kept:
            return CHANGED_SINCE
        if stands != line.lost:
            self.losses.append(Lost(local, name, stands, line.lost, "restored", self._whose(local, name)))
        self._put(records.edited(local, {name: line.lost}))
        return ""

    def _whole(self, line: Kept, local: Stored | None) -> str:
        if local is not None and not local.gone:
            return IS_HERE
        if local is not None and any(attempt.verb == "delete" for attempt in local.sent):
            return ON_ITS_WAY
        if line.entity in NOT_MADE_HERE:
            return NOT_OURS
        made = replace(local, gone=False) if local is not None else _made_again(line)
        self.losses.append(Lost(made, None, None, made.shown, "restored"))
        self._put(made)
        return ""

    def _take_away(self, line: Kept, local: Stored | None, careful: bool) -> str:
        """It was made again by an undoing that is undone now."""
        if local is None or local.gone:
            return STANDS_THERE
        made = writable(ENTITIES[line.entity], line.kept or {})  # the server may have filled in more
        if careful and any(local.shown.get(name) != value for name, value in made.items()):
            return CHANGED_SINCE
        self.losses.append(Lost(local, None, local.shown, None, "restored", self._me))
        if local.private or (local.base is None and not local.sent):
            self.erased.append(local)
            self.touched.pop(local.reference, None)
            self._now[local.reference] = replace(local, gone=True)
        else:
            self._put(replace(local, gone=True))
        return ""

    def _put(self, record: Stored) -> None:
        self._now[record.reference] = self.touched[record.reference] = record

    def _whose(self, local: Stored, name: str) -> str | None:
        if local.private or name in local.edits:
            return self._me
        who = (local.base or {}).get("modifiedby")
        return who if isinstance(who, str) else None


def _made_again(line: Kept) -> Stored:
    """What was in the CRM, or was to go there, has an owner; what is private has none."""
    edits = {name: Edit(None, v) for name, v in writable(ENTITIES[line.entity], line.lost).items() if v is not None}
    private = line.entity in PRIVATE_KINDS and not line.lost.get("ownerid")
    return Stored(line.entity, line.record, edits=edits, private=private)


# ---- doing


def _carry_out(tx: Transaction, plan: Plan) -> Changes:
    records.write(tx, *plan.changed)
    synchronised = [each for each in plan.changed if not each.private]
    outbox.follow(tx, *synchronised)
    local_data.want(tx, (target for each in synchronised for target in _targets(each)))
    # one that the server has, and does not give us any more, still leaves when nothing of it waits
    for entity, ids in _by_entity([each for each in plan.changed if each.base is None]).items():
        local_data.stay(tx, entity, ids)
    kept_again = {line.reference for line in plan.coming if line.field is None}
    for each in plan.changed:
        if not each.waits and not each.sent:
            problems.clear(tx, each.reference)  # what was refused is not wanted any more
        elif each.reference in kept_again and not each.gone:
            problems.clear(tx, each.reference, "refused")  # its deletion was; what else waits of it may go
    outbox.remove(tx, *(each.reference for each in plan.erased))
    for each in plan.erased:
        problems.clear(tx, each.reference)
    for entity, ids in _by_entity(plan.erased).items():
        records.erase(tx, entity, ids)
    for line in plan.coming:
        if line.reason == "possible duplicate":
            outbox.allow_duplicate(tx, line.reference)  # else the next run would let it go for the same reason
    history.remember(tx, plan.losses)
    history.mark_restored(tx, [line.id for line in plan.coming])
    touched = [each.reference for each in (*plan.changed, *plan.erased)]
    return Changes(
        frozenset(each.entity for each in touched),
        frozenset(touched) if len(touched) <= NAMED else frozenset(),
        outbox=any(not each.private for each in (*plan.changed, *plan.erased)),
        problems=True,
        history=True,
    )


def _targets(record: Stored) -> list[Reference]:
    """What the person's values point at: it is fetched where it is not here."""
    return list(lookup_targets(ENTITIES[record.entity], {name: edit.mine for name, edit in record.edits.items()}))


def _by_entity(records_: Iterable[Stored]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in records_:
        found.setdefault(each.entity, []).append(each.id)
    return found
