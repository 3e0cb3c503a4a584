"""What follows from what in a record: computed fields, states and their statuses, sizes. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from crmdesk.model.entity import Entity
from crmdesk.model.record import Value, computed_values
from crmdesk.server.errors import ServiceError, bad_request

_NEW_STATE = {"appointment": 3}  # a new appointment is scheduled; everything else begins in state 0
_CONTENT = {"annotation": "documentbody", "activitymimeattachment": "body"}


def with_computed(kind: Entity, values: Mapping[str, Value]) -> dict[str, Value]:
    """`values` of a whole record with the computed fields in it."""
    return {**values, **computed_values(kind, values)}


def consequences(
    kind: Entity, before: Mapping[str, Value] | None, sent: Mapping[str, Value], now: str
) -> dict[str, Value]:
    """What a write really changes: `sent` and what follows from it. `before` is None for a new record.

    Raises ServiceError for a status that its state does not have and for content that is no base64.
    """
    result = {**sent, **_state_and_status(kind, before, sent)}
    if kind.is_activity and "actualend" in kind.by_name and "statecode" in result:
        ended = result["statecode"] in (1, 2)
        if ended and not (before or {}).get("actualend") and not sent.get("actualend"):
            result["actualend"] = now
        elif not ended and "actualend" not in sent:
            result["actualend"] = None
    content = _CONTENT.get(kind.name)
    if content is not None and content in sent:
        result["filesize"] = _size(sent[content], content)
        if kind.name == "annotation":
            result["isdocument"] = sent[content] is not None
    changed_sources = any(source in result for field in kind.computed for source in field.computed_from)
    if changed_sources or before is None:
        result.update(computed_values(kind, {**(before or {}), **result}))
    return result


def _state_and_status(kind: Entity, before: Mapping[str, Value] | None, sent: Mapping[str, Value]) -> dict[str, Value]:
    if "statecode" not in kind.by_name:
        return {}
    state: int | None = sent.get("statecode")
    status: int | None = sent.get("statuscode")
    if state is None and status is None:
        if before is not None:
            return {}  # an empty state is no state: it is passed over, like a read-only column
        state = _NEW_STATE.get(kind.name, 0)
    if status is None:
        if before is not None and before.get("statecode") == state:
            return {"statecode": state, "statuscode": before.get("statuscode")}
        return {"statecode": state, "statuscode": None if state is None else kind.default_status(state)}
    if state is None:
        return {"statecode": kind.state_of(status), "statuscode": status}
    if kind.state_of(status) != state:
        raise ServiceError(
            400, "0x80048408", f"{status} is not a valid status code for state code {state} on {kind.name}."
        )
    return {}


def _size(content: Value, name: str) -> int | None:
    if content is None:
        return None
    try:
        return len(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise bad_request(f"'{name}' is not base64.", "0x80048d19") from None
