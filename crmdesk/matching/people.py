"""Who is who: from the addresses of a message to records of the CRM."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from crmdesk.model import words
from crmdesk.model.record import Reference, Value, normalise

_ADDRESS_LENGTH = words.PARTY.by_name["addressused"].length
_RANK = {"contact": 0, "account": 1, "lead": 2}


class Role(IntEnum):
    """A party's part in an activity (Dataverse's participationtypemask)."""

    SENDER = 1
    TO = 2
    CC = 3
    BCC = 4


@dataclass(frozen=True)
class Candidate:
    """A record that has the address in question."""

    reference: Reference
    owner: str | None = None
    created: str | None = None
    """createdon in canonical form; None for a record that the server has not seen yet."""
    active: bool = True


def address_key(address: str) -> str:
    """The form in which e-mail addresses are compared: trimmed, lower case."""
    return address.strip().lower()


def choose(candidates: Iterable[Candidate], me: str | None) -> Reference | None:
    """The one record that an address stands for: contact, account, lead; what I own first, then the oldest.

    Inactive records are only taken when no active one is there. `me` is a systemuser's id.
    """
    known = [each for each in candidates if each.reference.entity in _RANK]
    if not known:
        return None

    def order(each: Candidate) -> tuple[bool, int, bool, str, str]:
        mine = me is not None and each.owner == me
        # A record without a creation date is the newest: the server has not seen it.
        return not each.active, _RANK[each.reference.entity], not mine, each.created or "~", each.reference.id

    return min(known, key=order).reference


def parties(
    resolve: Callable[[str], Reference | None],
    *,
    sender: str | None = None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
) -> list[dict[str, Value]]:
    """The parties of an e-mail in the canonical form of model.record.

    `resolve(address)` names the record (account, contact, lead or systemuser) that an address stands for, or None:
    such a party has its address alone. It is asked once for each address, in the form of address_key.
    """
    found: dict[str, Reference | None] = {}
    people: list[dict[str, Value]] = []
    for role, addresses in ((Role.SENDER, (sender,)), (Role.TO, to), (Role.CC, cc), (Role.BCC, bcc)):
        for address in addresses:
            key = address_key(address or "")
            if not key:
                continue
            if key not in found:
                found[key] = resolve(key)
            party = found[key]
            people.append(
                {
                    "participationtypemask": int(role),
                    "partyid": str(party) if party else None,
                    "addressused": key[:_ADDRESS_LENGTH],
                }
            )
    field = words.EMAIL.parties
    assert field is not None
    return normalise(field, people) or []
