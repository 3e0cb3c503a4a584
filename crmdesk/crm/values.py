"""What crosses the border to the server: questions and writes, rows and outcomes, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from crmdesk.crm.errors import CrmError
from crmdesk.model.query import Query
from crmdesk.model.record import Value


@dataclass(frozen=True)
class Row:
    """A record as the server has it.

    `values`: canonical, by logical name; columns that the model does not know under the names they came with; the name
    of what a lookup points at under `<lookup>@name`. The answer to a write has no parties in it, as on Dataverse.
    """

    entity: str
    id: str
    version: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Removed:
    """An id that left a followed table: "deleted", or "changed" when it is out of our rights."""

    id: str
    reason: str


@dataclass(frozen=True)
class Page:
    """`count` (at most 5,000 on Dataverse) where it was asked for. `server_time`: by the server's clock, aware, UTC."""

    rows: tuple[Row, ...]
    removed: tuple[Removed, ...]
    next_link: str | None
    delta_link: str | None
    count: int | None
    server_time: datetime


@dataclass(frozen=True)
class Read:
    """A question: a query, or a link that an earlier page gave (then `entity` says of what).

    People of an activity come along unless `track_changes` (Dataverse expands nothing then) or a selection leaves them
    out. The pages of a tracked table want `track_changes` too.
    """

    query: Query | None = None
    link: str | None = None
    entity: str = ""
    track_changes: bool = False
    page_size: int | None = None

    @property
    def about(self) -> str:
        return self.query.entity if self.query else self.entity


@dataclass(frozen=True)
class Create:
    """Made under its own id, and only if that is not there yet: asking twice makes one record."""

    entity: str
    id: str
    values: Mapping[str, Value]
    detect_duplicates: bool = False


@dataclass(frozen=True)
class Update:
    """The changed fields alone, for the version that was seen (`*`: whatever is there)."""

    entity: str
    id: str
    values: Mapping[str, Value]
    version: str
    detect_duplicates: bool = False


@dataclass(frozen=True)
class Delete:
    """`version` None: whatever is there."""

    entity: str
    id: str
    version: str | None = None


@dataclass(frozen=True)
class Deleted:
    """It is not there any more (a delete that finds nothing has succeeded)."""


@dataclass(frozen=True)
class WhoAmI:
    user_id: str
    organization_id: str
    business_unit_id: str


Write: TypeAlias = Create | Update | Delete
Single: TypeAlias = Row | Deleted | CrmError
Outcome: TypeAlias = Row | Deleted | CrmError | tuple[Row | Deleted | CrmError, ...]
