"""What can go wrong with the server; each class is a different thing to do.

    CrmError
    ├── Unreachable      no connection, or it broke: wait and try again
    │   └── Throttled    the server asks for patience: `after` seconds
    ├── Garbled          an answer that cannot be understood: the outcome is not known
    ├── SignInNeeded     the server does not accept who we are: ask the person
    ├── Cancelled        the person stopped it
    ├── VersionClash     somebody was quicker: read, merge, send again
    ├── Exists           a record of that id is there already: read, merge
    ├── Duplicate        a detection rule found a record that looks alike: the person decides
    ├── Gone             the record is not there any more
    ├── DeltaExpired     the delta link is too old or not ours: load anew
    └── Refused          a definite no; the server's words say why

The text of each is a sentence for a person.
"""

from __future__ import annotations

from typing import Any

import orjson


class CrmError(Exception):
    """Something about the server went wrong; the text says what, and what to do."""


class Unreachable(CrmError):
    """No answer. `delivered`: the request may have reached the server, so what it asked may have happened."""

    def __init__(self, words: str, delivered: bool = True) -> None:
        super().__init__(words)
        self.delivered = delivered


class Throttled(Unreachable):
    def __init__(self, words: str, after: float) -> None:
        super().__init__(words, delivered=False)
        self.after = after


class Garbled(CrmError):
    pass


class SignInNeeded(CrmError):
    pass


class Cancelled(CrmError):
    pass


class VersionClash(CrmError):
    pass


class Exists(CrmError):
    pass


class Duplicate(CrmError):
    pass


class Gone(CrmError):
    pass


class DeltaExpired(CrmError):
    pass


class Refused(CrmError):
    def __init__(self, words: str, code: str = "", status: int = 0) -> None:
        super().__init__(words)
        self.code = code
        self.status = status


_BY_CODE: dict[str, type[CrmError]] = {
    "0x80060882": VersionClash,
    "0x80040237": Exists,
    "0x80060892": Exists,
    "0x80040333": Duplicate,
}


def error_of(status: int, body: bytes, link: str = "", retry_after: float = 0.0) -> CrmError:
    """The error that an answer of `status` with `body` is. Decided by status and code (codes alone are unreliable)."""
    code, words = _words(body)
    if status == 401:
        return SignInNeeded("The server does not accept the sign-in any more. Your data is kept; please sign in again.")
    if status in (429, 502, 503, 504):
        return Throttled(f"The server is busy ({status}). Everything waits here and is sent later.", retry_after or 2.0)
    if code in _BY_CODE and status in (412, 500):
        return _BY_CODE[code](words or "The server has another state of this record.")
    if status == 412:
        return Exists(words) if "already exists" in words else VersionClash(words or "The record has another version.")
    if "deltatoken" in link and 400 <= status < 500:
        return DeltaExpired(words or "The delta link is too old.")
    if status == 404 and code in ("0x80040217", ""):
        return Gone(words or "The record does not exist any more.")
    if status >= 500:
        return Unreachable(f"The server failed ({status}): {words or 'it gave no reason'}. It will be tried again.")
    return Refused(words or f"The server answered {status}.", code, status)


def _words(body: bytes) -> tuple[str, str]:
    try:
        content: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", ""
    error = content.get("error") if isinstance(content, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or ""), str(error.get("message") or "")
