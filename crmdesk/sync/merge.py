"""The merge table. Pure: a local record and something that was heard of it, in; what becomes of it, out.

Per field, with what both sides last agreed on (A), the person's value (M), the server's (T), and what was sent (S):

    heard                              edit                         becomes
    T = M                              any                          no edit: both want the same
    T = S, T ≠ M                       mine was changed since       edit (T, M): the server has our own earlier value
    T = A                              only mine changed            edit kept
    T ≠ A, T ≠ M, T not S              both changed: a clash        edit kept; derived as a clash when it is pushed
    T, where a create without it was   the server filled it in      edit (T, M)
    sent or answered
    T ≠ S, where a create with S       M = S: they changed ours     no edit: theirs came later; M to history
    arrived, for the record is there   M ≠ S: both changed: a clash edit (S, M)
    T of a record that another made    only mine changed, or both   edit (A, M): two computers that track one mail make
    under the same id                                               one record of it, whose id follows from the mail's
    (no edit)                          only theirs changed          T
    T ≠ M, M = A, where it was tracked again unseen                 T: nothing was changed in its private copy

At push, a clash goes by the policy:

    mine     M is sent; T goes to history first
    theirs   the edit ends; M goes to history
    ask      the field waits as a problem; the record's other fields travel

Whole records:

    in answer to a question about changes, older    passed over: it was asked before the newer one was read; what is
      than what is held                             asked for by its id, or read with all, is the server's word now
    deleted there, no edits here                    leaves, into history when it is erased
    deleted there, edits here                       kept, a problem: recreate or discard; leaves when no edit is left
    deleted here, its create surely did not arrive  gone, into history now
    to be made, there already, not shown to us      kept, a problem: try again or discard
    deleted there, our create was sent, no other    leaves: the deletion came after our create
    deleted there, our create of one that had been  kept, a problem: recreate or discard; the deletion may be older
      there before was sent (tracked again)           than our create, which then did not arrive
    deleted there, deleted here                     both agree: gone, into history now
    deleted here, changed there since               comes back with their values, a problem: mine (delete) or theirs
    deleted here, only its version moved            still deleted
    out of the group, nothing waits                 leaves the local data; nothing happens on the server
    out of the group, something waits               stays until that is confirmed
    out of our rights, nothing waits                leaves, also when something refers to it
    out of our rights, something waits              stays until the server has refused it and that is answered
    out of our rights, our create was sent, no other leaves: the server has it
    out of our rights, our create of one that had   sent again: what is there may be the former one, without our values
      been there before was sent
    to be deleted                                   what is shown here goes to history first, and T of a clash
    to be deleted, its create may have arrived      the server is asked first: there may be others' changes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from crmdesk.model.record import Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import local_data
from crmdesk.store.history import Lost
from crmdesk.store.records import Attempt, Edit, Stored
from crmdesk.texts import tr

Policy = Literal["mine", "theirs", "ask"]


class Departure(Enum):
    DELETED = local_data.DELETED
    HIDDEN = local_data.HIDDEN  # out of our rights
    LEFT = local_data.LEFT  # out of the group


@dataclass(frozen=True)
class Trouble:
    kind: str  # one of store.problems.KINDS
    words: str
    details: Mapping[str, Value]


@dataclass(frozen=True)
class Verdict:
    """What becomes of a record. `record` None: its local row is erased now."""

    record: Stored | None
    losses: tuple[Lost, ...] = ()
    trouble: Trouble | None = None
    solved: tuple[str, ...] = ()
    merged: bool = False
    leaving: Departure | None = None


def is_older(version: str, held: str | None) -> bool:
    """Whether `version` came before the one held. Versions that are no numbers are only known to differ.

    An etag is W/"N" with the row's versionnumber N, which grows with every write (Dataverse Web API).
    """
    before, after = _number(version), _number(held or "")
    return before is not None and after is not None and before < after


def _number(version: str) -> int | None:
    digits = version.removeprefix("W/").strip('"')
    return int(digits) if digits.isdecimal() else None


def arrived(
    local: Stored | None,
    entity: str,
    key: str,
    version: str,
    values: Mapping[str, Value],
    me: str | None = None,
) -> Verdict:
    """The server's row, newer than base or for the first time. `me`: the id of the user that is signed in."""
    if local is None:
        return Verdict(Stored(entity, key, base=dict(values), version=version))
    theirs = _with_parties(local, values)
    if local.gone:
        return _arrived_though_deleted(local, version, theirs)
    edits, losses, combined = {}, list[Lost](), False
    created = local.base is None and any(attempt.verb == "create" for attempt in local.sent)
    was_there = _was_there_before(local)
    made_by_us = created and not was_there and theirs.get("createdby") in (None, f"systemuser:{me}")
    for name, edit in local.edits.items():
        now = theirs.get(name)
        if now == edit.mine:
            continue
        if was_there and edit.mine == edit.agreed:
            continue
        if made_by_us and (said := _created_with(local, name)) not in (_NEVER, now):
            # an id is made once, and by us: what is there came from our create, and was changed since
            if edit.mine != said:
                edits[name] = Edit(said, edit.mine)
            else:
                losses.append(Lost(local, name, edit.mine, now, "changed by somebody else"))
            continue
        filled_in = made_by_us and not any(name in attempt.fields for attempt in local.sent)
        our_own = any(a.fields.get(name, _NEVER) == now for a in local.sent)
        edits[name] = Edit(now, edit.mine) if filled_in or our_own else edit
    if local.base is not None and edits:
        combined = any(name not in edits for name in others_changes(local, theirs))
    after = replace(local, base=theirs, version=version, edits=edits, sent=())
    solved: tuple[str, ...] = ("deleted there", "duplicate")  # it is there, and nobody's twin
    solved = solved if clashes(after) else (*solved, "conflict")
    return Verdict(after, tuple(losses), merged=combined, solved=solved)


def _was_there_before(local: Stored) -> bool:
    """Whether a record that is to be made was on the server once under this id: a copy that was tracked again."""
    return local.base is None and any(edit.agreed is not None for edit in local.edits.values())


def _created_with(local: Stored, name: str) -> Value:
    """What our create said of a field, where all attempts at it said the same; else _NEVER."""
    said = [attempt.fields.get(name, _NEVER) for attempt in local.sent if attempt.verb == "create"]
    return said[0] if all(each == said[0] for each in said) else _NEVER


def landed(local: Stored, theirs: Mapping[str, Value]) -> Attempt | None:
    """The unanswered sending that the server's row shows to have arrived; None: none is to be seen in it.

    People of an activity are passed over: they come in another order and shape than they were sent in.
    """
    parties = ENTITIES[local.entity].parties
    for attempt in reversed(local.sent):
        fields = {name: value for name, value in attempt.fields.items() if parties is None or name != parties.name}
        if attempt.verb != "delete" and all(theirs.get(name) == value for name, value in fields.items()):
            return attempt
    return None


def departed(local: Stored, how: Departure) -> Verdict:
    """The server says that the record was deleted, or it is not among those that we are given any more."""
    outside = replace(local, in_group=False)
    if how is Departure.LEFT or (how is Departure.HIDDEN and local.gone):
        return Verdict(outside, leaving=how)
    if local.gone:
        return Verdict(None, tuple(_deleted_here(local, None)))
    created = any(attempt.verb == "create" for attempt in local.sent)
    if local.base is None and not created:
        return Verdict(local)  # never sent: somebody else's id cannot be ours
    unconfirmed = {
        name: edit
        for name, edit in local.edits.items()
        if not any(a.fields.get(name, _NEVER) == edit.mine for a in local.sent)
    }
    surely_ours = created and not _was_there_before(local)
    if (surely_ours and not unconfirmed) or not local.edits:
        return Verdict(replace(outside, edits={}, sent=(), base=local.base or _sent_values(local)), leaving=how)
    if how is Departure.HIDDEN:
        # an update is refused, and a create is told that it exists: then the person is asked
        return Verdict(replace(local, sent=())) if local.base is None else Verdict(outside, leaving=how)
    words = tr("It was deleted in the CRM while it was changed here. Your changes are kept.")
    return Verdict(replace(outside, sent=()), trouble=Trouble("deleted there", words, {}))


def clashes(local: Stored) -> list[str]:
    """The fields that were changed on both sides since they last agreed."""
    base = local.base
    if base is None:
        return []
    return [name for name, edit in local.edits.items() if base.get(name) not in (edit.agreed, edit.mine)]


@dataclass(frozen=True)
class Sending:
    """What to send of a record now. attempt None: nothing (all that differs is held back, or the server is asked)."""

    record: Stored
    attempt: Attempt | None
    losses: tuple[Lost, ...] = ()
    trouble: Trouble | None = None


def to_send(local: Stored, policy: Policy, held_back: frozenset[str] = frozenset(), me: str | None = None) -> Sending:
    """Decide what goes to the server. `held_back`: fields that cannot travel yet (they point at what is not there)."""
    if local.gone and local.base is None:
        return Sending(local, None)
    if local.gone:
        return Sending(local, Attempt("delete", {}), tuple(_deleted_here(local, me)))
    if local.base is None:
        # a record is made in its first state; another one follows as an update (Dataverse: not valid for create)
        later = {*held_back, "statecode", "statuscode"}
        fields = {n: e.mine for n, e in local.edits.items() if n not in later and e.mine is not None}
        return Sending(local, Attempt("create", fields))
    in_doubt = clashes(local)
    edits, asked = dict(local.edits), list[str]()
    losses = list[Lost]()
    for name in in_doubt:
        edit, theirs = edits[name], local.base.get(name)
        if policy == "theirs":
            del edits[name]
            losses.append(Lost(local, name, edit.mine, theirs, "changed by somebody else", local_user(me)))
        elif policy == "ask":
            asked.append(name)
        elif not any(name in attempt.fields for attempt in local.sent):  # else it is in history already
            losses.append(Lost(local, name, theirs, edit.mine, "changed here", _text(local.base.get("modifiedby"))))
    after = replace(local, edits=edits)
    fields = {n: e.mine for n, e in edits.items() if n not in asked and n not in held_back}
    trouble = _ask(after, asked) if asked else None
    return Sending(after, Attempt("update", fields) if fields else None, tuple(losses), trouble)


def answered(local: Stored, attempt: Attempt, version: str, values: Mapping[str, Value]) -> Verdict:
    """The server did what `attempt` asked and answered with the row. Edits made since stay."""
    theirs = {**_with_parties(local, values)}
    parties = ENTITIES[local.entity].parties
    if parties and parties.name not in values and parties.name in attempt.fields:
        theirs[parties.name] = attempt.fields[parties.name]
    edits, in_doubt = {}, clashes(local)
    for name, edit in local.edits.items():
        if name in attempt.fields:
            if edit.mine != attempt.fields[name]:
                edits[name] = Edit(theirs.get(name), edit.mine)
        elif edit.mine != theirs.get(name):
            edits[name] = edit if name in in_doubt else Edit(theirs.get(name), edit.mine)
    joined = local.in_group or attempt.verb == "create"
    after = replace(local, base=theirs, version=version, edits=edits, sent=(), in_group=joined)
    return Verdict(after, solved=() if clashes(after) else ("conflict", "duplicate", "refused"))


def others_changes(local: Stored, theirs: Mapping[str, Value]) -> dict[str, tuple[Value, Value]]:
    """What somebody else changed since base, as field -> (before, now); our own unanswered sendings are not."""
    base = local.base or {}
    kind = ENTITIES[local.entity]
    found = {}
    for name in {*base, *theirs}:
        known = kind.by_name.get(name)
        if "@" in name or (known is not None and known.readonly):
            continue
        before, now = base.get(name), theirs.get(name)
        if before != now and not any(a.fields.get(name, _NEVER) == now for a in local.sent):
            found[name] = (before, now)
    return found


def local_user(me: str | None) -> str | None:
    return f"systemuser:{me}" if me else None


_NEVER = object()


def _arrived_though_deleted(local: Stored, version: str, theirs: dict[str, Value]) -> Verdict:
    moved = replace(local, base=theirs, version=version, sent=tuple(a for a in local.sent if a.verb == "delete"))
    unchanged = _is_as_made(local, theirs) if local.base is None else not others_changes(local, theirs)
    if unchanged:
        return Verdict(moved)
    words = tr("It was deleted here while somebody changed it in the CRM. It is back with their values.")
    back = replace(moved, gone=False, edits={}, sent=())
    mine = tuple(
        Lost(local, name, edit.mine, theirs.get(name), "deleted here")
        for name, edit in local.edits.items()
        if edit.mine != theirs.get(name)
    )
    changed = {name: {"before": b, "theirs": t} for name, (b, t) in others_changes(local, theirs).items()}
    details = {"fields": changed, "who": theirs.get("modifiedby"), "when": theirs.get("modifiedon")}
    return Verdict(back, losses=mine, trouble=Trouble("changed there", words, details))


def _is_as_made(local: Stored, theirs: Mapping[str, Value]) -> bool:
    """Whether the row is what our own create made of it, and nobody has changed it since."""
    sent = [attempt.fields for attempt in local.sent if attempt.verb == "create"]
    untouched = theirs.get("modifiedon") == theirs.get("createdon")
    return untouched and any(all(theirs.get(n) == value for n, value in fields.items()) for fields in sent)


def _deleted_here(local: Stored, me: str | None) -> list[Lost]:
    """What a deletion takes away, unless it is in history since an earlier sending of it."""
    if any(attempt.verb == "delete" for attempt in local.sent):
        return []
    whole = Lost(local, None, local.shown, None, "deleted here", local_user(me))
    base = local.base or {}
    unseen = [Lost(local, n, base.get(n), None, "deleted here", _text(base.get("modifiedby"))) for n in clashes(local)]
    return [whole, *unseen]


def _with_parties(local: Stored, values: Mapping[str, Value]) -> dict[str, Value]:
    """An answer to a write has no parties; what was known of them stays."""
    parties = ENTITIES[local.entity].parties
    if parties and parties.name not in values and local.base and parties.name in local.base:
        return {**values, parties.name: local.base[parties.name]}
    return dict(values)


def _sent_values(local: Stored) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for attempt in local.sent:
        result.update(attempt.fields)
    return result


def _ask(local: Stored, names: list[str]) -> Trouble:
    base, kind = local.base or {}, ENTITIES[local.entity]
    fields = {
        name: {"agreed": local.edits[name].agreed, "mine": local.edits[name].mine, "theirs": base.get(name)}
        for name in names
    }
    labels = ", ".join(tr(kind.by_name[name].label) if kind.has(name) else name for name in names)
    words = tr("Changed here and by somebody else: {fields}. Both values are kept until you choose.", fields=labels)
    return Trouble("conflict", words, {"fields": fields, "who": base.get("modifiedby"), "when": base.get("modifiedon")})


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
