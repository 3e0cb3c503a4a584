"""The address book: people and records with e-mail addresses, and whom an address stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.sqlite import insert

from crmdesk.matching.people import Candidate, address_key, choose
from crmdesk.model.entity import Entity
from crmdesk.model.record import Reference, Value, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.sql.folding import fold, folded
from crmdesk.store import tables
from crmdesk.store.records import get_many
from crmdesk.store.store import Reader, Transaction
from crmdesk.store.tables import record_table

LISTED = ("contact", "account", "lead", "systemuser")


@dataclass(frozen=True)
class Person:
    """One address in the address book."""

    name: str
    address: str
    company: str | None
    reference: Reference


def put(tx: Transaction, entity: str, found: Iterable[tuple[str, Mapping[str, Value]]]) -> int:
    """These records' addresses are now as their values (id, values) say; gives how many records that were."""
    kind, a, lines, ids = ENTITIES[entity], tables.address, [], []
    for key, values in found:
        ids.append(key)
        lines += list(_lines(kind, key, values))
    for start in range(0, len(ids), 500):
        tx.connection.execute(delete(a).where(a.c.entity == entity, a.c.id.in_(ids[start : start + 500])))
    if lines:
        tx.connection.execute(insert(a), lines)
    return len(ids)


def drop(tx: Transaction, entity: str, ids: Sequence[str]) -> None:
    a = tables.address
    tx.connection.execute(delete(a).where(a.c.entity == entity, a.c.id.in_(ids)))


def clear(tx: Transaction, entity: str) -> None:
    tx.connection.execute(delete(tables.address).where(tables.address.c.entity == entity))


def find(reader: Reader, text: str, limit: int = 20) -> list[Person]:
    """Whose name or address holds all the words of `text`: what completes a recipient. Own contacts come first."""
    words = [address_key(word) for word in text.split()]
    if not words:
        return []
    found: dict[str, Person] = {}
    for person in (*_local(reader, words, limit), *_book(reader, words, limit)):
        found.setdefault(address_key(person.address), person)
    return list(found.values())[:limit]


def resolve(reader: Reader, address: str) -> Reference | None:
    """The account, contact or lead that an address stands for; see matching.people.choose."""
    return choose(_candidates(reader, address_key(address)), reader.me)


def resolve_party(reader: Reader, address: str) -> Reference | None:
    """As resolve(), and users of the CRM too (they come first: a colleague is no customer)."""
    for each in _candidates(reader, address_key(address), ("systemuser",)):
        return each.reference
    return resolve(reader, address)


def _lines(kind: Entity, key: str, values: Mapping[str, Value]) -> Iterable[dict[str, Value]]:
    company = values.get("companyname") or values.get("parentcustomerid@name")
    owner = values.get("ownerid")
    for name in kind.addresses:
        address = values.get(name)
        if isinstance(address, str) and "@" in address:
            yield {
                "entity": kind.name,
                "id": key,
                "field": name,
                "address": address,
                "folded": address_key(address),
                "name": display_name(kind, values),
                "company": company,
                "owner": str(owner).split(":")[-1] if owner else None,
                "created": values.get("createdon"),
            }


def _candidates(reader: Reader, key: str, entities: Sequence[str] = ("contact", "account", "lead")) -> list[Candidate]:
    a = tables.address
    statement = select(a.c.entity, a.c.id, a.c.owner, a.c.created).where(a.c.folded == key, a.c.entity.in_(entities))
    found = {
        Reference(line.entity, line.id): Candidate(Reference(line.entity, line.id), line.owner, line.created)
        for line in reader.connection.execute(statement)
    }
    for entity in entities:
        kind, table = ENTITIES[entity], record_table(entity)
        # `gone` in each of them: so an index answers it
        conditions = [and_(table.c.gone == 0, fold(table.c[f"g_{name}"]) == folded(key)) for name in kind.addresses]
        owner = table.c.g_ownerid if "g_ownerid" in table.c else table.c.id
        state = table.c.g_statecode if "g_statecode" in table.c else table.c.gone
        columns = (table.c.id, owner, table.c.g_createdon, state)
        lines = reader.connection.execute(select(*columns).where(or_(*conditions), table.c.private == 0))
        for ident, owned_by, created, statecode in lines:
            reference = Reference(entity, ident)
            own = str(owned_by).split(":")[-1] if owned_by else None
            found[reference] = Candidate(reference, own, created, active=not statecode)
    return list(found.values())


def _book(reader: Reader, words: Sequence[str], limit: int) -> list[Person]:
    a = tables.address
    statement = select(a.c.name, a.c.address, a.c.company, a.c.entity, a.c.id)
    for word in words:
        statement = statement.where(or_(a.c.folded.contains(word), a.c.name.icontains(word, autoescape=True)))
    lines = reader.connection.execute(statement.order_by(a.c.name).limit(limit))
    return [Person(name, address, company, Reference(entity, key)) for name, address, company, entity, key in lines]


def _local(reader: Reader, words: Sequence[str], limit: int) -> list[Person]:
    """Contacts kept here, private ones too: those that were never on the server are in no address book."""
    table = record_table("contact")
    kind = ENTITIES["contact"]
    statement = select(table.c.id).where(table.c.gone == 0)
    for word in words:
        holds = [table.c[f"g_{name}"].icontains(word, autoescape=True) for name in (*kind.addresses, "fullname")]
        statement = statement.where(or_(*holds))
    ids = list(reader.connection.execute(statement.limit(limit)).scalars())
    people = []
    for reference, record in get_many(reader, [Reference("contact", key) for key in ids]).items():
        for name in kind.addresses:
            if isinstance(record[name], str) and "@" in record[name]:
                people.append(Person(record.name, record[name], record["parentcustomerid@name"], reference))
    return people
