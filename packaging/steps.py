"""What dev.py says while it works: one calm line per step, and one sentence when it cannot go on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Failed(Exception):
    """Cannot go on. Its words say what happened and what to do; `code` is the exit code."""

    def __init__(self, words: str, code: int = 1) -> None:
        super().__init__(words)
        self.code = code


def step(words: str) -> None:
    """Say what happens now. On stderr, because stdout belongs to the program that is being run."""
    print(f"· {words}", file=sys.stderr, flush=True)


def run_step(words: str, command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a command quietly under one line, and return what it printed.

    At a terminal the line counts the seconds. Raises CommandFailed with everything the command printed when its exit
    code is not 0.
    """
    begun = time.monotonic()
    at_terminal = sys.stderr.isatty()
    print(f"· {words} …", end="" if at_terminal else "\n", file=sys.stderr, flush=True)
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as child:
        printed = ""
        while True:
            try:
                printed, _ = child.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                if at_terminal:
                    seconds = round(time.monotonic() - begun)
                    print(f"\r· {words} … {seconds} s", end="", file=sys.stderr, flush=True)
            except BaseException:
                child.terminate()
                raise
    if at_terminal:
        print(file=sys.stderr)
    if child.returncode:
        raise CommandFailed(command, printed)
    return printed


class CommandFailed(Exception):
    """A step's command ended with an error; `printed` is everything it said."""

    def __init__(self, command: Sequence[str], printed: str) -> None:
        super().__init__(" ".join(command))
        self.printed = printed

    def last_lines(self, count: int = 15) -> str:
        """The end of what was printed, where the reason usually stands."""
        return "\n".join(self.printed.rstrip().splitlines()[-count:])
