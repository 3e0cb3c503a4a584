"""The real programs, forked from a process that has imported them already, each with a pulse that tells how far it is.

A pulse is a byte for every statement that a program gives to its database, and for every end of a transaction: whoever
reads the pipe can kill the program at the n-th of them, in the middle of whatever it does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess

from sqlalchemy import Engine, event

from crmdesk.cli.main import main
from crmdesk.secrets import VARIABLE
from crmdesk.server import run

_READY = b"!"


def _beat(pulse: Connection) -> None:
    number = pulse.fileno()
    os.set_blocking(number, False)

    def beat(*about: object) -> None:
        with contextlib.suppress(OSError):  # whoever listened is gone, or has heard enough
            os.write(number, b".")

    for name in ("before_cursor_execute", "commit", "rollback"):
        event.listen(Engine, name, beat)


def _client(pulse: Connection, secrets: str, words: tuple[str, ...]) -> None:
    os.environ[VARIABLE] = secrets
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(quiet, number)
    _beat(pulse)
    os._exit(main(list(words)))


def _server(pulse: Connection, database: str, port: int) -> None:
    _beat(pulse)

    def say_so(url: str) -> None:
        os.write(pulse.fileno(), _READY)

    run.serve(database, port=port, on_ready=say_so)
    os._exit(0)


@dataclass
class Program:
    """A program under way."""

    process: BaseProcess
    pulse: Connection
    beats: int = 0

    def beat(self, number: int) -> bool:
        """Wait for the n-th beat since its start; False when the program ended before."""
        while self.beats < number:
            heard = os.read(self.pulse.fileno(), number - self.beats)
            if not heard:
                return False
            self.beats += heard.count(b".")
        return True

    def beats_so_far(self) -> int:
        """How many beats there were until now."""
        while self.pulse.poll(0):
            heard = os.read(self.pulse.fileno(), 65536)
            if not heard:
                break
            self.beats += heard.count(b".")
        return self.beats

    def has_ended(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        self.beats_so_far()
        self.process.join(seconds)
        return self.process.exitcode is not None

    def is_ready(self) -> None:
        """Wait until the server takes connections."""
        while True:
            heard = os.read(self.pulse.fileno(), 65536)
            assert heard, "the server ended before it was ready"
            if _READY in heard:
                self.beats = heard.rpartition(_READY)[2].count(b".")
                return

    def kill(self) -> bool:
        """End it now, without a warning; False when it had ended by itself."""
        if self.pulse.closed:
            return False
        self.process.kill()
        return self.end() < 0

    def end(self) -> int:
        """Wait for its end; the exit code."""
        while heard := os.read(self.pulse.fileno(), 65536):
            self.beats += heard.count(b".")
        self.process.join()
        self.pulse.close()
        assert self.process.exitcode is not None
        return self.process.exitcode


class Nursery:
    """Begins programs within milliseconds."""

    def __init__(self) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        # pytest's own script is imported in every child, where it would take longest
        self._context.set_forkserver_preload(["pytest", __name__])

    def client(self, secrets: str, *words: str) -> Program:
        """`crmdesk WORDS`."""
        return self._begin(_client, secrets, words)

    def server(self, database: str, port: int) -> Program:
        """The bundled server, once it takes connections."""
        made = self._begin(_server, database, port)
        made.is_ready()
        return made

    def _begin(self, work: Callable[..., None], *about: object) -> Program:
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=work, args=(theirs, *about), daemon=True)
        process.start()
        theirs.close()
        return Program(process, ours)
