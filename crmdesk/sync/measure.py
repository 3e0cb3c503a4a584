"""How much a local data group would be, asked before it is saved."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from crmdesk.crm.client import Client, Page, Read
from crmdesk.crm.errors import CrmError
from crmdesk.model.query import EVERYTHING, Column, Constant, Filter, Order, Query
from crmdesk.model.words import ENTITIES
from crmdesk.sync.first import COUNT_CAP

SAMPLE = 50  # records that the size is told from


@dataclass(frozen=True)
class Measured:
    """`count` records, or more than that (`is_more`), or about that (`is_about`: a server's statistics).

    `size`: about how many bytes they take here; None when that many cannot be told.
    """

    count: int
    is_more: bool = False
    is_about: bool = False
    size: int | None = 0


def measure(client: Client, entity: str, question: Filter) -> Measured:
    """Asks the server: one request, and a second one for a whole table that is larger than it counts.

    Raises Refused with the server's words for a question that it does not understand, and what Client.ask() raises.
    """
    if question == Constant(False):
        return Measured(0)
    key = ENTITIES[entity].id_field
    counted = Query(entity, select=(key,), filter=question, top=1, count=True)
    newest = Query(entity, filter=question, order=(Order(Column("modifiedon"), descending=True),), top=SAMPLE)
    pages = [_page(each) for each in client.ask([Read(query=counted), Read(query=newest)])]
    count, rows = pages[0].count or 0, pages[1].rows
    each = sum(len(orjson.dumps(row.values)) for row in rows) / len(rows) if rows else 0.0
    if count < COUNT_CAP:
        return Measured(count, size=round(count * each))
    total = client.table_sizes([entity])[entity] if question == EVERYTHING else None
    if total is None or total < count:
        return Measured(count, is_more=True, size=None)
    return Measured(total, is_about=True, size=round(total * each))


def _page(answer: Page | CrmError) -> Page:
    if isinstance(answer, CrmError):
        raise answer
    return answer
