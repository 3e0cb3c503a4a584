"""The window's one door to the work. Lives in the window's thread; every signal arrives there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from crmdesk.actions.refusal import Refusal
from crmdesk.desk.exchange import ADDRESSES_BY_HAND, OFFLINE, OFFLINE_NOW, ONLINE, PUSH, SYNC, Exchange
from crmdesk.desk.foreign_writes import ForeignWrites
from crmdesk.desk.standing import Standing
from crmdesk.desk.workers import Thread, all_alive
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.session.session import Session
from crmdesk.store.store import Reader, Transaction
from crmdesk.sync.report import Hooks

Action: TypeAlias = Callable[[Transaction], Changes]
EVERYTHING = Changes(
    frozenset(ENTITIES), messages=True, options=True, outbox=True, problems=True, history=True, cause="another program"
)


class Desk(QObject):
    """Hands the person's actions to the writer, the exchange with the server to one worker, mail to another.

    changed(Changes): the local data changed, whoever did it. status_changed(Status): see desk.standing.
    progress(Progress | None): None when nothing runs any more. finished(Report): a synchronising run ended.
    mail_came(int): so many new messages. failed(str): a sentence for the person. closing: no more work is taken.
    """

    changed = Signal(object)
    status_changed = Signal(object)
    progress = Signal(object)
    finished = Signal(object)
    mail_came = Signal(int)
    failed = Signal(str)
    closing = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(0.001)  # a busy worker must not keep the window waiting
        self.session = session
        self.store = session.store
        self._writer = Thread("writer", self)
        self.exchange = Exchange(session, self)
        self._looker = Thread("live", self)
        self._reader = Thread("reader", self)  # apart from the live look, which may wait for a network
        self._lister = Thread("lists", self)  # apart from the short questions of the reader
        self._mail = Thread("mail", self)
        self.standing = Standing(session, self.exchange, self._reader, self)
        self._fetch_follows = False  # asked for while mail was under way
        self._writer.changed.connect(self._tell)
        self._mail.changed.connect(self._mail_changed)
        self.exchange.changed.connect(self._tell)
        self.exchange.progress.connect(self.progress)
        self._mail.progress.connect(self.progress)
        self.exchange.finished.connect(self.finished)
        self.exchange.failed.connect(self.failed)
        self.exchange.ran.connect(self.ask_for_status)
        self.exchange.idle.connect(self._nothing_runs)
        self._mail.idle.connect(self._mail_idle)
        self._foreign = ForeignWrites(self.store, self)
        self._foreign.noticed.connect(self._written_by_another)
        self.standing.told.connect(self.status_changed)

    # ---- reading: short queries, in the window's thread

    @property
    def now(self) -> datetime:
        """The time, aware; tests set it."""
        return self.session.clock()

    @contextmanager
    def read(self, steps: int | None = None) -> Iterator[Reader]:
        """`steps` that a question may take at most, as Store.read has it."""
        with self.store.read(steps) as reader:
            yield reader

    def ask_for_status(self) -> None:
        """status_changed follows."""
        self.standing.ask()

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
            if then is not None and all_alive(then):
                then(changes)
            if changes.outbox:
                self.exchange.want(PUSH)

        def refused(words: str, error: Exception) -> None:
            (failed if failed is not None and all_alive(failed) else self.failed.emit)(words)

        self._writer.send(lambda hooks: self.session.do(action), settled, refused)

    def in_background(
        self, job: Callable[[Reader], Any], then: Callable[[Any], None], failed: Callable[[str], None] | None = None
    ) -> None:
        """A read that may take longer than the window may wait. `failed` hears why, as the person did."""
        self._read_in(self._reader, job, then, failed)

    def read_list(
        self, job: Callable[[Reader], Any], then: Callable[[Any], None], failed: Callable[[str], None] | None = None
    ) -> None:
        """The same of what reads very many rows, so that short questions need not wait for it."""
        self._read_in(self._lister, job, then, failed)

    def _read_in(
        self,
        thread: Thread,
        job: Callable[[Reader], Any],
        then: Callable[[Any], None],
        failed: Callable[[str], None] | None,
    ) -> None:
        def reading(hooks: Hooks) -> Any:
            with self.store.read() as reader:
                return job(reader)

        def broke(words: str, error: Exception) -> None:
            self.failed.emit(words)
            if failed is not None and all_alive(failed):
                failed(words)

        thread.send(reading, then, broke)

    # ---- the server

    def sync_now(self) -> None:
        self.exchange.want(SYNC)

    def go_offline(self, now: bool = False) -> None:
        """`now`: without synchronising, and without waiting for what runs: that is stopped."""
        if now:
            self.exchange.want_now(OFFLINE_NOW)
        else:
            self.exchange.want(OFFLINE)

    def go_online(self) -> None:
        self.exchange.want(ONLINE)

    def sync_addresses(self) -> None:
        self.exchange.want(ADDRESSES_BY_HAND)

    def cancel(self) -> None:
        """Stop what runs at the next point where it can; what was done is kept."""
        self.exchange.cancel()
        self._fetch_follows = False
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

    def measure_group(self, entity: str, text: str, then: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        """How much a local data group would be: a sync Measured goes to `then`, None while offline."""

        def measure(hooks: Hooks) -> Any:
            try:
                return self.session.measure(entity, text)
            except ValueError as error:  # groups that cannot ask one another, in words
                raise Refusal(str(error)) from None

        self._looker.send(measure, then, lambda words, error: failed(words))

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

        self.exchange.send(
            connect,
            lambda result: then(),
            lambda words, error: failed(words),
        )

    # ---- mail

    def fetch_mail(self, quiet: bool = False) -> None:
        """Deliver what waits, then look for new messages in every account; once more, if that is under way."""

        def failed(words: str, error: Exception) -> None:
            if not quiet:
                self.failed.emit(words)

        if self._mail.is_busy:
            self._fetch_follows = True  # what was sent just now may have missed the delivery
        else:
            self._mail.send(lambda hooks: _exchange_mail(self.session, hooks), self._mail_fetched, failed)

    def _mail_fetched(self, new: int) -> None:
        if new:
            self.mail_came.emit(new)

    def _mail_changed(self, changes: Changes) -> None:
        """What is tracked by itself as it comes or goes is pushed at once, like the person's own changes."""
        self._tell(changes)
        if changes.outbox:
            self.exchange.want(PUSH)

    def _mail_idle(self) -> None:
        self._nothing_runs()
        if self._fetch_follows:
            self._fetch_follows = False
            self.fetch_mail(quiet=True)

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
        self._fetch_follows = False
        self.standing.close()
        self._foreign.close()
        self.exchange.close()
        for each in (self._mail, self._looker, self._reader, self._lister):
            each.close()
        self._writer.close(finish=True)  # what the person did is saved, however soon after it the window is closed

    def _nothing_runs(self) -> None:
        if not self.exchange.is_busy and not self._mail.is_busy:
            self.progress.emit(None)

    def _tell(self, changes: Changes) -> None:
        if changes:
            self.changed.emit(changes)
            if changes.outbox or changes.problems:
                self.ask_for_status()

    def _written_by_another(self) -> None:
        self.changed.emit(EVERYTHING)
        self.ask_for_status()


def _exchange_mail(session: Session, hooks: Hooks) -> int:
    """How many new messages came."""
    from crmdesk.session import mailing  # its parsers are slow to import, and the window must open first

    return mailing.exchange(session, hooks).new
