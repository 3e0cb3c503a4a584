"""Reading again and again in the background, as often as there is something new and never more than once at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from crmdesk.desk.desk import Desk
from crmdesk.store.store import Reader

Job = Callable[[Reader], Any]


class LatestRead(QObject):
    """Hands the answer of each read to `then`, in the window's thread.

    What is asked while a read is under way folds into one more read after it, of the job that was asked last.
    """

    def __init__(
        self,
        desk: Desk,
        then: Callable[[Any], None],
        parent: QObject,
        is_short: bool = False,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """`is_short`: it need not wait for lists that are being read. `failed`: a read broke, none follows it; why."""
        super().__init__(parent)
        self._read = desk.in_background if is_short else desk.read_list
        self._then = then
        self._failed = failed
        self._next: Job | None = None
        self.is_asking = False

    def ask(self, job: Job) -> None:
        """`job` runs in another thread."""
        if self.is_asking:
            self._next = job
            return
        self.is_asking = True
        self._read(job, self._answered, self._broke)

    def drop(self) -> None:
        """What was asked to follow is not wanted any more."""
        self._next = None

    def _answered(self, found: Any) -> None:
        self._go_on()
        self._then(found)

    def _broke(self, words: str) -> None:
        self._go_on()
        if self._failed is not None and not self.is_asking:
            self._failed(words)

    def _go_on(self) -> None:
        self.is_asking, job, self._next = False, self._next, None
        if job is not None:
            self.ask(job)
