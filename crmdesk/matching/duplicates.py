"""What makes two records look alike: an e-mail address in common, within one entity.

The client uses it to warn before a record is sent, the server to answer a create that asked for detection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from crmdesk.matching.people import address_key
from crmdesk.model.entity import Entity
from crmdesk.model.record import Reference, Value

DUPLICATE_KINDS = frozenset({"account", "contact", "lead"})
"""The entities that have a rule, by logical name."""


def duplicate_keys(kind: Entity, values: Mapping[str, Value]) -> frozenset[str]:
    """The keys of a record: two records of `kind` look alike when they share one.

    The e-mail addresses of `kind.addresses`, trimmed and in lower case. Empty for an entity without a rule, so such a
    record is nobody's duplicate.
    """
    if kind.name not in DUPLICATE_KINDS:
        return frozenset()
    found = (values.get(name) for name in kind.addresses)
    return frozenset(address_key(text) for text in found if isinstance(text, str) and text.strip())


def find_duplicates(
    kind: Entity,
    values: Mapping[str, Value],
    candidates: Callable[[str, frozenset[str]], Iterable[tuple[Reference, Mapping[str, Value]]]],
    itself: str | None = None,
) -> tuple[Reference, ...]:
    """The records that look like `values`, in the order that `candidates` gives them, each once.

    `candidates(entity, keys)` gives records that may share one of the keys; it may give too many, never too few.
    `itself` is the id of the record in question: a record is never its own duplicate.
    """
    keys = duplicate_keys(kind, values)
    if not keys:
        return ()
    alike = (
        reference
        for reference, other in candidates(kind.name, keys)
        if reference.id != itself and keys & duplicate_keys(kind, other)
    )
    return tuple(dict.fromkeys(alike))
