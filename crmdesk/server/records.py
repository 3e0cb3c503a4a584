"""Single records in the database: read, insert, change, remove; activity parties as part of their activity.

No rules here but one: whatever changes gets a new version, and whatever goes leaves a trace for change tracking.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Insert, RowMapping, Select, Update, bindparam, delete, func, insert, select, update

from crmdesk.model.entity import Entity, FieldType
from crmdesk.model.record import Reference, Value, normalise
from crmdesk.model.words import ENTITIES, PARTY
from crmdesk.server.database import Snapshot, Transaction
from crmdesk.server.tables import GONE, RECORDS, stored_fields

_CHUNK = 5000


@dataclass(frozen=True)
class Stored:
    """A record as it is in the database, without its activity parties."""

    id: str
    values: dict[str, Value]
    version: int


@cache
def _by_id(entity: str) -> Select[Any]:
    table = RECORDS[entity]
    return select(table).where(table.c[ENTITIES[entity].id_field] == bindparam("key"))


def fetch(snapshot: Snapshot, kind: Entity, key: str) -> Stored | None:
    row = snapshot.connection.execute(_by_id(kind.name), {"key": key}).mappings().first()
    return None if row is None else Stored(key, dict(row), int(row["versionnumber"]))


@cache
def _id_alone(entity: str) -> Select[Any]:
    column = RECORDS[entity].c[ENTITIES[entity].id_field]
    return select(column).where(column == bindparam("key"))


def exists(snapshot: Snapshot, reference: Reference) -> bool:
    return snapshot.connection.execute(_id_alone(reference.entity), {"key": reference.id}).first() is not None


def insert_record(transaction: Transaction, kind: Entity, values: Mapping[str, Value]) -> int:
    """Store a new record, its parties included; gives its version. `values` holds the key. The id must be free."""
    version = transaction.next_version()
    row = {field.name: values.get(field.name) for field in stored_fields(kind)}
    transaction.connection.execute(_inserted(kind.name), {**row, "versionnumber": version})
    if kind.parties:
        replace_parties(transaction, kind, values[kind.id_field], values.get(kind.parties.name))
    return version


@cache
def _inserted(entity: str) -> Insert:
    return insert(RECORDS[entity])


def update_record(transaction: Transaction, kind: Entity, key: str, values: Mapping[str, Value]) -> int:
    """Change some values of a record; gives its new version, which changes even when no value does."""
    version = transaction.next_version()
    parties = kind.parties.name if kind.parties else None
    row = {name: value for name, value in values.items() if name != parties}
    transaction.connection.execute(_updated(kind.name), {**row, "versionnumber": version, "the_key": key})
    if parties in values:
        replace_parties(transaction, kind, key, values[str(parties)])
    return version


@cache
def _updated(entity: str) -> Update:
    table = RECORDS[entity]
    return update(table).where(table.c[ENTITIES[entity].id_field] == bindparam("the_key"))


def remove_record(transaction: Transaction, kind: Entity, key: str) -> None:
    """Take a record away and note it for change tracking. Parties of an activity go with it."""
    if kind.parties:
        replace_parties(transaction, kind, key, None)
    table = RECORDS[kind.name]
    transaction.connection.execute(delete(table).where(table.c[kind.id_field] == key))
    _note_gone(transaction, kind, key)


def _note_gone(transaction: Transaction, kind: Entity, key: str) -> None:
    transaction.connection.execute(delete(GONE).where(GONE.c.entity == kind.name, GONE.c.id == key))
    trace = {"entity": kind.name, "id": key, "version": transaction.next_version(), "at": transaction.moment}
    transaction.connection.execute(insert(GONE), trace)


def names_of(snapshot: Snapshot, references: Iterable[str]) -> dict[str, str | None]:
    """The primary names of records, by "entity:guid"; what does not exist is missing."""
    by_entity: dict[str, list[str]] = {}
    for reference in set(references):
        entity, _, key = reference.partition(":")
        by_entity.setdefault(entity, []).append(key)
    found: dict[str, str | None] = {}
    for entity, keys in by_entity.items():
        for start in range(0, len(keys), _CHUNK):
            named = snapshot.connection.execute(_names(entity), {"keys": keys[start : start + _CHUNK]})
            found.update((f"{entity}:{key}", name) for key, name in named)
    return found


@cache
def _names(entity: str) -> Select[Any]:
    kind, table = ENTITIES[entity], RECORDS[entity]
    key = table.c[kind.id_field]
    return select(key, table.c[kind.name_field]).where(key.in_(bindparam("keys", expanding=True)))


_PARTIES = RECORDS[PARTY.name]
_PARTIES_OF = select(_PARTIES).where(_PARTIES.c.activityid == bindparam("activity"))


def parties_of(snapshot: Snapshot, kind: Entity, key: str) -> Value:
    """The value of the field that holds an activity's parties."""
    rows = snapshot.connection.execute(_PARTIES_OF, {"activity": f"{kind.name}:{key}"}).mappings()
    assert kind.parties is not None
    return normalise(kind.parties, [dict(row) for row in rows])


def replace_parties(transaction: Transaction, kind: Entity, key: str, parties: Value) -> None:
    """Make `parties` the activity's. Who stays keeps the row; who goes is noted for change tracking."""
    activity = f"{kind.name}:{key}"
    wanted = {_who(party): party for party in parties or ()}
    for row in transaction.connection.execute(_PARTIES_OF, {"activity": activity}).mappings().all():
        if wanted.pop(_who(row), None) is None:
            remove_party(transaction, row["activitypartyid"])
    for party in wanted.values():
        values = {**party, "activityid": activity, "activitypartyid": str(uuid.uuid4())}
        insert_record(transaction, PARTY, values)


def remove_party(transaction: Transaction, key: str) -> None:
    transaction.connection.execute(delete(_PARTIES).where(_PARTIES.c.activitypartyid == key))
    _note_gone(transaction, PARTY, key)


def _who(party: Mapping[str, Value] | RowMapping) -> tuple[Value, ...]:
    return party["participationtypemask"], party["partyid"], party["addressused"]


def count_pointing(snapshot: Snapshot, kind: Entity, lookup: str, target: str) -> int:
    """How many records of `kind` point at "entity:guid" by that lookup."""
    table = RECORDS[kind.name]
    return int(snapshot.connection.scalar(select(func.count()).where(table.c[lookup] == target)) or 0)


def references_to(snapshot: Snapshot, target: Reference) -> list[tuple[Entity, str, str]]:
    """Every (entity, id, lookup) that points at a record."""
    found: list[tuple[Entity, str, str]] = []
    for entity, lookup, question in _pointing_at(target.entity):
        found += [(entity, key, lookup) for key in snapshot.connection.scalars(question, {"target": str(target)})]
    return found


@cache
def _pointing_at(target: str) -> list[tuple[Entity, str, Select[Any]]]:
    return [
        (kind, field.name, select(table.c[kind.id_field]).where(table.c[field.name] == bindparam("target")))
        for kind in ENTITIES.values()
        for field in kind.fields
        for table in [RECORDS[kind.name]]
        if field.type is FieldType.LOOKUP and target in field.targets
    ]
