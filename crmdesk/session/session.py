"""A profile that is open: what the window and the command line do, they do through it.

Everything that talks to the server runs in the caller's thread and may take long; `do` is local and quick. One thread
at a time may synchronise; `do`, `status` and reads are safe from any.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query, in_days_of
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.model.zone import HERE
from crmdesk.odata.filters import parse_filter
from crmdesk.secrets import Secrets, SecretsError, open_secrets
from crmdesk.session import organization
from crmdesk.session.connection import ConnectionState, Status, acts_by_itself, may_ask, set_mode, state_of, status_of
from crmdesk.session.hearing import heard
from crmdesk.session.link import NotSetUp, ServerLink
from crmdesk.session.rhythm import Plan, plan_of
from crmdesk.settings import Settings
from crmdesk.store import local_data, options, outbox, records, runs
from crmdesk.store.store import Store, Transaction
from crmdesk.sync.lock import WAIT, is_held, profile_lock
from crmdesk.sync.report import Hooks, Progress, Report
from crmdesk.texts import tr

if TYPE_CHECKING:
    from crmdesk.crm.client import Row
    from crmdesk.crm.wire import Timeouts, Transport
    from crmdesk.sync.engine import Order
    from crmdesk.sync.measure import Measured
    from crmdesk.sync.preview import Preview

DATABASE = "crmdesk.db"
QUICK = 8.0  # seconds that pushing a saved change may take before the caller goes on
_GLANCE = 3.0  # seconds for asking whether the server is there


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
        """How the profile stands towards its server."""
        under_way = is_held(self.profile)
        with self.store.read() as reader:
            return status_of(reader, under_way)

    def plan(self) -> Plan:
        """What happens by itself, and how often."""
        with self.store.read() as reader:
            return plan_of(reader, acts_by_itself(state_of(reader, False)))

    def may_ask(self) -> bool:
        """Whether the person wants the server to be asked at all: it is set up, and not offline."""
        return may_ask(self._state())

    def connect(self, url: str, user: str, password: str) -> None:
        """Sign in by user and password, keep both, go online; nothing is synchronised. Raises CrmError, ValueError."""
        self.link.connect(url, user, password)

    def connect_with_token(self, url: str, token: str) -> None:
        """The same with a token that one was given."""
        self.link.connect_with_token(url, token)

    # ---- bringing both sides together

    def sync(self, hooks: Hooks | None = None, kind: str = "by hand") -> Report:
        """Pull, push, erase. `kind`: who asked, for the list of runs. Raises Refusal while offline, CrmError, Busy."""
        self._refuse_offline("Synchronising")
        return self._run(kind, "pull first", hooks or Hooks())

    def push(self, hooks: Hooks | None = None, seconds: float = QUICK) -> Report | None:
        """Send what waits, within some seconds; None when nothing waits or nothing may be sent now.

        A report that says "stopped": the time was over. Raises CrmError (Unreachable when it was over and the server
        had not said a word), Busy, SecretsError.
        """
        with self.store.read() as reader:
            if not outbox.count(reader) or not may_ask(state_of(reader, False)):
                return None
        given, deadline = hooks or Hooks(), self.timer() + seconds
        bounded = Hooks(given.progress, given.changed, lambda: given.stopped() or self.timer() >= deadline)
        breaker = Timer(seconds, self.link.interrupt)  # a wait for an answer asks nobody whether it should go on
        breaker.daemon = True
        breaker.start()
        try:
            patience = min(4.0, seconds / 2)
            return self._run("push", "push only", bounded, wait=seconds / 2, patience=patience, given=given)
        finally:
            breaker.cancel()
            breaker.join()  # or it might break off what is asked next

    def go_offline(self, now: bool = False, hooks: Hooks | None = None) -> Report | None:
        """Synchronise, then work on the local data alone. `now`: without synchronising. None when offline already.

        Raises CrmError and Busy: then it stays online.
        """
        state = self._state()
        if state is ConnectionState.NOT_SET_UP:
            raise NotSetUp(tr("No server is set up yet, so there is nothing to go offline from."))
        if state is ConnectionState.OFFLINE:
            return None
        report = None if now else self._run(ConnectionState.GOING_OFFLINE.value, "pull first", hooks or Hooks())
        if report is None or report.outcome == "complete":
            with self.store.transaction() as tx:
                set_mode(tx, "offline")
        return report

    def go_online(self, hooks: Hooks | None = None) -> Report:
        """Reach the server, switch, then push, pull, erase. Raises CrmError: not reached, it stays offline; Busy."""
        if self._state() is not ConnectionState.OFFLINE:
            return self.sync(hooks, ConnectionState.GOING_ONLINE.value)  # again perhaps, after it was broken off
        used = hooks or Hooks()
        used.progress(Progress(tr("Reaching the server")))
        with heard(self.store, self.link):
            self.link.client(hooks=used).who_am_i()
        with self.store.transaction() as tx:
            set_mode(tx, "online")
        return self._run(ConnectionState.GOING_ONLINE.value, "push first", used)

    def reach(self, hooks: Hooks | None = None) -> None:
        """Ask the server whether it is there, by one small request; the status tells. Raises as sync does."""
        self._refuse_offline(tr("Reaching the server"))
        with heard(self.store, self.link):
            self.link.client(_GLANCE, hooks).who_am_i()

    def live(self, reference: Reference) -> Row:
        """The server's record now; nothing is written. Raises Refusal while offline, CrmError (Gone)."""
        self._refuse_offline(tr("Looking at the server"))
        with heard(self.store, self.link):
            client = self.link.another()  # its own: a run may be using the other one in another thread
            client.be_patient(QUICK)
            try:
                return client.get(reference.entity, reference.id)
            finally:
                client.close()

    def preview(self) -> Preview:
        """What would happen on synchronising, or on going online, now; nothing is written, here or there.

        Offline too: the server is only asked, and where it can't be, the preview says what this computer knows.
        """
        from crmdesk.crm.errors import CrmError  # httpx takes 70 ms, and the window must open first
        from crmdesk.sync.preview import look_ahead

        try:
            client = self.link.another()  # its own: a look must not disturb a run of another thread
        except (CrmError, Refusal, SecretsError) as error:
            return look_ahead(self.store, None, str(error))
        client.be_patient(QUICK)
        try:
            return look_ahead(self.store, client)
        finally:
            client.close()

    def measure(self, entity: str, text: str) -> Measured | None:
        """How much a local data group with this filter would be; None while the server is not to be asked.

        Nothing is written. Raises ODataError, ValueError with words, CrmError (Refused: it is not understood there).
        """
        from crmdesk.sync.measure import measure  # httpx takes 70 ms, and the window must open first

        with self.store.read() as reader:
            question = parse_filter(local_data.for_server(reader, entity, text), ENTITIES[entity])
            question = in_days_of(question, self.clock().astimezone(HERE))
        if not self.may_ask():
            return None
        with heard(self.store, self.link):
            client = self.link.another()  # see live()
            client.be_patient(QUICK)
            try:
                return measure(client, entity, question)
            finally:
                client.close()

    def sync_addresses(self, hooks: Hooks | None = None) -> int:
        """Bring the address book up to date; how many records were new or changed. Raises as sync does."""
        from crmdesk.sync import addressbook  # httpx takes 70 ms, and the window must open first

        self._refuse_offline(tr("The address book"))
        with heard(self.store, self.link), profile_lock(self.profile, WAIT, hooks):
            with self.store.transaction(durable=False) as tx:
                runs.set_under_way(tx, "address book")
            return addressbook.synchronise(self.store, self.link.client(hooks=hooks), hooks or Hooks())

    def fetch_missing(self, references: Sequence[Reference], seconds: float = QUICK) -> None:
        """Read the ones that are not in the local data, where the server can be asked. Raises as sync does."""
        from crmdesk.sync import engine  # httpx takes 70 ms, and the window must open first

        with self.store.read() as reader:
            here = records.get_many(reader, references)
        missing = [each for each in references if each not in here]
        if missing:
            self._refuse_offline(tr("Reading records that are not in the local data"))
            with heard(self.store, self.link), profile_lock(self.profile, seconds / 2):
                with self.store.transaction(durable=False) as tx:
                    runs.set_under_way(tx, "reading records")
                engine.fetch(self.store, self.link.client(patience=seconds / 2), missing)

    def copy_all_contacts(self, hooks: Hooks | None = None) -> int:
        """Every contact of the CRM goes to My Contacts, from now on; how many there are now.

        Raises as sync does; the choice stands then, and the next run follows it.
        """
        self._refuse_offline(tr("Copying contacts"))
        with self.store.transaction() as tx:
            options.save(tx, "contacts.copy", "all")
        self._run("copying contacts", "pull first", hooks or Hooks())
        with self.store.read() as reader:
            return records.count(reader, Query("contact"), self.clock(), only_mine=True)

    def _run(
        self,
        kind: str,
        order: Order,
        hooks: Hooks,
        wait: float = WAIT,
        patience: float | None = None,
        given: Hooks | None = None,
    ) -> Report:
        """`given`: the caller's own hooks, where `hooks` stop when a time is over too."""
        from crmdesk.crm.errors import Unreachable  # httpx takes 70 ms, and the window must open first
        from crmdesk.sync.engine import Engine

        with heard(self.store, self.link) as hearing:
            client = self.link.client(patience, hooks)
            before = client.traffic.bytes_received
            report = Engine(self.store, client, self.timer).run(kind, order, hooks, wait)
            hearing.anything = report.outcome == "complete" or client.traffic.bytes_received > before
            if not hearing.anything and given is not None and not given.stopped():
                raise Unreachable(tr("The server did not answer in time. Everything is kept here and sent later."))
            if order != "push only" and report.outcome == "complete":
                organization.hear(self.store, client, self.clock())
            return report

    def _state(self) -> ConnectionState:
        """Without looking whether a run is under way."""
        with self.store.read() as reader:
            return state_of(reader, False)

    def _refuse_offline(self, what: str) -> None:
        state = self._state()
        if state is ConnectionState.NOT_SET_UP:
            raise NotSetUp(tr("No server is set up yet. Connect to one first: crmdesk connect URL --user NAME."))
        if state is ConnectionState.OFFLINE:
            raise Refusal(
                tr("{what} needs the server, and you work offline. Nothing was sent. Go online first.", what=what)
            )
