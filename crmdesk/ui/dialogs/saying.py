"""Records, fields, values and people in words, while a read lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crmdesk.model.record import Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import records
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader
from crmdesk.ui.words import EMPTY, tr, value_text

_LONGEST = 240


@dataclass(frozen=True)
class FieldChange:
    """A change of one field as a person reads it. before empty: the record is new."""

    label: str
    before: str
    after: str


class Saying:
    """What a record is called is read once, however often it is named."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self._reader = reader
        self.now = now
        self._names: dict[Reference, str | None] = {}

    def name_of(self, reference: Reference) -> str | None:
        if reference not in self._names:
            self._names[reference] = records.names(self._reader, [reference]).get(reference)
        return self._names[reference]

    def field(self, entity: str, name: str) -> str:
        known = ENTITIES[entity].by_name.get(name)
        return tr(known.label) if known is not None else name

    def value(self, entity: str, name: str, value: Value) -> str:
        """Never empty: a dash stands for no value. Very long texts are cut."""
        known = ENTITIES[entity].by_name.get(name)
        text = "" if value is None else str(value)
        if known is not None:
            text = value_text(known, value, self.name_of, self.now)
        return (text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…") or EMPTY

    def person(self, who: str | None) -> str:
        """ "you", a colleague's name; "somebody" where nobody was named."""
        if not who:
            return tr("somebody")
        if self._reader.me and who == f"systemuser:{self._reader.me}":
            return tr("you")
        return self.name_of(Reference(*who.split(":", 1))) or tr("a colleague")

    def change(self, entity: str, name: str, before: Value, after: Value, new: bool = False) -> FieldChange:
        """`new`: there was nothing before that is worth a word."""
        earlier = "" if new else self.value(entity, name, before)
        return FieldChange(self.field(entity, name), earlier, self.value(entity, name, after))

    def changes(self, local: Stored) -> list[FieldChange]:
        """The person's unconfirmed changes; of a new record everything that is filled."""
        entity, base = local.entity, local.base
        if base is None:
            filled = ((name, edit.mine) for name, edit in local.edits.items() if edit.mine is not None)
            return [self.change(entity, name, None, mine, new=True) for name, mine in filled]
        return [self.change(entity, name, base.get(name), edit.mine) for name, edit in local.edits.items()]
