"""A day on trains: offline in the morning, work everywhere, and everything has arrived in the evening."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.clock import Clock
from tests.support.town import Town

# today, long enough before the half hour that nothing reminds of the appointment that is made
MORNING = datetime.now().astimezone().replace(hour=9, minute=5)


def test_a_travelling_day(day: Town) -> None:
    ben, anna = day.colleague("ben"), day.person("anna", clock=Clock(MORNING.astimezone(UTC)))

    # at the desk, online: what is saved is on the server at once
    anna.command("New account")
    anna.fill("Account name", "Nordwind GmbH")
    anna.fill("Main phone", "+49 40 1234")
    anna.click("Save")
    anna.until(lambda: bool(ben.find("account", "name", "Nordwind GmbH")), "the account is on the server")
    account = ben.find_one("account", "name", "Nordwind GmbH")
    anna.command("New contact")
    anna.fill("First name", "Lena")
    anna.fill("Last name", "Holm")
    anna.fill("Company", "nordw")
    anna.sees_in("Suggestions", "Nordwind GmbH")
    anna.press("Return")
    anna.click("Save")
    anna.until(lambda: bool(ben.find("contact", "lastname", "Holm")), "the contact is on the server")
    contact = ben.find_one("contact", "lastname", "Holm")
    assert ben.sees(contact, "parentcustomerid") == str(account)
    anna.picture("at the desk")

    # to the station
    anna.click("Offline")
    anna.sees("Local data from today")
    anna.picture("offline")

    # on the train: change, make, tick
    anna.press("Ctrl+5")
    anna.choose("Kinds of record", "Accounts")
    anna.open("Records", "Nordwind GmbH")
    anna.press("F2")
    anna.fill("Main phone", "+49 40 9999")
    anna.click("Save")
    anna.sees("1 change waits")
    anna.press("Ctrl+3")
    anna.fill("Add a task", "call back tomorrow 15:00 #nordwind")
    anna.press("Return")
    anna.sees_in("Tasks", "call back")
    anna.command("New appointment")
    anna.fill("Subject of the new appointment", "Visit to Hamburg")
    anna.picture("an appointment")
    anna.press("Return")
    anna.click("Track")
    anna.sees("3 changes wait")
    anna.picture("it is tracked")
    assert ben.sees(account, "telephone1") == "+49 40 1234"
    assert not ben.find("task", "subject", "call back")
    ben.change(account, websiteurl="https://nordwind.example")

    # what will happen?
    anna.command("What will happen if I go online now")
    anna.sees("Nordwind GmbH", "call back", "Visit to Hamburg")
    anna.picture("what will happen")
    anna.press("Esc")

    # in the hotel
    anna.click("Online")
    anna.sees("All 3 changes arrived")
    anna.picture("everything arrived")
    assert ben.sees(account, "telephone1") == "+49 40 9999"
    assert ben.sees(account, "websiteurl") == "https://nordwind.example", "both changes are kept"
    task = ben.find_one("task", "subject", "call back")
    assert ben.sees(task, "regardingobjectid") == str(account)
    assert ben.find_one("appointment", "subject", "Visit to Hamburg")
    anna.press("Ctrl+5")  # the account is still open there
    anna.sees("https://nordwind.example", "+49 40 9999")
    anna.picture("and the colleague's change is here")
