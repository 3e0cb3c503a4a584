"""Change tracking: nothing is missed and nothing is invented."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from threading import Thread
from typing import Any

import httpx
import pytest

from crmdesk.model.words import ACCOUNT
from crmdesk.server.records import insert_record
from tests.support.clock import Clock
from tests.support.in_process import InProcessServer

DAY = 86_400.0


def load(client: httpx.Client, url: str, size: int = 5000) -> tuple[list[dict[str, Any]], str]:
    """All rows of a load or of a delta link, and the next delta link."""
    rows: list[dict[str, Any]] = []
    prefer = {"Prefer": f"odata.track-changes,odata.maxpagesize={size}"}
    while True:
        page = client.get(url, headers=prefer)
        assert page.status_code == 200, page.text
        rows += page.json()["value"]
        if "@odata.nextLink" not in page.json():
            return rows, page.json()["@odata.deltaLink"]
        assert "@odata.deltaLink" not in page.json()
        url = page.json()["@odata.nextLink"]


def account(client: httpx.Client, name: str, key: str | None = None) -> str:
    key = key or str(uuid.uuid4())
    assert client.post("accounts", json={"accountid": key, "name": name}).status_code == 204
    return key


def summary(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [("gone", row["id"]) if "reason" in row else (row["name"], row["accountid"]) for row in rows]


@pytest.fixture(params=["sqlite", "postgresql"])
def tracked(request: pytest.FixtureRequest, clock: Clock) -> Iterator[InProcessServer]:
    if request.param == "sqlite":
        yield request.getfixturevalue("server")
        return
    running = InProcessServer(url=request.getfixturevalue("postgresql").database(), clock=clock)
    yield running
    running.close()


@pytest.fixture
def client(tracked: InProcessServer) -> httpx.Client:
    return tracked.client(tracked.add_user("anna"))


def test_a_load_and_what_changed_since(client: httpx.Client) -> None:
    first, second, third = (account(client, name) for name in ("A", "B", "C"))
    rows, link = load(client, "accounts?$select=name")
    assert {row["name"] for row in rows} == {"A", "B", "C"}
    assert load(client, link)[0] == []
    client.patch(f"accounts({first})", json={"name": "A2"})
    client.patch(f"accounts({first})", json={"name": "A3"})
    client.delete(f"accounts({second})")
    fourth = account(client, "D")
    passing = account(client, "E")
    client.delete(f"accounts({passing})")
    answer = client.get(link).json()
    assert answer["@odata.context"].endswith("$metadata#accounts(name)/$delta")
    assert summary(answer["value"]) == [("A3", first), ("D", fourth), ("gone", second), ("gone", passing)]
    assert answer["value"][2]["reason"] == "deleted"
    assert answer["value"][2]["@odata.context"].endswith("#accounts/$deletedEntity")
    assert load(client, answer["@odata.deltaLink"])[0] == []
    assert client.get(link.replace("accounts?", "accounts/$count?")).content == b"\xef\xbb\xbf4"
    assert summary(load(client, link)[0]) == summary(answer["value"]), "asking again gives the same"
    assert third in {row["accountid"] for row in rows}


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_changes_come_in_pages_too(client: httpx.Client, size: int) -> None:
    kept = [account(client, f"kept {number}") for number in range(4)]
    lost = [account(client, f"lost {number}") for number in range(3)]
    _, link = load(client, "accounts?$select=name", size)
    for key in kept:
        client.patch(f"accounts({key})", json={"name": "new"})
    for key in lost:
        client.delete(f"accounts({key})")
    rows, _ = load(client, link, size)
    assert summary(rows) == [*(("new", key) for key in kept), *(("gone", key) for key in lost)]


def test_the_link_of_a_paged_load_is_as_of_its_first_page(client: httpx.Client) -> None:
    keys = sorted(account(client, "A") for _ in range(4))
    prefer = {"Prefer": "odata.track-changes,odata.maxpagesize=2"}
    page = client.get("accounts?$select=name", headers=prefer).json()
    client.patch(f"accounts({keys[0]})", json={"name": "changed behind the cursor"})
    client.delete(f"accounts({keys[1]})")
    page = client.get(page["@odata.nextLink"], headers=prefer).json()
    rows, _ = load(client, page["@odata.deltaLink"])
    assert summary(rows) == [("changed behind the cursor", keys[0]), ("gone", keys[1])]


def test_an_id_that_comes_back_is_not_gone(client: httpx.Client) -> None:
    key = account(client, "A")
    _, link = load(client, "accounts?$select=name")
    client.delete(f"accounts({key})")
    account(client, "B", key)
    assert summary(load(client, link)[0]) == [("B", key)]


def test_what_a_delete_does_to_others_is_told(client: httpx.Client) -> None:
    company = account(client, "A")
    bind = {"lastname": "B", "parentcustomerid_account@odata.bind": f"/accounts({company})"}
    assert client.post("contacts", json=bind).status_code == 204
    _, link = load(client, "contacts?$select=lastname,_parentcustomerid_value")
    client.delete(f"accounts({company})")
    (row,) = load(client, link)[0]
    assert row["_parentcustomerid_value"] is None


def test_a_write_in_flight_comes_later_and_is_never_skipped(tracked: InProcessServer, client: httpx.Client) -> None:
    """The write takes its version first; the token that is given meanwhile must lie before it."""
    key = str(uuid.uuid4())
    with tracked.database.writing() as transaction:
        insert_record(transaction, ACCOUNT, {"accountid": key, "name": "in flight"})
        rows, link = load(client, "accounts?$select=name")
        assert rows == []
    assert summary(load(client, link)[0]) == [("in flight", key)]


@pytest.mark.parametrize("option", ["$filter=name eq 'x'", "$orderby=name", "$expand=primarycontactid", "$top=1"])
def test_what_cannot_be_tracked(client: httpx.Client, option: str) -> None:
    answer = client.get(f"accounts?{option}", headers={"Prefer": "odata.track-changes"})
    assert answer.status_code == 400
    name = option.partition("=")[0]
    assert (
        answer.json()["error"]["message"]
        == f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.'
    )


def test_old_and_foreign_tokens_are_refused(tracked: InProcessServer, clock: Clock) -> None:
    user = tracked.add_user("anna")
    _, link = load(tracked.client(user), "accounts?$select=name")
    token = httpx.URL(link).params["$deltatoken"]
    version, issued, organization = token.split("!")
    clock.advance(6.9 * DAY)
    client = tracked.client(user)
    assert client.get(link).status_code == 200
    for wrong in (f"{version}!{issued}!deadbeef", f"{int(version) + 1000}!{issued}!{organization}"):
        answer = client.get("accounts", params={"$deltatoken": wrong})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "0x80044352")
    clock.advance(0.2 * DAY)
    answer = client.get(link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "0x80044352")


def test_who_follows_the_feed_ends_with_what_is_there(tracked: InProcessServer, client: httpx.Client) -> None:
    """Three writers at once, and a reader that asks for changes all the time."""
    known: dict[str, str] = {}
    rows, link = load(client, "accounts?$select=name", 2)

    def write(number: int) -> None:
        keys = [account(client, f"{number}") for _ in range(4)]
        for turn in range(12):
            key = keys[turn % len(keys)]
            if turn % 5 == 4:
                assert client.delete(f"accounts({key})").status_code == 204
            assert client.patch(f"accounts({key})", json={"name": f"{number} {turn}"}).status_code == 204
        assert client.delete(f"accounts({keys[0]})").status_code == 204

    writers = [Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    finished = False
    while not finished:
        finished = not any(writer.is_alive() for writer in writers)
        rows, link = load(client, link, 3)
        for row in rows:
            if "reason" in row:
                known.pop(row["id"], None)
            else:
                known[row["accountid"]] = row["name"]
    there = client.get("accounts?$select=name").json()["value"]
    assert known == {row["accountid"]: row["name"] for row in there}
    assert len(known) == 9
