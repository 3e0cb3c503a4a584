"""Header fields as people wrote them, read leniently: nothing here raises on any text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime

from crmdesk.mail.charsets import decoded

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ID = re.compile(r"<([^<>]+)>")
_AROUND_ADDRESSES = re.compile(r"[\s<>,;:()\"']+")
_SPECIALS = re.compile(r"[^\w\s!#$%&'*+/=?^`{|}~-]")
_EARLIEST = datetime(1975, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_MOST_REFERENCES = 200
_LONGEST_DECODED = 10_000  # decode_header's time grows with the square of the length
_LONGEST_ID = 320  # what an e-mail activity's messageid can hold


@dataclass(frozen=True)
class Address:
    """A person as a header names them; `name` is empty when only the address is given."""

    name: str
    address: str

    def __str__(self) -> str:
        """For people: Anna Berg <anna@us.example>. compose() writes what goes out."""
        return f"{self.name} <{self.address}>" if self.name else self.address

    @classmethod
    def parse(cls, text: str) -> Address:
        """From what a person typed. ValueError with words when it holds no address, or more than one."""
        found = read_addresses(text)
        if len(found) != 1 or "@" not in found[0].address:
            raise ValueError(f"'{text}' is not an e-mail address.")
        return found[0]


def read_text(value: str) -> str:
    """A free-text field (Subject) on one line: encoded words decoded, nothing unprintable."""
    return " ".join(_printable(_decode_words(_legible(value))).split())


def read_addresses(value: str) -> tuple[Address, ...]:
    """The people of an address field, in order. Groups are dissolved; what holds no address is left out."""
    text = " ".join(_legible(value).split())
    try:
        pairs = getaddresses([text])
    except (ValueError, IndexError, TypeError, RecursionError):  # strange quoting: what looks like one is found below
        pairs = []
    people = [Address(_name(name), _printable(address)) for name, address in pairs if _plausible(address)]
    if not people:
        words = _AROUND_ADDRESSES.split(_printable(_decode_words(text)))
        people = [Address("", each) for each in words if "@" in each.strip("@")]
    return tuple(people)


def read_ids(value: str) -> tuple[str, ...]:
    """The message ids of Message-ID, In-Reply-To or References, without <>, each once, the last 200 at most."""
    text = _printable(_legible(value))
    found = ["".join(each.split()) for each in _ID.findall(text)]
    if not found:
        found = [each for each in text.split() if "@" in each]
    ids = dict.fromkeys(each for each in found if each and len(each) <= _LONGEST_ID)
    return tuple(ids)[-_MOST_REFERENCES:]


def read_date(value: str) -> datetime | None:
    """The moment in UTC; None when it cannot be read or lies where no mail can be."""
    try:
        moment = parsedate_to_datetime(" ".join(_legible(value).split()))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if _EARLIEST <= moment <= _LATEST else None


def is_absurd(sent: datetime, received: datetime) -> bool:
    """Whether a message claims to be sent long after it was received."""
    return sent - received > timedelta(days=2)


def format_address(person: Address) -> str:
    """As a person types it among others, separated by commas; read_addresses reads it back."""
    if not person.name:
        return person.address
    name = person.name
    if _SPECIALS.search(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{person.address}>"


def _legible(value: str) -> str:
    """Raw 8-bit bytes, which the parser hides in surrogates, as text."""
    if value.isascii():
        return value
    try:
        return decoded(value.encode("utf-8", "surrogateescape"), None)[0]
    except UnicodeEncodeError:
        return _printable(value)


def _decode_words(value: str) -> str:
    if "=?" not in value or len(value) > _LONGEST_DECODED:
        return value
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(_decode_part(part, charset) for part, charset in parts)


def _decode_part(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    if charset is None:  # decode_header's way to hand over what is not encoded
        return part.decode("raw-unicode-escape", "replace")
    return decoded(part, charset)[0]


def _name(raw: str) -> str:
    return read_text(raw).strip("\"' ")


def _plausible(address: str) -> bool:
    return bool(address) and not any(character.isspace() for character in address) and "=?" not in address


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text)
