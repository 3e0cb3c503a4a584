"""A message read for showing: parsed and made safe away from the window's thread, a frozen value when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmdesk.mail import html, message
from crmdesk.mail.message import AttachmentInfo, ParsedMessage
from crmdesk.model.record import Reference
from crmdesk.store import mailbox, records
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.store import Reader

_LARGEST_PICTURES = 20_000_000  # bytes of inline pictures that are shown


@dataclass(frozen=True)
class Letter:
    row: MessageRow
    parsed: ParsedMessage
    html: str | None  # made safe; None: show parsed.text
    remote_pictures: int
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # by content id
    regarding: Reference | None = None
    regarding_name: str = ""

    @property
    def attachments(self) -> tuple[AttachmentInfo, ...]:
        return tuple(each for each in self.parsed.attachments if not each.inline)


def read_letter(reader: Reader, key: str) -> Letter | None:
    """The message as it can be shown; None when it is not here any more."""
    row = mailbox.get(reader, key)
    if row is None:
        return None
    raw = mailbox.raw(reader, key)
    parsed = message.parse(raw)
    safe = html.make_safe(parsed.html) if parsed.html else None
    pictures: dict[str, bytes] = {}
    total = 0
    for each in parsed.attachments:
        if safe is not None and each.inline and each.content_id and total + each.size <= _LARGEST_PICTURES:
            pictures[each.content_id] = message.attachment_content(raw, each.index)
            total += each.size
    regarding = mailbox.reference_of(row)
    name = records.names(reader, [regarding]).get(regarding, "") if regarding else ""
    return Letter(
        row, parsed, safe.html if safe else None, safe.remote_pictures if safe else 0, pictures, regarding, name
    )


def attachment(reader: Reader, key: str, index: int) -> bytes:
    """The content of one attachment. LookupError when the message is not here any more."""
    return message.attachment_content(mailbox.raw(reader, key), index)
