"""What is kept of history, receipts and runs goes by days and by size, whatever the clock does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmdesk.model.record import new_id
from crmdesk.store import ageing, history, receipts, runs
from crmdesk.store.history import Lost
from crmdesk.store.receipts import Delivered
from crmdesk.store.records import Attempt, Stored
from crmdesk.store.store import Store

CONTACT = Stored("contact", "c0000000-0000-4000-8000-000000000001", base={"lastname": "Smith"}, version="1")
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Life:
    """A profile as it lives on: every day something is lost, sent and synchronised, and old things are forgotten."""

    def __init__(self, path: Path) -> None:
        self.now = FIRST
        self.store = Store(path, lambda: self.now)

    def run(self, word: str, days: int = 90) -> None:
        """One run that overwrites `word`, at its end."""
        key = new_id()
        with self.store.transaction(key) as tx:
            runs.begin(tx, key, "by hand")
            history.remember(tx, [Lost(CONTACT, "jobtitle", word, "another", "changed here")])
            receipts.write(tx, [Delivered(CONTACT, Attempt("update", {"jobtitle": word}), "2")])
            runs.end(tx, key, "complete", {})
        self.look(days)

    def look(self, days: int = 90) -> None:
        more = True
        while more:
            with self.store.transaction() as tx:
                more = ageing.forget_old(tx, days)

    def words(self) -> list[str]:
        """What history still has, oldest first."""
        with self.store.read() as reader:
            return [line.lost for line in reversed(history.lines(reader, limit=None))]

    def kept(self) -> tuple[int, int, int]:
        """Lines of history, receipts, runs."""
        with self.store.read() as reader:
            sent = len(receipts.of_record(reader, CONTACT.reference, limit=10**6))
            return len(history.lines(reader, limit=None)), sent, len(runs.newest(reader, 10**6))


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made = Life(tmp_path / "kept.db")
    yield made
    made.store.close()


# What the clock says on the days after the first (in days since it), and whether what was written first is there still.
CLOCKS = {
    "every day for 90 days": (range(1, 91), True),
    "every day for 93 days": (range(1, 94), False),
    "once a week for 90 days": (range(7, 91, 7), True),
    "once a week for 98 days": (range(7, 106, 7), False),
    "away for a year, which counts as a week": ([365], True),
    "set ten years ahead": ([3650], True),
    "set ten years back, and right again": ([-3650, 1], True),
    "set ten years ahead, and right again": ([3650, 1], True),
    "set ten years ahead, right again, then every day": ([3650, *range(1, 93)], False),
    "set ten years back, then every day from there": (range(-3650, -3557), False),
    "wrong every other day, for a month": ([day * (-1) ** day for day in range(13)], True),
}


@pytest.mark.parametrize(("days", "stays"), CLOCKS.values(), ids=CLOCKS)
def test_age_is_counted_whatever_the_clock_does(life: Life, days: range | list[int], stays: bool) -> None:
    life.run("first")
    for day in days:
        life.now = FIRST + timedelta(days=day)
        life.run(str(day))
    assert ("first" in life.words()) is stays
    assert life.words()[-1] == str(days[-1])
    lines, sent, past = life.kept()
    assert lines == sent == past


def test_fewer_days_are_in_force_at_once(life: Life) -> None:
    for day in range(20):
        life.now = FIRST + timedelta(days=day)
        life.run(str(day))
    life.look(days=5)
    assert life.words() == [str(day) for day in range(14, 20)]


def test_a_profile_left_alone_forgets_all_but_its_last_complete_run_and_begins_anew(life: Life) -> None:
    life.run("first")
    for day in range(1, 100):
        life.now = FIRST + timedelta(days=day)
        life.look()
    assert life.kept() == (0, 0, 1)
    life.run("new")
    for day in range(100, 180):
        life.now = FIRST + timedelta(days=day)
        life.look()
    assert life.words() == ["new"]


@pytest.mark.parametrize("table", ["history", "receipt", "run"])
def test_no_more_than_so_many_lines(life: Life, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setattr(ageing, "MOST_LINES", {**ageing.MOST_LINES, table: 10})
    for number in range(25):
        life.run(str(number))
    kept = dict(zip(("history", "receipt", "run"), life.kept(), strict=True))
    assert kept == {"history": 25, "receipt": 25, "run": 25, table: 10}
    if table == "history":
        assert life.words() == [str(number) for number in range(15, 25)]


def test_no_more_than_so_many_bytes_the_oldest_go_first(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ageing, "MOST_BYTES", 10_000)
    for number in range(30):
        life.run(f"{number} {'x' * 1000}")
    life.now += timedelta(days=1)
    life.look()
    assert [word.split()[0] for word in life.words()] == [str(number) for number in range(21, 30)]
    life.run("tomorrow")
    assert len(life.words()) == 10


def test_much_is_forgotten_in_small_transactions(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ageing, "AT_ONCE", 10)
    monkeypatch.setattr(ageing, "MOST_LINES", {**ageing.MOST_LINES, "history": 5})
    with life.store.transaction() as tx:
        history.remember(tx, [Lost(CONTACT, "jobtitle", n, None, "changed here") for n in range(48)])
    left = []
    for _ in range(6):
        with life.store.transaction() as tx:
            more = ageing.forget_old(tx, 90)
        left.append((len(life.words()), more))
    assert left == [(38, True), (28, True), (18, True), (8, True), (5, False), (5, False)]


def test_a_look_with_nothing_to_do_writes_nothing(life: Life) -> None:
    life.run("first")
    with life.store.transaction() as tx:
        before = tx.connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        assert not ageing.forget_old(tx, 90)
        assert tx.connection.exec_driver_sql("SELECT total_changes()").scalar_one() == before
