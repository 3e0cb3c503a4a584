"""What can go wrong with the server; each class is a different thing to do.

    CrmError
    ├── Unreachable      no answer, or the server could not work just now: wait and try again
    │   └── Throttled    the server asks for patience: wait `after` seconds
    ├── Garbled          an answer that cannot be understood: what it was about is in doubt, ask again
    ├── SignInNeeded     the server does not accept who we are: ask the person
    ├── Cancelled        the person stopped it
    ├── VersionClash     somebody was quicker: read, merge, send again
    ├── Exists           a record of that id is there already: read, merge
    ├── Duplicate        a detection rule found a record that looks alike: the person decides
    ├── Gone             the record is not there any more
    ├── Undone           nothing is wrong with it, but another part of its change set was refused: send it again
    ├── DeltaExpired     the delta link is too old or not the server's: read the whole table again
    └── Refused          a definite no; the server's words say why

The first four classes leave open whether a write happened (`maybe_delivered` where it is known that it did not); the
others are answers, and nothing was changed. The text of each is a sentence for a person.
"""

from __future__ import annotations


class CrmError(Exception):
    """Something about the server went wrong; the text says what happened, what was kept, what to do."""


class Unreachable(CrmError):
    """No answer, or one that says that the server cannot work just now (5xx).

    `maybe_delivered`: the request may have reached the server, so what it asked may have happened.
    """

    def __init__(self, words: str, maybe_delivered: bool = True) -> None:
        super().__init__(words)
        self.maybe_delivered = maybe_delivered

    @property
    def happened(self) -> str:
        """The first sentence without its stop: what happened, not what was kept nor what to do."""
        return str(self).partition(". ")[0].removesuffix(".")


class Throttled(Unreachable):
    """Too many requests, or the server is busy. `after`: seconds to wait, as the server says (`told`) or a guess."""

    def __init__(self, words: str, after: float, maybe_delivered: bool = False, told: bool = False) -> None:
        super().__init__(words, maybe_delivered)
        self.after = after
        self.told = told


class Garbled(CrmError):
    """The answer is cut short or is no answer of a CRM server. What the request asked may have happened."""


class SignInNeeded(CrmError):
    """Password or token are not accepted (any more). Nothing was changed."""


class Cancelled(CrmError):
    """It was stopped while it waited for the server. A write that was on its way may have happened."""


class VersionClash(CrmError):
    """The record has another version than the one that the change was made on."""


class Exists(CrmError):
    """A record with the id of the new one is there: our own create whose answer was lost, in all likelihood."""


class Duplicate(CrmError):
    """The server's detection rules found records that look alike; Client.duplicates_of names them."""


class Gone(CrmError):
    """The record itself is not on the server; somebody deleted it, or it was never there."""


class Undone(CrmError):
    """A change set happens together or not at all, and another part of it was refused."""


class DeltaExpired(CrmError):
    """Deletions can't be told any more by this link."""


class Refused(CrmError):
    """A definite no. `code` is Dataverse's (a hex text, may be empty), `status` that of HTTP."""

    def __init__(self, words: str, code: str = "", status: int = 0) -> None:
        super().__init__(words)
        self.code = code
        self.status = status
