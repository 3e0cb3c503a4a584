"""Signing in, keeping the token, and what an address may look like."""

from __future__ import annotations

import httpx
import pytest

from crmdesk.crm.client import Client
from crmdesk.crm.errors import Garbled, SignInNeeded, Throttled, Unreachable
from crmdesk.crm.sign_in import PasswordCredentials, TokenCredentials, server_url
from crmdesk.crm.wire import Timeouts
from tests.support.in_process import ORIGIN, InProcessServer
from tests.support.lossy import THROTTLED, Answered, Fault, Loss, Lossy, in_turn
from tests.support.rough_server import HANG, RoughServer

PASSWORD = "correct horse"


@pytest.fixture
def ben(server: InProcessServer) -> str:
    """The id of ben, who has a password."""
    return server.add_user("ben", PASSWORD)


def credentials(
    transport: httpx.BaseTransport, password: str = PASSWORD, known: str | None = None
) -> PasswordCredentials:
    return PasswordCredentials(ORIGIN, "ben", password, known, transport=transport)


def test_a_token_is_got_once_kept_and_used_by_the_next_process(server: InProcessServer, ben: str) -> None:
    kept: list[str] = []
    first = credentials(server.transport)
    first.keep = kept.append
    client = Client(ORIGIN, first, server.transport)
    assert client.who_am_i().user_id == client.who_am_i().user_id == ben
    assert kept == [first.token()]
    assert client.traffic.requests == 2, "signing in is not counted"
    again = Client(ORIGIN, credentials(server.transport, "not needed", kept[0]), server.transport)
    assert again.who_am_i().user_id == ben


def test_an_expired_token_is_renewed_and_the_request_sent_again(server: InProcessServer, ben: str) -> None:
    client = Client(ORIGIN, credentials(server.transport, known="expired"), server.transport)
    assert client.who_am_i().user_id == ben
    assert client.traffic.requests == 2


@pytest.mark.usefixtures("ben")
def test_a_wrong_password_is_tried_once(server: InProcessServer) -> None:
    tried: list[str] = []

    def look(request: httpx.Request) -> None:
        tried.append(request.url.path)

    for known in (None, "expired"):
        tried.clear()
        network = Lossy(server.transport, look)
        client = Client(ORIGIN, credentials(network, "wrong", known), network)
        with pytest.raises(SignInNeeded, match="user name and password"):
            client.who_am_i()
        assert tried.count("/api/sign-in") == 1


def test_a_server_that_accepts_no_token_is_not_asked_for_ever(server: InProcessServer, ben: str) -> None:
    network = Lossy(server.transport, in_turn([Answered(401)] * 10))
    client = Client(ORIGIN, credentials(server.transport), network)
    with pytest.raises(SignInNeeded):
        client.who_am_i()
    assert client.traffic.requests == 2


def test_a_given_token_that_is_not_accepted_cannot_be_renewed(server: InProcessServer) -> None:
    client = Client(ORIGIN, TokenCredentials("old"), server.transport)
    with pytest.raises(SignInNeeded, match="sign in again"):
        client.who_am_i()
    assert client.traffic.requests == 1


@pytest.mark.usefixtures("ben")
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Loss.BEFORE_DELIVERY, Unreachable),
        (Loss.AFTER_DELIVERY, Unreachable),
        (THROTTLED, Throttled),
        (Answered(502), Unreachable),
        (Answered(404, page="<html>Not found</html>"), Garbled),
        (Answered(200, page="<html>Welcome</html>"), Garbled),
    ],
)
def test_a_sign_in_that_fails_never_delivered_the_request(
    fault: Fault, error: type[Exception], server: InProcessServer
) -> None:
    with pytest.raises(error) as raised:
        credentials(Lossy(server.transport, in_turn([fault]))).token()
    assert not getattr(raised.value, "maybe_delivered", False)


def test_a_sign_in_that_hangs_ends() -> None:
    with RoughServer([HANG]) as server:
        stuck = PasswordCredentials(server.url, "ben", PASSWORD, timeouts=Timeouts(silence=0.1))
        with pytest.raises(Unreachable, match="in time"):
            stuck.token()


def test_secrets_are_not_in_what_a_log_would_show() -> None:
    shown = repr(PasswordCredentials(ORIGIN, "ben", PASSWORD, "token-123")) + repr(TokenCredentials("token-456"))
    assert "ben" in shown
    assert not any(secret in shown for secret in (PASSWORD, "token-123", "token-456"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://org.crm4.dynamics.com", "https://org.crm4.dynamics.com"),
        ("  https://ORG.crm4.dynamics.com/  ", "https://org.crm4.dynamics.com"),
        ("org.crm4.dynamics.com", "https://org.crm4.dynamics.com"),
        ("https://org.crm4.dynamics.com/api/data/v9.2/", "https://org.crm4.dynamics.com"),
        ("https://org.crm4.dynamics.com/api", "https://org.crm4.dynamics.com"),
        ("https://intranet.example/crm/api/data/v9.1", "https://intranet.example/crm"),
        ("https://org.crm4.dynamics.com/main.aspx?appid=1&pagetype=dashboard#x", "https://org.crm4.dynamics.com"),
        ("crm.example:8443", "https://crm.example:8443"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("https://localhost:8000", "https://localhost:8000"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert server_url(typed) == kept
    assert server_url(kept) == kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "no address"),
        ("ftp://crm.example", "no address"),
        ("https://", "no address"),
        ("https://crm.example:port", "no address"),
        ("my server", "no address"),
        ("https://[::1", "no address"),
        ("http://crm.example", "unencrypted"),
        ("http://localhost.example", "unencrypted"),
        ("https://ben:secret@crm.example", "user name or password"),
    ],
)
def test_an_address_that_will_not_do(typed: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        server_url(typed)
