"""The tables. Fixed ones are made by migrations/; one table per entity is made from the model (record_tables.py).

Values inside records are JSON; what lists sort or filter by are generated columns over it, with indexes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Computed,
    Float,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.types import TypeEngine

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.words import ENTITIES
from crmdesk.sql.folding import fold

fixed = MetaData()
records = MetaData()

meta = Table("meta", fixed, Column("name", Text, primary_key=True), Column("value", Text))
option = Table("option", fixed, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# One row per record that has something to send, and per mail to be handed over (kind "mail", id of the message).
outbox = Table(
    "outbox",
    fixed,
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # record | mail
    Column("entity", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("sent", Text),  # JSON: the attempts that were not answered, oldest first
    Column("created_anyway", Integer, nullable=False, server_default=text("0")),
    Column("at", Text, nullable=False),
    UniqueConstraint("kind", "entity", "id"),
)
problem = Table(
    "problem",
    fixed,
    Column("row", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("choices", Text, nullable=False),  # JSON list
    Column("details", Text, nullable=False),  # JSON object
    Column("at", Text, nullable=False),
    Column("run", Text),
    UniqueConstraint("entity", "record_id", "kind"),
)
history = Table(
    "history",
    fixed,
    Column("row", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Text, nullable=False),
    Column("run", Text),
    Column("who", Text),  # the one whose value was lost
    Column("entity", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("field", Text),  # None: the whole record
    Column("lost", Text, nullable=False),  # JSON: the value, or the whole record's values
    Column("kept", Text),  # JSON: what stands there instead
    Column("reason", Text, nullable=False),
    Column("name", Text),  # what the record was called
    Column("restored", Text),  # when it was brought back
    Index("history_record", "entity", "record_id"),
    Index("history_run", "run"),
)
run = Table(
    "run",
    fixed,
    Column("row", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("outcome", Text),  # complete | stopped | failed
    Column("report", Text),  # JSON
)
# Where a pull goes on. feed: "group" (the local data group) or "extras" (what else is kept: tracked, referred to).
bookmark = Table(
    "bookmark",
    fixed,
    Column("entity", Text, primary_key=True),
    Column("feed", Text, primary_key=True),
    Column("question", Text, nullable=False),  # what was asked; another question starts anew
    Column("link", Text),  # next or delta link
    Column("reading", Integer, nullable=False),  # 1: in the middle of a load, link is the next page
    Column("load", Integer, nullable=False),  # number of the full load; rows seen by it carry the number
    Column("watermark", Text),  # the server's time before the first page of the load under way or done
    Column("loaded", Text),  # the question of the last complete load
    Column("swept", Text),  # local time of the last sweep of ids
    Column("complete", Integer, nullable=False, server_default=text("0")),
    Column("page", Integer),  # rows a page of the load under way: every page of it is asked for in the same size
)
leaving = Table(
    "leaving",
    fixed,
    Column("entity", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("reason", Text, nullable=False),  # deleted | left
    Column("run", Text),
)
# Records that something local refers to and that are not here yet.
wanted = Table("wanted", fixed, Column("entity", Text, primary_key=True), Column("id", Text, primary_key=True))
# Any number per entity, additive; an entity without one has its default (store.local_data).
data_group = Table(
    "data_group",
    fixed,
    Column("row", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("entity", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("filter", Text, nullable=False),
    Column("enabled", Integer, nullable=False, server_default=text("1")),
)
# What the server confirmed: one line per change that was sent, with the version that it became.
receipt = Table(
    "receipt",
    fixed,
    Column("row", Integer, primary_key=True),
    Column("run", Text),
    Column("at", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("name", Text),  # what the record was called
    Column("verb", Text, nullable=False),  # create | update | delete
    Column("fields", Text, nullable=False),  # JSON list of the names that were sent
    Column("before", Text),  # the version that it was based on
    Column("version", Text),  # the version that it became; None: it was deleted
    Index("receipt_run", "run"),
    Index("receipt_record", "entity", "record_id"),
)
# What the person said to a reminder (store.reminders): tell again at `snoozed`, or not of the time `dismissed`.
reminder = Table(
    "reminder",
    fixed,
    Column("entity", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("snoozed", Text),
    Column("dismissed", Text),
)
mail_account = Table(
    "mail_account",
    fixed,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # imap | maildir | local
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("settings", Text, nullable=False),  # JSON, no secrets
)
mail_folder = Table(
    "mail_folder",
    fixed,
    Column("account", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("role", Text),  # inbox | sent | drafts | archive | trash | outbox
    Column("state", Text),  # JSON: where fetching goes on
)
message = Table(
    "message",
    fixed,
    Column("row", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("remote", Text),  # uid or file key in that folder
    Column("date", Text, nullable=False),
    Column("sender_name", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipients", Text, nullable=False),  # JSON: [[kind, name, address]]
    Column("subject", Text, nullable=False),
    Column("snippet", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("refs", Text, nullable=False),  # JSON list of Message-IDs
    Column("outgoing", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("starred", Integer, nullable=False),
    Column("attachments", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("tracked_because", Text),
    Column("state", Text, nullable=False),  # received | draft | waiting | sent | unknown
    Index("message_list", "account", "folder", "date", "thread"),  # all that a list by conversations asks for
    Index("message_thread", "thread"),
    Index("message_sender", "sender"),
)
message_raw = Table(
    "message_raw",
    fixed,
    Column("row", Integer, primary_key=True),
    Column("raw", LargeBinary, nullable=False),
)
# A message that stands in several folders, or under several keys, is one message with several places.
message_place = Table(
    "message_place",
    fixed,
    Column("account", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("remote", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Index("message_place_id", "id"),
)
# Senders whose remote pictures are always shown.
picture_sender = Table("picture_sender", fixed, Column("address", Text, primary_key=True))
address = Table(
    "address",
    fixed,
    Column("entity", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("company", Text),
    Column("owner", Text),
    Column("created", Text),
    Index("address_folded", "folded"),
)

_SORTED_BESIDE_COLUMNS = (
    "statecode",
    "statuscode",
    "ownerid",
    "modifiedon",
    "createdon",
    "scheduledstart",
    "scheduledend",
    "messageid",
    "lastname",
    "objectid",
)
_AFFINITY: dict[FieldType, type[TypeEngine[Any]]] = {
    FieldType.INTEGER: Integer,
    FieldType.BIGINT: Integer,
    FieldType.BOOLEAN: Integer,
    FieldType.CHOICE: Integer,
    FieldType.STATE: Integer,
    FieldType.STATUS: Integer,
    FieldType.DECIMAL: Float,
    FieldType.MONEY: Float,
    FieldType.DOUBLE: Float,
}


_LIST_ORDERS = {("contact", "lastname"): ("lastname", "fullname")}
"""Where a list sorts by more than one column: entity and first column -> all of them."""
_AS_THEY_STAND = ("messageid",)
"""Texts that are looked up letter by letter; all others without regard to case."""
LIVE = "live"
"""Marks an index that the window's lists need at any time, also in the middle of a first load."""


def listed_fields(entity: Entity) -> tuple[Field, ...]:
    """The fields that have a generated column with an index: what lists show, and what records are looked up by."""
    lookups = tuple(f.name for f in entity.lookups if not f.readonly)
    names = dict.fromkeys((*entity.columns, *entity.addresses, *lookups, *_SORTED_BESIDE_COLUMNS))
    return tuple(entity.by_name[name] for name in names if entity.has(name))


def shown_expression(name: str) -> str:
    """SQL for a field's shown value: the person's own over the server's. The common case reads one JSON text only."""
    path = f"'$.{name}'"
    return (
        f"CASE WHEN overlay IS NULL OR json_type(overlay, {path}) IS NULL "
        f"THEN json_extract(base, {path}) ELSE json_extract(overlay, {path}) END"
    )


def affinity(field: Field) -> type[TypeEngine[Any]]:
    return _AFFINITY.get(field.type, Text)


@cache
def record_table(name: str) -> Table:
    """The table of one entity's local records."""
    entity = ENTITIES[name]
    columns: list[Column[Any]] = [
        Column("row", Integer, primary_key=True),
        Column("id", Text, nullable=False, unique=True),
        Column("base", Text),  # JSON: the server's last word; None: never there
        Column("version", Text),  # the server's etag of base
        Column("edits", Text),  # JSON: field -> [agreed, mine]
        Column("overlay", Text),  # JSON: mine, and what is computed from it; exists for the generated columns
        Column("gone", Integer, nullable=False, server_default=text("0")),
        Column("private", Integer, nullable=False, server_default=text("0")),
        Column("mine", Integer),  # 1 copied to my own, 0 taken out, None: as the owner says
        Column("in_group", Integer, nullable=False, server_default=text("0")),
        Column("seen", Integer, nullable=False, server_default=text("0")),  # number of the load that saw it last
    ]
    for field in listed_fields(entity):
        # stored: read from the row when an index is built and when a list is filtered, without taking JSON apart
        generated = Computed(shown_expression(field.name), persisted=True)
        columns.append(Column(f"g_{field.name}", affinity(field), generated))
    if entity.search:
        words = " || ' ' || ".join(f"coalesce({shown_expression(each)}, '')" for each in entity.search)
        columns.append(Column("g_text", Text, Computed(words, persisted=False)))
    table = Table(f"r_{name}", records, *columns)
    _add_indexes(entity, table)
    return table


def _add_indexes(entity: Entity, table: Table) -> None:
    """One per listed field. `gone` leads, as every list leaves deleted rows out: so the index alone gives its rows."""
    for field in listed_fields(entity):
        order = _LIST_ORDERS.get((entity.name, field.name), (field.name,))
        keys = [_compared(table, entity.by_name[each]) for each in order]
        live = len(order) > 1 or field.name == entity.columns[0]
        Index(f"r_{entity.name}_by_{field.name}", table.c.gone, *keys, info={LIVE: live})
    if "g_modifiedon" in table.c:
        Index(f"r_{entity.name}_in_group", table.c.in_group, table.c.g_modifiedon)


def _compared(table: Table, field: Field) -> ColumnElement[Any]:
    """What sorting and comparing look at (sql.where does the same)."""
    column = table.c[f"g_{field.name}"]
    is_text = field.type in (FieldType.STRING, FieldType.MEMO) and field.name not in _AS_THEY_STAND
    return fold(column) if is_text else column


def points_at(
    table: FromClause, lookup: str, target: ColumnElement[str] | str, gone: bool = True
) -> ColumnElement[bool]:
    """Whether the listed lookup shows `target` ("entity:guid"); answered by its index. `gone`: deleted rows too."""
    return and_(table.c.gone.in_((0, 1) if gone else (0,)), table.c[f"g_{lookup}"] == target)


def search_table(name: str) -> str:
    return f"f_{name}"
