"""The window's one door to the work. Lives in the window's thread; every signal arrives there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.actions.refusal import Refusal
from crmdesk.desk.workers import Thread
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.session.session import Session
from crmdesk.store.store import Reader, Transaction
from crmdesk.sync.report import Hooks, Report

Action: TypeAlias = Callable[[Transaction], Changes]
EVERYTHING = Changes(
    frozenset(ENTITIES), messages=True, options=True, outbox=True, problems=True, history=True, cause="another program"
)


class Desk(QObject):
    """Hands the person's actions to the writer, the exchange with the server to one worker, mail to another.

    changed(Changes): the local data changed, whoever did it. status_changed(Status). progress(Progress | None): None
    when nothing runs any more. finished(Report): a synchronising run ended. failed(str): a sentence for the person.
    """

    changed = Signal(object)
    status_changed = Signal(object)
    progress = Signal(object)
    finished = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(0.001)  # a busy worker must not keep the window waiting
        self.session = session
        self.store = session.store
        self._writer = Thread("writer", self)
        self._server = Thread("server", self)
        self._looker = Thread("live", self)
        self._reader = Thread("reader", self)  # apart from the live look, which may wait for a network
        self._mail = Thread("mail", self)
        self._wanted: list[str] = []  # requests made during a run fold into one more of each kind
        self._own_writes = False
        self._watch = self.store.watch()
        self._version = self._watch.version()
        for each in (self._writer, self._server, self._mail):
            each.changed.connect(self._tell)
        self._server.progress.connect(self.progress)
        self._mail.progress.connect(self.progress)
        self._server.idle.connect(self._server_idle)
        self._mail.idle.connect(self._nothing_runs)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._look_for_foreign_writes)
        self._timer.start()

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
        """status_changed follows."""
        self._writer.send(lambda hooks: self.session.status(), self.status_changed.emit)

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
            if then is not None:
                then(changes)
            if changes.outbox:
                self._want("push")

        def refused(words: str, error: Exception) -> None:
            (failed or self.failed.emit)(words)

        self._writer.send(lambda hooks: self.session.do(action), settled, refused)

    def in_background(self, job: Callable[[Reader], Any], then: Callable[[Any], None]) -> None:
        """A read that may take longer than the window may wait."""

        def reading(hooks: Hooks) -> Any:
            with self.store.read() as reader:
                return job(reader)

        self._reader.send(reading, then, lambda words, error: self.failed.emit(words))

    # ---- the server

    def sync_now(self) -> None:
        self._want("sync")

    def go_offline(self, now: bool = False) -> None:
        self._want("offline now" if now else "offline")

    def go_online(self) -> None:
        self._want("online")

    def sync_addresses(self) -> None:
        self._want("addresses")

    def in_the_background(self) -> None:
        """A synchronising run that nobody asked for: its failure is told by the status alone."""
        self._want("background")

    def cancel(self) -> None:
        """Stop what runs at the next point where it can; what was done is kept."""
        self._wanted.clear()
        self._server.cancel()
        self._mail.cancel()
        self.session.link.interrupt()

    def look_live(
        self, reference: Reference, then: Callable[[Any], None], failed: Callable[[str], None] | None = None
    ) -> None:
        """The server's record now (a crm Row goes to `then`); nothing is written."""
        self._looker.send(
            lambda hooks: self.session.live(reference),
            then,
            lambda words, error: (failed or self.failed.emit)(words),
        )

    def connect_to(
        self, url: str, user: str, password: str, then: Callable[[], None], failed: Callable[[str], None]
    ) -> None:
        """Sign in and go online."""

        def connect(hooks: Hooks) -> None:
            try:
                self.session.connect(url, user, password)
            except ValueError as error:  # an address that cannot be one, in words
                raise Refusal(str(error)) from None

        self._server.send(
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
            self._mail.send(self._exchange_mail, None, failed)

    def _exchange_mail(self, hooks: Hooks) -> object:
        from crmdesk.session import mailing  # its parsers are slow to import, and the window must open first

        return mailing.exchange(self.session, hooks)

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
        self._timer.stop()
        self.cancel()
        for each in (self._server, self._mail, self._looker, self._reader, self._writer):
            each.close()
        self._watch.close()

    def _want(self, kind: str) -> None:
        if kind not in self._wanted:
            self._wanted.append(kind)
        if not self._server.is_busy:
            self._server_idle()

    def _server_idle(self) -> None:
        if not self._wanted:
            self._nothing_runs()
            return
        kind = self._wanted.pop(0)
        self._server.send(self._jobs[kind], self._ended, lambda words, error: self._broke(kind, words, error))

    @property
    def _jobs(self) -> dict[str, Callable[[Hooks], Report | None]]:
        session = self.session

        def addresses(hooks: Hooks) -> None:
            session.sync_addresses(hooks)

        return {
            "push": session.push,
            "sync": lambda hooks: session.sync(hooks),
            "background": lambda hooks: session.sync(hooks, "in the background"),
            "offline": lambda hooks: session.go_offline(False, hooks),
            "offline now": lambda hooks: session.go_offline(True, hooks),
            "online": session.go_online,
            "addresses": addresses,
        }

    def _ended(self, report: Report | None) -> None:
        if report is not None:
            self.finished.emit(report)
        self.ask_for_status()

    def _broke(self, kind: str, words: str, error: Exception) -> None:
        if kind not in ("push", "background", "addresses"):
            self.failed.emit(words)
        self.ask_for_status()

    def _nothing_runs(self) -> None:
        if not self._server.is_busy and not self._mail.is_busy:
            self.progress.emit(None)

    def _tell(self, changes: Changes) -> None:
        self._own_writes = True
        if changes:
            self.changed.emit(changes)
            if changes.outbox or changes.problems:
                self.ask_for_status()

    def _look_for_foreign_writes(self) -> None:
        version = self._watch.version()
        if version == self._version:
            return
        self._version = version
        busy = any(each.is_busy for each in (self._writer, self._server, self._mail))
        if not self._own_writes and not busy:
            self.changed.emit(EVERYTHING)
            self.ask_for_status()
        self._own_writes = busy
