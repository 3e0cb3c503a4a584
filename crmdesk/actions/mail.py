"""What happens to messages: they come in, are written, wait to be sent, are read and moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crmdesk.actions import track
from crmdesk.actions.refusal import Refusal
from crmdesk.mail.compose import Draft, compose, new_message_id
from crmdesk.mail.message import ParsedMessage, parse
from crmdesk.matching.tracking import (
    Match,
    MessageFacts,
    Rules,
    TrackedMessage,
    Tracking,
    decide_incoming,
    decide_outgoing,
)
from crmdesk.model.changes import Changes
from crmdesk.model.query import Column, Compare, Order, Query
from crmdesk.model.record import Record, Reference
from crmdesk.store import addresses, mailbox, options, outbox, picture_senders, problems, records
from crmdesk.store.mailbox import Account, Folder, MessageRow, NewMessage
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import tr

UNTRACKED_ROLES = ("drafts", "trash", "junk")


@dataclass(frozen=True)
class Arrival:
    """A message as its account gave it. `remote`: its key in that folder."""

    account: Account
    folder: Folder
    remote: str
    raw: bytes
    seen: bool
    starred: bool = False
    received: datetime | None = None


def receive(tx: Transaction, arrival: Arrival, parsed: ParsedMessage | None = None) -> Changes:
    """Store a message that came in, and track it when the person's option says so.

    The Message-ID is the key: a message that is here already changes nothing. The result is the id when it is new.
    """
    message = parsed or parse(arrival.raw, arrival.received)
    outgoing = arrival.folder.role == "sent" or message.sender.address.lower() == arrival.account.address.lower()
    new = _new_message(message, arrival.raw, arrival.account.id, arrival.folder.name, outgoing)
    new = replace(new, remote=arrival.remote, seen=arrival.seen or outgoing, starred=arrival.starred)
    key, is_new = mailbox.add(tx, new)
    if not is_new:
        return Changes()
    changes = Changes(messages=True, result=key)
    if arrival.folder.role in UNTRACKED_ROLES:
        return changes
    match = _decide(tx, message.facts, outgoing)
    row = mailbox.get(tx, key)
    if match is None or row is None:
        return changes
    return changes | track.track_message(tx, row, match.regarding, match.reason.words, match)


def send(
    tx: Transaction, draft: Draft, account: Account, tracked: bool = False, regarding: Reference | None = None
) -> Changes:
    """Put a message into the outbox; it leaves with the next delivery, once. The result is its id.

    It is tracked when the person says so, or the option for outgoing mail does.
    """
    if not draft.recipients:
        raise Refusal(tr("The message has no recipient. Nothing was sent."))
    key, message, row = _store_draft(tx, draft, account, mailbox.OUTBOX, "waiting")
    outbox.add_mail(tx, key)
    changes = Changes(messages=True, outbox=True, result=key)
    match = _decide(tx, message.facts, outgoing=True)
    if tracked or regarding is not None:
        target = regarding or (match.regarding if match else None)
        return replace(changes | track.track_message(tx, row, target, track.BY_HAND, match), result=key)
    if match is not None:
        return replace(changes | track.track_message(tx, row, match.regarding, match.reason.words, match), result=key)
    return changes


def save_draft(tx: Transaction, draft: Draft, account: Account) -> Changes:
    """Keep what is being written; the result is its id. Saving the same draft (by Message-ID) again replaces it."""
    key, _, _ = _store_draft(tx, draft, account, mailbox.DRAFTS, "draft")
    return Changes(messages=True, result=key)


def throw_draft_away(tx: Transaction, key: str) -> Changes:
    """Remove a draft, or take a message that waits back out of the outbox and remove it."""
    row = mailbox.get(tx, key)
    if row is None or row.state not in ("draft", "waiting"):
        raise Refusal(tr("Only a draft or a waiting message can be thrown away."))
    outbox.remove_mail(tx, key)
    problems.clear(tx, Reference(outbox.MAIL, key))
    if row.tracked:
        track.untrack(tx, "message", [key])
    mailbox.forget(tx, key)
    return Changes(messages=True, outbox=True)


def back_to_drafts(tx: Transaction, key: str) -> Changes:
    """Take a message that waits to be sent back, to go on writing. Raises Refusal when it does not wait."""
    row = mailbox.get(tx, key)
    if row is None or row.state not in ("waiting", "unknown"):
        raise Refusal(tr("Nothing of this message waits to be sent."))
    outbox.remove_mail(tx, key)
    mailbox.update_message(tx, key, state="draft", folder=mailbox.DRAFTS)
    problems.clear(tx, Reference(outbox.MAIL, key))
    return Changes(messages=True, outbox=True)


def delivering(tx: Transaction, key: str) -> Changes:
    """The message is about to be handed over: after a crash it is known that it may have gone."""
    mailbox.update_message(tx, key, state="sending")
    return Changes(messages=True)


def delivered(tx: Transaction, key: str, refused: dict[str, str] | None = None) -> Changes:
    """The mail server took the message (for all but the `refused` recipients)."""
    outbox.remove_mail(tx, key)
    mailbox.update_message(tx, key, state="sent", folder=mailbox.SENT)
    problems.clear(tx, Reference(outbox.MAIL, key))
    row = mailbox.get(tx, key)
    changes = Changes(messages=True, outbox=True)
    if refused and row is not None:
        named = "; ".join(f"{address}: {why}" for address, why in refused.items())
        words = f"'{row.subject}' was sent, but not to everybody: {named}"
        problems.raise_problem(tx, "mail", Reference(outbox.MAIL, key), words, {"refused": refused})
        changes = replace(changes, problems=True)
    return changes | track.mark_sent(tx, row) if row is not None else changes


def not_delivered(tx: Transaction, key: str, words: str, unknown: bool) -> Changes:
    """The mail server said no, or it is not known whether it took the message: the person decides."""
    mailbox.update_message(tx, key, state="unknown" if unknown else "waiting")
    problems.raise_problem(tx, "mail", Reference(outbox.MAIL, key), words, {"unknown": unknown})
    return Changes(messages=True, problems=True)


def still_waiting(tx: Transaction, key: str) -> Changes:
    """The mail server was not reached: nothing was handed over."""
    mailbox.update_message(tx, key, state="waiting")
    return Changes(messages=True)


def mark_seen(tx: Transaction, keys: list[str], seen: bool) -> Changes:
    for key in keys:
        mailbox.update_message(tx, key, seen=int(seen))
    return Changes(messages=True)


def show_pictures(tx: Transaction, sender: str, always: bool) -> Changes:
    """Show the remote pictures of this sender's messages always, or not any more."""
    if always:
        picture_senders.allow(tx, sender)
    else:
        picture_senders.forbid(tx, sender)
    return Changes(options=True)


def star(tx: Transaction, key: str, starred: bool) -> Changes:
    mailbox.update_message(tx, key, starred=int(starred))
    return Changes(messages=True)


def move(tx: Transaction, keys: list[str], folder: str) -> Changes:
    """Move messages to another folder of their account, on this computer."""
    for key in keys:
        row = mailbox.get(tx, key)
        if row is None or row.state in ("waiting", "sending"):
            raise Refusal(tr("A message that waits to be sent stays in the Outbox."))
        mailbox.save_folder(
            tx, row.account, folder, folder.lower() if folder in (mailbox.TRASH, mailbox.ARCHIVE) else None, None
        )
        mailbox.update_message(tx, key, folder=folder)
    return Changes(messages=True)


class StoreKnows:
    """What matching asks, answered from the local data (matching.tracking.Known)."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self.reader = reader
        self.now = now

    def tracked_message(self, message_id: str) -> TrackedMessage | None:
        return self._email("messageid", message_id)

    def token(self, token: str) -> TrackedMessage | None:
        return self._email("trackingtoken", token)

    def sender_record(self, address: str) -> Reference | None:
        return addresses.resolve(self.reader, address)

    def _email(self, field: str, value: str) -> TrackedMessage | None:
        query = Query(
            "email", filter=Compare(Column(field), "eq", value), order=(Order(Column("createdon"), True),), top=2
        )
        found = [each for each in records.find(self.reader, query, self.now) if each.tracked]
        return _tracked(found[0]) if found else None


def _tracked(email: Record) -> TrackedMessage:
    regarding = email["regardingobjectid"]
    return TrackedMessage(email.id, Reference.parse(regarding) if regarding else None)


def _decide(tx: Transaction, facts: MessageFacts, outgoing: bool) -> Match | None:
    settings = options.load(tx)
    option = Tracking(settings.track_outgoing if outgoing else settings.track_incoming)
    if option is Tracking.NONE:
        return None
    decide = decide_outgoing if outgoing else decide_incoming
    return decide(facts, option, StoreKnows(tx, tx.now), Rules(forwards_are_replies=settings.track_forwards))


def _store_draft(
    tx: Transaction, draft: Draft, account: Account, folder: str, state: str
) -> tuple[str, ParsedMessage, MessageRow]:
    fixed = replace(
        draft,
        message_id=draft.message_id or new_message_id(draft.sender.address),
        date=draft.date or tx.now.astimezone(UTC),
    )
    raw = compose(fixed)
    message = parse(raw)
    new = _new_message(message, raw, account.id, folder, outgoing=True)
    hidden = tuple(("bcc", each.name, each.address) for each in fixed.bcc)
    new = replace(new, seen=True, state=state, recipients=(*(r for r in new.recipients if r[0] != "bcc"), *hidden))
    mailbox.save_folder(tx, account.id, folder, folder.lower(), None)
    key = mailbox.id_of(new.message_id)
    if mailbox.get(tx, key) is not None:
        mailbox.replace_content(tx, key, new)
    else:
        mailbox.add(tx, new)
    row = mailbox.get(tx, key)
    if row is None:
        raise Refusal(tr("The message could not be stored."))
    return key, message, row


def _new_message(message: ParsedMessage, raw: bytes, account: str, folder: str, outgoing: bool) -> NewMessage:
    people = [
        (kind, person.name, person.address)
        for kind, group in (("to", message.to), ("cc", message.cc), ("bcc", message.bcc))
        for person in group
    ]
    return NewMessage(
        message.message_id,
        account,
        folder,
        None,
        message.date.strftime("%Y-%m-%dT%H:%M:%SZ"),
        message.sender.name,
        message.sender.address,
        tuple(people),
        message.subject,
        message.preview,
        message.text,
        message.in_reply_to,
        message.references,
        outgoing,
        seen=False,
        starred=False,
        attachments=sum(not each.inline for each in message.attachments),
        raw=raw,
    )
