"""Which records look alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from crmdesk.matching.duplicates import DUPLICATE_KINDS, duplicate_keys, find_duplicates
from crmdesk.model import words
from crmdesk.model.record import Reference

ANNA = "11111111-1111-1111-1111-111111111111"
BOB = "22222222-2222-2222-2222-222222222222"


@pytest.mark.parametrize(
    ("kind", "values", "keys"),
    [
        ("contact", {"emailaddress1": " Jeff@Example.COM "}, {"jeff@example.com"}),
        ("contact", {"emailaddress1": "a@b.c", "emailaddress3": "D@e.f"}, {"a@b.c", "d@e.f"}),
        ("contact", {"emailaddress1": "a@b.c", "emailaddress2": "A@B.C"}, {"a@b.c"}),
        ("contact", {"emailaddress1": None, "lastname": "Smith"}, set()),
        ("contact", {"emailaddress1": "   "}, set()),
        ("contact", {"emailaddress1": 7}, set()),
        ("account", {"emailaddress1": "Info@Firm.example"}, {"info@firm.example"}),
        ("account", {"emailaddress2": "not.a.field@of.account"}, set()),
        ("lead", {"emailaddress1": "x@y.z"}, {"x@y.z"}),
        ("systemuser", {"internalemailaddress": "x@y.z"}, set()),
        ("task", {"subject": "Call"}, set()),
    ],
)
def test_keys(kind: str, values: dict[str, Any], keys: set[str]) -> None:
    assert duplicate_keys(words.entity(kind), values) == keys


def test_every_kind_with_a_rule_has_addresses() -> None:
    assert all(words.entity(name).addresses for name in DUPLICATE_KINDS)


def _held(*rows: tuple[str, Mapping[str, Any]]) -> Any:
    def candidates(entity: str, keys: frozenset[str]) -> Iterable[tuple[Reference, Mapping[str, Any]]]:
        assert keys
        return [(Reference(entity, key), values) for key, values in rows]

    return candidates


def test_another_contact_with_the_address_in_another_field_looks_alike() -> None:
    held = _held((ANNA, {"emailaddress2": "JEFF@example.com"}), (BOB, {"emailaddress1": "bob@example.com"}))
    found = find_duplicates(words.entity("contact"), {"emailaddress1": "jeff@example.com"}, held)
    assert found == (Reference("contact", ANNA),)


def test_a_record_is_never_its_own_duplicate() -> None:
    held = _held((ANNA, {"emailaddress1": "a@b.c"}))
    assert find_duplicates(words.entity("contact"), {"emailaddress1": "a@b.c"}, held, itself=ANNA) == ()


def test_nothing_is_asked_for_a_record_without_address() -> None:
    def never(entity: str, keys: frozenset[str]) -> Iterable[tuple[Reference, Mapping[str, Any]]]:
        raise AssertionError("asked for candidates")

    assert find_duplicates(words.entity("contact"), {"lastname": "Smith"}, never) == ()
