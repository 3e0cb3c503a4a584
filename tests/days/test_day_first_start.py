"""The first day: nothing is set up yet, and half an hour later one works."""

from __future__ import annotations

from tests.support.town import Town

PASSWORD = "correct-horse"


def test_the_first_start(day: Town) -> None:
    day.server.add_password("anna", PASSWORD)
    herself = day.colleague("anna")
    accounts = [herself.make("account", name=f"Customer {number:03}") for number in range(150)]
    herself.make("task", subject="Call customer 7", regardingobjectid=str(accounts[7]))
    anna = day.person("anna", connected=False)

    # a window that says what to do
    anna.sees("Welcome to crmdesk", "Add a mail account")
    anna.picture("the first look")
    anna.click("Connect to a CRM server")
    anna.sees("Your password is kept in this computer's secret store.")
    anna.click("Connect")
    anna.sees("Please write the server's address.")
    anna.fill("Server", day.server.url)
    anna.fill("User", "anna")
    anna.fill("Password", "wrong")
    anna.click("Connect")
    anna.sees("does not accept this user name and password")
    anna.picture("a wrong password is told")
    anna.fill("Password", PASSWORD)
    anna.press("Return")
    anna.sees("You are connected", "Synchronising brings your records here")
    anna.picture("connected")
    anna.click("Synchronise now")
    anna.sees("Welcome to crmdesk", "done", "anna at")
    anna.picture("the first step is done")
    anna.click("Later")

    # she works while the records come
    anna.press("Ctrl+3")
    anna.fill("Add a task", "unpack tomorrow")
    anna.press("Return")
    anna.sees_in("Tasks", "unpack", "Call customer 7")
    anna.sees("Synchronised")
    anna.picture("the first task")
    anna.press("Ctrl+5")
    anna.choose("Kinds of record", "Accounts")
    anna.sees_in("Records", "Customer 000", "Customer 149")
    anna.picture("all accounts are here")
    assert herself.find("task", "subject", "unpack") == [], "her own tasks stay private until they are tracked"
