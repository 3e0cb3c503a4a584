"""The catalogues of resources/locale: every text of the program, taken from the code, and its translations.

Run in the checkout's .venv by `dev.py texts`. A catalogue (.po) is what translators edit; the compiled one (.mo) is
what the program reads, and lies beside it so that nothing has to be built before the program runs.
"""

from __future__ import annotations

import ast
import io
import string
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from crmdesk.matching.tracking import Reason
from crmdesk.model.list_view import usual_views
from crmdesk.model.words import ENTITIES
from crmdesk.settings import OPTIONS
from crmdesk.store.problems import KINDS
from crmdesk.texts import CHOICE, DOMAIN, ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "resources" / "locale"


_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def texts() -> Catalog:
    """Every text of the program, without translations."""
    found = Catalog(domain=DOMAIN)
    for path in sorted((ROOT / "crmdesk").rglob("*.py")):
        if "server" not in path.relative_to(ROOT).parts:
            for text, meaning in _texts_in(ast.parse(path.read_bytes())):
                found.add(text, context=meaning)
    for text in data_texts():
        found.add(text)
    for label in choices():
        found.add(label, context=CHOICE)
    return found


def _texts_in(code: ast.Module) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """The texts and their meanings; also of a call in another call's arguments, which Babel's own reader misses."""
    for call in ast.walk(code):
        if not isinstance(call, ast.Call):
            continue
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        match name, [each.value if isinstance(each, ast.Constant) else None for each in call.args]:
            case ("tr" | "mark" | "date_form" | "Unfit", [str(text), *_]) if text:
                yield text, None
            case ("tr_as", [str(meaning), str(text)]):
                yield text, meaning
            case ("plural" | "_counted", [_, str(one), str(many)]):
                yield (one, many), None


def data_texts() -> Iterator[str]:
    """The texts that are data: what records and their fields are called, options, problems, why mail is tracked."""
    for kind in ENTITIES.values():
        yield from (kind.label, kind.plural)
        yield from (section.label for section in kind.form)
        for field in kind.fields:
            yield field.label
        yield from (view.name for view in (usual_views(kind) if kind.columns else ()))
    for option in OPTIONS:
        yield from (option.page, option.label, option.words)
    yield from (words for words, _ in KINDS.values())
    yield from (reason.words for reason in Reason)


def choices() -> Iterator[str]:
    """What the choices of fields are called."""
    for kind in ENTITIES.values():
        for field in kind.fields:
            yield from (choice.label for choice in field.choices)
    yield from ("Yes", "No")  # the choices of ui.dialogs.condition_values for a field that is one or the other


def catalogue(code: str) -> Path:
    """The file that translators edit."""
    return LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def updated(code: str) -> Catalog:
    """The language's catalogue with exactly the texts that the program has; translations of them are kept."""
    path = catalogue(code)
    if path.exists():
        with path.open("rb") as file:
            kept = read_po(file, locale=code, domain=DOMAIN)
    else:
        kept = Catalog(locale=code, domain=DOMAIN)
    kept.update(texts(), no_fuzzy_matching=True)
    kept.obsolete.clear()
    return kept


def said(made: Catalog) -> bytes:
    """A catalogue as it is written: without places and dates, so that it changes only when texts do."""
    file = io.BytesIO()
    made.fuzzy = False
    made.header_comment = f"# {LANGUAGES[str(made.locale)]} texts of crmdesk."
    write_po(file, made, no_location=True, omit_header=False, sort_output=True, width=120)
    dated = (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
        "Report-Msgid",
    )
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(each for each in lines if not each.lstrip('"').startswith(dated)).encode()


def compiled(made: Catalog) -> bytes:
    """A catalogue as the program reads it, which changes only when texts do as well."""
    made.creation_date = made.revision_date = _NO_DATE
    file = io.BytesIO()
    write_mo(file, made)
    return file.getvalue()


def flaws(made: Catalog) -> list[str]:
    """What is missing or wrong, a line each."""
    return [f"{message.id!r}: {what}" for message in made if message.id and (what := _flaw(message))]


def _flaw(message: Message) -> str | None:
    ids = _forms(message.id)
    translations = _forms(message.string)
    if message.fuzzy or not all(translations):
        return "not translated"
    wanted = set(_named(ids[-1]))
    for each in translations:
        if not set(_named(each)) <= wanted | set(_named(ids[0])):
            return f"names other things: {each!r}"
        if wanted - set(_named(each)) - {"n"}:
            return f"leaves something out: {each!r}"
    return None


def _forms(text: object) -> list[str]:
    """A text's forms: one, or one for each number that the language tells apart."""
    return [str(each or "") for each in (text if isinstance(text, tuple | list) else (text,))]


def _named(text: str) -> Iterable[str]:
    return (name for _, name, _, _ in string.Formatter().parse(text) if name)


def main() -> int:
    code = 0
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        made = updated(language)
        path = catalogue(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(said(made))
        path.with_suffix(".mo").write_bytes(compiled(made))
        left = flaws(made)
        print(f"{language}: {len(made)} texts, {len(left)} to do", *left[:40], sep="\n  ")
        code = code or int(bool(left))
    return code


if __name__ == "__main__":
    sys.exit(main())
