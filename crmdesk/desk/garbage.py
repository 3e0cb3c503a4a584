"""Collecting cyclic garbage in the window's thread alone, a little at a time.

Python's collector runs in whatever thread allocates. In a worker it would destroy widgets there that are part of a
cycle, and Qt objects may only be destroyed in their own thread. A full collection looks at every object there is: the
hundred thousand that came with the modules take longer than the window may be away, so they are set aside.
"""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QObject, QTimer

_SOON = 1000  # ms
_SELDOM = 16_000  # ms: while nothing happens nothing is thrown away


class GarbageCollector(QObject):
    """From its making to its close(), cycles are collected by a timer of the thread that made it.

    Looks that find nothing to do become ever more seldom, so that an idle window hardly wakes up.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._modules: int | None = None  # that were there when objects were set aside
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._timer.start(_SOON)

    def close(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        if self._modules is not None:
            gc.unfreeze()
        gc.enable()

    def set_aside(self) -> None:
        """What there is now is not looked at again: nearly all of it came with modules, and stays anyway.

        The same is done from now on when more modules have come.
        """
        gc.freeze()
        self._modules = len(sys.modules)

    @property
    def pause(self) -> int:
        """ms between two looks, now."""
        return self._timer.interval()

    def _look(self) -> None:
        self._timer.start(_SOON if self._collect() else min(self.pause * 2, _SELDOM))

    def _collect(self) -> bool:
        """The oldest generation whose threshold is passed, as Python itself decides; False when none is."""
        for generation in (2, 1, 0):
            threshold = gc.get_threshold()[generation]
            if threshold and gc.get_count()[generation] > threshold:
                gc.collect(generation)
                if generation == 2 and self._modules is not None and len(sys.modules) > self._modules:
                    self.set_aside()
                return True
        return False
