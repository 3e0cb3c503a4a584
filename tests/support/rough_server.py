"""A server on a real socket that says exactly what a test tells it to, well-formed or not."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

HANG = b"<hang>"
"""Instead of an answer: say nothing until the client goes away."""

RESET = b"<reset>"
"""Instead of an answer: close at once."""

_TLS_HELLO = 0x16


def answer(
    body: bytes = b"{}", status: str = "200 OK", headers: Sequence[str] = (), length: int | None = None
) -> bytes:
    """An HTTP answer; `length` may lie about the body's."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class RoughServer:
    """Gives `answers` in turn, a request each; after the last it closes. Requests are kept, heads and bodies.

    With `tls` it speaks TLS, as localhost.
    """

    answers: Sequence[bytes]
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    """Set when a request has come that is not answered (HANG)."""

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        host, port = self._socket.getsockname()
        self.url = f"https://localhost:{port}" if self.tls else f"http://{host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        waiting = list(self.answers)
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection, contextlib.suppress(OSError):  # a client that goes away
                if self.tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                with connection:
                    while waiting and self._converse(connection, waiting):
                        pass

    def _converse(self, connection: socket.socket, waiting: list[bytes]) -> bool:
        """One request and its answer; whether the connection is still of use."""
        request = self._request(connection)
        if not request:
            return False
        self.requests.append(request)
        said = waiting.pop(0)
        if said == HANG:
            self.reached.set()
            connection.recv(1)  # until the client gives up
            return False
        if said == RESET:
            return False
        connection.sendall(said)
        head, _, body = said.partition(b"\r\n\r\n")
        return f"Content-Length: {len(body)}".encode() in head

    def _request(self, connection: socket.socket) -> bytes:
        text = b""
        while b"\r\n\r\n" not in text:
            more = connection.recv(65536)
            if not more:
                return b""
            text += more
            if text[0] == _TLS_HELLO:
                return text
        head, _, body = text.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    body += connection.recv(65536)
        return head + b"\r\n\r\n" + body
