"""What an answer means: rows and pages of its JSON, or the error that it tells of.

Refusals are told apart by status and code together, because Dataverse's codes alone are not reliable (docs: handle
errors; some answers have an empty code).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from crmdesk.crm.errors import (
    CrmError,
    DeltaExpired,
    Duplicate,
    Exists,
    Garbled,
    Gone,
    Refused,
    SignInNeeded,
    Throttled,
    Unreachable,
    VersionClash,
)
from crmdesk.crm.values import Page, Removed, Row
from crmdesk.model.entity import Entity
from crmdesk.odata import rows
from crmdesk.odata.errors import ODataError
from crmdesk.texts import tr

_VERSION_MISMATCH = "0x80060882"
_KEY_TAKEN = "0x80040237"
_DUPLICATES_FOUND = "0x80040333"
_NO_RESOURCE = "0x8006088a"  # a segment of the URL, not a record
_GUESS = 2.0  # seconds to wait where the server names none
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def error_of(
    status: int,
    body: bytes,
    *,
    record: str | None = None,
    creating: bool = False,
    part: bool = False,
    delta: bool = False,
    retry_after: float | None = None,
) -> CrmError:
    """The error that an answer is. `record`: the id that was asked for or written; `creating`: create-only.

    `part` of a batch: then 500 is a definite no about this part alone. `delta`: a delta link was followed.
    """
    code, said = _said(body)
    if status == 401:
        return SignInNeeded(
            tr("The server does not accept the sign-in any more. Everything is kept; please sign in again.")
        )
    if status in (429, 503):
        sure = status == 429 or retry_after is not None
        words = tr("The server is busy ({status}). Everything waits here and is sent later.", status=status)
        after, told = (_GUESS, False) if retry_after is None else (retry_after, True)
        return Throttled(words, after, maybe_delivered=not sure, told=told)
    if code == _DUPLICATES_FOUND:  # 412, or 500 as one page of the docs has it
        return Duplicate(said or tr("The server has a record that looks like this one."))
    if status == 412:
        return _condition_failed(code, said, creating)
    if status == 404:
        return _not_there(code, said, record, creating)
    if delta and status in (400, 410):
        return DeltaExpired(said or tr("The server no longer knows where the last synchronisation ended."))
    if status in (408, 502, 504) or (status >= 500 and not part):
        reason = f": {said}" if said else ""
        return Unreachable(
            tr(
                "The server could not work ({status}{reason}). Everything is kept and is tried again later.",
                status=status,
                reason=reason,
            )
        )
    return Refused(
        said or tr("The server answered {status} {phrase}.", status=status, phrase=_phrase(status)), code, status
    )


def _condition_failed(code: str, said: str, creating: bool) -> CrmError:
    if code == _VERSION_MISMATCH:
        return VersionClash(tr("The record was changed on the server since it was last read here."))
    if creating and (code == _KEY_TAKEN or "matching key values" in said):
        return Exists(tr("The record is on the server already."))
    if code in ("", "0x0"):
        known: CrmError = Exists(tr("The record is on the server already."))
        return known if creating else VersionClash(tr("The record has another version on the server."))
    return Refused(said or tr("The server refused it: a condition was not met."), code, 412)


def _not_there(code: str, said: str, record: str | None, creating: bool) -> CrmError:
    """The record itself, or something that it points at: the server's words name which."""
    named = {each.lower() for each in _GUID.findall(said)}
    itself = record is not None and not creating and code != _NO_RESOURCE and (not named or record in named)
    if itself:
        return Gone(tr("The record is not on the server any more."))
    return Refused(said or tr("The server does not know what was asked for."), code, 404)


def _said(body: bytes) -> tuple[str, str]:
    """Code and words of an error body; empty where it has none."""
    try:
        content = json_object(body)
    except Garbled:
        return "", ""
    error = content.get("error")
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or "").lower(), str(error.get("message") or "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "(not a status of HTTP)"


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body holds. Raises Garbled."""
    try:
        content = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        raise Garbled(tr("The server's answer is cut short, or no answer of a CRM server. It will be asked again."))
    return content


def row_of(kind: Entity, content: object) -> Row:
    """Raises Garbled for what is no row of that entity."""
    if not isinstance(content, Mapping):
        raise Garbled(f"The server sent something else than a record of {kind.plural}. It will be asked again.")
    try:
        key, version, values = rows.from_wire(kind, content)
    except ODataError as error:
        raise Garbled(f"The server sent a record that cannot be understood: {error.words}") from None
    return Row(kind.name, key, version or "", values)


def rows_of(kind: Entity, content: Mapping[str, Any]) -> list[Row]:
    """The rows of a collection. Raises Garbled."""
    return [row_of(kind, each) for each in _list(content)]


def page_of(kind: Entity, body: bytes, server_time: datetime) -> Page:
    """A page of rows and, in the answer to a delta link, of ids that left. Raises Garbled."""
    content = json_object(body)
    found: list[Row] = []
    removed: list[Removed] = []
    for each in _list(content):
        if isinstance(each, Mapping) and str(each.get("@odata.context", "")).endswith("/$deletedEntity"):
            removed.append(_removed(each))
        else:
            found.append(row_of(kind, each))
    count = content.get("@odata.count")
    return Page(
        tuple(found),
        tuple(removed),
        content.get("@odata.nextLink"),
        content.get("@odata.deltaLink"),
        count if isinstance(count, int) else None,
        server_time,
    )


def _removed(content: Mapping[str, Any]) -> Removed:
    key = content.get("id")
    if not isinstance(key, str):
        raise Garbled("The server told of a deletion without saying of what. It will be asked again.")
    return Removed(key.lower(), str(content.get("reason") or "deleted"))


def _list(content: Mapping[str, Any]) -> list[Any]:
    found = content.get("value")
    if not isinstance(found, list):
        raise Garbled("The server's answer holds no list of records. It will be asked again.")
    return found


def time_of(headers: Mapping[str, str]) -> datetime:
    """The server's time, aware, UTC. Without one: so long ago that whoever counts from it misses nothing."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return _LONG_AGO


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that Retry-After asks for; a date there is told by the server's own clock. None: it names none."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - parsedate_to_datetime(headers["date"])).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None
