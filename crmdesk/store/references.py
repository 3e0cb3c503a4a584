"""Records that point at records: finding them and turning them to another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import and_, func, or_, select

from crmdesk.model.entity import FieldType
from crmdesk.model.record import Reference, Value
from crmdesk.model.words import ENTITIES, PRIVATE_KINDS
from crmdesk.store import history, local_data, outbox, records
from crmdesk.store.history import Lost
from crmdesk.store.record_tables import KEPT, listed_names
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader, Transaction
from crmdesk.store.tables import points_at, record_table

REASON = "it points at another record"
"""In history: a lookup or party was turned because what it pointed at gave way to another record, or went."""


def pointing(reader: Reader, target: Reference) -> list[Stored]:
    """The local records that show a lookup or party at `target`."""
    found = []
    for name in KEPT:
        kind, table = ENTITIES[name], record_table(name)
        listed = listed_names(name)
        lookups = [f for f in kind.lookups if target.entity in f.targets and f.name in listed]
        conditions = [points_at(table, f.name, str(target)) for f in lookups]
        if kind.parties:
            conditions.append(table.c.overlay.contains(str(target)))
        if conditions:
            ids = list(reader.connection.execute(select(table.c.id).where(or_(*conditions))).scalars())
            found += list(records.stored_many(reader, name, ids).values())
    return found


def agreed_pointers(reader: Reader, targets: Iterable[Reference]) -> dict[str, list[str]]:
    """The records whose lookups, shown and by the server's last word, point at any of these: entity -> ids in order."""
    texts: dict[str, list[str]] = {}
    for each in targets:
        texts.setdefault(each.entity, []).append(str(each))
    found: dict[str, set[str]] = {}
    for name in KEPT if texts else ():
        table, listed = record_table(name), listed_names(name)
        for field in ENTITIES[name].lookups:
            these = [text for target in field.targets for text in texts.get(target, ()) if field.name in listed]
            for start in range(0, len(these), 500):
                part = these[start : start + 500]
                shown = and_(table.c.gone.in_((0, 1)), table.c[f"g_{field.name}"].in_(part))  # as its index wants it
                agreed = func.json_extract(table.c.base, f"$.{field.name}").in_(part)
                found.setdefault(name, set()).update(
                    reader.connection.execute(select(table.c.id).where(shown, agreed)).scalars()
                )
    return {name: sorted(ids) for name, ids in found.items() if ids}


def redirect(tx: Transaction, old: Reference, new: Reference | None) -> list[Reference]:
    """Turn everything that points at `old` to `new` (or to nothing); waiting changes and messages too.

    Each pointer that is turned stands in history, so that it can be turned back.
    """
    touched, losses = [], []
    for record in pointing(tx, old):
        values = _turned(record, str(old), None if new is None else str(new))
        if not values:
            continue
        shown = record.shown
        losses += [Lost(record, name, shown.get(name), value, REASON, _me(tx)) for name, value in values.items()]
        changed = records.edited(record, values)
        records.write(tx, changed)
        if not changed.private:
            outbox.follow(tx, changed)
        touched.append(changed.reference)
    if new is not None and touched:
        local_data.want(tx, [new])
    history.remember(tx, losses)
    return touched


def _me(tx: Transaction) -> str | None:
    return f"systemuser:{tx.me}" if tx.me else None


def _turned(record: Stored, old: str, new: str | None) -> dict[str, Value]:
    kind = ENTITIES[record.entity]
    shown: Mapping[str, Value] = record.shown
    values: dict[str, Value] = {}
    for field in kind.fields:
        value = shown.get(field.name)
        if field.readonly:
            continue
        if field.type is FieldType.LOOKUP and value == old:
            values[field.name] = new
        elif field.type is FieldType.PARTIES and value and any(p.get("partyid") == old for p in value):
            values[field.name] = [{**p, "partyid": new} if p.get("partyid") == old else p for p in value]
    return values


def private_among(reader: Reader, waiting: Iterable[Stored]) -> set[Reference]:
    """The private records that these records' changes point at."""
    pointed: dict[str, set[str]] = {}
    for record in waiting:
        for edit in record.edits.values():
            if isinstance(edit.mine, str) and edit.mine.split(":", 1)[0] in PRIVATE_KINDS and ":" in edit.mine:
                entity, key = edit.mine.split(":", 1)
                pointed.setdefault(entity, set()).add(key)
    found: set[Reference] = set()
    for entity, ids in pointed.items():
        table, ordered = record_table(entity), sorted(ids)
        for start in range(0, len(ordered), 500):
            part = ordered[start : start + 500]
            statement = select(table.c.id).where(table.c.id.in_(part), table.c.private == 1)
            found.update(Reference(entity, key) for key in reader.connection.execute(statement).scalars())
    return found
