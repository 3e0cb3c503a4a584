"""Mail by commands: a local mailbox and a mail server, read, tracked, sent once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine
from tests.support.smtp import Post, running_post

LETTER = (
    "From: Zoë Leger <zoe@willow.example>\r\nTo: anna@contoso.example\r\nSubject: Offer\r\n"
    "Message-ID: <{key}@willow.example>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n"
)


@pytest.fixture
def post() -> Iterator[Post]:
    with running_post() as running:
        yield running


@pytest.fixture
def anna(connect: Connect, post: Post, tmp_path: Path) -> CommandLine:
    """A profile with a mailbox that holds one letter, and a server to send by."""
    desk = connect("A")
    for name in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    (tmp_path / "Maildir" / "new" / "1").write_text(LETTER.format(key="1"), encoding="utf-8", newline="")
    account = ["--address", "anna@contoso.example", "--smtp", f"127.0.0.1:{post.port}"]
    made = desk.answer("mail", "add", "--maildir", str(tmp_path / "Maildir"), *account)
    assert (made["address"], made["kind"]) == ("anna@contoso.example", "maildir")
    return desk


def test_a_message_is_fetched_shown_tracked_and_let_go(anna: CommandLine, connect: Connect) -> None:
    assert anna.answer("mail", "fetch") == {"new": 1, "sent": 0, "errors": []}
    assert anna.answer("mail", "fetch") == {"new": 0, "sent": 0, "errors": []}
    (message,) = anna.answer("mail", "list")
    assert (message["from"], message["subject"], message["_tracked"]) == ("zoe@willow.example", "Offer", False)
    assert anna.answer("mail", "list", "--folder", "Nowhere") == []
    shown = anna.answer("mail", "show", message["id"])
    assert (shown["text"].strip(), shown["attachments"]) == ("Grüße", [])
    person = anna.new("contact", "lastname=Leger", "emailaddress1=zoe@willow.example", track=True)
    tracked = anna.answer("track", "message", message["id"], "--regarding", f"contact:{person}")
    assert (tracked["id"], tracked["_state"]) == (message["id"], "clean")
    other = connect("B")
    other.answer("sync")
    (email,) = other.answer("list", "email")
    assert f"email:{email['id']}" == tracked["record"]
    assert (email["subject"], email["regardingobjectid"]) == ("Offer", f"contact:{person}")
    parties = {each["addressused"] for each in email["email_activity_parties"]}
    assert parties == {"zoe@willow.example", "anna@contoso.example"}
    assert anna.answer("mail", "show", message["id"])["_tracked"]
    assert anna.answer("untrack", "message", message["id"]) == {"id": message["id"], "_state": "private"}
    assert anna.get("email", email["id"], live=True)["subject"] == "Offer", "it stays in the CRM"


def test_mail_that_waits_leaves_once_and_the_crm_hears_of_it(anna: CommandLine, post: Post) -> None:
    anna.answer("offline", "--now")
    assert "Outbox" in anna.refusal("mail", "fetch")
    sent = anna.answer("mail", "send", "--to", "Zoë <zoe@willow.example>", "--subject", "Grüße", "--track", stdin="Hej")
    assert sent["_state"] == "waiting"
    assert {(each["entity"], each["verb"]) for each in anna.answer("waiting")} == {
        ("message", "send"),
        ("email", "create"),
    }
    thrown = anna.answer("mail", "send", "--to", "zoe@willow.example", "--subject", "No", stdin="Hej")
    assert anna.answer("discard", "message", thrown["id"])["id"] == thrown["id"]
    assert post.taken == []
    anna.answer("online")
    assert [each.rcpt_tos for each in post.taken] == [["zoe@willow.example"]]
    assert anna.answer("waiting") == [], "the activity is completed in the CRM, too"
    (email,) = anna.answer("list", "email")
    assert (email["statecode"], email["statuscode"], email["_state"]) == (1, 3, "clean")
    anna.answer("online")
    assert anna.answer("mail", "fetch")["sent"] == 0
    assert len(post.taken) == 1


def test_a_mail_server_that_is_not_there(anna: CommandLine, tmp_path: Path) -> None:
    desk = CommandLine(tmp_path / "none")
    servers = ["--imap", "127.0.0.1:9", "--smtp", "127.0.0.1:9", "--user", "anna", "--password-stdin", "--insecure"]
    assert "can't be reached" in desk.refusal("mail", "add", *servers, code=75, stdin="secret\n")
    for to, words in [("", "no recipient"), ("zoe", "'zoe' is not an e-mail address")]:
        assert words in anna.refusal("mail", "send", "--to", to, "--subject", "A", stdin="Hej")
    assert "UTF-8" in anna.refusal(
        "mail", "send", "--to", "zoe@willow.example", "--subject", "A", code=2, stdin=b"\xff"
    )


def test_import_takes_what_is_mail_and_names_what_is_not(anna: CommandLine, tmp_path: Path) -> None:
    good, broken, empty = (tmp_path / name for name in ("good.eml", "broken.eml", "empty.eml"))
    good.write_text(LETTER.format(key="2"), encoding="utf-8", newline="")
    broken.write_bytes(b"\x00\xff\xfe" * 100)
    empty.touch()
    said = anna.say("import", str(good), str(broken), str(empty), "--json")
    assert (said.code, said.document["imported"], len(said.document["problems"])) == (0, 1, 2)
    assert "broken.eml is not a mail message" in said.err
    assert anna.answer("import", str(good))["known"] == 1
    assert "Nothing was imported" in anna.refusal("import", str(broken))
    assert len(anna.answer("mail", "list")) == 1
