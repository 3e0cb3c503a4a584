"""$batch: order, change sets, references between requests, and what a failure leaves standing."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import orjson

from crmdesk.odata.batch import Answer, ChangeSet, Headers, Item, Request, content_type, encode_batch, parse_answers

ROOT = "/api/data/v9.2/"
JSON = Headers({"Content-Type": "application/json"})


def post(path: str, content_id: str | None = None, **values: Any) -> Request:
    return Request("POST", ROOT + path, JSON, orjson.dumps(values), content_id)


def patch(url: str, content_id: str | None = None, **values: Any) -> Request:
    return Request("PATCH", url, JSON, orjson.dumps(values), content_id)


def get(path: str) -> Request:
    return Request("GET", ROOT + path, Headers({"Accept": "application/json"}))


def send(client: httpx.Client, *items: Item, go_on: bool = False) -> tuple[httpx.Response, list[Any]]:
    """The HTTP answer, and per item a status or, of a change set that went through, a list of them."""
    headers = {"Content-Type": content_type("b")} | ({"Prefer": "odata.continue-on-error"} if go_on else {})
    answer = client.post("$batch", content=encode_batch(items, "b"), headers=headers)
    found = parse_answers(answer.content, answer.headers["Content-Type"])
    return answer, [each.status if isinstance(each, Answer) else [part.status for part in each] for each in found]


def names(client: httpx.Client) -> list[str]:
    return [row["name"] for row in client.get("accounts?$orderby=name&$select=name").json()["value"]]


def test_requests_are_answered_in_order_and_see_what_came_before(anna: httpx.Client) -> None:
    answer, statuses = send(anna, get("accounts"), post("accounts", name="A"), get("accounts?$select=name"))
    assert (answer.status_code, statuses) == (200, [200, 204, 200])
    assert b'"name":"A"' in answer.content
    assert b"--batchresponse_" in answer.content


def test_questions_alone_need_no_writer(anna: httpx.Client) -> None:
    assert send(anna, get("accounts"), get("contacts"), get("$metadata"))[1] == [200, 200, 200]


def test_addresses_absolute_from_the_root_and_relative(anna: httpx.Client) -> None:
    urls = ["http://crm.example/api/data/v9.2/accounts", "/api/data/v9.2/accounts", "accounts", "accounts?$top=1"]
    assert send(anna, *(Request("GET", url) for url in urls))[1] == [200] * 4


def test_a_change_set_refers_to_what_it_made(anna: httpx.Client) -> None:
    together = ChangeSet(
        (
            post("accounts", "1", name="A"),
            post("contacts", "2", lastname="B", **{"parentcustomerid_account@odata.bind": "$1"}),
            patch("$1", "3", **{"primarycontactid@odata.bind": "$2"}),
            Request("PUT", "$1/description", JSON, b'{"value":"put"}', "4"),
            Request("PUT", "$2/parentcustomerid_account/$ref", JSON, b'{"@odata.id":"$1"}', "5"),
            post(
                "emails",
                "6",
                email_activity_parties=[{"partyid_contact@odata.bind": "$2", "participationtypemask": 2}],
            ),
        )
    )
    answer, statuses = send(anna, together)
    assert statuses == [[204] * 6]
    assert b"--changesetresponse_" in answer.content
    assert b"Content-ID: 2" in answer.content
    (row,) = anna.get("accounts?$expand=primarycontactid($select=lastname)").json()["value"]
    assert (row["primarycontactid"]["lastname"], row["description"]) == ("B", "put")
    assert len(anna.get("activityparties").json()["value"]) == 1


def test_a_change_set_that_fails_leaves_nothing_and_gives_one_answer(anna: httpx.Client) -> None:
    together = ChangeSet((post("accounts", "1", name="A"), post("accounts", "2", colour="red")))
    answer, statuses = send(anna, post("accounts", name="before"), together, post("accounts", name="after"))
    assert (answer.status_code, statuses) == (400, [204, 400])
    assert names(anna) == ["before"]
    answer, statuses = send(anna, together, post("accounts", name="after"), go_on=True)
    assert (answer.status_code, statuses) == (200, [400, 204])
    assert answer.headers["Preference-Applied"] == "odata.continue-on-error"
    assert names(anna) == ["after", "before"]


def test_what_fails_ends_the_batch_unless_it_is_told_to_go_on(anna: httpx.Client) -> None:
    missing = patch(f"accounts({uuid.uuid4()})", name="x")
    missing = Request("PATCH", missing.url, Headers({**JSON, "If-Match": "*"}), missing.body)
    items = [post("accounts", name="A"), missing, post("accounts", name="B")]
    answer, statuses = send(anna, *items)
    assert (answer.status_code, statuses) == (404, [204, 404])
    assert names(anna) == ["A"]
    answer, statuses = send(anna, *items, go_on=True)
    assert (answer.status_code, statuses) == (200, [204, 404, 204])
    assert names(anna) == ["A", "A", "B"]


def test_a_failed_part_undoes_only_itself(anna: httpx.Client) -> None:
    """The mail is stored before its people are checked by the database: nothing of it may stay."""
    party = {"partyid_contact@odata.bind": f"/contacts({uuid.uuid4()})", "participationtypemask": 2}
    send(anna, post("accounts", name="A"), post("emails", subject="x", email_activity_parties=[party]), go_on=True)
    assert names(anna) == ["A"]
    assert anna.get("emails").json()["value"] == []


def test_a_reference_that_is_not_there(anna: httpx.Client) -> None:
    answer, statuses = send(anna, ChangeSet((patch("$9", "1", name="x"),)))
    assert statuses == [400]
    assert b"Content-ID Reference: '$9' does not exist in the batch context." in answer.content
    forward = ChangeSet((post("contacts", "1", **{"parentcustomerid_account@odata.bind": "$2"}), post("accounts", "2")))
    assert send(anna, forward)[1] == [400]


def test_what_a_batch_may_not_hold(anna: httpx.Client) -> None:
    assert send(anna, ChangeSet((get("accounts"),)), go_on=True)[1] == [400]
    assert send(anna, Request("POST", ROOT + "$batch"), go_on=True)[1] == [400]
    assert send(anna, Request("GET", "/nowhere"), go_on=True)[1] == [404]
    many = [get("accounts?$top=0")] * 1001
    headers = {"Content-Type": content_type("b")}
    assert anna.post("$batch", content=encode_batch(many, "b"), headers=headers).status_code == 400
    assert anna.post("$batch", content=b"--b\r\n", headers=headers).status_code == 400
    assert anna.post("$batch", content=b"", headers={"Content-Type": "text/plain"}).status_code == 400


def test_line_feeds_alone_and_raw_blanks(anna: httpx.Client) -> None:
    body = (
        b"--b\nContent-Type: application/http\nContent-Transfer-Encoding: binary\n\n"
        b"POST /api/data/v9.2/accounts HTTP/1.1\nContent-Type: application/json\n\n"
        b'{"name":"A"}\n'
        b"--b\nContent-Type: application/http\n\nGET accounts?$filter=name eq 'A'&%24select=name HTTP/1.1\n\n\n--b--\n"
    )
    answer = anna.post("$batch", content=body, headers={"Content-Type": 'multipart/mixed; boundary="b"'})
    assert answer.status_code == 200
    assert b'"name":"A"' in answer.content


def test_conditions_and_preferences_of_a_part_are_its_own(anna: httpx.Client) -> None:
    prefer = Headers({**JSON, "Prefer": "return=representation"})
    wanting = Request("POST", "accounts", prefer, b'{"name":"A"}')
    stale = Request("DELETE", "accounts(00000000-0000-4000-8000-000000000001)", Headers({"If-Match": 'W/"1"'}))
    answer, statuses = send(anna, wanting, stale, go_on=True)
    assert statuses == [201, 404]
    assert b"Preference-Applied: return=representation" in answer.content.replace(b"preference-a", b"Preference-A")


def test_change_tracking_inside_a_batch_counts_its_own_writes(anna: httpx.Client) -> None:
    track = Request("GET", "accounts?$select=name", Headers({"Prefer": "odata.track-changes"}))
    answer, _ = send(anna, post("accounts", name="A"), track)
    (_, page) = parse_answers(answer.content, answer.headers["Content-Type"])
    assert isinstance(page, Answer)
    assert anna.get(orjson.loads(page.body)["@odata.deltaLink"]).json()["value"] == []
