"""One exchange with a server: httpx, its time-outs, its errors in our words, and counting what went over the wire."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx

from crmdesk.crm.errors import Cancelled, Garbled, Unreachable
from crmdesk.texts import mark, tr

Transport: TypeAlias = httpx.BaseTransport
"""What carries requests; tests hand in others."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
STOPPED = mark("It was stopped. Everything that was done until then is kept.")
_KEEP_ALIVE = 4.0  # seconds; less than uvicorn's 5, so that a request does not meet a connection that is just closing


_TRICKLE = 1024  # bytes; a body that brings fewer in the time of a silence is as good as silent


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, and without a byte from the server (in a body: with hardly any)."""

    connect: float = 10.0
    silence: float = 30.0


USUAL = Timeouts()


@dataclass(frozen=True)
class Traffic:
    """What went over the wire: HTTP requests, and bytes as they travelled (compressed; HTTP heads included)."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True)
class Reply:
    """An answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Connections to one server, kept alive between exchanges. One thread at a time; `traffic`, `interrupt` from any.

    `stopped` is asked whenever something arrives; it may be replaced between exchanges. `clock`: monotonic.
    """

    def __init__(
        self,
        url: str,
        transport: Transport | None = None,
        stopped: Callable[[], bool] = lambda: False,
        timeouts: Timeouts = USUAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host = urlsplit(url).netloc
        self.stopped = stopped
        self.timeouts = timeouts
        self._clock = clock
        self._traffic = Traffic()
        self._counting = threading.Lock()
        self._socket: socket.socket | None = None
        self._client = httpx.Client(
            transport=transport,
            verify=_trust(url),
            limits=httpx.Limits(keepalive_expiry=_KEEP_ALIVE),
            # a proxy of the environment is for the world outside, never for this computer
            trust_env=urlsplit(url).hostname not in LOOPBACK,
            follow_redirects=False,  # the token is for this server alone
        )

    @property
    def traffic(self) -> Traffic:
        with self._counting:
            return self._traffic

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", limit: Timeouts = USUAL
    ) -> Reply:
        """Send a request and read the whole answer, whatever its status. `limit` may shorten the time-outs.

        Raises Unreachable, Garbled (a body that cannot be unpacked), Cancelled.
        """
        if self.stopped():
            raise Cancelled(tr(STOPPED))
        connect, silence = min(limit.connect, self.timeouts.connect), min(limit.silence, self.timeouts.silence)
        timeout = httpx.Timeout(silence, connect=max(connect, 0.1))
        with self._in_our_words():
            return self._exchange(self._request(method, url, headers, body, timeout), silence)

    def interrupt(self) -> None:
        """Break off a wait for an answer, from any thread, so that `exchange` raises now and not at a time-out.

        Make `stopped` say so first: then it raises Cancelled. Connecting can't be broken off.
        """
        waiting = self._socket
        if waiting is not None:
            with contextlib.suppress(OSError):  # closed already
                # not SSLSocket's own shutdown, which takes the TLS state away under the reading thread
                socket.socket.shutdown(waiting, socket.SHUT_RDWR)

    def close(self) -> None:
        self._client.close()

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: httpx.Timeout
    ) -> httpx.Request:
        return self._client.build_request(
            method,
            url,
            headers={"Accept-Encoding": "gzip", **headers},
            content=body or None,
            timeout=timeout,
            extensions={"trace": self._watch},
        )

    def _exchange(self, request: httpx.Request, silence: float) -> Reply:
        delivered = True
        received = 0
        try:
            response = self._client.send(request, stream=True)
            try:
                received = _size(f"HTTP/1.1 {response.status_code} {response.reason_phrase}", response.headers)
                body = self._body(response, silence)
            finally:
                received += response.num_bytes_downloaded
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout):
            delivered = False
            raise
        finally:
            if delivered:
                self._count(request, received)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, _unpacked(body, headers.get("content-encoding", "identity")))

    def _body(self, response: httpx.Response, silence: float) -> bytes:
        """The body as it travelled. A few bytes now and then are no answer: that would hold a run up for hours."""
        parts: list[bytes] = []
        since, fresh = self._clock(), 0
        for part in response.iter_raw():
            if self.stopped():
                raise Cancelled(tr(STOPPED))
            parts.append(part)
            fresh += len(part)
            if fresh >= _TRICKLE:
                since, fresh = self._clock(), 0
            elif self._clock() - since > silence:
                raise httpx.ReadTimeout("a trickle", request=response.request)
        return b"".join(parts)

    def _count(self, request: httpx.Request, received: int) -> None:
        sent = _size(f"{request.method} {request.url.raw_path.decode()} HTTP/1.1", request.headers)
        sent += int(request.headers.get("content-length", "0"))
        with self._counting:
            before = self._traffic
            self._traffic = replace(
                before,
                requests=before.requests + 1,
                bytes_sent=before.bytes_sent + sent,
                bytes_received=before.bytes_received + received,
            )

    def _watch(self, event: str, details: Mapping[str, Any]) -> None:
        """httpx's trace: keeps the socket that answers come from, for `interrupt`, which may have come before it."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
        elif event.endswith("receive_response_headers.started") and self.stopped():
            raise Cancelled(tr(STOPPED))

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            words = tr(
                "{host} cannot be reached: {why}. Everything waits here and is sent later.",
                host=self.host,
                why=_why(error),
            )
            raise Unreachable(words, maybe_delivered=False) from None
        except _NotPacked:
            raise Garbled(
                tr("{host} gave an answer that cannot be unpacked. It will be asked again.", host=self.host)
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Garbled(
                tr("{host} is no address that can be asked: {why}. Check the address.", host=self.host, why=error)
            ) from None
        except httpx.TransportError as error:
            if self.stopped():
                raise Cancelled(tr(STOPPED)) from None
            if isinstance(error, httpx.TimeoutException):
                words = tr(
                    "{host} did not answer in time. Everything is kept here; what was sent will be asked for again.",
                    host=self.host,
                )
            else:
                words = tr(
                    "The connection to {host} broke before the answer was complete. Everything is kept here; what was "
                    "sent will be asked for again.",
                    host=self.host,
                )
            raise Unreachable(words) from None


class _NotPacked(Exception):
    """A body is not what its Content-Encoding says."""


def _unpacked(body: bytes, encoding: str) -> bytes:
    """Nothing but gzip was offered to the server. Raises _NotPacked."""
    if not body or encoding.lower() == "identity":
        return body
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise _NotPacked
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise _NotPacked from None


def _size(first_line: str, headers: httpx.Headers) -> int:
    return len(first_line) + 2 + sum(len(name) + len(value) + 4 for name, value in headers.raw) + 2


def _trust(url: str) -> ssl.SSLContext:
    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used: reading the certificates would cost 15 ms
    context = httpx.create_ssl_context()
    context.load_default_certs()  # the computer's own too: that is where a company puts its authority
    return context


def _why(error: BaseException) -> str:
    """The cause in words, found behind httpx's exceptions."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return tr("its certificate is not trusted ({why})", why=cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return tr("it does not speak TLS there (https)")
        if isinstance(cause, socket.gaierror):
            return tr("its name is not known; there is no network, or the address is wrong")
        if isinstance(cause, ConnectionRefusedError):
            return tr("nothing answers there")
        if isinstance(cause, ConnectionResetError):
            return tr("it ended the connection at once")
        if isinstance(cause, TimeoutError | httpx.TimeoutException):
            return tr("it does not answer")
        cause = cause.__cause__ or cause.__context__
    return str(error) or tr("the connection failed")
