"""The one worker that talks to the CRM server: what is asked for while it works folds into one more of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.desk.workers import Job, Thread
from crmdesk.session.session import Session
from crmdesk.sync.report import Hooks, Report

PUSH, SYNC, BACKGROUND, ONLINE = "push", "sync", "background", "online"
OFFLINE, OFFLINE_NOW, LOOK = "offline", "offline now", "look"
ADDRESSES, ADDRESSES_BY_HAND = "addresses", "addresses by hand"
UPDATES = (SYNC, BACKGROUND, ONLINE)
"""Those that bring the local data up to date and leave it online."""
_QUIET = (PUSH, BACKGROUND, ADDRESSES, LOOK)  # nobody asked for them: their failure is told by the status alone
_LONG = 60.0  # seconds of one push; on a slow line several follow one another
_INSIST = 200  # ms between two tries to break off a wait: one may come just before the wait begins


class Exchange(QObject):
    """Lives in the window's thread, like its signals.

    ran(kind, whether it went well) follows each; before it finished(Report), or failed(words) where somebody waits for
    it. `idle` when nothing is left to do. `push_failed`: the last exchange ended before all that waits was sent.
    """

    progress = Signal(object)
    changed = Signal(object)
    finished = Signal(object)
    failed = Signal(str)
    ran = Signal(str, bool)
    idle = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.push_failed = False
        self._wanted: list[str] = []
        self._thread = Thread("server", self)
        self._thread.progress.connect(self.progress)
        self._thread.changed.connect(self.changed)
        self._thread.idle.connect(self._next)
        self._insist = QTimer(self, interval=_INSIST)
        self._insist.timeout.connect(session.link.interrupt)
        self._jobs: dict[str, Callable[[Hooks], object]] = {
            PUSH: self._push,
            SYNC: session.sync,
            BACKGROUND: lambda hooks: session.sync(hooks, "in the background"),
            OFFLINE: lambda hooks: session.go_offline(False, hooks),
            OFFLINE_NOW: lambda hooks: session.go_offline(True, hooks),
            ONLINE: session.go_online,
            LOOK: self._look,
            ADDRESSES: session.sync_addresses,
            ADDRESSES_BY_HAND: session.sync_addresses,
        }

    @property
    def is_busy(self) -> bool:
        return self._thread.is_busy

    def want(self, kind: str) -> None:
        """Do it as soon as what runs has ended."""
        if kind not in self._wanted:
            self._wanted.append(kind)
        if not self.is_busy:
            self._next()

    def want_now(self, kind: str) -> None:
        """Stop what runs, forget what was to follow, and do it."""
        self.cancel()
        self.want(kind)

    def cancel(self) -> None:
        """Stop what runs at the next point where it can; what was done is kept."""
        forgotten, self._wanted = self._wanted, []
        for kind in forgotten:
            self.ran.emit(kind, False)
        if self.is_busy:
            self._thread.cancel()
            self._session.link.interrupt()
            self._insist.start()

    def send(self, job: Job, then: Callable[[Any], None], failed: Callable[[str, Exception], None]) -> None:
        """Other work with the server, after what runs."""
        self._thread.send(job, then, failed)

    def close(self) -> None:
        self.cancel()
        self._thread.close()
        self._insist.stop()

    def _look(self, hooks: Hooks) -> Report | None:
        """Whether the server is there again, and then at once what waits for it."""
        self._session.reach(hooks)
        return self._push(hooks)

    def _push(self, hooks: Hooks) -> Report | None:
        """All that waits, however long it takes; what runs is told anew every minute."""
        report = self._session.push(hooks, _LONG)
        while report is not None and report.outcome == "stopped" and not hooks.stopped():
            report = self._session.push(hooks, _LONG)
        return report

    def _next(self) -> None:
        self._insist.stop()
        if not self._wanted:
            self.idle.emit()
            return
        kind = self._wanted.pop(0)
        self._thread.send(
            self._jobs[kind],
            lambda result: self._ended(kind, result),
            lambda words, error: self._broke(kind, words),
        )

    def _ended(self, kind: str, result: object) -> None:
        if isinstance(result, Report):
            self.finished.emit(result)
        self._settled(kind, well=True)

    def _broke(self, kind: str, words: str) -> None:
        if kind not in _QUIET:
            self.failed.emit(words)
        self._settled(kind, well=False)

    def _settled(self, kind: str, well: bool) -> None:
        if kind in (PUSH, LOOK, *UPDATES):
            self.push_failed = not well
        self.ran.emit(kind, well)
