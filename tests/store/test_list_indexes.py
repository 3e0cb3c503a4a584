"""Every list is read by an index: no sorting, whatever column it goes by, and no reading through a whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event

from crmdesk.model.query import Column, Order, Query
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import addresses, records
from crmdesk.store.record_tables import KEPT, listed_names
from crmdesk.store.store import Reader, Store
from tests.support.clock import NOON

LISTED = [(name, column) for name in KEPT for column in ENTITIES[name].columns if column in listed_names(name)]
SOMEBODY = Reference("contact", "00000000-0000-4000-8000-000000000001")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for all: nothing here writes."""
    made = Store(tmp_path_factory.mktemp("lists") / "crmdesk.db")
    yield made
    made.close()


def plan(store: Store, question: Callable[[Reader], object]) -> list[str]:
    """How SQLite answers the statements of a question about the record tables."""
    said: list[tuple[str, object]] = []

    def hear(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        said.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        with store.read() as reader:
            question(reader)
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    with store.read() as reader:
        explained = [
            line[3]
            for statement, parameters in said
            for line in reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        ]
    return [each for each in explained if each.startswith(("SCAN r_", "USE TEMP"))]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("name", "column"), LISTED)
def test_a_list_sorts_by_an_index(name: str, column: str, descending: bool, store: Store) -> None:
    query = Query(name, order=(Order(Column(column), descending),))
    assert plan(store, lambda reader: records.rows(reader, query, NOON)) == []


def test_people_by_last_name_and_name(store: Store) -> None:
    query = Query("contact", order=(Order(Column("lastname")), Order(Column("fullname"))))
    assert plan(store, lambda reader: records.rows_with(reader, query, "lastname", NOON, only_mine=True)) == []


def test_what_points_at_a_record(store: Store) -> None:
    assert plan(store, lambda reader: records.referring(reader, SOMEBODY)) == []


def test_whose_an_address_is(store: Store) -> None:
    assert plan(store, lambda reader: addresses.resolve(reader, "jeff@contoso.example")) == []
