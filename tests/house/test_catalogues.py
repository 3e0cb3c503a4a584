"""The catalogues of the languages: nothing is missing, nothing is left over, and every name in braces is kept."""

from __future__ import annotations

import ast
import runpy
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog

from crmdesk.texts import ENGLISH, LANGUAGES

ROOT = Path(__file__).parents[2]
CATALOGUES = SimpleNamespace(**runpy.run_path(str(ROOT / "packaging" / "catalogues.py"), run_name="catalogues"))
TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]


@pytest.fixture(scope="module", params=TRANSLATED)
def made(request: pytest.FixtureRequest) -> Catalog:
    catalogue = CATALOGUES.updated(request.param)
    assert isinstance(catalogue, Catalog)
    return catalogue


def test_every_text_is_translated_with_its_names(made: Catalog) -> None:
    assert CATALOGUES.flaws(made) == []


def test_the_files_are_what_the_texts_in_the_code_make(made: Catalog) -> None:
    path = CATALOGUES.catalogue(str(made.locale))
    assert path.read_bytes() == CATALOGUES.said(made), "run packaging/dev.py texts"
    assert path.with_suffix(".mo").read_bytes() == CATALOGUES.compiled(made), "run packaging/dev.py texts"


def test_the_words_around_a_text_are_kept(made: Catalog) -> None:
    """What is joined to other texts ends as it does in English: with or without a stop."""
    ends = (".", "…", "?", ":")
    for message in made:  # a date's form is no sentence
        if isinstance(message.id, str) and not set(message.id) <= set("dMy "):
            wanted = [end for end in ends if message.id.endswith(end)]
            assert [end for end in ends if str(message.string).endswith(end)] == wanted, message.id


def test_a_flaw_is_found() -> None:
    made = Catalog(locale="de", domain="crmdesk")
    made.add("{n} of {all}", "{n} von {alle}")
    made.add("Keep {name}", "Behalten")
    made.add(("{n} day", "{n} days"), ("{n} Tag", ""))
    made.add(("{n} hour", "{n} hours"), ("eine Stunde", "{n} Stunden"))
    found = Counter(
        each.rpartition(": ")[0].partition(": ")[2] or each.rpartition(": ")[2] for each in CATALOGUES.flaws(made)
    )
    assert found == {"names other things": 1, "leaves something out": 1, "not translated": 1}


def test_texts_are_found_wherever_they_stand() -> None:
    """Also in the arguments of another call, in a text with braces, and with a meaning."""
    code = ast.parse(
        "tr('A', of=tr('B'))\nx = f\"{plural(n, 'C', 'D')}\"\nself.tr_as('folder', 'E')\ntr(name)\nother('F')"
    )
    found = CATALOGUES._texts_in(code)
    assert sorted(map(str, found)) == ["('A', None)", "('B', None)", "('E', 'folder')", "(('C', 'D'), None)"]
