"""Fields and values of records as dialogs say them."""

from __future__ import annotations

from datetime import datetime

from crmdesk.model.record import Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import records
from crmdesk.store.store import Reader
from crmdesk.ui.words import EMPTY, NameOf, tr, value_text


def field_label(entity: str, name: str) -> str:
    kind = ENTITIES[entity]
    return tr(kind.by_name[name].label) if kind.has(name) else name


def value_words(entity: str, name: str, value: Value, name_of: NameOf, now: datetime) -> str:
    """A value as it is read; a dash when it is empty."""
    kind = ENTITIES[entity]
    if not kind.has(name):
        return EMPTY if value is None else str(value)
    return value_text(kind.by_name[name], value, name_of, now) or EMPTY


def names_in(reader: Reader, *values: Value) -> NameOf:
    """What the records are called that these values point at."""
    wanted = [Reference(*text.split(":", 1)) for text in values if isinstance(text, str) and text.count(":") == 1]
    return records.names(reader, [each for each in wanted if each.entity in ENTITIES]).get
