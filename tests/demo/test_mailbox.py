"""The sample mailbox has the shapes of real mail, and is the same on every run."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crmdesk.demo.conversations import conversations
from crmdesk.demo.mailbox import Person, write_sample_mailbox
from crmdesk.mail.html import make_safe
from crmdesk.mail.maildir import INBOX, Maildir, MaildirMessage
from crmdesk.mail.message import ParsedMessage, attachment_content, parse
from crmdesk.matching.threads import Links, assign

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
ME = "anna@crmdesk.example"
PEOPLE = [
    Person("Jeff Smith", "jeff.smith@adventure-works.example", "Adventure Works"),
    Person("Mary Hayes", "mary.hayes@juniper-energy.example", "Juniper Energy"),
    Person("Dev Menon", "dev.menon@atlas-foods.example", "Atlas Foods"),
    Person("Matthias Seidel", "matthias.seidel@pinnacle-health.example", "Pinnacle Health"),
    Person("Solène Rousseau", "solene.rousseau@willow-works.example", "Willow Works"),
    Person("Paweł Mróz", "pawel.mroz@birch-logistics.example", "Birch Logistics"),
    Person("Linnéa Ekström", "linnea.ekstrom@horizon-furniture.example", "Horizon Furniture"),
    Person("Álvaro Vidal", "alvaro.vidal@ember-paper.example", "Ember Paper"),
    Person("Δάφνη Ράπτης", "dafni.raptis@hawthorn-furniture.example", "Hawthorn Furniture"),
    Person("由美 佐藤", "yumi.sato@meridian-traders.example", "Meridian Traders"),
]


@pytest.fixture(scope="module")
def maildir(tmp_path_factory: pytest.TempPathFactory) -> Maildir:
    folder = tmp_path_factory.mktemp("sample") / "Maildir"
    write_sample_mailbox(folder, TODAY, ME, PEOPLE)
    return Maildir(folder)


@pytest.fixture(scope="module")
def letters(maildir: Maildir) -> dict[str, list[MaildirMessage]]:
    return {folder: list(maildir.new_messages(folder)) for folder in maildir.folders()}


@pytest.fixture(scope="module")
def parsed(letters: dict[str, list[MaildirMessage]]) -> list[ParsedMessage]:
    return [parse(letter.raw) for folder in letters.values() for letter in folder]


def test_how_many_and_where(letters: dict[str, list[MaildirMessage]]) -> None:
    counts = {folder: len(found) for folder, found in letters.items()}
    assert set(counts) == {INBOX, "Archive", "Sent"}
    assert sum(counts.values()) >= 300
    assert min(counts.values()) >= 40


def test_it_is_the_same_on_every_run(maildir: Maildir, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_sample_mailbox(again, TODAY, ME, PEOPLE)

    def files(root: Path) -> dict[str, bytes]:
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    assert files(again) == files(maildir.root)


def test_about_a_dozen_are_unread(letters: dict[str, list[MaildirMessage]]) -> None:
    unread = [(folder, letter) for folder in letters for letter in letters[folder] if "\\Seen" not in letter.flags]
    assert 8 <= len(unread) <= 16
    assert {folder for folder, _ in unread} == {INBOX}


def test_dates_lie_in_the_last_three_months_and_today_is_busy(parsed: list[ParsedMessage]) -> None:
    dates = [message.date for message in parsed if message.subject != "Reminder"]
    assert max(dates) <= NOW
    assert min(dates) > NOW - timedelta(days=110)
    by_day = Counter(moment.date() for moment in dates)
    assert by_day[TODAY] >= 15
    assert TODAY in [day for day, _ in by_day.most_common(3)]


def test_the_latest_moment_can_be_given(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
    write_sample_mailbox(tmp_path / "m", TODAY, ME, PEOPLE, now=now)
    dates = [parse(letter.raw).date for letter in Maildir(tmp_path / "m").new_messages(INBOX)]
    assert now - timedelta(hours=1) < max(dates) <= now


def test_every_message_but_the_broken_ones_is_sound(parsed: list[ParsedMessage]) -> None:
    unsound = [message for message in parsed if message.problems]
    assert {problem for message in unsound for problem in message.problems} >= {
        "no Message-ID",
        "no sender",
        "absurd date",
        "text not in its charset",
        "broken structure",
        "broken encoding",
    }
    assert len(unsound) == 6
    assert all(message.text for message in parsed)
    assert len({message.message_id for message in parsed}) == len(parsed)


def test_conversations_hold_together(parsed: list[ParsedMessage]) -> None:
    links = [Links(message.message_id, message.references, message.in_reply_to) for message in parsed]
    sizes = Counter(assign(links, lambda _: None).threads.values())
    assert max(sizes.values()) >= 35
    assert len([size for size in sizes.values() if size >= 3]) >= 25
    known = {message.message_id for message in parsed}
    assert all(message.in_reply_to in known for message in parsed if message.in_reply_to)


def test_answers_come_after_what_they_answer(parsed: list[ParsedMessage]) -> None:
    sent = {message.message_id: message.date for message in parsed}
    assert all(message.date >= sent[message.in_reply_to] for message in parsed if message.in_reply_to)


def test_sent_mail_is_mine_and_the_rest_is_not(letters: dict[str, list[MaildirMessage]]) -> None:
    assert {parse(letter.raw).sender.address for letter in letters["Sent"]} == {ME}
    assert ME not in {parse(letter.raw).sender.address for letter in letters[INBOX]}


@pytest.mark.parametrize(
    "words",
    [
        "Kind regards",
        "Mit freundlichen Grüßen",
        "Venlig hilsen",
        "Bien cordialement",
        "Z poważaniem",
        "Un cordial saludo",
        "Vänliga hälsningar",
        "よろしくお願いいたします",
        "Με εκτίμηση",
        "مع خالص التحية",
        "敬祝 商祺",
        "С уважением",
    ],
)
def test_many_languages(words: str, parsed: list[ParsedMessage]) -> None:
    assert any(words in message.text for message in parsed)


def test_charsets_and_encodings(letters: dict[str, list[MaildirMessage]]) -> None:
    heads = b"\n".join(letter.raw for folder in letters.values() for letter in folder).lower()
    charsets = {found.decode().strip('"') for found in re.findall(rb"charset=([\w\"-]+)", heads)}
    assert charsets >= {
        "utf-8",
        "iso-8859-1",
        "iso-8859-7",
        "windows-1252",
        "koi8-r",
        "iso-2022-jp",
        "big5",
        "us-ascii",
    }
    encodings = {found.decode() for found in re.findall(rb"content-transfer-encoding: ([\w-]+)", heads)}
    assert encodings == {"quoted-printable", "base64", "8bit", "7bit"}
    assert b"format=flowed" in heads
    assert b"=?utf-8?" in heads
    assert b"=?iso-8859-1?q?" in heads


def test_attachments_are_real_files(letters: dict[str, list[MaildirMessage]]) -> None:
    begins = {"application/pdf": b"%PDF-1.4", "image/png": b"\x89PNG", "text/calendar": b"BEGIN:VCALENDAR"}
    seen: Counter[str] = Counter()
    for folder in letters.values():
        for letter in folder:
            for each in parse(letter.raw).attachments:
                seen[each.mimetype] += 1
                if each.mimetype in begins and each.filename != "scan.pdf":
                    assert attachment_content(letter.raw, each.index).startswith(begins[each.mimetype])
    assert seen.keys() >= {*begins, "text/csv", "message/delivery-status", "message/rfc822"}


def test_newsletters_bulk_mail_and_machines(parsed: list[ParsedMessage]) -> None:
    newsletters = [message for message in parsed if message.list_id and message.html]
    assert len(newsletters) >= 20
    for message in newsletters:
        safe = make_safe(message.html or "")
        assert safe.remote_pictures >= 4
        assert "Unsubscribe" in safe.html or "abmelden" in safe.html or "Change what" in safe.html
        assert "in fünf Minuten" not in safe.html
    assert len([message for message in parsed if message.bounce]) == 3
    assert len([message for message in parsed if message.auto_submitted]) >= 10
    assert any(each.inline for message in parsed for each in message.attachments)


def test_every_conversation_can_be_filled_in() -> None:
    for conversation in conversations():
        for turn in conversation.turns:
            assert turn.author in ("them", "me", "colleague")
            assert turn.text
            assert not re.search(r"\{(?!name|first|company|goods|code|count|amount|order|day)", turn.text)
    assert len(conversations()) >= 35
