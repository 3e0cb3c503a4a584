"""Duplicates made in the air: three people met on a fair are in the CRM already, and each is answered otherwise."""

from __future__ import annotations

from tests.support.person import Person
from tests.support.town import Town


def test_duplicates_made_in_the_air(day: Town) -> None:
    ben, herself = day.colleague("ben"), day.colleague("anna")
    lena = herself.make("contact", firstname="Lena", lastname="Holm", emailaddress1="lena@nordwind.example")
    max_ = herself.make("contact", firstname="Max", lastname="Berg", emailaddress1="max@nordwind.example")
    ida = herself.make("contact", firstname="Ida", lastname="Lund", emailaddress1="office@nordwind.example")
    anna = day.person("anna")

    # in the air
    anna.click("Offline")
    anna.sees("Local data from today")
    _meets(anna, "Lena", "Holm-Petersen", "lena@nordwind.example", "+45 1111 1111")
    anna.sees("needs you")  # the local data know already
    _meets(anna, "Maximilian", "Berg", "max@nordwind.example", "+45 2222 2222")
    _meets(anna, "Per", "Lund", "office@nordwind.example", "+45 3333 3333")
    anna.sees("3 need you")
    anna.press("Ctrl+3")
    anna.fill("Add a task", "send the price list #petersen")
    anna.press("Return")
    anna.sees_in("Tasks", "send the price list")

    # on the ground: nothing of it was sent
    anna.click("Online")
    anna.sees("Online", "3 need you")
    assert not ben.find("contact", "lastname", "Holm-Petersen")

    # it is Lena: use the one that is there
    anna.command("What needs you")
    anna.choose("What needs you", "Holm-Petersen")
    anna.sees("Is this somebody that you know already?")
    anna.picture("somebody that you know already")
    anna.click("Discard the new one")
    anna.sees("2 need your answer")
    anna.click("Take the last answer back")
    anna.sees("3 need your answer")
    anna.choose("What needs you", "Holm-Petersen")
    anna.click("Use this one: Lena Holm")
    anna.sees("2 need your answer")
    anna.until(lambda: bool(ben.find("task", "subject", "send the price list")), "the task waits for nobody any more")
    task = ben.find_one("task", "subject", "send the price list")
    assert ben.sees(task, "regardingobjectid") == str(lena), "what pointed at the new one points at Lena"
    # it is Max: take the number from the new one
    anna.choose("What needs you", "Maximilian Berg")
    anna.click("Combine both…")
    anna.sees("stays in the CRM, with the values that you choose")
    anna.picture("combine")
    anna.click("Combine")
    anna.sees("1 needs your answer")
    # Per shares an address with Ida
    anna.choose("What needs you", "Per Lund")
    anna.click("Create it anyway")
    anna.sees("Nothing needs you")
    anna.picture("all are answered")
    anna.press("Esc")

    anna.until(lambda: ben.sees(max_, "telephone1") == "+45 2222 2222", "Max has his number on the server")
    anna.until(lambda: bool(ben.find("contact", "firstname", "Per")), "Per is on the server")
    assert ben.sees(max_, "firstname") == "Max"
    assert not ben.find("contact", "lastname", "Holm-Petersen")
    assert ben.sees(lena, "telephone1") is None
    assert ben.sees(ida, "firstname") == "Ida"
    assert len(ben.find("contact", "emailaddress1", "office@nordwind.example")) == 2

    # she was wrong about Lena: it is her sister, and history has her
    anna.command("History")
    anna.sees("Lena Holm-Petersen")
    anna.picture("history has what was not used")
    anna.click("Restore The whole record of Contact · Lena Holm-Petersen")
    anna.sees("restored")
    anna.press("Esc")
    anna.sees("needs you")  # she still looks like Lena
    anna.command("What needs you")
    anna.choose("What needs you", "Holm-Petersen")
    anna.click("Create it anyway")
    anna.sees("Nothing needs you")
    anna.press("Esc")
    anna.until(lambda: bool(ben.find("contact", "lastname", "Holm-Petersen")), "her sister is on the server")
    sister = ben.find_one("contact", "lastname", "Holm-Petersen")
    assert sister != lena
    assert ben.sees(sister, "telephone1") == "+45 1111 1111"
    anna.picture("her sister is there too")


def _meets(person: Person, first: str, last: str, address: str, phone: str) -> None:
    person.press("Ctrl+5")
    person.command("New contact")
    person.fill("First name", first)
    person.fill("Last name", last)
    person.fill("E-mail", address)
    person.fill("Business phone", phone)
    person.click("Save")
    person.sees(f"Contact {first} {last}")  # saved
