"""Synchronising made visible: the status line and the switch between online and offline follow the desk."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from crmdesk.desk.desk import Desk
from crmdesk.session.connection import ConnectionState, Status
from crmdesk.sync.report import Progress
from crmdesk.ui.connection_words import SWITCHING, cost_words, count_words, last_words, state_meaning, state_words
from crmdesk.ui.main_window import MainWindow
from crmdesk.ui.words import tr

_MINUTE = 60_000  # ms: "next in 5 min" grows old
_TROUBLES = {ConnectionState.NO_CONNECTION: "waiting", ConnectionState.SIGN_IN_NEEDED: "failed"}
"""What the person chose, Online, but can't be now: in the colour that the status line has then."""


class SyncStatus(QObject):
    """Joins a window's status line and switch to a desk. Lives as long as the window."""

    def __init__(self, window: MainWindow, desk: Desk) -> None:
        super().__init__(window)
        self._window, self._desk = window, desk
        self._status: Status | None = None
        self._minute = QTimer(self, interval=_MINUTE)
        self._minute.timeout.connect(self._show)
        self._minute.start()
        window.status.cancelled.connect(desk.cancel)
        window.status.resumed.connect(desk.sync_now)
        desk.status_changed.connect(self._came)
        desk.progress.connect(self._progress)
        desk.ask_for_status()

    def go_offline(self) -> None:
        """Both sides are brought together first, unless there is no connection: then it is just switched."""
        away = self._status is not None and self._status.state is ConnectionState.NO_CONNECTION
        self._desk.go_offline(now=away)
        if away:
            words = tr("You are offline. There was no connection, so nothing was synchronised before.")
            self._window.undo.show_done(words)

    @Slot(object)
    def _came(self, status: Status) -> None:
        self._status = status
        self._show()

    @Slot()
    def _show(self) -> None:
        status = self._status
        if status is None:
            return
        line, state = self._window.status, status.state
        line.show_state(*state_words(status), state_meaning(status))
        waits_offline = status.is_offline and status.waiting > 0
        resume = status.unfinished and state is ConnectionState.ONLINE and status.under_way is None
        line.show_last(last_words(status, self._desk.now), cost_words(status), waits_offline, resume)
        line.show_problems(status.problems)
        set_up = state is not ConnectionState.NOT_SET_UP
        sign_in = tr("Sign in again") if state is ConnectionState.SIGN_IN_NEEDED else ""
        line.offer_set_up(sign_in if set_up else tr("Connect to a CRM server"))
        self._window.commands["sync"].setEnabled(set_up)
        online = state not in (ConnectionState.OFFLINE, ConnectionState.GOING_OFFLINE)
        self._window.bar.show_connection(online if set_up else None, state in SWITCHING, _TROUBLES.get(state, ""))

    @Slot(object)
    def _progress(self, progress: Progress | None) -> None:
        if progress is None:
            self._window.status.show_progress(None)
            return
        first = self._status is not None and self._status.last is None
        self._window.status.show_progress(
            progress.words, count_words(progress), progress.done, progress.total, pause=first
        )
