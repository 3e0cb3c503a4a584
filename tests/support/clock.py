"""Time as an argument: a clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# A Wednesday in the middle of a month, far from a change of summer time.
NOON = datetime(2026, 6, 17, 12, 0, tzinfo=UTC)


class Clock:
    """Call it for the time (aware, UTC); `monotonic` for seconds that only grow. Both move by `advance` alone."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._seconds = 0.0

    def __call__(self) -> datetime:
        """The time of day that the program believes."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds

    def correct(self, seconds: float) -> None:
        """Set the time of day forward or back, as a person or a time server does; no time passes."""
        self._now += timedelta(seconds=seconds)
