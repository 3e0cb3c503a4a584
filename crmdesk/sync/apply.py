"""Writing verdicts down: the record, its outbox entry, history and problems, in the transaction that decides them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from crmdesk.crm.client import Removed, Row
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference, lookup_targets
from crmdesk.model.words import ENTITIES
from crmdesk.store import history, local_data, outbox, problems, receipts, records
from crmdesk.store.receipts import Delivered
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader, Transaction
from crmdesk.sync.merge import Departure, Verdict, arrived, departed, is_older, landed
from crmdesk.sync.report import Tally


def rows(
    tx: Transaction, entity: str, incoming: Sequence[Row], tally: Tally, load: int | None, followed: bool = False
) -> None:
    """Rows that the server gave. `load`: number of the group's load that they belong to; None: they came along.

    `followed`: they answer a question about changes that may be older than what was read in this run since.
    """
    ids = [row.id for row in incoming]
    here = records.stored_many(tx, entity, ids)
    fresh = {row.id: row for row in incoming if row.id not in here}
    if len(fresh) >= MANY:
        _add(tx, entity, list(fresh.values()), tally, load)
        incoming = [row for row in incoming if row.id in here]
    _merge(tx, entity, incoming, here, tally, load, followed)
    # one that left the group is still on its way out when it comes along for another reason
    local_data.stay(tx, entity, ids, _ALL_REASONS if load is not None else _NOT_THERE)
    local_data.no_longer_wanted(tx, entity, ids)


MANY = 50  # rows that are worth the short way


def _add(tx: Transaction, entity: str, fresh: Sequence[Row], tally: Tally, load: int | None) -> None:
    """Rows of which nothing is here: arrived() would say of each that it is stored as it is."""
    records.add_many(tx, entity, load, ((row.id, row.version, row.values) for row in fresh))
    tally.pulled += len(fresh)
    note(tally, entity, [row.id for row in fresh])
    if load is not None:
        local_data.want(tx, _pointed_at(entity, fresh))


def _pointed_at(entity: str, found: Sequence[Row]) -> Iterator[Reference]:
    """What lookups point at, each once; users are passed over, as all of them are here."""
    for field in ENTITIES[entity].lookups:
        if field.targets != ("systemuser",):
            texts = {row.values.get(field.name) for row in found}
            yield from (Reference(*text.split(":", 1)) for text in texts if isinstance(text, str) and ":" in text)


def _merge(
    tx: Transaction,
    entity: str,
    incoming: Sequence[Row],
    here: Mapping[str, Stored],
    tally: Tally,
    load: int | None,
    followed: bool,
) -> None:
    news: list[tuple[Verdict, Stored | None]] = []
    same: list[str] = []
    me = tx.me
    arrived_unheard: list[Delivered] = []
    for row in incoming:
        local = here.get(row.id)
        if local is not None and (_is_same(local, row) or (followed and is_older(row.version, local.version))):
            if load is not None and (not local.in_group or local.seen != load):
                same.append(row.id)
            continue
        verdict = arrived(local, entity, row.id, row.version, row.values, me)
        if local is not None and (attempt := landed(local, row.values)) is not None:
            arrived_unheard.append(Delivered(local, attempt, row.version))
        if verdict.record is not None and load is not None:
            verdict = replace(verdict, record=replace(verdict.record, in_group=True, seen=load))
        news.append((verdict, local))
    settle(tx, news, tally)
    tally.pulled += len(news)
    delivered(tx, arrived_unheard, tally)
    if load is not None:
        local_data.put_in_group(tx, entity, same, load)
        kind, brought = ENTITIES[entity], [verdict.record for verdict, _ in news if verdict.record is not None]
        local_data.want(tx, (target for record in brought for target in lookup_targets(kind, record.base or {})))


_NOT_THERE = (Departure.DELETED.value, Departure.HIDDEN.value)
_ALL_REASONS = tuple(each.value for each in Departure)
FEW = 50  # rows that are compared before a transaction is begun for them
NAMED = 50  # records that views are told of one by one


def has_news(reader: Reader, entity: str, incoming: Sequence[Row], load: int | None) -> bool:
    """Whether rows() would have anything to write (many rows are taken to be news)."""
    if len(incoming) > FEW:
        return True
    here = records.stored_many(reader, entity, [row.id for row in incoming])
    return not all(row.id in here and _is_known(here[row.id], row, load) for row in incoming)


def _is_known(local: Stored, row: Row, load: int | None) -> bool:
    return _is_same(local, row) and (load is None or (local.in_group and local.seen == load))


def _is_same(local: Stored, row: Row) -> bool:
    return local.version == row.version and local.base is not None


def not_landed(tx: Transaction, entity: str, rows_now: Sequence[Row]) -> None:
    """The server still has the version that unanswered sendings were bound to, and nothing more is to be sent."""
    here = records.stored_many(tx, entity, [row.id for row in rows_now])
    for row in rows_now:
        local = here.get(row.id)
        if local is not None and local.sent and not local.waits and local.version == row.version:
            outbox.remove(tx, local.reference)


def removed(tx: Transaction, entity: str, gone: Sequence[Removed], tally: Tally) -> None:
    """Ids that the server's feed says are deleted, or not ours any more."""
    deleted = [each.id for each in gone if each.reason == "deleted"]
    let_go(tx, entity, deleted, Departure.DELETED, tally)
    let_go(tx, entity, [each.id for each in gone if each.reason != "deleted"], Departure.HIDDEN, tally)


def not_given(tx: Transaction, entity: str, fates: Mapping[str, Departure], tally: Tally) -> None:
    """Asked for by their ids, the server gave none of these. What it has after all is for the next run to hear."""
    for how in (Departure.DELETED, Departure.HIDDEN):
        let_go(tx, entity, [key for key, fate in fates.items() if fate is how], how, tally)


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
    if how is Departure.DELETED and local.gone:
        delivered(tx, [Delivered(local, attempt, None) for attempt in local.sent if attempt.verb == "delete"], tally)
    settle(tx, [(verdict, local)], tally)
    if verdict.leaving is not None or verdict.trouble is not None:  # in trouble it stays as long as something waits
        local_data.leave(tx, local.entity, [local.id], how.value)


def delivered(tx: Transaction, confirmed: Sequence[Delivered], tally: Tally) -> None:
    """The server confirmed these sendings, by an answer or by what it is found to have."""
    receipts.write(tx, confirmed)
    tally.delivered.update(each.record.reference for each in confirmed)


def are_there(tx: Transaction, found: Sequence[Reference]) -> None:
    """The server has these, whatever was heard of them before."""
    for entity, ids in by_entity(found).items():
        local_data.stay(tx, entity, ids, _NOT_THERE)


def settle(tx: Transaction, decided: Sequence[tuple[Verdict, Stored | None]], tally: Tally) -> None:
    """Carry verdicts out, each with the record that it speaks of as it is here (None: not here yet)."""
    troubled = problems.troubled(tx)
    tally.overwritten += history.remember(tx, (lost for verdict, _ in decided for lost in verdict.losses))
    tally.merged += sum(verdict.merged for verdict, _ in decided)
    kept: list[Stored] = []
    in_outbox: list[Stored] = []
    gone: list[Reference] = []
    for verdict, local in decided:
        record = verdict.record
        reference = (record or local or _nobody()).reference
        if reference in troubled and verdict.solved and local is not None and local.waits:
            problems.clear(tx, reference, *verdict.solved)
        if verdict.trouble is not None:
            problems.raise_problem(tx, verdict.trouble.kind, reference, verdict.trouble.words, verdict.trouble.details)
        if record is None:
            gone.append(reference)
            continue
        kept.append(record)
        if local is not None and (local.waits or local.sent or record.waits):
            in_outbox.append(record)
    records.write(tx, *kept)
    outbox.follow(tx, *in_outbox)
    for entity, ids in by_entity(record.reference for record in kept).items():
        note(tally, entity, ids)
    _forget(tx, gone, tally)


def _forget(tx: Transaction, gone: Sequence[Reference], tally: Tally) -> None:
    outbox.remove(tx, *gone)
    for reference in gone:
        problems.clear(tx, reference)
    for entity, ids in by_entity(gone).items():
        records.erase(tx, entity, ids)
        local_data.stay(tx, entity, ids)
        note(tally, entity, ids)


def by_entity(references: Iterable[Reference]) -> dict[str, list[str]]:
    """The ids of each entity."""
    found: dict[str, list[str]] = {}
    for entity, key in references:
        found.setdefault(entity, []).append(key)
    return found


def note(tally: Tally, entity: str, ids: Sequence[str]) -> None:
    """Remember what changed, for the views; many at once are told by their entity alone."""
    if ids:
        few = frozenset(Reference(entity, key) for key in ids) if len(ids) <= NAMED else frozenset()
        told = tally.changes | Changes(frozenset((entity,)), few, outbox=True, problems=True, history=True, cause="run")
        tally.changes = told if len(told.records) <= NAMED else replace(told, records=frozenset())


def _nobody() -> Stored:
    raise AssertionError("a verdict speaks of a record")
