"""The numbers of the messages in a list, newest first, each with its date: what the window's lists are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, func, select

from crmdesk.store import mailbox, tables
from crmdesk.store.mailbox import TRASH, MessageRow
from crmdesk.store.records import is_mine
from crmdesk.store.store import Reader
from crmdesk.store.tables import record_table


@dataclass(frozen=True)
class Place:
    """What a list of messages shows: one folder of an account, what is starred, or what is tracked."""

    kind: Literal["folder", "starred", "tracked"]
    account: str = ""
    folder: str = ""


def dated_rows(reader: Reader, place: Place, since: str = "", limit: int | None = None) -> list[tuple[int, str]]:
    """(row, date) of the messages, newest first; not older than `since` where given."""
    with _rows(reader, place, since) as found:
        return list(islice(found, limit))


@contextmanager
def _rows(reader: Reader, place: Place, since: str, *more: ColumnElement[Any]) -> Iterator[Iterator[tuple[Any, ...]]]:
    """row, date and what else is asked for of a place's messages, newest first; read as they are taken."""
    m = tables.message
    conditions: list[ColumnElement[bool]] = [_in(place, reader)]
    if since:
        conditions.append(m.c.date >= since)
    statement = select(m.c.row, m.c.date, *more).where(*conditions).order_by(m.c.date.desc(), m.c.row.desc())
    result = reader.connection.execute(statement)
    # SQLAlchemy's own rows would take twice as long
    found: Any = result.cursor
    try:
        yield iter(found)
    finally:
        result.close()


@dataclass(frozen=True)
class Summary:
    """What a row of the list says about a whole conversation, wherever its messages are (the trash left out)."""

    messages: int
    unread: int
    people: tuple[str, ...]  # whose messages they are, in the order of their first one; "" for the person's own


def conversation(reader: Reader, thread: str) -> list[MessageRow]:
    """The messages of a conversation, oldest first; those in the trash are left out."""
    return [each for each in reversed(mailbox.listing(reader, thread=thread)) if each.folder != TRASH]


def summaries(reader: Reader, threads: Collection[str]) -> dict[str, Summary]:
    """The same as sums, for the rows in sight."""
    m = tables.message
    statement = (
        select(m.c.thread, m.c.seen, m.c.outgoing, m.c.sender_name, m.c.sender)
        .where(m.c.thread.in_(threads), m.c.folder != TRASH)
        .order_by(m.c.date, m.c.row)
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for line in reader.connection.execute(statement):
        found.setdefault(line.thread, []).append((line.seen, "" if line.outgoing else line.sender_name or line.sender))
    return {
        thread: Summary(len(each), sum(not seen for seen, _ in each), tuple(dict.fromkeys(who for _, who in each)))
        for thread, each in found.items()
    }


def threaded_rows(
    reader: Reader, place: Place, since: str = "", limit: int | None = None
) -> list[tuple[int, str, str]]:
    """(row, date, thread) of the newest message of each conversation in a place, newest first."""
    seen: set[str] = set()
    newest: list[tuple[int, str, str]] = []
    with _rows(reader, place, since, tables.message.c.thread) as found:
        for line in found:
            if line[2] not in seen:
                if len(newest) == limit:
                    break
                seen.add(line[2])
                newest.append(line)
    return newest


def ids_of_threads(reader: Reader, place: Place, threads: Collection[str]) -> list[str]:
    """The ids of a place's messages that belong to these conversations."""
    m = tables.message
    statement = select(m.c.id).where(_in(place, reader), m.c.thread.in_(threads))
    return list(reader.connection.execute(statement).scalars())


def role(reader: Reader, account: str, folder: str) -> str | None:
    f = tables.mail_folder
    statement = select(f.c.role).where(f.c.account == account, f.c.name == folder)
    return reader.connection.execute(statement).scalar_one_or_none()


def count(reader: Reader, place: Place, since: str = "") -> int:
    m = tables.message
    statement = select(func.count()).select_from(m).where(_in(place, reader), m.c.date >= since)
    return int(reader.connection.execute(statement).scalar_one())


def unread(reader: Reader) -> int:
    """How many messages of the inboxes are unread."""
    m, f = tables.message, tables.mail_folder
    inbox = exists().where(f.c.account == m.c.account, f.c.name == m.c.folder, f.c.role == "inbox")
    return int(reader.connection.execute(select(func.count()).where(m.c.seen == 0, inbox)).scalar_one())


def _in(place: Place, reader: Reader) -> ColumnElement[bool]:
    m = tables.message
    if place.kind == "folder":
        return and_(m.c.account == place.account, m.c.folder == place.folder)
    if place.kind == "starred":
        return and_(m.c.starred == 1, m.c.folder != TRASH)
    e = record_table("email")
    return exists().where(e.c.g_messageid == m.c.message_id, is_mine(e, reader.me), e.c.gone == 0)
