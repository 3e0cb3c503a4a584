"""Conversations: which messages belong together, whatever order they arrive in.

A thread is named by the oldest message id that its messages refer to, so the same messages give the same thread on
every computer. Subjects play no part: two talks about one subject stay two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


def thread_of(message_id: str, references: Sequence[str], in_reply_to: str | None) -> str:
    """The thread that a message names by itself: the root of its references, else what it answers, else itself."""
    if references:
        return references[0]
    return in_reply_to or message_id


@dataclass(frozen=True)
class Links:
    """What a message says about its place."""

    message_id: str
    references: tuple[str, ...] = ()
    in_reply_to: str | None = None

    @property
    def ancestors(self) -> tuple[str, ...]:
        """Oldest first."""
        own = (self.in_reply_to,) if self.in_reply_to and self.in_reply_to not in self.references else ()
        return tuple(each for each in (*self.references, *own) if each != self.message_id)


@dataclass(frozen=True)
class Threading:
    """What a set of new messages comes to."""

    threads: dict[str, str]
    """Message id -> thread, for each new message."""
    mentioned: dict[str, str]
    """The same for the ids that they refer to. Who keeps these too finds the place of one that arrives late, or never,
    in the middle of a thread; the roots are found without."""
    merged: dict[str, str]
    """Threads that turned out to be part of another one, which is named: their messages move there."""


def assign(messages: Iterable[Links], known: Callable[[str], str | None]) -> Threading:
    """The threads of new messages, in any order.

    `known(id)` gives the thread of the stored message with that id, or of the stored messages that refer to it where
    that is remembered; else `id` itself when a thread has that name; else None.
    """
    places: dict[str, str] = {}
    merged: dict[str, str] = {}
    new: list[str] = []

    def thread_with(message_id: str) -> str | None:
        thread = places.get(message_id) or known(message_id)
        return None if thread is None else _final(thread, merged)

    for links in messages:
        found = [thread_with(each) for each in (*links.ancestors, links.message_id)]
        joined = list(dict.fromkeys(thread for thread in found if thread is not None))
        # The oldest known ancestor names the thread; where only answers are known, the root that the message names.
        above = next((thread for thread in found[:-1] if thread is not None), None)
        thread = above or _final(thread_of(links.message_id, links.ancestors, None), merged)
        merged.update({other: thread for other in joined if other != thread})
        places.update(dict.fromkeys((*links.ancestors, links.message_id, thread), thread))
        new.append(links.message_id)
    final = {key: _final(thread, merged) for key, thread in places.items()}
    threads = {key: final[key] for key in new}
    mentioned = {key: thread for key, thread in final.items() if key not in threads}
    return Threading(threads, mentioned, {old: _final(thread, merged) for old, thread in merged.items()})


def _final(thread: str, merged: dict[str, str]) -> str:
    while thread in merged:
        thread = merged[thread]
    return thread
