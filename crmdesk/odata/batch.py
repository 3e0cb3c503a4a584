"""The body of `$batch`: requests as multipart/mixed and the answers to them, for both ends.

Line ends are CRLF when written; LF alone is understood, as clients exist that send it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from crmdesk.odata.errors import ODataError


class Headers(dict[str, str]):
    """Header names without regard to case; they are kept in lower case."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        super().__init__({name.lower(): value for name, value in (values or {}).items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name.lower(), value)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return super().get(name.lower(), default)


@dataclass(frozen=True)
class Request:
    """One request inside a batch. `url` as it stands there: absolute, from the root `/`, relative, or `$1`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=Headers)
    body: bytes = b""
    content_id: str | None = None


@dataclass(frozen=True)
class ChangeSet:
    """Requests that happen together or not at all."""

    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=Headers)
    body: bytes = b""
    content_id: str | None = None


Item: TypeAlias = Request | ChangeSet
AnswerItem: TypeAlias = Answer | list[Answer]

_REQUEST_LINE = re.compile(r"(?P<method>[A-Z]+) (?P<url>.+?)(?: HTTP/1\.[01])?")
_STATUS_LINE = re.compile(r"HTTP/1\.[01] (?P<status>\d{3})(?: .*)?")
_AFTER_BOUNDARY = re.compile(rb"(?P<end>--)?[ \t]*(?=\r?\n|$)")
_PART_HEADERS = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"


def content_type(boundary: str) -> str:
    """The Content-Type header that goes with a body made with `boundary`."""
    return f'multipart/mixed; boundary="{boundary}"'


def encode_batch(items: Sequence[Item], boundary: str) -> bytes:
    """The body of a batch request. `boundary` must not occur in any body (a GUID inside makes sure)."""
    out: list[bytes] = []
    for number, item in enumerate(items):
        out.append(f"--{boundary}\r\n".encode())
        if isinstance(item, ChangeSet):
            inner = f"changeset_{number}_{boundary}"
            out.append(f"Content-Type: {content_type(inner)}\r\n\r\n".encode())
            for request in item.requests:
                out.append(f"--{inner}\r\n".encode())
                out.extend(_request_part(request))
            out.append(f"--{inner}--\r\n".encode())
        else:
            out.extend(_request_part(item))
    out.append(f"--{boundary}--\r\n".encode())
    return b"".join(out)


def parse_batch(body: bytes, content_type: str) -> list[Item]:
    """The requests of a batch body, in order. Raises ODataError when it is cut short or is no batch."""
    items: list[Item] = []
    for headers, content in _parts(body, _boundary(content_type)):
        kind = headers.get("content-type") or ""
        if kind.lower().startswith("multipart/mixed"):
            inner = [_request(*part) for part in _parts(content, _boundary(kind))]
            items.append(ChangeSet(tuple(inner)))
        else:
            items.append(_request(headers, content))
    return items


def encode_answers(items: Sequence[AnswerItem], key: str) -> tuple[str, bytes]:
    """Content-Type and body that answer a batch; `key` (a GUID) makes the boundaries unique."""
    boundary = f"batchresponse_{key}"
    out: list[bytes] = []
    for number, item in enumerate(items):
        out.append(f"--{boundary}\r\n".encode())
        if isinstance(item, Answer):
            out.extend(_answer_part(item))
            continue
        inner = f"changesetresponse_{key[:-4]}{number:04}"
        out.append(f"Content-Type: multipart/mixed; boundary={inner}\r\n\r\n".encode())
        for answer in item:
            out.append(f"--{inner}\r\n".encode())
            out.extend(_answer_part(answer))
        out.append(f"--{inner}--\r\n".encode())
    out.append(f"--{boundary}--\r\n".encode())
    return f"multipart/mixed; boundary={boundary}", b"".join(out)


def parse_answers(body: bytes, content_type: str) -> list[AnswerItem]:
    """The answers in order: one Answer for a single request, a list for a change set that went through.

    A change set that failed is answered by one Answer. Raises ODataError when the body is cut short or garbled.
    """
    items: list[AnswerItem] = []
    for headers, content in _parts(body, _boundary(content_type)):
        kind = headers.get("content-type") or ""
        if kind.lower().startswith("multipart/mixed"):
            items.append([_answer(*part) for part in _parts(content, _boundary(kind))])
        else:
            items.append(_answer(headers, content))
    return items


def _request_part(request: Request) -> Iterator[bytes]:
    yield _PART_HEADERS
    if request.content_id is not None:
        yield f"Content-ID: {request.content_id}\r\n".encode()
    yield f"\r\n{request.method} {request.url} HTTP/1.1\r\n".encode()
    yield from _header_lines(request.headers)
    yield b"\r\n"
    yield request.body
    yield b"\r\n"


def _answer_part(answer: Answer) -> Iterator[bytes]:
    yield _PART_HEADERS
    if answer.content_id is not None:
        yield f"Content-ID: {answer.content_id}\r\n".encode()
    yield f"\r\nHTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n".encode()
    yield from _header_lines(answer.headers)
    yield b"\r\n"
    yield answer.body
    yield b"\r\n"


def _header_lines(headers: Mapping[str, str]) -> Iterator[bytes]:
    for name, value in headers.items():
        yield f"{name}: {value}\r\n".encode()


def _boundary(content_type: str) -> bytes:
    match = re.search(r'boundary="?([^";,]+)"?', content_type, re.IGNORECASE)
    if match is None:
        raise ODataError("The batch has no boundary in its Content-Type.")
    return match.group(1).strip().encode()


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[Headers, bytes]]:
    """Headers and content of each part; raises ODataError when the closing boundary is missing."""
    start: int | None = None
    for before, after, is_last in _boundary_lines(body, b"--" + boundary):
        if start is not None:
            yield _split_part(body[start:before])
        start = after
        if is_last:
            return
    raise ODataError("The batch is cut short: its closing boundary is missing.")


def _boundary_lines(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each begins, with the line break that is part of it (RFC 2046, 5.1.1), where it ends, and "--" behind it.

    Looked for as bytes: a pattern would have to be compiled for each boundary, which takes longer than the search.
    """
    at = body.find(delimiter)
    while at >= 0:
        rest = _AFTER_BOUNDARY.match(body, at + len(delimiter))
        if rest and (at == 0 or body[at - 1 : at] == b"\n"):
            before = at - 1 if at else at
            yield before - (body[before - 1 : before] == b"\r"), rest.end(), bool(rest["end"])
        at = body.find(delimiter, at + len(delimiter))


def _split_part(part: bytes) -> tuple[Headers, bytes]:
    part = re.sub(rb"^\r?\n", b"", part, count=1)
    if re.match(rb"\r?\n", part):
        return Headers(), re.sub(rb"^\r?\n", b"", part, count=1)
    blank = re.search(rb"\r?\n\r?\n", part)
    head, content = (part[: blank.start()], part[blank.end() :]) if blank else (part, b"")
    return _headers(head), content


def _headers(head: bytes) -> Headers:
    headers = Headers()
    for text in head.decode("utf-8", "replace").splitlines():
        name, colon, value = text.partition(":")
        if not colon:
            raise ODataError(f"A part of the batch has a header line without a colon: '{text[:100]}'.")
        headers[name.strip()] = value.strip()
    return headers


def _message(content: bytes) -> tuple[str, Headers, bytes]:
    """First line, headers and body of the HTTP message that a part holds."""
    content = content.lstrip(b"\r\n")
    first, _, rest = content.partition(b"\n")
    headers, body = _split_part(rest)
    return first.decode("utf-8", "replace").strip(), headers, body


def _request(headers: Headers, content: bytes) -> Request:
    first, inner, body = _message(content)
    match = _REQUEST_LINE.fullmatch(first)
    if match is None:
        raise ODataError(f"A part of the batch has no request line: '{first[:100]}'.")
    identifier = headers.get("content-id") or inner.get("content-id")
    return Request(match["method"], match["url"].strip(), inner, body, identifier)


def _answer(headers: Headers, content: bytes) -> Answer:
    first, inner, body = _message(content)
    match = _STATUS_LINE.fullmatch(first)
    if match is None:
        raise ODataError(f"A part of the batch's answer has no status line: '{first[:100]}'.")
    return Answer(int(match["status"]), inner, body, headers.get("content-id") or inner.get("content-id"))
