"""Single messages of the sample mailbox: who wrote them, when, and in which of the forms that mail programs use."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape
from typing import Literal, TypeAlias

from crmdesk.demo import attachments, mime
from crmdesk.demo.mime import Part

Form: TypeAlias = Literal["plain", "flowed", "alternative", "html", "logo"]


@dataclass(frozen=True)
class Person:
    """Somebody who writes and gets mail."""

    name: str
    address: str
    company: str = ""

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name else ""


@dataclass(frozen=True)
class Letter:
    """A message as it will lie in the mailbox."""

    sent: datetime
    raw: bytes
    incoming: bool = True
    answered: bool = False
    message_id: str = ""
    text: str = ""
    """What an answer quotes."""


@dataclass(frozen=True)
class Habit:
    """How somebody's program writes: charset, transfer encoding, form of the text, hours from UTC, its name."""

    charset: str = "utf-8"
    encoding: str = "quoted-printable"
    form: Form = "plain"
    zone: float = 1.0
    program: str = ""


class Scribe:
    """Writes letters to and from one person. The same dice give the same letters, byte for byte."""

    def __init__(self, me: Person, dice: random.Random) -> None:
        self.me = me
        self.dice = dice
        self._written = 0

    def message_id(self, sender: str) -> str:
        """A new id under the sender's domain, without <>."""
        self._written += 1
        return f"{self._written:05}.{self.dice.getrandbits(40):010x}@{sender.rpartition('@')[2]}"

    def letter(
        self,
        sender: Person,
        to: Sequence[Person],
        subject: str,
        part: Part,
        sent: datetime,
        habit: Habit,
        *,
        references: tuple[str, ...] = (),
        cc: Sequence[Person] = (),
        more: Sequence[tuple[str, str]] = (),
        text: str = "",
    ) -> Letter:
        """A whole message; `references` are the ids of its ancestors, oldest first."""
        message_id = self.message_id(sender.address)
        incoming = sender != self.me
        local = sent.astimezone(timezone(timedelta(hours=habit.zone)))
        fields = self._road(sender, sent) if incoming else []
        fields += [
            ("From", mime.person(sender.name, sender.address, habit.charset)),
            ("To", ", ".join(mime.person(each.name, each.address, habit.charset) for each in to)),
        ]
        if cc:
            fields.append(("Cc", ", ".join(mime.person(each.name, each.address, habit.charset) for each in cc)))
        fields += [
            ("Subject", mime.subject(subject, habit.charset)),
            ("Date", format_datetime(local)),
            ("Message-ID", f"<{message_id}>"),
        ]
        if references:
            fields.append(("In-Reply-To", f"<{references[-1]}>"))
            fields.append(("References", "\n ".join(f"<{each}>" for each in references)))
        if habit.program:
            fields.append(("X-Mailer", habit.program))
        raw = mime.message([*fields, *more], part)
        return Letter(sent, raw, incoming, message_id=message_id, text=text)

    def body(self, words: str, quoted: str, habit: Habit, sender: Person) -> Part:
        """The text of a letter in the form that its writer's program uses; `quoted` stands below the words."""
        whole = f"{words}\n\n{quoted}" if quoted else words
        if habit.form == "plain":
            return mime.text(_wrapped(whole), habit.charset, habit.encoding)
        if habit.form == "flowed":
            return mime.text(_flowed(whole), habit.charset, habit.encoding, "plain; format=flowed")
        html = mime.text(as_html(words, quoted), habit.charset, habit.encoding, "html")
        if habit.form == "html":
            return html
        plain = mime.text(whole, habit.charset, habit.encoding)
        if habit.form == "alternative":
            return mime.multipart("alternative", self.boundary(), [plain, html])
        return mime.multipart("alternative", self.boundary(), [plain, self._with_logo(words, quoted, habit, sender)])

    def boundary(self) -> str:
        return f"----=_Part_{self.dice.getrandbits(48):012x}"

    def _with_logo(self, words: str, quoted: str, habit: Habit, sender: Person) -> Part:
        content_id = f"logo.{self.dice.getrandbits(32):08x}@{sender.address.rpartition('@')[2]}"
        shade = random.Random(sender.company)
        colour = (shade.randrange(30, 200), shade.randrange(30, 160), shade.randrange(60, 220))
        signature = (
            f'<table cellpadding="4" style="font-size:12px;color:#666666"><tr><td><img src="cid:{content_id}" '
            f'width="32" height="32" alt="{escape(sender.company)}"></td><td><b>{escape(sender.name)}</b><br>'
            f"{escape(sender.company)}</td></tr></table>"
        )
        html = mime.text(as_html(words, quoted, signature), habit.charset, habit.encoding, "html")
        picture = mime.file("logo.png", "image/png", attachments.logo(colour), content_id)
        return mime.multipart("related", self.boundary(), [html, picture])

    def _road(self, sender: Person, sent: datetime) -> list[tuple[str, str]]:
        domain = sender.address.rpartition("@")[2]
        arrived = sent + timedelta(seconds=self.dice.randrange(1, 40))
        return [
            ("Return-Path", f"<{sender.address}>"),
            (
                "Received",
                f"from mail.{domain} (mail.{domain} [192.0.2.{self.dice.randrange(1, 255)}])\n\tby mx."
                f"{self.me.address.rpartition('@')[2]} with ESMTPS id {self.dice.getrandbits(32):08X}\n\t"
                f"for <{self.me.address}>; {format_datetime(arrived)}",
            ),
        ]


def as_html(words: str, quoted: str = "", signature: str = "") -> str:
    """Text as a mail program's editor would have made it."""
    paragraphs = "".join(f"<p>{_lines(each)}</p>\n" for each in words.split("\n\n"))
    quotation = ""
    if quoted:
        first, _, rest = quoted.partition("\n")
        inner = "\n".join(line.removeprefix(">").removeprefix(" ") for line in rest.splitlines())
        quotation = (
            f"<p>{escape(first)}</p>\n<blockquote style="
            f'"margin:0 0 0 8px;padding-left:8px;border-left:2px solid #bbbbbb">{_lines(inner)}</blockquote>\n'
        )
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html">'
        "<style>p { margin: 0 0 10px 0 }</style></head>\n"
        f'<body style="font-family:Calibri,Arial,sans-serif;font-size:14px">\n{paragraphs}{signature}\n{quotation}'
        "</body></html>\n"
    )


def _lines(text: str) -> str:
    return "<br>\n".join(escape(line) for line in text.splitlines())


def _wrapped(text: str) -> str:
    return "\n".join(
        line if line.startswith(">") or len(line) <= 76 else textwrap.fill(line, 72) for line in text.splitlines()
    )


def _flowed(text: str) -> str:
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(">") or len(line) <= 72:
            lines.append(line.rstrip())
        else:
            lines += [f"{each} " for each in textwrap.wrap(line, 71)[:-1]] + textwrap.wrap(line, 71)[-1:]
    return "\n".join(lines)
