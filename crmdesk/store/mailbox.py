"""Messages, their folders and accounts. A message is known by its Message-ID: storing it twice changes nothing.

Whether a message is tracked is not stored: it is, when an e-mail activity of the person carries its Message-ID.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from sqlalchemy import ColumnElement, and_, delete, func, literal_column, select, text, update
from sqlalchemy.dialects.sqlite import insert

from crmdesk.matching.threads import Links, assign
from crmdesk.model.record import Reference
from crmdesk.store import tables
from crmdesk.store.records import is_mine
from crmdesk.store.store import Reader, Transaction
from crmdesk.store.tables import record_table

INBOX, SENT, DRAFTS, OUTBOX, ARCHIVE, TRASH = "Inbox", "Sent", "Drafts", "Outbox", "Archive", "Trash"


@dataclass(frozen=True)
class MessageRow:
    """A message as lists show it. `recipients`: (kind to|cc|bcc, name, address). `email`: its activity when tracked."""

    row: int
    id: str
    message_id: str
    account: str
    folder: str
    date: str
    sender_name: str
    sender: str
    recipients: tuple[tuple[str, str, str], ...]
    subject: str
    snippet: str
    thread: str
    in_reply_to: str | None
    references: tuple[str, ...]
    outgoing: bool
    seen: bool
    starred: bool
    attachments: int
    size: int
    because: str | None
    state: str
    email: str | None = None
    regarding: str | None = None

    @property
    def tracked(self) -> bool:
        return self.email is not None


@dataclass(frozen=True)
class NewMessage:
    """What is stored of a message; `body` is the text that search reads, `preview` its beginning for lists."""

    message_id: str
    account: str
    folder: str
    remote: str | None
    date: str
    sender_name: str
    sender: str
    recipients: tuple[tuple[str, str, str], ...]
    subject: str
    preview: str
    body: str
    in_reply_to: str | None
    references: tuple[str, ...]
    outgoing: bool
    seen: bool
    starred: bool
    attachments: int
    raw: bytes
    state: str = "received"


@dataclass(frozen=True)
class Account:
    id: str
    kind: str  # imap | maildir | local
    address: str
    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Folder:
    account: str
    name: str
    role: str | None
    state: Mapping[str, Any]
    messages: int = 0
    unread: int = 0


def id_of(message_id: str) -> str:
    """The local id of a message: the same on every computer."""
    return str(uuid5(NAMESPACE_URL, f"mid:{message_id}"))


def email_id_of(message_id: str) -> str:
    """The id of the e-mail activity that a message is tracked as, so that two computers make one activity of it."""
    return str(uuid5(NAMESPACE_URL, f"mid:{message_id}#email"))


def add(tx: Transaction, message: NewMessage) -> tuple[str, bool]:
    """Store a message. Gives its id, and whether it is new; of a known one only the place is remembered."""
    key = id_of(message.message_id)
    if message.remote is not None:
        place = insert(tables.message_place).values(
            account=message.account, folder=message.folder, remote=message.remote, id=key
        )
        tx.connection.execute(place.on_conflict_do_update(
            index_elements=["account", "folder", "remote"], set_={"id": key}
        ))  # fmt: skip
    known = tx.connection.execute(select(tables.message.c.row).where(tables.message.c.id == key)).first()
    if known is not None:
        return key, False
    values = {
        "id": key,
        "message_id": message.message_id,
        "account": message.account,
        "folder": message.folder,
        "remote": message.remote,
        "date": message.date,
        "sender_name": message.sender_name,
        "sender": message.sender.lower(),
        "recipients": orjson.dumps(message.recipients).decode(),
        "subject": message.subject,
        "snippet": message.preview,
        "thread": _thread(tx, message),
        "in_reply_to": message.in_reply_to,
        "refs": orjson.dumps(message.references).decode(),
        "outgoing": int(message.outgoing),
        "seen": int(message.seen),
        "starred": int(message.starred),
        "attachments": message.attachments,
        "size": len(message.raw),
        "state": message.state,
    }
    row = tx.connection.execute(insert(tables.message).values(**values).returning(tables.message.c.row)).scalar_one()
    tx.connection.execute(insert(tables.message_raw).values(row=row, raw=message.raw))
    people = " ".join([message.sender_name, message.sender, *(f"{n} {a}" for _, n, a in message.recipients)])
    _learn(tx, row, message.subject, people, message.body)
    return key, True


def replace_content(tx: Transaction, key: str, message: NewMessage) -> None:
    """A draft was written on: everything of it anew, under the same id and Message-ID."""
    row = tx.connection.execute(select(tables.message.c.row).where(tables.message.c.id == key)).scalar_one()
    tx.connection.exec_driver_sql("DELETE FROM message_words WHERE rowid = ?", (row,))
    tx.connection.execute(delete(tables.message_raw).where(tables.message_raw.c.row == row))
    tx.connection.execute(delete(tables.message).where(tables.message.c.row == row))
    add(tx, message)


def _thread(tx: Transaction, message: NewMessage) -> str:
    """The conversation that a new message belongs to; conversations that it joins become one."""
    m = tables.message
    links = Links(message.message_id, message.references, message.in_reply_to)
    if not links.ancestors:
        return message.message_id  # answers that came before it have named their conversation so
    asked = [message.message_id, *links.ancestors[-50:]]
    stored = select(m.c.message_id, m.c.thread).where(m.c.message_id.in_(asked))
    known = {line.message_id: str(line.thread) for line in tx.connection.execute(stored)}
    named = select(m.c.thread).where(m.c.thread.in_(asked)).distinct()
    for thread in tx.connection.execute(named).scalars():
        known.setdefault(thread, thread)
    placed = assign([links], known.get)
    for part, whole in placed.merged.items():
        tx.connection.execute(update(m).where(m.c.thread == part).values(thread=whole))
    return placed.threads[message.message_id]


def _learn(tx: Transaction, row: int, subject: str, people: str, body: str) -> None:
    tx.connection.exec_driver_sql(
        "INSERT INTO message_words(rowid, subject, people, body) VALUES (?, ?, ?, ?)", (row, subject, people, body)
    )


# ---- reading


def listing(
    reader: Reader, folder: str | None = None, account: str | None = None, limit: int | None = None, thread: str = ""
) -> list[MessageRow]:
    """Newest first."""
    m = tables.message
    conditions = []
    if folder is not None:
        conditions.append(func.lower(m.c.folder) == folder.lower())
    if account is not None:
        conditions.append(m.c.account == account)
    if thread:
        conditions.append(m.c.thread == thread)
    return _messages(reader, and_(*conditions) if conditions else None, limit)


def rows(reader: Reader, folder: str, account: str) -> list[int]:
    """Row numbers, newest first, for lists that fetch their lines as they are scrolled to."""
    m = tables.message
    statement = select(m.c.row).where(m.c.account == account, m.c.folder == folder)
    return list(reader.connection.execute(statement.order_by(m.c.date.desc(), m.c.row.desc())).scalars())


def at_rows(reader: Reader, numbers: Sequence[int]) -> dict[int, MessageRow]:
    return {each.row: each for each in _messages(reader, tables.message.c.row.in_(numbers), None)}


def get(reader: Reader, key: str) -> MessageRow | None:
    found = _messages(reader, tables.message.c.id == key, None)
    return found[0] if found else None


def by_message_id(reader: Reader, message_id: str) -> MessageRow | None:
    found = _messages(reader, tables.message.c.message_id == message_id, None)
    return found[0] if found else None


def raw(reader: Reader, key: str) -> bytes:
    """The message as it came. LookupError when it is not here."""
    joined = tables.message_raw.join(tables.message, tables.message.c.row == tables.message_raw.c.row)
    statement = select(tables.message_raw.c.raw).select_from(joined).where(tables.message.c.id == key)
    found = reader.connection.execute(statement).scalar_one_or_none()
    if found is None:
        raise LookupError(f"There is no message {key} here.")
    return bytes(found)


def body(reader: Reader, key: str) -> str:
    statement = text("SELECT w.body FROM message m JOIN message_words w ON w.rowid = m.row WHERE m.id = :key")
    return str(reader.connection.execute(statement, {"key": key}).scalar_one_or_none() or "")


def search(reader: Reader, words: str, limit: int = 50) -> list[MessageRow]:
    """Messages with all the words (the last one may be a beginning), newest first."""
    match = match_expression(words)
    if not match:
        return []
    found = reader.connection.exec_driver_sql(
        "SELECT rowid FROM message_words WHERE message_words MATCH ? ORDER BY rowid DESC LIMIT ?", (match, limit * 4)
    )
    numbers = [line[0] for line in found]
    lines = _messages(reader, tables.message.c.row.in_(numbers), limit) if numbers else []
    return lines[:limit]


def match_expression(words: str) -> str:
    """What FTS5 understands for a person's words: each quoted, the last one open-ended."""
    parts = [part.replace('"', '""') for part in words.split()]
    return " ".join(f'"{part}"*' if number == len(parts) - 1 else f'"{part}"' for number, part in enumerate(parts))


def _messages(reader: Reader, condition: ColumnElement[bool] | None, limit: int | None) -> list[MessageRow]:
    m, e = tables.message, record_table("email")
    tracked = and_(e.c.g_messageid == m.c.message_id, is_mine(e, reader.me), e.c.gone == 0)
    statement = select(m, e.c.id.label("email"), e.c.g_regardingobjectid.label("regarding")).select_from(
        m.outerjoin(e, tracked)
    )
    if condition is not None:
        statement = statement.where(condition)
    statement = statement.order_by(m.c.date.desc(), m.c.row.desc())
    lines = reader.connection.execute(statement if limit is None else statement.limit(limit)).mappings()
    seen: dict[int, MessageRow] = {}
    for line in lines:
        seen.setdefault(line["row"], _row(line))
    return list(seen.values())


def _row(line: Mapping[Any, Any]) -> MessageRow:
    return MessageRow(
        line["row"],
        line["id"],
        line["message_id"],
        line["account"],
        line["folder"],
        line["date"],
        line["sender_name"],
        line["sender"],
        tuple((kind, name, address) for kind, name, address in orjson.loads(line["recipients"])),
        line["subject"],
        line["snippet"],
        line["thread"],
        line["in_reply_to"],
        tuple(orjson.loads(line["refs"])),
        bool(line["outgoing"]),
        bool(line["seen"]),
        bool(line["starred"]),
        line["attachments"],
        line["size"],
        line["tracked_because"],
        line["state"],
        line["email"],
        line["regarding"],
    )


# ---- changing


def update_message(tx: Transaction, key: str, **values: Any) -> None:
    """Columns: folder, seen, starred, state, tracked_because."""
    tx.connection.execute(update(tables.message).where(tables.message.c.id == key).values(**values))


def forget(tx: Transaction, key: str) -> None:
    """Remove a message from this computer (a draft that was thrown away)."""
    row = tx.connection.execute(select(tables.message.c.row).where(tables.message.c.id == key)).scalar_one_or_none()
    if row is not None:
        tx.connection.exec_driver_sql("DELETE FROM message_words WHERE rowid = ?", (row,))
        tx.connection.execute(delete(tables.message_raw).where(tables.message_raw.c.row == row))
        tx.connection.execute(delete(tables.message_place).where(tables.message_place.c.id == key))
        tx.connection.execute(delete(tables.message).where(tables.message.c.row == row))


def known_places(reader: Reader, account: str, folder: str) -> dict[str, str]:
    """Remote key -> message id."""
    p = tables.message_place
    lines = reader.connection.execute(select(p.c.remote, p.c.id).where(p.c.account == account, p.c.folder == folder))
    return {line.remote: line.id for line in lines}


def forget_places(tx: Transaction, account: str, folder: str, remotes: Iterable[str] | None = None) -> None:
    """The mail server has nothing under these keys any more (None: under none); the messages stay here."""
    p = tables.message_place
    statement = delete(p).where(p.c.account == account, p.c.folder == folder)
    tx.connection.execute(statement if remotes is None else statement.where(p.c.remote.in_(list(remotes))))


# ---- accounts and folders


def accounts(reader: Reader) -> list[Account]:
    a = tables.mail_account
    lines = reader.connection.execute(select(a).order_by(literal_column("rowid"))).mappings()
    return [Account(x["id"], x["kind"], x["address"], x["name"], orjson.loads(x["settings"])) for x in lines]


def save_account(tx: Transaction, account: Account) -> None:
    values = {
        "id": account.id,
        "kind": account.kind,
        "address": account.address,
        "name": account.name,
        "settings": orjson.dumps(dict(account.settings)).decode(),
    }
    statement = insert(tables.mail_account).values(**values)
    tx.connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def folders(reader: Reader, counted: bool = True) -> list[Folder]:
    """Every folder; `counted`: with how many messages it holds and how many are unread, which reads all messages."""
    f = tables.mail_folder
    counts = _counts(reader) if counted else {}
    result = []
    for line in reader.connection.execute(select(f).order_by(literal_column("rowid"))).mappings():
        total, unread = counts.get((line["account"], line["name"]), (0, 0))
        state = orjson.loads(line["state"]) if line["state"] else {}
        result.append(Folder(line["account"], line["name"], line["role"], state, int(total), int(unread or 0)))
    return result


def _counts(reader: Reader) -> dict[tuple[str, str], tuple[int, int | None]]:
    """(account, folder) -> how many messages, and how many of them unread."""
    m = tables.message
    statement = select(m.c.account, m.c.folder, func.count(), func.sum(1 - m.c.seen)).group_by(m.c.account, m.c.folder)
    return {(line[0], line[1]): (line[2], line[3]) for line in reader.connection.execute(statement)}


def save_folder(tx: Transaction, account: str, name: str, role: str | None, state: Mapping[str, Any] | None) -> None:
    values: dict[str, Any] = {"account": account, "name": name, "role": role}
    if state is not None:
        values["state"] = orjson.dumps(dict(state)).decode()
    statement = insert(tables.mail_folder).values(**values)
    tx.connection.execute(statement.on_conflict_do_update(index_elements=["account", "name"], set_=values))


def reference_of(message: MessageRow) -> Reference | None:
    return Reference.parse(message.regarding) if message.regarding else None
