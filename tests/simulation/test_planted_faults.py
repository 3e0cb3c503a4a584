"""The engine broken on purpose, one way at a time: each time the histories notice, and by the law that is about it.

What these tests prove is the simulation: a law that nothing can break would hold for any engine. This is the one place
where our own code is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple
from unittest import mock

import pytest

from crmdesk.crm.client import Client, Create, Delete, Outcome, Update, Write
from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference, Value, new_id
from crmdesk.store import history, local_data, outbox, records, references
from crmdesk.store.history import Lost
from crmdesk.store.outbox import Entry
from crmdesk.store.records import Attempt, Stored
from crmdesk.store.store import Reader, Transaction
from crmdesk.sync import apply, merge, push
from crmdesk.sync.merge import Departure, Sending, Verdict
from crmdesk.sync.pull import Pull
from crmdesk.sync.push import Push
from crmdesk.sync.report import Tally
from tests.simulation.crowded import answer, keep_more_or_less, make, make_a_lookalike, remove, tell, write
from tests.simulation.events import network_fails, sync
from tests.simulation.story import Broken, Deed

MOST = 60  # histories in which a fault must be noticed; most are in the first three


class Planted(NamedTuple):
    """`law`: what Broken says of it, "" where any may. `more`: deeds that bring it out, and how likely each."""

    fault: Callable[[], AbstractContextManager[Any]]
    law: str
    more: Mapping[Deed, int] = {}
    first: int = 0
    """Seed of the first history that is told."""


# ---- the faults


def the_servers_row_replaces_the_edits() -> AbstractContextManager[Any]:
    def arrived(local: Stored | None, *heard: Any) -> Verdict:
        verdict = _arrived(local, *heard)
        if verdict.record is None or local is None or local.gone:
            return verdict
        return replace(verdict, record=replace(verdict.record, edits={}))

    return mock.patch.object(apply, "arrived", arrived)


def an_entry_is_dropped_when_its_answer_is_missing() -> AbstractContextManager[Any]:
    def end(self: Push, look: Any, flight: Any, following: Any, aside: Any) -> None:
        try:
            _end(self, look, flight, following, aside)
        except CrmError:
            with self.store.transaction(self.run) as tx:
                outbox.remove(tx, *(sent.record.reference for group in flight.prepared for sent in group))
            raise

    return mock.patch.object(Push, "_end", end)


def what_leaves_is_erased_before_everything_was_posted() -> AbstractContextManager[Any]:
    def everything(self: Pull) -> None:
        _pull_everything(self)
        with self.store.transaction(self.run) as tx:
            for reference, how in local_data.leaving(tx):
                if how == Departure.LEFT.value:
                    records.erase(tx, reference.entity, [reference.id])
                    outbox.remove(tx, reference)

    return mock.patch.object(Pull, "everything", everything)


def a_create_is_tried_again_under_a_new_id() -> AbstractContextManager[Any]:
    def write(self: Push, sent: Any, anyway: bool) -> Write:
        said = _write(self, sent, anyway)
        again = isinstance(said, Create) and len(sent.record.sent) > 1
        return replace(said, id=new_id()) if again else said

    return mock.patch.object(Push, "_write", write)


def our_own_echo_is_taken_for_somebody_elses_change() -> AbstractContextManager[Any]:
    def arrived(local: Stored | None, *heard: Any) -> Verdict:
        return _arrived(local and replace(local, sent=()), *heard)

    return mock.patch.object(apply, "arrived", arrived)


def what_was_sent_is_not_remembered() -> AbstractContextManager[Any]:
    return mock.patch.object(outbox, "_text", return_value=None)


def history_is_not_written() -> AbstractContextManager[Any]:
    def remember(tx: Transaction, losses: Iterable[Lost]) -> list[str]:
        return []

    return mock.patch.object(history, "remember", remember)


def whatever_is_on_the_server_is_overwritten() -> AbstractContextManager[Any]:
    def write(self: Push, sent: Any, anyway: bool) -> Write:
        said = _write(self, sent, anyway)
        match said:
            case Update():
                return replace(said, version="*")
            case Delete():
                return replace(said, version=None)
        return said

    return mock.patch.object(Push, "_write", write)


def leaving_a_group_deletes_on_the_server() -> AbstractContextManager[Any]:
    def let_go(tx: Transaction, entity: str, ids: Sequence[str], how: Departure, tally: Tally) -> None:
        if how is Departure.LEFT:
            here = records.stored_many(tx, entity, ids).values()
            gone = [replace(each, gone=True, in_group=False) for each in here if each.base is not None]
            records.write(tx, *gone)
            outbox.follow(tx, *gone)
        else:
            _let_go(tx, entity, ids, how, tally)

    return mock.patch.object(apply, "let_go", let_go)


def a_record_with_a_problem_is_sent_again_and_again() -> AbstractContextManager[Any]:
    def entries(reader: Reader) -> list[Entry]:
        return [replace(entry, held=False) for entry in _entries(reader)]

    return mock.patch.object(outbox, "entries", entries)


def answers_are_given_to_the_wrong_entries() -> AbstractContextManager[Any]:
    def write(self: Client, writes: Sequence[Write | tuple[Write, ...]]) -> list[Outcome]:
        return _client_write(self, writes)[::-1]

    return mock.patch.object(Client, "write", write)


def using_the_existing_record_leaves_references_behind() -> AbstractContextManager[Any]:
    def redirect(tx: Transaction, old: Reference, new: Reference | None) -> list[Reference]:
        return []

    return mock.patch.object(references, "redirect", redirect)


def an_answer_clears_what_was_edited_meanwhile() -> AbstractContextManager[Any]:
    def answered(local: Stored, attempt: Attempt, version: str, values: Mapping[str, Value]) -> Verdict:
        verdict = _answered(local, attempt, version, values)
        return replace(verdict, record=verdict.record and replace(verdict.record, edits={}))

    return mock.patch.object(push, "answered", answered)


def what_was_deleted_there_takes_the_edits_along() -> AbstractContextManager[Any]:
    def departed(local: Stored, how: Departure) -> Verdict:
        if how is Departure.DELETED and not local.gone and local.base is not None:
            return Verdict(replace(local, edits={}, sent=(), in_group=False), leaving=how)
        return _departed(local, how)

    return mock.patch.object(apply, "departed", departed)


def a_full_load_lets_nothing_go() -> AbstractContextManager[Any]:
    return mock.patch.object(Pull, "_let_go", return_value=None)


def deletions_of_others_are_not_heard() -> AbstractContextManager[Any]:
    return mock.patch.object(apply, "removed", return_value=None)


def the_bookmark_is_written_before_its_page() -> AbstractContextManager[Any]:
    def applied(self: Pull, feed: Any, page: Any, mark: Any, settle: Any = lambda tx, mark: mark) -> None:
        with self.store.transaction(self.run) as tx:
            local_data.save_bookmarks(tx, mark)
        _apply(self, feed, page, mark, settle)

    return mock.patch.object(Pull, "_apply", applied)


def their_value_wins_without_a_word() -> AbstractContextManager[Any]:
    def to_send(local: Stored, policy: Any, held_back: frozenset[str] = frozenset(), me: str | None = None) -> Sending:
        decided = _to_send(local, "theirs", held_back, me)
        return replace(decided, losses=())

    return mock.patch.object(push, "to_send", to_send)


_arrived, _departed, _answered, _to_send = merge.arrived, merge.departed, merge.answered, merge.to_send
_end, _write, _let_go = Push._end, Push._write, apply.let_go
_client_write, _entries, _pull_everything, _apply = Client.write, outbox.entries, Pull.everything, Pull._apply


# ---- what notices them

LOST = "is lost|wanted"
HERE = "which the server has not|is wrong"
PLANTED = (
    Planted(the_servers_row_replaces_the_edits, LOST),
    Planted(an_entry_is_dropped_when_its_answer_is_missing, "edits without an entry|never sent", first=3),
    Planted(what_leaves_is_erased_before_everything_was_posted, LOST, {keep_more_or_less: 40, write: 60}),
    Planted(a_create_is_tried_again_under_a_new_id, "which the server has not|twice", {make: 40, network_fails: 20}),
    Planted(our_own_echo_is_taken_for_somebody_elses_change, "took the own|wanted", first=2),
    Planted(what_was_sent_is_not_remembered, "took the own|wanted", first=2),
    Planted(history_is_not_written, "is lost|without having seen it"),
    Planted(whatever_is_on_the_server_is_overwritten, "without having seen it", first=2),
    Planted(leaving_a_group_deletes_on_the_server, "nobody deleted it", {keep_more_or_less: 20}),
    Planted(a_record_with_a_problem_is_sent_again_and_again, "of which is asked", first=2),
    Planted(answers_are_given_to_the_wrong_entries, "", first=4),
    Planted(using_the_existing_record_leaves_references_behind, "still point at", {make_a_lookalike: 20, answer: 20}),
    Planted(an_answer_clears_what_was_edited_meanwhile, LOST, {write: 200}, first=3),
    Planted(what_was_deleted_there_takes_the_edits_along, LOST, {remove: 15}, first=2),
    Planted(a_full_load_lets_nothing_go, HERE, {remove: 15, keep_more_or_less: 15}, first=2),
    Planted(deletions_of_others_are_not_heard, HERE),
    Planted(the_bookmark_is_written_before_its_page, f"{HERE}|, not ", {make: 20, sync: 60, network_fails: 15}, 15),
    Planted(their_value_wins_without_a_word, LOST, first=1),
)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.fault.__name__)
def test_it_is_noticed_that(planted: Planted) -> None:
    with planted.fault():
        seeds = range(planted.first, planted.first + MOST)
        assert any(_is_noticed(seed, planted) for seed in seeds), f"{MOST} histories, and no law is broken"


def _is_noticed(seed: int, planted: Planted) -> bool:
    try:
        tell(seed, planted.more)
    except Broken as broken:
        return re.search(planted.law, str(broken)) is not None
    return False


@pytest.mark.parametrize("seed", range(12))
def test_without_a_fault_every_law_holds(seed: int) -> None:
    tell(seed)
