"""Short ways to say what a test is about: records as they are stored, and people who share a server."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from crmdesk.actions import choose, edit, resolve, restore
from crmdesk.crm.client import Client, Page, Read, Row
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.model.query import Query
from crmdesk.model.record import Record, Reference, Value
from crmdesk.model.words import LOCAL_ENTITIES
from crmdesk.server.security import issue_token
from crmdesk.session.session import DATABASE, Session
from crmdesk.store import history, outbox, problems, records
from crmdesk.store.history import Kept
from crmdesk.store.problems import Problem
from crmdesk.store.records import Attempt, Edit, Stored
from crmdesk.store.store import Store
from crmdesk.sync.report import Hooks, Report
from tests.support.clock import Clock
from tests.support.in_process import InProcessServer
from tests.support.lossy import Fault, Loss, Lossy

URL = "http://localhost"
KEY = "00000000-0000-4000-8000-000000000001"


def stored(
    base: Mapping[str, Value] | None = None,
    edits: Mapping[str, tuple[Value, Value]] | None = None,
    sent: Sequence[Attempt] = (),
    entity: str = "contact",
    key: str = KEY,
    **more: Any,
) -> Stored:
    """A local record; `edits` are field -> (agreed, mine). With a base it has the version "1" unless told."""
    more.setdefault("version", None if base is None else "1")
    made = {name: Edit(*pair) for name, pair in (edits or {}).items()}
    return Stored(entity, key, base=base, edits=made, sent=tuple(sent), **more)


def update(**fields: Value) -> Attempt:
    return Attempt("update", fields)


def create(**fields: Value) -> Attempt:
    return Attempt("create", fields)


DELETE = Attempt("delete", {})


@dataclass
class MemorySecrets:
    """Secrets that last as long as the test."""

    is_safe: bool = False
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def get(self, server: str, user: str) -> str | None:
        return self.kept.get((server, user))

    def set(self, server: str, user: str, secret: str) -> None:
        self.kept[server, user] = secret

    def delete(self, server: str, user: str) -> None:
        self.kept.pop((server, user), None)


def no_fault(request: httpx.Request) -> Fault | None:
    return None


class Desk:
    """One person's computer: a profile, and a network between it and the server that may fail.

    Time stands still while it waits for the server: a pause between two tries moves the office's clock.
    """

    def __init__(self, office: Office, folder: Path, user: str, secrets: MemorySecrets) -> None:
        self.office = office
        self.folder = folder
        self.user = user
        self.secrets = secrets
        self.network = Lossy(office.server.transport, no_fault)
        self.requests: list[httpx.Request] = []
        self.clock_is_off = timedelta(0)
        self.session = self._open()

    def _open(self) -> Session:
        clock = self.office.clock
        network = _Heard(self.network, self.requests)
        return Session(
            self.folder,
            clock=lambda: clock() + self.clock_is_off,
            secrets=self.secrets,
            transport=network,
            timer=clock.monotonic,
            pause=clock.advance,
        )

    def close(self) -> None:
        self.session.close()

    def start_again(self) -> None:
        """As after a crash: what is in the profile is all that is left."""
        self.session.close()
        self.session = self._open()

    # ---- the network

    def unplug(self) -> None:
        self.network.decide = lambda request: Loss.BEFORE_DELIVERY

    def plug_in(self) -> None:
        self.network.decide = no_fault

    def faults(self, *these: Fault | None) -> None:
        """What the next requests meet, one after the other."""
        waiting = iter(these)
        self.network.decide = lambda request: next(waiting, None)

    # ---- what a person does

    def make(self, entity: str, track: bool = True, **values: Value) -> Reference:
        key = self.session.do(lambda tx: edit.create(tx, entity, values, track)).result
        assert isinstance(key, str)
        return Reference(entity, key)

    def change(self, reference: Reference, **values: Value) -> None:
        self.session.do(lambda tx: edit.change(tx, reference, values))

    def remove(self, reference: Reference) -> None:
        self.session.do(lambda tx: edit.remove(tx, reference))

    def discard(self, reference: Reference) -> None:
        self.session.do(lambda tx: edit.discard(tx, reference))

    def restore(self, line: Kept) -> None:
        self.session.do(lambda tx: restore.restore(tx, line.id))

    def group(self, entity: str, text: str) -> None:
        self.session.do(lambda tx: choose.set_group(tx, entity, text))

    def option(self, name: str, text: str) -> None:
        self.session.do(lambda tx: choose.set_option(tx, name, text))

    def answer(self, choice: str) -> None:
        """Answer the only open problem."""
        (problem,) = self.problems()
        self.session.do(lambda tx: resolve.resolve(tx, problem.id, choice))

    def sync(self, hooks: Hooks | None = None) -> Report:
        return self.session.sync(hooks)

    # ---- what a person sees

    def sees(self, reference: Reference) -> Record | None:
        with self.session.store.read() as reader:
            return records.get(reader, reference)

    def value(self, reference: Reference, name: str) -> Value:
        record = self.sees(reference)
        assert record is not None, f"{self.user} has no {reference}"
        return record[name]

    def stored(self, reference: Reference) -> Stored | None:
        with self.session.store.read() as reader:
            return records.stored(reader, reference)

    def problems(self) -> list[Problem]:
        with self.session.store.read() as reader:
            return problems.open_problems(reader)

    def history(self, reference: Reference | None = None) -> list[Kept]:
        """Newest first."""
        with self.session.store.read() as reader:
            return history.lines(reader, reference)

    def lost(self, reference: Reference) -> list[tuple[str | None, Value]]:
        """(field, lost value) of each line of a record's history, newest first; a whole record by its name."""
        return [(each.field, each.lost if each.field else each.name) for each in self.history(reference)]

    def waiting(self) -> int:
        with self.session.store.read() as reader:
            return outbox.count(reader)


class _Heard(httpx.BaseTransport):
    """Keeps the requests, then lets them go on."""

    def __init__(self, inner: httpx.BaseTransport, requests: list[httpx.Request]) -> None:
        self._inner, self._requests = inner, requests

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._requests.append(request)
        return self._inner.handle_request(request)


class Office:
    """A server in this process, its users and their desks; close it. A folder that has one already is gone on with."""

    def __init__(self, folder: Path, clock: Clock | None = None, sample: bool = False) -> None:
        self.clock = clock or Clock()
        self.folder = folder
        if not (folder / "server").exists():
            shutil.copytree(_empty_office() / "server", folder / "server")
        self.server = InProcessServer(folder / "server", sample=sample, clock=self.clock)
        self.desks: list[Desk] = []

    def desk(self, user: str, name: str = "", **groups: str) -> Desk:
        """A new profile of `user`, connected. With `groups` these are its whole local data, else the usual ones."""
        shutil.copytree(_empty_office() / "profile", self.folder / (name or user))
        made = self.take(user, name or user, MemorySecrets())
        made.session.connect_with_token(URL, self.token(user))
        if groups:
            for entity in LOCAL_ENTITIES:
                made.group(entity, groups.get(entity, "false"))
        made.requests.clear()
        return made

    def take(self, user: str, name: str, secrets: MemorySecrets) -> Desk:
        """The profile of that name, as it was left."""
        self.desks.append(Desk(self, self.folder / name, user, secrets))
        return self.desks[-1]

    def has(self, reference: Reference, user: str = "auditor") -> Row | None:
        """The server's record now, None when there is none."""
        return self.everything(reference.entity, user).get(reference.id)

    def everything(self, entity: str, user: str = "auditor") -> dict[str, Row]:
        """The server's records of an entity now, by id."""
        client = self.client(user)
        found: dict[str, Row] = {}
        read: Read | None = Read(query=Query(entity))
        while read is not None:
            (page,) = client.ask([read])
            assert isinstance(page, Page), page
            found.update((row.id, row) for row in page.rows)
            read = Read(link=page.next_link, entity=entity) if page.next_link else None
        client.close()
        return found

    def client(self, user: str) -> Client:
        """One that speaks to the server without a desk; the caller closes it."""
        return Client(URL, TokenCredentials(self.token(user)), self.server.transport)

    def id_of(self, user: str) -> str:
        """The user's own record."""
        return str(Reference("systemuser", self.server.add_user(user)))

    def token(self, user: str) -> str:
        """One that outlives every test's time."""
        key = self.server.add_user(user)
        with self.server.database.writing() as transaction:
            return issue_token(transaction, key, None)

    def close(self) -> None:
        for desk in self.desks:
            desk.close()
        self.server.close()


_EMPTY = TemporaryDirectory(prefix="crmdesk-empty-")
atexit.register(_EMPTY.cleanup)


@cache
def _empty_office() -> Path:
    """A server's and a profile's databases with nothing in them: a copy is made sooner than another one."""
    folder = Path(_EMPTY.name)
    for each in ("server", "profile"):
        (folder / each).mkdir()
    InProcessServer(folder / "server").close()
    Store(folder / "profile" / DATABASE).close()
    return folder
