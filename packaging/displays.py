"""Screens that exist in memory only, so that tests meet a real window without a monitor."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import environment
from steps import Failed

SECONDS_TO_START = 20


@contextmanager
def screens(count: int) -> Iterator[list[str]]:
    """So many screens with a window manager each, by their DISPLAY names; none where Xvfb does not exist (macOS)."""
    if shutil.which("Xvfb") is None:
        yield []
        return
    with ExitStack() as stack:
        yield [stack.enter_context(screen()) for _ in range(count)]


@contextmanager
def screen() -> Iterator[str]:
    """One screen; Xvfb itself picks a free number and writes it down when it is ready."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-dpi", "96"]
    with os.fdopen(reading, encoding="ascii") as number, started([*command, "-nolisten", "tcp"], keep_open=writing):
        os.close(writing)
        ready, _, _ = select.select([number], [], [], SECONDS_TO_START)
        name = number.readline().strip() if ready else ""
        if not name:
            raise Failed(f"Xvfb did not start within {SECONDS_TO_START} s. Try it by hand: Xvfb :99")
        with started(["openbox"], DISPLAY=f":{name}"):
            yield f":{name}"


@contextmanager
def started(command: list[str], keep_open: int | None = None, **variables: str) -> Iterator[None]:
    """A program that runs meanwhile and is ended afterwards; in a session of its own, so Ctrl+C reaches it last."""
    child = subprocess.Popen(
        command,
        env=environment.variables() | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=() if keep_open is None else (keep_open,),
    )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
