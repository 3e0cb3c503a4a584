"""Ctrl+C while the server is asked: the run ends at its next safe place, like one that the window stops."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from crmdesk.sync.report import Hooks

if TYPE_CHECKING:
    from crmdesk.session.session import Session


@contextmanager
def stoppable(session: Session) -> Iterator[Hooks]:
    """Hooks for a run; Ctrl+C stops it, and then this raises click.Abort. A second one ends the program at once.

    KeyboardInterrupt can come between any two instructions, also where something has just been taken and nobody is
    there yet who would give it back; a run that is asked to stop ends where it knows how it stands.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield Hooks()  # signals are the main thread's
        return
    before = signal.getsignal(signal.SIGINT)

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)
        session.link.interrupt()

    if before is not None and before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, asked)
    try:
        yield Hooks(stopped=stop.is_set)
    except Exception:
        if stop.is_set():
            raise click.Abort from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if stop.is_set():
        raise click.Abort
