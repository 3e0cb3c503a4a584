"""Local data of a busy salesperson: how long lists, forms, search and saving take with 20,000 contacts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from crmdesk.actions import edit
from crmdesk.model.query import Column, Order, Query, TextMatch
from crmdesk.model.record import Reference
from crmdesk.store import records, search
from crmdesk.store.store import Store
from tests.support.clock import NOON
from tests.support.measure import measure

CONTACTS = 20_000
MIDDLE = 12_345


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with so many private contacts."""
    store = Store(tmp_path_factory.mktemp("bench") / "store.sqlite")
    for first in range(0, CONTACTS, 500):
        lines = (
            {
                "firstname": f"Given{number % 97}",
                "lastname": f"Family{number}",
                "emailaddress1": f"person{number}@company{number % 211}.example",
                "jobtitle": "Buyer",
            }
            for number in range(first, first + 500)
        )
        with store.transaction(durable=False) as tx:
            edit.create_many(tx, "contact", lines)
    yield store
    store.close()


ALL = Query("contact", order=(Order(Column("fullname")),))


def bench_opening(store: Store) -> None:
    measure("open the store again", lambda: Store(Path(store.path)).close(), 5)


def bench_lists(store: Store) -> None:
    with store.read() as reader:
        numbers = records.rows(reader, ALL, NOON)
        assert len(numbers) == CONTACTS
        measure("row numbers of 20,000 contacts, by name", lambda: records.rows(reader, ALL, NOON), 5)
        measure("a screen of 60 rows in the middle", lambda: records.at_rows(reader, "contact", numbers[9000:9060]), 20)
        measure("the first 1,000 rows", lambda: records.at_rows(reader, "contact", numbers[:1000]), 5)
        question = Query("contact", filter=TextMatch(Column("lastname"), "contains", "y1999"))
        assert len(records.find(reader, question, NOON)) == 11
        measure("11 contacts by a part of their name", lambda: records.find(reader, question, NOON), 5)


def bench_search(store: Store) -> None:
    with store.read() as reader:
        assert [hit.name for hit in search.everything(reader, f"family{MIDDLE}")] == [f"Given26 Family{MIDDLE}"]
        measure("search one name", lambda: search.everything(reader, f"family{MIDDLE}"), 20)
        measure("search what everybody has", lambda: search.everything(reader, "buyer"), 20)


def bench_saving(store: Store) -> None:
    with store.read() as reader:
        (row, *_) = records.rows(reader, ALL, NOON, limit=1)
        contact = records.at_rows(reader, "contact", [row])[row].reference
    numbers = count()

    def save() -> None:
        save_once(store, contact, f"Buyer {next(numbers)}")

    measure("save a change, safe on disk", save, 20)


def save_once(store: Store, contact: Reference, title: str) -> None:
    """One change of one field, as a form makes it."""
    with store.transaction() as tx:
        edit.change(tx, contact, {"jobtitle": title})
