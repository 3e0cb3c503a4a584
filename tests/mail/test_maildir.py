"""Maildirs, and importing messages from files."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from crmdesk.mail.errors import MailRefused, MailUnreachable
from crmdesk.mail.maildir import INBOX, Imported, ImportProblem, Maildir, MaildirMessage, import_paths

ONE = b"From: a@b.example\nSubject: one\n\none\n"
TWO = b"From: a@b.example\nSubject: two\n\ntwo\n"
SEEN = "\\Seen"


@pytest.fixture
def maildir(tmp_path: Path) -> Maildir:
    box = Maildir(tmp_path / "Mail")
    box.deliver(INBOX, ONE)
    return box


def test_what_is_delivered_is_read(maildir: Maildir) -> None:
    second = maildir.deliver(INBOX, TWO, [SEEN, "\\Flagged", "unknown"])
    found = list(maildir.new_messages(INBOX))
    assert [each.raw for each in found] == [ONE, TWO]
    assert found[1] == MaildirMessage(second, frozenset({SEEN, "\\Flagged"}), TWO)
    assert found[0].flags == frozenset()


def test_known_messages_are_not_read_again(maildir: Maildir) -> None:
    known = set(maildir.flags(INBOX))
    key = maildir.deliver(INBOX, TWO)
    assert [each.key for each in maildir.new_messages(INBOX, known)] == [key]


def test_the_standard_library_reads_the_same(maildir: Maildir) -> None:
    maildir.deliver("Sent", TWO, [SEEN])
    box = mailbox.Maildir(maildir.root, create=False)
    assert [message["subject"] for message in box] == ["one"]
    sent = box.get_folder("Sent")
    assert [message.get_flags() for message in sent] == ["S"]


def test_flags_change_and_the_key_stays(maildir: Maildir) -> None:
    (key,) = maildir.flags(INBOX)
    maildir.set_flags(INBOX, key, [SEEN])
    assert maildir.flags(INBOX) == {key: frozenset({SEEN})}
    maildir.set_flags(INBOX, key, [])
    assert maildir.flags(INBOX) == {key: frozenset()}
    maildir.set_flags(INBOX, "gone", [SEEN])


def test_folders(maildir: Maildir) -> None:
    maildir.deliver("Customers/Denmark", TWO)
    maildir.deliver("Entwürfe", TWO)
    (maildir.root / ".no-maildir").mkdir()
    assert maildir.folders() == (INBOX, "Customers/Denmark", "Entwürfe")
    assert [each.raw for each in maildir.new_messages("Entwürfe")] == [TWO]
    assert (maildir.root / ".Customers.Denmark" / "cur").is_dir()


def test_a_message_that_another_program_moves_while_we_read(maildir: Maildir) -> None:
    second = maildir.deliver(INBOX, TWO)
    reading = maildir.new_messages(INBOX)
    assert next(reading).raw == ONE
    maildir.set_flags(INBOX, second, [SEEN])
    assert next(reading).raw == TWO


def test_a_message_that_another_program_deletes_while_we_read(maildir: Maildir) -> None:
    second = maildir.deliver(INBOX, TWO)
    reading = maildir.new_messages(INBOX)
    next(reading)
    (maildir.root / "new" / second).unlink()
    assert list(reading) == []


def test_no_mailbox_there(tmp_path: Path, maildir: Maildir) -> None:
    with pytest.raises(MailUnreachable, match="There is no mailbox at"):
        Maildir(tmp_path / "nothing").folders()
    with pytest.raises(MailUnreachable, match="no folder 'Nothing'"):
        maildir.flags("Nothing")


@pytest.mark.parametrize("folder", ["", ".", "../up", "a/../b", "x\0y"])
def test_a_folder_stays_inside_its_mailbox(maildir: Maildir, folder: str) -> None:
    with pytest.raises(MailRefused, match="name of a folder"):
        maildir.deliver(folder, ONE)


def sources(found: list[Imported | ImportProblem]) -> list[str]:
    return [Path(each.source).name for each in found]


def test_import_of_everything_that_can_be_mail(tmp_path: Path, maildir: Maildir) -> None:
    folder = tmp_path / "old"
    (folder / "deeper").mkdir(parents=True)
    (folder / "a.eml").write_bytes(ONE)
    (folder / "deeper" / "b.EML").write_bytes(TWO)
    (folder / "notes.txt").write_bytes(b"no mail")
    (folder / "empty.eml").write_bytes(b"")
    (folder / "picture.eml").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    (folder / "outlook.msg").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (folder / "list.mbox").write_bytes(
        b"From a@b Mon Nov 23 2026\n" + ONE + b">From here\n\nFrom a@b Mon Nov 23 2026\n" + TWO
    )
    found = list(import_paths([folder, maildir.root, tmp_path / "missing.eml"]))
    messages = [each for each in found if isinstance(each, Imported)]
    problems = [each for each in found if isinstance(each, ImportProblem)]
    assert [each.raw.split(b"\n")[1] for each in messages] == [
        b"Subject: one",
        b"Subject: two",
        b"Subject: one",
        b"Subject: two",
        b"Subject: one",
    ]
    assert b"\nFrom here\n" in messages[2].raw
    assert sources(list(problems)) == ["empty.eml", "outlook.msg", "picture.eml", "missing.eml"]
    assert [each.words.split(" ", 1)[1] for each in problems] == [
        "is empty.",
        "is an Outlook file. Save the message as .eml or text and import that.",
        "is not a mail message: it has no sender, recipient, date or subject.",
        "can't be read: No such file or directory.",
    ]


def test_a_file_that_is_named_is_looked_at_whatever_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "message.txt"
    path.write_bytes(ONE)
    assert list(import_paths([path])) == [Imported(str(path), ONE)]
