"""A profile that is open: what the window and the command line do, they do through it.

Everything that talks to the server runs in the caller's thread and may take long; `do` is local and quick. One thread
at a time may synchronise; `do`, `status` and reads are safe from any.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query
from crmdesk.model.record import Reference
from crmdesk.secrets import Secrets, open_secrets
from crmdesk.session.connection import (
    ConnectionState,
    Status,
    begin_passage,
    end_passage,
    set_mode,
    set_trouble,
    state_of,
    trouble_of,
)
from crmdesk.session.link import NotSetUp, ServerLink
from crmdesk.settings import Settings
from crmdesk.store import options, outbox, problems, records, runs
from crmdesk.store.store import Store, Transaction, get_meta, set_meta
from crmdesk.sync.report import Hooks, Progress, Report

if TYPE_CHECKING:
    from crmdesk.crm.client import Client, Row
    from crmdesk.crm.wire import Timeouts, Transport
    from crmdesk.sync.engine import Order

DATABASE = "crmdesk.db"
QUICK = 8.0  # seconds that pushing a saved change may take before the caller goes on


class Session:
    """One open profile. Raises StoreError when its database cannot be used."""

    def __init__(
        self,
        profile: Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        secrets: Secrets | None = None,
        transport: Transport | None = None,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        timeouts: Timeouts | None = None,
    ) -> None:
        """`clock` tells the time of day, `timer` and `pause` are for waiting on the server; tests move them.

        `timeouts`: what silence of the server is borne, None as people are used to.
        """
        self.profile = profile
        self.clock = clock
        self.timer = timer
        self.store = Store(profile / DATABASE, clock)
        self.secrets = secrets or open_secrets(profile)
        self.link = ServerLink(self.store, self.secrets, transport, timer, pause, timeouts)

    def close(self) -> None:
        self.link.drop()
        self.store.close()

    # ---- what is local

    def do(self, action: Callable[[Transaction], Changes]) -> Changes:
        """One action of the person, in one durable transaction. Raises what the action raises; then nothing changed."""
        with self.store.transaction() as tx:
            return action(tx)

    @property
    def settings(self) -> Settings:
        with self.store.read() as reader:
            return options.load(reader)

    def status(self) -> Status:
        with self.store.read() as reader:
            state = state_of(reader, self._run_under_way())
            last = runs.last(reader)
            settings = options.load(reader)
            ended = last.ended if last else None
            server = get_meta(reader.connection, "server")
            return Status(
                state,
                outbox.count(reader),
                problems.count(reader),
                ended,
                self._next(state, ended, settings, self._least_minutes(reader.connection)),
                server,
                get_meta(reader.connection, "user"),
            )

    def minutes_between_updates(self) -> int | None:
        """How often to synchronise in the background; None: not at all (switched off, offline, or never by hand)."""
        with self.store.read() as reader:
            settings = options.load(reader)
            online = state_of(reader, False) not in (ConnectionState.OFFLINE, ConnectionState.NOT_SET_UP)
            first = runs.last(reader) is not None
            least = self._least_minutes(reader.connection)
        return max(settings.sync_minutes, least) if settings.sync_background and online and first else None

    def may_ask(self) -> bool:
        """Whether the person wants the server to be asked at all: it is set up, and not offline."""
        return self._state() not in (ConnectionState.OFFLINE, ConnectionState.NOT_SET_UP)

    def _next(self, state: ConnectionState, ended: str | None, settings: Settings, least: int) -> str | None:
        offline = state in (ConnectionState.OFFLINE, ConnectionState.NOT_SET_UP)
        if ended is None or offline or not settings.sync_background:
            return None
        due = datetime.fromisoformat(ended) + timedelta(minutes=max(settings.sync_minutes, least))
        return due.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _least_minutes(self, connection: object) -> int:
        text = get_meta(connection, "least minutes")  # type: ignore[arg-type]
        return int(text) if text and text.isdigit() else 1

    def _run_under_way(self) -> bool:
        lock = FileLock(self.profile / "run.lock", thread_local=False, is_singleton=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False

    def connect(self, url: str, user: str, password: str) -> None:
        """Sign in by user and password, keep both, go online; nothing is synchronised. Raises CrmError, ValueError."""
        self.link.connect(url, user, password)

    def connect_with_token(self, url: str, token: str) -> None:
        """The same with a token that one was given."""
        self.link.connect_with_token(url, token)

    # ---- bringing both sides together

    def sync(self, hooks: Hooks | None = None, kind: str = "by hand") -> Report:
        """Pull, push, erase. Raises Refusal while offline, CrmError, Busy."""
        self._refuse_offline("Synchronising")
        return self._run(kind, "pull first", hooks or Hooks())

    def push(self, hooks: Hooks | None = None, seconds: float = QUICK) -> Report | None:
        """Send what waits, within some seconds; None when nothing waits or nothing may be sent now.

        A report that says "stopped": the time was over. Raises CrmError, Busy, SecretsError.
        """
        status = self.status()
        if status.waiting == 0 or status.state in (ConnectionState.OFFLINE, ConnectionState.NOT_SET_UP):
            return None
        given, deadline = hooks or Hooks(), self.timer() + seconds
        bounded = Hooks(given.progress, given.changed, lambda: given.stopped() or self.timer() >= deadline)
        breaker = Timer(seconds, self.link.interrupt)  # a wait for an answer asks nobody whether it should go on
        breaker.daemon = True
        breaker.start()
        try:
            return self._run("push", "push only", bounded, wait=seconds / 2, patience=min(4.0, seconds / 2))
        finally:
            breaker.cancel()

    def go_offline(self, now: bool = False, hooks: Hooks | None = None) -> Report | None:
        """Synchronise, then work on the local data alone. `now`: without synchronising. None when offline already.

        Raises CrmError and Busy: then it stays online.
        """
        if self._state() is ConnectionState.NOT_SET_UP:
            raise NotSetUp("No server is set up yet, so there is nothing to go offline from.")
        if self._mode_is("offline"):
            return None
        report = None
        if not now:
            with self._passage(ConnectionState.GOING_OFFLINE):
                report = self._run("going offline", "pull first", hooks or Hooks())
            if report.outcome != "complete":
                return report
        with self.store.transaction() as tx:
            set_mode(tx, "offline")
        return report

    def go_online(self, hooks: Hooks | None = None) -> Report:
        """Reach the server, switch, then push, pull, erase. Raises CrmError: not reached, it stays offline."""
        if not self._mode_is("offline"):
            return self.sync(hooks)
        used = hooks or Hooks()
        used.progress(Progress("Reaching the server"))
        self.link.client(hooks=used).who_am_i()
        with self.store.transaction() as tx:
            set_mode(tx, "online")
        with self._passage(ConnectionState.GOING_ONLINE):
            return self._run("going online", "push first", used)

    def live(self, reference: Reference) -> Row:
        """The server's record now; nothing is written. Raises Refusal while offline, CrmError (Gone)."""
        self._refuse_offline("Looking at the server")
        with self._heard():
            client = self.link.another()  # its own: a run may be using the other one in another thread
            client.be_patient(QUICK)
            try:
                return client.get(reference.entity, reference.id)
            finally:
                client.close()

    def sync_addresses(self, hooks: Hooks | None = None) -> int:
        """Bring the address book up to date; how many records were new or changed. Raises as sync does."""
        from crmdesk.sync import addressbook, engine  # httpx takes 70 ms, and the window must open first

        self._refuse_offline("The address book")
        with self._heard(), engine.profile_lock(self.profile, engine.WAIT):
            return addressbook.synchronise(self.store, self.link.client(hooks=hooks), hooks or Hooks())

    def fetch_missing(self, references: Sequence[Reference], seconds: float = QUICK) -> None:
        """Read the ones that are not in the local data, where the server can be asked. Raises as sync does."""
        from crmdesk.sync import engine  # httpx takes 70 ms, and the window must open first

        with self.store.read() as reader:
            here = records.get_many(reader, references)
        missing = [each for each in references if each not in here]
        if missing:
            self._refuse_offline("Reading records that are not in the local data")
            with self._heard(), engine.profile_lock(self.profile, seconds / 2):
                engine.fetch(self.store, self.link.client(patience=seconds / 2), missing)

    def copy_all_contacts(self) -> int:
        """Every contact of the CRM goes to My Contacts, from now on; how many there are now. Raises as sync does."""
        self._refuse_offline("Copying contacts")
        with self.store.transaction() as tx:
            options.save(tx, "contacts.copy", "all")
        self._run("copying contacts", "pull first", Hooks())
        with self.store.read() as reader:
            return records.count(reader, Query("contact"), self.clock(), only_mine=True)

    def _run(
        self, kind: str, order: Order, hooks: Hooks, wait: float | None = None, patience: float | None = None
    ) -> Report:
        from crmdesk.sync.engine import WAIT, Engine  # httpx takes 70 ms, and the window must open first

        with self._heard():
            client = self.link.client(patience, hooks)
            report = Engine(self.store, client).run(kind, order, hooks, WAIT if wait is None else wait)
            if order != "push only" and report.outcome == "complete":
                self._hear_of_the_organisation(client)
            return report

    def _hear_of_the_organisation(self, client: Client) -> None:
        """The administrator's least minutes between updates, once a day."""
        from crmdesk.crm.client import Read  # httpx takes 70 ms, and the window must open first
        from crmdesk.crm.errors import CrmError

        with self.store.read() as reader:
            asked = get_meta(reader.connection, "organization asked")
        today = self.clock().date().isoformat()
        if asked == today:
            return
        try:
            page = client.ask([Read(query=Query("organization", select=("minofflinesyncinterval",)))])[0]
        except CrmError:
            return  # it is asked again with the next run
        least = None if isinstance(page, CrmError) or not page.rows else page.rows[0].values["minofflinesyncinterval"]
        with self.store.transaction() as tx:
            set_meta(tx, "organization asked", today)
            set_meta(tx, "least minutes", str(least or 1))

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Remember whether the server was reached: that is what the status says. Other troubles tell nothing of it."""
        from crmdesk.crm.errors import SignInNeeded, Unreachable  # httpx takes 70 ms, and the window must open first

        try:
            yield
        except Unreachable:
            self._remember(ConnectionState.NO_CONNECTION)
            raise
        except SignInNeeded:
            self._remember(ConnectionState.SIGN_IN_NEEDED)
            self.link.drop()
            raise
        self._remember(None)

    def _remember(self, trouble: ConnectionState | None) -> None:
        with self.store.read() as reader:
            if trouble_of(reader) is trouble:
                return
        with self.store.transaction(durable=False) as tx:
            set_trouble(tx, trouble)

    @contextmanager
    def _passage(self, state: ConnectionState) -> Iterator[None]:
        with self.store.transaction() as tx:
            begin_passage(tx, state)
        try:
            yield
        finally:
            with self.store.transaction() as tx:
                end_passage(tx)

    def _state(self) -> ConnectionState:
        with self.store.read() as reader:
            return state_of(reader, False)

    def _mode_is(self, mode: str) -> bool:
        with self.store.read() as reader:
            return get_meta(reader.connection, "mode") == mode

    def _refuse_offline(self, what: str) -> None:
        state = self._state()
        if state is ConnectionState.NOT_SET_UP:
            raise NotSetUp("No server is set up yet. Connect to one first: crmdesk connect URL --user NAME.")
        if state is ConnectionState.OFFLINE:
            raise Refusal(f"{what} needs the server, and you work offline. Nothing was sent. Go online first.")
