"""A real window over a real profile, with the bundled server in the test's own process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from crmdesk import app
from crmdesk.actions import edit, mail
from crmdesk.actions.mail import Arrival
from crmdesk.app import App
from crmdesk.mail.compose import Draft, compose
from crmdesk.mail.headers import Address
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.session.session import Session
from crmdesk.store import mailbox
from crmdesk.store.mailbox import Account, Folder
from crmdesk.store.store import Transaction
from crmdesk.ui.mail.engine import prepare_application
from crmdesk.ui.theme import theme
from tests.support.in_process import InProcessServer

ME = "anna@us.example"

prepare_application()
# In a container there is no sandbox for the engine that shows HTML; what tests show it is their own.
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")


@pytest.fixture(autouse=True)
def light(qapp: object) -> None:
    theme().choose("light")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """An online profile with a server that knows nothing yet, and a mail account."""
    server = InProcessServer(tmp_path)
    token = server.token(server.add_user("anna"))
    opened = Session(tmp_path / "profile", transport=server.transport)
    opened.connect_with_token("http://localhost", token)
    opened.do(_mail_account)
    yield opened
    opened.close()
    server.close()


@pytest.fixture
def opened(session: Session, qtbot: QtBot) -> Iterator[App]:
    """The window, shown; nothing runs by itself."""
    made = app.build(session)
    with qtbot.waitActive(made.window):  # keys go to the active window alone
        made.window.show()
        made.window.activateWindow()
    yield made
    made.close()
    shiboken6.delete(made.window)  # now and in this thread, not when Python collects it in a worker of the next test


@pytest.fixture
def make(session: Session) -> Callable[..., Reference]:
    """Make a record as a person does: make("account", name="Contoso")."""

    def make(entity: str, track: bool = True, **values: object) -> Reference:
        changes = session.do(lambda tx: edit.create(tx, entity, values, track))
        return Reference(entity, str(changes.result))

    return make


@pytest.fixture
def receive(session: Session) -> Callable[..., str]:
    """Receive a message; gives its id."""

    def receive(subject: str, text: str = "Hello.", html: str | None = None, sender: str = "bo@contoso.example") -> str:
        draft = Draft(Address("Bo Holm", sender), (Address("", ME),), subject=subject, text=text, html=html)
        account = Account("work", "imap", ME, "Anna Berg", {})
        arrival = Arrival(account, Folder("work", "Inbox", "inbox", {}), subject, compose(draft), seen=False)
        return str(session.do(lambda tx: mail.receive(tx, arrival)).result)

    return receive


def _mail_account(tx: Transaction) -> Changes:
    mailbox.save_account(tx, Account("work", "imap", ME, "Anna Berg", {"smtp": "127.0.0.1:9", "insecure": True}))
    for name in ("Inbox", "Sent", "Archive", "Trash"):
        mailbox.save_folder(tx, "work", name, name.lower(), None)
    return Changes(messages=True)
