"""Putting the sample organisation into a database, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import insert, select, update

from crmdesk.model.entity import Entity
from crmdesk.model.record import Value
from crmdesk.model.words import ENTITIES, PARTY, USER
from crmdesk.server.database import Database, Transaction
from crmdesk.server.sample import SampleRow, sample_id, sample_rows
from crmdesk.server.security import create_settings, find_user, make_admin
from crmdesk.server.tables import RECORDS, STATE, stored_fields


def load_sample(database: Database, today: date | None = None) -> bool:
    """Load the sample organisation, its dates around `today` (default: the clock's). False when it was loaded before.

    Users that exist under a sample user's name keep their id and password; the sample's records become theirs.
    """
    with database.writing() as transaction:
        if transaction.connection.scalar(select(STATE.c.sample_loaded)):
            return False
        rows = sample_rows(today or transaction.now.date())
        known = _known_users(transaction, rows)
        by_entity: dict[str, list[dict[str, Value]]] = {}
        for row in rows:
            if row.entity == USER.name and row.id in known:
                continue
            kind = ENTITIES[row.entity]
            values = {name: _renamed(value, known) for name, value in row.values.items()}
            by_entity.setdefault(kind.name, []).append(_columns(kind, values, transaction))
            for number, party in enumerate(values.get(kind.parties.name) or () if kind.parties else ()):
                by_entity.setdefault(PARTY.name, []).append(_party(kind, row, number, party, known, transaction))
        for entity, found in by_entity.items():
            transaction.connection.execute(insert(RECORDS[entity]), found)
        for row in rows:
            if row.entity == USER.name and row.id not in known:
                create_settings(transaction, row.id)
        admin = sample_id(USER.name, 0)
        make_admin(transaction, known.get(admin, admin))
        transaction.connection.execute(update(STATE).values(sample_loaded=True))
        return True


def _known_users(transaction: Transaction, rows: list[SampleRow]) -> dict[str, str]:
    """Sample users whose name is taken already: the sample's id -> the id that they have."""
    users = [row for row in rows if row.entity == USER.name]
    return {row.id: key for row in users if (key := find_user(transaction, row.values["domainname"]))}


def _renamed(value: Value, known: Mapping[str, str]) -> Value:
    if isinstance(value, str) and value.startswith(f"{USER.name}:"):
        key = value.partition(":")[2]
        return f"{USER.name}:{known.get(key, key)}"
    return value


def _columns(kind: Entity, values: Mapping[str, Value], transaction: Transaction) -> dict[str, Value]:
    row = {field.name: values.get(field.name) for field in stored_fields(kind)}
    return {**row, "versionnumber": transaction.next_version()}


def _party(
    kind: Entity,
    row: SampleRow,
    number: int,
    party: Mapping[str, Value],
    known: Mapping[str, str],
    transaction: Transaction,
) -> dict[str, Value]:
    values = {name: _renamed(value, known) for name, value in party.items()}
    values |= {"activityid": f"{kind.name}:{row.id}", "activitypartyid": sample_id(f"{PARTY.name}/{row.id}", number)}
    return _columns(PARTY, values, transaction)
