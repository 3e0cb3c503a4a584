"""Noticing that the server can be reached again, so that what waits leaves within seconds.

The computer says when a network comes (Reachability). That is not everywhere so, and it does not tell of a server that
was down: so a small question is asked now and then, ever more seldom, for as long as the last try did not get through.
"""

from __future__ import annotations

import random

from PySide6.QtCore import QObject, QTimer, Slot

from crmdesk.desk.desk import Desk
from crmdesk.desk.exchange import LOOK
from crmdesk.desk.reachability import Reachability, SystemReachability
from crmdesk.session.connection import ConnectionState, Status

_FIRST = 5.0  # seconds
_LONGEST = 300.0
_JITTER = 0.1
_SETTLE = 500  # ms: a network that just came has no addresses yet
_SOON = 1000  # ms after the window opened


def pause_before(tries: int, jitter: float = 0.0) -> float:
    """Seconds before the next question, after so many in vain; `jitter` 0 to 1: this computer's part."""
    return min(_FIRST * 2.0 ** min(tries, 16), _LONGEST) * (1 + _JITTER * jitter)


class ReturnWatch(QObject):
    """Lives as long as the desk."""

    def __init__(self, desk: Desk, hurry: float = 1.0) -> None:
        """`hurry`: by what the pauses are divided; tests do not wait."""
        super().__init__(desk)
        self._desk = desk
        self._hurry = hurry
        self._jitter = random.random()
        self._tries = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._try)
        desk.status_changed.connect(self._status_came)
        desk.closing.connect(self._timer.stop)

    def begin(self) -> None:
        """The window is open: hear what the system says of its network."""
        QTimer.singleShot(_SOON, self, lambda: self.listen_to(SystemReachability(self)))

    def is_waiting(self) -> bool:
        """Whether a question is to come."""
        return self._timer.isActive()

    def listen_to(self, network: Reachability) -> None:
        network.changed.connect(self._network_changed)

    @Slot(object)
    def _status_came(self, status: Status) -> None:
        lost = status.state is ConnectionState.NO_CONNECTION
        in_vain = self._desk.exchange.push_failed and status.waiting > 0 and status.state is ConnectionState.ONLINE
        if not lost and not in_vain:
            self._tries = 0
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(int(pause_before(self._tries, self._jitter) * 1000 / self._hurry))

    @Slot(bool)
    def _network_changed(self, there: bool) -> None:
        """Either way the server itself is asked: only its answer says whether it can be reached."""
        if self._desk.session.may_ask():
            self._tries = 0
            self._timer.start(_SETTLE if there else 0)

    @Slot()
    def _try(self) -> None:
        self._tries += 1
        self._desk.exchange.want(LOOK)
