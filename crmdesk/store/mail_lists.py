"""The numbers of the messages in a list, newest first, each with its date: what the window's lists are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, func, select

from crmdesk.store import tables
from crmdesk.store.mailbox import TRASH, match_expression
from crmdesk.store.records import is_mine
from crmdesk.store.store import Reader
from crmdesk.store.tables import record_table


@dataclass(frozen=True)
class Place:
    """What a list of messages shows: one folder of an account, what is starred, or what is tracked."""

    kind: Literal["folder", "starred", "tracked"]
    account: str = ""
    folder: str = ""


def dated_rows(reader: Reader, place: Place, since: str = "", words: str = "") -> list[tuple[int, str]]:
    """(row, date) of the messages, newest first; not older than `since`, and with all the words, where given."""
    m = tables.message
    conditions: list[ColumnElement[bool]] = [_in(place, reader)]
    if since:
        conditions.append(m.c.date >= since)
    if words.strip():
        match = match_expression(words)
        found = reader.connection.exec_driver_sql(
            "SELECT rowid FROM message_words WHERE message_words MATCH ? ORDER BY rowid DESC LIMIT 2000", (match,)
        )
        conditions.append(m.c.row.in_([line[0] for line in found]))
    statement = select(m.c.row, m.c.date).where(*conditions).order_by(m.c.date.desc(), m.c.row.desc())
    return [(row, date) for row, date in reader.connection.execute(statement)]


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
