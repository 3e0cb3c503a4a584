"""Messages converted to records: what goes along, whom they are tied to, and the way back as one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.actions import convert, mail, track
from crmdesk.actions.convert import Converted
from crmdesk.actions.mail import Arrival
from crmdesk.actions.refusal import Refusal
from crmdesk.mail.compose import Draft, compose
from crmdesk.mail.headers import Address
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.store import mailbox, records
from crmdesk.store.mailbox import Account, Folder, MessageRow
from crmdesk.store.store import Transaction
from tests.support.builders import Desk, Office

ME = Address("Anna Berg", "anna@us.example")
BO = Address("Bo Holm", "bo@contoso.example")
ALL = {"account": "true", "contact": "true", "lead": "true", "opportunity": "true", "email": "true"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def anna(office: Office) -> Desk:
    return office.desk("anna", **ALL)


def receive(desk: Desk, subject: str = "Quote 1142", sender: Address = BO, text: str = "We need ten.") -> str:
    account = Account("work", "imap", ME.address, ME.name, {})
    draft = Draft(sender, (ME,), subject=subject, text=text)
    folder = Folder("work", "Inbox", "inbox", {})
    raw = compose(draft)

    def store(tx: Transaction) -> Changes:
        mailbox.save_account(tx, account)
        mailbox.save_folder(tx, "work", "Inbox", "inbox", None)
        return mail.receive(tx, Arrival(account, folder, subject, raw, seen=False))

    return str(desk.session.do(store).result)


def converted(desk: Desk, key: str, kind: str) -> Converted:
    done = desk.session.do(lambda tx: convert.convert(tx, key, kind)).result
    assert isinstance(done, Converted)
    return done


def take_back(desk: Desk, done: Converted) -> None:
    desk.session.do(lambda tx: convert.take_back(tx, done))


def message(desk: Desk, key: str) -> MessageRow:
    with desk.session.store.read() as reader:
        row = mailbox.get(reader, key)
    assert row is not None
    return row


def shown(desk: Desk, done: Converted, *names: str) -> list[object]:
    return [desk.value(done.record, name) for name in names]


def test_a_lead_is_made_offline_and_arrives_with_its_message(office: Office, anna: Desk) -> None:
    key = receive(anna)
    anna.unplug()
    done = converted(anna, key, "lead")
    assert shown(anna, done, "subject", "firstname", "lastname") == ["Quote 1142", "Bo", "Holm"]
    assert shown(anna, done, "emailaddress1", "companyname") == [BO.address, "contoso.example"]
    assert anna.value(done.record, "description") == "We need ten."
    assert message(anna, key).regarding == str(done.record)
    anna.plug_in()
    anna.sync()
    assert office.has(done.record) is not None
    (email,) = office.everything("email").values()
    assert email.values["regardingobjectid"] == str(done.record)


def test_the_company_is_the_one_of_the_colleagues(anna: Desk) -> None:
    contoso = anna.make("account", name="Contoso Ltd")
    anna.make("contact", lastname="Lund", emailaddress1="lund@contoso.example", parentcustomerid=str(contoso))
    done = converted(anna, receive(anna), "lead")
    assert shown(anna, done, "companyname", "parentaccountid") == ["Contoso Ltd", str(contoso)]


def test_of_two_companies_at_one_domain_none_is_guessed(anna: Desk) -> None:
    for name in ("Contoso Ltd", "Contoso Group"):
        anna.make("account", name=name, emailaddress1=f"{name[-3:].lower()}@contoso.example")
    done = converted(anna, receive(anna), "lead")
    assert shown(anna, done, "companyname", "parentaccountid") == ["contoso.example", None]


def test_people_with_an_address_for_everybody_have_no_company(anna: Desk) -> None:
    anna.make("account", name="Kiosk", emailaddress1="kiosk@gmail.com")
    done = converted(anna, receive(anna, sender=Address("Holm, Bo", "bo@gmail.com")), "lead")
    assert shown(anna, done, "firstname", "lastname", "companyname", "parentaccountid") == ["Bo", "Holm", None, None]


def test_an_opportunity_has_the_sender_and_their_company(anna: Desk) -> None:
    contoso = anna.make("account", name="Contoso Ltd")
    bo = anna.make("contact", firstname="Bo", lastname="Holm", emailaddress1=BO.address, parentcustomerid=str(contoso))
    done = converted(anna, receive(anna), "opportunity")
    assert shown(anna, done, "name", "customerid", "parentcontactid") == ["Quote 1142", str(contoso), str(bo)]


def test_what_the_message_is_regarding_is_the_customer_of_the_opportunity(anna: Desk) -> None:
    key, fabrikam = receive(anna), anna.make("account", name="Fabrikam")
    anna.session.do(lambda tx: track.track(tx, "message", [key], fabrikam))
    done = converted(anna, key, "opportunity")
    assert anna.value(done.record, "customerid") == str(fabrikam)


def test_a_contact_is_made_in_the_crm(office: Office, anna: Desk) -> None:
    contoso = anna.make("account", name="Contoso Ltd", emailaddress1="office@contoso.example")
    done = converted(anna, receive(anna), "contact")
    assert shown(anna, done, "fullname", "emailaddress1") == ["Bo Holm", BO.address]
    assert anna.value(done.record, "parentcustomerid") == str(contoso)
    anna.sync()
    assert office.has(done.record) is not None


def test_a_contact_that_has_the_address_is_taken_and_stays_when_it_is_undone(anna: Desk) -> None:
    bo = anna.make("contact", lastname="Holm", emailaddress1=BO.address.upper())
    key = receive(anna)
    done = converted(anna, key, "contact")
    assert done.was_there
    assert done.record == bo
    assert message(anna, key).regarding == str(bo)
    take_back(anna, done)
    assert anna.sees(bo) is not None
    assert not message(anna, key).tracked


def test_a_private_contact_is_not_made_a_second_time(anna: Desk) -> None:
    anna.make("contact", track=False, firstname="Bo", lastname="Holm", emailaddress1=BO.address)
    key = receive(anna)
    with pytest.raises(Refusal, match="Bo Holm is among your contacts"):
        converted(anna, key, "contact")
    assert not message(anna, key).tracked


def test_long_subjects_and_texts_fit(anna: Desk) -> None:
    done = converted(anna, receive(anna, subject="x" * 400, text="y" * 5000), "opportunity")
    assert anna.value(done.record, "name") == "x" * 300
    assert str(anna.value(done.record, "description")).startswith("yyy")


@pytest.mark.parametrize("kind", ["lead", "opportunity", "contact"])
@pytest.mark.parametrize("sent", [False, True], ids=["waiting", "sent"])
def test_taken_back_nothing_of_it_stays(office: Office, anna: Desk, kind: str, sent: bool) -> None:
    key = receive(anna)
    done = converted(anna, key, kind)
    if sent:
        anna.sync()
    take_back(anna, done)
    assert not message(anna, key).tracked
    assert anna.sees(done.record) is None
    anna.sync()
    assert not office.everything(kind)
    assert not office.everything("email")
    assert anna.waiting() == 0
    assert not anna.problems()


@pytest.mark.parametrize("sent", [False, True], ids=["waiting", "sent"])
def test_what_was_tracked_is_regarding_what_it_was_before(office: Office, anna: Desk, sent: bool) -> None:
    key, fabrikam = receive(anna), anna.make("account", name="Fabrikam")
    anna.session.do(lambda tx: track.track(tx, "message", [key], fabrikam))
    done = converted(anna, key, "lead")
    assert message(anna, key).regarding == str(done.record)
    if sent:
        anna.sync()
    take_back(anna, done)
    assert message(anna, key).regarding == str(fabrikam)
    anna.sync()
    (email,) = office.everything("email").values()
    assert email.values["regardingobjectid"] == str(fabrikam)
    assert office.has(done.record) is None


def test_a_message_that_is_gone_is_told(anna: Desk) -> None:
    with pytest.raises(Refusal, match="not here any more"):
        converted(anna, str(Reference("lead", "00000000-0000-4000-8000-000000000009")), "lead")
    with anna.session.store.read() as reader:
        assert not records.waiting(reader)
