"""A first load of many records: the short way gives what the long way gives, and everything is in order at its end."""

from __future__ import annotations

import pytest

from crmdesk.model.query import Column, Compare, Order, Query
from crmdesk.store import record_tables, records, search
from crmdesk.sync import feeds, pull
from crmdesk.sync.report import Hooks
from tests.support.builders import Desk, Office
from tests.support.lossy import Loss

PEOPLE = 130  # more than the short way's least, in several pages and slices


@pytest.fixture(autouse=True)
def large_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "LARGE", 100)
    monkeypatch.setattr(pull, "AHEAD", 10)
    monkeypatch.setattr(feeds, "PAGE", 60)


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true")


@pytest.fixture
def ben(office: Office) -> Desk:
    ben = office.desk("ben", contact="false")
    for number in range(PEOPLE):
        ben.make("contact", lastname=f"Smith{number:03}", jobtitle="Größe" if number % 2 else "Clerk")
    ben.session.push()
    return ben


def missing(desk: Desk) -> set[str]:
    with desk.session.store.read() as reader:
        return set(record_tables.missing_indexes(reader.connection))


@pytest.mark.usefixtures("ben")
def test_lists_and_search_are_ready_at_its_end(ann: Desk) -> None:
    told: list[set[str]] = []
    ann.sync(Hooks(changed=lambda changes: told.append(missing(ann))))
    assert {"contact"} in told, "while it was filled the table had only what the window's lists need"
    assert missing(ann) == set()
    now = ann.office.clock()
    with ann.session.store.read() as reader:
        clerks = Query("contact", filter=Compare(Column("jobtitle"), "eq", "GRÖßE"))
        by_name = records.find(reader, Query("contact", order=(Order(Column("lastname"), descending=True),)), now)
        found = (
            records.count(reader, clerks, now),
            [hit.name for hit in search.of_entity(reader, "contact", "smith12", 50)],
        )
    assert [each["lastname"] for each in by_name] == [f"Smith{number:03}" for number in reversed(range(PEOPLE))]
    assert (found[0], sorted(found[1])) == (PEOPLE // 2, [f"Smith{number}" for number in range(120, 130)])


def test_what_the_network_cut_is_put_in_order_all_the_same(ann: Desk, ben: Desk) -> None:
    def cut_the_second_page(_: object) -> None:
        if missing(ann):
            ann.faults(*[Loss.CUT] * 9)

    with pytest.raises(Exception, match="kept here"):
        ann.sync(Hooks(changed=cut_the_second_page))
    assert missing(ann) == set()
    ann.plug_in()
    ann.sync()
    assert len(records_here(ann)) == PEOPLE


def test_a_stop_does_not_wait_for_the_indexes_and_the_next_run_makes_them(ann: Desk, ben: Desk) -> None:
    stopped: list[bool] = []
    ann.sync(Hooks(changed=lambda changes: stopped.append(True), stopped=lambda: bool(stopped and missing(ann))))
    assert missing(ann) == {"contact"}
    ann.start_again()
    ann.sync()
    assert missing(ann) == set()
    assert len(records_here(ann)) == PEOPLE


def test_what_was_changed_here_meanwhile_is_kept_and_found(ann: Desk, ben: Desk) -> None:
    own = ann.make("contact", lastname="Zimmer")
    changed: list[bool] = []

    def change_once(_: object) -> None:
        if not changed:
            changed.append(True)
            ann.change(own, lastname="Zander")

    ann.sync(Hooks(changed=change_once))
    with ann.session.store.read() as reader:
        names = [hit.name for hit in search.of_entity(reader, "contact", "zander", 5)]
        gone = search.of_entity(reader, "contact", "zimmer", 5)
    assert (names, gone, changed) == (["Zander"], [], [True])


def records_here(desk: Desk) -> list[object]:
    with desk.session.store.read() as reader:
        return list(records.find(reader, Query("contact"), desk.office.clock()))
