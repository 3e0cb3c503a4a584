"""Names and companies of those who write."""

from __future__ import annotations

import pytest

from crmdesk.matching.senders import company_domain, person_name


@pytest.mark.parametrize(
    ("name", "address", "first", "last"),
    [
        ("Bo Holm", "bo@contoso.example", "Bo", "Holm"),
        ("Holm, Bo", "bo@contoso.example", "Bo", "Holm"),
        ("Anna Maria  Berg", "", "Anna Maria", "Berg"),
        ("Contoso", "office@contoso.example", "", "Contoso"),
        ("Contoso,", "office@contoso.example", "", "Contoso"),
        ('"Bo Holm"', "", "Bo", "Holm"),
        ("", "bo.holm@contoso.example", "Bo", "Holm"),
        ("bo_holm@contoso.example", "bo_holm@contoso.example", "Bo", "Holm"),
        ("", "bo@contoso.example", "", "Bo"),
        ("", "@contoso.example", "", "@contoso.example"),
    ],
)
def test_first_and_last_names(name: str, address: str, first: str, last: str) -> None:
    assert person_name(name, address) == (first, last)


@pytest.mark.parametrize(
    ("address", "domain"),
    [("bo@Contoso.Example", "contoso.example"), ("bo@gmail.com", ""), ("bo", ""), ("", "")],
)
def test_the_domain_of_a_company(address: str, domain: str) -> None:
    assert company_domain(address) == domain
