"""Taking a measurement and telling it in one line: the middle and the best of several runs, or beside a limit."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def measure(words: str, work: Callable[[], object], times: int) -> float:
    """Run the work so often, print a line, and return the middle in milliseconds."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    middle = statistics.median(seconds) * 1000
    print(f"\n{words:<64} {middle:>10.1f} ms   best {min(seconds) * 1000:>9.1f} ms of {times}", end=" ")
    return middle


def tell(words: str, found: float, unit: str, limit: float, at_least: bool = False) -> None:
    """Print a measurement and fail when it is beyond its limit."""
    sign = "≥" if at_least else "≤"
    print(f"\n{words:<64} {found:>10.2f} {unit:<12} limit {sign} {limit:g}", end=" ")
    assert found >= limit if at_least else found <= limit, f"{words}: {found:.2f} {unit}, limit {sign} {limit:g}"
