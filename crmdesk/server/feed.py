"""Change tracking: what was new, changed or deleted in a table since a token was given."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import orjson
from sqlalchemy import and_, delete, exists, not_, or_, select

from crmdesk.model.entity import Entity
from crmdesk.model.query import Query
from crmdesk.model.record import Value
from crmdesk.model.words import ORGANIZATION
from crmdesk.server.database import Snapshot, Transaction
from crmdesk.server.errors import bad_request, expired_token
from crmdesk.server.query import Key, Row, selected_fields
from crmdesk.server.tables import GONE, RECORDS

_DAY = 86_400
_DEFAULT_DAYS = 7


@dataclass(frozen=True)
class DeltaToken:
    """Everything up to `version` is known to the client; `issued` (seconds) tells when it heard that."""

    version: int
    issued: int
    organization: str

    def __str__(self) -> str:
        return f"{self.version}!{self.issued}!{self.organization[:8]}"


def token_now(snapshot: Snapshot) -> DeltaToken:
    """The token of a client that sees this snapshot: a write still in flight has a later version."""
    return DeltaToken(snapshot.version, int(snapshot.now.timestamp()), snapshot.organization)


def token_from(snapshot: Snapshot, text: str) -> DeltaToken:
    """A token that this database gave. ServiceError when it is foreign or too old."""
    version, _, rest = text.partition("!")
    issued, _, organization = rest.partition("!")
    if not (version.isdecimal() and issued.isdecimal()):
        raise bad_request("The $deltatoken is not one that this service gave.")
    token = DeltaToken(int(version), int(issued), organization)
    foreign = organization != snapshot.organization[:8] or token.version > snapshot.version
    if foreign or token.issued < _oldest(snapshot):
        raise expired_token()
    return token


@dataclass(frozen=True)
class Cursor:
    """Where the next page begins. `token`, as text, is what the delta link of the last page will carry."""

    key: Key
    token: str | None = None
    gone: bool = False  # the key is one of the deleted rows

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([list(self.key), self.token, self.gone])).decode().rstrip("=")


def cursor_from(text: str) -> Cursor:
    """From a $skiptoken. ServiceError when it is none of ours."""
    try:
        key, token, gone = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(key, list) or not isinstance(token, str | None):
            raise ValueError(text)
    except (ValueError, TypeError, binascii.Error):
        raise bad_request("The $skiptoken is not one that this service gave.") from None
    return Cursor(key, token, bool(gone))


@dataclass(frozen=True)
class Changes:
    """A page of changes: rows as they are now, then ids that are gone. `rest` None: nothing more."""

    rows: list[Row]
    gone: list[str]
    rest: Cursor | None


def changes_since(
    snapshot: Snapshot, kind: Entity, query: Query, since: DeltaToken, size: int, after: Cursor | None
) -> Changes:
    """At most `size` changes of the rows of `kind` since a token, in the order of their versions."""
    token = (after and after.token) or str(token_now(snapshot))
    rows: list[Row] = []
    if after is None or not after.gone:
        rows = _changed(snapshot, kind, query, _key(after, since), size + 1)
        if len(rows) > size:
            last = rows[size - 1]
            return Changes(rows[:size], [], Cursor([last.version, last.id], token))
        after = None
    room = size - len(rows)
    gone = _gone(snapshot, kind, _key(after, since), room + 1)
    ids = [key for key, _ in gone[:room]]
    if len(gone) <= room:
        return Changes(rows, ids, None)
    rest = [gone[room - 1][1], gone[room - 1][0]] if room else [since.version, _BEYOND_ALL_IDS]
    return Changes(rows, ids, Cursor(rest, token, gone=True))


def count_changes(snapshot: Snapshot, kind: Entity, since: DeltaToken) -> int:
    """How many rows of `kind` were added, changed or deleted since a token."""
    everything = 2**62
    key = _key(None, since)
    return len(_changed(snapshot, kind, Query(kind.name, (kind.id_field,)), key, everything)) + len(
        _gone(snapshot, kind, key, everything)
    )


def forget_old_traces(transaction: Transaction) -> None:
    """Drop the traces of deletions that no living token asks for."""
    days = _days(transaction)
    oldest = transaction.now.timestamp() - (days + 1) * _DAY
    moment = type(transaction.now).fromtimestamp(oldest, transaction.now.tzinfo).strftime("%Y-%m-%dT%H:%M:%SZ")
    transaction.connection.execute(delete(GONE).where(GONE.c.at < moment))


_BEYOND_ALL_IDS = "~"


def _key(after: Cursor | None, since: DeltaToken) -> tuple[int, str]:
    if after is None:
        return since.version, _BEYOND_ALL_IDS
    if len(after.key) != 2 or not isinstance(after.key[0], int) or not isinstance(after.key[1], str):
        raise bad_request("The $skiptoken does not belong to this question.")
    return after.key[0], after.key[1]


def _changed(snapshot: Snapshot, kind: Entity, query: Query, key: tuple[int, str], most: int) -> list[Row]:
    table = RECORDS[kind.name]
    fields = selected_fields(kind, query)
    version, identity = table.c.versionnumber, table.c[kind.id_field]
    asked = (
        select(identity, version, *(table.c[field.name] for field in fields))
        .where(version >= key[0], or_(version > key[0], identity > key[1]))
        .order_by(version, identity)
        .limit(most)
    )
    names = [field.name for field in fields]
    return [
        Row(row[0], row[1], dict(zip(names, row[2:], strict=True))) for row in snapshot.connection.execute(asked).all()
    ]


def _gone(snapshot: Snapshot, kind: Entity, key: tuple[int, str], most: int) -> list[tuple[str, int]]:
    later = or_(GONE.c.version > key[0], and_(GONE.c.version == key[0], GONE.c.id > key[1]))
    came_back = exists().where(RECORDS[kind.name].c[kind.id_field] == GONE.c.id)
    asked = (
        select(GONE.c.id, GONE.c.version)
        .where(GONE.c.entity == kind.name, GONE.c.version >= key[0], later, not_(came_back))
        .order_by(GONE.c.version, GONE.c.id)
        .limit(most)
    )
    return [(str(row[0]), int(row[1])) for row in snapshot.connection.execute(asked)]


def _days(snapshot: Snapshot) -> int:
    table = RECORDS[ORGANIZATION.name]
    days: Value = snapshot.connection.scalar(select(table.c.expirechangetrackingindays))
    return int(days) if days else _DEFAULT_DAYS


def _oldest(snapshot: Snapshot) -> int:
    return int(snapshot.now.timestamp()) - _days(snapshot) * _DAY
