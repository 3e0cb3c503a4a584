"""The person's language: every sentence that the program says goes through tr() or plural(). Standard library.

The texts in the code are British English and are the keys of the catalogues in resources/locale (gettext; made and
compiled by packaging/dev.py texts). A text without a translation is shown as it is.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Sequence

from crmdesk.resource_files import resource

ENGLISH = "en"
PSEUDO = "pseudo"
"""A made-up language, for tests: every text longer and with other letters, so that what is not translated is seen."""
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
"""Code -> the language's own name."""
DOMAIN = "crmdesk"
CHOICE = "choice"
"""The meaning under which the catalogues have what the choices of fields are called."""

_CAPITAL_NOUNS = ("de",)

_PLACEHOLDER = re.compile(r"(\{[^{}]*\}|&)")
_LETTERS = str.maketrans("aeiouyAEIOUYcnsz", "áéíóúýÁÉÍÓÚÝčňšž")
_LONGER = 0.35


class _Pseudo(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        plain = _PLACEHOLDER.sub("", message)
        parts = _PLACEHOLDER.split(message)
        changed = "".join(part if place % 2 else part.translate(_LETTERS) for place, part in enumerate(parts))
        return f"⟦{changed}{'·' * round(len(plain) * _LONGER)}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)


class _Chosen:
    """The language in use; English until another one is chosen."""

    code = ENGLISH
    texts: gettext.NullTranslations = gettext.NullTranslations()


_chosen = _Chosen()


def tr(text: str, /, **values: object) -> str:
    """`text` in the person's language, with {names} filled in."""
    found = _chosen.texts.gettext(text) if text else text
    return found.format(**values) if values else found


def tr_as(meaning: str, text: str, /) -> str:
    """`text` in the person's language, where one English word has several meanings and this one is meant."""
    return _chosen.texts.pgettext(meaning, text)


def choice_words(label: str) -> str:
    """What a choice of a record's field is called (model.entity.Choice): "Open" is a state here and no command."""
    return tr_as(CHOICE, label)


def within(noun: str) -> str:
    """A translated noun as it stands inside a sentence: small letters, but German keeps its capitals."""
    return noun if _chosen.code in _CAPITAL_NOUNS else noun.lower()


def date_form(form: str) -> str:
    """A date's form in Qt's letters ("d MMM") as the language has it ("d. MMM")."""
    return form if _chosen.code == PSEUDO else _chosen.texts.gettext(form)


def plural(number: int, one: str, many: str, /, **values: object) -> str:
    """One of two texts, as the language's rule has it for `number`, with {names} filled in; {n} is the number."""
    found = _chosen.texts.ngettext(one, many, number)
    return found.format(**{"n": number, **values})


def mark(text: str) -> str:
    """Says that a text of data is to be translated; whoever shows it calls tr()."""
    return text


def language() -> str:
    """The code of the language in use."""
    return _chosen.code


def use_language(code: str) -> None:
    """Speak this language from now on, everywhere in the process. What is unknown becomes English."""
    if code == PSEUDO:
        _chosen.code, _chosen.texts = code, _Pseudo()
        return
    try:
        with resource(f"locale/{code}/LC_MESSAGES/{DOMAIN}.mo").open("rb") as file:
            _chosen.code, _chosen.texts = code, gettext.GNUTranslations(file)
    except FileNotFoundError:
        _chosen.code, _chosen.texts = ENGLISH, gettext.NullTranslations()


def best_language(wanted: Sequence[str]) -> str:
    """The first of these (as the system names them: "de-AT") that there is; else English."""
    for each in wanted:
        code = re.split(r"[-_]", each)[0].lower()
        if code in LANGUAGES:
            return code
    return ENGLISH
