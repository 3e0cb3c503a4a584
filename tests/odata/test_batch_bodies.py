"""The body of $batch, both ways, and as other clients write it."""

from __future__ import annotations

import pytest

from crmdesk.odata.batch import (
    Answer,
    AnswerItem,
    ChangeSet,
    Headers,
    Item,
    Request,
    content_type,
    encode_answers,
    encode_batch,
    parse_answers,
    parse_batch,
)
from crmdesk.odata.errors import ODataError

KEY = "0a1b2c3d-0000-4000-8000-000000000001"
JSON = Headers({"Content-Type": "application/json"})
ITEMS: list[Item] = [
    ChangeSet(
        (
            Request("POST", "/api/data/v9.2/accounts", JSON, b'{"name":"A\\r\\n--x"}', "1"),
            Request("PATCH", "$1", JSON, '{"name":"Ä"}'.encode(), "2"),
        )
    ),
    Request("GET", "/api/data/v9.2/accounts?$select=name"),
    Request("DELETE", "https://crm.example/api/data/v9.2/accounts(1)", Headers({"If-Match": "*"})),
]
ANSWERS: list[AnswerItem] = [
    [
        Answer(204, Headers({"OData-EntityId": "x"}), b"", "1"),
        Answer(201, JSON, b'{"name":"A"}', "2"),
    ],
    Answer(200, JSON, b'{"value":[]}'),
    Answer(412, JSON, b'{"error":{"code":"0x80060882","message":"..."}}'),
    Answer(429, Headers({"Retry-After": "3"})),
]


def test_requests_come_back() -> None:
    body = encode_batch(ITEMS, f"batch_{KEY}")
    assert parse_batch(body, content_type(f"batch_{KEY}")) == ITEMS


def test_answers_come_back() -> None:
    kind, body = encode_answers(ANSWERS, KEY)
    assert b"--batchresponse_" in body
    assert b"--changesetresponse_" in body
    assert parse_answers(body, kind) == ANSWERS


def test_line_feeds_alone_blanks_in_the_line_and_no_version() -> None:
    body = (
        b"--b\nContent-Type: application/http\nContent-Transfer-Encoding: binary\n\n"
        b"GET accounts?$filter=name eq 'x' HTTP/1.1\nAccept: application/json\n\n\n"
        b"--b\nContent-Type: application/http\n\n"
        b"POST /api/data/v9.2/contacts\nContent-Type: application/json\nContent-ID: 5\n\n"
        b'{"lastname":\n"x"}\n--b--'
    )
    first, second = parse_batch(body, "multipart/mixed;boundary=b")
    assert first == Request("GET", "accounts?$filter=name eq 'x'", Headers({"accept": "application/json"}))
    assert isinstance(second, Request)
    assert (second.url, second.body, second.content_id) == ("/api/data/v9.2/contacts", b'{"lastname":\n"x"}', "5")


def test_a_boundary_that_begins_like_another_is_not_it() -> None:
    body = encode_batch([Request("POST", "x", JSON, b"a\r\n--bb--\r\nb")], "b")
    (request,) = parse_batch(body, "multipart/mixed; boundary=b")
    assert isinstance(request, Request)
    assert request.body == b"a\r\n--bb--\r\nb"


def test_wherever_an_answer_is_cut_it_is_noticed() -> None:
    kind, body = encode_answers(ANSWERS, KEY)
    end = body.rindex(b"--")
    for cut in range(end):
        with pytest.raises(ODataError):
            parse_answers(body[:cut], kind)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/mixed; boundary=b"),
        (b"--b--", "multipart/mixed"),
        (b"--b\r\n\r\nnonsense\r\n--b--", "multipart/mixed; boundary=b"),
        (b"--b\r\nno colon here\r\n\r\nGET x\r\n--b--", "multipart/mixed; boundary=b"),
    ],
)
def test_what_is_no_batch(body: bytes, kind: str) -> None:
    with pytest.raises(ODataError):
        parse_batch(body, kind)
    with pytest.raises(ODataError):
        parse_answers(body, kind)


def test_header_names_know_no_case() -> None:
    headers = Headers({"Retry-After": "3"})
    assert headers["retry-after"] == headers.get("RETRY-AFTER") == "3"
    assert "Retry-after" in headers
