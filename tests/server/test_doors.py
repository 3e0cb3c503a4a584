"""Who comes in, with what, and what the server says of itself: sign-in, tokens, sizes, compression, metadata."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path
from threading import Thread
from uuid import UUID
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import event, text

from crmdesk.model.words import ENTITIES
from crmdesk.odata.batch import Request, content_type, encode_batch
from crmdesk.server.app import create_app
from crmdesk.server.load import load_sample
from crmdesk.server.security import SIGN_IN_SECONDS, BadPassword, NoSuchUser, add_user, personal_token
from tests.support.clock import Clock
from tests.support.in_process import ORIGIN, InProcess, InProcessServer, at_once

ROOT = f"{ORIGIN}/api/data/v9.2/"


def plain(server: InProcessServer) -> httpx.Client:
    return httpx.Client(transport=server.transport, base_url=ORIGIN)


def sign_in(server: InProcessServer, user: str, password: str) -> httpx.Response:
    return plain(server).post("/api/sign-in", json={"user": user, "password": password})


def may(server: InProcessServer, token: str) -> bool:
    return plain(server).get(f"{ROOT}WhoAmI", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_signing_in(server: InProcessServer, clock: Clock) -> None:
    key = server.add_user("Anna", "secret")
    answer = sign_in(server, "anna", "secret")
    assert answer.status_code == 200
    assert answer.json()["user_id"] == key
    assert answer.json()["expires_in"] == SIGN_IN_SECONDS
    token = answer.json()["token"]
    assert may(server, token)
    clock.advance(SIGN_IN_SECONDS + 1)
    assert not may(server, token)


@pytest.mark.parametrize(("user", "password"), [("anna", "wrong"), ("nobody", "secret"), ("", ""), ("anna", "")])
def test_what_does_not_let_in(server: InProcessServer, user: str, password: str) -> None:
    server.add_user("anna", "secret")
    answer = sign_in(server, user, password)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["message"] == "The user name or the password is wrong."


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"{}", b'{"user":1,"password":2}'])
def test_what_is_no_sign_in(server: InProcessServer, body: bytes) -> None:
    assert plain(server).post("/api/sign-in", content=body).status_code == 400


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}])
def test_nothing_without_a_token(server: InProcessServer, header: dict[str, str]) -> None:
    for path in ("", "WhoAmI", "accounts", "$metadata", "nowhere"):
        answer = plain(server).get(ROOT + path, headers=header)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert plain(server).post(f"{ROOT}$batch", headers=header).status_code == 401


def test_a_new_password_ends_old_tokens_and_keeps_the_rights(server: InProcessServer) -> None:
    key = server.add_user("anna", "first", admin=True)
    with server.database.writing() as transaction:
        token = personal_token(transaction, "ANNA")
    assert may(server, token)
    assert server.add_user("anna", "second") == key
    assert not may(server, token)
    assert sign_in(server, "anna", "first").status_code == 401
    signed = {"Authorization": f"Bearer {sign_in(server, 'anna', 'second').json()['token']}"}
    made = plain(server).post(f"{ROOT}systemusers", json={"domainname": "new"}, headers=signed)
    assert made.status_code == 204


def test_a_personal_token_does_not_expire(server: InProcessServer, clock: Clock) -> None:
    server.add_user("anna")
    with server.database.writing() as transaction:
        token = personal_token(transaction, "anna")
        with pytest.raises(NoSuchUser):
            personal_token(transaction, "nobody")
    clock.advance(400 * 86_400)
    assert may(server, token)


def test_a_disabled_user_stays_outside(server: InProcessServer, admin: httpx.Client) -> None:
    key = server.add_user("anna", "secret")
    token = server.token(key)
    admin.patch(f"systemusers({key})", json={"isdisabled": True})
    assert not may(server, token)
    assert sign_in(server, "anna", "secret").status_code == 401


def test_passwords_and_tokens_are_not_in_the_database(server: InProcessServer) -> None:
    key = server.add_user("anna", "a-long-secret")
    token = server.token(key)
    with server.database.reading() as snapshot:
        stored = str(snapshot.connection.execute(text("SELECT * FROM crmdesk_credential")).all())
        stored += str(snapshot.connection.execute(text("SELECT * FROM crmdesk_token")).all())
    assert "argon2" in stored
    assert "a-long-secret" not in stored
    assert token not in stored


def test_a_name_and_a_password_are_needed(server: InProcessServer) -> None:
    with server.database.writing() as transaction:
        for name, password in (("", "secret"), ("anna", ""), ("anna", "abc")):
            with pytest.raises(BadPassword):
                add_user(transaction, name, password)


def test_long_answers_are_compressed_where_that_is_understood(anna: httpx.Client) -> None:
    packed = anna.get("$metadata", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    unpacked = anna.get("$metadata", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in unpacked.headers
    assert packed.content == unpacked.content


def test_compressed_requests(anna: httpx.Client) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    packed = gzip.compress(b'{"name":"A"}')
    assert anna.post("accounts", content=packed, headers=headers).status_code == 204
    assert anna.post("accounts", content=packed[:-5], headers=headers).status_code == 400
    assert anna.post("accounts", content=b"nonsense", headers=headers).status_code == 400


def test_a_body_too_large_is_refused_packed_or_not(server: InProcessServer) -> None:
    key = server.token(server.add_user("anna"))
    transport = InProcess(create_app(server.database, most_bytes=1000, aside=at_once))
    client = httpx.Client(transport=transport, base_url=ROOT, headers={"Authorization": f"Bearer {key}"})
    assert client.post("accounts", content=b"x" * 1001).status_code == 413
    bomb = gzip.compress(b" " * 100_000)
    assert len(bomb) < 1000
    assert client.post("accounts", content=bomb, headers={"Content-Encoding": "gzip"}).status_code == 413


def test_an_error_of_ours_tells_nothing_of_our_inside(
    server: InProcessServer, anna: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with server.database.writing() as transaction:
        transaction.connection.execute(text("ALTER TABLE lead RENAME TO hidden"))
    answer = anna.get("leads")
    assert answer.status_code == 500
    assert "no such table: lead" in caplog.text
    assert "lead" not in answer.text
    assert "Traceback" not in answer.text


def test_many_threads_at_once(server: InProcessServer, anna: httpx.Client) -> None:
    def write() -> None:
        for _ in range(5):
            assert anna.post("accounts", json={"name": "A"}).status_code == 204

    threads = [Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [row["versionnumber"] for row in anna.get("accounts").json()["value"]]
    assert len(set(versions)) == 30


def test_the_server_describes_itself(anna: httpx.Client) -> None:
    sets = {row["name"]: row["url"] for row in anna.get("").json()["value"]}
    assert sets == {kind.set_name: kind.set_name for kind in ENTITIES.values()}
    schema = ElementTree.fromstring(anna.get("$metadata").content)
    names = {each.get("Name") for each in schema.iter("{http://docs.oasis-open.org/odata/ns/edm}EntityType")}
    assert names == {"crmbaseentity", *ENTITIES}
    one = anna.get("EntityDefinitions(LogicalName='contact')?$select=LogicalName,EntitySetName").json()
    assert (one["LogicalName"], one["EntitySetName"]) == ("contact", "contacts")
    assert set(one) == {"@odata.context", "MetadataId", "LogicalName", "EntitySetName"}
    assert len(anna.get("EntityDefinitions").json()["value"]) == len(ENTITIES)
    found = anna.get("EntityDefinitions?$filter=LogicalName eq 'task'").json()["value"]
    assert [each["PrimaryIdAttribute"] for each in found] == ["activityid"]
    columns = anna.get("EntityDefinitions(LogicalName='contact')/Attributes").json()["value"]
    company = next(each for each in columns if each["LogicalName"] == "parentcustomerid")
    assert company["Targets"] == ["account", "contact"]
    assert anna.get("EntityDefinitions(LogicalName='car')").status_code == 404


def test_a_field_that_came_later_gets_its_column(tmp_path: Path) -> None:
    first = InProcessServer(tmp_path)
    with first.database.writing() as transaction:
        transaction.connection.execute(text("ALTER TABLE account DROP COLUMN fax"))
    first.close()
    again = InProcessServer(tmp_path)
    client = again.client(again.add_user("anna"))
    assert client.post("accounts", json={"name": "A", "fax": "1"}).status_code == 204
    assert client.get("accounts").json()["value"][0]["fax"] == "1"
    again.close()


def test_the_sample_is_loaded_once_and_joins_users_who_are_there(tmp_path: Path) -> None:
    running = InProcessServer(tmp_path, clock=Clock())
    key = running.add_user("anna", "secret")
    assert load_sample(running.database)
    assert not load_sample(running.database)
    client = running.client(key)
    assert client.get("contacts/$count").content == b"\xef\xbb\xbf1000"
    mine = client.get("contacts/$count?$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')")
    assert int(mine.content[3:]) > 400
    assert len(client.get("systemusers").json()["value"]) == 3
    assert sign_in(running, "anna", "secret").status_code == 200
    assert sign_in(running, "ben", "").status_code == 401
    mail = client.get("emails?$top=1&$expand=email_activity_parties").json()["value"][0]
    assert len(mail["email_activity_parties"]) == 2
    with running.database.reading() as snapshot:
        admin = snapshot.connection.execute(text("SELECT is_admin FROM crmdesk_credential WHERE password_hash IS NULL"))
        assert [bool(row[0]) for row in admin] == [True]
    running.close()


def test_a_busy_database_is_something_to_wait_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    running = InProcessServer(tmp_path)
    client = running.client(running.add_user("anna"))
    with sqlite3.connect(tmp_path / "server.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with running.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
        answer = client.post("accounts", json={"name": "A"})
        other.execute("ROLLBACK")
    other.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "locked" in caplog.text
    assert client.get("accounts").json()["value"] == []
    running.close()


def _at_most_a_hundred_values(connection: sqlite3.Connection, *_: object) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)


def test_too_many_values_are_refused_in_words(server: InProcessServer, anna: httpx.Client) -> None:
    event.listen(server.database.engine, "checkout", _at_most_a_hundred_values)
    ids = ",".join(f"'{UUID(int=number)}'" for number in range(50))
    question = f"Microsoft.Dynamics.CRM.In(PropertyName='objectid',PropertyValues=[{ids}])"
    body = encode_batch([Request("GET", f"annotations?$filter={question}")], "b")
    answer = anna.post("$batch", content=body, headers={"Content-Type": content_type("b")})
    assert answer.status_code == 400
    assert "too many values" in answer.text
