"""The person's language: what is said in it, and what happens where a text or a language is missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmdesk import texts
from crmdesk.texts import best_language, plural, tr, use_language


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


def test_english_is_what_stands_in_the_code() -> None:
    assert tr("{name} was deleted", name="Acme") == "Acme was deleted"
    assert [plural(n, "{n} change waits", "{n} changes wait") for n in (0, 1, 2)] == [
        "0 changes wait",
        "1 change waits",
        "2 changes wait",
    ]
    assert tr("") == ""


def test_the_made_up_language_changes_every_text_and_no_name() -> None:
    use_language(texts.PSEUDO)
    assert texts.language() == texts.PSEUDO
    said = tr("{name} was deleted", name="Acme")
    assert "Acme" in said
    assert "deleted" not in said
    assert len(said) > len("Acme was deleted") * 1.2
    assert "{n}" not in plural(3, "{n} change waits", "{n} changes wait")


def test_a_language_that_there_is_not_is_english() -> None:
    use_language("xx")
    assert (texts.language(), tr("Online")) == ("en", "Online")


@pytest.mark.parametrize(
    ("wanted", "best"),
    [(["de-AT", "en"], "de"), (["fr", "de_DE"], "de"), (["en-GB", "de"], "en"), (["fr-FR"], "en"), ([], "en")],
)
def test_the_best_language(wanted: list[str], best: str) -> None:
    assert best_language(wanted) == best
