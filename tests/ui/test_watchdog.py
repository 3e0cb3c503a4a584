"""The watchdog itself: it tells the window's own work from what others do, and names who worked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pytestqt.qtbot import QtBot

from tests.support.watchdog import Watchdog

LIMIT = 20.0  # ms


def work_long(has_to_go_on: Callable[[], bool] = lambda: False) -> None:
    begun = time.thread_time()
    while time.thread_time() - begun < 0.1 or has_to_go_on():
        pass


def turns_around(deed: Callable[[Watchdog], object], qtbot: QtBot) -> Watchdog:
    """Let the watchdog beat, do it, and let it beat again."""
    watchdog = Watchdog(LIMIT)
    qtbot.waitUntil(lambda: len(watchdog.turns) > 1)
    deed(watchdog)
    seen = len(watchdog.turns)
    qtbot.waitUntil(lambda: len(watchdog.turns) > seen + 1)
    watchdog.stop()
    return watchdog


def test_it_tells_how_long_the_thread_worked_and_at_what(qtbot: QtBot) -> None:
    def work(watchdog: Watchdog) -> None:
        work_long(lambda: not watchdog.has_seen_work)

    longest = turns_around(work, qtbot).longest
    assert longest.work >= 100
    assert longest.away >= longest.work - 1
    assert "work_long" in longest.stack


def test_work_of_others_is_not_the_window_s(qtbot: QtBot) -> None:
    def wait_for_another(watchdog: Watchdog) -> None:
        other = threading.Thread(target=work_long)
        other.start()
        other.join()

    watchdog = turns_around(wait_for_another, qtbot)
    assert watchdog.most_away >= 100
    assert watchdog.longest.work < 90
