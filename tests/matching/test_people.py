"""From addresses to records and parties."""

from __future__ import annotations

from crmdesk.matching.people import Candidate, choose, parties
from crmdesk.model import words
from crmdesk.model.record import Reference, normalise

ME = "99999999-0000-0000-0000-000000000001"
OTHER = "99999999-0000-0000-0000-000000000002"


def ref(entity: str, number: int) -> Reference:
    return Reference(entity, f"aaaaaaaa-0000-0000-0000-{number:012}")


def test_a_contact_goes_before_an_account_before_a_lead() -> None:
    lead, account, contact = (Candidate(ref(kind, 1), owner=ME) for kind in ("lead", "account", "contact"))
    assert choose([lead, account, contact], ME) == contact.reference
    assert choose([lead, account], ME) == account.reference
    assert choose([lead], ME) == lead.reference


def test_what_i_own_goes_first_then_the_oldest() -> None:
    old = Candidate(ref("contact", 1), OTHER, "2020-01-01T00:00:00Z")
    older = Candidate(ref("contact", 2), OTHER, "2019-01-01T00:00:00Z")
    mine = Candidate(ref("contact", 3), ME, "2024-01-01T00:00:00Z")
    unsent = Candidate(ref("contact", 4), ME, None)
    assert choose([old, older, mine, unsent], ME) == mine.reference
    assert choose([old, older], ME) == older.reference
    assert choose([old, mine, older], None) == older.reference


def test_an_inactive_record_is_the_last_resort() -> None:
    gone = Candidate(ref("contact", 1), ME, active=False)
    there = Candidate(ref("lead", 2), OTHER)
    assert choose([gone, there], ME) == there.reference
    assert choose([gone], ME) == gone.reference


def test_a_user_is_no_customer() -> None:
    assert choose([Candidate(ref("systemuser", 1))], ME) is None


def test_parties_of_a_message() -> None:
    asked: list[str] = []

    def resolve(address: str) -> Reference | None:
        asked.append(address)
        return ref("contact", 1) if address == "jeff@firm.example" else None

    people = parties(
        resolve,
        sender="Jeff@Firm.example",
        to=("anna@us.example", "JEFF@firm.example"),
        cc=("who@else.example", ""),
        bcc=("secret@us.example",),
    )
    jeff = str(ref("contact", 1))
    assert [(p["participationtypemask"], p["partyid"], p["addressused"]) for p in people] == [
        (1, jeff, "jeff@firm.example"),
        (2, None, "anna@us.example"),
        (2, jeff, "jeff@firm.example"),
        (3, None, "who@else.example"),
        (4, None, "secret@us.example"),
    ]
    assert len(asked) == len(set(asked))
    field = words.EMAIL.parties
    assert field is not None
    assert normalise(field, people) == people


def test_nobody_is_an_empty_list() -> None:
    assert parties(lambda _: None) == []
