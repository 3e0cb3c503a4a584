"""Which waiting records can be sent next. Pure.

the record's change points at                      then
nothing, or at what is on the server               it goes now
a record that is created in a later wave           it waits for that wave
a record that is held by a problem                 it waits; nothing else does
a private record                                   that field is held back, the rest goes
a circle of new records                            the first goes without its back reference, which follows
(an attachment of an e-mail created now)           both go in one change set: all or nothing
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store.records import Stored


@dataclass(frozen=True)
class Parcel:
    """A record to send now, without the fields that are held back."""

    record: Stored
    held_back: frozenset[str] = frozenset()


def next_wave(
    waiting: Sequence[Stored],
    unborn: Collection[Reference],
    private: Collection[Reference],
    most: int,
    circles: bool = True,
) -> list[tuple[Parcel, ...]]:
    """The parcels to send in one request, each alone or as a change set; empty when nothing can go.

    `waiting`: what may be sent, oldest first. `unborn`: every record that is not on the server yet, held ones too.
    `circles`: when nothing else can go, the first of a circle does.
    """
    wave: list[tuple[Parcel, ...]] = []
    joined: dict[Reference, list[Parcel]] = {}
    taken: set[Reference] = set()
    for record in waiting:
        is_file = record.entity == "activitymimeattachment"
        full = len(wave) >= most
        if full and not is_file:
            continue  # a file of an e-mail that goes now may stand further on
        needs = _targets(record, unborn)
        if not needs and not full:
            parcel = Parcel(record, frozenset(_targets(record, private)))
            taken.add(record.reference)
            joined[record.reference] = [parcel]
            wave.append((parcel,))
        elif needs and is_file and set(needs.values()) <= taken:
            joined[next(iter(needs.values()))].append(Parcel(record))
    if wave or not circles:
        return [tuple(joined[parcels[0].record.reference]) for parcels in wave]
    return _out_of_a_circle(waiting, unborn, private)


def _out_of_a_circle(
    waiting: Sequence[Stored], unborn: Collection[Reference], private: Collection[Reference]
) -> list[tuple[Parcel, ...]]:
    behind = held_up(waiting, unborn)
    for record in waiting:
        if record.base is None and record.reference not in behind:
            held = {**_targets(record, unborn), **_targets(record, private)}
            return [(Parcel(record, frozenset(held)),)]
    return []


def is_unborn(record: Stored) -> bool:
    """Whether it is to be made on the server."""
    return record.base is None and not record.gone


def held_up(waiting: Iterable[Stored], unborn: Collection[Reference]) -> set[Reference]:
    """Of what may be sent, that which cannot go before a record that is held, over however many others.

    `unborn`: every record that is not on the server yet, held ones too.
    """
    waiting = tuple(waiting)
    free = {record.reference for record in waiting}
    pointing: dict[Reference, list[Reference]] = {}
    for record in waiting:
        for target in _targets(record, unborn).values():
            pointing.setdefault(target, []).append(record.reference)
    found: set[Reference] = set()
    to_do = [target for target in pointing if target not in free]
    while to_do:
        new = [each for each in pointing.get(to_do.pop(), ()) if each not in found]
        found.update(new)
        to_do += new
    return found


def _targets(record: Stored, among: Collection[Reference]) -> dict[str, Reference]:
    """Field -> the record it is to point at, for the edited lookups that point into `among` (never at itself)."""
    if record.gone:
        return {}
    kind, found = ENTITIES[record.entity], {}
    for name, edit in record.edits.items():
        field = kind.by_name.get(name)
        if field is None:
            continue
        if field is kind.parties:
            pointed = [p.get("partyid") for p in edit.mine or ()]
        elif field in kind.lookups:
            pointed = [edit.mine]
        else:
            continue
        for text in pointed:
            if isinstance(text, str):
                target = Reference(*text.split(":", 1))
                if target in among and target != record.reference:
                    found[name] = target
    return found
