"""The lock of a profile: only one process or thread exchanges records with the server for it.

An operating-system lock, so it dies with its process. What its holder does stands in the store (store.runs.under_way);
every new holder writes its own there, so what a dead one left is never believed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from crmdesk.crm.errors import Cancelled
from crmdesk.sync.errors import Busy
from crmdesk.sync.report import Hooks, Progress
from crmdesk.texts import tr

WAIT = 30.0  # seconds that a run waits for another one over the same profile
_LOOK = 0.05  # seconds between two looks whether it is free, or whether it was stopped
_GLANCE = 0.02  # seconds: longer than another one's look takes


@contextmanager
def profile_lock(folder: Path, wait: float, hooks: Hooks | None = None) -> Iterator[None]:
    """Held while the block runs. Raises Busy after `wait` seconds, Cancelled when it was stopped meanwhile."""
    lock = _lock(folder)
    used = hooks or Hooks()
    until = time.monotonic() + wait
    while True:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if used.stopped():
                raise Cancelled(tr("It was stopped before it began. Everything is kept as it is.")) from None
            if time.monotonic() >= until:
                raise Busy(
                    tr(
                        "Another synchronisation of this profile is under way. Nothing was changed; it will be done "
                        "when that ends."
                    )
                ) from None
            used.progress(Progress(tr("Waiting: another crmdesk synchronises this profile")))
            time.sleep(_LOOK)
        else:
            break
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether somebody holds it now, in this process or another."""
    lock = _lock(folder)
    try:
        lock.acquire(timeout=_GLANCE, poll_interval=_GLANCE / 4)  # another one may be looking too
    except Timeout:
        return True
    lock.release()
    return False


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / "run.lock", thread_local=False, is_singleton=False)
