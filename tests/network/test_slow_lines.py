"""What it costs: bytes and requests as they are counted against the bytes on the wire, and what that is in seconds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crmdesk.session.session import Session
from crmdesk.sync.report import Hooks, Progress
from tests.network.conftest import Wire
from tests.support.builders import MemorySecrets, Office
from tests.support.clock import Clock
from tests.support.proxy import MODEM


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    made = Office(tmp_path, clock, sample=True)
    yield made
    made.close()


def on_modem_time(wire: Wire) -> Callable[[], float]:
    """Seconds that have gone by on a modem's line that carried what the proxy did; nothing is waited for."""
    return lambda: MODEM.seconds(wire.proxy.carried)


def test_what_is_counted_is_what_travelled(wire: Wire) -> None:
    anna = wire.desk("anna")
    made = anna.make("task", subject="one")
    client = anna.session.link.client()
    connecting = wire.proxy.carried  # by another client, which is gone
    anna.sync()
    for number in range(60):
        anna.make("contact", lastname=f"Berg {number}", description="words " * 40)
    anna.change(made, subject="another")
    anna.sync()
    carried = wire.proxy.carried.since(connecting)
    assert client.traffic.requests == carried.turns
    assert (client.traffic.bytes_sent, client.traffic.bytes_received) == (carried.up, carried.down)


def test_a_run_reports_what_it_carried(wire: Wire) -> None:
    anna = wire.desk("anna")
    anna.sync()
    before = wire.proxy.carried
    report = anna.sync()
    carried = wire.proxy.carried.since(before)
    assert (report.requests, report.bytes) == (carried.turns, carried.bytes)


def test_over_a_modem(wire: Wire, tmp_path: Path) -> None:
    """56 kbit/s with 800 ms: the sample organisation is here within two minutes, in steps; nothing new within 2 s."""
    seconds = on_modem_time(wire)
    session = Session(tmp_path / "modem", clock=wire.office.clock, secrets=MemorySecrets(), timer=seconds)
    session.connect_with_token(wire.proxy.url, wire.office.token("anna"))
    moments: list[float] = []

    def note(progress: Progress) -> None:
        moments.append(seconds())

    began = seconds()
    first = session.sync(Hooks(progress=note))
    took = seconds() - began
    longest = max(after - before for before, after in itertools.pairwise([began, *moments]))
    print(
        f"first: {first.pulled} records, {first.requests} requests, {first.bytes} B, {took:.0f} s"
        f", at most {longest:.0f} s without a word"
    )
    assert first.pulled > 1000
    assert took < 120
    assert longest < 20
    session.close()
    again = Session(tmp_path / "modem", clock=wire.office.clock, secrets=session.secrets, timer=seconds)
    began = seconds()
    idle = again.sync()
    print(f"nothing new: {idle.requests} request, {idle.bytes} B, {seconds() - began:.1f} s")
    assert (idle.pulled, idle.requests) == (0, 1)
    assert seconds() - began < 2.5
    again.close()
