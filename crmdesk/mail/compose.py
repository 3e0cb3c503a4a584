"""Writing messages: from a draft to the bytes that go out, and drafts that answer or forward a message."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.errors import HeaderParseError
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from crmdesk.mail.headers import Address, format_address
from crmdesk.mail.message import ParsedMessage, attachment_content, is_made_up_id
from crmdesk.matching.people import address_key
from crmdesk.matching.subjects import forward_subject, reply_subject

_MOST_REFERENCES = 50  # servers refuse endless fields; the first and the nearest ones hold a thread together


class BadAddress(ValueError):
    """An address that mail cannot be sent to or from; the text says which one."""


@dataclass(frozen=True)
class DraftAttachment:
    """A file that goes along; with a `content_id` (no <>) the draft's HTML can show it as cid:…"""

    filename: str
    mimetype: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True)
class Draft:
    """A message as its writer has it. `html`, where given, says the same as `text`."""

    sender: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    html: str | None = None
    attachments: tuple[DraftAttachment, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    message_id: str | None = None
    """Without <>. Fix it (new_message_id) before a draft waits, so that sending it again is the same message."""
    date: datetime | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address that it goes to, Bcc included, each once."""
        people = {address_key(each.address): each.address.strip() for each in (*self.bcc, *self.cc, *self.to)}
        return tuple(reversed(people.values()))


def new_message_id(sender: str) -> str:
    """A message id under the domain of the sender's address, without <>. Raises BadAddress."""
    domain = sender.rpartition("@")[2].strip()
    return f"{uuid.uuid4()}@{_ascii_domain(domain) or 'crmdesk.invalid'}"


def compose(draft: Draft, *, keep_bcc: bool = False) -> bytes:
    """The message in its wire form (CRLF, 7 bit). Raises BadAddress.

    Bcc stays out of it unless `keep_bcc` says that this copy is the sender's own. A line break in any field becomes a
    blank, so no text can add a field. Id and date are made when the draft has none.
    """
    message = EmailMessage(policy=_OUTGOING)
    message["From"] = _header_address(draft.sender)
    for name, people in (("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc if keep_bcc else ())):
        if people:
            message[name] = [_header_address(person) for person in people]
    message["Subject"] = _one_line(draft.subject)
    message["Date"] = format_datetime(draft.date or datetime.now(UTC))
    message["Message-ID"] = f"<{_id(draft.message_id or new_message_id(draft.sender.address))}>"
    if draft.in_reply_to:
        message["In-Reply-To"] = f"<{_id(draft.in_reply_to)}>"
    if draft.references:
        kept = draft.references[:1] + draft.references[1:][-_MOST_REFERENCES + 1 :]
        message["References"] = " ".join(f"<{_id(each)}>" for each in kept)
    _fill(message, draft)
    return message.as_bytes()


def reply_to(message: ParsedMessage, me: Address, *, all: bool = False, zone: tzinfo | None = None) -> Draft:
    """The answer to `message`, quoting it; to everybody when `all`. The writer's words go above the quotation.

    Who answers an own message writes to its recipients again. `zone` is the person's, for the moment in the quotation
    (None: the computer's). The answer is plain text: the person's words must be in whatever form the reader sees.
    """
    own = address_key(me.address)
    mine = address_key(message.sender.address) == own
    to = message.to if mine else (message.reply_to or (message.sender,))
    others = (message.cc if mine else (*message.to, *message.cc)) if all else ()
    to = _once(to, without=set() if mine else {own}) or to
    cc = _once(others, without={own, *(address_key(each.address) for each in to)})
    return Draft(
        sender=me,
        to=tuple(each for each in to if each.address),
        cc=cc,
        subject=reply_subject(message.subject),
        text=f"\n\n{_attribution(message, zone)}\n{_quoted(message.text)}\n",
        in_reply_to=None if is_made_up_id(message.message_id) else message.message_id,
        references=references_of_answer(message),
    )


def forward(message: ParsedMessage, raw: bytes, me: Address, *, zone: tzinfo | None = None) -> Draft:
    """`message` for somebody else: its head and text below the writer's words, its attachments along.

    It refers to the message without answering it, as other programs do, so that the thread holds.
    """
    head = [
        "---------- Forwarded message ----------",
        f"From: {format_address(message.sender)}",
        f"Date: {_moment(message.date, zone)}",
        f"Subject: {message.subject}",
        f"To: {', '.join(map(format_address, message.to))}",
    ]
    if message.cc:
        head.append(f"Cc: {', '.join(map(format_address, message.cc))}")
    attachments = tuple(
        DraftAttachment(each.filename, each.mimetype, attachment_content(raw, each.index))
        for each in message.attachments
    )
    return Draft(
        sender=me,
        subject=forward_subject(message.subject),
        text="\n\n" + "\n".join(head) + f"\n\n{message.text}\n",
        attachments=attachments,
        references=references_of_answer(message),
    )


def references_of_answer(message: ParsedMessage) -> tuple[str, ...]:
    """RFC 5322, 3.6.4: the parent's References (else its In-Reply-To) and then its Message-ID."""
    chain = message.references or ((message.in_reply_to,) if message.in_reply_to else ())
    own = () if is_made_up_id(message.message_id) else (message.message_id,)
    return tuple(dict.fromkeys((*chain, *own)))


class _Outgoing(EmailPolicy):
    """SMTP's policy, but ids are folded at blanks alone: the standard one encodes ids that are longer than a line."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in _ID_FIELDS:
            return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        return (
            self.fold(name, value).encode("ascii") if name.lower() in _ID_FIELDS else super().fold_binary(name, value)
        )


_ID_FIELDS = frozenset({"message-id", "in-reply-to", "references"})
_OUTGOING = _Outgoing(linesep=SMTP.linesep, cte_type="7bit", raise_on_defect=False)


def _fill(message: EmailMessage, draft: Draft) -> None:
    message.set_content(_body_text(draft.text), charset="utf-8")
    inline = [each for each in draft.attachments if each.content_id and draft.html]
    if draft.html is not None:
        message.add_alternative(_body_text(draft.html), subtype="html", charset="utf-8")
        parts = message.get_payload()
        html_part = parts[-1] if isinstance(parts, list) else None
        for picture in inline:
            if isinstance(html_part, MIMEPart):
                _attach(html_part, picture, related=True)
    for attachment in draft.attachments:
        if attachment not in inline:
            _attach(message, attachment)


def _attach(message: MIMEPart, attachment: DraftAttachment, *, related: bool = False) -> None:
    maintype, _, subtype = attachment.mimetype.partition("/")
    if maintype in ("multipart", "message", "text") or not (maintype.isalnum() and _is_token(subtype)):
        # Text keeps its bytes as a file does; an attached message is handed on unopened.
        maintype, subtype = ("text", subtype) if maintype == "text" and _is_token(subtype) else _OCTETS
    filename = _one_line(attachment.filename) or "attachment"
    if related:
        message.add_related(
            attachment.content,
            maintype,
            subtype,
            cid=f"<{_id(attachment.content_id or '')}>",
            filename=filename,
            disposition="inline",
        )
    else:
        message.add_attachment(attachment.content, maintype, subtype, filename=filename)


_OCTETS = ("application", "octet-stream")


def _is_token(text: str) -> bool:
    return bool(text) and text.isascii() and all(c.isalnum() or c in "!#$&-^_.+" for c in text)


def _header_address(person: Address) -> HeaderAddress:
    address = person.address.strip()
    local, at, domain = address.rpartition("@")
    if not at or not local or not local.isascii() or any(c.isspace() or ord(c) < 32 for c in address):
        raise BadAddress(f"'{address}' is not an e-mail address.")
    try:
        return HeaderAddress(_one_line(person.name), addr_spec=f"{local}@{_ascii_domain(domain)}")
    except (HeaderParseError, ValueError, IndexError, AttributeError) as error:
        raise BadAddress(f"'{address}' is not an e-mail address.") from error


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadAddress(f"'{domain}' is not a domain that mail can be sent to.") from None


def _id(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isprintable()).translate(
        {ord(c): None for c in "<> "}
    )


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    return (
        "".join(c for c in words if c.isprintable() or c in "\u200d\u00ad").encode("utf-8", "replace").decode("utf-8")
    )


def _body_text(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return text if text.endswith("\n") else f"{text}\n"


def _once(people: Iterable[Address], *, without: set[str]) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for person in people:
        key = address_key(person.address)
        if key and key not in without:
            found.setdefault(key, person)
    return tuple(found.values())


def _attribution(message: ParsedMessage, zone: tzinfo | None) -> str:
    return f"On {_moment(message.date, zone)}, {message.sender.name or message.sender.address} wrote:"


def _moment(date: datetime, zone: tzinfo | None) -> str:
    local = date.astimezone(zone)
    return f"{local.day} {local.strftime('%b %Y at %H:%M')}"


def _quoted(text: str) -> str:
    lines = text.rstrip().split("\n")
    return "\n".join((f">{line}" if line.startswith(">") else f"> {line}").rstrip() for line in lines)
