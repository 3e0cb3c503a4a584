"""Links whose words name another site than the one they lead to."""

from __future__ import annotations

import pytest

from crmdesk.mail.html import make_safe
from crmdesk.mail.links import misleading_links


@pytest.mark.parametrize(
    ("words", "target", "named"),
    [
        ("bank.example", "https://evil.example/", "bank.example"),
        ("https://bank.example/login", "http://bank.example.evil.example/login", "bank.example"),
        ("<b>www.Bank.example</b>", "https://evil.example/", "www.bank.example"),
        ("bank.example", "https://bank.example@evil.example/", "bank.example"),
        ("www.bank.example", "https://bank.example/", None),
        ("bank.example/offers", "https://news.bank.example/offers?a=b&amp;c=d", None),
        ("Read on", "https://evil.example/", None),
        ("Ask bank.example about it", "https://evil.example/", None),
        ("anna@bank.example", "mailto:bo@evil.example", None),
        ("bank.example", "#bank.example", None),
        ("bank.example", "https://[", None),
    ],
)
def test_words_and_target(words: str, target: str, named: str | None) -> None:
    found = misleading_links(make_safe(f'<p>See <a href="{target}">{words}</a>.</p>').html)
    assert list(found.values()) == ([] if named is None else [named])


def test_many_links_that_are_never_closed_take_no_time() -> None:
    assert misleading_links(make_safe('<a href="https://evil.example/">bank.example ' * 20_000).html) == {}
