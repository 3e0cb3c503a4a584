"""MIME written the way that other mail programs write it, each with its habits.

mail.compose writes one sound form; a mailbox holds many: charsets of the nineties, raw 8-bit text, format=flowed.
"""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterable
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr


@dataclass(frozen=True)
class Part:
    """A MIME entity: its own header fields and its encoded body."""

    fields: tuple[str, ...]
    body: bytes

    def encoded(self) -> bytes:
        return "".join(f"{field}\n" for field in self.fields).encode() + b"\n" + self.body


def text(words: str, charset: str = "utf-8", encoding: str = "quoted-printable", kind: str = "plain") -> Part:
    """A text part; `kind` is the subtype, with parameters if any ("plain; format=flowed").

    Text that the charset can't hold goes out as UTF-8, as programs do then.
    """
    try:
        content = words.encode(charset)
    except UnicodeEncodeError:
        charset, content = "utf-8", words.encode()
    subtype, _, parameters = kind.partition(";")
    more = f";{parameters}" if parameters else ""
    fields = (f"Content-Type: text/{subtype}; charset={charset}{more}", f"Content-Transfer-Encoding: {encoding}")
    return Part(fields, _body(content if content.endswith(b"\n") else content + b"\n", encoding))


def file(name: str, mimetype: str, content: bytes, content_id: str | None = None) -> Part:
    """An attachment; with a `content_id` a picture that the HTML beside it shows."""
    encoded_name = name if name.isascii() else Header(name, "utf-8").encode()
    fields = [
        f'Content-Type: {mimetype}; name="{encoded_name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: {"inline" if content_id else "attachment"}; filename="{encoded_name}"',
    ]
    if content_id:
        fields.append(f"Content-ID: <{content_id}>")
    return Part(tuple(fields), _body(content, "base64"))


def multipart(kind: str, boundary: str, parts: Iterable[Part], preamble: bytes = b"") -> Part:
    """`kind` is the subtype, with parameters if any ("report; report-type=delivery-status")."""
    subtype, _, parameters = kind.partition(";")
    more = f";{parameters}" if parameters else ""
    body = preamble + b"".join(b"--%b\n%b\n" % (boundary.encode(), part.encoded()) for part in parts)
    fields = (f'Content-Type: multipart/{subtype}; boundary="{boundary}"{more}',)
    return Part(fields, body + b"--%b--\n" % boundary.encode())


def message(fields: Iterable[tuple[str, str]], part: Part) -> bytes:
    """A whole message, with LF as Maildirs have it; the values of `fields` are encoded already."""
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    return head.encode("utf-8") + b"MIME-Version: 1.0\n" + part.encoded()


def subject(words: str, charset: str = "utf-8") -> str:
    """The value of a Subject field."""
    return words if words.isascii() else _header(words, charset)


def person(name: str, address: str, charset: str = "utf-8") -> str:
    """The value of an address field."""
    return formataddr((name, address)) if name.isascii() else f"{_header(name, charset)} <{address}>"


def _header(words: str, charset: str) -> str:
    try:
        return Header(words, charset, header_name="Subject").encode()
    except UnicodeEncodeError:
        return Header(words, "utf-8", header_name="Subject").encode()


def _body(content: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(content)
    if encoding == "quoted-printable":
        return quopri.encodestring(content)
    return content
