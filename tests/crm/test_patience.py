"""What is sent again, when, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import httpx
import pytest

from crmdesk.crm.client import Client, Create, Outcome, Read, Row
from crmdesk.crm.errors import Cancelled, CrmError, Garbled, Throttled, Unreachable
from crmdesk.crm.http import OBEDIENCE, TRIES
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.model.query import Query
from crmdesk.model.record import new_id
from tests.support.clock import Clock
from tests.support.in_process import ORIGIN, InProcessServer
from tests.support.lossy import BUSY, FAILED, GATEWAY, THROTTLED, Answered, Fault, Loss, Lossy, in_turn
from tests.support.rough_server import HANG, RoughServer

SILENT_BUSY = Answered(503)
LONG_BUSY = Answered(503, retry_after=60)
CLOSED = Answered(503, retry_after=OBEDIENCE + 1)
HTML = Answered(200, page="<html>Please sign in to the hotel's network</html>")
ELSEWHERE = Answered(302, page="")

Connect = Callable[[Sequence[Fault | None]], Client]


@pytest.fixture
def connect(server: InProcessServer, ann: TokenCredentials, clock: Clock) -> Connect:
    """A client whose requests meet the given faults in turn, on a clock that moves when it waits."""

    def connected(faults: Sequence[Fault | None]) -> Client:
        network = Lossy(server.transport, in_turn(faults))
        return Client(ORIGIN, ann, network, clock=clock.monotonic, sleep=clock.advance)

    return connected


def read(client: Client) -> None:
    answer = client.ask([Read(Query("account"))])[0]
    if isinstance(answer, CrmError):
        raise answer


def write(client: Client) -> None:
    outcomes: list[Outcome] = client.write([Create("account", new_id(), {"name": "Contoso"})])
    if isinstance(outcomes[0], CrmError):
        raise outcomes[0]


class Case(NamedTuple):
    words: str
    faults: Sequence[Fault]
    read: type[CrmError] | None
    write: type[CrmError] | None
    waited: float = 0.5
    """Seconds, where the read is tried again."""


CASES = [
    Case("the network is away for a moment", [Loss.BEFORE_DELIVERY], None, None),
    Case("the network is away for longer", [Loss.BEFORE_DELIVERY] * 3, None, None, 3.5),
    Case("the network is away", [Loss.BEFORE_DELIVERY] * TRIES, Unreachable, Unreachable, 3.5),
    Case("the answer is lost", [Loss.AFTER_DELIVERY], None, Unreachable),
    Case("the answer does not come", [Loss.SILENCE], None, Unreachable),
    Case("the answer is cut", [Loss.CUT], None, Unreachable),
    Case("too many requests", [THROTTLED], None, None, 1.0),
    Case("too many requests, again and again", [THROTTLED] * 5, None, None, 13.0),
    Case("busy, for a second", [BUSY], None, None, 1.0),
    Case("busy, without saying how long: perhaps it was heard", [SILENT_BUSY], None, Throttled, 2.0),
    Case("busy for longer than is waited without being told", [LONG_BUSY], None, None, 60.0),
    Case("busy again and again, as it tells each time", [LONG_BUSY] * 5, None, None, 300.0),
    Case("busy for longer than it makes sense to wait", [CLOSED], Throttled, Throttled, 0.0),
    Case(
        "told to wait, and then the network is away for longer",
        [LONG_BUSY, *[Loss.BEFORE_DELIVERY] * 2],
        None,
        None,
        63.0,
    ),
    Case("the server failed", [FAILED], None, Unreachable),
    Case("a gateway lost the answer", [GATEWAY], None, Unreachable),
    Case("something else answers", [HTML], Garbled, Garbled, 0.0),
    Case("it sends us elsewhere", [ELSEWHERE], Garbled, Garbled, 0.0),
    Case("the answer ends early but looks whole", [Loss.SHORTENED], Garbled, Garbled, 0.0),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_a_read_when(case: Case, connect: Connect, clock: Clock) -> None:
    outcome_of(read, connect(case.faults), case.read)
    assert clock.monotonic() == pytest.approx(case.waited)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_a_write_when(case: Case, connect: Connect) -> None:
    outcome_of(write, connect(case.faults), case.write)


def outcome_of(act: Callable[[Client], None], client: Client, expected: type[CrmError] | None) -> None:
    if expected is None:
        act(client)
    else:
        with pytest.raises(expected) as raised:
            act(client)
        assert type(raised.value) is expected
    client.close()


@pytest.mark.parametrize("fault", [Loss.AFTER_DELIVERY, Loss.SILENCE, Loss.CUT, Loss.SHORTENED, GATEWAY])
def test_a_write_whose_answer_is_lost_happened_once_and_meets_itself(fault: Fault, connect: Connect) -> None:
    client = connect([fault])
    create = Create("account", new_id(), {"name": "Contoso"})
    with pytest.raises((Unreachable, Garbled)) as raised:
        client.write([create])
    assert getattr(raised.value, "maybe_delivered", True)
    assert client.get("account", create.id).values["name"] == "Contoso"


@pytest.mark.parametrize("fault", [Loss.BEFORE_DELIVERY, THROTTLED, CLOSED])
def test_a_write_that_surely_did_not_arrive_says_so(fault: Fault, connect: Connect) -> None:
    client = connect([fault] * 100)
    with pytest.raises(Unreachable) as raised:
        write(client)
    assert not raised.value.maybe_delivered
    client.close()


def test_what_the_server_asks_for_is_told_when_it_is_too_much(connect: Connect, clock: Clock) -> None:
    client = connect([CLOSED])
    with pytest.raises(Throttled) as raised:
        read(client)
    assert raised.value.after == OBEDIENCE + 1
    assert clock.monotonic() == 0, "waiting would have been in vain"


def test_who_is_in_a_hurry_does_not_wait_as_long_as_the_server_asks(connect: Connect, clock: Clock) -> None:
    client = connect([LONG_BUSY])
    client.be_patient(4)
    with pytest.raises(Throttled):
        read(client)
    assert clock.monotonic() == 0


def test_a_pause_that_the_server_asks_for_is_told_when_it_begins(connect: Connect) -> None:
    client = connect([Loss.BEFORE_DELIVERY, LONG_BUSY, THROTTLED])
    told: list[float] = []
    client.told = told.append
    read(client)
    assert told == [60, 1]


def test_patience_ends(connect: Connect, clock: Clock) -> None:
    client = connect([THROTTLED] * 100)
    client.be_patient(5)
    with pytest.raises(Throttled):
        read(client)
    assert clock.monotonic() <= 5


def test_who_is_in_a_hurry_does_not_bear_silence_for_long(ann: TokenCredentials) -> None:
    with RoughServer([HANG]) as server:
        client = Client(server.url, ann)
        client.be_patient(0.1)
        with pytest.raises(Unreachable, match="in time"):
            write(client)
        client.close()


def test_a_stop_ends_the_wait(connect: Connect, clock: Clock) -> None:
    client = connect([LONG_BUSY])
    client.be_patient(600)
    client.stopped = lambda: clock.monotonic() >= 2
    with pytest.raises(Cancelled):
        read(client)
    assert clock.monotonic() == pytest.approx(2, abs=0.2)


def test_each_try_is_counted_but_not_what_never_left(connect: Connect) -> None:
    client = connect([Loss.BEFORE_DELIVERY, THROTTLED, None])
    read(client)
    assert client.traffic.requests == 2
    client.close()


@dataclass
class Packing:
    """What a client's requests were packed with; large bodies of accounts to send."""

    client: Client
    encodings: list[str | None]

    def write(self, many: int = 10) -> int:
        """Make accounts; the bytes that went up for it."""
        writes = [
            Create("account", new_id(), {"name": f"Contoso {n}", "description": "words " * 50}) for n in range(many)
        ]
        before = self.client.traffic.bytes_sent
        assert all(isinstance(each, Row) for each in self.client.write(writes))
        return self.client.traffic.bytes_sent - before


def packing(
    server: InProcessServer, ann: TokenCredentials, packs: bool = False, answer: Fault | None = None
) -> Packing:
    """`answer`: what the first packed request is answered with in the server's place."""
    encodings: list[str | None] = []
    waiting = [answer]

    def look(request: httpx.Request) -> Fault | None:
        encodings.append(request.headers.get("content-encoding"))
        return waiting.pop() if encodings[-1] and waiting else None

    return Packing(Client(ORIGIN, ann, Lossy(server.transport, look), packs=packs), encodings)


def test_a_large_body_is_packed_once_the_server_is_known_to_take_it(
    server: InProcessServer, ann: TokenCredentials
) -> None:
    made = packing(server, ann)
    plain, packed = made.write(), made.write()
    assert made.encodings == [None, "gzip"]
    assert packed < plain / 3, "counted as it travelled"
    assert made.client.packs
    made.client.close()


def test_what_an_earlier_client_learnt_packs_the_first_body(server: InProcessServer, ann: TokenCredentials) -> None:
    made = packing(server, ann, packs=True)
    made.write()
    assert made.encodings == ["gzip"]
    made.client.close()


def test_a_server_that_takes_no_packed_bodies_any_more_gets_plain_ones(
    server: InProcessServer, ann: TokenCredentials
) -> None:
    made = packing(server, ann, packs=True, answer=Answered(415))
    made.write()
    assert made.encodings == ["gzip", None]
    made.client.close()
