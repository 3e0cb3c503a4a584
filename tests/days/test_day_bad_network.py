"""A bad network: it goes, comes, loses answers; the server is busy, and knows her no more. She goes on working."""

from __future__ import annotations

from crmdesk.desk.reachability import Reachability
from tests.support.person import Person
from tests.support.proxy import Cut, Door, Way
from tests.support.rough_server import RoughServer, answer
from tests.support.town import Town


def test_a_bad_network(day: Town) -> None:
    ben, herself = day.colleague("ben"), day.colleague("anna")
    account = herself.make("account", name="Nordwind GmbH")
    network = day.network()
    anna = day.person("anna", network=network, password="first password")
    cable = Reachability()
    anna.app.returns.listen_to(cable)
    anna.press("Ctrl+5")
    anna.choose("Kinds of record", "Accounts")
    anna.open("Records", "Nordwind GmbH")

    # the network goes: no error, just a word in the status line
    network.door = Door.REFUSED
    network.hang_up()
    cable.changed.emit(False)
    anna.sees("No connection")
    _edit(anna, "Main phone", "+49 40 1111")
    anna.sees("No connection · 1 change waits")
    assert anna.front is anna.app.window
    anna.picture("no connection")
    assert ben.sees(account, "telephone1") is None

    # it is back: what waits leaves by itself
    network.door = Door.OPEN
    cable.changed.emit(True)
    anna.until(lambda: ben.sees(account, "telephone1") == "+49 40 1111", "what waited is on the server")
    anna.sees_no_more("waits")
    anna.sees("Online")
    anna.picture("and it has arrived")

    # an answer is lost on the way: the account was made, and is not made again
    network.cut(Cut(Way.DOWN, 20))
    anna.command("New account")
    anna.fill("Account name", "Sydwind GmbH")
    anna.fill("Main phone", "+45 3333")
    anna.click("Save")
    anna.until(lambda: not network.cut_waits, "the answer is cut")
    cable.changed.emit(True)  # the next mast of the mobile network
    anna.sees_no_more("waits")
    anna.sees("Online")
    assert len(ben.find("account", "name", "Sydwind GmbH")) == 1
    anna.picture("made once though the answer was lost")

    # the server is busy and says for how long: that is told, and waited
    with RoughServer(
        [answer(status=f"{status} Busy", headers=["Retry-After: 1"]) for status in (429, 503) * 20]
    ) as busy:
        open_way = network.port
        network.port = int(busy.url.rpartition(":")[2])
        network.hang_up()
        anna.click("Sync now")
        anna.sees("The server is busy; it goes on in 1 s")
        anna.until(lambda: len(busy.requests) >= 2, "she is patient")
        anna.picture("the server is busy")
        network.port = open_way
        network.hang_up()
        anna.sees_no_more("busy")
    anna.sees("Online")
    anna.picture("it went on by itself")

    # her password was changed by the administrator: she goes on working, signs in, and it leaves
    day.server.add_password("anna", "second password")
    _edit(anna, "Main phone", "+45 4444")
    anna.sees("Sign-in needed · 1 change waits")
    assert anna.front is anna.app.window
    anna.picture("sign-in needed")
    anna.click("Sign in again")
    anna.fill("Password", "first password")
    anna.click("Connect")
    anna.sees("does not accept this user name and password")
    anna.fill("Password", "second password")
    anna.picture("signing in again")
    anna.click("Connect")
    anna.sees("You are connected")
    anna.click("Synchronise now")
    (sydwind,) = ben.find("account", "name", "Sydwind GmbH")
    anna.until(lambda: ben.sees(sydwind, "telephone1") == "+45 4444", "what waited is on the server")
    anna.sees_no_more("waits")
    anna.sees("Online")
    anna.picture("nothing was lost")


def _edit(person: Person, field: str, value: str) -> None:
    """In the record that is open."""
    person.press("F2")
    person.fill(field, value)
    person.click("Save")
