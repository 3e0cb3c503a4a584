"""A read that may take so many steps of SQLite's machine, and no more."""

from __future__ import annotations

import pytest

from crmdesk.actions import edit
from crmdesk.model.query import Query
from crmdesk.model.record import Reference
from crmdesk.store import records
from crmdesk.store.errors import StoreSlow
from crmdesk.store.store import Store
from tests.support.clock import NOON


@pytest.fixture
def filled(store: Store) -> Store:
    with store.transaction() as tx:
        edit.create_many(tx, "contact", ({"lastname": f"Family{number}"} for number in range(500)))
    return store


def test_what_takes_more_steps_is_refused(filled: Store) -> None:
    with pytest.raises(StoreSlow), filled.read(steps=100) as reader:
        records.rows(reader, Query("contact"), NOON)


def test_the_next_reader_may_take_its_time(filled: Store) -> None:
    with filled.read(steps=1_000_000) as reader:
        assert len(records.rows(reader, Query("contact"), NOON)) == 500
    with filled.read() as reader:
        assert len(records.rows(reader, Query("contact"), NOON)) == 500


def test_a_row_s_number_is_found_by_the_record(filled: Store) -> None:
    with filled.read() as reader:
        (number, *_) = records.rows(reader, Query("contact"), NOON)
        key = records.at_rows(reader, "contact", [number])[number].reference
        assert records.row_of(reader, key) == number
        assert records.row_of(reader, Reference("contact", "00000000-0000-4000-8000-00000000dead")) is None
