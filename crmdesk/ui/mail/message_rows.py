"""Messages as rows of the list, under headings by day."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from crmdesk.desk.desk import Desk
from crmdesk.model.record import Reference
from crmdesk.store import mail_lists, mailbox, records
from crmdesk.store.mail_lists import Place, Summary
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.store import Reader
from crmdesk.texts import language
from crmdesk.ui.long_list import Reading
from crmdesk.ui.rows import Line, Rows, grouped
from crmdesk.ui.words import day_heading, local, plural, short_time, tr

_DAYS = 14  # whose headings are finer than a month's
_OLDEST_GROUP = 24  # months that have a heading of their own; what is older stands under the last one


def message_rows(desk: Desk, place: Place) -> Reading:
    """The messages of a place, newest first, grouped by day."""
    now = desk.now

    def reading(reader: Reader, limit: int | None) -> Rows:
        dated = mail_lists.dated_rows(reader, place, _since(place, now), limit)
        return grouped(_by_day(dated, now), lambda numbers: _lines(desk, numbers), len(dated) == limit)

    return reading


@dataclass(frozen=True)
class Conversations(Rows):
    """The rows of a place where each stands for a conversation."""

    heads: Mapping[str, int] = field(default_factory=dict)  # thread -> the number of its row


def conversation_rows(desk: Desk, place: Place, expanded: frozenset[str]) -> Reading:
    """The conversations of a place, each where its newest message there is; those `expanded` with their messages."""
    now = desk.now

    def reading(reader: Reader, limit: int | None) -> Conversations:
        newest = mail_lists.threaded_rows(reader, place, _since(place, now), limit)
        heads = {thread: row for row, _, thread in newest}
        below = {
            heads[thread]: [each.row for each in reversed(mail_lists.conversation(reader, thread))]
            for thread in expanded
            if thread in heads
        }
        parts = _by_day([(row, date) for row, date, _ in newest], now)
        if below:
            parts = [(name, _with_inner(rows, below)) for name, rows in parts]
        inner = frozenset(row for head, rows in below.items() for row in rows if row != head)
        found = grouped(parts, _Fetch(desk, inner, frozenset(below)), len(newest) == limit)
        return Conversations(found.numbers, found.fetch, found.groups, found.group_rows, found.is_part, heads)

    return reading


def _with_inner(heads: Sequence[int], below: Mapping[int, Sequence[int]]) -> Sequence[int]:
    numbers = array("q")
    for head in heads:
        numbers.append(head)
        numbers.extend(row for row in below.get(head, ()) if row != head)
    return numbers


@dataclass(frozen=True)
class _Fetch:
    """Gives the lines of rows: a conversation's, or one message's inside an expanded one."""

    desk: Desk
    inner: frozenset[int]
    expanded: frozenset[int]

    def __call__(self, numbers: Sequence[int]) -> Mapping[int, Line]:
        with self.desk.read() as reader:
            found = mailbox.at_rows(reader, numbers)
            lines = _said(reader, found, self.desk.now)
            threads = {row.thread for number, row in found.items() if number not in self.inner}
            sums = mail_lists.summaries(reader, threads)
        for number, row in found.items():
            about = sums.get(row.thread)
            if number in self.inner:
                lines[number] = replace(lines[number], level=1)
            elif about is not None and about.messages > 1:
                lines[number] = conversation_line(lines[number], row, about, number in self.expanded)
        return lines


def conversation_line(line: Line, newest: MessageRow, about: Summary, expanded: bool) -> Line:
    """The line of a conversation: its newest message's, with who takes part and how many there are."""
    people = ", ".join(_short(name) if name else tr("me") for name in about.people)
    facts = [
        plural(about.messages, "a conversation of {n} message", "a conversation of {n} messages"),
        plural(about.unread, "{n} unread", "{n} unread") if about.unread else "",
        tr("with {names}", names=people),
        newest.subject or tr("(no subject)"),
        _tracked_words(line.mark),
        tr("starred") if line.starred else "",
        tr("expanded") if expanded else tr("collapsed"),
        line.aside,
    ]
    return replace(
        line,
        title=people,
        sentence=", ".join(fact for fact in facts if fact),
        unread=about.unread > 0,
        count=about.messages,
        expanded=expanded,
    )


def _short(name: str) -> str:
    """A first name is enough where several people stand in one line; an address and a company's name stay whole."""
    first, _, rest = name.partition(" ")
    return first if rest and " " not in rest and "@" not in name else name


def _since(place: Place, now: datetime) -> str:
    return week_ago(now) if place.kind == "tracked" else ""


def week_ago(now: datetime) -> str:
    return _text(now - timedelta(days=7))


def _by_day(dated: list[tuple[int, str]], now: datetime) -> list[tuple[str, Sequence[int]]]:
    """Cut the list, newest first, where another heading begins. Days are the person's, dates are UTC texts."""
    today = local(now).date()
    rows = array("q", (row for row, _ in dated))
    # bisect wants rising keys; the list falls
    dates = [text for _, text in reversed(dated)]
    parts: list[tuple[str, Sequence[int]]] = []
    end = 0
    for heading, begin in _headings(today, language()):
        until = len(dates) - bisect_left(dates, begin)
        parts.append((heading, rows[end:until]))
        end = until
    parts.append((tr("Older"), rows[end:]))
    return parts


@lru_cache(maxsize=1)
def _headings(today: date, spoken: str) -> list[tuple[str, str]]:
    """(heading, the UTC text of its first moment), newest first; made once a day, and for each language."""
    found: list[tuple[str, str]] = []
    for day in _beginnings(today):
        heading = day_heading(day, today)
        begin = _text(datetime.combine(day, time()).astimezone())
        if found and found[-1][0] == heading:
            found[-1] = (heading, begin)
        else:
            found.append((heading, begin))
    return found


def _beginnings(today: date) -> Iterator[date]:
    """Every day on which a heading may begin, newest first: the last days one by one, before them only months."""
    day = today
    for _ in range(_DAYS):
        yield day
        day -= timedelta(days=1)
    for _ in range(_OLDEST_GROUP):
        day = day.replace(day=1)
        yield day
        day -= timedelta(days=1)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(desk: Desk, numbers: Sequence[int]) -> Mapping[int, Line]:
    with desk.read() as reader:
        return _said(reader, mailbox.at_rows(reader, numbers), desk.now)


def _said(reader: Reader, found: Mapping[int, MessageRow], now: datetime) -> dict[int, Line]:
    about = {row.row: reference for row in found.values() if (reference := mailbox.reference_of(row)) is not None}
    names = records.names(reader, set(about.values()))
    return {number: message_line(row, _mark(row, about, names), now) for number, row in found.items()}


def _mark(row: MessageRow, about: Mapping[int, Reference], names: Mapping[Reference, str]) -> str | None:
    if not row.tracked:
        return None
    reference = about.get(row.row)
    return names.get(reference, tr("Tracked")) if reference is not None else tr("Tracked")


def _tracked_words(mark: str | None) -> str:
    if mark is None:
        return ""
    return tr("tracked") if mark == tr("Tracked") else tr("tracked to {name}", name=mark)


def message_line(row: MessageRow, mark: str | None, now: datetime) -> Line:
    """One message; `mark` is the name of the record that it is tracked to, None when it is not tracked."""
    who = _to(row) if row.outgoing else row.sender_name or row.sender
    when = short_time(row.date, now)
    subject = row.subject or tr("(no subject)")
    facts = [
        tr("unread") if not row.seen else "",
        tr("from {name}", name=who) if not row.outgoing else who,
        subject,
        _tracked_words(mark),
        tr("with attachments") if row.attachments else "",
        tr("starred") if row.starred else "",
        {"waiting": tr("waits to be sent"), "unknown": tr("needs you")}.get(row.state, ""),
        when,
    ]
    return Line(
        row.id,
        who or tr("(unknown sender)"),
        ", ".join(fact for fact in facts if fact),
        subject=subject,
        snippet=row.snippet,
        aside=when,
        mark=mark,
        note={"waiting": "clock", "sending": "clock", "unknown": "warning-circle"}.get(row.state, ""),
        unread=not row.seen,
        starred=row.starred,
        attached=row.attachments > 0,
    )


def _to(row: MessageRow) -> str:
    names = [name or address for kind, name, address in row.recipients if kind == "to"]
    return tr("To {names}", names=", ".join(names)) if names else tr("(no recipient)")
