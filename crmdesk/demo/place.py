"""A whole demonstration on this computer: server, mailbox, collector and a signed-in profile, all in one folder.

Nothing outside the folder is touched: not the user's profile, not the keyring; mail goes to a collector on loopback.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crmdesk.actions.refusal import Refusal
from crmdesk.crm.client import Client, Row, Update
from crmdesk.crm.sign_in import PasswordCredentials
from crmdesk.demo.collector import Collector
from crmdesk.demo.mailbox import Person, write_sample_mailbox
from crmdesk.model.record import Value
from crmdesk.secrets import FileSecrets
from crmdesk.server import run as server
from crmdesk.server.sample import sample_rows
from crmdesk.session import mailing
from crmdesk.session.session import Session
from crmdesk.sync.report import Hooks

ME, COLLEAGUE = "anna", "ben"


@dataclass(frozen=True)
class Colleague:
    """Somebody else who works with the same server."""

    url: str
    user: str
    password: str

    @contextmanager
    def _client(self) -> Iterator[Client]:
        client = Client(self.url, PasswordCredentials(self.url, self.user, self.password))
        try:
            yield client
        finally:
            client.close()

    def look(self, entity: str, key: str) -> Row:
        with self._client() as client:
            return client.get(entity, key)

    def change(self, entity: str, key: str, values: dict[str, Value]) -> Row:
        """Change a record on the server, as the colleague's own program would. Raises CrmError."""
        with self._client() as client:
            now = client.get(entity, key)
            outcome = client.write([Update(entity, key, values, now.version)])[0]
        if not isinstance(outcome, Row):
            raise Refusal(f"The colleague could not change the record: {outcome}")
        return outcome


@dataclass(frozen=True)
class Place:
    """The demonstration while it stands."""

    folder: Path
    profile: Path
    session: Session
    colleague: Colleague
    sent_mail: Path


@contextmanager
def demonstration(folder: Path, tell: Callable[[str], None]) -> Iterator[Place]:
    """Build everything in `folder`, tear it down afterwards. Raises Refusal when the server does not start."""
    with ExitStack() as open_things:
        database, profile, sent = folder / "server.sqlite", folder / "profile", folder / "sent"
        tell("Starting the CRM server with the sample organisation")
        url = open_things.enter_context(_server(database))
        passwords = {name: secrets.token_urlsafe(12) for name in (ME, COLLEAGUE)}
        for name, password in passwords.items():
            server.add_user(str(database), name, password)
        collector = open_things.enter_context(Collector(sent))
        session = Session(profile, secrets=FileSecrets(folder / "secrets", str(profile)))
        open_things.callback(session.close)
        session.connect(url, ME, passwords[ME])
        today = session.clock().date()
        people = _people(today)
        me = next(person for person in people if person.user == ME)
        tell("Writing the sample mailbox")
        customers = [Person(p.name, p.address, p.company) for p in people if p.user is None]
        write_sample_mailbox(folder / "Maildir", today, me.address, customers, now=session.clock())
        mailing.add_maildir(session, folder / "Maildir", me.address, me.name, f"127.0.0.1:{collector.port}")
        tell("Synchronising for the first time")
        session.sync()
        session.sync_addresses()
        mailing.exchange(session, Hooks())
        yield Place(folder, profile, session, Colleague(url, COLLEAGUE, passwords[COLLEAGUE]), sent)


@dataclass(frozen=True)
class _Somebody:
    name: str
    address: str
    company: str
    user: str | None


def _people(today: date) -> list[_Somebody]:
    """The users, and the contacts of the sample organisation that are mine, with their companies."""
    rows = list(sample_rows(today))
    companies = {f"account:{key}": str(values.get("name")) for entity, key, values in rows if entity == "account"}
    mine = next(f"systemuser:{key}" for entity, key, values in rows if values.get("domainname") == ME)
    people = []
    for entity, _, values in rows:
        name = " ".join(str(values.get(part) or "") for part in ("firstname", "lastname")).strip()
        if entity == "systemuser":
            people.append(_Somebody(name, str(values["internalemailaddress"]), "", str(values["domainname"])))
        elif entity == "contact" and values.get("emailaddress1") and values.get("ownerid") == mine:
            company = companies.get(str(values.get("parentcustomerid")), "")
            people.append(_Somebody(name, str(values["emailaddress1"]), company, None))
    return people


@contextmanager
def _server(database: Path) -> Iterator[str]:
    """The bundled server in a process of its own, on a free port; gives its address."""
    words = ["server", "--sample", "--listen", "127.0.0.1:0", "--database", str(database)]
    command = [sys.executable, "-m", "crmdesk", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ, PYTHONUNBUFFERED="1"))
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "http://" not in line:
            raise Refusal("The bundled server did not start; its own words stand above.")
        yield line.split()[-1].strip()
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
