"""A network that goes and comes: nobody is told of an error, changes wait, and leave within seconds of its return."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from crmdesk.desk import exchange
from crmdesk.desk.reachability import Reachability, SystemReachability
from crmdesk.desk.return_watch import ReturnWatch, pause_before
from crmdesk.desk.schedule import Schedule
from crmdesk.model.record import State
from crmdesk.session.connection import ConnectionState
from crmdesk.sync.report import Report
from tests.desk.conftest import DeskOffice
from tests.support.lossy import Loss


@pytest.mark.parametrize(
    ("tries", "jitter", "seconds"),
    [(0, 0, 5), (1, 0, 10), (3, 0, 40), (6, 0, 300), (500, 0, 300), (0, 1, 5.5), (500, 1, 330)],
)
def test_the_pauses_grow(tries: int, jitter: float, seconds: float) -> None:
    assert pause_before(tries, jitter) == pytest.approx(seconds)


def lose(office: DeskOffice, qtbot: QtBot) -> None:
    office.unplug()
    office.desk.exchange.want(exchange.LOOK)
    qtbot.waitUntil(office.stands(ConnectionState.NO_CONNECTION))


def test_changes_leave_when_the_computer_says_that_the_network_is_back(office: DeskOffice, qtbot: QtBot) -> None:
    network, failures = Reachability(), list[str]()
    ReturnWatch(office.desk).listen_to(network)
    office.desk.failed.connect(failures.append)
    office.unplug()
    network.changed.emit(False)
    qtbot.waitUntil(office.stands(ConnectionState.NO_CONNECTION))
    contoso = office.make(qtbot)
    qtbot.waitUntil(lambda: office.statuses[-1].waiting == 1)
    office.plug_in()
    network.changed.emit(True)
    qtbot.waitUntil(lambda: office.state(contoso) is State.CLEAN, timeout=3000)
    qtbot.waitUntil(office.stands(ConnectionState.ONLINE))
    assert failures == [], "a network that goes is no error"


def test_changes_leave_also_where_no_computer_says_so(office: DeskOffice, qtbot: QtBot) -> None:
    ReturnWatch(office.desk, hurry=50)
    lose(office, qtbot)
    contoso = office.make(qtbot)
    asked = office.network.faults[Loss.BEFORE_DELIVERY]
    qtbot.waitUntil(lambda: office.network.faults[Loss.BEFORE_DELIVERY] > asked + 8)
    office.plug_in()
    qtbot.waitUntil(lambda: office.state(contoso) is State.CLEAN)


def test_a_computer_without_a_network_may_still_reach_a_server_of_its_own(office: DeskOffice, qtbot: QtBot) -> None:
    network = Reachability()
    ReturnWatch(office.desk).listen_to(network)
    with qtbot.waitSignal(
        office.desk.exchange.ran, check_params_cb=lambda kind, well: (kind, well) == (exchange.LOOK, True)
    ):
        network.changed.emit(False)
    qtbot.waitUntil(office.stands(ConnectionState.ONLINE))


def test_offline_nothing_is_asked_whatever_the_network_does(office: DeskOffice, qtbot: QtBot) -> None:
    network, watch = Reachability(), ReturnWatch(office.desk)
    watch.listen_to(network)
    lose(office, qtbot)
    assert watch.is_waiting()
    office.desk.go_offline(now=True)
    qtbot.waitUntil(office.stands(ConnectionState.OFFLINE))
    assert not watch.is_waiting()
    network.changed.emit(True)
    assert not watch.is_waiting()


def test_the_overdue_update_follows_the_return(office: DeskOffice, qtbot: QtBot) -> None:
    now = [0.0]
    reports: list[Report] = []
    schedule = Schedule(office.desk, lambda: now[0])
    with qtbot.waitSignal(office.desk.finished):
        office.desk.sync_now()
    schedule.look()
    lose(office, qtbot)
    now[0] += 16 * 60 + 60
    schedule.look()
    with qtbot.waitSignal(office.desk.exchange.ran, check_params_cb=lambda kind, well: kind == exchange.BACKGROUND):
        pass
    office.desk.finished.connect(reports.append)
    office.plug_in()
    office.desk.exchange.want(exchange.LOOK)
    qtbot.waitUntil(lambda: any(report.outcome == "complete" for report in reports))


def test_what_this_computer_says_of_its_network_can_be_asked(qapp: object) -> None:
    """Whatever it says, and also where it says nothing."""
    SystemReachability()
