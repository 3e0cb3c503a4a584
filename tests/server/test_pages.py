"""What questions find, in which order and in which pages, on both databases."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from crmdesk.odata.batch import Answer, Request, content_type, encode_batch, parse_answers
from tests.support.clock import Clock
from tests.support.in_process import InProcessServer


def key(number: int) -> str:
    return str(uuid.UUID(int=number))


ACCOUNTS: list[dict[str, Any]] = [
    {"accountid": key(1), "name": "Alpha", "revenue": 10.0, "address1_city": "Köln", "industrycode": 8},
    {"accountid": key(2), "name": "beta", "revenue": 20.5, "address1_city": "KÖLN"},
    {"accountid": key(3), "name": "Gamma 50%", "emailaddress1": "g@x.example"},
    {"accountid": key(4), "name": "O'Neil", "revenue": 0.0, "numberofemployees": 5},
]
CONTACTS: list[dict[str, Any]] = [
    {"contactid": key(11), "firstname": "Åsa", "lastname": "Öberg", "birthdate": "1980-02-29", "company": 1},
    {"contactid": key(12), "firstname": "Ben", "lastname": "Carter", "company": 1},
    {"contactid": key(13), "lastname": "Lone"},
]
TASKS: list[dict[str, Any]] = [
    {"activityid": key(21), "subject": "open", "account": 1, "scheduledend": "2026-06-17T16:00:00Z"},
    {"activityid": key(22), "subject": "done", "account": 1, "statecode": 1, "scheduledend": "2026-06-01T16:00:00Z"},
    {"activityid": key(23), "subject": "about a person", "contact": 11},
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessServer]:
    if request.param == "postgresql":
        running = InProcessServer(url=request.getfixturevalue("postgresql").database(), clock=Clock())
    else:
        running = InProcessServer(tmp_path_factory.mktemp("pages"), clock=Clock())
    _fill(running.client(running.add_user("anna")))
    yield running
    running.close()


def _fill(client: httpx.Client) -> None:
    for account in ACCOUNTS:
        assert client.post("accounts", json=account).status_code == 204
    for contact in CONTACTS:
        values = dict(contact)
        if company := values.pop("company", None):
            values["parentcustomerid_account@odata.bind"] = f"/accounts({key(company)})"
        assert client.post("contacts", json=values).status_code == 204
    for task in TASKS:
        values = dict(task)
        for kind in ("account", "contact"):
            if target := values.pop(kind, None):
                values[f"regardingobjectid_{kind}_task@odata.bind"] = f"/{kind}s({key(target)})"
        assert client.post("tasks", json=values).status_code == 204


@pytest.fixture
def client(database: InProcessServer) -> httpx.Client:
    return database.client(database.add_user("anna"))


QUESTIONS: list[tuple[str, str, list[int]]] = [
    ("accounts", "true", [1, 2, 3, 4]),
    ("accounts", "false", []),
    ("accounts", "name eq 'ALPHA'", [1]),
    ("accounts", "address1_city eq 'köln'", [1, 2]),
    ("accounts", "name ne 'alpha'", [2, 3, 4]),
    ("accounts", "address1_city ne 'köln'", [3, 4]),
    ("accounts", "not(address1_city eq 'köln')", [3, 4]),
    ("accounts", "contains(name,'%')", [1, 2, 3, 4]),
    ("accounts", "contains(name,'50')", [3]),
    ("accounts", "contains(name,'''')", [4]),
    ("accounts", "startswith(name,'BE') or endswith(name,'neil')", [2, 4]),
    ("accounts", "revenue eq null", [3]),
    ("accounts", "revenue ne null", [1, 2, 4]),
    ("accounts", "revenue gt 5", [1, 2]),
    ("accounts", "not revenue gt 5", [3, 4]),
    ("accounts", "revenue ge 10 and revenue le 20", [1]),
    ("accounts", 'Microsoft.Dynamics.CRM.Between(PropertyName=\'revenue\',PropertyValues=["0","10"])', [1, 4]),
    ("accounts", 'Microsoft.Dynamics.CRM.In(PropertyName=\'industrycode\',PropertyValues=["8","9"])', [1]),
    ("accounts", "name gt 'b'", [2, 3, 4]),
    ("accounts", "createdon eq modifiedon", [1, 2, 3, 4]),
    ("accounts", "createdon ge 2026-06-17T12:00:00Z", [1, 2, 3, 4]),
    ("accounts", "createdon gt 2026-06-17T12:00:00Z", []),
    ("accounts", "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", [1, 2, 3, 4]),
    ("accounts", "ownerid/domainname eq 'ANNA'", [1, 2, 3, 4]),
    ("accounts", f"accountid eq {key(3)}", [3]),
    ("accounts", f"Microsoft.Dynamics.CRM.In(PropertyName='accountid',PropertyValues=['{key(3)}','{key(9)}'])", [3]),
    ("accounts", "Account_Tasks/any(t:t/statecode eq 1)", [1]),
    ("accounts", "Account_Tasks/any()", [1]),
    ("accounts", "Account_Tasks/all(t:t/statecode eq 0)", [2, 3, 4]),
    ("accounts", "contact_customer_accounts/any(c:c/Contact_Tasks/any(t:contains(t/subject,'PERSON')))", [1]),
    ("contacts", "fullname eq 'åsa öberg'", [11]),
    ("contacts", f"_parentcustomerid_value eq {key(1)}", [11, 12]),
    ("contacts", f"_parentcustomerid_value ne {key(1)}", [13]),
    ("contacts", "_parentcustomerid_value eq null", [13]),
    ("contacts", "parentcustomerid_account/address1_city eq 'KÖLN'", [11, 12]),
    ("contacts", "parentcustomerid_account/ownerid/domainname eq 'anna'", [11, 12]),
    ("contacts", "parentcustomerid_contact/lastname ne null", []),
    ("contacts", "birthdate lt 1990-01-01", [11]),
    ("tasks", f"_regardingobjectid_value eq {key(11)}", [23]),
    ("tasks", "Microsoft.Dynamics.CRM.Today(PropertyName='scheduledend')", [21]),
    ("tasks", "Microsoft.Dynamics.CRM.LastXDays(PropertyName='scheduledend',PropertyValue=20)", [22]),
    ("tasks", "regardingobjectid_contact_task/lastname eq 'öberg'", [23]),
]


@pytest.mark.parametrize(("path", "question", "found"), QUESTIONS, ids=[f"{each[0]}: {each[1]}" for each in QUESTIONS])
def test_what_a_filter_finds(client: httpx.Client, path: str, question: str, found: list[int]) -> None:
    answer = client.get(path, params={"$filter": question, "$count": "true"})
    assert answer.status_code == 200, answer.text
    name = "activityid" if path == "tasks" else f"{path[:-1]}id"
    assert sorted(row[name] for row in answer.json()["value"]) == [key(number) for number in found]
    assert answer.json()["@odata.count"] == len(found)
    counted = client.get(f"{path}/$count", params={"$filter": question})
    assert counted.content == b"\xef\xbb\xbf" + str(len(found)).encode()


ORDERS: list[tuple[str, list[int]]] = [
    ("name", [1, 2, 3, 4]),
    ("name desc", [4, 3, 2, 1]),
    ("revenue", [3, 4, 1, 2]),
    ("revenue desc", [2, 1, 4, 3]),
    ("address1_city,name desc", [4, 3, 2, 1]),
    ("address1_city desc,revenue", [1, 2, 3, 4]),
    ("primarycontactid/fullname,accountid desc", [4, 3, 2, 1]),
]


@pytest.mark.parametrize(("order", "found"), ORDERS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_pages_follow_the_order_whatever_their_size(
    client: httpx.Client, order: str, found: list[int], size: int
) -> None:
    rows: list[str] = []
    url: str | None = f"accounts?$orderby={order}&$select=name"
    while url is not None:
        page = client.get(url, headers={"Prefer": f"odata.maxpagesize={size}"})
        assert page.headers["Preference-Applied"] == f"odata.maxpagesize={size}"
        assert len(page.json()["value"]) <= size
        rows += [row["accountid"] for row in page.json()["value"]]
        url = page.json().get("@odata.nextLink")
    assert rows == [key(number) for number in found]


def test_a_row_made_before_the_cursor_repeats_nothing(client: httpx.Client) -> None:
    prefer = {"Prefer": "odata.maxpagesize=2"}
    first = client.get("accounts?$orderby=name", headers=prefer).json()
    new = client.post("accounts", json={"name": "AAA"}).headers["OData-EntityId"]
    rest = client.get(first["@odata.nextLink"], headers=prefer).json()
    client.delete(new)
    assert [row["name"] for row in first["value"] + rest["value"]] == ["Alpha", "beta", "Gamma 50%", "O'Neil"]


def test_top_and_select(client: httpx.Client) -> None:
    answer = client.get("accounts?$top=2&$select=name&$orderby=name&$count=true").json()
    assert [row["name"] for row in answer["value"]] == ["Alpha", "beta"]
    assert answer["@odata.count"] == 4
    assert "@odata.nextLink" not in answer
    assert set(answer["value"][0]) == {"@odata.etag", "name", "accountid"}
    assert answer["@odata.context"].endswith("$metadata#accounts(name)")
    assert client.get("accounts?$top=0").json()["value"] == []


def test_expanding_records_and_collections(client: httpx.Client) -> None:
    answer = client.get(
        "contacts?$select=lastname&$orderby=lastname&$expand="
        "parentcustomerid_account($select=name),parentcustomerid_contact,Contact_Tasks($select=subject)",
        headers={"Prefer": 'odata.include-annotations="*"'},
    ).json()["value"]
    assert [row["lastname"] for row in answer] == ["Carter", "Lone", "Öberg"]
    assert [(row["parentcustomerid_account"] or {}).get("name") for row in answer] == ["Alpha", None, "Alpha"]
    assert all(row["parentcustomerid_contact"] is None for row in answer)
    assert [[task["subject"] for task in row["Contact_Tasks"]] for row in answer] == [[], [], ["about a person"]]
    assert "_parentcustomerid_value" not in answer[0]


def test_a_collection_expanded_with_options(client: httpx.Client) -> None:
    tasks = "Account_Tasks($select=subject;$orderby=subject desc;$top=1)"
    people = "contact_customer_accounts($filter=lastname eq 'carter')"
    row = client.get(f"accounts({key(1)})?$expand={tasks},{people}").json()
    assert [task["subject"] for task in row["Account_Tasks"]] == ["open"]
    assert [person["lastname"] for person in row["contact_customer_accounts"]] == ["Carter"]
    references = client.get(f"contacts({key(11)})?$expand=parentcustomerid_account/$ref").json()
    assert references["parentcustomerid_account"]["@odata.id"].endswith(f"accounts({key(1)})")


def test_names_with_percent_signs_pluses_and_aliases(client: httpx.Client) -> None:
    url = "accounts?%24select=name&%24filter=name+eq+@p1&@p1='Gamma 50%25'"
    assert [row["name"] for row in client.get(url).json()["value"]] == ["Gamma 50%"]


def test_two_thousand_ids_in_one_question_are_quick(client: httpx.Client) -> None:
    """In a batch, as no URL is that long."""
    ids = ",".join(f'"{key(number)}"' for number in range(1, 2001))
    listed = f"Microsoft.Dynamics.CRM.In(PropertyName='accountid',PropertyValues=[{ids}])"
    either = " or ".join(f"accountid eq {key(number)}" for number in range(3, 2001))
    requests = [Request("GET", f"accounts?$select=name&$filter={question}") for question in (listed, either)]
    headers = {"Content-Type": content_type("b")}
    begin = time.perf_counter()
    answer = client.post("$batch", content=encode_batch(requests, "b"), headers=headers)
    found = parse_answers(answer.content, answer.headers["Content-Type"])
    assert time.perf_counter() - begin < 5
    assert [len(orjson.loads(each.body)["value"]) for each in found if isinstance(each, Answer)] == [4, 2]


REFUSALS = [
    ("accounts?$filter=colour eq 1", "0x0", "colour"),
    ("accounts?$select=colour", "0x0", "colour"),
    ("accounts?$orderby=colour", "0x0", "colour"),
    ("accounts?$filter=name", "0x80060888", "Syntax error"),
    ("accounts?$skip=5", "0x80060888", "$skip"),
    ("accounts?fetchXml=<fetch/>", "0x80060888", "fetchXml"),
    ("accounts?$apply=groupby((name))", "0x80060888", "$apply"),
    ("accounts?$search=x", "0x80060888", "$search"),
    ("accounts?$skiptoken=nonsense", "0x80060888", "$skiptoken"),
    ("accounts?$deltatoken=nonsense", "0x80060888", "$deltatoken"),
    ("accounts?$filter=Microsoft.Dynamics.CRM.Sometime(PropertyName='createdon')", "0x80060888", "Sometime"),
]


@pytest.mark.parametrize(("url", "code", "words"), REFUSALS)
def test_questions_that_make_no_sense(client: httpx.Client, url: str, code: str, words: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert words in answer.json()["error"]["message"]


def test_a_token_of_another_question_is_refused(client: httpx.Client) -> None:
    prefer = {"Prefer": "odata.maxpagesize=1"}
    link = client.get("accounts?$orderby=name", headers=prefer).json()["@odata.nextLink"]
    token = httpx.URL(link).params["$skiptoken"]
    assert client.get("accounts", params={"$skiptoken": token}).status_code == 400


def test_writes_wait_for_each_other_on_both_databases(database: InProcessServer) -> None:
    """Versions are given in the order of commits: whoever reads a version sees everything up to it."""
    with database.database.writing() as transaction:
        seen = transaction.next_version()
        with database.database.reading() as snapshot:
            assert snapshot.version < seen
    with database.database.writing() as transaction:
        assert transaction.version >= seen
