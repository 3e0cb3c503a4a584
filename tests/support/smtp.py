"""SMTP servers: a real one (aiosmtpd) with rules of its own, and one that follows a script into trouble."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from crmdesk.demo.collector import LoopbackSmtp
from tests.support.certificate import Certificate

USER = "anna"
PASSWORD = "correct-horse"


@dataclass
class Post:
    """A mail server that keeps what it takes. `refuses`: recipient -> the answer to RCPT; `answer` to the message."""

    refuses: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"
    hangs_up: bool = False
    """Takes the whole message, then ends the connection instead of answering."""
    taken: list[Envelope] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        if self.hangs_up:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.answer


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    right = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


@contextmanager
def running_post(
    post: Post | None = None,
    *,
    signs_in: bool = False,
    in_the_clear: bool = False,
    starttls: Certificate | None = None,
    tls: Certificate | None = None,
) -> Iterator[Post]:
    """A mail server on a port of its own while the block runs.

    One that wants a sign-in wants TLS before; one that takes passwords `in_the_clear` does without both.
    """
    post = post or Post()
    more: dict[str, object] = {}
    if signs_in:
        more |= {
            "authenticator": _authenticate,
            "auth_required": not in_the_clear,
            "auth_require_tls": not in_the_clear,
        }
    if starttls is not None:
        more |= {"tls_context": _context(starttls), "require_starttls": True}
    if tls is not None:
        more |= {"ssl_context": _context(tls)}
    server = LoopbackSmtp(post, **more)
    server.start()
    post.port = server.port
    try:
        yield post
    finally:
        server.stop()


@contextmanager
def scripted(*answers: bytes | None) -> Iterator[int]:
    """A server that gives these answers, one before and one after each line it gets, and hangs up at None or the end.

    Gives its port. A message counts as one line, up to its final dot.
    """

    def serve(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer, peer.makefile("rb") as lines:
            in_message = False
            for answer in answers:
                if answer is None:
                    return
                peer.sendall(answer)
                for line in lines:
                    if not in_message or line == b".\r\n":
                        break
                in_message = answer.startswith(b"354")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def _context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context
