"""A monkey's life notices what must not be: faults are planted as its only deed, and break the life."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QTimer, qWarning

from crmdesk.actions import edit
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query
from crmdesk.store import records
from crmdesk.store.store import Transaction
from crmdesk.sync import apply
from crmdesk.sync.merge import Verdict, arrived
from crmdesk.ui.mail.engine import prepare_application
from tests.monkey import life, monkey
from tests.monkey.life import Broken, live
from tests.monkey.monkey import Monkey, network_goes

prepare_application()


def fails_everywhere(at: Monkey) -> None:
    """In a slot, a thread and a worker; and Qt says something."""
    timer = QTimer()
    timer.timeout.connect(lambda: int("a slot's"))
    timer.timeout.emit()
    thread = threading.Thread(target=lambda: int("a thread's"))
    thread.start()
    thread.join()
    done = threading.Event()

    def fails(tx: Transaction) -> Changes:
        done.set()
        raise ZeroDivisionError("a worker's")

    at.app.desk.do(fails)
    assert done.wait(30)
    qWarning("a warning of Qt")


def works_long(at: Monkey) -> None:
    until = time.thread_time() + 0.6
    while time.thread_time() < until:
        pass


def edits_what_a_colleague_edits_too(at: Monkey) -> None:
    network_goes(at)
    session = at.app.desk.session
    with session.store.read() as reader:
        accounts = records.find(reader, Query("account"), session.clock())
    for number, each in enumerate(accounts):
        session.do(partial(edit.change, reference=each.reference, values={"fax": f"our edit {number}."}))
    while not at.colleague(at.rng).startswith("account"):
        pass


def arrived_without_edits(local: Any, *heard: Any) -> Verdict:
    """As sync.merge has it, but what comes from the server replaces the person's edits."""
    verdict = _arrived(local, *heard)
    return replace(verdict, record=verdict.record and replace(verdict.record, edits={}))


_arrived = arrived


@pytest.mark.timeout(100)
@pytest.mark.qt_no_exception_capture
@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (fails_everywhere, ("a slot's", "a thread's", "a worker's", "a warning of Qt")),
        (works_long, ("ms at a time",)),
        (edits_what_a_colleague_edits_too, ("'our edit ", "was saved, and is neither on the server nor in history")),
    ],
)
def test_a_fault_is_noticed(
    qapp: object, deed: Callable[[Monkey], None], words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monkey, "DEEDS", {deed: 1})
    if deed is works_long:
        monkeypatch.setattr(life, "FREEZE", 500.0)
    if deed is edits_what_a_colleague_edits_too:
        monkeypatch.setattr(apply, "arrived", arrived_without_edits)
    with pytest.raises(Broken) as told:
        live(1, deeds=1)
    assert all(each in str(told.value) for each in words)
    assert any(f"--replay 1\nthe last deeds:\n  {deed.__name__}" in each for each in told.value.__notes__)
