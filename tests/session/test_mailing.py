"""Mail accounts of a profile against real servers: what comes in, what leaves once, what is tracked by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmdesk.actions import choose, edit, track
from crmdesk.actions import mail as actions
from crmdesk.actions.refusal import Refusal
from crmdesk.demo.collector import Collector
from crmdesk.mail.compose import Draft, compose
from crmdesk.mail.errors import MailSignInNeeded, MailUnreachable
from crmdesk.mail.headers import Address
from crmdesk.mail.maildir import INBOX, Maildir
from crmdesk.model.record import Reference
from crmdesk.secrets import FileSecrets
from crmdesk.session import mailing
from crmdesk.session.session import Session
from crmdesk.store import mailbox, outbox, problems
from crmdesk.sync.report import Hooks
from tests.support.dovecot import PASSWORD, Dovecot, program, running_dovecot
from tests.support.in_process import ORIGIN, InProcessServer
from tests.support.smtp import Post, running_post

ME = Address("Anna Berg", "anna@contoso.example")
CUSTOMER = Address("Zoe Leger", "zoe@willow.example")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    server = InProcessServer(tmp_path)
    server.add_user("anna", "correct-horse")
    opened = Session(
        tmp_path / "profile", secrets=FileSecrets(tmp_path / "secrets", "test"), transport=server.transport
    )
    opened.connect(ORIGIN.replace("http:", "https:"), "anna", "correct-horse")
    yield opened
    opened.close()
    server.close()


@pytest.fixture
def box(tmp_path: Path) -> Maildir:
    root = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (root / name).mkdir(parents=True)
    return Maildir(root)


def letter(subject: str, message_id: str, answers: str | None = None) -> bytes:
    draft = Draft(
        CUSTOMER,
        (ME,),
        subject=subject,
        text="Good morning",
        message_id=message_id,
        in_reply_to=answers,
        references=(answers,) if answers else (),
        date=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    )
    return compose(draft)


def messages(session: Session, folder: str | None = None) -> list[mailbox.MessageRow]:
    with session.store.read() as reader:
        return mailbox.listing(reader, folder)


def account(session: Session, name: str) -> Reference:
    key = session.do(lambda tx: edit.create(tx, "account", {"name": name})).result
    return Reference("account", str(key))


def test_a_message_fetched_twice_is_one(session: Session, box: Maildir) -> None:
    mailing.add_maildir(session, box.root, ME.address, ME.name)
    box.deliver(INBOX, letter("Quote", "q1@willow.example"))
    assert mailing.exchange(session, Hooks()).new == 1
    box.deliver("Archive", letter("Quote", "q1@willow.example"))
    assert mailing.exchange(session, Hooks()).new == 0
    assert [each.subject for each in messages(session)] == ["Quote"]


@pytest.mark.parametrize(
    ("option", "tracked"),
    [("replies", ["Re: Quote"]), ("none", []), ("all", ["Re: Quote", "Something else"])],
    ids=["replies to tracked mail", "none", "all"],
)
def test_what_comes_in_is_tracked_as_the_option_says(
    session: Session, box: Maildir, option: str, tracked: list[str]
) -> None:
    mailing.add_maildir(session, box.root, ME.address, ME.name)
    session.do(lambda tx: choose.set_option(tx, "track.incoming", "none"))
    box.deliver(INBOX, letter("Quote", "q1@willow.example"))
    mailing.exchange(session, Hooks())
    (first,) = messages(session)
    contoso = account(session, "Contoso")
    session.do(lambda tx: track.track(tx, "message", [first.id], contoso))
    session.do(lambda tx: choose.set_option(tx, "track.incoming", option))
    box.deliver(INBOX, letter("Re: Quote", "q2@willow.example", "q1@willow.example"))
    box.deliver(INBOX, letter("Something else", "s1@willow.example"))
    mailing.exchange(session, Hooks())
    later = [each for each in messages(session) if each.message_id != "q1@willow.example"]
    assert sorted(each.subject for each in later if each.tracked) == sorted(tracked)
    answer = next(each for each in later if each.subject == "Re: Quote")
    if option != "none":
        assert (answer.regarding, answer.because) == (str(contoso), "It answers a tracked message.")


def test_a_tracked_message_is_an_email_on_the_server_with_its_people(session: Session, box: Maildir) -> None:
    mailing.add_maildir(session, box.root, ME.address, ME.name)
    box.deliver(INBOX, letter("Quote", "q1@willow.example"))
    mailing.exchange(session, Hooks())
    (row,) = messages(session)
    contoso = account(session, "Contoso")
    session.do(lambda tx: track.track(tx, "message", [row.id], contoso))
    session.push()
    email = session.live(Reference("email", mailbox.email_id_of(row.message_id))).values
    assert (email["subject"], email["messageid"], email["statuscode"]) == ("Quote", "q1@willow.example", 4)
    assert email["regardingobjectid"] == str(contoso)
    assert [p["addressused"] for p in email["email_activity_parties"]] == [CUSTOMER.address, ME.address]


def test_untracking_keeps_the_message_here_and_the_email_there(session: Session, box: Maildir) -> None:
    mailing.add_maildir(session, box.root, ME.address, ME.name)
    box.deliver(INBOX, letter("Quote", "q1@willow.example"))
    mailing.exchange(session, Hooks())
    (row,) = messages(session)
    session.do(lambda tx: track.track(tx, "message", [row.id]))
    session.push()
    session.do(lambda tx: track.untrack(tx, "message", [row.id]))
    session.sync()
    assert [each.tracked for each in messages(session)] == [False]
    assert session.live(Reference("email", mailbox.email_id_of(row.message_id))).values["subject"] == "Quote"


def send(session: Session, to: str, subject: str = "Offer", tracked: bool = False) -> str:
    sender = mailing.account_to_send_from(session)
    draft = Draft(ME, (Address("", to),), subject=subject, text="Hello")
    return str(session.do(lambda tx: actions.send(tx, draft, sender, tracked)).result)


def test_offline_mail_waits_and_leaves_once(session: Session, box: Maildir, tmp_path: Path) -> None:
    with Collector(tmp_path / "sent") as collector:
        mailing.add_maildir(session, box.root, ME.address, ME.name, f"127.0.0.1:{collector.port}")
        session.go_offline(now=True)
        send(session, "zoe@willow.example", tracked=True)
        with pytest.raises(Refusal):
            mailing.exchange(session, Hooks())
        assert collector.messages() == []
        session.go_online()
        assert mailing.deliver_waiting(session) == 1
        assert mailing.deliver_waiting(session) == 0
        assert len(collector.messages()) == 1
    (row,) = messages(session, mailbox.SENT)
    assert (row.state, row.tracked) == ("sent", True)
    session.push()
    assert session.live(Reference("email", str(row.email))).values["statuscode"] == 3


def test_a_server_that_is_not_there_leaves_the_mail_waiting(session: Session, box: Maildir, tmp_path: Path) -> None:
    with Collector(tmp_path / "sent") as collector:
        port = collector.port
    mailing.add_maildir(session, box.root, ME.address, ME.name, f"127.0.0.1:{port}")
    send(session, "zoe@willow.example")
    with pytest.raises(MailUnreachable):
        mailing.deliver_waiting(session)
    assert [each.state for each in messages(session, mailbox.OUTBOX)] == ["waiting"]


def test_silence_after_the_message_is_asked_about_and_not_sent_again(session: Session, box: Maildir) -> None:
    with running_post(Post(hangs_up=True)) as post:
        mailing.add_maildir(session, box.root, ME.address, ME.name, f"127.0.0.1:{post.port}")
        send(session, "zoe@willow.example")
        assert mailing.deliver_waiting(session) == 0
        assert mailing.deliver_waiting(session) == 0
    with session.store.read() as reader:
        (problem,) = problems.open_problems(reader)
        assert (problem.kind, problem.choices) == ("mail", ("retry", "discard"))
        assert len(outbox.mails(reader)) == 1


def test_a_crash_while_sending_is_asked_about(session: Session, box: Maildir, tmp_path: Path) -> None:
    with Collector(tmp_path / "sent") as collector:
        mailing.add_maildir(session, box.root, ME.address, ME.name, f"127.0.0.1:{collector.port}")
        key = send(session, "zoe@willow.example")
        session.do(lambda tx: actions.delivering(tx, key))  # and then the process ended
        assert mailing.deliver_waiting(session) == 0
        assert collector.messages() == []
    with session.store.read() as reader:
        assert [each.kind for each in problems.open_problems(reader)] == ["mail"]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    installed = program()
    if installed is None:
        pytest.skip("needs Dovecot: apt-get install dovecot-imapd")
    with running_dovecot(installed) as server:
        yield server


def test_an_imap_account_is_read_and_read_on(session: Session, dovecot: Dovecot, tmp_path: Path) -> None:
    from crmdesk.mail.account import ImapAccount
    from crmdesk.mail.imap import ImapConnection

    mine = ImapAccount(dovecot.host, dovecot.port, "walker", PASSWORD, "none")
    with ImapConnection(mine) as connection:
        connection.append("INBOX", letter("First", "f1@willow.example"), [])
    servers = mailing.Servers(f"{dovecot.host}:{dovecot.port}", "127.0.0.1:25", "walker", insecure=True)
    mailing.add_imap(session, servers, PASSWORD, ME.address, ME.name)
    assert mailing.exchange(session, Hooks()).new == 1
    assert mailing.exchange(session, Hooks()).new == 0
    with ImapConnection(mine) as connection:
        connection.append("INBOX", letter("Second", "f2@willow.example"), ["\\Seen"])
    assert mailing.exchange(session, Hooks()).new == 1
    assert {each.subject: each.seen for each in messages(session, "Inbox")} == {"First": False, "Second": True}


def test_a_wrong_mail_password_keeps_nothing(session: Session, dovecot: Dovecot) -> None:
    servers = mailing.Servers(f"{dovecot.host}:{dovecot.port}", "127.0.0.1:25", "walker", insecure=True)
    with pytest.raises(MailSignInNeeded):
        mailing.add_imap(session, servers, "wrong", ME.address, ME.name)
    with session.store.read() as reader:
        assert mailbox.accounts(reader) == []


def test_import_takes_what_is_mail_and_names_what_is_not(session: Session, tmp_path: Path) -> None:
    (tmp_path / "good.eml").write_bytes(letter("Imported", "i1@willow.example"))
    (tmp_path / "bad.eml").write_bytes(b"\x00\x01 no mail at all")
    report = mailing.import_files(session, [tmp_path / "good.eml", tmp_path / "bad.eml", tmp_path / "missing.eml"])
    assert (report.imported, len(report.problems)) == (1, 2)
    again = mailing.import_files(session, [tmp_path / "good.eml"])
    assert (again.imported, again.known) == (0, 1)
