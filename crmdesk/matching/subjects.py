"""Subjects: their prefixes, and smart matching, which compares what remains together with the people.

Smart matching follows the documented rule: take the noise words at the beginning away, hash each word of the rest and
each address among sender and recipients; two messages belong together when all subject hashes are the same and at
least two addresses are shared. It errs where the same people use one subject twice, so it is off unless asked for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from crmdesk.matching.people import address_key

_REPLY = r"(?:re|r[ée]|aw|antw|antwort|sv|vs|odp|res|rif|ynt|ref|回复|答复|返信)"
_FORWARD = r"(?:fwd?|wg|tr|vb|vl|rv|enc|doorst|pd|转发|転送)"
_COUNTER = r"(?:\s?[\[(]\d+[\])])?"
_REPLY_PREFIX = re.compile(rf"(?:\s*{_REPLY}{_COUNTER}\s?[:：])+\s*", re.IGNORECASE)
_FORWARD_PREFIX = re.compile(rf"(?:\s*{_FORWARD}{_COUNTER}\s?[:：])+\s*", re.IGNORECASE)
_ANY_PREFIX = re.compile(rf"(?:\s*(?:{_REPLY}|{_FORWARD}){_COUNTER}\s?[:：])+\s*", re.IGNORECASE)
_NOISE = re.compile(r"^\s*(?:\w+\s?:\s*)+")
_MOST_HASHES = 20
_SHARED_ADDRESSES = 2


def reply_subject(subject: str) -> str:
    """The subject of an answer: "Re: " once, in place of the answering prefixes of other programs and languages."""
    return f"Re: {_without(_REPLY_PREFIX, subject)}".rstrip()


def forward_subject(subject: str) -> str:
    """The subject of a forwarded message: "Fwd: " once."""
    return f"Fwd: {_without(_FORWARD_PREFIX, subject)}".rstrip()


def is_forward(subject: str) -> bool:
    """Whether the first thing that the subject says is that it was forwarded."""
    return _FORWARD_PREFIX.match(subject) is not None


def base_subject(subject: str) -> str:
    """The subject without any answering or forwarding prefix, on one line."""
    return _without(_ANY_PREFIX, subject)


@dataclass(frozen=True)
class SmartKey:
    """What smart matching compares: hashes of the subject's words and of the addresses, stable between processes."""

    subject: frozenset[str]
    addresses: frozenset[str]


def smart_key(subject: str, addresses: Iterable[str]) -> SmartKey:
    """The key of a message with this subject among these addresses (sender and all recipients)."""
    words = _NOISE.sub("", subject).casefold().split()
    people = sorted({address_key(each) for each in addresses if each.strip()})
    return SmartKey(_hashes(words), _hashes(people))


def alike(one: SmartKey, other: SmartKey) -> bool:
    """Whether smart matching holds the two for parts of one conversation. An empty subject is like no other."""
    return (
        bool(one.subject) and one.subject == other.subject and len(one.addresses & other.addresses) >= _SHARED_ADDRESSES
    )


def _without(prefix: re.Pattern[str], subject: str) -> str:
    one_line = " ".join(subject.split())
    found = prefix.match(one_line)
    return one_line[found.end() :] if found else one_line


def _hashes(words: Iterable[str]) -> frozenset[str]:
    unique = list(dict.fromkeys(words))[:_MOST_HASHES]
    return frozenset(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).hexdigest() for word in unique)
