"""How to reach a mail server."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Tls: TypeAlias = Literal["tls", "starttls", "none"]
_TLS_FROM_THE_START = frozenset({465, 993})


@dataclass(frozen=True)
class MailServer:
    """A server and a user there. `user` None: no sign-in (a local SMTP server).

    With "none" the password goes over the wire as it is, and without `verify` anybody may pose as the server: both are
    for servers on this computer and for tests.
    """

    host: str
    port: int
    user: str | None = None
    password: str = field(default="", repr=False)
    tls: Tls = "tls"
    verify: bool = True
    timeout: float = 30.0

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True)
class ImapAccount(MailServer):
    """A mailbox on an IMAP server."""

    port: int = 993


@dataclass(frozen=True)
class SmtpAccount(MailServer):
    """A server that takes mail for delivery."""

    port: int = 465


def tls_for(port: int, *, insecure: bool = False) -> Tls:
    """How to speak to a port when the person names no more: TLS on 465 and 993, else STARTTLS, insecure: plain."""
    if port in _TLS_FROM_THE_START:
        return "tls"
    return "none" if insecure else "starttls"
