"""When things happen by themselves: the background update, the address book, looking for mail.

Single-shot timers that are set anew after every run; a computer that slept finds them due. Nothing runs in the
background before a first synchronisation was made by hand.
"""

from __future__ import annotations

import random

from PySide6.QtCore import QObject, QTimer, Slot

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes

_JITTER = 0.1  # of the interval, so that a whole office does not ask at the same second
_SOON = 5  # seconds after the window opened
_MOST_BACK_OFF = 8  # times the interval, when the server cannot be reached


class Schedule(QObject):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._failures = 0
        self._update = self._timer(self._update_due)
        self._addresses = self._timer(self._addresses_due)
        self._mail = self._timer(self._mail_due)
        desk.finished.connect(self._run_ended)
        desk.changed.connect(self._changed)

    def begin(self) -> None:
        """The window is open: the address book and mail are looked after soon, the update when it is due."""
        self._addresses.start(_SOON * 1000)
        self._mail.start(_SOON * 500)
        self._set_update()

    def _timer(self, due: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(due)
        return timer

    def _set_update(self) -> None:
        minutes = self._desk.session.minutes_between_updates()
        if minutes is None:
            self._update.stop()
            return
        wait = minutes * 60_000 * min(2**self._failures, _MOST_BACK_OFF)
        self._update.start(int(wait * (1 + random.uniform(0, _JITTER))))

    @Slot()
    def _update_due(self) -> None:
        self._failures += 1  # taken back when the run ends well
        self._desk.in_the_background()
        self._set_update()

    @Slot()
    def _addresses_due(self) -> None:
        if self._desk.session.may_ask():
            self._desk.sync_addresses()
        self._addresses.start(self._desk.session.settings.addressbook_hours * 3_600_000)

    @Slot()
    def _mail_due(self) -> None:
        self._desk.fetch_mail(quiet=True)
        self._mail.start(self._desk.session.settings.mail_minutes * 60_000)

    @Slot(object)
    def _run_ended(self, report: object) -> None:
        self._failures = 0
        self._set_update()

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if changes.options:
            self._set_update()
