"""IMAP, against a real Dovecot."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient

from crmdesk.mail.account import ImapAccount, tls_for
from crmdesk.mail.errors import MailGarbled, MailRefused, MailSignInNeeded, MailUnreachable
from crmdesk.mail.folders import Role, role_of
from crmdesk.mail.imap import (
    ANSWERED,
    SEEN,
    Arrived,
    FetchedMessage,
    FlagsChanged,
    FolderChange,
    FolderState,
    ImapConnection,
    Remaining,
    StartOver,
    UpToDate,
)
from tests.support.dovecot import PASSWORD, Dovecot

_users = itertools.count()


def raw(number: int, size: int = 0) -> bytes:
    return f"From: jeff@firm.example\r\nSubject: {number}\r\nMessage-ID: <{number}@x>\r\n\r\n{'x' * size}\r\n".encode()


@pytest.fixture
def account(dovecot: Dovecot) -> ImapAccount:
    """A user who has never signed in."""
    return ImapAccount(dovecot.host, dovecot.port, f"user{next(_users)}", PASSWORD, tls="none")


@pytest.fixture
def connection(account: ImapAccount) -> Iterator[ImapConnection]:
    with ImapConnection(account) as opened:
        yield opened


@pytest.fixture
def elsewhere(account: ImapAccount) -> Iterator[IMAPClient]:
    """The same user in another mail program."""
    with IMAPClient(account.host, account.port, ssl=False) as client:
        client.login(account.user, account.password)
        client.select_folder("INBOX")
        yield client


def fill(client: IMAPClient, numbers: range) -> None:
    for number in numbers:
        client.append("INBOX", raw(number), msg_time=datetime(2024, 11, 23, 8, 0, number % 60, tzinfo=UTC))


def messages_of(changes: list[FolderChange]) -> list[FetchedMessage]:
    return [message for change in changes if isinstance(change, Arrived) for message in change.messages]


def state_after(changes: list[FolderChange]) -> FolderState:
    assert isinstance(changes[-1], UpToDate)
    return changes[-1].state


def test_the_first_fetch_then_nothing_then_one(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(300))
    changes = list(connection.changes("INBOX", None))
    assert [type(change) for change in changes] == [Arrived, Arrived, UpToDate]
    found = messages_of(changes)
    assert [message.raw for message in found] == [raw(number) for number in range(300)]
    assert found[7].internal_date == datetime(2024, 11, 23, 8, 0, 7, tzinfo=UTC)
    assert found[0].flags == frozenset()
    state = state_after(changes)
    assert state.count == 300
    assert state.highestmodseq is not None

    assert list(connection.changes("INBOX", state)) == [UpToDate("INBOX", state)]

    fill(elsewhere, range(300, 301))
    changes = list(connection.changes("INBOX", state))
    assert [message.raw for message in messages_of(changes)] == [raw(300)]
    assert state_after(changes).count == 301


def test_nothing_is_marked_as_read(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(2))
    list(connection.changes("INBOX", None))
    assert all(b"\\Seen" not in flags for flags in elsewhere.get_flags(elsewhere.search()).values())


def test_flags_that_change_elsewhere_are_told(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(5))
    state = state_after(list(connection.changes("INBOX", None)))
    uids = elsewhere.search()
    elsewhere.add_flags(uids[1], [b"\\Seen", b"\\Answered"])
    fill(elsewhere, range(5, 6))
    changes = list(connection.changes("INBOX", state))
    assert [type(change) for change in changes] == [FlagsChanged, Arrived, UpToDate]
    assert isinstance(changes[0], FlagsChanged)
    assert changes[0].flags[uids[1]] == frozenset({SEEN, ANSWERED})
    assert changes[0].state.uidnext == state.uidnext
    state = state_after(changes)
    assert list(connection.changes("INBOX", state)) == [UpToDate("INBOX", state)]
    elsewhere.remove_flags(uids[1], [b"\\Answered"])
    told = [change.flags for change in connection.changes("INBOX", state) if isinstance(change, FlagsChanged)]
    assert told == [{uids[1]: frozenset({SEEN})}]


def test_what_is_deleted_elsewhere_is_told(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(6))
    state = state_after(list(connection.changes("INBOX", None)))
    uids = elsewhere.search()
    elsewhere.delete_messages([uids[0], uids[3]])
    elsewhere.expunge()
    fill(elsewhere, range(6, 8))  # as many come as have gone: the count alone would not tell
    changes = list(connection.changes("INBOX", state))
    remaining = [change for change in changes if isinstance(change, Remaining)]
    assert [change.uids for change in remaining] == [frozenset({uids[1], uids[2], uids[4], uids[5]})]
    assert [message.raw for message in messages_of(changes)] == [raw(6), raw(7)]
    assert state_after(changes).count == 6


def test_an_emptied_folder(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(3))
    state = state_after(list(connection.changes("INBOX", None)))
    elsewhere.delete_messages(elsewhere.search())
    elsewhere.expunge()
    changes = list(connection.changes("INBOX", state))
    assert [change.uids for change in changes if isinstance(change, Remaining)] == [frozenset()]
    assert state_after(changes).count == 0


def test_a_folder_numbered_anew_starts_over(dovecot: Dovecot, account: ImapAccount) -> None:
    with IMAPClient(account.host, account.port, ssl=False) as client:
        client.login(account.user, account.password)
        fill(client, range(4))
    with ImapConnection(account) as connection:
        state = state_after(list(connection.changes("INBOX", None)))
    assert account.user is not None
    dovecot.number_anew(account.user)
    with ImapConnection(account) as connection:
        changes = list(connection.changes("INBOX", state))
    assert isinstance(changes[0], StartOver)
    assert sorted(message.raw for message in messages_of(changes)) == sorted(raw(number) for number in range(4))
    assert state_after(changes).uidvalidity == 999999


def test_a_stop_between_ranges_loses_nothing(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(10))
    answers = iter([False, False, True])
    first = list(connection.changes("INBOX", None, lambda: next(answers), at_once=3))
    assert [type(change) for change in first] == [Arrived, Arrived]
    assert len(messages_of(first)) == 6
    elsewhere.add_flags(elsewhere.search()[0], [b"\\Seen"])
    rest = list(connection.changes("INBOX", first[-1].state, at_once=3))
    assert [message.raw for message in messages_of(rest)] == [raw(number) for number in range(6, 10)]
    assert len([change for change in rest if isinstance(change, FlagsChanged)]) == 1
    assert state_after(rest).count == 10


def test_of_a_message_that_is_too_large_comes_the_header(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    elsewhere.append("INBOX", raw(1, size=5_000))
    elsewhere.append("INBOX", raw(2))
    large, small = messages_of(list(connection.changes("INBOX", None, largest=1_000)))
    assert not large.complete
    assert large.raw == raw(1).split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert large.size > 5_000
    assert small.complete
    assert small.raw == raw(2)


def test_many_large_messages_come_a_few_at_a_time(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    for number in range(3):
        elsewhere.append("INBOX", raw(number, size=7_000_000))
    sizes = [len(c.messages) for c in connection.changes("INBOX", None) if isinstance(c, Arrived)]
    assert sizes == [2, 1]


def test_folders_and_their_roles(connection: ImapConnection) -> None:
    roles = {folder.name: folder.role for folder in connection.folders()}
    assert roles == {
        "INBOX": Role.INBOX,
        "Sent": Role.SENT,
        "Gone with the wind": Role.TRASH,
        "Entwürfe": Role.DRAFTS,
    }


@pytest.mark.parametrize(
    ("name", "flags", "delimiter", "role"),
    [
        ("inbox", (), "/", Role.INBOX),
        ("INBOX.Sent", (), ".", Role.SENT),
        ("Gesendete Elemente", (), "/", Role.SENT),
        ("Customers/Sent", (), "/", Role.OTHER),
        ("Anything", ("\\HasNoChildren", "\\Junk"), "/", Role.JUNK),
        ("[Gmail]/All Mail", ("\\All",), "/", Role.ALL),
        ("Customers", (), "/", Role.OTHER),
    ],
)
def test_roles(name: str, flags: tuple[str, ...], delimiter: str, role: Role) -> None:
    assert role_of(name, flags, delimiter) is role


def test_flags_set_here_are_seen_elsewhere(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(2))
    first, second = (message.uid for message in messages_of(list(connection.changes("INBOX", None))))
    connection.add_flags("INBOX", [first, second], [SEEN])
    connection.remove_flags("INBOX", [second], [SEEN])
    connection.add_flags("INBOX", [], [SEEN])
    elsewhere.noop()
    assert {uid for uid, flags in elsewhere.get_flags([first, second]).items() if b"\\Seen" in flags} == {first}


def test_a_copy_of_what_was_sent(connection: ImapConnection) -> None:
    assert connection.find("Sent", "7@x") == ()
    uid = connection.append("Sent", raw(7), date=datetime(2024, 11, 23, 8, 0, tzinfo=UTC))
    assert connection.find("Sent", "7@x") == (uid,)
    (message,) = messages_of(list(connection.changes("Sent", None)))
    assert message.flags == frozenset({SEEN})
    assert message.raw == raw(7)
    assert message.internal_date == datetime(2024, 11, 23, 8, 0, tzinfo=UTC)


def test_delete_moves_to_the_trash_and_out_of_it_for_good(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(2))
    first = messages_of(list(connection.changes("INBOX", None)))[0].uid
    connection.delete("INBOX", [first])
    assert len(messages_of(list(connection.changes("INBOX", None)))) == 1
    (gone,) = messages_of(list(connection.changes("Gone with the wind", None)))
    assert gone.raw == raw(0)
    connection.delete("Gone with the wind", [gone.uid])
    assert messages_of(list(connection.changes("Gone with the wind", None))) == []


def test_a_wrong_password(account: ImapAccount) -> None:
    with pytest.raises(MailSignInNeeded, match="does not accept the password"):
        ImapConnection(replace(account, password="wrong"))


def test_the_password_is_not_shown(account: ImapAccount) -> None:
    assert PASSWORD not in repr(account)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    with pytest.raises(MailUnreachable, match=f"localhost:{port} can't be reached"):
        ImapConnection(ImapAccount("localhost", port, "anna", "x", tls="none"))


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(MailUnreachable, match="can't be reached"):
        ImapConnection(ImapAccount("mail.nowhere.invalid", 993, "anna", "x"))


def test_a_folder_that_does_not_exist(connection: ImapConnection) -> None:
    with pytest.raises(MailRefused, match="doesn't exist"):
        list(connection.changes("Nothing", None))


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_encrypted_and_verified(
    dovecot: Dovecot, account: ImapAccount, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    encrypted = replace(account, port=port, tls=tls)  # type: ignore[arg-type]
    with pytest.raises(MailRefused, match=r"certificate .* can't be trusted"):
        ImapConnection(encrypted)
    with ImapConnection(replace(encrypted, verify=False)) as connection:
        assert connection.folders()
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate.certificate))
    with ImapConnection(encrypted) as connection:
        assert connection.folders()


@pytest.mark.parametrize(
    ("port", "insecure", "tls"),
    [(993, False, "tls"), (465, True, "tls"), (143, False, "starttls"), (587, False, "starttls"), (1143, True, "none")],
)
def test_how_to_speak_to_a_port(port: int, insecure: bool, tls: str) -> None:
    assert tls_for(port, insecure=insecure) == tls


def _answering(answers: list[bytes]) -> Callable[[socket.socket], None]:
    def serve(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer:
            for answer in answers:
                peer.sendall(answer)
                if not peer.recv(1_000):
                    return

    return serve


@pytest.mark.parametrize(
    "answers",
    [
        [b"nonsense\r\n"],
        [b"* BYE too busy\r\n"],
        [b""],
        [b"* OK hello\r\n", b"* CAPABILITY IMAP4rev1\r\n"],
        [b"* OK hello\r\n", b"\xff\x00\r\n"],
    ],
)
def test_a_server_that_talks_nonsense_or_hangs_up(answers: list[bytes]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_answering(answers), args=(listening,))
        thread.start()
        account = ImapAccount("localhost", listening.getsockname()[1], "anna", "x", tls="none", timeout=0.3)
        with pytest.raises((MailUnreachable, MailGarbled)):
            ImapConnection(account)
        thread.join()


def test_a_connection_that_breaks_is_told_as_such(connection: ImapConnection) -> None:
    connection._client.socket().shutdown(socket.SHUT_RDWR)
    with pytest.raises(MailUnreachable):
        list(connection.changes("INBOX", None))


def test_the_context_verifies_by_default() -> None:
    assert ImapAccount("localhost").ssl_context().verify_mode is ssl.CERT_REQUIRED


def test_where_changes_are_not_counted_all_flags_are_told(connection: ImapConnection, elsewhere: IMAPClient) -> None:
    fill(elsewhere, range(3))
    state = replace(state_after(list(connection.changes("INBOX", None))), highestmodseq=None)
    elsewhere.add_flags(elsewhere.search()[2], [b"\\Seen"])
    (told,) = [change.flags for change in connection.changes("INBOX", state) if isinstance(change, FlagsChanged)]
    assert list(told.values()) == [frozenset(), frozenset(), frozenset({SEEN})]
