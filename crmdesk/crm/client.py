"""Questions and writes to the server, many in one request: values in, values out (Dataverse Web API)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeVar
from urllib.parse import quote, urlsplit

import orjson

from crmdesk.crm.answers import error_of, json_object, page_of, retry_after, row_of, rows_of, time_of
from crmdesk.crm.errors import CrmError, Garbled, Gone, Undone
from crmdesk.crm.http import OBEDIENCE, PATIENCE, Http
from crmdesk.crm.sign_in import SERVICE, Credentials
from crmdesk.crm.values import (
    Create,
    Delete,
    Deleted,
    Outcome,
    Page,
    Read,
    Removed,
    Row,
    Single,
    Update,
    WhoAmI,
    Write,
)
from crmdesk.crm.wire import USUAL, Reply, Timeouts, Traffic, Transport
from crmdesk.model.entity import Entity, FieldType
from crmdesk.model.query import Expand, Query
from crmdesk.model.record import Value, new_id
from crmdesk.model.words import entity
from crmdesk.odata import batch, rows
from crmdesk.odata.errors import ODataError
from crmdesk.odata.queries import format_query

__all__ = [
    "Client",
    "Create",
    "Delete",
    "Deleted",
    "Outcome",
    "Page",
    "Read",
    "Removed",
    "Row",
    "Single",
    "Traffic",
    "Update",
    "WhoAmI",
    "Write",
]

MOST_PARTS = 1000  # requests that a batch may hold
LONGEST_URL = 8000  # characters; longer ones travel inside a batch, as proxies refuse them
CANDIDATES = 20  # records that look alike, enough to choose from
_ANNOTATIONS = f'odata.include-annotations="{rows.LOOKUP_NAME},{rows.FORMATTED}"'
_SERVICE_PATH = re.compile(r"(?:https?://[^/]+)?.*?/api/data/v\d+\.\d+/(?P<rest>.*)", re.IGNORECASE)

Whereabouts = Literal["there", "hidden", "deleted"]
_WHEREABOUTS: Mapping[int, Whereabouts] = {200: "there", 403: "hidden", 404: "deleted"}

_T = TypeVar("_T")


class Client:
    """One server, one user. For one thread at a time; `traffic` and `interrupt` from any.

    Any method raises Unreachable, Throttled, Garbled, SignInNeeded and Cancelled for a request that got no answer;
    what it asked may then have happened. `stopped` is asked between tries, while waiting and while an answer arrives.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        transport: Transport | None = None,
        *,
        stopped: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE,
        timeouts: Timeouts = USUAL,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        packs: bool = False,
    ) -> None:
        """`url`: as sign_in.server_url() gives it. `patience`: seconds in which a request is tried again.

        `packs`: what `packs` said of this server at an earlier time.
        """
        self.url = url.rstrip("/")
        self._root = f"{self.url}{SERVICE}"
        self._root_path = urlsplit(self._root).path
        self._http = Http(self.url, credentials, transport, stopped, patience, timeouts, clock, sleep, packs)

    @property
    def packs(self) -> bool:
        """Whether the server has said that it takes compressed bodies; then large ones go so."""
        return self._http.packs

    @property
    def told(self) -> Callable[[float], None]:
        """Hears the seconds whenever the server asks for a pause."""
        return self._http.told

    @told.setter
    def told(self, told: Callable[[float], None]) -> None:
        self._http.told = told

    @property
    def stopped(self) -> Callable[[], bool]:
        return self._http.stopped

    @stopped.setter
    def stopped(self, stopped: Callable[[], bool]) -> None:
        self._http.stopped = stopped

    @property
    def traffic(self) -> Traffic:
        """What went over the wire since the client was made; signing in is not counted."""
        return self._http.traffic

    def be_patient(self, seconds: float) -> None:
        """In how many seconds requests are tried again from now on; silence is borne for twice that at most.

        A server that asks for a pause (429 or 503 with Retry-After) gets up to OBEDIENCE seconds for a request, or no
        more than these where they are fewer than usual.
        """
        self._http.patience = seconds
        self._http.obedience = OBEDIENCE if seconds >= PATIENCE else seconds

    def interrupt(self) -> None:
        """Break off a wait for an answer, from any thread. Make `stopped` say so first; then it ends as Cancelled."""
        self._http.interrupt()

    def close(self) -> None:
        self._http.close()

    def who_am_i(self) -> WhoAmI:
        """Raises Garbled also when what answers there is no CRM server, Refused when the user may not enter."""
        reply = self._http.send("GET", f"{self._root}WhoAmI")
        try:
            found = json_object(reply.body) if reply.status == 200 else {}
        except Garbled:
            found = {}
        if reply.status == 403:
            raise error_of(reply.status, reply.body)
        if not found.get("UserId"):
            raise Garbled(f"{self.url} does not answer like a CRM server ({reply.status}). Check the address.")
        user, organization, unit = (str(found.get(name) or "").lower() for name in _WHO)
        return WhoAmI(user, organization, unit)

    def get(self, name: str, key: str) -> Row:
        """The server's record now, people included. Raises Gone, Refused."""
        kind = entity(name)
        query = format_query(_with_parties(Query(name)))
        reply = self._asked(f"{kind.set_name}({key}){'?' if query else ''}{query}", {"Prefer": _ANNOTATIONS})
        if reply.status != 200:
            raise error_of(reply.status, reply.body, record=key, part=True)
        return row_of(kind, json_object(reply.body))

    def whereabouts(self, name: str, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """What became of each of these records, by one request for up to 1,000.

        A question for many leaves out what may not be read as it leaves out what was deleted; asked for by its id,
        the one is 403 and the other 404. Raises CrmError.
        """
        kind = entity(name)
        found: dict[str, Whereabouts] = {}
        for part in _parts(ids, lambda _: 1):
            path = f"{self._root_path}{kind.set_name}({{}})?$select={kind.id_field}"
            answers, _ = self._batch([batch.Request("GET", path.format(key)) for key in part], repeatable=True)
            for key, answer in zip(part, answers, strict=True):
                if isinstance(answer, list):
                    raise Garbled("The server answered a question as if it were a change. It will be asked again.")
                where = _WHEREABOUTS.get(answer.status)
                if where is None:
                    raise error_of(answer.status, answer.body, record=key, part=True)
                found[key] = where
        return found

    def ask(self, reads: Sequence[Read]) -> list[Page | CrmError]:
        """The answers in order: one request for up to 1,000 questions, which do not disturb one another.

        Raises ODataError for a query that cannot be said, ValueError for a read without query and link.
        """
        paths = [self._path(read) for read in reads]
        if len(reads) == 1 and len(paths[0]) <= LONGEST_URL:
            reply = self._asked(paths[0], _preferences(reads[0]))
            return [_page(reads[0], reply.status, reply.headers, reply.body, time_of(reply.headers))]
        pages: list[Page | CrmError] = []
        for part in _parts(list(zip(reads, paths, strict=True)), lambda _: 1):
            requests = [batch.Request("GET", self._root_path + path, _preferences(read)) for read, path in part]
            answers, moment = self._batch(requests, repeatable=True)
            for (read, _), answer in zip(part, answers, strict=True):
                if isinstance(answer, list):
                    raise Garbled("The server answered a question as if it were a change. It will be asked again.")
                pages.append(_page(read, answer.status, answer.headers, answer.body, moment))
        return pages

    def write(self, writes: Sequence[Write | tuple[Write, ...]]) -> list[Outcome]:
        """Carry out each on its own, the writes of a tuple all or nothing (a change set). The outcomes in order.

        A tuple's outcome is a tuple, or one error where it is not known whose it is. Never sent again after it may have
        reached the server: what is raised then is about all of them. (With more than 1,000 writes there are several
        requests; where a later one got no answer, its error is the outcome of its writes and of all that follow.)
        """
        outcomes: list[Outcome] = []
        for part in _parts(writes, lambda each: len(each) if isinstance(each, tuple) else 1):
            try:
                answers, _ = self._batch([self._said(each) for each in part], repeatable=False)
            except CrmError as error:
                if not outcomes:
                    raise
                return outcomes + [error] * (len(writes) - len(outcomes))
            outcomes += [_outcome(each, answer) for each, answer in zip(part, answers, strict=True)]
        return outcomes

    def duplicates_of(self, name: str, key: str, values: Mapping[str, Value]) -> list[Row]:
        """The records that a new one looks like, as far as we may see them; empty when the server does not tell."""
        kind = entity(name)
        short = {each: value for each, value in values.items() if kind.has(each) and _tells(kind, each)}
        inline = {"@odata.type": f"Microsoft.Dynamics.CRM.{name}", **rows.to_wire(kind, short, key)}
        aliases = {
            "@p1": orjson.dumps(inline).decode(),
            "@p2": f"'{name}'",
            "@p3": f'{{"PageNumber":1,"Count":{CANDIDATES}}}',
        }
        query = "&".join(f"{alias}={quote(text)}" for alias, text in aliases.items())
        function = "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)"
        reply = self._asked(f"{function}?{query}", {"Prefer": _ANNOTATIONS})
        return rows_of(kind, json_object(reply.body)) if reply.status == 200 else []

    def table_sizes(self, names: Sequence[str]) -> dict[str, int | None]:
        """About how many records the server has of each entity, whoever may see them; None where it does not tell.

        RetrieveTotalRecordCount: a question's own count ends at 5,000, and Dataverse's answer may be a day old.
        """
        names_said = quote(orjson.dumps(list(names)).decode())
        reply = self._asked(f"RetrieveTotalRecordCount(EntityNames=@p1)?@p1={names_said}", {})
        found = json_object(reply.body).get("EntityRecordCountCollection") if reply.status == 200 else None
        sizes = dict(zip(found["Keys"], found["Values"], strict=True)) if isinstance(found, dict) else {}
        return {name: sizes.get(name) for name in names}

    # ---- how it is said

    def _path(self, read: Read) -> str:
        """What is asked for, from the service root on."""
        if read.link is not None:
            return self._within(read.link)
        if read.query is None:
            raise ValueError("A question needs a query or a link.")
        query = format_query(read.query if read.track_changes else _with_parties(read.query))
        return f"{entity(read.query.entity).set_name}{'?' if query else ''}{query}"

    def _within(self, link: str) -> str:
        """A link of the server, from the service root on.

        Its host is passed over: the token is for our server alone, which may know itself by another name than we do.
        """
        match = _SERVICE_PATH.fullmatch(link)
        if match is None and "://" in link:
            raise Garbled("The server's link to the next page points elsewhere. It will be asked again.")
        return match["rest"] if match else link.lstrip("/")

    def _said(self, write: Write | tuple[Write, ...]) -> batch.Item:
        if isinstance(write, tuple):
            return batch.ChangeSet(tuple(self._request(each, str(n)) for n, each in enumerate(write, 1)))
        return self._request(write, None)

    def _request(self, write: Write, content_id: str | None) -> batch.Request:
        kind = entity(write.entity)
        url = f"{self._root_path}{kind.set_name}({write.id})"
        if isinstance(write, Delete):
            condition = {"If-Match": write.version} if write.version else {}
            return batch.Request("DELETE", url, condition, content_id=content_id)
        headers = {"Content-Type": "application/json", "Prefer": f"return=representation,{_ANNOTATIONS}"}
        if isinstance(write, Create):
            headers["If-None-Match"] = "*"
        else:
            headers["If-Match"] = write.version
        if write.detect_duplicates:
            headers["MSCRM.SuppressDuplicateDetection"] = "false"
        known = {name: value for name, value in write.values.items() if kind.has(name)}
        return batch.Request("PATCH", url, headers, orjson.dumps(rows.to_wire(kind, known)), content_id)

    # ---- how it travels

    def _asked(self, path: str, headers: Mapping[str, str]) -> Reply:
        """The answer to one question; a very long one travels as the only part of a batch."""
        if len(path) <= LONGEST_URL:
            return self._http.send("GET", f"{self._root}{path}", headers)
        (answer,), _ = self._batch([batch.Request("GET", f"{self._root_path}{path}", headers)], repeatable=True)
        if isinstance(answer, list):
            raise Garbled("The server answered a question as if it were a change. It will be asked again.")
        return Reply(answer.status, answer.headers, answer.body)

    def _batch(self, items: Sequence[batch.Item], repeatable: bool) -> tuple[list[batch.AnswerItem], datetime]:
        """As many answers as items, and the server's time. Raises what the whole got instead, Refused among it."""
        boundary = f"batch_{new_id()}"
        headers = {
            "Content-Type": batch.content_type(boundary),
            "Prefer": "odata.continue-on-error",
            "Accept": "multipart/mixed, application/json",
        }
        body = batch.encode_batch(items, boundary)
        reply = self._http.send("POST", f"{self._root}$batch", headers, body, repeatable)
        kind = reply.headers.get("content-type", "")
        if reply.status >= 400 and not kind.lower().startswith("multipart/"):
            raise error_of(reply.status, reply.body)
        try:
            answers = batch.parse_answers(reply.body, kind)
        except ODataError:
            answers = []
        if len(answers) != len(items):
            raise Garbled("The server's answer is cut short. What it did is found out before anything is sent again.")
        return answers, time_of(reply.headers)


_WHO = ("UserId", "OrganizationId", "BusinessUnitId")


def _page(read: Read, status: int, headers: Mapping[str, str], body: bytes, moment: datetime) -> Page | CrmError:
    if status != 200:
        delta = "deltatoken" in (read.link or "")
        return error_of(status, body, part=True, delta=delta, retry_after=retry_after(headers))
    try:
        return page_of(entity(read.about), body, moment)
    except Garbled as error:
        return error


def _outcome(write: Write | tuple[Write, ...], answer: batch.AnswerItem) -> Outcome:
    if isinstance(write, tuple):
        return _outcome_of_set(write, answer)
    if isinstance(answer, list):
        return Garbled("The server answered a change as if it were several. It is found out what it did.")
    return _single(write, answer)


def _outcome_of_set(writes: tuple[Write, ...], answer: batch.AnswerItem) -> Outcome:
    if isinstance(answer, list):
        if len(answer) != len(writes):
            return Garbled("The server's answer is cut short. What it did is found out before anything is sent again.")
        return tuple(_single(each, part) for each, part in zip(writes, answer, strict=True))
    culprit = _culprit(writes, answer)
    if culprit is None:
        return error_of(answer.status, answer.body, part=True, retry_after=retry_after(answer.headers))
    undone = Undone(
        "It was not done, because another change that belongs to it was refused. It is kept and sent again."
    )
    return tuple(_single(each, answer) if each is culprit else undone for each in writes)


def _culprit(writes: tuple[Write, ...], answer: batch.Answer) -> Write | None:
    """Which of a change set was refused: the error has its Content-ID, or names its id."""
    number = answer.content_id or ""
    if number.isdecimal() and 1 <= int(number) <= len(writes):
        return writes[int(number) - 1]
    said = answer.body.decode(errors="replace").lower()
    named = [each for each in writes if each.id in said]
    return named[0] if len(named) == 1 else writes[0] if len(writes) == 1 else None


def _single(write: Write, answer: batch.Answer) -> Single:
    if answer.status < 300:
        if isinstance(write, Delete):
            return Deleted()
        try:
            return row_of(entity(write.entity), json_object(answer.body))
        except Garbled as error:
            return error
    refusal = error_of(
        answer.status,
        answer.body,
        record=write.id,
        creating=isinstance(write, Create),
        part=True,
        retry_after=retry_after(answer.headers),
    )
    return Deleted() if isinstance(write, Delete) and isinstance(refusal, Gone) else refusal


def _preferences(read: Read) -> dict[str, str]:
    wanted = [_ANNOTATIONS]
    if read.page_size is not None and (read.query is None or read.query.top is None):  # not to be combined with $top
        wanted.append(f"odata.maxpagesize={read.page_size}")
    if read.track_changes:
        wanted.append("odata.track-changes")
    return {"Accept": "application/json", "Prefer": ",".join(wanted)}


def _with_parties(query: Query) -> Query:
    """People of an activity are a collection of their own, which comes only when it is expanded."""
    parties = entity(query.entity).parties
    if parties is None or query.select or any(each.navigation == parties.name for each in query.expand):
        return query
    return replace(query, expand=(*query.expand, Expand(parties.name)))


def _tells(kind: Entity, name: str) -> bool:
    """Whether a detection rule may look at the field; long texts would only make the question long."""
    return kind.by_name[name].type is FieldType.STRING


def _parts(items: Sequence[_T], size: Callable[[_T], int]) -> Iterator[list[_T]]:
    """`items` in runs of at most 1,000 requests each."""
    part: list[_T] = []
    requests = 0
    for each in items:
        if part and requests + size(each) > MOST_PARTS:
            yield part
            part, requests = [], 0
        part.append(each)
        requests += size(each)
    if part:
        yield part
