"""A network that fails on purpose, in front of any httpx transport: each request may meet a fault.

The faults are those that a client must live with: the request never arrives, or it arrives and is obeyed but the answer
is lost or cut, or something in between answers in the server's place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

import httpx
import orjson


class Loss(Enum):
    """What is lost on the way."""

    BEFORE_DELIVERY = "the server cannot be reached"
    AFTER_DELIVERY = "the server did it; the connection breaks before its answer"
    SILENCE = "the server did it; its answer does not come in time"
    CUT = "the server did it; the connection breaks in the middle of its answer"
    SHORTENED = "the server did it; its answer ends in the middle, and looks whole to HTTP"


@dataclass(frozen=True)
class Answered:
    """Something answers in the server's place: with an error body of Dataverse, or with `page`, the HTML of a proxy.

    `delivered`: the server did what was asked all the same.
    """

    status: int
    code: str = ""
    message: str = ""
    retry_after: float | None = None
    delivered: bool = False
    page: str | None = None


Fault: TypeAlias = Loss | Answered

BUSY = Answered(503, message="busy", retry_after=1)
THROTTLED = Answered(429, "0x80072322", "Number of requests exceeded the limit.", retry_after=1)
FAILED = Answered(500, "0x80040216", "An unexpected error occurred.")
GATEWAY = Answered(502, page="<html><body>Bad Gateway</body></html>", delivered=True)


@dataclass
class Lossy(httpx.BaseTransport):
    """`decide` is asked at each request which fault it meets, None for none. `faults` counts those that happened."""

    inner: httpx.BaseTransport
    decide: Callable[[httpx.Request], Fault | None]
    faults: dict[Fault, int] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fault = self.decide(request)
        if fault is None:
            return self.inner.handle_request(request)
        self.faults[fault] = self.faults.get(fault, 0) + 1
        if fault is Loss.BEFORE_DELIVERY:
            raise httpx.ConnectError(fault.value, request=request)
        if isinstance(fault, Answered):
            if fault.delivered:
                self._obeyed(request)
            return _in_its_place(fault)
        answer, body = self._obeyed(request)
        if fault is Loss.AFTER_DELIVERY:
            raise httpx.RemoteProtocolError(fault.value, request=request)
        if fault is Loss.SILENCE:
            raise httpx.ReadTimeout(fault.value, request=request)
        half = body[: len(body) // 2]
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        stream = _Cut(half) if fault is Loss.CUT else httpx.ByteStream(half)
        return httpx.Response(answer.status_code, headers=headers, stream=stream)

    def close(self) -> None:
        self.inner.close()

    def _obeyed(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """The inner answer, and its body as it would have travelled."""
        answer = self.inner.handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)
        body = b"".join(answer.stream)
        answer.close()
        return answer, body


class _Cut(httpx.SyncByteStream):
    def __init__(self, half: bytes) -> None:
        self._half = half

    def __iter__(self) -> Iterator[bytes]:
        yield self._half
        raise httpx.RemoteProtocolError(Loss.CUT.value)


def _in_its_place(fault: Answered) -> httpx.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if fault.page is not None:
        kind, body = "text/html", fault.page.encode()
    else:
        kind, body = "application/json", orjson.dumps({"error": {"code": fault.code, "message": fault.message}})
    return httpx.Response(fault.status, headers={**headers, "Content-Type": kind}, stream=httpx.ByteStream(body))


def in_turn(faults: Iterable[Fault | None]) -> Callable[[httpx.Request], Fault | None]:
    """The faults one after the other, a request each; none after the last."""
    waiting = iter(faults)
    return lambda request: next(waiting, None)
