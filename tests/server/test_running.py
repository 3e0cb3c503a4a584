"""The server as a program: its commands, its socket, its stop; several processes on one database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from crmdesk.server.database import NoDatabase, database_url, open_database

PROGRAM = [sys.executable, "-c", "from crmdesk.cli.server import server_group; server_group()"]


def command(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *words], input=stdin, capture_output=True, text=True, timeout=60)


@contextmanager
def running(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server on a free port, and its address."""
    with subprocess.Popen([*PROGRAM, "--listen", "127.0.0.1:0", *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("crmdesk server listens on http://127.0.0.1:")
            yield process, line.split()[-1]
        finally:
            process.kill()


def test_users_and_tokens_while_the_server_runs(tmp_path: Path) -> None:
    place = ["--database", str(tmp_path / "deep" / "crm.sqlite")]
    first = command("add-user", "anna", "--password-stdin", *place, stdin="secret\n")
    assert (first.returncode, first.stdout) == (0, "anna can sign in now.\n")
    with running("--sample", *place) as (process, url):
        assert command("add-user", "ben", "--admin", "--password-stdin", *place, stdin="other\n").returncode == 0
        token = command("token", "ben", *place)
        assert token.returncode == 0
        signed = httpx.post(f"{url}/api/sign-in", json={"user": "anna", "password": "secret"})
        assert signed.status_code == 200
        for secret in (signed.json()["token"], token.stdout.strip()):
            headers = {"Authorization": f"Bearer {secret}"}
            answer = httpx.get(f"{url}/api/data/v9.2/accounts?$top=1", headers=headers)
            assert answer.status_code == 200
            assert len(answer.headers.get_list("Date")) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["crm.sqlite"], "closed, its log put away"


@pytest.mark.parametrize(
    ("words", "stdin", "reason"),
    [
        (["token", "nobody"], "", "There is no user called 'nobody'."),
        (["add-user", "anna", "--password-stdin"], "abc\n", "at least 4 characters"),
        (["--listen", "192.0.2.1:80"], "", "cannot listen on 192.0.2.1:80"),
    ],
)
def test_refusals_are_one_sentence(tmp_path: Path, words: list[str], stdin: str, reason: str) -> None:
    done = command(*words, "--database", str(tmp_path / "crm.sqlite"), stdin=stdin)
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [["--listen", "nowhere"], ["add-user", "anna"], ["token"], ["--database", "x", "token", "a"]]
)
def test_wrong_usage(words: list[str]) -> None:
    assert command(*words).returncode == 2


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "postgresql://127.0.0.1:1/x", "::://"])
def test_what_is_no_database(url: str) -> None:
    with pytest.raises(NoDatabase) as caught:
        open_database(url)
    assert str(caught.value)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(NoDatabase):
        open_database(str(tmp_path))


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Jeff, " * 500)
    with pytest.raises(NoDatabase):
        open_database(str(file))
    assert file.read_text().startswith("Dear Jeff")


def test_passwords_of_databases_are_not_shown() -> None:
    with pytest.raises(NoDatabase) as caught:
        open_database("postgresql://me:hidden@127.0.0.1:1/x")
    assert "hidden" not in str(caught.value)
    assert database_url("postgresql://h/x").drivername == "postgresql+psycopg"


def test_a_write_that_was_confirmed_survives_a_kill(tmp_path: Path) -> None:
    place = ["--database", str(tmp_path / "crm.sqlite")]
    command("add-user", "anna", "--password-stdin", *place, stdin="secret\n")
    headers = {"Authorization": f"Bearer {command('token', 'anna', *place).stdout.strip()}"}
    with running(*place) as (process, url):
        made = httpx.post(f"{url}/api/data/v9.2/accounts", json={"name": "kept"}, headers=headers)
        assert made.status_code == 204
        os.kill(process.pid, signal.SIGKILL)
    with running(*place) as (_, url):
        rows = httpx.get(f"{url}/api/data/v9.2/accounts", headers=headers).json()["value"]
        assert [row["name"] for row in rows] == ["kept"]
