"""Work in a thread of its own, one job after the other.

A Worker has no parent and lives in its thread; nothing outside calls its methods. Its owner (Desk, in the window's
thread) sends jobs by a signal and hears of them by slots. A job gets Hooks: it tells its progress, and asks whether it
was cancelled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from time import monotonic
from types import FunctionType, MethodType
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, QThread, Signal, Slot
from shiboken6 import isValid

from crmdesk.actions.refusal import Refusal, value_words
from crmdesk.model.changes import Changes
from crmdesk.model.record import BadValue
from crmdesk.settings import BadOption
from crmdesk.store.errors import StoreError
from crmdesk.sync.report import Hooks, Progress
from crmdesk.texts import tr

Job: TypeAlias = Callable[[Hooks], Any]

# Errors whose text is a sentence for a person. Those of crm and mail are known by their modules: importing them here
# would cost the window 100 ms at its start.
_FOR_A_PERSON = (Refusal, BadValue, BadOption, StoreError)
_FROM = ("crmdesk.crm.errors", "crmdesk.mail.errors", "crmdesk.secrets", "crmdesk.sync.engine", "crmdesk.odata.errors")
_PAUSE = 0.1  # seconds between two progress signals

_NOBODY = (None, None)

log = logging.getLogger(__name__)


def is_alive(callback: object) -> bool:
    """Whether the object of a method, or those that a function sees, are there still: the answer may come too late.

    What callbacks inside it hold on to does not count: see all_alive.
    """
    while isinstance(callback, partial):
        callback = callback.func
    held = [getattr(callback, "__self__", None)]
    for cell in getattr(callback, "__closure__", None) or ():
        with suppress(ValueError):  # not filled yet
            held.append(cell.cell_contents)
    return all(isValid(each) for each in held if isinstance(each, QObject))


def all_alive(callback: object) -> bool:
    """The same of everything that a callback holds on to: its arguments, and what a function inside another one sees.

    For what a window alone is to hear: whoever has more to do with an answer must hear it without the window too.
    """
    return all(isValid(each) for each in _objects(callback, set()))


def _objects(held: object, seen: set[int]) -> Iterator[QObject]:
    if id(held) in seen:
        return
    seen.add(id(held))
    if isinstance(held, QObject):
        yield held
    elif isinstance(held, partial):
        for each in (held.func, *held.args):
            yield from _objects(each, seen)
    elif isinstance(held, MethodType):
        yield from _objects(held.__self__, seen)
    elif isinstance(held, FunctionType):
        for cell in held.__closure__ or ():
            with suppress(ValueError):  # not filled yet
                yield from _objects(cell.cell_contents, seen)


class Worker(QObject):
    """Runs jobs. `done` (token, result) or `failed` (token, words, error) follows each of them."""

    done = Signal(int, object)
    failed = Signal(int, str, object)
    progress = Signal(object)
    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cancelled = 0  # the last job that was cancelled, and all before it; set from the window's thread
        self._told = 0.0

    @Slot(int, object)
    def run(self, token: int, job: Job) -> None:
        try:
            result = job(Hooks(self._progress, self._changed, lambda: token <= self.cancelled))
        except Exception as error:  # a thread's border: nobody else could answer, and Qt would only print it
            if isinstance(error, _FOR_A_PERSON) or type(error).__module__ in _FROM:
                words = value_words(error, with_field=True) if isinstance(error, BadValue) else str(error)
            else:
                log.exception("A job failed in a way that nobody expected")
                words = tr(
                    "Something went wrong inside the program ({what}). Everything saved before is kept.",
                    what=repr(error),
                )
            self.failed.emit(token, words, error)
        else:
            self.done.emit(token, result)

    def _progress(self, progress: Progress) -> None:
        now = monotonic()
        if now - self._told >= _PAUSE:
            self._told = now
            self.progress.emit(progress)

    def _changed(self, changes: Changes) -> None:
        self.changed.emit(changes)


class Thread(QObject):
    """A worker in its thread, seen from the window's side; signals of the worker arrive here as slots do."""

    progress = Signal(object)
    changed = Signal(object)
    idle = Signal()
    _run = Signal(int, object)

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = Worker()
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        self._worker.moveToThread(self._thread)
        self._run.connect(self._worker.run)
        self._worker.done.connect(self._done)
        self._worker.failed.connect(self._failed)
        self._worker.progress.connect(self._told_progress)
        self._worker.changed.connect(self._told_changes)
        self._thread.start()
        self._next = 0
        self._waiting: dict[int, tuple[Callable[[Any], None] | None, Callable[[str, Exception], None] | None]] = {}

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    def send(
        self,
        job: Job,
        then: Callable[[Any], None] | None = None,
        failed: Callable[[str, Exception], None] | None = None,
    ) -> None:
        """Do `job` in the thread; `then` or `failed` is called in the window's thread."""
        self._next += 1
        self._waiting[self._next] = (then, failed)
        self._run.emit(self._next, job)

    def cancel(self) -> None:
        """Ask the job under way, and those sent already, to stop at the next point where they can."""
        self._worker.cancelled = self._next

    def close(self, finish: bool = False) -> None:
        """Ask it to stop, and wait for it. `finish`: not before everything that was sent is done."""
        if finish:
            self._run.emit(0, lambda hooks: QThread.currentThread().quit())  # jobs are done in the order they came
        else:
            self.cancel()
            self._thread.quit()
        self._thread.wait()
        self._waiting.clear()  # nobody hears what comes now

    @Slot(int, object)
    def _done(self, token: int, result: Any) -> None:
        then, _ = self._waiting.pop(token, _NOBODY)
        if then is not None and is_alive(then):
            then(result)
        if not self._waiting:
            self.idle.emit()

    @Slot(int, str, object)
    def _failed(self, token: int, words: str, error: Exception) -> None:
        _, failed = self._waiting.pop(token, _NOBODY)
        if failed is not None and is_alive(failed):
            failed(words, error)
        if not self._waiting:
            self.idle.emit()

    @Slot(object)
    def _told_progress(self, progress: Progress) -> None:
        self.progress.emit(progress)

    @Slot(object)
    def _told_changes(self, changes: Changes) -> None:
        self.changed.emit(changes)
