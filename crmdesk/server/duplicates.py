"""Which stored records look like one: the rule of matching/, asked of the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import func, or_, select

from crmdesk.matching.duplicates import find_duplicates
from crmdesk.model.entity import Entity
from crmdesk.model.record import Reference, Value
from crmdesk.model.words import entity
from crmdesk.server.database import Snapshot
from crmdesk.server.tables import RECORDS
from crmdesk.sql.folding import fold

_MOST = 50


def duplicates_of(snapshot: Snapshot, kind: Entity, values: Mapping[str, Value], itself: str | None) -> list[str]:
    """The ids of other records of `kind` that share an e-mail address with `values`, at most 50."""

    def candidates(name: str, keys: frozenset[str]) -> Iterable[tuple[Reference, Mapping[str, Value]]]:
        other, table = entity(name), RECORDS[name]
        columns = [table.c[address] for address in other.addresses]
        key = table.c[other.id_field]
        shares = or_(*(fold(func.trim(column)).in_(sorted(keys)) for column in columns))
        for row in snapshot.connection.execute(select(key, *columns).where(shares).order_by(key).limit(_MOST + 1)):
            yield Reference(name, row[0]), dict(zip(other.addresses, row[1:], strict=True))

    return [reference.id for reference in find_duplicates(kind, values, candidates, itself)][:_MOST]
