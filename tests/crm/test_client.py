"""Questions and writes against the bundled server in process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from crmdesk.crm import client as client_module
from crmdesk.crm.client import Client, Create, Delete, Deleted, Page, Read, Row, Update
from crmdesk.crm.errors import (
    CrmError,
    DeltaExpired,
    Duplicate,
    Exists,
    Garbled,
    Gone,
    Refused,
    SignInNeeded,
    Undone,
    Unreachable,
    VersionClash,
)
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.model.query import Column, Compare, In, Order, Query, Relative
from crmdesk.model.record import Value, new_id
from tests.support.in_process import ORIGIN, InProcessServer
from tests.support.lossy import Answered, Loss, Lossy, in_turn


def page(answer: Page | CrmError) -> Page:
    if isinstance(answer, CrmError):
        raise answer
    return answer


def row(outcome: object) -> Row:
    if isinstance(outcome, CrmError):
        raise outcome
    assert isinstance(outcome, Row)
    return outcome


def made(client: Client, entity: str, **values: Value) -> Row:
    return row(client.write([Create(entity, new_id(), values)])[0])


def names(answer: Page | CrmError) -> list[Value]:
    return [each.values["name"] for each in page(answer).rows]


def test_who_am_i(client: Client, server: InProcessServer) -> None:
    who = client.who_am_i()
    assert who.user_id == server.add_user("ann")
    assert len(who.organization_id) == len(who.business_unit_id) == 36


def test_a_record_is_made_read_changed_and_deleted(client: Client) -> None:
    account = made(client, "account", name="Contoso", revenue=12.5)
    assert client.get("account", account.id) == account
    assert account.values["ownerid@name"] == "ann", "lookups bring the name of what they point at"
    changed = row(client.write([Update("account", account.id, {"name": "Contoso Ltd"}, account.version)])[0])
    assert (changed.values["name"], changed.values["revenue"]) == ("Contoso Ltd", 12.5)
    assert changed.version != account.version
    assert client.write([Delete("account", account.id, changed.version)]) == [Deleted()]
    with pytest.raises(Gone):
        client.get("account", account.id)


def test_what_each_write_may_meet(client: Client) -> None:
    there, gone = made(client, "contact", lastname="Smith", emailaddress1="smith@example.com"), new_id()
    likeness = {"lastname": "Smith", "emailaddress1": "SMITH@example.com"}
    outcomes = client.write(
        [
            Create("contact", there.id, {"lastname": "Smith"}),
            Create("contact", new_id(), likeness, detect_duplicates=True),
            Update("contact", there.id, {"lastname": "Jones"}, 'W/"1"'),
            Update("contact", gone, {"lastname": "Jones"}, "*"),
            Update("contact", there.id, {"parentcustomerid": f"account:{gone}"}, there.version),
            Update("contact", there.id, {"lastname": "x" * 1000}, there.version),
            Delete("contact", there.id, 'W/"1"'),
            Delete("contact", gone),
            Create("contact", new_id(), likeness),
        ]
    )
    assert [type(each) for each in outcomes] == [
        Exists, Duplicate, VersionClash, Gone, Refused, Refused, VersionClash, Deleted, Row,
    ]  # fmt: skip
    assert client.get("contact", there.id) == there
    assert "maximum allowed length" in str(outcomes[5])


def test_a_change_set_happens_together(client: Client) -> None:
    account, contact = new_id(), new_id()
    (outcome,) = client.write(
        [
            (
                Create("account", account, {"name": "Contoso"}),
                Create("contact", contact, {"lastname": "Smith", "parentcustomerid": f"account:{account}"}),
                Update("account", account, {"primarycontactid": f"contact:{contact}"}, "*"),
            )
        ]
    )
    assert isinstance(outcome, tuple)
    assert [row(each).entity for each in outcome] == ["account", "contact", "account"]
    assert client.get("account", account).values["primarycontactid"] == f"contact:{contact}"


def test_of_a_refused_change_set_the_culprit_is_told_and_the_others_are_undone(client: Client) -> None:
    account, gone = new_id(), new_id()
    outcomes = client.write(
        [
            (Create("account", account, {"name": "Contoso"}), Update("contact", gone, {"lastname": "Smith"}, "*")),
            (Delete("contact", gone), Create("account", account, {"name": "Contoso"})),
            Create("account", new_id(), {"name": "Fabrikam"}),
        ]
    )
    first, second, third = outcomes
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert [type(each) for each in first] == [Undone, Gone]
    assert [type(each) for each in second] == [Deleted, Undone]
    assert row(third).values["name"] == "Fabrikam"
    with pytest.raises(Gone):
        client.get("account", account)


def test_people_of_an_activity_come_when_read_and_not_with_the_answer_to_a_write(client: Client) -> None:
    people = [{"participationtypemask": 2, "partyid": None, "addressused": "a@example.com"}]
    email = made(client, "email", subject="Offer", email_activity_parties=people)
    assert "email_activity_parties" not in email.values
    assert client.get("email", email.id).values["email_activity_parties"] == people
    everything, chosen, tracked = client.ask(
        [
            Read(Query("email")),
            Read(Query("email", select=("subject",))),
            Read(Query("email"), track_changes=True),
        ]
    )
    assert page(everything).rows[0].values["email_activity_parties"] == people
    assert "email_activity_parties" not in page(chosen).rows[0].values
    assert "email_activity_parties" not in page(tracked).rows[0].values


def test_pages_follow_each_other(client: Client) -> None:
    wanted = [f"Contoso {n}" for n in range(5)]
    for name in wanted:
        made(client, "account", name=name)
    found: list[Value] = []
    answer = page(client.ask([Read(Query("account", order=(Order(Column("name")),), count=True), page_size=2)])[0])
    assert answer.count == 5
    pages = 1
    while answer.next_link:
        found += names(answer)
        answer = page(client.ask([Read(link=answer.next_link, entity="account", page_size=2)])[0])
        pages += 1
    assert (pages, found + names(answer)) == (3, wanted)
    top = client.ask([Read(Query("account", order=(Order(Column("name")),), top=3), page_size=2)])[0]
    assert (names(top), page(top).next_link) == (wanted[:3], None), "a page size is not to be combined with $top"


def test_many_questions_travel_together_and_do_not_disturb_one_another(client: Client) -> None:
    made(client, "account", name="Contoso")
    before = client.traffic.requests
    contoso = Compare(Column("name"), "eq", "contoso")
    answers = client.ask(
        [
            Read(Query("account", filter=contoso)),
            Read(Query("account", filter=Relative("NoSuchFunction", Column("name")))),
            Read(Query("contact", count=True)),
        ]
    )
    assert client.traffic.requests == before + 1
    assert names(answers[0]) == ["Contoso"]
    assert isinstance(answers[1], Refused)
    assert page(answers[2]).count == 0


def test_a_question_too_long_for_an_address_travels_in_a_batch(client: Client) -> None:
    account = made(client, "account", name="Contoso")
    ids = (account.id, *(new_id() for _ in range(999)))
    before = client.traffic.requests
    (answer,) = client.ask([Read(Query("account", filter=In(Column("accountid"), ids)))])
    assert [each.id for each in page(answer).rows] == [account.id]
    assert client.traffic.requests == before + 1


def test_changes_since_are_followed_by_delta_links(client: Client) -> None:
    stays, goes = made(client, "account", name="Contoso"), made(client, "account", name="Fabrikam")
    first = page(client.ask([Read(Query("account"), track_changes=True)])[0])
    assert {each.id for each in first.rows} == {stays.id, goes.id}
    client.write([Update("account", stays.id, {"name": "Contoso Ltd"}, "*"), Delete("account", goes.id)])
    second = page(client.ask([Read(link=first.delta_link, entity="account")])[0])
    assert names(second) == ["Contoso Ltd"]
    assert [(each.id, each.reason) for each in second.removed] == [(goes.id, "deleted")]
    third = page(client.ask([Read(link=second.delta_link, entity="account")])[0])
    assert (third.rows, third.removed) == ((), ())


def test_a_foreign_delta_link_asks_for_a_full_load(client: Client) -> None:
    link = f"{ORIGIN}/api/data/v9.2/accounts?$deltatoken=919042%2108%2f22%2f2017"
    alone, together = (
        client.ask([Read(link=link, entity="account")])[0],
        client.ask([Read(link=link, entity="account")] * 2),
    )
    assert [type(each) for each in (alone, *together)] == [DeltaExpired] * 3


def test_the_servers_time_comes_from_the_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    moment = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    server = InProcessServer(tmp_path_factory.mktemp("far"), clock=lambda: moment)
    client = Client(ORIGIN, TokenCredentials(server.token(server.add_user("ann"))), server.transport)
    alone, together = client.ask([Read(Query("account"))]), client.ask([Read(Query("account"))] * 2)
    assert {page(each).server_time for each in (*alone, *together)} == {moment}
    assert page(alone[0]).server_time.utcoffset() == timedelta(0)
    server.close()


def test_links_are_followed_on_our_own_server_alone(server: InProcessServer, ann: TokenCredentials) -> None:
    asked: list[str] = []

    def look(request: httpx.Request) -> None:
        asked.append(str(request.url))

    client = Client(ORIGIN, ann, Lossy(server.transport, look))
    inside = Read(link="https://crm.internal:8443/api/data/v9.2/accounts?$select=name", entity="account")
    assert names(client.ask([inside])[0]) == []
    with pytest.raises(Garbled):
        client.ask([Read(link="https://thief.example/collect", entity="account")])
    assert asked == [f"{ORIGIN}/api/data/v9.2/accounts?$select=name"]


def test_possible_duplicates_are_named(client: Client) -> None:
    there = made(client, "contact", lastname="Smith", emailaddress1="smith@example.com")
    values = {"lastname": "Smyth", "emailaddress1": "Smith@example.com", "description": "long " * 20_000}
    assert client.duplicates_of("contact", new_id(), values) == [there]
    assert client.duplicates_of("contact", there.id, values) == [], "a record is not its own duplicate"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_PARTS", 3)


@pytest.mark.usefixtures("small_batches")
def test_more_than_a_batch_holds_goes_in_several(client: Client) -> None:
    creates = [Create("account", new_id(), {"name": f"Contoso {n}"}) for n in range(5)]
    outcomes = client.write([(creates[0], creates[1]), (creates[2], creates[3]), creates[4]])
    assert [len(each) if isinstance(each, tuple) else 1 for each in outcomes] == [2, 2, 1]
    answers = client.ask(
        [Read(Query("account", filter=Compare(Column("accountid"), "eq", each.id))) for each in creates]
    )
    assert [names(each) for each in answers] == [[f"Contoso {n}"] for n in range(5)]
    assert client.traffic.requests == 4


@pytest.mark.usefixtures("small_batches")
def test_answers_of_an_earlier_batch_are_kept_when_a_later_one_is_lost(
    server: InProcessServer, ann: TokenCredentials
) -> None:
    client = Client(ORIGIN, ann, Lossy(server.transport, in_turn([None, Loss.AFTER_DELIVERY])))
    creates = [Create("account", new_id(), {"name": f"Contoso {n}"}) for n in range(7)]
    outcomes = client.write(creates)
    assert [type(each) for each in outcomes] == [Row] * 3 + [Unreachable] * 4
    found = [type(each) for each in client.write(creates)]
    assert found == [Exists] * 6 + [Row], "the lost batch happened, the last was never sent"


def test_nothing_to_write_or_to_ask_is_no_request(client: Client) -> None:
    assert (client.write([]), client.ask([])) == ([], [])
    assert client.traffic.requests == 0


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        (Answered(400, "0x80060888", "A batch holds at most 1000 requests."), Refused),
        (Answered(413, message="too large"), Refused),
        (Answered(401), SignInNeeded),
        (Answered(200, page="<html>"), Garbled),
    ],
)
def test_a_batch_that_is_refused_as_a_whole(
    answered: Answered, error: type[CrmError], server: InProcessServer, ann: TokenCredentials
) -> None:
    client = Client(ORIGIN, ann, Lossy(server.transport, in_turn([answered])))
    with pytest.raises(error):
        client.write([Create("account", new_id(), {"name": "Contoso"})])
    client.close()


@pytest.mark.parametrize("calls", [lambda c: c.who_am_i(), lambda c: c.get("account", new_id())])
def test_what_is_no_crm_server_is_told(
    calls: Callable[[Client], object], server: InProcessServer, ann: TokenCredentials
) -> None:
    client = Client(ORIGIN, ann, Lossy(server.transport, in_turn([Answered(200, page="<html>Welcome</html>")])))
    with pytest.raises(Garbled):
        calls(client)
    client.close()
