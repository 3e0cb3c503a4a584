"""One exchange over a real socket, with servers that break off, hang, lie or talk of something else."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from crmdesk.crm.errors import Cancelled, CrmError, Garbled, Unreachable
from crmdesk.crm.wire import Timeouts, Wire
from tests.support.certificate import self_signed
from tests.support.rough_server import HANG, RESET, RoughServer, answer

SHORT = Timeouts(connect=2.0, silence=0.2)


def ask(url: str) -> bytes:
    wire = Wire(url, timeouts=SHORT)
    try:
        return wire.exchange("GET", f"{url}/x", {}).body
    finally:
        wire.close()


class Case(NamedTuple):
    words: str
    said: bytes
    error: type[CrmError]


PLAIN = answer(b'{"value":[]}')
CASES = [
    Case("closes without a word", RESET, Unreachable),
    Case("hangs", HANG, Unreachable),
    Case("is cut in the status line", PLAIN[:7], Unreachable),
    Case("is cut in the headers", PLAIN[:30], Unreachable),
    Case("is cut in the body", PLAIN[:-4], Unreachable),
    Case("promises more than it gives", answer(b"{}", length=5000), Unreachable),
    Case("is no HTTP", b"220 mail.example ESMTP ready\r\n", Unreachable),
    Case("is no gzip though it says so", answer(b"plain", headers=["Content-Encoding: gzip"]), Garbled),
    Case("is cut in a chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nabc", Unreachable),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_an_answer_that(case: Case) -> None:
    with RoughServer([case.said]) as server, pytest.raises(case.error) as raised:
        ask(server.url)
    assert getattr(raised.value, "maybe_delivered", True), "the server may have acted on it"
    assert "127.0.0.1" in str(raised.value), "the words name the server"


def test_nothing_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="nothing answers there") as raised:
        ask(f"http://127.0.0.1:{port}")
    assert not raised.value.maybe_delivered


def test_a_name_that_is_not_known() -> None:
    with pytest.raises(Unreachable, match="its name is not known") as raised:
        ask("http://nowhere.invalid")
    assert not raised.value.maybe_delivered


@pytest.mark.parametrize("url", ["http://127.0.0.1:port", "gopher://127.0.0.1"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(Garbled, match="no address"):
        ask(url)


def test_a_server_without_tls() -> None:
    with (
        RoughServer([b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as server,
        pytest.raises(Unreachable, match="does not speak TLS") as raised,
    ):
        ask(server.url.replace("http://", "https://"))
    assert not raised.value.maybe_delivered


def test_the_words_of_errors_carry_nothing_of_httpx() -> None:
    with RoughServer([RESET]) as server, pytest.raises(Unreachable) as raised:
        ask(server.url)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_connection_is_kept_for_the_next_exchange() -> None:
    with RoughServer([PLAIN, PLAIN]) as server:
        wire = Wire(server.url)
        first, second = (wire.exchange("GET", f"{server.url}/x", {}) for _ in range(2))
        wire.close()
    assert server.connections == 1
    assert first == second
    assert first.headers["content-length"] == "12"


def test_bytes_are_counted_as_they_travelled() -> None:
    body = b'{"value":[' + b'"the same again",' * 500 + b"0]}"
    packed = gzip.compress(body)
    said = answer(packed, headers=["Content-Encoding: gzip"])
    with RoughServer([said, said]) as server:
        wire = Wire(server.url)
        assert wire.traffic.requests == 0
        assert wire.exchange("POST", f"{server.url}/x", {}, b"question").body == body
        wire.exchange("POST", f"{server.url}/x", {}, b"question")
        wire.close()
    assert wire.traffic.requests == 2
    assert wire.traffic.bytes_received == 2 * len(said)
    assert wire.traffic.bytes_sent == sum(map(len, server.requests))


def test_an_exchange_that_breaks_is_counted_and_one_that_never_began_is_not() -> None:
    with RoughServer([PLAIN[:30]]) as server:
        wire = Wire(server.url)
        with pytest.raises(Unreachable):
            wire.exchange("GET", f"{server.url}/x", {})
    with pytest.raises(Unreachable):
        wire.exchange("GET", f"{server.url}/x", {})
    wire.close()
    assert wire.traffic.requests == 1


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
def test_a_wait_can_be_broken_off_from_another_thread(secure: bool, tls: ssl.SSLContext) -> None:
    stop = threading.Event()
    with RoughServer([HANG], tls if secure else None) as server:
        wire = Wire(server.url, stopped=stop.is_set, timeouts=Timeouts(silence=60.0))

        def break_off() -> None:
            server.reached.wait(10)
            stop.set()
            wire.interrupt()

        breaker = threading.Thread(target=break_off)
        breaker.start()
        with pytest.raises(Cancelled):
            wire.exchange("GET", f"{server.url}/x", {})
        breaker.join()
        wire.close()


def test_an_interruption_without_a_stop_is_a_broken_connection_and_the_wire_is_good_again() -> None:
    with RoughServer([HANG, PLAIN, PLAIN]) as server:
        wire = Wire(server.url, timeouts=Timeouts(silence=60.0))

        def break_off() -> None:
            server.reached.wait(10)
            wire.interrupt()

        breaker = threading.Thread(target=break_off)
        breaker.start()
        with pytest.raises(Unreachable):
            wire.exchange("GET", f"{server.url}/x", {})
        breaker.join()
        assert wire.exchange("GET", f"{server.url}/x", {}).status == 200
        wire.interrupt()  # nothing waits: no harm
        assert wire.exchange("GET", f"{server.url}/x", {}).status == 200
        wire.close()
        wire.interrupt()


def test_a_stop_is_seen_before_the_first_byte_and_while_an_answer_arrives() -> None:
    with RoughServer([PLAIN]) as server:
        wire = Wire(server.url, stopped=lambda: True)
        with pytest.raises(Cancelled):
            wire.exchange("GET", f"{server.url}/x", {})
        assert wire.traffic.requests == 0
        wire.stopped = _from_the_second_time()
        with pytest.raises(Cancelled):
            wire.exchange("GET", f"{server.url}/x", {})
        wire.close()
    assert wire.traffic.requests == 1


def _from_the_second_time() -> Callable[[], bool]:
    said = iter([False])
    return lambda: next(said, True)


def test_a_proxy_of_the_environment_is_not_asked_about_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    with RoughServer([PLAIN]) as server:
        assert ask(server.url) == b'{"value":[]}'


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        RoughServer([PLAIN], tls) as server,
        pytest.raises(Unreachable, match="its certificate is not trusted") as raised,
    ):
        ask(server.url)
    assert not raised.value.maybe_delivered
    assert server.requests == []


def test_a_certificate_that_the_computer_trusts_is_trusted(tls: ssl.SSLContext) -> None:
    with RoughServer([PLAIN], tls) as server:
        assert ask(server.url) == b'{"value":[]}'


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side for localhost; SSL_CERT_FILE makes clients trust it."""
    files = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    return context
