"""What every request changed on the server, seen from outside: read after each, and only what is new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from crmdesk.model.record import Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.server.database import Database, Snapshot
from crmdesk.server.tables import GONE, RECORDS
from tests.simulation.people import NEEDED, WRITTEN, Spot

WATCHED = {name: (*dict.fromkeys((*fields, NEEDED.get(name, fields[0]))),) for name, fields in WRITTEN.items()}
WATCHED["activitymimeattachment"] = ("filename", "objectid")


class Overwritten(NamedTuple):
    """A value that stood on the server until the last look."""

    spot: Spot
    old: Value


@dataclass
class Journal:
    """`now`: the server's records with the fields that are watched. `once`: every word that was ever there."""

    database: Database
    version: int = 0
    now: dict[Reference, dict[str, Value]] = field(default_factory=dict)
    once: set[Value] = field(default_factory=set)

    def look(self) -> list[Overwritten]:
        """What was overwritten or deleted since the last look."""
        with self.database.reading() as snapshot:
            if snapshot.version == self.version:
                return []
            lost = [each for entity in WATCHED for each in self._look_at(snapshot, entity)]
            self.version = snapshot.version
        return lost

    def _look_at(self, snapshot: Snapshot, entity: str) -> Iterator[Overwritten]:
        names, since = WATCHED[entity], {"since": self.version}
        changed = snapshot.connection.execute(_changed(entity), since).all()
        here = {row[0] for row in changed}
        for key in snapshot.connection.execute(_gone(entity), since).scalars():
            if key not in here and (before := self.now.pop(Reference(entity, key), None)) is not None:
                yield from _lost(Reference(entity, key), before, {})
        for key, *values in changed:
            reference, after = Reference(entity, key), dict(zip(names, values, strict=True))
            self.once.update(value for value in values if value is not None)
            yield from _lost(reference, self.now.get(reference, {}), after)
            self.now[reference] = after


def _lost(reference: Reference, before: dict[str, Value], after: dict[str, Value]) -> Iterator[Overwritten]:
    for name, old in before.items():
        if old is not None and after.get(name) != old:
            yield Overwritten(Spot(reference, name), old)


@cache
def _changed(entity: str) -> Select[Any]:
    table = RECORDS[entity]
    fields = [table.c[name] for name in WATCHED[entity]]
    return select(table.c[ENTITIES[entity].id_field], *fields).where(table.c.versionnumber > bindparam("since"))


@cache
def _gone(entity: str) -> Select[Any]:
    return select(GONE.c.id).where(GONE.c.entity == entity, GONE.c.version > bindparam("since"))
