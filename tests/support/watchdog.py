"""Shows how long the window's thread was away from its events, and what it was doing meanwhile."""

from __future__ import annotations

import faulthandler
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryFile

from PySide6.QtCore import QObject, Qt, QTimer

_BEAT = 5  # ms
_FRAMES = 14  # of a stack, the innermost
_LOOK = 0.004  # seconds between two looks at what the thread does


@dataclass
class Turn:
    """The time between two beats. `work`: ms of the thread's own processor time; `away`: ms by the clock.

    Where `away` alone is large, others had the processor, or a worker the interpreter. `stack`: what the thread did
    when its work was seen to be beyond the watchdog's limit; empty when it never was.
    """

    began: float  # on the clock perf_counter
    begun_at: float  # of the thread's processor time
    work: float = 0.0
    away: float = 0.0
    stack: str = ""


class Watchdog(QObject):
    """Beats in the thread that makes it, from then on until stop(); a thread of its own looks what is done between.

    `meanwhile` is done at each beat: scrolling a list shows waits that an idle window would not have.
    """

    def __init__(self, limit: float, meanwhile: Callable[[], object] = lambda: None) -> None:
        """`limit`: ms of work after which a turn's stack is taken."""
        super().__init__()
        self.turns: list[Turn] = []
        self._limit = limit / 1000
        self._meanwhile = meanwhile
        self._thread = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._turn = self._begun()
        self._stopped = threading.Event()
        self._timer = QTimer(self, interval=_BEAT, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()

    def stop(self) -> None:
        """Count the turn under way too, and beat no more."""
        if not self._stopped.is_set():
            self._timer.stop()
            self._end_turn()
            self._stopped.set()
            self._looking.join()

    @property
    def longest(self) -> Turn:
        """The turn with the most work."""
        return max(self.turns, key=lambda turn: turn.work)

    @property
    def most_away(self) -> float:
        """ms by the clock."""
        return max(turn.away for turn in self.turns)

    @property
    def has_seen_work(self) -> bool:
        """Whether the turn under way is known to be beyond the limit."""
        return bool(self._turn.stack)

    def _beat(self) -> None:
        self._end_turn()
        self._turn = self._begun()
        self._meanwhile()

    def _begun(self) -> Turn:
        return Turn(time.perf_counter(), time.clock_gettime(self._clock))

    def _end_turn(self) -> None:
        turn = self._turn
        turn.work = (time.clock_gettime(self._clock) - turn.begun_at) * 1000
        turn.away = (time.perf_counter() - turn.began) * 1000
        self.turns.append(turn)

    def _look(self) -> None:
        while not self._stopped.wait(_LOOK):
            turn = self._turn
            if not turn.stack and time.clock_gettime(self._clock) - turn.begun_at > self._limit:
                turn.stack = _stack_of(self._thread)


def _stack_of(thread: int) -> str:
    """What a thread does now, the innermost call first.

    Its frames themselves (sys._current_frames) are not for another thread: what they held could then be destroyed
    there, and a widget's end in the wrong thread waits for the window's, which waits for Python.
    """
    with TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        told = file.read()
    part = told.partition(f"0x{thread:016x} ")[2].partition("\n\n")[0]
    return "\n".join(part.splitlines()[1 : _FRAMES + 1]) or told
