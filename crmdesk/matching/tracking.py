"""Which message becomes an e-mail activity by itself, and regarding what.

The options are cumulative: whoever tracks mail from known senders, or all mail, also wants the answers to tracked mail
where the conversation is; "none" means none. What a match rests on is looked for in this order, surest first:
In-Reply-To and References, the token in the subject, smart matching (off by default), the known sender or recipient.
An answer regards what the message it answers regards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from crmdesk.matching import subjects, token
from crmdesk.matching.people import address_key
from crmdesk.model.record import Reference


class Tracking(Enum):
    """The person's option, for incoming and for outgoing mail; the values are those of the options' texts."""

    ALL = "all"
    REPLIES = "replies"
    KNOWN = "known"
    NONE = "none"


class Reason(Enum):
    """Why a message is tracked; `words` says it to the person."""

    REPLY = "It answers a tracked message."
    THREAD = "It belongs to the conversation of a tracked message."
    TOKEN = "Its subject carries the tracking token of a tracked message."
    SMART = "It has the subject and the people of a tracked message."
    KNOWN_SENDER = "Its sender is a known account, contact or lead."
    KNOWN_RECIPIENT = "It goes to a known account, contact or lead."
    EVERYTHING = "All messages are tracked."

    @property
    def words(self) -> str:
        return self.value

    @property
    def correlation_method(self) -> int:
        """Dataverse's email.correlationmethod."""
        return _METHODS.get(self, 0)


_METHODS = {Reason.REPLY: 3, Reason.THREAD: 3, Reason.TOKEN: 4, Reason.SMART: 6}


@dataclass(frozen=True)
class MessageFacts:
    """What deciding needs of a message. Message ids stand without <>, addresses in any case."""

    subject: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    date: datetime | None = None


@dataclass(frozen=True)
class TrackedMessage:
    """A message that is an e-mail activity already."""

    email: str
    """The activity's id."""
    regarding: Reference | None


class Known(Protocol):
    """The look-ups of whoever asks: the client's store, the server's tables."""

    def tracked_message(self, message_id: str) -> TrackedMessage | None:
        """The activity of the message with that id."""

    def token(self, token: str) -> TrackedMessage | None:
        """The newest activity with that tracking token."""

    def sender_record(self, address: str) -> Reference | None:
        """The account, contact or lead with that address (in the form of people.address_key); see people.choose."""


class Similar(Protocol):
    """The look-up for smart matching."""

    def similar(self, key: subjects.SmartKey) -> Iterable[tuple[subjects.SmartKey, TrackedMessage]]:
        """Tracked messages that may be alike, newest first; too many are fine."""


@dataclass(frozen=True)
class Rules:
    """What the organisation says. Smart matching is off unless its look-up is given."""

    token_prefix: str = token.DEFAULT_PREFIX
    forwards_are_replies: bool = True
    smart: Similar | None = None


@dataclass(frozen=True)
class Match:
    """The message is to be tracked. `parent_email` is the activity it answers, where headers say so."""

    regarding: Reference | None
    reason: Reason
    parent_email: str | None = None

    @property
    def correlation_method(self) -> int:
        return self.reason.correlation_method


USUAL = Rules()


def decide_incoming(facts: MessageFacts, option: Tracking, known: Known, rules: Rules = USUAL) -> Match | None:
    """Whether an incoming message is tracked by itself, and why; None: it is not."""
    return _decide(facts, option, known, rules, (facts.sender,), Reason.KNOWN_SENDER)


def decide_outgoing(facts: MessageFacts, option: Tracking, known: Known, rules: Rules = USUAL) -> Match | None:
    """The same for a message that this person sends; the first recipient who is known counts, in the order given."""
    return _decide(facts, option, known, rules, facts.recipients, Reason.KNOWN_RECIPIENT)


def _decide(
    facts: MessageFacts,
    option: Tracking,
    known: Known,
    rules: Rules,
    people: tuple[str, ...],
    people_reason: Reason,
) -> Match | None:
    if option is Tracking.NONE:
        return None
    answered = _answered(facts, known, rules)
    if answered is not None or option is Tracking.REPLIES:
        return answered
    for address in people:
        record = known.sender_record(address_key(address)) if address.strip() else None
        if record is not None:
            return Match(record, people_reason)
    return Match(None, Reason.EVERYTHING) if option is Tracking.ALL else None


def _answered(facts: MessageFacts, known: Known, rules: Rules) -> Match | None:
    if not rules.forwards_are_replies and subjects.is_forward(facts.subject):
        return None
    parent = known.tracked_message(facts.in_reply_to) if facts.in_reply_to else None
    if parent is not None:
        return Match(parent.regarding, Reason.REPLY, parent.email)
    for message_id in reversed(facts.references):  # the nearest ancestor stands last
        ancestor = known.tracked_message(message_id)
        if ancestor is not None:
            return Match(ancestor.regarding, Reason.THREAD, ancestor.email)
    found = token.find(facts.subject, rules.token_prefix)
    marked = known.token(found) if found else None
    if marked is not None:
        return Match(marked.regarding, Reason.TOKEN)
    return _smart_match(facts, rules.smart) if rules.smart is not None else None


def _smart_match(facts: MessageFacts, look_up: Similar) -> Match | None:
    key = subjects.smart_key(facts.subject, (facts.sender, *facts.recipients))
    if not key.subject:
        return None
    like = (message for other, message in look_up.similar(key) if subjects.alike(key, other))
    best = next(like, None)
    return Match(best.regarding, Reason.SMART) if best else None
