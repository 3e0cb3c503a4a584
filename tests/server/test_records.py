"""Writing and reading single records, as the protocol says it."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import httpx
import pytest

from tests.support.clock import Clock
from tests.support.in_process import InProcessServer

NOBODY = "00000000-0000-4000-8000-000000000000"


def create(client: httpx.Client, path: str, **values: Any) -> str:
    """Make a record and give its id."""
    answer = client.post(path, json=values)
    assert answer.status_code == 204, answer.text
    return answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_who_am_i(server: InProcessServer) -> None:
    key = server.add_user("anna")
    answer = server.client(key).get("WhoAmI")
    assert answer.json()["UserId"] == key
    assert answer.headers["OData-Version"] == "4.0"
    assert "Date" in answer.headers
    assert server.client(key).get("WhoAmI()").json() == answer.json()


def test_a_created_record_is_there_with_what_the_server_adds(anna: httpx.Client, clock: Clock) -> None:
    me = anna.get("WhoAmI").json()["UserId"]
    answer = anna.post("contacts", json={"firstname": "Jeff", "lastname": "Smith"})
    assert answer.status_code == 204
    assert answer.content == b""
    url = answer.headers["OData-EntityId"]
    assert url.startswith("http://crm.example/api/data/v9.2/contacts(")
    row = anna.get(url).json()
    assert (row["fullname"], row["statecode"], row["statuscode"]) == ("Jeff Smith", 0, 1)
    assert row["_ownerid_value"] == row["_createdby_value"] == row["_modifiedby_value"] == me
    assert row["createdon"] == row["modifiedon"] == "2026-06-17T12:00:00Z"
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'
    assert row["description"] is None
    clock.advance(60)
    assert anna.patch(url, json={"lastname": "Rodman"}).status_code == 204
    later = anna.get(url).json()
    assert (later["fullname"], later["createdon"]) == ("Jeff Rodman", row["createdon"])
    assert later["modifiedon"] == "2026-06-17T12:01:00Z"
    assert later["versionnumber"] > row["versionnumber"]


def test_a_write_that_changes_nothing_is_a_new_version(anna: httpx.Client) -> None:
    key = create(anna, "accounts", name="A")
    before = anna.get(f"accounts({key})").headers["ETag"]
    assert anna.patch(f"accounts({key})", json={"name": "A"}).status_code == 204
    assert anna.get(f"accounts({key})").headers["ETag"] != before


def test_the_representation_comes_where_it_is_asked_for(anna: httpx.Client) -> None:
    prefer = {"Prefer": "return=representation"}
    made = anna.post("contacts?$select=lastname", json={"lastname": "A"}, headers=prefer)
    assert made.status_code == 201
    assert made.headers["Preference-Applied"] == "return=representation"
    assert set(made.json()) == {"@odata.context", "@odata.etag", "lastname", "contactid"}
    assert made.headers["ETag"] == made.json()["@odata.etag"]
    url = f"contacts({made.json()['contactid']})"
    changed = anna.patch(url, json={"lastname": "B"}, headers=prefer)
    assert (changed.status_code, changed.json()["fullname"]) == (200, "B")


PATCHES: list[tuple[str, bool, dict[str, str], int, str | None]] = [
    ("update or create: there", True, {}, 204, None),
    ("update or create: missing", False, {}, 204, None),
    ("update alone: there", True, {"If-Match": "*"}, 204, None),
    ("update alone: missing", False, {"If-Match": "*"}, 404, "0x80040217"),
    ("create alone: there", True, {"If-None-Match": "*"}, 412, "0x80040237"),
    ("create alone: missing", False, {"If-None-Match": "*"}, 204, None),
    ("the word null against caches is no condition", True, {"If-None-Match": "null"}, 204, None),
    ("another version", True, {"If-Match": 'W/"1"'}, 412, "0x80060882"),
    ("a version of nothing", False, {"If-Match": 'W/"1"'}, 404, "0x80040217"),
]


@pytest.mark.parametrize(
    ("there", "headers", "status", "error"), [case[1:] for case in PATCHES], ids=[case[0] for case in PATCHES]
)
def test_patch(anna: httpx.Client, there: bool, headers: dict[str, str], status: int, error: str | None) -> None:
    key = str(uuid.uuid4())
    if there:
        create(anna, "accounts", accountid=key, name="before")
    answer = anna.patch(f"accounts({key})", json={"name": "after"}, headers=headers)
    assert answer.status_code == status
    assert (answer.json()["error"]["code"] if error else None) == error
    stored = anna.get(f"accounts({key})")
    expected = "after" if error is None else "before" if there else None
    assert stored.json().get("name") == expected


def test_of_two_writers_with_one_version_one_wins(anna: httpx.Client) -> None:
    key = create(anna, "accounts", name="A")
    known = {"If-Match": anna.get(f"accounts({key})").headers["ETag"]}
    assert anna.patch(f"accounts({key})", json={"name": "B"}, headers=known).status_code == 204
    assert code(anna.patch(f"accounts({key})", json={"name": "C"}, headers=known)) == (412, "0x80060882")
    assert code(anna.delete(f"accounts({key})", headers=known)) == (412, "0x80060882")
    assert anna.get(f"accounts({key})").json()["name"] == "B"


def test_a_client_chooses_the_id_once(anna: httpx.Client) -> None:
    key = str(uuid.uuid4())
    assert create(anna, "contacts", contactid=key, lastname="A") == key
    answer = anna.post("contacts", json={"contactid": key, "lastname": "B"})
    assert code(answer) == (412, "0x80040237")
    assert anna.get(f"contacts({key})").json()["lastname"] == "A"


def test_deleting(anna: httpx.Client) -> None:
    key = create(anna, "accounts", name="A")
    assert anna.delete(f"accounts({key})").status_code == 204
    assert code(anna.get(f"accounts({key})")) == (404, "0x80040217")
    assert code(anna.delete(f"accounts({key})")) == (404, "0x80040217")


REFUSALS: list[tuple[str, str, dict[str, Any], tuple[int, str], str]] = [
    ("an unknown property", "accounts", {"colour": 1}, (400, "0x80048d19"), "colour"),
    ("a text too long", "accounts", {"name": "x" * 161}, (400, "0x80044331"), "160"),
    ("no such choice", "accounts", {"industrycode": 3}, (400, "0x8004431a"), "industrycode"),
    (
        "a status of another state",
        "accounts",
        {"statecode": 1, "statuscode": 1},
        (400, "0x80048408"),
        "not a valid status",
    ),
    (
        "a lookup to nothing",
        "accounts",
        {"name": "x", "primarycontactid@odata.bind": f"/contacts({NOBODY})"},
        (404, "0x80040217"),
        NOBODY,
    ),
    (
        "a party who is nobody",
        "emails",
        {"email_activity_parties": [{"partyid_contact@odata.bind": f"/contacts({NOBODY})"}]},
        (404, "0x80040217"),
        NOBODY,
    ),
    ("content that is none", "annotations", {"documentbody": "%%%"}, (400, "0x80048d19"), "base64"),
    ("a user, by a user", "systemusers", {"domainname": "x"}, (403, "0x80040220"), "systemuser"),
    ("settings", "usersettingscollection", {}, (403, "0x80040220"), "usersettings"),
    ("a party by itself", "activityparties", {}, (405, "0x80040800"), "through their activity"),
]


@pytest.mark.parametrize(
    ("path", "payload", "error", "words"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_what_is_refused_leaves_nothing_behind(
    anna: httpx.Client, path: str, payload: dict[str, Any], error: tuple[int, str], words: str
) -> None:
    before = len(anna.get(path).json()["value"])
    answer = anna.post(path, json=payload)
    assert code(answer) == error
    assert words in answer.json()["error"]["message"]
    assert len(anna.get(path).json()["value"]) == before


def test_what_is_no_json(anna: httpx.Client) -> None:
    assert code(anna.post("accounts", content=b"{nonsense")) == (400, "0x80048d19")
    assert code(anna.post("accounts", json=[1])) == (400, "0x80048d19")


PLACES = [
    ("GET", "cars", (404, "0x8006088a")),
    ("GET", "Accounts", (404, "0x8006088a")),
    ("GET", "accounts(5)", (400, "0x80060888")),
    ("GET", f"accounts(name={NOBODY})", (400, "0x80060888")),
    ("GET", f"accounts({NOBODY})/colour", (404, "0x8006088a")),
    ("POST", f"accounts({NOBODY})", (405, "0x80060888")),
    ("PATCH", "accounts", (405, "0x80060888")),
    ("DELETE", "WhoAmI", (405, "0x80060888")),
    ("GET", "../v8.0/accounts", (404, "0x8006088a")),
]


@pytest.mark.parametrize(("method", "path", "error"), PLACES)
def test_places_that_do_not_exist(anna: httpx.Client, method: str, path: str, error: tuple[int, str]) -> None:
    assert code(anna.request(method, path, json={} if method in ("POST", "PATCH") else None)) == error


STATES: list[tuple[str, str, dict[str, Any], dict[str, Any], tuple[int, int]]] = [
    ("a new task", "tasks", {}, {}, (0, 2)),
    ("a new appointment", "appointments", {}, {}, (3, 5)),
    ("a state takes its default status", "tasks", {}, {"statecode": 1}, (1, 5)),
    ("a status brings its state", "tasks", {}, {"statuscode": 6}, (2, 6)),
    ("both", "emails", {}, {"statecode": 1, "statuscode": 4}, (1, 4)),
    ("the state it has keeps its status", "tasks", {"statuscode": 4}, {"statecode": 0}, (0, 4)),
    ("back again", "tasks", {"statecode": 1}, {"statecode": 0}, (0, 2)),
    ("something else changes", "tasks", {"statuscode": 3}, {"subject": "x"}, (0, 3)),
]


@pytest.mark.parametrize(
    ("path", "first", "then", "expected"), [case[1:] for case in STATES], ids=[case[0] for case in STATES]
)
def test_states_and_statuses(
    anna: httpx.Client, path: str, first: dict[str, Any], then: dict[str, Any], expected: tuple[int, int]
) -> None:
    key = create(anna, path, subject="A", **first)
    assert anna.patch(f"{path}({key})", json=then).status_code == 204
    row = anna.get(f"{path}({key})").json()
    assert (row["statecode"], row["statuscode"]) == expected


def test_a_task_that_is_done_knows_when(anna: httpx.Client) -> None:
    key = create(anna, "tasks", subject="A")
    anna.patch(f"tasks({key})", json={"statecode": 1})
    assert anna.get(f"tasks({key})").json()["actualend"] == "2026-06-17T12:00:00Z"
    anna.patch(f"tasks({key})", json={"statecode": 0})
    assert anna.get(f"tasks({key})").json()["actualend"] is None


def test_lookups_bind_expand_and_empty(anna: httpx.Client) -> None:
    company = create(anna, "accounts", name="Adventure Works")
    person = create(
        anna, "contacts", lastname="Smith", **{"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    )
    annotations = {"Prefer": 'odata.include-annotations="*"'}
    row = anna.get(f"contacts({person})?$select=_parentcustomerid_value", headers=annotations).json()
    assert row["_parentcustomerid_value"] == company
    assert row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert row["_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"] == "Adventure Works"
    assert anna.get(f"contacts({person})/parentcustomerid_account").json()["name"] == "Adventure Works"
    assert anna.get(f"contacts({person})/parentcustomerid_contact").status_code == 204
    anna.patch(f"contacts({person})", json={"parentcustomerid_account@odata.bind": None})
    assert anna.get(f"contacts({person})").json()["_parentcustomerid_value"] is None


def test_references(anna: httpx.Client) -> None:
    company = create(anna, "accounts", name="A")
    person = create(anna, "contacts", lastname="B")
    target = {"@odata.id": f"http://crm.example/api/data/v9.2/accounts({company})"}
    way = f"contacts({person})/parentcustomerid_account/$ref"
    assert anna.put(way, json=target).status_code == 204
    assert anna.get(way).json()["@odata.id"] == target["@odata.id"]
    people = f"accounts({company})/contact_customer_accounts"
    assert [row["contactid"] for row in anna.get(people).json()["value"]] == [person]
    assert anna.get(f"{people}/$count").content == b"\xef\xbb\xbf1"
    assert anna.get(f"{people}/$ref").json()["value"][0]["@odata.id"].endswith(f"contacts({person})")
    assert anna.delete(way).status_code == 204
    assert anna.get(people).json()["value"] == []
    assert anna.post(f"{people}/$ref", json={"@odata.id": f"contacts({person})"}).status_code == 204
    assert anna.delete(f"{people}({person})/$ref").status_code == 204
    assert anna.get(people).json()["value"] == []


def test_single_properties(anna: httpx.Client) -> None:
    key = create(anna, "accounts", name="A")
    assert anna.put(f"accounts({key})/name", json={"value": "B"}).status_code == 204
    assert anna.get(f"accounts({key})/name").json()["value"] == "B"
    assert anna.get(f"accounts({key})/name/$value").content == b"\xef\xbb\xbfB"
    assert anna.delete(f"accounts({key})/name").status_code == 204
    assert anna.get(f"accounts({key})/name").status_code == 204


def test_a_known_row_is_not_sent_again(anna: httpx.Client) -> None:
    key = create(anna, "accounts", name="A")
    etag = anna.get(f"accounts({key})").headers["ETag"]
    assert anna.get(f"accounts({key})", headers={"If-None-Match": etag}).status_code == 304
    annotated = {"If-None-Match": etag, "Prefer": 'odata.include-annotations="*"'}
    assert anna.get(f"accounts({key})", headers=annotated).status_code == 200
    anna.patch(f"accounts({key})", json={"name": "B"})
    assert anna.get(f"accounts({key})", headers={"If-None-Match": etag}).status_code == 200


def test_people_of_an_activity(anna: httpx.Client) -> None:
    person = create(anna, "contacts", lastname="B")
    both = [
        {"partyid_contact@odata.bind": f"/contacts({person})", "participationtypemask": 2},
        {"addressused": "c@x.example", "participationtypemask": 3},
    ]
    mail = create(anna, "emails", subject="A", email_activity_parties=both)
    url = f"emails({mail})?$select=subject&$expand=email_activity_parties($select=participationtypemask,_partyid_value)"

    def people() -> list[tuple[int, str | None]]:
        rows = anna.get(url).json()["email_activity_parties"]
        return sorted((row["participationtypemask"], row["_partyid_value"]) for row in rows)

    assert people() == [(2, person), (3, None)]
    ids = {row["activitypartyid"] for row in anna.get(f"emails({mail})/email_activity_parties").json()["value"]}
    before = anna.get(f"emails({mail})").headers["ETag"]
    kept = {"value": both[:1]}
    assert anna.put(f"emails({mail})/email_activity_parties", json=kept).status_code == 204
    assert people() == [(2, person)]
    assert anna.get(f"emails({mail})").headers["ETag"] != before
    assert {row["activitypartyid"] for row in anna.get("activityparties").json()["value"]} < ids
    anna.patch(f"emails({mail})", json={"subject": "B"})
    assert people() == [(2, person)]
    anna.patch(f"emails({mail})", json={"email_activity_parties": []})
    assert people() == []


def test_what_goes_with_a_deleted_record(anna: httpx.Client) -> None:
    company = create(anna, "accounts", name="A")
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    person = create(anna, "contacts", lastname="B", **bind)
    etag = anna.get(f"contacts({person})").headers["ETag"]
    party = {
        "partyid_contact@odata.bind": f"/contacts({person})",
        "participationtypemask": 2,
        "addressused": "b@x.example",
    }
    bare = {"partyid_contact@odata.bind": f"/contacts({person})", "participationtypemask": 3}
    mail = create(anna, "emails", subject="C", email_activity_parties=[party, bare])
    content = base64.b64encode(b"hello").decode()
    attached = {"objectid@odata.bind": f"/emails({mail})"}
    file = create(anna, "activitymimeattachments", body=content, **attached)
    assert anna.get(f"activitymimeattachments({file})").json()["filesize"] == 5
    assert anna.get(f"emails({mail})").json()["attachmentcount"] == 1

    anna.delete(f"accounts({company})")
    row = anna.get(f"contacts({person})").json()
    assert row["_parentcustomerid_value"] is None
    assert row["@odata.etag"] != etag

    etag = anna.get(f"emails({mail})").headers["ETag"]
    anna.delete(f"contacts({person})")
    (left,) = anna.get(f"emails({mail})/email_activity_parties").json()["value"]
    assert (left["_partyid_value"], left["addressused"]) == (None, "b@x.example")
    assert anna.get(f"emails({mail})").headers["ETag"] != etag

    anna.delete(f"emails({mail})")
    assert anna.get(f"activitymimeattachments({file})").status_code == 404
    assert anna.get("activityparties").json()["value"] == []


def test_a_removed_attachment_is_counted_no_more(anna: httpx.Client) -> None:
    mail = create(anna, "emails", subject="C")
    file = create(anna, "activitymimeattachments", body="aGk=", **{"objectid@odata.bind": f"/emails({mail})"})
    anna.delete(f"activitymimeattachments({file})")
    assert anna.get(f"emails({mail})").json()["attachmentcount"] == 0


def test_a_note_with_a_file_says_so(anna: httpx.Client) -> None:
    key = create(anna, "annotations", subject="A", documentbody="aGVsbG8=", filename="a.txt")
    row = anna.get(f"annotations({key})").json()
    assert (row["isdocument"], row["filesize"]) == (True, 5)


def test_users_and_settings_are_the_administrators(anna: httpx.Client, admin: httpx.Client) -> None:
    key = create(admin, "systemusers", domainname="carla", firstname="Carla", lastname="Ruiz")
    assert anna.get(f"systemusers({key})").json()["fullname"] == "Carla Ruiz"
    assert anna.get(f"usersettingscollection({key})").status_code == 200
    assert code(anna.patch(f"systemusers({key})", json={"title": "x"})) == (403, "0x80040220")
    assert code(anna.delete(f"systemusers({key})")) == (403, "0x80040220")
    me = anna.get("WhoAmI").json()["UserId"]
    assert anna.patch(f"usersettingscollection({me})", json={"offlinesyncinterval": 5}).status_code == 204
    assert code(anna.patch(f"usersettingscollection({key})", json={"uilanguageid": 1})) == (403, "0x80040220")
    (organization,) = anna.get("organizations").json()["value"]
    way = f"organizations({organization['organizationid']})"
    assert code(anna.patch(way, json={"name": "x"})) == (403, "0x80040220")
    assert admin.patch(way, json={"name": "x"}).status_code == 204
    assert admin.delete(f"systemusers({key})").status_code == 204
    assert anna.get(f"usersettingscollection({key})").status_code == 404


DETECT = {"MSCRM.SuppressDuplicateDetection": "false"}


def test_duplicates_are_found_only_when_asked_for(anna: httpx.Client) -> None:
    first = create(anna, "contacts", lastname="A", emailaddress2="Jeff@X.example")
    twin = {"lastname": "B", "emailaddress1": " jeff@x.EXAMPLE"}
    assert code(anna.post("contacts", json=twin, headers=DETECT)) == (412, "0x80040333")
    assert len(anna.get("contacts").json()["value"]) == 1
    allowed = {"MSCRM.SuppressDuplicateDetection": "true"}
    assert anna.post("contacts", json=twin, headers=allowed).status_code == 204
    assert anna.post("leads", json=twin | {"subject": "another kind"}, headers=DETECT).status_code == 204
    assert code(anna.patch(f"contacts({first})", json={"emailaddress1": "JEFF@x.example"}, headers=DETECT)) == (
        412,
        "0x80040333",
    )
    assert anna.patch(f"contacts({first})", json={"lastname": "C"}, headers=DETECT).status_code == 204
    found = anna.get(
        "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)",
        params={
            "@p1": f'{{"@odata.id":"contacts({first})"}}',
            "@p2": "'contact'",
            "@p3": '{"PageNumber":1,"Count":50}',
        },
    )
    assert [row["lastname"] for row in found.json()["value"]] == ["B"]


def test_a_record_is_not_its_own_duplicate(anna: httpx.Client) -> None:
    key = create(anna, "accounts", name="A", emailaddress1="a@x.example")
    answer = anna.patch(f"accounts({key})", json={"emailaddress1": "A@x.example"}, headers=DETECT)
    assert answer.status_code == 204


def test_duplicates_of_a_record_not_saved_yet(anna: httpx.Client) -> None:
    create(anna, "contacts", lastname="A", emailaddress1="a@x.example")
    found = anna.get(
        "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)",
        params={
            "@p1": '{"@odata.type":"Microsoft.Dynamics.CRM.contact","emailaddress3":"a@x.example"}',
            "@p2": "'contact'",
            "@p3": "{}",
        },
    )
    assert [row["lastname"] for row in found.json()["value"]] == ["A"]
