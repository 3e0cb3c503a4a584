"""A second computer: one person at a laptop and a desktop, who finds the same on both, whatever was done where."""

from __future__ import annotations

from crmdesk.mail.headers import Address
from crmdesk.model.record import Reference
from tests.support.person import Person
from tests.support.post_office import Correspondent, PostOffice, adds_account
from tests.support.town import Colleague, Town

ME = "anna@contoso.example"


def test_a_second_computer(day: Town, mail: PostOffice) -> None:
    ben, herself = day.colleague("ben"), day.colleague("anna")
    account = herself.make("account", name="Nordwind GmbH")
    zoe = Correspondent(mail, Address("Zoe Leger", "zoe@willow.example"))
    laptop = day.person("anna", "laptop")

    # at the laptop: a message, a contact and a task that are tracked, and a task that is nobody's business
    adds_account(laptop, mail, "anna", ME, "Anna Berg")
    zoe.writes("anna", ME, "Offer for 20 desks", "Could you send us an offer for 20 desks?")
    laptop.press("Shift+F9")
    laptop.choose("Messages", "Offer for 20 desks")
    laptop.click("Track")
    laptop.sees("You tracked it.")
    laptop.command("New contact")
    laptop.fill("First name", "Lena")
    laptop.fill("Last name", "Holm")
    laptop.fill("Job title", "Buyer")
    laptop.click("Save")
    laptop.sees_in("Contacts", "Lena Holm")
    laptop.click("Track")
    laptop.sees("1 item is tracked")
    laptop.press("Ctrl+3")
    laptop.fill("Add a task", "send the offer #nordwind")
    laptop.press("Return")
    laptop.sees_in("Tasks", "send the offer")
    laptop.fill("Add a task", "buy flowers")
    laptop.press("Return")
    laptop.sees_in("Tasks", "buy flowers")
    laptop.until(lambda: len(_emails(ben)) == 1, "the message is on the server")
    laptop.until(lambda: bool(ben.find("contact", "lastname", "Holm")), "the contact is on the server")
    laptop.until(lambda: bool(ben.find("task", "subject", "send the offer")), "the task is on the server")
    lena, task = ben.find_one("contact", "lastname", "Holm"), ben.find_one("task", "subject", "send the offer")
    assert ben.sees(task, "regardingobjectid") == str(account)
    laptop.picture("at the laptop")

    # in the office, at a computer where nothing was ever done: what is mine is mine there too
    desktop = day.person("anna", "desktop")
    adds_account(desktop, mail, "anna", ME, "Anna Berg")
    desktop.sees_in("Messages", "Offer for 20 desks, tracked")
    desktop.picture("the message is tracked there too")
    desktop.press("Ctrl+2")
    desktop.sees_in("Contacts", "Lena Holm")
    desktop.press("Ctrl+3")
    desktop.sees_in("Tasks", "send the offer")
    assert not any("buy flowers" in row for row in desktop.rows("Tasks")), "what is private stays where it was made"
    desktop.picture("at the desktop")

    # about whom, is said at the desktop: it is the same message for the CRM
    desktop.press("Ctrl+1")
    desktop.press("G")
    desktop.write("nordw")
    desktop.sees_in("Records", "Nordwind GmbH")
    desktop.press("Return")
    desktop.sees("Account · Nordwind GmbH")
    (email,) = _emails(ben)
    desktop.until(lambda: ben.sees(email, "regardingobjectid") == str(account), "it is about the account")
    assert len(_emails(ben)) == 1

    # done at the desktop, seen at the laptop
    desktop.press("Ctrl+3")
    desktop.tick("Tasks", "send the offer")
    desktop.until(lambda: ben.sees(task, "statecode") == 1, "the task is done on the server")
    desktop.press("Ctrl+2")
    _edit(desktop, "Business phone", "+45 1111 1111")
    desktop.click("Save")
    desktop.until(lambda: ben.sees(lena, "telephone1") == "+45 1111 1111", "the number is on the server")
    laptop.press("F9")
    laptop.until(lambda: "send the offer, done" in "".join(laptop.rows("Tasks")), "done")
    laptop.press("Ctrl+1")
    laptop.sees("Account · Nordwind GmbH")
    laptop.picture("it has arrived at the laptop")

    # both change her: the laptop on the train, the desktop in the office
    laptop.press("Ctrl+2")
    laptop.click("Offline")
    laptop.sees("Local data from today")
    _edit(laptop, "Mobile phone", "+45 2222 2222")
    laptop.fill("Job title", "Head of purchasing")
    laptop.click("Save")
    laptop.sees("1 change waits")
    _edit(desktop, "Department", "Purchasing")
    desktop.fill("Job title", "Senior buyer")
    desktop.click("Save")
    desktop.until(lambda: ben.sees(lena, "jobtitle") == "Senior buyer", "the desktop's change is on the server")
    laptop.click("Online")
    laptop.sees("Your change arrived")
    desktop.press("F9")
    for each in (laptop, desktop):
        each.sees("+45 1111 1111", "+45 2222 2222", "Purchasing", "Head of purchasing")
        each.picture("both changes are kept")
    assert ben.sees(lena, "jobtitle") == "Head of purchasing", "who synchronises later wins"
    laptop.command("History")
    laptop.sees("Senior buyer", "Head of purchasing")
    laptop.picture("and the other value is in history")


def _edit(person: Person, field: str, value: str) -> None:
    person.choose("Contacts", "Lena Holm")
    person.press("F2")
    person.fill(field, value)


def _emails(colleague: Colleague) -> list[Reference]:
    return colleague.find("email", "subject", "Offer for 20 desks")
