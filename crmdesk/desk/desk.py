"""The window's one door to the work. Lives in the window's thread; every signal arrives there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.actions.refusal import Refusal
from crmdesk.desk import exchange
from crmdesk.desk.exchange import Exchange
from crmdesk.desk.foreign_writes import ForeignWrites
from crmdesk.desk.workers import Thread, is_alive
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.session.connection import Status
from crmdesk.session.session import Session
from crmdesk.store.store import Reader, Transaction
from crmdesk.sync.report import Hooks, Report

Action: TypeAlias = Callable[[Transaction], Changes]
EVERYTHING = Changes(
    frozenset(ENTITIES), messages=True, options=True, outbox=True, problems=True, history=True, cause="another program"
)


_AGAIN = 1000  # ms: another program ends its run without a word


class Desk(QObject):
    """Hands the person's actions to the writer, the exchange with the server to one worker, mail to another.

    changed(Changes): the local data changed, whoever did it. status_changed(Status): `under_way` there is what another
    program synchronises, `next` what the schedule plans. progress(Progress | None): None when nothing runs any more.
    finished(Report): a synchronising run ended. ran(kind, went well): so did anything that was asked of the server
    (kinds in desk.exchange). failed(str): a sentence for the person. closing: no more work is taken.
    """

    changed = Signal(object)
    status_changed = Signal(object)
    progress = Signal(object)
    finished = Signal(object)
    ran = Signal(str, bool)
    mail_came = Signal(int)
    failed = Signal(str)
    closing = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(0.001)  # a busy worker must not keep the window waiting
        self.session = session
        self.store = session.store
        self.push_failed = False  # the last exchange ended before all that waits was sent
        self.planned: Callable[[], str | None] | None = None  # when the schedule updates next; None: there is none
        self._writer = Thread("writer", self)
        self._exchange = Exchange(session, self)
        self._looker = Thread("live", self)
        self._reader = Thread("reader", self)  # apart from the live look, which may wait for a network
        self._mail = Thread("mail", self)
        for each in (self._writer, self._mail):
            each.changed.connect(self._tell)
        self._exchange.changed.connect(self._tell)
        self._exchange.progress.connect(self.progress)
        self._mail.progress.connect(self.progress)
        self._exchange.ended.connect(self._ended)
        self._exchange.broke.connect(self._broke)
        self._exchange.idle.connect(self._nothing_runs)
        self._mail.idle.connect(self._nothing_runs)
        self._foreign = ForeignWrites(self.store, self)
        self._foreign.noticed.connect(self._written_by_another)
        self._asked_again: bool | None = None  # whether the status is to be asked for once more; None: it is not asked
        self._again = QTimer(self, singleShot=True, interval=_AGAIN)
        self._again.timeout.connect(self.ask_for_status)

    # ---- reading: short queries, in the window's thread

    @property
    def now(self) -> datetime:
        """The time, aware; tests set it."""
        return self.session.clock()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with self.store.read() as reader:
            yield reader

    def ask_for_status(self) -> None:
        """status_changed follows; what is asked for meanwhile is asked once more."""
        if self._asked_again is not None:
            self._asked_again = True
            return
        self._asked_again = False
        busy = self._exchange.is_busy
        self._reader.send(lambda hooks: self.session.status(), lambda status: self._status_came(status, busy))

    def _status_came(self, status: Status, busy: bool) -> None:
        another = status.under_way is not None and not busy and not self._exchange.is_busy
        if another:
            self._again.start()
        planned = self.planned() if self.planned else status.next
        again, self._asked_again = self._asked_again, None
        self.status_changed.emit(replace(status, under_way=status.under_way if another else None, next=planned))
        if again:
            self.ask_for_status()

    # ---- the person's actions

    def do(
        self,
        action: Action,
        then: Callable[[Changes], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Carry out an action in one durable transaction, then tell everybody; online it is pushed at once.

        `then` hears of the Changes, `failed` (or the signal) of the reason.
        """

        def settled(changes: Changes) -> None:
            self._tell(changes)
            if then is not None and is_alive(then):
                then(changes)
            if changes.outbox:
                self._exchange.want(exchange.PUSH)

        def refused(words: str, error: Exception) -> None:
            (failed if failed is not None and is_alive(failed) else self.failed.emit)(words)

        self._writer.send(lambda hooks: self.session.do(action), settled, refused)

    def in_background(self, job: Callable[[Reader], Any], then: Callable[[Any], None]) -> None:
        """A read that may take longer than the window may wait."""

        def reading(hooks: Hooks) -> Any:
            with self.store.read() as reader:
                return job(reader)

        self._reader.send(reading, then, lambda words, error: self.failed.emit(words))

    # ---- the server

    def sync_now(self) -> None:
        self._exchange.want(exchange.SYNC)

    def go_offline(self, now: bool = False) -> None:
        """`now`: without synchronising, and without waiting for what runs: that is stopped."""
        if now:
            self._exchange.want_now(exchange.OFFLINE_NOW)
        else:
            self._exchange.want(exchange.OFFLINE)

    def go_online(self) -> None:
        self._exchange.want(exchange.ONLINE)

    def sync_addresses(self, by_hand: bool = True) -> None:
        self._exchange.want(exchange.ADDRESSES_BY_HAND if by_hand else exchange.ADDRESSES)

    def in_the_background(self) -> None:
        """A synchronising run that nobody asked for: its failure is told by the status alone."""
        self._exchange.want(exchange.BACKGROUND)

    def look_for_server(self) -> None:
        """Find out whether the server can be reached, and send what waits; the status tells."""
        self._exchange.want(exchange.LOOK)

    @property
    def is_exchanging(self) -> bool:
        """Whether the server is being asked something."""
        return self._exchange.is_busy

    def cancel(self) -> None:
        """Stop what runs at the next point where it can; what was done is kept."""
        self._exchange.cancel()
        self._mail.cancel()

    def look_live(
        self, reference: Reference, then: Callable[[Any], None], failed: Callable[[str], None] | None = None
    ) -> None:
        """The server's record now (a crm Row goes to `then`); nothing is written."""
        self._looker.send(
            lambda hooks: self.session.live(reference),
            then,
            lambda words, error: (failed or self.failed.emit)(words),
        )

    def look_ahead(self, then: Callable[[Any], None], failed: Callable[[str], None] | None = None) -> None:
        """What would happen on synchronising now (a sync Preview goes to `then`); nothing is written."""
        self._looker.send(
            lambda hooks: self.session.preview(),
            then,
            lambda words, error: (failed or self.failed.emit)(words),
        )

    def measure_group(
        self, entity: str, text: str, then: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        """How much a local data group would be (a sync Measured goes to `then`, None while offline); nothing is written."""
        self._looker.send(lambda hooks: self.session.measure(entity, text), then, lambda words, error: failed(words))

    def connect_to(
        self, url: str, user: str, password: str, then: Callable[[], None], failed: Callable[[str], None]
    ) -> None:
        """Sign in and go online. `user` empty: `password` is an access token."""

        def connect(hooks: Hooks) -> None:
            try:
                if user:
                    self.session.connect(url, user, password)
                else:
                    self.session.connect_with_token(url, password)
            except ValueError as error:  # an address that cannot be one, in words
                raise Refusal(str(error)) from None

        self._exchange.send(
            connect,
            lambda result: then(),
            lambda words, error: failed(words),
        )

    # ---- mail

    def fetch_mail(self, quiet: bool = False) -> None:
        """Deliver what waits, then look for new messages in every account."""

        def failed(words: str, error: Exception) -> None:
            if not quiet:
                self.failed.emit(words)

        if not self._mail.is_busy:
            self._mail.send(self._exchange_mail, self._mail_fetched, failed)

    def _exchange_mail(self, hooks: Hooks) -> int:
        from crmdesk.session import mailing  # its parsers are slow to import, and the window must open first

        return mailing.exchange(self.session, hooks).new

    def _mail_fetched(self, new: int) -> None:
        if new:
            self.mail_came.emit(new)

    def do_mail(
        self,
        job: Callable[[Hooks], Any],
        then: Callable[[Any], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Other work with mail accounts (adding one, importing), in the mail worker."""
        self._mail.send(job, then, lambda words, error: (failed or self.failed.emit)(words))

    # ---- how it goes

    def close(self) -> None:
        """Stop everything in order and wait for it; the session is the caller's to close afterwards."""
        self.closing.emit()
        self._again.stop()
        self._foreign.close()
        self._exchange.close()
        for each in (self._mail, self._looker, self._reader, self._writer):
            each.close()

    def _ended(self, kind: str, report: Report | None) -> None:
        self._settled(kind, well=True)
        if report is not None:
            self.finished.emit(report)

    def _broke(self, kind: str, words: str) -> None:
        self._settled(kind, well=False)
        if words and not exchange.is_quiet(kind):
            self.failed.emit(words)

    def _settled(self, kind: str, well: bool) -> None:
        if kind in (exchange.PUSH, exchange.LOOK, *exchange.UPDATES):
            self.push_failed = not well
        self.ran.emit(kind, well)
        self.ask_for_status()

    def _nothing_runs(self) -> None:
        if not self._exchange.is_busy and not self._mail.is_busy:
            self.progress.emit(None)

    def _tell(self, changes: Changes) -> None:
        if changes:
            self.changed.emit(changes)
            if changes.outbox or changes.problems:
                self.ask_for_status()

    def _written_by_another(self) -> None:
        self.changed.emit(EVERYTHING)
        self.ask_for_status()
