"""Two people, one contact: both changes are kept, the value that lost comes back by a click, and who wants is asked."""

from __future__ import annotations

from tests.support.person import Person
from tests.support.town import Town


def test_two_people_one_contact(day: Town) -> None:
    ben = day.colleague("ben")
    contact = day.colleague("anna").make(
        "contact", firstname="John", lastname="Smith", telephone1="1", jobtitle="Buyer"
    )
    anna = day.person("anna")

    # both change it; one field is the same
    anna.click("Offline")
    anna.sees("Local data from today")
    ben.change(contact, telephone1="ben's number", jobtitle="Head of purchasing")
    _edit(anna, "Business phone", "anna's number")
    anna.fill("Mobile phone", "anna's mobile")
    anna.click("Save")
    anna.sees("1 change waits")
    anna.click("Online")
    anna.sees("Your change arrived")
    anna.picture("both changes are kept")
    assert ben.sees(contact, "jobtitle") == "Head of purchasing"
    assert ben.sees(contact, "mobilephone") == "anna's mobile"
    assert ben.sees(contact, "telephone1") == "anna's number", "whoever synchronises later wins"

    # the value that lost is one click away
    anna.command("History")
    anna.sees("ben's number", "anna's number", "The value was set by ben.")
    anna.picture("the value that lost is in history")
    anna.click("Restore Business phone of Contact · John Smith")
    anna.sees("restored")
    anna.press("Esc")
    anna.until(lambda: ben.sees(contact, "telephone1") == "ben's number", "ben's number is back on the server")

    # from now on she is asked
    anna.press("Ctrl+,")
    anna.fill("Find an option", "same field")
    anna.pick("The same field changed twice", "Ask me")
    anna.picture("from now on she is asked")
    anna.press("Esc")
    anna.click("Offline")
    anna.sees("Local data from today")
    ben.change(contact, telephone1="ben's new number", department="Purchasing")
    _edit(anna, "Business phone", "anna's new number")
    anna.fill("City", "Aarhus")
    anna.click("Save")
    anna.click("Online")
    anna.sees("needs you")
    assert ben.sees(contact, "address1_city") == "Aarhus", "everything else goes on meanwhile"
    assert ben.sees(contact, "telephone1") == "ben's new number"
    anna.command("What needs you")
    anna.sees("Two people changed this contact", "ben's new number", "anna's new number")
    anna.picture("the merge desk")
    anna.click("Business phone, of ben…")
    anna.click("Save and go on")
    anna.sees("Nothing needs you")
    anna.press("Esc")
    anna.sees("ben's new number", "Aarhus", "Purchasing")
    assert ben.sees(contact, "telephone1") == "ben's new number"
    anna.picture("both agree")


def _edit(person: Person, field: str, value: str) -> None:
    person.press("Ctrl+5")
    person.choose("Kinds of record", "Contacts")
    person.open("Records", "John Smith")
    person.press("F2")
    person.fill(field, value)
