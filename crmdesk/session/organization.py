"""What is asked of the server beside records: what its administrator allows, its duplicate rules, and who signed in.

    field of organization         the least milliseconds between two updates of
    minofflinesyncinterval        the local data
    minoutlooksyncinterval        the person's own items: here both are one run, so the larger of the two holds
    minaddressbooksyncinterval    the address book

All of it is kept in the profile, so that they hold without a network too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crmdesk.matching.duplicates import PUBLISHED
from crmdesk.model.query import Column, Compare, Query
from crmdesk.model.record import Value
from crmdesk.store.duplicates import keep_rules
from crmdesk.store.store import Reader, Store, get_meta, set_meta

if TYPE_CHECKING:
    from crmdesk.crm.client import Client

_UPDATE = ("minofflinesyncinterval", "minoutlooksyncinterval")
_ADDRESSES = "minaddressbooksyncinterval"
_MINUTE = 60_000  # milliseconds
_DAY = 24 * 60  # minutes
_ASKED, _LEAST_UPDATE, _LEAST_ADDRESSES, _NAME = (
    "organization asked",
    "least minutes",
    "least minutes address book",
    "user name",
)


@dataclass(frozen=True)
class Least:
    """The administrator's least minutes between two updates."""

    update: int = 1
    addresses: int = 1


def least(reader: Reader) -> Least:
    """As it was last heard; a minute where nothing was."""
    return Least(_kept(reader, _LEAST_UPDATE), _kept(reader, _LEAST_ADDRESSES))


def user_name(reader: Reader) -> str | None:
    """The full name of the signed-in user, where it was heard."""
    return get_meta(reader.connection, _NAME) or None


def hear(store: Store, client: Client, now: datetime, again: bool = False) -> None:
    """Ask the server, once a day unless `again`; where it gives no answer it is asked with the next run."""
    from crmdesk.crm.client import Page, Read  # httpx takes 70 ms, and the window must open first
    from crmdesk.crm.errors import CrmError

    today = now.date().isoformat()
    with store.read() as reader:
        if reader.me is None or (not again and get_meta(reader.connection, _ASKED) == today):
            return
        me = reader.me
    questions = [
        Query("organization", select=(*_UPDATE, _ADDRESSES)),
        Query("systemuser", select=("fullname",), filter=Compare(Column("systemuserid"), "eq", me)),
        Query("duplicaterule", filter=Compare(Column("statuscode"), "eq", PUBLISHED)),
        Query("duplicaterulecondition"),
    ]
    try:
        pages = client.ask([Read(query=each) for each in questions])
    except CrmError:
        return
    organization, user = (page.rows[0].values if isinstance(page, Page) and page.rows else {} for page in pages[:2])
    rules, conditions = ([row.values for row in each.rows] if isinstance(each, Page) else None for each in pages[2:])
    with store.transaction(durable=False) as tx:
        set_meta(tx, _ASKED, today)
        set_meta(tx, _LEAST_UPDATE, str(max(minutes_of(organization.get(name)) for name in _UPDATE)))
        set_meta(tx, _LEAST_ADDRESSES, str(minutes_of(organization.get(_ADDRESSES))))
        set_meta(tx, _NAME, _text(user, "fullname"))
        if rules is not None and conditions is not None:  # else what was heard last stays
            keep_rules(tx, rules, conditions)


def minutes_of(value: Value) -> int:
    """An interval as the organization has it, in whole minutes, at least one.

    It is kept in milliseconds: the reference of the organization table names no unit, but the script of Dynamics 365's
    page System Settings saves the minutes that were typed for minofflinesyncinterval and minoutlooksyncinterval times
    60 * 1000, and the hours for minaddressbooksyncinterval times 60 * 60 * 1000. Up to 1,440, little more
    than a second, it is minutes, a day at most: so an older bundled server has it.
    """
    if not isinstance(value, int) or value < 1:
        return 1
    return value if value <= _DAY else max(1, value // _MINUTE)


def _kept(reader: Reader, name: str) -> int:
    text = get_meta(reader.connection, name)
    return int(text) if text and text.isdigit() else 1


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
