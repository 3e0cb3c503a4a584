"""A message read for showing: parsed and made safe away from the window's thread, a frozen value when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmdesk.mail import html, message
from crmdesk.mail.links import misleading_links
from crmdesk.mail.message import AttachmentInfo, ParsedMessage
from crmdesk.model.record import Reference
from crmdesk.store import mail_lists, mailbox, picture_senders, records
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.store import Reader

_LARGEST_PICTURES = 20_000_000  # bytes of inline pictures that are shown


@dataclass(frozen=True)
class Letter:
    row: MessageRow
    parsed: ParsedMessage
    html: str | None  # made safe, for the text view; None: show parsed.text
    remote_pictures: int
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # by content id
    regarding: Reference | None = None
    regarding_name: str = ""
    misleading: Mapping[str, str] = field(default_factory=dict)  # where a link leads -> the site that its words name
    pictures_always: bool = False  # the person wants to see this sender's remote pictures
    is_junk: bool = False
    conversation: tuple[MessageRow, ...] = ()  # oldest first, this one among them; empty when it stands alone
    mine: frozenset[str] = frozenset()  # the person's own addresses, folded

    @property
    def original(self) -> str | None:
        """The HTML as the sender wrote it; for the engine alone."""
        return self.parsed.html or None

    @property
    def attachments(self) -> tuple[AttachmentInfo, ...]:
        return tuple(each for each in self.parsed.attachments if not each.inline)


def read_letter(reader: Reader, key: str, with_conversation: bool = False) -> Letter | None:
    """The message as it can be shown; None when it is not here any more."""
    row = mailbox.get(reader, key)
    if row is None:
        return None
    raw = mailbox.raw(reader, key)
    parsed = message.parse(raw)
    safe = html.make_safe(parsed.html) if parsed.html else None
    regarding = mailbox.reference_of(row)
    together = mail_lists.conversation(reader, row.thread) if with_conversation else []
    return Letter(
        row,
        parsed,
        safe.html if safe else None,
        safe.remote_pictures if safe else 0,
        _pictures(raw, parsed) if safe else {},
        regarding,
        records.names(reader, [regarding]).get(regarding, "") if regarding else "",
        misleading_links(safe.html) if safe else {},
        picture_senders.is_allowed(reader, row.sender),
        mail_lists.role(reader, row.account, row.folder) == "junk",
        tuple(together) if len(together) > 1 else (),
        frozenset(account.address.lower() for account in mailbox.accounts(reader)),
    )


def _pictures(raw: bytes, parsed: ParsedMessage) -> dict[str, bytes]:
    pictures: dict[str, bytes] = {}
    total = 0
    for each in parsed.attachments:
        if each.inline and each.content_id and total + each.size <= _LARGEST_PICTURES:
            pictures[each.content_id] = message.attachment_content(raw, each.index)
            total += each.size
    return pictures


def attachment(reader: Reader, key: str, index: int) -> bytes:
    """The content of one attachment. LookupError when the message is not here any more."""
    return message.attachment_content(mailbox.raw(reader, key), index)
