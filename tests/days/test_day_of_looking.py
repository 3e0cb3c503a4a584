"""A day of looking only: opening, scrolling or selecting anything writes nothing and waits for no network."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtWidgets import QAbstractItemView

from crmdesk.actions import mail
from crmdesk.session.session import Session
from crmdesk.store import mailbox
from tests.support.large_profile import Amounts, fill
from tests.support.person import Person
from tests.support.proxy import Carried, Door
from tests.support.town import Town

KINDS = ("Accounts", "Contacts", "Leads", "Opportunities", "Tasks", "Appointments", "Phone calls", "Notes")
DIALOGS = ("History", "What needs you", "Past synchronisations", "Local data groups", "Personal options", "Diagnostics")
MESSAGES = 120


def test_looking_writes_nothing_and_asks_nobody(day: Town) -> None:
    herself = day.colleague("anna")
    account = herself.make("account", name="Nordwind GmbH")
    herself.make("contact", firstname="Lena", lastname="Holm", parentcustomerid=str(account))
    herself.make("task", subject="Call Lena", regardingobjectid=str(account))
    network = day.network()
    anna = day.person("anna", network=network, prepare=_years_of_work)
    network.door = Door.SILENT  # whatever waits for the network now, waits longer than anybody
    network.hang_up()
    watch = anna.app.desk.session.store.watch()
    written, carried = watch.version(), network.carried

    def nothing_happened(words: str) -> None:
        assert watch.version() == written, f"{words}: something was written"
        assert network.carried.since(carried) == Carried(), f"{words}: the server was asked"

    for pane, rows in (("Ctrl+1", "Messages"), ("Ctrl+2", "Contacts"), ("Ctrl+3", "Tasks")):
        anna.press(pane)
        _looks_through(anna, rows)
        nothing_happened(rows)
    anna.picture("tasks")
    anna.press("Ctrl+4")
    for span in ("Day", "Work week", "Week", "Month", "Agenda"):
        anna.click(span)
        anna.press("Right")
        nothing_happened(span)
    anna.picture("the calendar")
    anna.press("Ctrl+5")
    for kind in KINDS:
        anna.choose("Kinds of record", kind)
        nothing_happened(kind)
    anna.choose("Kinds of record", "Accounts")
    _looks_through(anna, "Records")
    anna.open("Records", "Nordwind GmbH")
    anna.sees("Lena Holm", "Call Lena")
    nothing_happened("a record")
    anna.picture("a record")
    for words in DIALOGS:
        anna.command(words)
        anna.until(lambda: anna.front is not anna.app.window, f"{words} opens")
        nothing_happened(words)
        anna.press("Esc")
        anna.until(lambda: anna.front is anna.app.window, f"{words} closes")
    nothing_happened("a whole day")
    watch.close()


def _years_of_work(session: Session) -> None:
    """Every message was read before: one that is read for a while becomes a read one, which is no looking only."""
    fill(session.store, Amounts(contacts=600, accounts=200, tasks=60, messages=MESSAGES), datetime.now(UTC))
    keys = [mailbox.id_of(f"<{number}@mail.example>") for number in range(MESSAGES)]
    session.do(lambda tx: mail.mark_seen(tx, keys, True))


def _looks_through(person: Person, name: str) -> None:
    """Select a row, go on by the keys, to the end and back, and select several."""
    person.until(lambda: len(person.rows(name)) > 9, f"{name} has rows")
    view = person.find(QAbstractItemView, name)
    person.choose(name, person.rows(name)[2])
    for keys in ("Down", "Down", "PgDown", "End"):
        person.press(keys)
    bar = view.verticalScrollBar()
    person.until(lambda: bar.value() == bar.maximum() > 0, f"{name} is at its end")
    for keys in ("Up", "PgUp", "Home"):
        person.press(keys)
    person.until(lambda: bar.value() < bar.maximum() // 10, f"{name} is at its beginning again")
    for keys in ("Shift+Down", "Shift+Down"):
        person.press(keys)
    person.until(lambda: len(view.selectionModel().selectedRows()) > 1, f"several of {name} are selected")
