"""Questions and writes to the server, many in one request. Values in, values out (docs: Dataverse Web API, $batch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import quote, urljoin

import httpx
import orjson

from crmdesk.crm.errors import CrmError, Garbled, Gone, Refused, error_of
from crmdesk.crm.http import PATIENCE, TIMEOUT, Http, Reply, Traffic
from crmdesk.crm.sign_in import SERVICE, Credentials
from crmdesk.model.entity import Entity
from crmdesk.model.query import Expand, Query
from crmdesk.model.record import Value, new_id
from crmdesk.model.words import ENTITIES, entity
from crmdesk.odata import batch, rows
from crmdesk.odata.errors import ODataError
from crmdesk.odata.queries import format_query

ANNOTATIONS = 'odata.include-annotations="*"'
MOST_PARTS = 1000


@dataclass(frozen=True)
class Row:
    """A record as the server has it: canonical values by logical name, unknown columns under their own names."""

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
    """`server_time` is the server's own, aware; `count` is there when it was asked for."""

    rows: tuple[Row, ...]
    removed: tuple[Removed, ...]
    next_link: str | None
    delta_link: str | None
    count: int | None
    server_time: datetime


@dataclass(frozen=True)
class Read:
    """A question: a query, or a link that an earlier answer gave (then `entity` says of what)."""

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
    """The changed fields alone, for the version that was seen."""

    entity: str
    id: str
    values: Mapping[str, Value]
    version: str
    detect_duplicates: bool = False


@dataclass(frozen=True)
class Delete:
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


Write: TypeAlias = Create | Update | Delete
Single: TypeAlias = Row | Deleted | CrmError
Outcome: TypeAlias = Row | Deleted | CrmError | tuple[Row | Deleted | CrmError, ...]


@dataclass
class Client:
    """One server, one user. To be used by one thread at a time. `stopped` is asked between tries and while waiting."""

    url: str
    credentials: Credentials
    transport: httpx.BaseTransport | None = None
    stopped: Callable[[], bool] = lambda: False
    patience: float = PATIENCE
    timeout: httpx.Timeout = field(default_factory=lambda: TIMEOUT)

    def __post_init__(self) -> None:
        self.root = f"{self.url.rstrip('/')}{SERVICE}"
        self._http = Http(
            self.root, self.credentials, self.transport, lambda: self.stopped(), self.patience, self.timeout
        )

    @property
    def traffic(self) -> Traffic:
        return self._http.traffic

    def close(self) -> None:
        self._http.close()

    def who_am_i(self) -> WhoAmI:
        """Raises CrmError; Garbled when what answers is no CRM server."""
        reply = self._http.send("GET", f"{self.root}WhoAmI")
        content = self._json(reply) if reply.status == 200 else {}
        if "UserId" not in content:
            raise Garbled(f"{self.url} does not answer like a CRM server ({reply.status}). Check the address.")
        return WhoAmI(str(content["UserId"]).lower(), str(content.get("OrganizationId", "")).lower())

    def get(self, name: str, key: str) -> Row:
        """The server's row now. Raises Gone and the other CrmErrors."""
        kind = entity(name)
        query = format_query(_with_parties(Query(name)))
        reply = self._http.send("GET", self._url(f"{kind.set_name}({key})", query), {"Prefer": ANNOTATIONS})
        if reply.status != 200:
            raise _not_found(error_of(reply.status, reply.body), kind)
        return self._row(kind, self._json(reply))

    def ask(self, reads: Sequence[Read]) -> list[Page | CrmError]:
        """The answers in order; one request for up to 1,000 questions. Raises CrmError when the whole went wrong."""
        if len(reads) == 1:
            url, headers = self._asked(reads[0])
            reply = self._http.send("GET", url, headers)
            return [self._page(reads[0], reply.status, reply.body, _time(reply.headers))]
        answers: list[Page | CrmError] = []
        for start in range(0, len(reads), MOST_PARTS):
            part = reads[start : start + MOST_PARTS]
            requests = []
            for read in part:
                url, headers = self._asked(read)
                requests.append(batch.Request("GET", url, headers))
            replies, time = self._batch(requests, repeatable=True)
            for read, one in zip(part, replies, strict=True):
                if isinstance(one, list):
                    raise Garbled("The server answered a question with a change set. Nothing was changed.")
                answers.append(self._page(read, one.status, one.body, time))
        return answers

    def write(self, writes: Sequence[Write | tuple[Write, ...]]) -> list[Outcome]:
        """Carry out each on its own, a tuple all or nothing (a change set): one request, outcomes in order.

        Never repeated after it may have reached the server: then CrmError, and nothing is known of any of them.
        """
        items: list[batch.Item] = []
        for each in writes:
            if isinstance(each, tuple):
                requests = tuple(self._written(one, str(number)) for number, one in enumerate(each, 1))
                items.append(batch.ChangeSet(requests))
            else:
                items.append(self._written(each, None))
        replies, _ = self._batch(items, repeatable=False)
        if len(replies) != len(writes):
            raise Garbled("The server's answer was incomplete. What it did will be found out before anything is sent.")
        return [self._outcome(each, reply) for each, reply in zip(writes, replies, strict=True)]

    def duplicates_of(self, name: str, key: str, values: Mapping[str, Value]) -> list[Row]:
        """The records that a new one looks like, as far as we may see them; empty when the server does not tell."""
        kind = entity(name)
        inline = {"@odata.type": f"Microsoft.Dynamics.CRM.{name}", **rows.to_wire(kind, values, key)}
        names = "BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3"
        aliases = {
            "@p1": orjson.dumps(inline).decode(),
            "@p2": f"'{name}'",
            "@p3": '{"PageNumber":1,"Count":20}',
        }
        query = "&".join(f"{alias}={quote(text)}" for alias, text in aliases.items())
        reply = self._http.send("GET", self._url(f"RetrieveDuplicates({names})", query), {"Prefer": ANNOTATIONS})
        if reply.status != 200:
            return []
        return [self._row(kind, row) for row in self._json(reply).get("value", [])]

    # ---- how it is said

    def _url(self, path: str, query: str = "") -> str:
        return f"{self.root}{path}{'?' if query else ''}{query}"

    def _asked(self, read: Read) -> tuple[str, dict[str, str]]:
        prefer = [ANNOTATIONS]
        if read.page_size and not (read.query and read.query.top is not None):
            prefer.append(f"odata.maxpagesize={read.page_size}")
        if read.track_changes:
            prefer.append("odata.track-changes")
        headers = {"Prefer": ",".join(prefer), "Accept": "application/json"}
        if read.link is not None:
            return urljoin(self.root, read.link), headers
        if read.query is None:
            raise ValueError("A question needs a query or a link.")
        query = read.query if read.track_changes or read.query.select else _with_parties(read.query)
        return self._url(entity(query.entity).set_name, format_query(query)), headers

    def _written(self, write: Write, content_id: str | None) -> batch.Request:
        kind = entity(write.entity)
        url = self._url(f"{kind.set_name}({write.id})")
        if isinstance(write, Delete):
            headers = {"If-Match": write.version} if write.version else {}
            return batch.Request("DELETE", url, headers, content_id=content_id)
        headers = {"Content-Type": "application/json", "Prefer": f"return=representation,{ANNOTATIONS}"}
        if isinstance(write, Create):
            headers["If-None-Match"] = "*"
        else:
            headers["If-Match"] = write.version
        if write.detect_duplicates:
            headers["MSCRM.SuppressDuplicateDetection"] = "false"
        known = {name: value for name, value in write.values.items() if kind.has(name)}
        return batch.Request("PATCH", url, headers, orjson.dumps(rows.to_wire(kind, known)), content_id)

    def _batch(self, items: Sequence[batch.Item], repeatable: bool) -> tuple[list[batch.AnswerItem], datetime]:
        boundary = f"batch_{new_id()}"
        headers = {
            "Content-Type": batch.content_type(boundary),
            "Prefer": "odata.continue-on-error",
            "Accept": "multipart/mixed",
        }
        body = batch.encode_batch(items, boundary)
        reply = self._http.send("POST", f"{self.root}$batch", headers, body, repeatable)
        if reply.status != 200:
            raise error_of(reply.status, reply.body)
        try:
            answers = batch.parse_answers(reply.body, reply.headers.get("content-type", ""))
        except ODataError as error:
            raise Garbled(
                f"The server's answer was cut or cannot be understood ({error}). It is asked again."
            ) from None
        if len(answers) != len(items):
            raise Garbled("The server's answer was incomplete. It is asked again.")
        return answers, _time(reply.headers)

    # ---- how it is understood

    def _json(self, reply: Reply) -> dict[str, Any]:
        return _object(reply.body)

    def _row(self, kind: Entity, content: Mapping[str, Any]) -> Row:
        try:
            key, etag, values = rows.from_wire(kind, content)
        except (ODataError, ValueError, KeyError) as error:
            raise Garbled(f"The server sent a {kind.label.lower()} that cannot be understood: {error}") from None
        return Row(kind.name, key, etag or "", values)

    def _page(self, read: Read, status: int, body: bytes, time: datetime) -> Page | CrmError:
        kind = entity(read.about)
        if status != 200:
            return error_of(status, body, read.link or "")
        content = _object(body)
        found, removed = [], []
        for each in content.get("value", ()):
            if "$deletedEntity" in each.get("@odata.context", ""):
                removed.append(Removed(str(each["id"]).lower(), str(each.get("reason", "deleted"))))
            else:
                found.append(self._row(kind, each))
        return Page(
            tuple(found),
            tuple(removed),
            content.get("@odata.nextLink"),
            content.get("@odata.deltaLink"),
            content.get("@odata.count"),
            time,
        )

    def _outcome(self, write: Write | tuple[Write, ...], answer: batch.AnswerItem) -> Outcome:
        if isinstance(write, tuple):
            if isinstance(answer, list):
                if len(answer) != len(write):
                    raise Garbled("The server's answer was incomplete.")
                return tuple(self._single(one, part) for one, part in zip(write, answer, strict=True))
            return error_of(answer.status, answer.body)
        if isinstance(answer, list):
            (answer,) = answer
        return self._single(write, answer)

    def _single(self, write: Write, answer: batch.Answer) -> Single:
        kind = entity(write.entity)
        if isinstance(write, Delete):
            if answer.status in (200, 204):
                return Deleted()
            error = error_of(answer.status, answer.body)
            return Deleted() if isinstance(error, Gone) else error
        if answer.status in (200, 201):
            return self._row(kind, _object(answer.body))
        error = error_of(answer.status, answer.body)
        if isinstance(error, Gone) and (isinstance(write, Create) or write.id not in str(error).lower()):
            # not the record itself: something that it points at
            return Refused(str(error), "0x80040217", answer.status)
        return error


def _with_parties(query: Query) -> Query:
    parties = ENTITIES[query.entity].parties
    if parties is None or query.expand or query.select:
        return query
    return Query(query.entity, query.select, query.filter, query.order, query.top, query.count, (Expand(parties.name),))


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Garbled("The server's answer was cut or cannot be understood. It is asked again.") from None
    if not isinstance(content, dict):
        raise Garbled("The server's answer cannot be understood. It is asked again.")
    return content


def _not_found(error: CrmError, kind: Entity) -> CrmError:
    return Gone(f"There is no such {kind.label.lower()} on the server.") if isinstance(error, Gone) else error


def _time(headers: Mapping[str, str]) -> datetime:
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        # no server's time: one so old that nothing is missed, at the price of reading more
        return datetime(2000, 1, 1, tzinfo=UTC)
