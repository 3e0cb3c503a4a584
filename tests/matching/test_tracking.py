"""Which messages are tracked by themselves, and regarding what: the cases in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from crmdesk.matching.subjects import SmartKey, smart_key
from crmdesk.matching.tracking import (
    MessageFacts,
    Reason,
    Rules,
    TrackedMessage,
    Tracking,
    decide_incoming,
    decide_outgoing,
)
from crmdesk.model.record import Reference

DEAL = Reference("opportunity", "aaaaaaaa-0000-0000-0000-000000000001")
FIRM = Reference("account", "aaaaaaaa-0000-0000-0000-000000000002")
JEFF = Reference("contact", "aaaaaaaa-0000-0000-0000-000000000003")
LEAD = Reference("lead", "aaaaaaaa-0000-0000-0000-000000000004")

OFFER = TrackedMessage("offer-email", DEAL)
QUESTION = TrackedMessage("question-email", FIRM)
LOOSE = TrackedMessage("loose-email", None)


@dataclass
class Known:
    """What the desk of these tests knows."""

    messages: dict[str, TrackedMessage] = field(
        default_factory=lambda: {"offer@us": OFFER, "question@them": QUESTION, "loose@us": LOOSE}
    )
    tokens: dict[str, TrackedMessage] = field(default_factory=lambda: {"CRM:0001001": OFFER})
    records: dict[str, Reference] = field(
        default_factory=lambda: {"jeff@firm.example": JEFF, "info@firm.example": FIRM, "lead@new.example": LEAD}
    )

    def tracked_message(self, message_id: str) -> TrackedMessage | None:
        return self.messages.get(message_id)

    def token(self, token: str) -> TrackedMessage | None:
        return self.tokens.get(token)

    def sender_record(self, address: str) -> Reference | None:
        return self.records.get(address)


JEFF_WRITES = MessageFacts(subject="Price list", sender="jeff@firm.example", recipients=("anna@us.example",))
STRANGER = MessageFacts(subject="Hello", sender="who@else.example", recipients=("anna@us.example",))
REPLY = MessageFacts(
    subject="Re: Offer", sender="who@else.example", recipients=("anna@us.example",), in_reply_to="offer@us"
)
DEEP = MessageFacts(subject="Re: Offer", sender="who@else.example", references=("offer@us", "lost@them"))
NEAREST = MessageFacts(subject="Re: x", sender="who@else.example", references=("offer@us", "question@them"))
TOKEN = MessageFacts(subject="Re: Offer crm:0001001", sender="who@else.example")
OLD_TOKEN = MessageFacts(subject="Re: Offer CRM:0009999", sender="who@else.example")
FORWARD = MessageFacts(subject="FW: Offer", sender="who@else.example", in_reply_to="offer@us")
LOOSE_REPLY = MessageFacts(subject="Re: Hi", sender="jeff@firm.example", in_reply_to="loose@us")
HEADER_AND_TOKEN = MessageFacts(subject="Offer CRM:0001001", sender="x@y.example", in_reply_to="question@them")
SHOUTED = MessageFacts(subject="Hi", sender=" Jeff@FIRM.example ")
NOBODY = MessageFacts(subject="", sender="")

ALL, REPLIES, KNOWN, NONE = Tracking.ALL, Tracking.REPLIES, Tracking.KNOWN, Tracking.NONE
UNTRACKED = None

INCOMING = [
    # the message                          option    tracked regarding, why, which message it answers, method
    ("a stranger writes", STRANGER, ALL, (None, Reason.EVERYTHING, None, 0)),
    ("a stranger writes", STRANGER, REPLIES, UNTRACKED),
    ("a stranger writes", STRANGER, KNOWN, UNTRACKED),
    ("a stranger writes", STRANGER, NONE, UNTRACKED),
    ("a contact writes", JEFF_WRITES, ALL, (JEFF, Reason.KNOWN_SENDER, None, 0)),
    ("a contact writes", JEFF_WRITES, KNOWN, (JEFF, Reason.KNOWN_SENDER, None, 0)),
    ("a contact writes", JEFF_WRITES, REPLIES, UNTRACKED),
    ("a contact writes", JEFF_WRITES, NONE, UNTRACKED),
    ("an account's address", MessageFacts(sender="info@firm.example"), KNOWN, (FIRM, Reason.KNOWN_SENDER, None, 0)),
    ("a lead writes", MessageFacts(sender="lead@new.example"), KNOWN, (LEAD, Reason.KNOWN_SENDER, None, 0)),
    ("the address in other case", SHOUTED, KNOWN, (JEFF, Reason.KNOWN_SENDER, None, 0)),
    ("an answer from a stranger", REPLY, REPLIES, (DEAL, Reason.REPLY, "offer-email", 3)),
    ("an answer from a stranger", REPLY, KNOWN, (DEAL, Reason.REPLY, "offer-email", 3)),
    ("an answer from a stranger", REPLY, ALL, (DEAL, Reason.REPLY, "offer-email", 3)),
    ("an answer from a stranger", REPLY, NONE, UNTRACKED),
    ("an answer to an answer that we never saw", DEEP, REPLIES, (DEAL, Reason.THREAD, "offer-email", 3)),
    ("two tracked ancestors: the nearest", NEAREST, REPLIES, (FIRM, Reason.THREAD, "question-email", 3)),
    ("the token in the subject, in any case", TOKEN, REPLIES, (DEAL, Reason.TOKEN, None, 4)),
    ("a token that nobody knows", OLD_TOKEN, REPLIES, UNTRACKED),
    ("a token that nobody knows", OLD_TOKEN, ALL, (None, Reason.EVERYTHING, None, 0)),
    ("header and token disagree: the header", HEADER_AND_TOKEN, REPLIES, (FIRM, Reason.REPLY, "question-email", 3)),
    ("a forward counts as an answer", FORWARD, REPLIES, (DEAL, Reason.REPLY, "offer-email", 3)),
    ("the answered message regards nothing", LOOSE_REPLY, KNOWN, (None, Reason.REPLY, "loose-email", 3)),
    ("nothing is known of it", NOBODY, KNOWN, UNTRACKED),
    ("nothing is known of it", NOBODY, ALL, (None, Reason.EVERYTHING, None, 0)),
]


@pytest.mark.parametrize(("case", "facts", "option", "expected"), INCOMING)
def test_incoming(
    case: str,
    facts: MessageFacts,
    option: Tracking,
    expected: tuple[Reference | None, Reason, str | None, int] | None,
) -> None:
    match = decide_incoming(facts, option, Known())
    found = match and (match.regarding, match.reason, match.parent_email, match.correlation_method)
    assert found == expected, case


TO_JEFF = MessageFacts(subject="Offer", sender="anna@us.example", recipients=("boss@us.example", "jeff@firm.example"))
TO_NOBODY = MessageFacts(subject="Lunch?", sender="anna@us.example", recipients=("friend@home.example",))
ANSWER = MessageFacts(
    subject="Re: Q", sender="anna@us.example", recipients=("jeff@firm.example",), in_reply_to="question@them"
)

OUTGOING = [
    ("to a contact", TO_JEFF, ALL, (JEFF, Reason.KNOWN_RECIPIENT, None, 0)),
    ("to a contact", TO_JEFF, KNOWN, (JEFF, Reason.KNOWN_RECIPIENT, None, 0)),
    ("to a contact", TO_JEFF, REPLIES, UNTRACKED),
    ("to a contact", TO_JEFF, NONE, UNTRACKED),
    ("to nobody we know", TO_NOBODY, ALL, (None, Reason.EVERYTHING, None, 0)),
    ("to nobody we know", TO_NOBODY, KNOWN, UNTRACKED),
    ("our answer to a tracked message", ANSWER, REPLIES, (FIRM, Reason.REPLY, "question-email", 3)),
    ("our answer to a tracked message", ANSWER, KNOWN, (FIRM, Reason.REPLY, "question-email", 3)),
    ("our answer to a tracked message", ANSWER, NONE, UNTRACKED),
]


@pytest.mark.parametrize(("case", "facts", "option", "expected"), OUTGOING)
def test_outgoing(
    case: str,
    facts: MessageFacts,
    option: Tracking,
    expected: tuple[Reference | None, Reason, str | None, int] | None,
) -> None:
    match = decide_outgoing(facts, option, Known())
    found = match and (match.regarding, match.reason, match.parent_email, match.correlation_method)
    assert found == expected, case


def test_forwards_are_not_answers_when_the_organisation_says_so() -> None:
    rules = Rules(forwards_are_replies=False)
    assert decide_incoming(FORWARD, REPLIES, Known(), rules) is None
    assert decide_incoming(REPLY, REPLIES, Known(), rules) is not None


def test_another_prefix_finds_its_own_tokens_only() -> None:
    known = Known(tokens={"CASE#0001001": OFFER, "CRM:0001001": QUESTION})
    match = decide_incoming(MessageFacts(subject="Offer CASE#0001001"), REPLIES, known, Rules(token_prefix="CASE#"))
    assert match is not None
    assert match.regarding == DEAL


@dataclass
class Smart:
    """A mailbox of tracked messages that smart matching may look through."""

    rows: list[tuple[SmartKey, TrackedMessage]]

    def similar(self, key: SmartKey) -> list[tuple[SmartKey, TrackedMessage]]:
        return self.rows


SAME_TALK = MessageFacts(
    subject="AW: Offer for pumps", sender="jeff@firm.example", recipients=("anna@us.example", "boss@us.example")
)
STORED = smart_key("Offer for pumps", ("anna@us.example", "jeff@firm.example"))


def test_smart_matching_is_off_unless_asked_for() -> None:
    assert decide_incoming(SAME_TALK, REPLIES, Known()) is None


def test_smart_matching_takes_the_same_subject_among_two_people_in_common() -> None:
    match = decide_incoming(SAME_TALK, REPLIES, Known(), Rules(smart=Smart([(STORED, OFFER)])))
    assert match is not None
    assert (match.regarding, match.reason, match.correlation_method) == (DEAL, Reason.SMART, 6)


def test_smart_matching_checks_what_the_look_up_gives() -> None:
    other = smart_key("Offer for valves", ("anna@us.example", "jeff@firm.example"))
    assert decide_incoming(SAME_TALK, REPLIES, Known(), Rules(smart=Smart([(other, OFFER)]))) is None


def test_every_reason_has_its_words() -> None:
    assert all(reason.words.endswith(".") for reason in Reason)


def test_facts_take_a_date() -> None:
    assert MessageFacts(date=datetime(2026, 11, 23, tzinfo=UTC)).date is not None
