"""Handing messages over: what went out, what did not, and what nobody can know."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from crmdesk.mail.account import SmtpAccount, Tls
from crmdesk.mail.errors import MailRefused, MailSignInNeeded, MailUnreachable, SendRefused, SendUnknown
from crmdesk.mail.smtp import check, send
from tests.support.certificate import self_signed
from tests.support.smtp import PASSWORD, USER, Post, running_post, scripted

RAW = b"From: anna@us.example\r\nTo: jeff@firm.example\r\nSubject: Offer\r\n\r\nHello\r\n.dot\r\n..\r\n.\r\nend\r\n"
ANNA = "anna@us.example"
JEFF = "jeff@firm.example"
BOSS = "boss@us.example"


def plain(port: int, user: str | None = None, password: str = "", timeout: float = 5) -> SmtpAccount:
    return SmtpAccount("localhost", port, user, password, tls="none", timeout=timeout)


def test_a_message_arrives_byte_for_byte_at_everybody() -> None:
    with running_post() as post:
        result = send(plain(post.port), RAW, ANNA, [JEFF, BOSS, JEFF])
    assert result.refused == {}
    (envelope,) = post.taken
    assert envelope.original_content == RAW
    assert envelope.mail_from == ANNA
    assert envelope.rcpt_tos == [JEFF, BOSS]


def test_line_ends_are_put_right() -> None:
    with running_post() as post:
        send(plain(post.port), b"Subject: x\n\none\rtwo", ANNA, [JEFF])
    assert post.taken[0].original_content == b"Subject: x\r\n\r\none\r\ntwo\r\n"


def test_some_recipients_are_refused_and_the_others_get_it() -> None:
    with running_post(Post(refuses={BOSS: "550 no such user"})) as post:
        result = send(plain(post.port), RAW, ANNA, [JEFF, BOSS])
    assert result.refused == {BOSS: "550 no such user"}
    assert post.taken[0].rcpt_tos == [JEFF]


def test_every_recipient_is_refused() -> None:
    post = Post(refuses={JEFF: "550 no such user", BOSS: "553 never heard"})
    with running_post(post), pytest.raises(SendRefused, match="refuses every recipient") as caught:
        send(plain(post.port), RAW, ANNA, [JEFF, BOSS])
    assert caught.value.refused == {JEFF: "550 no such user", BOSS: "553 never heard"}
    assert post.taken == []


def test_every_recipient_is_put_off() -> None:
    post = Post(refuses={JEFF: "451 greylisted"})
    with running_post(post), pytest.raises(MailUnreachable, match="takes the message later"):
        send(plain(post.port), RAW, ANNA, [JEFF])


def test_nobody_to_send_it_to() -> None:
    with pytest.raises(SendRefused, match="no recipient"):
        send(plain(1), RAW, ANNA, [])


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("554 smells of spam", SendRefused, "refuses the message: 554 smells of spam"),
        ("452 disk full", MailUnreachable, "at the moment: 452 disk full"),
    ],
)
def test_the_message_itself_is_refused(answer: str, error: type[Exception], words: str) -> None:
    post = Post(answer=answer)
    with running_post(post), pytest.raises(error, match=words):
        send(plain(post.port), RAW, ANNA, [JEFF])
    assert post.taken == []


def test_a_connection_lost_after_the_message_leaves_it_unknown() -> None:
    post = Post(hangs_up=True)
    with running_post(post), pytest.raises(SendUnknown, match="Nobody can know"):
        send(plain(post.port), RAW, ANNA, [JEFF])
    assert len(post.taken) == 1


HELLO, OK, GO = b"220 hello\r\n", b"250 OK\r\n", b"354 go on\r\n"


@pytest.mark.parametrize(
    ("case", "answers", "error"),
    [
        ("too busy to greet", [b"421 busy\r\n"], MailUnreachable),
        ("gone after the greeting", [HELLO], MailUnreachable),
        ("gone before the sender", [HELLO, OK, None], MailUnreachable),
        ("the sender is refused", [HELLO, OK, b"550 not you\r\n", b"221 bye\r\n"], SendRefused),
        ("gone before the recipient", [HELLO, OK, OK, None], MailUnreachable),
        ("gone before DATA", [HELLO, OK, OK, OK, None], MailUnreachable),
        ("DATA is refused", [HELLO, OK, OK, OK, b"554 no\r\n", b"221 bye\r\n"], SendRefused),
        ("DATA is put off", [HELLO, OK, OK, OK, b"451 later\r\n", b"221 bye\r\n"], MailUnreachable),
        ("gone after the final dot", [HELLO, OK, OK, OK, GO, None], SendUnknown),
        ("nonsense after the final dot", [HELLO, OK, OK, OK, GO, b"what?\r\n"], SendUnknown),
        ("no greeting but nonsense", [b"what?\r\n"], MailUnreachable),
    ],
)
def test_where_it_breaks(case: str, answers: list[bytes | None], error: type[Exception]) -> None:
    with scripted(*answers) as port, pytest.raises(error):
        send(plain(port), RAW, ANNA, [JEFF])


def test_a_server_that_never_greets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MailUnreachable, match="timed out"):
        send(plain(silent.getsockname()[1], timeout=0.2), RAW, ANNA, [JEFF])


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    with pytest.raises(MailUnreachable, match=f"localhost:{port} can't be reached: Connection refused"):
        send(plain(port), RAW, ANNA, [JEFF])


def test_signing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    with running_post(signs_in=True, starttls=certificate) as post:
        account = SmtpAccount("localhost", post.port, USER, PASSWORD, tls="starttls", timeout=5)
        check(account)
        send(account, RAW, ANNA, [JEFF])
        with pytest.raises(MailSignInNeeded, match="does not accept the password of anna"):
            send(SmtpAccount("localhost", post.port, USER, "wrong", tls="starttls", timeout=5), RAW, ANNA, [JEFF])
        with pytest.raises(SendRefused, match="530"):
            send(plain(post.port), RAW, ANNA, [JEFF])
    assert len(post.taken) == 1


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_certificate_that_nobody_knows(tls: Tls, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with running_post(tls=certificate) if tls == "tls" else running_post(starttls=certificate) as post:
        account = SmtpAccount("localhost", post.port, tls=tls, timeout=5)
        with pytest.raises(MailRefused, match="can't be trusted"):
            send(account, RAW, ANNA, [JEFF])
        send(SmtpAccount("localhost", post.port, tls=tls, verify=False, timeout=5), RAW, ANNA, [JEFF])
    assert len(post.taken) == 1


def test_a_server_without_starttls() -> None:
    with running_post() as post, pytest.raises(MailRefused, match="STARTTLS"):
        send(SmtpAccount("localhost", post.port, tls="starttls", timeout=5), RAW, ANNA, [JEFF])
    assert post.taken == []
