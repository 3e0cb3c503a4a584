"""The tracking token at the end of a subject: "Offer CRM:0001002".

As documented: a prefix of 1 to 20 characters, a base digit, the user's number and a counter of that user's messages.
The counter starts again when its digits are used up, so a token can mean an older message: headers go first.
"""

from __future__ import annotations

import re

DEFAULT_PREFIX = "CRM:"
_LEAST_DIGITS = 7


def make(
    prefix: str, user_number: int, counter: int, *, base: int = 0, user_digits: int = 3, counter_digits: int = 3
) -> str:
    """The token of a user's message number `counter`. ValueError when the prefix has not 1 to 20 characters."""
    if not 1 <= len(prefix) <= 20:
        raise ValueError(f"A tracking prefix has 1 to 20 characters; '{prefix}' has {len(prefix)}.")
    user = user_number % 10**user_digits
    message = counter % 10**counter_digits
    return f"{prefix}{base}{user:0{user_digits}}{message:0{counter_digits}}"


def find(subject: str, prefix: str = DEFAULT_PREFIX) -> str | None:
    """The last token of that prefix in the subject, with the prefix spelt as given; None when there is none."""
    pattern = rf"(?<!\w){re.escape(prefix)}([0-9]{{{_LEAST_DIGITS},}})"
    found = re.findall(pattern, subject, re.IGNORECASE)
    return f"{prefix}{found[-1]}" if found else None


def put(subject: str, token: str, prefix: str = DEFAULT_PREFIX) -> str:
    """The subject with `token` at its end; one that carries a token already keeps it."""
    return subject if find(subject, prefix) else f"{subject} {token}".strip()
