"""A private copy and the record of the CRM that it was untracked from: tracking either of them joins both again.

    tracked                   the other                                becomes
    the copy                  here, in the CRM                         the record is tracked again, what was changed in
                                                                       the copy over it; the copy goes
    the copy                  here, its deletion waits                 the copy is made in the CRM as a new one
    the copy                  not here, was in the CRM as far as       made under the record's id: where that is still
                              the copy knows                           there, both are merged, else it is made again
    the copy                  not here, never heard of                 the copy is made in the CRM as a new one
    the record                the copy, here                           as the first
    the record, not here      the copy, here                           as tracking the copy

Never is there a second record in the CRM. The copy remembers, field by field, what was agreed with the server when it
was made, so what others changed since is theirs and what was changed in the copy is the person's (sync.merge).
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from crmdesk.actions.edit import writable
from crmdesk.model.record import Reference, new_id
from crmdesk.model.words import ENTITIES
from crmdesk.store import history, outbox, problems, records
from crmdesk.store import references as pointers
from crmdesk.store.history import Lost
from crmdesk.store.records import Edit, Stored
from crmdesk.store.store import Reader, Transaction

_MIRROR = (1 << 48) - 1  # the last group of an id; the others, which tell how it was made, stay


def counterpart(reference: Reference) -> Reference:
    """The private copy of a record, and the record of a private copy: each id follows from the other's."""
    return Reference(reference.entity, str(UUID(int=UUID(reference.id).int ^ _MIRROR)))


def copy_of(reader: Reader, local: Stored) -> Stored:
    """A private copy of a record of the CRM, with its waiting changes. It has no owner."""
    base, copy = local.base or {}, counterpart(local.reference)
    values = {name: value for name, value in writable(ENTITIES[local.entity], local.shown).items() if name != "ownerid"}
    edits = {}
    for name, value in values.items():
        agreed = local.edits[name].agreed if name in local.edits else base.get(name)
        if agreed is not None or value is not None:
            edits[name] = Edit(agreed, value)
    key = copy.id if records.stored(reader, copy) is None else new_id()
    return Stored(local.entity, key, edits=edits, private=True)


def as_new(local: Stored) -> Stored:
    """A private record that is to be made in the CRM as a new one: nothing was ever agreed about it."""
    edits = {name: Edit(None, edit.mine) for name, edit in local.edits.items() if edit.mine is not None}
    return replace(local, edits=edits, private=False, mine=None)


def parted(tx: Transaction, local: Stored) -> Stored | None:
    """The private copy again, of one that was tracked while its record was not here, and not sent yet; else None."""
    if all(edit.agreed is None for edit in local.edits.values()):
        return None
    copy = Stored(local.entity, counterpart(local.reference).id, edits=local.edits, private=True)
    records.write(tx, copy)
    _forget(tx, local, copy.reference)
    return copy


def with_copy(reader: Reader, reference: Reference) -> Reference:
    """Which of the two is here, of a record that is to be tracked."""
    copy = counterpart(reference)
    if records.stored(reader, reference) is None and _is_private(records.stored(reader, copy)):
        return copy
    return reference


def joined(tx: Transaction, local: Stored) -> Stored | None:
    """The record that a record and its copy are from now on; None when `local` has no counterpart.

    It is not written yet. The copy is erased, what pointed at it points at the record, and what gives way of a waiting
    change of the record is in history.
    """
    other = records.stored(tx, counterpart(local.reference))
    if not local.private:
        return _over(tx, local, other) if _is_private(other) else None
    if other is not None:
        return None if other.private or other.gone else _over(tx, other, local)
    if all(edit.agreed is None for edit in local.edits.values()):
        return None  # never in the CRM as far as it knows
    record = Stored(local.entity, counterpart(local.reference).id, edits=local.edits, mine=True)
    records.write(tx, record)
    _forget(tx, local, record.reference)
    return record


def _over(tx: Transaction, record: Stored, copy: Stored | None) -> Stored:
    assert copy is not None
    shown, edits, losses = record.shown, dict(record.edits), list[Lost]()
    for name, edit in copy.edits.items():
        if edit.mine == edit.agreed or edit.mine == shown.get(name):
            continue
        if name in edits:
            losses.append(Lost(record, name, edits[name].mine, edit.mine, "combined", _me(tx)))
        edits[name] = Edit(edit.agreed, edit.mine)
    history.remember(tx, losses)
    _forget(tx, copy, record.reference)
    owned = shown.get("ownerid") == _me(tx)
    return replace(record, edits=edits, mine=None if owned else True)


def _forget(tx: Transaction, going: Stored, staying: Reference) -> None:
    pointers.redirect(tx, going.reference, staying)
    outbox.remove(tx, going.reference)
    problems.clear(tx, going.reference)
    records.erase(tx, going.entity, [going.id])


def _is_private(local: Stored | None) -> bool:
    return local is not None and local.private and not local.gone


def _me(reader: Reader) -> str | None:
    return f"systemuser:{reader.me}" if reader.me else None
