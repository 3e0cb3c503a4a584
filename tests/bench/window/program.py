"""The product's window over a profile, as a program that tells how it began and what it needs.

`python -m tests.bench.window.program PROFILE SECONDS` opens it, waits until it can be used, is left alone for so long,
and prints as JSON: `usable` (when it could be used, on the system's monotonic clock), `worked` (seconds of processor
until then), `memory` (MB, proportional), `wakes` (a second, of all threads) and `busy` (per cent of one processor)
while it was left alone.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

gc.disable()  # as the command line does

from crmdesk import app  # noqa: E402
from crmdesk.app import App  # noqa: E402
from crmdesk.session.session import Session  # noqa: E402

_SETTLING = 12.0  # seconds in which what begins by itself soon after the start has been done


def wait(seconds: float) -> None:
    """Let the window's events happen, without a timer that would wake it up."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def opened(session: Session) -> App:
    """As crmdesk.app.run does it, until the list is painted."""
    made = app.build(session)
    made.window.show()
    made.begin()
    application = app.application()
    while not made.window.pane.isVisible() or made.window.pane.visibleRegion().isEmpty():
        application.processEvents()
    application.processEvents()
    return made


def memory() -> float:
    """MB that would be free without this process: what it shares counts in parts."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    (line,) = (each for each in lines if each.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def wakes() -> int:
    """How often a thread of this process waited for something and went on."""
    found = 0
    for status in Path("/proc/self/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                found += int(line.split()[1])
    return found


def main(profile: str, seconds: str) -> None:
    app.application()
    session = Session(Path(profile))
    made = opened(session)
    told: dict[str, float] = {"usable": time.monotonic(), "worked": time.process_time()}
    if float(seconds):
        wait(_SETTLING)
        told["memory"] = memory()
        before, worked, began = wakes(), time.process_time(), time.monotonic()
        wait(float(seconds))
        spent = time.monotonic() - began
        told["wakes"] = (wakes() - before) / spent
        told["busy"] = (time.process_time() - worked) / spent * 100
    made.close()
    session.close()

    import orjson  # not the window's: it must not count in the start

    print(orjson.dumps(told).decode())


if __name__ == "__main__":
    main(*sys.argv[1:3])
