"""The error of every action."""

from __future__ import annotations

from crmdesk.model.record import BadValue
from crmdesk.texts import tr


class Refusal(Exception):
    """The action cannot be done; nothing was changed. The text tells a person why, and what to do."""


def value_words(error: BadValue, with_field: bool = False) -> str:
    """Why a field cannot hold a value, as a sentence in the language of the window; `with_field`: and which field."""
    if error.reason is None:
        return str(error)
    words = tr(error.reason.text, **error.reason.said)
    if with_field and error.label:
        return f"{tr(error.label)}: {words}."
    return f"{words[:1].upper()}{words[1:]}."
