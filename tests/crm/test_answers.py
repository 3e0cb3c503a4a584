"""What an answer means: each refusal of the protocol is the right thing to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import orjson
import pytest

from crmdesk.crm.answers import error_of, page_of, retry_after, row_of, time_of
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
from crmdesk.model.words import ENTITIES

MINE = "11111111-1111-1111-1111-111111111111"
OTHER = "22222222-2222-2222-2222-222222222222"


class Case(NamedTuple):
    words: str
    error: type[CrmError]
    status: int
    code: str = ""
    message: str = ""
    creating: bool = False
    part: bool = True
    delta: bool = False


CASES = [
    Case("the token is not accepted", SignInNeeded, 401),
    Case("somebody was quicker", VersionClash, 412, "0x80060882"),
    Case("a stale version, without a code", VersionClash, 412),
    Case("the id is taken", Exists, 412, "0x80040237", creating=True),
    Case("the id is taken, told in words alone", Exists, 412, "", "A record with matching key values.", True),
    Case("another record has the key value", Refused, 412, "0x80060892", "duplicate key", True),
    Case("another record has the key value, on an update", Refused, 412, "0x80040237", "cannot insert duplicate key"),
    Case("a detection rule found a likeness", Duplicate, 412, "0x80040333"),
    Case("the same with the status that one page of the docs has", Duplicate, 500, "0x80040333"),
    Case("the same, code in capitals", Duplicate, 412, "0X80040333"),
    Case("the record is gone", Gone, 404, "0x80040217", f"Entity 'contact' With Id = {MINE} Does Not Exist"),
    Case("the record is gone, without words", Gone, 404),
    Case("what it points at is not there", Refused, 404, "0x80040217", f"Entity 'account' With Id = {OTHER} …"),
    Case("a create points at nothing", Refused, 404, "0x80040217", "Does Not Exist", creating=True),
    Case("there is no such set", Refused, 404, "0x8006088a", "Resource not found for the segment 'contacts'."),
    Case("no privilege", Refused, 403, "0x80040220", "Principal user is missing prvWrite"),
    Case("a text too long", Refused, 400, "0x80044331", "exceeded the maximum allowed length of '100'."),
    Case("too large", Refused, 413),
    Case("a status that nobody knows", Refused, 499),
    Case("too many requests", Throttled, 429, "0x80072322"),
    Case("busy", Throttled, 503),
    Case("a gateway waits in vain", Unreachable, 504),
    Case("one part failed: the others did not", Refused, 500, "0x80040216", "An unexpected error occurred."),
    Case("the whole failed: nobody knows what happened", Unreachable, 500, part=False),
    Case("the delta token is too old", DeltaExpired, 400, "0x80044352", delta=True),
    Case("the delta token is another server's", DeltaExpired, 410, delta=True),
    Case("no right to read the table any more", Refused, 403, "0x80040220", "no", delta=True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_each_refusal_is_a_thing_to_do(case: Case) -> None:
    body = orjson.dumps({"error": {"code": case.code, "message": case.message}})
    error = error_of(case.status, body, record=MINE, creating=case.creating, part=case.part, delta=case.delta)
    assert type(error) is case.error
    assert str(error).strip()


def test_a_refusal_carries_the_servers_words_and_code() -> None:
    error = error_of(400, b'{"error":{"code":"0x80044331","message":"Too long."}}')
    assert isinstance(error, Refused)
    assert (str(error), error.code, error.status) == ("Too long.", "0x80044331", 400)


@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b"[]", b'{"error":"no"}', b'{"error":{}}'])
def test_a_refusal_without_the_protocols_body_still_has_words(body: bytes) -> None:
    assert str(error_of(400, body)) == "The server answered 400 Bad Request."


def test_a_busy_server_that_names_no_time_may_have_heard_us() -> None:
    silent, clear = error_of(503, b""), error_of(503, b"", retry_after=7.0)
    assert isinstance(silent, Throttled)
    assert isinstance(clear, Throttled)
    assert (silent.maybe_delivered, clear.maybe_delivered, clear.after) == (True, False, 7.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 17 Jun 2026 12:00:30 GMT"}, None),
        ({"retry-after": "Wed, 17 Jun 2026 12:00:30 GMT", "date": "Wed, 17 Jun 2026 12:00:00 GMT"}, 30.0),
        ({"retry-after": "Wed, 17 Jun 2026 11:00:00 GMT", "date": "Wed, 17 Jun 2026 12:00:00 GMT"}, 0.0),
    ],
)
def test_how_long_to_wait_is_told_by_the_servers_clock_alone(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_the_servers_time_is_aware_and_a_missing_one_is_long_ago() -> None:
    assert time_of({"date": "Wed, 17 Jun 2026 12:00:00 GMT"}) == datetime(2026, 6, 17, 12, tzinfo=UTC)
    assert time_of({}) == time_of({"date": "today"}) == datetime(2000, 1, 1, tzinfo=UTC)


def test_a_page_tells_rows_from_ids_that_left() -> None:
    gone = {"@odata.context": "x$metadata#accounts/$deletedEntity", "id": OTHER.upper(), "reason": "deleted"}
    row = {"@odata.etag": 'W/"5"', "accountid": MINE, "name": "Contoso", "new_field": 1}
    body = orjson.dumps({"value": [row, gone], "@odata.deltaLink": "d", "@odata.count": 2})
    page = page_of(ENTITIES["account"], body, datetime.now(UTC))
    assert [(each.id, each.version, each.values["name"], each.values["new_field"]) for each in page.rows] == [
        (MINE, 'W/"5"', "Contoso", 1)
    ]
    assert [(each.id, each.reason) for each in page.removed] == [(OTHER, "deleted")]
    assert (page.next_link, page.delta_link, page.count) == (None, "d", 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Please sign in to the hotel's network</title>",
        b'{"value":[{"accountid":"1111',
        b"[]",
        b"{}",
        b'{"value":{}}',
        b'{"value":[1]}',
        b'{"value":[{"name":"no id"}]}',
        b'{"value":[{"accountid":"no guid"}]}',
        b'{"value":[{"accountid":"11111111-1111-1111-1111-111111111111","revenue":"much"}]}',
    ],
)
def test_what_is_no_page_is_garbled(body: bytes) -> None:
    with pytest.raises(Garbled):
        page_of(ENTITIES["account"], body, datetime.now(UTC))


def test_a_row_of_something_else_is_garbled() -> None:
    with pytest.raises(Garbled):
        row_of(ENTITIES["contact"], {"accountid": MINE})
