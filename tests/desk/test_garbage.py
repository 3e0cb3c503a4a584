"""Qt objects in cycles are destroyed in the window's thread, whichever thread makes garbage."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from crmdesk.desk.garbage import GarbageCollector


class Cycle:
    """Holds itself; remembers in which thread it was destroyed."""

    destroyed_in: list[int] = []  # noqa: RUF012 - shared on purpose

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Cycle.destroyed_in.append(threading.get_ident())


@pytest.fixture
def collector(qapp: object) -> Iterator[GarbageCollector]:
    Cycle.destroyed_in.clear()
    made = GarbageCollector()
    yield made
    made.close()


def test_cycles_are_destroyed_in_the_window_s_thread(collector: GarbageCollector, qtbot: QtBot) -> None:
    Cycle()

    def make_garbage() -> None:
        for _ in range(20_000):
            [[] for _ in range(3)].append([])
            held: list[object] = []
            held.append(held)

    worker = threading.Thread(target=make_garbage)
    worker.start()
    worker.join()
    assert Cycle.destroyed_in == []
    qtbot.waitUntil(lambda: bool(Cycle.destroyed_in))
    assert Cycle.destroyed_in == [threading.get_ident()]


def test_it_is_left_to_python_again(collector: GarbageCollector) -> None:
    assert not gc.isenabled()
    collector.close()
    assert gc.isenabled()


def test_what_came_with_modules_is_not_looked_at_again(collector: GarbageCollector) -> None:
    gc.collect()
    looked_at = len(gc.get_objects())
    collector.set_aside()
    assert len(gc.get_objects()) < looked_at / 10


def test_an_idle_window_is_looked_at_ever_more_seldom(collector: GarbageCollector, qtbot: QtBot) -> None:
    begun = collector.pause
    qtbot.waitUntil(lambda: collector.pause > begun)
