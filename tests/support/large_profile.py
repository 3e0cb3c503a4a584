"""A profile as somebody has it after years: very many records and messages, written straight into its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert

from crmdesk.mail.maildir import INBOX, Maildir
from crmdesk.model.record import Value
from crmdesk.session.session import DATABASE
from crmdesk.store import mailbox, records, tables
from crmdesk.store.engines import driver
from crmdesk.store.mailbox import Account
from crmdesk.store.store import Store, Transaction, set_meta

ME = str(UUID(int=7))
ACCOUNT = Account("work", "local", "anna@us.example", "Anna Berg", {})
_ROWS_AT_ONCE = 5000
_OTHER = str(UUID(int=8))


@dataclass(frozen=True)
class Amounts:
    """How much there is. A third of the contacts, and all tasks, are the person's own."""

    contacts: int = 0
    accounts: int = 0
    tasks: int = 0
    messages: int = 0


def contact_id(number: int) -> str:
    return str(UUID(int=0xC0 << 64 | number, version=4))


def account_id(number: int) -> str:
    return str(UUID(int=0xA0 << 64 | number, version=4))


def make_profile(folder: Path, amounts: Amounts, now: datetime) -> None:
    """A new profile that was never connected; messages and tasks lie around `now` (aware)."""
    store = Store(folder / DATABASE)
    fill(store, amounts, now)
    store.close()


def fill(store: Store, amounts: Amounts, now: datetime) -> None:
    """The same in a store that is there already. What is filled is synchronised: nothing waits to be sent."""
    with store.transaction(durable=False) as tx:
        set_meta(tx, "me", tx.me or ME)
        me = f"systemuser:{tx.me or ME}"
        for entity, lines in (
            ("account", _accounts(amounts, me)),
            ("contact", _contacts(amounts, me)),
            ("task", _tasks(amounts, me, now)),
        ):
            records.add_many(tx, entity, 1, lines)
        mailbox.save_account(tx, ACCOUNT)
        for name in ("Inbox", "Sent", "Archive", "Trash"):
            mailbox.save_folder(tx, ACCOUNT.id, name, name.lower(), None)
        _add_messages(tx, amounts.messages, now)


Lines = Iterator[tuple[str, str, dict[str, Value]]]


def _accounts(amounts: Amounts, me: str) -> Lines:
    for number in range(amounts.accounts):
        key = account_id(number)
        values = {"accountid": key, "name": f"Company {number * 7919 % 100_003}", "ownerid": me, "statecode": 0}
        yield key, "1", {**values, "address1_city": f"Town {number % 997}", "modifiedon": "2026-01-05T08:00:00Z"}


def _contacts(amounts: Amounts, me: str) -> Lines:
    for number in range(amounts.contacts):
        key, first = contact_id(number), f"Given{number % 997}"
        last = f"{chr(65 + number * 7 % 26)}amily{number}"
        company = f"account:{account_id(number % amounts.accounts)}" if amounts.accounts else None
        yield (
            key,
            "1",
            {
                "contactid": key,
                "fullname": f"{first} {last}",
                "firstname": first,
                "lastname": last,
                "jobtitle": f"Buyer of department {number % 40}",
                "emailaddress1": f"{first}.{last}@company{number % 4999}.example".lower(),
                "telephone1": f"+49 30 {number:08}",
                "parentcustomerid": company,
                "address1_city": f"Town {number % 1200}",
                "ownerid": me if number % 3 == 0 else f"systemuser:{_OTHER}",
                "statecode": 0,
                "statuscode": 1,
                "modifiedon": f"2026-0{1 + number % 9}-05T08:{number % 60:02}:00Z",
            },
        )


def _tasks(amounts: Amounts, me: str, now: datetime) -> Lines:
    for number in range(amounts.tasks):
        key = str(UUID(int=0x70 << 64 | number, version=4))
        due = now + timedelta(hours=number * 37 % 4800 - 1200)
        yield (
            key,
            "1",
            {
                "activityid": key,
                "subject": f"Call about offer {number}",
                "scheduledend": None if number % 11 == 0 else _text(due),
                "statecode": 1 if number % 4 == 0 else 0,
                "prioritycode": 1 + number % 3 % 2,
                "ownerid": me,
                "regardingobjectid": f"contact:{contact_id(number)}" if number < amounts.contacts else None,
                "modifiedon": _text(due - timedelta(days=9)),
            },
        )


def _add_messages(tx: Transaction, count: int, now: datetime) -> None:
    """Two and a half years of an inbox; two fifths of the messages stand in conversations of three."""
    for first in range(0, count, _ROWS_AT_ONCE):
        numbers = range(first, min(first + _ROWS_AT_ONCE, count))
        tx.connection.execute(insert(tables.message), [_message(number, count, now) for number in numbers])
    below = driver(tx.connection)
    below.execute("INSERT INTO message_raw (row, raw) SELECT row, CAST(subject || snippet AS BLOB) FROM message")
    below.execute(
        "INSERT INTO message_words (rowid, subject, people, body)"
        " SELECT row, subject, sender_name || ' ' || sender, snippet FROM message"
    )


def _message(number: int, count: int, now: datetime) -> dict[str, Value]:
    """Number 0 is the oldest."""
    person = number * 31 % 4001
    sent = number % 10 == 9
    thread = number // 5 * 5 if number % 5 < 3 else number
    return {
        "id": mailbox.id_of(f"<{number}@mail.example>"),
        "message_id": f"<{number}@mail.example>",
        "account": ACCOUNT.id,
        "folder": "Sent" if sent else "Inbox",
        "remote": None,
        "date": _text(now - timedelta(minutes=(count - number) * 1_300_000 // max(count, 1))),
        "sender_name": "Anna Berg" if sent else f"Given{person} Family{person}",
        "sender": ACCOUNT.address if sent else f"given.family{person}@company{person % 499}.example",
        "recipients": f'[["to", "Given{person}", "given{person}@company.example"]]',
        "subject": f"Offer {thread} for the spring fair",
        "snippet": f"Thank you for number {number}; we would like to hear about delivery in week {number % 52}.",
        "thread": f"<{thread}@mail.example>",
        "in_reply_to": None,
        "refs": "[]",
        "outgoing": int(sent),
        "seen": int(number % 40 != 0),
        "starred": int(number % 100 == 0),
        "attachments": number % 9 // 8,
        "size": 4000,
        "state": "sent" if sent else "received",
    }


def make_mailbox(folder: Path, count: int) -> Path:
    """A new Maildir with so many unread messages, none of which is in a profile made here."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    box = Maildir(folder)
    for number in range(count):
        message = EmailMessage()
        message["From"] = f"Given{number} Family <given.family{number}@company.example>"
        message["To"] = ACCOUNT.address
        message["Subject"] = f"Delivery {number}"
        message["Message-ID"] = f"<new{number}@mail.example>"
        message["Date"] = f"Mon, 23 Nov 2026 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000"
        message.set_content(f"Number {number} has arrived; please say when we can call.\n" * 20)
        box.deliver(INBOX, message.as_bytes())
    return folder


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
