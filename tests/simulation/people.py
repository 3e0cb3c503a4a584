"""Who lives in a history: people at their desks, and what is known of what they wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, select

from crmdesk.model.record import Reference, Value
from crmdesk.store import records, tables
from crmdesk.store.records import Stored
from tests.simulation.disk import Disk
from tests.support.builders import Desk

WRITTEN = {
    "contact": ("firstname", "jobtitle"),
    "account": ("name", "accountnumber"),
    "task": ("subject", "description"),
    "appointment": ("subject", "location"),
    "email": ("subject", "conversationindex"),
    "activitymimeattachment": ("filename",),
}
"""The fields that people write words into; every word is written once, so that it can be looked for afterwards."""
NEEDED = {"contact": "lastname", "account": "name", "task": "subject", "appointment": "subject"}
"""The field by which a record can be told from all others that were made."""


class Killed(BaseException):
    """A person's program dies here."""


class Spot(NamedTuple):
    """A field of a record."""

    reference: Reference
    field: str


@dataclass
class Person:
    """Somebody at a desk. `trouble`: how likely a request of theirs meets a fault, 0 to 1."""

    desk: Desk
    name: str
    user: str  # their id on the server
    disk: Disk
    trouble: float = 0.0
    wants: dict[Spot, Value] = field(default_factory=dict)  # what they wrote last
    wrote: dict[Spot, set[Value]] = field(default_factory=dict)
    at_work: bool = False  # a request of theirs is under way
    dead: bool = False  # their program is; it is started again when that is noticed

    def writes(self, spot: Spot, value: Value) -> None:
        self.wants[spot] = value
        self.wrote.setdefault(spot, set()).add(value)

    def everything(self, entity: str) -> list[Stored]:
        """All that is in the local database, what waits and what is hidden too."""
        with self.desk.session.store.read() as reader:
            ids = list(reader.connection.execute(_ids(entity)).scalars())
            return list(records.stored_many(reader, entity, ids).values()) if ids else []

    def seen(self, *entities: str) -> list[Stored]:
        """What they can open now."""
        return [each for entity in entities or tuple(WRITTEN) for each in self.everything(entity) if not each.gone]

    def remembered(self) -> set[Value]:
        """Every value in their history."""
        found: set[Value] = set()
        for line in self.desk.history():
            if line.field is not None:
                found.add(_hashable(line.lost))
            else:
                found.update(_hashable(value) for value in (line.lost or {}).values())
        return found


@cache
def _ids(entity: str) -> Select[Any]:
    table = tables.record_table(entity)
    return select(table.c.id).order_by(table.c.row)


def _hashable(value: Value) -> Value:
    return orjson.dumps(value) if isinstance(value, dict | list) else value
