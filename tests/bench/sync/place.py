"""A server with many contacts, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert

from crmdesk.model.record import Value
from crmdesk.server.database import Transaction, open_database
from crmdesk.server.security import create_user_record
from crmdesk.server.tables import RECORDS
from tests.support.server_process import ServerProcess

USER = "ann"
_MADE = "2026-10-01T08:00:00Z"  # long before the run, so that no watermark's overlap brings them again
_PART = 5000


def contact_id(number: int) -> str:
    """As if at random: in no order that an index would be grateful for."""
    return str(UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128, version=4))


def contact(number: int, owner: str) -> dict[str, Value]:
    """Twenty filled fields, some of them as unlike as in life, some the same in many."""
    return {
        "contactid": contact_id(number),
        "fullname": f"Given{number % 997} Family{number}",
        "firstname": f"Given{number % 997}",
        "lastname": f"Family{number}",
        "jobtitle": f"Buyer of department {number % 40}",
        "emailaddress1": f"given.family{number}@company{number % 4999}.example",
        "telephone1": f"+49 30 {number:08}",
        "mobilephone": f"+49 170 {number:08}",
        "department": f"Purchasing {number % 25}",
        "birthdate": f"19{50 + number % 50}-{1 + number % 12:02}-{1 + number % 28:02}",
        "description": f"Met at fair {number % 300}; wants an offer every spring, is to be called in the morning.",
        "address1_line1": f"{number % 200} Long Street",
        "address1_postalcode": f"{10000 + number % 80000}",
        "address1_city": f"Town {number % 1200}",
        "address1_country": "Germany",
        "statecode": 0,
        "statuscode": 1,
        "ownerid": owner,
        "createdon": _MADE,
        "modifiedon": _MADE,
        "createdby": owner,
        "modifiedby": owner,
    }


def fill(transaction: Transaction, first: int, count: int, owner: str) -> None:
    """Contacts number `first` and following; `owner` as systemuser:ID."""
    for start in range(first, first + count, _PART):
        lines = [
            {**contact(number, owner), "versionnumber": transaction.next_version()}
            for number in range(start, min(start + _PART, first + count))
        ]
        transaction.connection.execute(insert(RECORDS["contact"]), lines)


@contextmanager
def server_with(folder: Path, contacts: int) -> Iterator[ServerProcess]:
    """A server whose user USER owns so many contacts; it is a process of its own, killed at the end."""
    server = ServerProcess(folder / "server.sqlite")
    database = open_database(str(server.database))
    with database.writing() as transaction:
        fill(transaction, 0, contacts, f"systemuser:{create_user_record(transaction, USER)}")
    database.close()
    server.start()
    try:
        yield server
    finally:
        server.kill()
