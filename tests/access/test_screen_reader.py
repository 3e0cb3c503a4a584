"""What a screen reader is told: the real program's tree, read over AT-SPI on a desktop of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmdesk.actions import edit, mail
from crmdesk.actions.mail import Arrival
from crmdesk.mail.compose import Draft, compose
from crmdesk.mail.headers import Address
from crmdesk.model.changes import Changes
from crmdesk.session.session import Session
from crmdesk.store import mailbox
from crmdesk.store.mailbox import Account, Folder
from crmdesk.store.store import Transaction
from tests.support.screen_reader import Node, ScreenReader, lacking, read_desktop

pytestmark = pytest.mark.skipif(bool(lacking()), reason=f"needs a screen and an accessibility bus: {lacking()}")
ME = "anna@us.example"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A private profile with two messages and a contact."""
    session = Session(tmp_path / "profile")
    account = Account("work", "imap", ME, "Anna Berg", {})

    def receive(tx: Transaction) -> Changes:
        mailbox.save_account(tx, account)
        for name in ("Inbox", "Sent", "Archive", "Trash"):
            mailbox.save_folder(tx, "work", name, name.lower(), None)
        for subject in ("Quote 1142", "Lunch on Friday"):
            sender = Address("Bo Holm", "bo@contoso.example")
            draft = Draft(sender, (Address("", ME),), subject=subject, text="We compared the three offers.")
            mail.receive(
                tx, Arrival(account, Folder("work", "Inbox", "inbox", {}), subject, compose(draft), seen=False)
            )
        return edit.create(tx, "contact", {"firstname": "Bo", "lastname": "Holm"}, False)

    session.do(receive)
    session.close()
    return tmp_path / "profile"


@pytest.fixture
def reader(profile: Path, own_home: Path) -> Iterator[ScreenReader]:
    """Reads the desktop on which the program runs."""
    with read_desktop(own_home) as desktop, desktop.program(profile):
        yield desktop.reader


def named(nodes: list[Node], name: str, role: str) -> list[Node]:
    return [each for each in nodes if (each.name, each.role) == (name, role)]


def test_the_program_can_be_read_and_used_without_seeing_it(reader: ScreenReader) -> None:
    nodes = reader.until(
        lambda nodes: any("Quote 1142" in each.name for each in nodes), "the messages are in the list of the window"
    )
    (window,) = [each for each in nodes if each.role == "frame"]
    assert window.name.startswith("crmdesk")
    panes = [each.name.split(",")[0] for each in nodes if each.role == "radio button"]
    assert panes == ["Mail", "Contacts", "Tasks", "Calendar", "CRM"]
    for name in ("Options", "New", "Reply", "Track", "Set regarding", "View in CRM", "Sync now"):
        assert named(nodes, name, "push button"), name
    cells = [each.name for each in nodes if each.role == "cell"]
    for subject in ("Quote 1142", "Lunch on Friday"):
        assert any(each.startswith(f"unread, from Bo Holm, {subject}, ") for each in cells), cells
    unnamed = [each for each in nodes if "focusable" in each.states and not each.name]
    assert not unnamed

    (contacts,) = named(nodes, "Contacts", "radio button")
    reader.press(contacts)
    reader.until(
        lambda nodes: any(each.name.startswith("Bo Holm") and "showing" in each.states for each in nodes),
        "the contact is in the list of the pane that was asked for",
    )
