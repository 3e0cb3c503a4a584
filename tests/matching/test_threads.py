"""Conversations come out the same in whatever order their messages arrive."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.matching.threads import Links, Threading, assign, thread_of


def nothing(_: str) -> str | None:
    return None


class Stored:
    """Messages and their threads, kept as a store does; `remembers` the ids that messages refer to, or does not."""

    def __init__(self, *, remembers: bool = False) -> None:
        self.threads: dict[str, str] = {}
        self.mentioned: dict[str, str] = {}
        self.remembers = remembers

    def known(self, message_id: str) -> str | None:
        if message_id in self.threads:
            return self.threads[message_id]
        if message_id in self.mentioned:
            return self.mentioned[message_id]
        return message_id if message_id in self.threads.values() else None

    def take(self, *messages: Links) -> Threading:
        result = assign(messages, self.known)
        self.threads.update(result.threads)
        if self.remembers:
            self.mentioned.update(result.mentioned)
        for kept in (self.threads, self.mentioned):
            kept.update({key: result.merged.get(thread, thread) for key, thread in kept.items()})
        return result

    def groups(self) -> set[frozenset[str]]:
        return {
            frozenset(key for key, thread in self.threads.items() if thread == name) for name in self.threads.values()
        }


A = Links("a")
B = Links("b", ("a",), "a")
C = Links("c", ("a", "b"), "b")
C_SHORT = Links("c", (), "b")  # a program that sends In-Reply-To alone
D = Links("d", (), "c")
OTHER = Links("z")


@pytest.mark.parametrize(
    ("message_id", "references", "in_reply_to", "thread"),
    [("a", (), None, "a"), ("b", ("a",), "a", "a"), ("c", ("a", "b"), "b", "a"), ("c", (), "b", "b")],
)
def test_thread_of(message_id: str, references: tuple[str, ...], in_reply_to: str | None, thread: str) -> None:
    assert thread_of(message_id, references, in_reply_to) == thread


def test_a_whole_conversation_at_once() -> None:
    result = assign((A, B, C, OTHER), nothing)
    assert result == Threading({"a": "a", "b": "a", "c": "a", "z": "z"}, {}, {})


@pytest.mark.parametrize("order", list(itertools.permutations((A, B, C_SHORT, D, OTHER))))
def test_the_order_of_arrival_does_not_matter(order: tuple[Links, ...]) -> None:
    one_by_one, at_once = Stored(), Stored()
    for each in order:
        one_by_one.take(each)
    at_once.take(*order)
    assert one_by_one.groups() == at_once.groups() == {frozenset("abcd"), frozenset("z")}
    assert one_by_one.threads["d"] == at_once.threads["d"] == "a"


def test_a_missing_root_holds_its_answers_together() -> None:
    stored = Stored()
    stored.take(Links("b", ("lost",), "lost"))
    stored.take(Links("c", ("lost", "b"), "b"))
    assert stored.groups() == {frozenset("bc")}


def test_a_message_that_joins_two_threads_merges_them() -> None:
    stored = Stored()
    stored.take(Links("a"), Links("x"))
    result = stored.take(Links("j", ("a", "x"), "x"))
    assert result.merged == {"x": "a"}
    assert stored.groups() == {frozenset("axj")}


def test_one_that_arrives_late_in_the_middle_finds_its_place_when_mentions_are_kept() -> None:
    stored = Stored(remembers=True)
    stored.take(Links("c", ("lost", "b"), "b"))
    stored.take(Links("b"))
    assert stored.groups() == {frozenset("bc")}


def test_a_message_that_answers_itself() -> None:
    assert assign((Links("a", ("a",), "a"),), nothing).threads == {"a": "a"}


_IDS = st.sampled_from("abcdef")


_LINKS = st.builds(Links, _IDS, st.lists(_IDS, max_size=3).map(tuple), st.none() | _IDS)


@given(st.lists(st.lists(_LINKS, max_size=3), max_size=6), st.booleans())
def test_any_links_end_and_keep_answers_with_their_parents(batches: list[list[Links]], remembers: bool) -> None:
    stored = Stored(remembers=remembers)
    taken: dict[str, Links] = {}
    for batch in batches:
        new = list({each.message_id: each for each in batch if each.message_id not in taken}.values())
        stored.take(*new)
        taken.update({each.message_id: each for each in new})
    assert stored.threads.keys() == taken.keys()
    if remembers:
        for each in taken.values():
            for ancestor in each.ancestors:
                assert stored.known(ancestor) == stored.threads[each.message_id]
