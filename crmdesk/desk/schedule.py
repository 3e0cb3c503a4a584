"""When things happen by themselves: the background update, the address book, looking for mail.

What is due is decided by session.rhythm; this is its clock. Intervals go by a clock that nobody can set and that counts
the time asleep where there is one, and are looked at again every minute: a computer that slept finds them due. Nothing
runs in the background before a first synchronisation was made by hand.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, QTimer, Slot

from crmdesk.desk import exchange
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.session.connection import ConnectionState, Status
from crmdesk.session.rhythm import Rhythm, next_due

_SOON = 5  # seconds after the window opened
_LOOK = 60.0  # seconds at most between two looks at the clock
_LEAST = 0.2  # seconds: what is due at once waits for the window all the same


def elapsed() -> float:
    """Seconds that only grow, those asleep included where the system counts them."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Course:
    """How something that is done again and again goes; moments are on the clock `elapsed`.

    When it went well last is heard as a time of day, from the profile. How long ago that was is reckoned once, when it
    is first heard of: a clock that is set later changes nothing.
    """

    def __init__(self, jitter: float = 0.0) -> None:
        self._jitter = jitter
        self._failures = 0
        self._tried: float | None = None
        self._heard: tuple[str, float] | None = None  # the time of day, and the moment that it was

    def due(self, rhythm: Rhythm, now: float, day: datetime) -> float:
        """The moment when it is to be done next. `day`: the time of day now."""
        last = self._last(rhythm.last, now, day)
        moments = [each for each in (last, self._tried) if each is not None]
        newest = max(moments, default=None)
        return next_due(now, newest, rhythm.wish, rhythm.least, self._failures, self._jitter)

    def begun(self, now: float) -> None:
        self._tried = now

    def ended(self, well: bool) -> None:
        self._failures = 0 if well else self._failures + 1

    def forget_failures(self) -> None:
        """What stood in the way is gone: it is due as if it had not been tried."""
        self._failures, self._tried = 0, None

    def _last(self, last: str | None, now: float, day: datetime) -> float | None:
        if last is None:
            return None
        if self._heard is None or self._heard[0] != last:
            ago = (day - datetime.fromisoformat(last)).total_seconds()
            self._heard = last, now - max(ago, 0.0)
        return self._heard[1]


class Schedule(QObject):
    """Lives as long as the desk; nothing happens before begin()."""

    def __init__(self, desk: Desk, clock: Callable[[], float] = elapsed) -> None:
        super().__init__(desk)
        self._desk = desk
        self._clock = clock
        jitter = random.random()  # so that a whole office does not ask at the same second
        self._update, self._addresses = Course(jitter), Course(jitter)
        self._running: set[str] = set()
        self._book_is_fresh = False  # updated since the program started
        self._lost = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.look)
        self._mail = QTimer(self, singleShot=True)
        self._mail.timeout.connect(self._mail_due)
        desk.exchange.ran.connect(self._ran)
        desk.changed.connect(self._changed)
        desk.status_changed.connect(self._status_came)
        desk.closing.connect(self._stop)
        desk.standing.planned = self.next_update

    def begin(self) -> None:
        """The window is open: the address book and mail are looked after soon, the update when it is due."""
        self._timer.start(_SOON * 1000)
        self._mail.start(_SOON * 500)

    def next_update(self) -> str | None:
        """When the local data is updated next: UTC, 2026-11-23T08:00:00Z; None: nothing is planned."""
        rhythm = self._desk.session.plan().update
        if rhythm is None:
            return None
        now = self._clock()
        due = self._update.due(rhythm, now, self._desk.now)
        moment = self._desk.now + timedelta(seconds=max(due - now, 0.0))
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @Slot()
    def look(self) -> None:
        """Begin what is due, and set the clock for what is next."""
        plan, now = self._desk.session.plan(), self._clock()
        book = plan.addresses
        if book is not None and not self._book_is_fresh:
            book = replace(book, wish=0.0)
        waits = [_LOOK]
        courses = (
            (exchange.BACKGROUND, plan.update, self._update),
            (exchange.ADDRESSES, book, self._addresses),
        )
        for kind, rhythm, course in courses:
            if rhythm is None or kind in self._running:
                continue
            due = course.due(rhythm, now, self._desk.now)
            if due <= now:
                course.begun(now)
                self._running.add(kind)
                self._desk.exchange.want(kind)
            else:
                waits.append(due - now)
        self._timer.start(int(max(min(waits), _LEAST) * 1000))

    @Slot(str, bool)
    def _ran(self, kind: str, well: bool) -> None:
        self._running.discard(kind)
        if kind == exchange.BACKGROUND or (well and kind in exchange.UPDATES):
            self._update.ended(well)
        elif kind in (exchange.ADDRESSES, exchange.ADDRESSES_BY_HAND):
            self._addresses.ended(well)
            self._book_is_fresh = self._book_is_fresh or well
        self._look_soon()

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if changes.options:
            self._look_soon()

    @Slot(object)
    def _status_came(self, status: Status) -> None:
        """What could not be done without a connection is made up for as soon as there is one."""
        lost = status.state is ConnectionState.NO_CONNECTION
        if self._lost and status.state is ConnectionState.ONLINE:
            self._update.forget_failures()
            self._addresses.forget_failures()
            self._look_soon()
        self._lost = lost

    def _look_soon(self) -> None:
        if self._timer.isActive():
            self._timer.start(int(_LEAST * 1000))

    @Slot()
    def _mail_due(self) -> None:
        self._desk.fetch_mail(quiet=True)
        self._mail.start(self._desk.session.settings.mail_minutes * 60_000)

    @Slot()
    def _stop(self) -> None:
        self._timer.stop()
        self._mail.stop()
