"""Synchronising, beside the least that it can cost, over loopback to a server in a process of its own.

Each line says what was measured and what the limit is; a ratio is to a bound that was measured in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, update

from crmdesk.actions import edit
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.server.database import open_database
from crmdesk.server.tables import RECORDS
from crmdesk.session.session import Session
from crmdesk.store.store import Transaction
from tests.bench.sync.place import contact_id, server_with
from tests.bench.sync.profile import open_profile
from tests.support.measure import tell
from tests.support.server_process import ServerProcess

CONTACTS = 100_000
EDITS = 10_000
PAGE = 1000  # rows, as the product asks for
USER = "ann"


def run_program(name: str, *words: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", name, *words], capture_output=True, check=True)
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with server_with(tmp_path_factory.mktemp("server"), CONTACTS) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the profile that the first bench fills."""
    return tmp_path_factory.mktemp("profile") / "ann"


@pytest.fixture
def session(server: ServerProcess, folder: Path) -> Iterator[Session]:
    """That profile, up to date."""
    opened = open_profile(folder, server.url, server.token(USER))
    opened.sync()
    yield opened
    opened.close()


def bench_first_pull(server: ServerProcess, folder: Path, tmp_path: Path) -> None:
    def bound(number: int) -> float:
        found = run_program(
            "tests.bench.sync.bound", server.url, server.token(USER), str(tmp_path / f"{number}.db"), str(PAGE)
        )
        assert found["rows"] == CONTACTS
        return float(found["seconds"])

    before = bound(1)
    pulled = run_program("tests.bench.sync.profile", server.url, server.token(USER), str(folder))
    least = (before + bound(2)) / 2
    assert pulled["rows"] == CONTACTS
    print(f"\nfirst pull of {CONTACTS:,} contacts: {pulled['seconds']:.2f} s, the bound {least:.2f} s", end=" ")
    tell("  most memory resident", pulled["peak"], "MB", 150)
    tell("  in times of the bound", pulled["seconds"] / least, "times", 2.8)


def bench_nothing_changed(session: Session) -> None:
    runs = 20
    before, began = session.link.client().traffic.requests, time.thread_time()
    for _ in range(runs):
        session.sync()
    spent = (time.thread_time() - began) / runs
    tell("a run that finds nothing: requests", (session.link.client().traffic.requests - before) / runs, "requests", 1)
    tell("a run that finds nothing: CPU of the client", spent * 1000, "ms", 15)


def bench_going_offline(session: Session) -> None:
    began = time.perf_counter()
    session.go_offline()
    spent = time.perf_counter() - began
    session.go_online()
    tell("going offline when up to date", spent, "s", 1)


def bench_push(tmp_path: Path) -> None:
    def change(first: int) -> Callable[[Transaction], Changes]:
        def some(tx: Transaction) -> Changes:
            changes = Changes()
            for number in range(first, first + 500):
                told = edit.change(tx, Reference("contact", contact_id(number)), {"jobtitle": f"Head of {number}"})
                changes = changes | told
            return changes

        return some

    with server_with(tmp_path, EDITS) as server:
        session = open_profile(tmp_path / "ann", server.url, server.token(USER))
        session.go_offline()
        for first in range(0, EDITS, 500):
            session.do(change(first))
        began, worked = time.perf_counter(), time.thread_time()
        report = session.go_online()
        spent, worked = time.perf_counter() - began, time.thread_time() - worked
        session.close()
    print(f"\nthe client's own work at it: {worked / EDITS * 1000:.2f} ms a record", end=" ")
    assert report.pushed == EDITS
    tell(f"push of {EDITS:,} offline edits", EDITS / spent, "records/s", 1000, at_least=True)


# ---- what changed, in a small and in a large table


def bench_one_percent_changed(server: ServerProcess, session: Session, tmp_path: Path) -> None:
    """The same number of changes in a table and in one of twice the size."""
    half = CONTACTS // 2
    some = half // 100
    with server_with(tmp_path, half) as smaller:
        other = open_profile(tmp_path / "ann", smaller.url, smaller.token(USER))
        other.sync()
        costs = [(_cost_of_changes(smaller, other, some), _cost_of_changes(server, session, some)) for _ in range(5)]
        other.close()
    small, large = (min(column) for column in zip(*costs, strict=True))
    print(f"\n{some} of {half:,} records changed: {small * 1000:.0f} ms of CPU", end=" ")
    tell("  in a table of twice the size", large / small, "times", 1.2)


def _cost_of_changes(server: ServerProcess, session: Session, some: int) -> float:
    database = open_database(str(server.database))
    contacts = RECORDS["contact"]
    with database.writing() as transaction:
        (most,) = transaction.connection.execute(select(func.max(contacts.c.versionnumber))).one()
        assert transaction.version >= most
        for number in range(some):
            key = contacts.c.contactid == contact_id(number * 37)
            values = {"jobtitle": f"{number} {transaction.version}", "versionnumber": transaction.next_version()}
            transaction.connection.execute(update(contacts).where(key).values(**values))
    database.close()
    began = time.thread_time()
    report = session.sync()
    spent = time.thread_time() - began
    assert report.pulled == some
    return spent
