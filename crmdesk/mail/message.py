"""Reading messages: from raw bytes to a value, whatever state they are in.

The structure is read by the standard library with its lenient (compat32) policy, the header fields by headers.py: four
times as fast as email.policy.default, which also fails on some malformed fields.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import Compat32
from html import escape
from typing import Any

from crmdesk.mail.charsets import decoded
from crmdesk.mail.flowed import unflowed
from crmdesk.mail.headers import Address, is_absurd, read_addresses, read_date, read_ids, read_text
from crmdesk.mail.html import text_from_html
from crmdesk.matching.tracking import MessageFacts

NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_DEEPEST = 40
_PEOPLE = frozenset({"to", "cc", "bcc"})
_LONGEST_PEOPLE = 500_000
_LONGEST_FIELD = 30_000
_PREVIEW_LENGTH = 200
_META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_ATTRIBUTION = re.compile(r"^(?:on|am|den|le|il|el|op|w dniu|στις)\b.*:$", re.IGNORECASE)
_UNSAFE_IN_NAMES = re.compile(r"[\\/:*?\"<>|\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class _AsWritten(Compat32):
    """compat32, but a field's value is always the str that was read, with raw bytes as surrogates.

    Only so much of it as honest mail needs: the time to read some fields grows with the square of their length.
    """

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value[: _LONGEST_PEOPLE if name.lower() in _PEOPLE else _LONGEST_FIELD]


_POLICY = _AsWritten()


@dataclass(frozen=True)
class AttachmentInfo:
    """What came with a message. `index` is what attachment_content takes; `size` is in bytes, decoded."""

    index: int
    filename: str
    mimetype: str
    size: int
    content_id: str | None
    inline: bool
    """The HTML shows it by its cid: no attachment in the person's eyes."""


@dataclass(frozen=True)
class ParsedMessage:
    """A message as read. `problems` names, in words, what was malformed; empty for a sound message."""

    message_id: str
    in_reply_to: str | None
    references: tuple[str, ...]
    """Oldest first, as the field lists them."""
    subject: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: datetime
    """Aware, UTC; NO_DATE when nothing tells."""
    text: str
    """For reading and searching; made from the HTML when there is nothing else."""
    html: str | None
    """As the sender wrote it: pass it through html.make_safe before showing it."""
    attachments: tuple[AttachmentInfo, ...]
    list_id: str | None
    auto_submitted: bool
    """An automatic answer (out of office), or a report of a mail server."""
    bounce: bool
    problems: tuple[str, ...]

    @property
    def preview(self) -> str:
        """The beginning of what the sender wrote, on one line, without quotations."""
        return preview(self.text)

    @property
    def facts(self) -> MessageFacts:
        """What matching needs to know of it."""
        return MessageFacts(
            subject=self.subject,
            sender=self.sender.address,
            recipients=tuple(person.address for person in (*self.to, *self.cc, *self.bcc)),
            in_reply_to=self.in_reply_to,
            references=self.references,
            date=self.date,
        )


def parse(raw: bytes, received: datetime | None = None) -> ParsedMessage:
    """The message in `raw`. Never raises: what cannot be read is left empty and named in `problems`.

    `received` (aware) is when it arrived, where that is known: the date of a message that has none, or an absurd one.
    """
    return _Reading(raw).message(received)


def attachment_content(raw: bytes, index: int) -> bytes:
    """The decoded bytes of the attachment with that index. IndexError when the message has no such attachment."""
    reading = _Reading(raw)
    reading.bodies()
    if not 0 <= index < len(reading.attached):
        raise IndexError(f"The message has {len(reading.attached)} attachments; there is no number {index}.")
    return reading.content(reading.attached[index])


def has_headers(raw: bytes) -> bool:
    """Whether `raw` begins like a mail message at all: with some field that every mail has."""
    head = BytesHeaderParser(policy=_POLICY).parsebytes(raw[:100_000])
    return any(name in head for name in ("from", "to", "subject", "date", "message-id", "received"))


def preview(text: str) -> str:
    """The beginning of a text on one line, without quotations and the line that introduces them."""
    words: list[str] = []
    length = 0
    for line in text.splitlines():
        line = line.strip()
        if line == "--":
            break
        if not line or line.startswith(">") or _ATTRIBUTION.match(line) or not line.strip("-=_*# "):
            continue
        words.append(line)
        length += len(line)
        if length > _PREVIEW_LENGTH:
            break
    one_line = " ".join(" ".join(words).split())
    return one_line if len(one_line) <= _PREVIEW_LENGTH else one_line[: _PREVIEW_LENGTH - 1].rstrip() + "…"


@dataclass(frozen=True)
class _Body:
    """One piece of what is to be read, in one form or two."""

    plain: str | None = None
    html: str | None = None


class _Reading:
    """Reads one message; collects attachments and problems on the way."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.attached: list[Message] = []
        self.problems: dict[str, None] = {}
        try:
            self.root: Message = BytesParser(policy=_POLICY).parsebytes(raw)
        except RecursionError:
            self.problem("parts nested too deep")
            self.root = BytesHeaderParser(policy=_POLICY).parsebytes(raw)
        except (ValueError, LookupError, TypeError):  # the parser stumbles over parameters of Content-Type
            self.problem("broken structure")
            self.root = BytesHeaderParser(policy=_POLICY).parsebytes(raw)

    def problem(self, words: str) -> None:
        self.problems[words] = None

    def message(self, received: datetime | None) -> ParsedMessage:
        bodies = self.bodies()
        html = _joined_html(bodies)
        text = "\n\n".join(_plain_of(body) for body in bodies).strip("\n")
        if not any(name in self.root for name in ("from", "to", "subject", "date", "message-id", "received")):
            self.problem("no mail headers")
        references = read_ids(self._field("references"))
        in_reply_to = read_ids(self._field("in-reply-to"))
        content_type = self.root.get_content_type()
        bounce = content_type == "multipart/report" and "delivery-status" in self._field("content-type").lower()
        return ParsedMessage(
            message_id=self._message_id(),
            in_reply_to=in_reply_to[0] if in_reply_to else None,
            references=references,
            subject=read_text(self._field("subject")),
            sender=self._sender(),
            to=self._people("to"),
            cc=self._people("cc"),
            bcc=self._people("bcc"),
            reply_to=self._people("reply-to"),
            date=self._date(received),
            text=text,
            html=html,
            attachments=self._attachments(html),
            list_id=self._list_id(),
            auto_submitted=bounce or self._is_automatic(),
            bounce=bounce,
            problems=tuple(self.problems),
        )

    def bodies(self) -> list[_Body]:
        found = self._bodies(self.root, 0)
        if any("Boundary" in type(defect).__name__ or "Multipart" in type(defect).__name__ for defect in self._defects):
            self.problem("broken structure")
        return found

    def content(self, part: Message) -> bytes:
        """The decoded bytes of a part; of an attached message, its source."""
        if part.is_multipart():  # message/rfc822, message/delivery-status
            return b"\n".join(_source(each) for each in _children(part))
        try:
            content = part.get_payload(decode=True)
        except (ValueError, LookupError, TypeError, AttributeError):
            self.problem("broken encoding")
            del part["content-transfer-encoding"]  # what came, as it came
            content = part.get_payload(decode=True)
        if any("Base64" in type(defect).__name__ for defect in part.defects):
            self.problem("broken encoding")
        return content if isinstance(content, bytes) else b""

    @property
    def _defects(self) -> Iterator[Any]:
        waiting = [self.root]
        while waiting:
            part = waiting.pop()
            yield from part.defects
            waiting.extend(_children(part))

    def _bodies(self, part: Message, depth: int) -> list[_Body]:
        if depth > _DEEPEST:
            self.problem("parts nested too deep")
            return []
        kind, subtype = part.get_content_maintype(), part.get_content_subtype()
        if kind == "multipart" and part.is_multipart():
            children = _children(part)
            if subtype == "alternative":
                return _one_of(body for child in children for body in self._bodies(child, depth + 1))
            if subtype == "related" and children:
                found = self._bodies(children[0], depth + 1)
                self.attached.extend(leaf for child in children[1:] for leaf in _leaves(child))
                return found
            return [body for child in children for body in self._bodies(child, depth + 1)]
        if self._is_text(part, kind, subtype):
            return [self._text(part, subtype)]
        self.attached.append(part)
        return []

    def _is_text(self, part: Message, kind: str, subtype: str) -> bool:
        if kind == "multipart":  # without parts: its boundary is missing or wrong
            return True
        if kind != "text" or subtype not in ("plain", "html", "enriched", "richtext", "x-amp-html"):
            return False
        return _disposition(part) != "attachment" and (part is self.root or _raw_filename(part) is None)

    def _text(self, part: Message, subtype: str) -> _Body:
        content = self.content(part)
        charset = _parameter(part, "charset")
        if subtype == "html" and charset is None:
            meta = _META_CHARSET.search(content[:4_000])
            charset = meta[1].decode("ascii", "replace") if meta else None
        text, as_claimed = decoded(content, charset)
        if not as_claimed:
            self.problem("text not in its charset")
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        if subtype == "html":
            return _Body(html=text)
        if subtype == "x-amp-html":
            return _Body()
        if (_parameter(part, "format") or "").lower() == "flowed":
            text = unflowed(text, delete_space=(_parameter(part, "delsp") or "").lower() == "yes")
        return _Body(plain=text.strip("\n"))

    def _attachments(self, html: str | None) -> tuple[AttachmentInfo, ...]:
        shown = (html or "").lower().replace("%40", "@")
        found = []
        for index, part in enumerate(self.attached):
            ids = read_ids(_field(part, "content-id")) or ((_field(part, "content-id").strip() or None),)
            content_id = ids[0]
            mimetype = part.get_content_type()
            found.append(
                AttachmentInfo(
                    index=index,
                    filename=_filename(part, mimetype, index),
                    mimetype=mimetype,
                    size=len(self.content(part)),
                    content_id=content_id,
                    inline=content_id is not None and f"cid:{content_id.lower()}" in shown,
                )
            )
        return tuple(found)

    def _field(self, name: str) -> str:
        return _field(self.root, name)

    def _people(self, name: str) -> tuple[Address, ...]:
        return read_addresses(", ".join(str(value) for value in self.root.get_all(name, ())))

    def _sender(self) -> Address:
        for name in ("from", "sender", "return-path"):
            people = read_addresses(self._field(name))
            if people:
                if name != "from":
                    self.problem("no sender")
                return people[0]
        self.problem("no sender")
        return Address(read_text(self._field("from")), "")

    def _message_id(self) -> str:
        ids = read_ids(self._field("message-id"))
        if ids:
            return ids[0]
        self.problem("no Message-ID")
        # Line ends differ with the road that a message took; its id must not.
        digest = hashlib.sha256(self.raw.replace(b"\r\n", b"\n")).hexdigest()
        return f"hash.{digest[:32]}@crmdesk.invalid"

    def _date(self, received: datetime | None) -> datetime:
        written = self._field("date")
        sent = read_date(written) if written else None
        hops = (read_date(str(hop).rpartition(";")[2]) for hop in self.root.get_all("received", ()))
        arrived = received.astimezone(UTC) if received else next((hop for hop in hops if hop), None)
        if sent is not None and (arrived is None or not is_absurd(sent, arrived)):
            return sent
        self.problem("no date" if not written else "absurd date")
        return arrived or sent or NO_DATE

    def _list_id(self) -> str | None:
        value = self._field("list-id")
        ids = read_ids(value)
        return ids[0] if ids else read_text(value) or None

    def _is_automatic(self) -> bool:
        automatic = self._field("auto-submitted").strip().lower()
        if automatic and not automatic.startswith("no"):
            return True
        precedence = self._field("precedence").strip().lower()
        return precedence == "auto_reply" or bool(self._field("x-autoreply") or self._field("x-autorespond"))


def is_made_up_id(message_id: str) -> bool:
    """Whether parse made this id because the message has none: nobody else knows it."""
    return message_id.startswith("hash.") and message_id.endswith("@crmdesk.invalid")


def _children(part: Message) -> list[Message]:
    # get_payload() of a part without children would decode its text, by a charset that may not exist.
    payload = part.get_payload() if part.is_multipart() else ()
    return [each for each in payload if isinstance(each, Message)]


def _field(part: Message, name: str) -> str:
    return str(part.get(name, ""))


def _parameter(part: Message, name: str) -> str | None:
    """A parameter of Content-Type; RFC 2231 values come as a tuple."""
    try:
        value = part.get_param(name)
    except (ValueError, LookupError, TypeError):
        return None
    text = value[2] if isinstance(value, tuple) else value
    return text if isinstance(text, str) and text else None


def _disposition(part: Message) -> str:
    return _field(part, "content-disposition").partition(";")[0].strip().lower()


def _raw_filename(part: Message) -> str | None:
    try:
        return part.get_filename()
    except (ValueError, LookupError, TypeError):
        return None


def _filename(part: Message, mimetype: str, index: int) -> str:
    """A name that can be a file's name anywhere: no folders, no characters that hide its ending."""
    name = _UNSAFE_IN_NAMES.sub("_", read_text(_raw_filename(part) or "")).strip(". ")
    if not name and mimetype == "message/rfc822":
        subject = next((read_text(_field(inner, "subject")) for inner in _children(part)), "")
        name = _UNSAFE_IN_NAMES.sub("_", subject).strip(". ")[:100] or "message"
        name += ".eml"
    if not name:
        name = f"attachment-{index + 1}{mimetypes.guess_extension(mimetype) or '.bin'}"
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 150 else f"{(stem or name)[:140]}{dot}{ending[:9]}"


def _source(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _leaves(part: Message) -> list[Message]:
    """The parts at the ends of a tree, in order; an attached message is one of them."""
    leaves: list[Message] = []
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if each.get_content_maintype() == "multipart" and each.is_multipart():
            waiting.extend(reversed(_children(each)))
        else:
            leaves.append(each)
    return leaves


def _one_of(bodies: Iterable[_Body]) -> list[_Body]:
    """What the parts of multipart/alternative say: the same in several forms."""
    plain: list[str] = []
    html = None
    for body in bodies:
        if body.html is not None:
            html = body.html
        if body.plain is not None:
            plain.append(body.plain)
    text = "\n\n".join(plain)
    return [_Body(text if text.strip() else None, html)] if html is not None or plain else []


def _plain_of(body: _Body) -> str:
    return body.plain if body.plain is not None else text_from_html(body.html or "")


def _joined_html(bodies: list[_Body]) -> str | None:
    if all(body.html is None for body in bodies):
        return None
    if len(bodies) == 1:
        return bodies[0].html
    pieces = (
        body.html if body.html is not None else f'<div style="white-space:pre-wrap">{escape(body.plain or "")}</div>'
        for body in bodies
    )
    return "\n".join(pieces)
