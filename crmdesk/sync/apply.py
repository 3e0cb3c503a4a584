"""Writing verdicts down: the record, its outbox entry, history and problems, in the transaction that decides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crmdesk.crm.client import Removed, Row
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference, lookup_targets
from crmdesk.model.words import ENTITIES
from crmdesk.store import history, local_data, outbox, problems, records
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader, Transaction
from crmdesk.sync.merge import Departure, Verdict, arrived, departed
from crmdesk.sync.report import Tally


def rows(tx: Transaction, entity: str, incoming: Sequence[Row], tally: Tally, load: int | None) -> None:
    """Rows that the server gave. `load`: number of the group's load that they belong to; None: they came along."""
    here = records.stored_many(tx, entity, [row.id for row in incoming])
    changed: list[Stored] = []
    same: list[str] = []
    for row in incoming:
        local = here.get(row.id)
        if local is not None and local.version == row.version and local.base is not None:
            if load is not None and (not local.in_group or local.seen != load):
                same.append(row.id)
            continue
        verdict = arrived(local, entity, row.id, row.version, row.values)
        if verdict.record is not None and load is not None:
            verdict = replace(verdict, record=replace(verdict.record, in_group=True, seen=load))
        tally.pulled += 1
        settle(tx, verdict, local, tally, write=False)
        if verdict.record is not None:
            changed.append(verdict.record)
    records.write(tx, *changed)
    if load is not None:
        local_data.put_in_group(tx, entity, same, load)
    ids = [row.id for row in incoming]
    # one that left the group is still on its way out when it comes along for another reason
    local_data.stay(tx, entity, ids, None if load is not None else Departure.DELETED.value)
    local_data.no_longer_wanted(tx, entity, ids)
    if load is not None:
        kind = ENTITIES[entity]
        local_data.want(tx, (target for record in changed for target in lookup_targets(kind, record.base or {})))
    note(tally, entity, [record.id for record in changed])


FEW = 50  # rows that are compared before a transaction is begun for them


def has_news(reader: Reader, entity: str, incoming: Sequence[Row], load: int | None) -> bool:
    """Whether rows() would have anything to write (many rows are taken to be news)."""
    if len(incoming) > FEW:
        return True
    here = records.stored_many(reader, entity, [row.id for row in incoming])
    return not all(row.id in here and _is_known(here[row.id], row, load) for row in incoming)


def _is_known(local: Stored, row: Row, load: int | None) -> bool:
    same = local.version == row.version and local.base is not None
    return same and (load is None or (local.in_group and local.seen == load))


def not_landed(tx: Transaction, entity: str, rows_now: Sequence[Row]) -> None:
    """The server still has the version that unanswered sendings were bound to, and nothing more is to be sent."""
    here = records.stored_many(tx, entity, [row.id for row in rows_now])
    for row in rows_now:
        local = here.get(row.id)
        if local is not None and local.sent and not local.waits and local.version == row.version:
            outbox.remove(tx, local.reference)


def removed(tx: Transaction, entity: str, gone: Sequence[Removed], tally: Tally) -> None:
    """Ids that the server's feed says are deleted, or not ours any more."""
    for how in Departure:
        deleted = how is Departure.DELETED
        let_go(tx, entity, [each.id for each in gone if (each.reason == "deleted") is deleted], how, tally)


def let_go(tx: Transaction, entity: str, ids: Sequence[str], how: Departure, tally: Tally) -> None:
    """These were deleted, or left the group."""
    plain = []
    for local in records.stored_many(tx, entity, ids).values():
        if local.waits or local.sent:
            depart(tx, local, how, tally)
        else:
            plain.append(local.id)  # departed() would say the same of each
    local_data.take_out_of_group(tx, entity, plain)
    local_data.leave(tx, entity, plain, how.value)
    note(tally, entity, plain)


def depart(tx: Transaction, local: Stored, how: Departure, tally: Tally) -> None:
    verdict = departed(local, how)
    settle(tx, verdict, local, tally)
    if verdict.leaving is not None:
        local_data.leave(tx, local.entity, [local.id], verdict.leaving.value)


def settle(tx: Transaction, verdict: Verdict, local: Stored | None, tally: Tally, write: bool = True) -> None:
    """Carry a verdict out. `write` False: the caller writes the record itself, many at once."""
    reference = (verdict.record or local or _nobody()).reference
    tally.overwritten += history.remember(tx, verdict.losses)
    tally.merged += verdict.merged
    if verdict.solved and local is not None and local.waits:
        problems.clear(tx, reference, *verdict.solved)
    if verdict.trouble is not None:
        problems.raise_problem(tx, verdict.trouble.kind, reference, verdict.trouble.words, verdict.trouble.details)
    if verdict.record is None:
        outbox.remove(tx, reference)
        problems.clear(tx, reference)
        records.erase(tx, reference.entity, [reference.id])
        local_data.stay(tx, reference.entity, [reference.id])
    else:
        if write:
            records.write(tx, verdict.record)
        if local is not None and (local.waits or local.sent or verdict.record.waits):
            outbox.follow(tx, verdict.record)
    note(tally, reference.entity, [reference.id])


def note(tally: Tally, entity: str, ids: Sequence[str]) -> None:
    """Remember what changed, for the views; many at once are told by their entity alone."""
    if ids:
        few = frozenset(Reference(entity, key) for key in ids) if len(ids) <= 50 else frozenset()
        told = Changes(frozenset((entity,)), few, outbox=True, problems=True, history=True, cause="run")
        tally.changes = tally.changes | told


def _nobody() -> Stored:
    raise AssertionError("a verdict speaks of a record")
