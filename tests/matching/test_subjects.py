"""Subjects: prefixes, tokens, smart matching."""

from __future__ import annotations

import pytest

from crmdesk.matching import token
from crmdesk.matching.subjects import alike, base_subject, forward_subject, is_forward, reply_subject, smart_key


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Offer", "Re: Offer"),
        ("Re: Offer", "Re: Offer"),
        ("RE: Re: re:Offer", "Re: Offer"),
        ("AW: WG: Angebot", "Re: WG: Angebot"),
        ("SV: Tilbud", "Re: Tilbud"),
        ("Re[2]: Offer", "Re: Offer"),
        ("RÉ : Offre", "Re: Offre"),
        ("Fwd: Offer", "Re: Fwd: Offer"),
        ("Reminder: pay", "Re: Reminder: pay"),
        ("", "Re:"),
        ("  Offer \r\n Bcc: evil", "Re: Offer Bcc: evil"),
    ],
)
def test_reply_subject(subject: str, answer: str) -> None:
    assert reply_subject(subject) == answer


@pytest.mark.parametrize(
    ("subject", "forward"),
    [("Offer", "Fwd: Offer"), ("FW: Offer", "Fwd: Offer"), ("Re: Offer", "Fwd: Re: Offer"), ("", "Fwd:")],
)
def test_forward_subject(subject: str, forward: str) -> None:
    assert forward_subject(subject) == forward


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("Fwd: a", True), ("FW: a", True), ("WG: a", True), ("Re: FW: a", False), ("Forward: a", False), ("a", False)],
)
def test_is_forward(subject: str, expected: bool) -> None:
    assert is_forward(subject) is expected


def test_base_subject_strips_every_prefix() -> None:
    assert base_subject("Re: FW: AW: Offer") == "Offer"


@pytest.mark.parametrize(
    ("case", "first", "second", "expected"),
    [
        ("same subject, two in common", ("Offer", ("a@x", "b@x")), ("Re: Offer", ("B@x", "a@x", "c@x")), True),
        ("one in common", ("Offer", ("a@x", "b@x")), ("Offer", ("a@x", "c@x")), False),
        ("one word more", ("Offer", ("a@x", "b@x")), ("New offer", ("a@x", "b@x")), False),
        ("no subject at all", ("", ("a@x", "b@x")), ("", ("a@x", "b@x")), False),
        ("other order of words", ("pumps offer", ("a@x", "b@x")), ("Offer pumps", ("a@x", "b@x")), True),
    ],
)
def test_smart_keys(
    case: str, first: tuple[str, tuple[str, ...]], second: tuple[str, tuple[str, ...]], expected: bool
) -> None:
    assert alike(smart_key(*first), smart_key(*second)) is expected, case


def test_smart_keys_are_the_same_in_every_process() -> None:
    assert smart_key("Offer", ("a@x",)).subject == frozenset({"107ef417a93bffc9"})


def test_a_token_is_made_as_documented() -> None:
    assert token.make("CRM:", 1, 1) == "CRM:0001001"
    assert token.make("CRM:", 12, 1000) == "CRM:0012000"


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("Offer CRM:0001001", "CRM:0001001"),
        ("re: offer crm:0001001 ", "CRM:0001001"),
        ("Offer CRM:0001001 CRM:0001002", "CRM:0001002"),
        ("Offer CRM:000100", None),
        ("Offer CRM:00010012345", "CRM:00010012345"),
        ("SCRM:0001001", None),
        ("Offer", None),
        ("", None),
    ],
)
def test_finding_a_token(subject: str, found: str | None) -> None:
    assert token.find(subject, "CRM:") == found


def test_a_prefix_is_taken_literally() -> None:
    assert token.find("x C.M:0001001", "C.M:") == "C.M:0001001"
    assert token.find("x CRM:0001001", "C.M:") is None


def test_a_token_is_put_at_the_end_once() -> None:
    assert token.put("Offer", "CRM:0001001", "CRM:") == "Offer CRM:0001001"
    assert token.put("Re: Offer CRM:0001001", "CRM:0001009", "CRM:") == "Re: Offer CRM:0001001"
    assert token.put("", "CRM:0001001", "CRM:") == "CRM:0001001"


@pytest.mark.parametrize("prefix", ["", "x" * 21])
def test_a_prefix_has_1_to_20_characters(prefix: str) -> None:
    with pytest.raises(ValueError, match="1 to 20"):
        token.make(prefix, 1, 1)
