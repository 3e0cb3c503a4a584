"""Whole runs over real sockets that are cut at any byte of a request or an answer.

Whatever is cut: nothing is lost, nothing is there twice, no clash is seen that is none, and the next run goes on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from crmdesk.crm.client import Create, Row
from crmdesk.crm.errors import Garbled, Unreachable
from crmdesk.crm.wire import USUAL
from crmdesk.model.query import Query
from crmdesk.model.record import Reference, Value, new_id
from crmdesk.session.connection import ConnectionState
from crmdesk.store import records
from crmdesk.sync.report import Report
from tests.network.conftest import IMPATIENT, Wire, WiredDesk
from tests.support.builders import Desk, Office
from tests.support.proxy import Cut, End, Way

THERE, MADE, CHANGED, DELETED = 40, 25, 12, 8
CUTS = 4  # of one history
CARRIED = {Way.UP: 6_000, Way.DOWN: 11_000}  # bytes, about, when Ann goes online and nothing is cut


@dataclass
class Work:
    """What two people did while one of them was offline, and what must come of it."""

    ann: WiredDesk
    ben: Desk
    tasks: dict[Reference, dict[str, Value]] = field(default_factory=dict)

    def hold(self) -> None:
        """The laws, once everything has come to rest."""
        assert self.ann.waiting() == 0
        assert self.ann.problems() == []
        there = self.ann.office.everything("task")
        assert {key: row.values["subject"] for key, row in there.items()} == {
            reference.id: values["subject"] for reference, values in self.tasks.items()
        }
        for reference, values in self.tasks.items():
            assert {name: there[reference.id].values[name] for name in values} == values
            stored = self.ann.stored(reference)
            assert stored is not None
            assert (stored.version, dict(stored.edits)) == (there[reference.id].version, {})

    def lost(self) -> list[Value]:
        """What history says was overwritten, deleted records apart."""
        return [line.lost for line in self.ann.history() if line.field is not None]


def work_offline(wire: Wire) -> Work:
    """Ann makes, changes and deletes; Ben changes other fields of what she changes, and one that she changes too."""
    work = Work(wire.desk("ann"), wire.office.desk("ben", task="true"))
    for number in range(THERE):
        work.ben.make("task", subject=f"task {number}")
    work.ben.sync()
    work.ann.group("task", "true")
    work.ann.session.go_offline()
    for reference, row in ((Reference("task", key), row) for key, row in wire.office.everything("task").items()):
        work.tasks[reference] = {"subject": row.values["subject"]}
    known = sorted(work.tasks, key=lambda each: str(work.tasks[each]["subject"]))
    for number in range(MADE):
        made = work.ann.make("task", subject=f"made {number}", description="words " * 20)
        work.tasks[made] = {"subject": f"made {number}"}
    for number, reference in enumerate(known[:CHANGED]):
        work.ann.change(reference, description=f"ann's {number}")
        work.ben.change(reference, percentcomplete=number)
        work.tasks[reference] |= {"description": f"ann's {number}", "percentcomplete": number}
    for reference in known[CHANGED : CHANGED + DELETED]:
        work.ann.remove(reference)
        del work.tasks[reference]
    work.ben.change(known[0], description="ben's own")
    work.ben.sync()
    return work


def attempt(act: Callable[[], Report | None], desk: WiredDesk) -> Report | None:
    """What the run says; None when it failed, and then the profile is in a state that says why."""
    before = desk.session.status().state
    try:
        return act()
    except Unreachable:
        expected = {ConnectionState.NO_CONNECTION, before} - {ConnectionState.ONLINE}
    except Garbled:  # an answer whose connection was closed as if all were said
        expected = {ConnectionState.ONLINE, ConnectionState.NO_CONNECTION, before}
    assert desk.session.status().state in expected
    return None


@pytest.mark.parametrize("seed", range(10))
def test_going_online_over_a_line_that_is_cut(seed: int, wire: Wire) -> None:
    dice = random.Random(seed)
    work = work_offline(wire)
    for _ in range(CUTS):
        way = dice.choice(list(Way))
        wire.proxy.cut(Cut(way, dice.randrange(CARRIED[way]), dice.choice([End.RESET, End.CLOSED])))
        attempt(work.ann.session.go_online, work.ann)
    wire.proxy.cut(None)
    report = work.ann.session.go_online()
    assert report.outcome == "complete"
    assert work.ann.session.status().state is ConnectionState.ONLINE
    work.hold()
    assert work.lost() == ["ben's own"]


@pytest.mark.parametrize("seed", range(3))
def test_going_online_over_a_line_that_falls_silent(seed: int, wire: Wire) -> None:
    dice = random.Random(100 + seed)
    work = work_offline(wire)
    work.ann.be(IMPATIENT)
    way = dice.choice(list(Way))
    wire.proxy.cut(Cut(way, dice.randrange(CARRIED[way]), End.SILENT))
    attempt(work.ann.session.go_online, work.ann)
    wire.proxy.cut(None)
    work.ann.be(USUAL)
    work.ann.session.go_online()
    work.hold()
    assert work.lost() == ["ben's own"]


@pytest.mark.parametrize("seed", range(3))
def test_going_offline_over_a_line_that_is_cut_stays_online_until_everything_came(seed: int, wire: Wire) -> None:
    dice = random.Random(200 + seed)
    work = work_offline(wire)
    work.ann.session.go_online()
    more = work.ann.make("task", subject="one more")
    work.tasks[more] = {"subject": "one more"}
    for number in range(150):
        made = work.ben.make("task", subject=f"ben's {number}")
        work.tasks[made] = {"subject": f"ben's {number}"}
    work.ben.sync()
    while work.ann.session.status().state is not ConnectionState.OFFLINE:
        way = dice.choice(list(Way))
        wire.proxy.cut(Cut(way, dice.randrange(CARRIED[way]), End.RESET))
        attempt(work.ann.session.go_offline, work.ann)
    work.hold()


def test_a_first_synchronisation_over_connections_that_never_last(office: Office, wire: Wire) -> None:
    """A table of some pages, and no connection lives for longer than one of them."""
    ann = wire.desk("ann")
    wire.proxy.lifetime = 60_000
    rows = 2500
    fill(office, rows)
    ann.group("account", "true")
    runs = 0
    while attempt(ann.sync, ann) is None:
        runs += 1
        assert runs < 20, "each run goes on from the page where the last one ended"
    with ann.session.store.read() as reader:
        assert records.count(reader, Query("account"), office.clock()) == rows
    assert wire.proxy.carried.connections > 3
    assert wire.proxy.carried.down < 2.5 * 60_000 * rows / 1000


def fill(office: Office, rows: int) -> None:
    client = office.client("ann")
    creates = [Create("account", new_id(), {"name": f"Account {n}"}) for n in range(rows)]
    assert all(isinstance(each, Row) for each in client.write(creates))
    client.close()
