"""How the profile stands, asked for whenever something happened, and told once for many questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.desk.exchange import Exchange
from crmdesk.desk.workers import Thread
from crmdesk.session.connection import Status
from crmdesk.session.session import Session

_AGAIN = 1000  # ms: another program ends its run without a word


class Standing(QObject):
    """Emits `told` (a Status) after ask(): `under_way` is there what another program synchronises, never what we do.

    `planned`: when the schedule updates next, where there is one.
    """

    told = Signal(object)

    def __init__(self, session: Session, exchange: Exchange, reader: Thread, parent: QObject) -> None:
        super().__init__(parent)
        self.planned: Callable[[], str | None] | None = None
        self._session, self._exchange, self._reader = session, exchange, reader
        self._asked = self._once_more = False
        self._again = QTimer(self, singleShot=True, interval=_AGAIN)
        self._again.timeout.connect(self.ask)

    def ask(self) -> None:
        """What is asked for while an answer is on its way is asked once more after it."""
        if self._asked:
            self._once_more = True
            return
        self._asked = True
        busy = self._exchange.is_busy
        self._reader.send(lambda hooks: self._session.status(), lambda status: self._came(status, busy), self._failed)

    def close(self) -> None:
        self._again.stop()

    def _came(self, status: Status, busy: bool) -> None:
        another = status.under_way is not None and not busy and not self._exchange.is_busy
        if another:
            self._again.start()
        planned = self.planned() if self.planned else status.next
        self.told.emit(replace(status, under_way=status.under_way if another else None, next=planned))
        self._settled()

    def _failed(self, words: str, error: Exception) -> None:
        """The profile could not be read; the next question may be answered."""
        self._settled()

    def _settled(self) -> None:
        again, self._asked, self._once_more = self._once_more, False, False
        if again:
            self.ask()
