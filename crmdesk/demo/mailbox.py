"""The sample mailbox: three months of a salesperson's mail, the same on every run, with today as the busiest day."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from crmdesk.demo import attachments, bulk_mail, mime
from crmdesk.demo.conversations import Conversation, Turn, conversations
from crmdesk.demo.letters import Habit, Letter, Person, Scribe
from crmdesk.server.sample_words import COUNTRIES

__all__ = ["Person", "write_sample_mailbox"]

_DAYS = 90
_ARCHIVED_AFTER = timedelta(days=40)
_UNREAD = 12
_ENDING_TODAY = 13
_LANGUAGES = {
    "Germany": "de",
    "France": "fr",
    "Sweden": "sv",
    "Poland": "pl",
    "Spain": "es",
    "Greece": "el",
    "Japan": "ja",
}
_LANGUAGE_BY_NAME = {
    last.partition("|")[0]: _LANGUAGES[country.name]
    for country in COUNTRIES
    if country.name in _LANGUAGES
    for last in country.last_names
}
_OUTSIDERS = {
    "da": Person("Jørgen Høj", "jorgen@nordhavn-transport.example", "Nordhavn Transport"),
    "ar": Person("سامي النور", "sami@alnoor-trading.example", "شركة النور للتجارة"),
    "zh": Person("林怡君", "yichun.lin@formosa-parts.example", "台灣零件"),
    "ru": Person("Ольга Ким", "olga@almaty-freight.example", "Алматы Логистика"),
}
_HABITS = {
    "en": (
        Habit(form="flowed", zone=-8, program="Mozilla Thunderbird"),
        Habit("windows-1252", form="html", zone=-5, program="Microsoft Outlook 16.0"),
        Habit(form="alternative", zone=0),
        Habit("us-ascii", "7bit", "plain", zone=5.5),
        Habit(form="logo", zone=1),
        Habit(form="plain", encoding="base64", zone=1, program="iPhone Mail (20H320)"),
    ),
    "de": (
        Habit("iso-8859-1", "quoted-printable", "plain"),
        Habit("windows-1252", "quoted-printable", "html", program="Microsoft Outlook 16.0"),
        Habit("utf-8", "8bit", "flowed", program="Mozilla Thunderbird"),
        Habit("iso-8859-1", "8bit", "plain"),
    ),
    "fr": (Habit("windows-1252", form="alternative"), Habit("utf-8", "base64", "logo")),
    "sv": (Habit("iso-8859-1", "8bit"), Habit(form="flowed")),
    "pl": (Habit("iso-8859-2", "quoted-printable"), Habit("utf-8", "base64", "alternative")),
    "es": (Habit("windows-1252", form="html"), Habit("utf-8", "8bit")),
    "el": (Habit("iso-8859-7", "base64", zone=2), Habit("windows-1253", "8bit", zone=2)),
    "ja": (Habit("iso-2022-jp", "7bit", zone=9), Habit("utf-8", "base64", "alternative", zone=9)),
    "da": (Habit("iso-8859-1", "quoted-printable"),),
    "ar": (Habit("windows-1256", "base64", zone=4),),
    "zh": (Habit("big5", "base64", zone=8),),
    "ru": (Habit("koi8-r", "8bit", zone=5),),
}
_MINE = Habit(form="flowed")
_GOODS = (
    ("roller conveyors", "RC-40"),
    ("control units", "AX-200"),
    ("dosing pumps", "DP-12"),
    ("label printers", "LP-8"),
    ("pallet lifts", "PL-900"),
    ("sealing heads", "SH-3"),
    ("sorting arms", "SA-6"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass
class _Correspondence:
    """Conversations with customers, written turn by turn."""

    scribe: Scribe
    colleague: Person

    def letters(self, conversation: Conversation, customer: Person, end: datetime) -> list[Letter]:
        """The messages of a conversation whose last one is sent at `end`."""
        habit = self.scribe.dice.choice(_HABITS.get(conversation.language, _HABITS["en"]))
        words = self._words(customer)
        subject = conversation.subject.format(**words)
        written: list[Letter] = []
        for turn, sent in zip(conversation.turns, self._moments(len(conversation.turns), end), strict=True):
            sender = {"them": customer, "me": self.scribe.me}.get(turn.author, self.colleague)
            letter = self._answer(turn, sender, customer, subject, words, sent, habit, written)
            if sender == self.scribe.me:
                written[:] = [replace(each, answered=True) if each is written[-1] else each for each in written]
            written.append(letter)
        return written

    def _answer(
        self,
        turn: Turn,
        sender: Person,
        customer: Person,
        subject: str,
        words: dict[str, str],
        sent: datetime,
        habit: Habit,
        before: list[Letter],
    ) -> Letter:
        text = turn.text.format(**words)
        own_habit = habit if sender == customer else _MINE
        quoted = _quotation(before[-1], words["_last"]) if before else ""
        words["_last"] = sender.name
        part = self.scribe.body(text, quoted, own_habit, sender)
        if turn.files:
            files = [self._file(name, subject, words) for name in turn.files]
            part = mime.multipart("mixed", self.scribe.boundary(), [part, *files])
        everybody = [each for each in (customer, self.scribe.me) if each != sender]
        return self.scribe.letter(
            sender,
            everybody[:1] if sender != self.colleague else [customer],
            f"Re: {subject}" if before else subject,
            part,
            sent,
            own_habit,
            references=tuple(each.message_id for each in before),
            cc=everybody[1:] if sender == self.colleague else (),
            text=text,
        )

    def _words(self, customer: Person) -> dict[str, str]:
        dice = self.scribe.dice
        goods, code = dice.choice(_GOODS)
        return {
            "name": customer.name,
            "first": customer.first_name,
            "company": customer.company or "our company",
            "goods": goods,
            "code": code,
            "count": str(dice.randrange(2, 24)),
            "amount": f"{dice.randrange(12, 900) * 50:,}",
            "order": f"SO-{dice.randrange(20_000, 29_999)}",
            "day": dice.choice(_WEEKDAYS),
            "_last": "",
        }

    def _moments(self, count: int, end: datetime) -> list[datetime]:
        """When the turns were written, the last at `end`; the others in working hours."""
        moments = [end]
        while len(moments) < count:
            pause = timedelta(minutes=self.scribe.dice.choice((18, 35, 70, 150, 240, 900, 1500, 2900)))
            earlier = _working_hours(moments[-1] - pause - timedelta(seconds=self.scribe.dice.randrange(3000)))
            moments.append(earlier)
        return moments[::-1]

    def _file(self, name: str, subject: str, words: dict[str, str]) -> mime.Part:
        if name.endswith(".png"):
            return mime.file(name, "image/png", attachments.chart(self.scribe.dice))
        if name.endswith(".csv"):
            return mime.file(name, "text/csv", attachments.parts_list(self.scribe.dice))
        if name.endswith(".ics"):
            start = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
            request = attachments.invitation(words["order"], start, subject, self.scribe.me.address, words["name"])
            return mime.file(name, "text/calendar", request)
        lines = [subject, words["company"], f"{words['count']} x {words['code']}", f"Total: {words['amount']} EUR"]
        return mime.file(name, "application/pdf", attachments.pdf(lines))


def write_sample_mailbox(
    maildir: Path, today: date, me: str, people: Sequence[Person], *, now: datetime | None = None, seed: int = 20261123
) -> int:
    """Write the mailbox of Anna Berg, whose address is `me`, as a Maildir with Sent and Archive.

    Gives how many messages it wrote. `people` are the customers she writes with; the first of them has the longest
    conversation. Nothing is newer than `now` (aware; without it, half past seven UTC of `today`). Equal arguments write
    equal files.
    """
    latest = (now or datetime.combine(today, time(7, 30), UTC)).astimezone(UTC).replace(microsecond=0)
    dice = random.Random(seed)
    scribe = Scribe(Person("Anna Berg", me), dice)
    letters = sorted(_letters(scribe, latest, people), key=lambda letter: letter.sent)
    unread = set(_unread(letters, dice))
    for number, letter in enumerate(letters):
        _write(maildir, number, letter, latest, seen=number not in unread)
    for folder in (maildir, maildir / ".Sent", maildir / ".Archive"):
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    return len(letters)


def _letters(scribe: Scribe, now: datetime, people: Sequence[Person]) -> Iterator[Letter]:
    domain = scribe.me.address.rpartition("@")[2]
    colleague = Person("Ben Okafor", f"ben@{domain}")
    staff = [colleague, Person("Ada Minh", f"admin@{domain}")]
    customers = list(people) or [Person("Jeff Smith", "jeff.smith@adventure-works.example", "Adventure Works")]
    yield from _conversations(scribe, colleague, customers, now)
    yield from bulk_mail.newsletters(scribe, now, _DAYS)
    yield from bulk_mail.mailing_list(scribe, now)
    yield from bulk_mail.notes(scribe, staff, customers[:20], now)
    yield from bulk_mail.notices(scribe, now)
    yield from bulk_mail.invitations(scribe, colleague, now)
    yield from bulk_mail.automatic_answers(scribe, customers[1:], now)
    yield from bulk_mail.bounces(scribe, now)
    yield from bulk_mail.broken(scribe, now)


def _conversations(scribe: Scribe, colleague: Person, customers: list[Person], now: datetime) -> Iterator[Letter]:
    correspondence = _Correspondence(scribe, colleague)
    pairs = list(_pairs(customers))
    scribe.dice.shuffle(pairs)
    for number, (conversation, customer) in enumerate(pairs):
        if number < _ENDING_TODAY:
            end = now - timedelta(minutes=4 + number * 16 + scribe.dice.randrange(12))
        else:
            # More of it lately: mail of the last weeks is what people look at.
            end = now - timedelta(days=1 + (_DAYS - 2) * scribe.dice.random() ** 1.4)
            if end.weekday() > 4:
                end -= timedelta(days=scribe.dice.randrange(2, 6))
            end = _working_hours(end)
        yield from correspondence.letters(conversation, customer, end)
    longest = next(each for each in conversations() if each.language == "long")
    yield from correspondence.letters(longest, customers[0], now - timedelta(minutes=47))


def _pairs(customers: list[Person]) -> Iterator[tuple[Conversation, Person]]:
    """Which conversation is held with whom: each twice with customers of its language, once with outsiders."""
    by_language: dict[str, list[Person]] = {}
    for customer in customers:
        by_language.setdefault(_language(customer), []).append(customer)
    taken: dict[str, int] = {}
    for conversation in conversations():
        language = conversation.language
        if language in _OUTSIDERS:
            yield conversation, _OUTSIDERS[language]
        elif language in by_language:
            for _ in range(2):
                number = taken.get(language, 0)
                taken[language] = number + 1
                yield conversation, by_language[language][number % len(by_language[language])]


def _language(person: Person) -> str:
    return _LANGUAGE_BY_NAME.get(person.name.split()[-1] if person.name else "", "en")


def _quotation(letter: Letter, author: str) -> str:
    lines = letter.text.splitlines()[:12]
    return f"On {letter.sent:%d %b %Y at %H:%M}, {author} wrote:\n" + "\n".join(f"> {line}".rstrip() for line in lines)


def _working_hours(moment: datetime) -> datetime:
    """The moment itself, or the last one before it at which people work."""
    if moment.hour < 7:
        moment = (moment - timedelta(days=1)).replace(hour=15, minute=59 - moment.minute)
    elif moment.hour > 16:
        moment = moment.replace(hour=16)
    return moment - timedelta(days=max(0, moment.weekday() - 4))


def _unread(letters: list[Letter], dice: random.Random) -> Iterable[int]:
    """The newest ones, but for a few that have been read in between."""
    newest = [number for number, letter in enumerate(letters) if letter.incoming and not letter.answered][
        -_UNREAD - 4 :
    ]
    return dice.sample(newest, min(_UNREAD, len(newest)))


def _write(maildir: Path, number: int, letter: Letter, now: datetime, *, seen: bool) -> None:
    folder = maildir
    if not letter.incoming:
        folder = maildir / ".Sent"
    elif seen and now - letter.sent > _ARCHIVED_AFTER:
        folder = maildir / ".Archive"
    seconds = int(letter.sent.timestamp())
    flags = ("R" if letter.answered else "") + ("S" if seen else "")
    place = folder / ("cur" if flags else "new")
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{seconds}.{number:04}.sample{f':2,{flags}' if flags else ''}"
    path.write_bytes(letter.raw)
    os.utime(path, (seconds, seconds))
