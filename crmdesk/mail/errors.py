"""What can go wrong with mail; each class is a different thing to do. Above this border nobody sees the libraries' own.

MailError
    MailUnreachable     nothing was handed over: try later
    MailSignInNeeded    ask for the password
    MailRefused         show the server's words
        SendRefused     … nothing went out; the draft stays
    MailGarbled         the server's answer makes no sense: report it
    SendUnknown         tell the person that nobody can know whether it went out; never send it again unasked
"""

from __future__ import annotations

from collections.abc import Mapping


class MailError(Exception):
    """The text is a sentence for the person."""


class MailUnreachable(MailError):
    """No connection, or it broke, or the server says to come back later. What was asked for did not happen."""


class MailSignInNeeded(MailError):
    """The server does not accept the user or the password."""


class MailRefused(MailError):
    """The server understood and said no, for good."""


class SendRefused(MailRefused):
    """The message was not taken, for anybody. `refused`: address -> the server's words, where they were about one."""

    def __init__(self, words: str, refused: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.refused = dict(refused or {})


class MailGarbled(MailError):
    """The server answered what the protocol does not allow."""


class SendUnknown(MailError):
    """The connection ended after the whole message was handed over and before the server confirmed it."""
