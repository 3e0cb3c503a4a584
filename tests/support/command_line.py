"""The command line over one profile: in this process where a process does not matter, else in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import orjson

from crmdesk.cli.main import main
from tests.support.server_process import CRMDESK


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return orjson.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Commands over the profile in a folder, which need not exist yet."""

    profile: Path

    def say(self, *words: str, stdin: str | bytes = b"") -> Said:
        """Carry the command out in this process. Whatever it answers, it holds to what every command promises."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        out, err, typed = (io.BytesIO(), io.BytesIO(), io.BytesIO(given))
        streams = [io.TextIOWrapper(each, encoding="utf-8", write_through=True) for each in (out, err, typed)]
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]), mock.patch("sys.stdin", streams[2]):
            code = main(["--profile", str(self.profile), *words])
        return _checked(Said(code, out.getvalue().decode(), err.getvalue().decode()))

    def process(
        self,
        *words: str | bytes,
        stdin: str | bytes = b"",
        environment: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> Said:
        """The same as a program of its own."""
        done = subprocess.run(
            [*CRMDESK, "--profile", str(self.profile), *words],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=seconds,
            env={**os.environ, **(environment or {})},
        )
        return _checked(Said(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")))

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        """The program, under way."""
        command = [*CRMDESK, "--profile", str(self.profile), *words]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def answer(self, *words: str, stdin: str | bytes = b"") -> Any:
        """The document that a command gives with --json; it must be done (exit 0)."""
        said = self.say(*words, "--json", stdin=stdin)
        assert said.code == 0, said
        return said.document

    def refusal(self, *words: str, code: int = 1, stdin: str | bytes = b"") -> str:
        """The reason that stands on stderr; the command must fail with that exit code."""
        said = self.say(*words, "--json", stdin=stdin)
        assert said.code == code, said
        return said.err.strip()

    def new(self, kind: str, *fields: str, track: bool = False) -> str:
        """Make a record; its id."""
        return str(self.answer("new", kind, *fields, *(["--track"] if track else []))["id"])

    def get(self, kind: str, key: str, live: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = self.answer("get", kind, key, *(["--live"] if live else []))
        return found

    def state(self) -> str:
        return str(self.answer("status")["state"])


def _checked(said: Said) -> Said:
    assert "Traceback" not in said.err, said.err
    if said.code:
        assert said.out == "", said
        assert said.err.strip(), said
    return said
