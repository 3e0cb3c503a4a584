"""Tracking: tying what is the person's own to the CRM, and letting it go again."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from uuid import NAMESPACE_URL, uuid5

from crmdesk.actions import edit, former
from crmdesk.actions.refusal import Refusal
from crmdesk.mail import html, message
from crmdesk.matching.people import parties
from crmdesk.matching.tracking import Match
from crmdesk.model.changes import NOTHING, Changes, of_records
from crmdesk.model.entity import Entity
from crmdesk.model.record import Reference, Value, lookup_targets
from crmdesk.model.words import ENTITIES, REGARDING_TARGETS
from crmdesk.store import addresses, local_data, mailbox, outbox, problems, records
from crmdesk.store import references as pointers
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.records import Edit, Stored
from crmdesk.store.store import Transaction
from crmdesk.texts import mark, tr

BY_HAND = mark("You tracked it.")
LARGEST_FILE = 5 * 1024 * 1024  # bytes; what Dataverse takes unless the administrator says otherwise
KINDS = ("message", "contact", "task", "appointment")


def track(tx: Transaction, kind: str, ids: Sequence[str], regarding: Reference | None = None) -> Changes:
    """Track messages or records of one kind, all or none; with `regarding`, also set what they are about.

    A private copy that untracking made becomes its former record again (actions.former). The result is the list of the
    CRM records' references. Raises Refusal.
    """
    _check_kind(kind)
    if regarding is not None:
        _check_regarding(tx, regarding)
    changes, tracked = NOTHING, []
    for key in ids:
        if kind == "message":
            changes |= track_message(tx, _message(tx, key), regarding, BY_HAND)
            tracked.append(str(Reference("email", mailbox.email_id_of(_message(tx, key).message_id))))
        else:
            made = _track_record(tx, Reference(kind, key), regarding)
            changes |= made
            tracked.append(str(made.result))
    return replace(changes, outbox=True, result=tracked)


def untrack(tx: Transaction, kind: str, ids: Sequence[str]) -> Changes:
    """Let them go: what is the person's stays here as a private copy; the record in the CRM stays there.

    The result is the list of the private ones' ids. Raises Refusal.
    """
    _check_kind(kind)
    changes, private = NOTHING, []
    for key in ids:
        changes |= _untrack_message(tx, key) if kind == "message" else _untrack_record(tx, Reference(kind, key))
        private.append(changes.result)
    return replace(changes, outbox=True, result=private)


def track_message(
    tx: Transaction, row: MessageRow, regarding: Reference | None, because: str, match: Match | None = None
) -> Changes:
    """Make (or change) the e-mail activity of a message. Its id follows from the Message-ID, on every computer."""
    key = mailbox.email_id_of(row.message_id)
    mailbox.update_message(tx, row.id, tracked_because=because)
    there = records.stored(tx, Reference("email", key))
    if there is not None and not there.gone:
        values: dict[str, Value] = {} if regarding is None else {"regardingobjectid": str(regarding)}
        changed = replace(records.edited(there, values), mine=None if there.mine is False else there.mine)
        return replace(edit.keep(tx, changed), messages=True)
    if there is not None:
        raise Refusal(tr("Its e-mail activity was deleted here; synchronise first, then track it again."))
    raw = mailbox.raw(tx, row.id)
    parsed = message.parse(raw)
    values = _email_values(tx, row, parsed)
    if regarding is not None:
        values["regardingobjectid"] = str(regarding)
    if match is not None:
        values["correlationmethod"] = match.correlation_method or None
        values["parentactivityid"] = f"email:{match.parent_email}" if match.parent_email else None
    email = _new(ENTITIES["email"], key, values, tx.me)
    made = [email, *_attachments(key, raw, parsed)]
    records.write(tx, *made)
    for each in made:
        outbox.enqueue(tx, each.reference)
    local_data.want(tx, lookup_targets(ENTITIES["email"], values))
    return replace(of_records(email.reference), messages=True)


def mark_sent(tx: Transaction, row: MessageRow) -> Changes:
    """A tracked message was handed over: its activity is completed now."""
    there = records.stored(tx, Reference("email", mailbox.email_id_of(row.message_id)))
    if there is None or there.gone or there.mine is False:
        return NOTHING
    return edit.keep(tx, records.edited(there, {"statecode": 1, "statuscode": 3, "senton": tx.at}))


def copy_contacts(tx: Transaction, ids: Sequence[str]) -> Changes:
    """Copy contacts of the CRM that are in the local data into My Contacts; the result names the ones not here."""
    here = records.stored_many(tx, "contact", ids)
    missing = [key for key in ids if key not in here]
    records.write(tx, *(replace(each, mine=True) for each in here.values() if not each.private))
    local_data.want(tx, [Reference("contact", key) for key in missing])
    for each in here.values():
        local_data.want(tx, lookup_targets(ENTITIES["contact"], each.shown))
    changed = [Reference("contact", key) for key in here]
    return of_records(*changed, outbox=False, result=missing)


def _track_record(tx: Transaction, reference: Reference, regarding: Reference | None) -> Changes:
    local = edit.here(tx, former.with_copy(tx, reference))
    kind = ENTITIES[reference.entity]
    values = _regarding_values(kind, regarding)
    again = former.joined(tx, local)
    touched = (local.reference,)
    if again is not None:
        local = again
    elif local.private:
        if tx.me and local.shown.get("ownerid") is None:
            values["ownerid"] = f"systemuser:{tx.me}"
        local = former.as_new(local)
    elif local.mine is False:
        local = replace(local, mine=None)
    local = records.edited(local, values)
    probe = pointers.private_among(tx, [local])
    if probe:
        found = records.get_many(tx, probe)
        named = ", ".join(f"{each.name} ({each.reference})" for each in found.values())
        raise Refusal(
            tr(
                "It points at {names}, private to this computer. Track that first (or both), then try again.",
                names=named,
            )
        )
    local_data.want(tx, lookup_targets(kind, local.shown))
    return edit.keep(tx, local) | of_records(*touched, result=str(local.reference))


def _untrack_record(tx: Transaction, reference: Reference) -> Changes:
    local = edit.here(tx, reference)
    if local.private:
        raise Refusal(tr("{name} is not tracked.", name=edit.name_of(local)))
    if local.base is None and not local.sent:
        if (copy := former.parted(tx, local)) is not None:
            return of_records(reference, copy.reference, result=copy.id)
        outbox.remove(tx, reference)
        problems.clear(tx, reference)
        private = replace(local, private=True, mine=None)
        records.write(tx, private)
        local_data.stay(tx, reference.entity, [reference.id])
        return of_records(reference, result=reference.id)
    copy = former.copy_of(tx, local)
    # the unsent edits go with the private copy; what may be on its way stays known until it is answered
    left = replace(local, edits={} if local.base is not None else local.edits, mine=False)
    records.write(tx, copy, left)
    outbox.follow(tx, left)
    problems.clear(tx, reference)
    return of_records(reference, copy.reference, result=copy.id)


def _untrack_message(tx: Transaction, key: str) -> Changes:
    row = _message(tx, key)
    reference = Reference("email", mailbox.email_id_of(row.message_id))
    local = records.stored(tx, reference)
    if not row.tracked or local is None:
        raise Refusal(tr("This message is not tracked."))
    mailbox.update_message(tx, key, tracked_because=None)
    if local.base is None and not local.sent:
        for each in (local, *_unsent_attachments(tx, reference)):
            outbox.remove(tx, each.reference)
            problems.clear(tx, each.reference)
            records.erase(tx, each.entity, [each.id])
        return replace(of_records(reference, result=key), messages=True)
    left = replace(local, edits={} if local.base is not None else local.edits, mine=False)
    records.write(tx, left)
    outbox.follow(tx, left)
    return replace(of_records(reference, result=key), messages=True)


def _unsent_attachments(tx: Transaction, email: Reference) -> list[Stored]:
    return [each for each in pointers.pointing(tx, email) if each.entity == "activitymimeattachment"]


def _email_values(tx: Transaction, row: MessageRow, parsed: message.ParsedMessage) -> dict[str, Value]:
    body = html.make_safe(parsed.html).html if parsed.html else _as_html(parsed.text)
    people = parties(
        lambda address: addresses.resolve_party(tx, address),
        sender=row.sender,
        to=[a for kind, _, a in row.recipients if kind == "to"],
        cc=[a for kind, _, a in row.recipients if kind == "cc"],
        bcc=[a for kind, _, a in row.recipients if kind == "bcc"],
    )
    waiting = row.state in ("waiting", "draft")
    return {
        "subject": row.subject[:800] or None,
        "description": body[:1_000_000] or None,
        "directioncode": row.outgoing,
        "messageid": row.message_id[:320],
        "inreplyto": (row.in_reply_to or "")[:320] or None,
        "sender": row.sender[:250] or None,
        "torecipients": ";".join(a for kind, _, a in row.recipients if kind != "bcc")[:500] or None,
        "senton": None if waiting else row.date,
        "email_activity_parties": people or None,
        "statecode": 0 if waiting else 1,
        "statuscode": 1 if waiting else (3 if row.outgoing else 4),
    }


def _as_html(text: str) -> str:
    return f'<div style="white-space:pre-wrap">{escape(text)}</div>' if text else ""


def _attachments(email: str, raw: bytes, parsed: message.ParsedMessage) -> list[Stored]:
    made = []
    for info in parsed.attachments:
        if info.size > LARGEST_FILE:
            continue
        values = {
            "objectid": f"email:{email}",
            "objecttypecode": "email",
            "filename": info.filename[:255],
            "mimetype": info.mimetype[:256],
            "attachmentnumber": info.index,
            "body": base64.b64encode(message.attachment_content(raw, info.index)).decode(),
        }
        key = str(uuid5(NAMESPACE_URL, f"crmdesk:{email}/{info.index}"))
        made.append(_new(ENTITIES["activitymimeattachment"], key, values, None))
    return made


def _new(kind: Entity, key: str, values: dict[str, Value], owner: str | None) -> Stored:
    if kind.is_owned and owner:
        values["ownerid"] = f"systemuser:{owner}"
    return Stored(kind.name, key, edits={name: Edit(None, v) for name, v in values.items() if v is not None})


def _regarding_values(kind: Entity, regarding: Reference | None) -> dict[str, Value]:
    if regarding is None:
        return {}
    name = "regardingobjectid" if kind.has("regardingobjectid") else "parentcustomerid"
    field = kind.by_name[name]
    if regarding.entity not in field.targets:
        label = ENTITIES[regarding.entity].label
        raise Refusal(f"A {kind.label.lower()} can be tied to {', '.join(field.targets)}; not to a {label.lower()}.")
    return {name: str(regarding)}


def _check_regarding(tx: Transaction, regarding: Reference) -> None:
    if regarding.entity not in REGARDING_TARGETS:
        raise Refusal(f"Something can be regarding {', '.join(REGARDING_TARGETS)}; not a {regarding.entity}.")
    local = records.stored(tx, regarding)
    if local is not None and local.private:
        name = edit.name_of(local)
        raise Refusal(tr("{name} is private to this computer. Track it first, then try again.", name=name))


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Refusal(f"Tracked can be {', '.join(KINDS)}; not a {kind}.")


def _message(tx: Transaction, key: str) -> MessageRow:
    row = mailbox.get(tx, key)
    if row is None:
        raise Refusal(tr("There is no message {id} here.", id=key))
    return row
