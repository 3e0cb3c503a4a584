"""What customers and a salesperson write to each other: conversations in several languages, to be filled in.

They stand in conversations.txt. A conversation begins with `# language | subject`; `@them`, `@me` and `@colleague` say
who writes, followed by the names of files that go along. {first} and {name} are the customer's, {company} theirs;
{goods}, {code}, {count}, {amount}, {order} and {day} are dealt out for each use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Turn:
    """One message of a conversation; its author is "them" (the customer), "me" or "colleague"."""

    author: str
    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversation:
    language: str
    subject: str
    turns: tuple[Turn, ...]


def read_conversations(text: str) -> Iterator[Conversation]:
    """The conversations in a text of the form that this module's docstring tells."""
    for block in f"\n{text}".split("\n# ")[1:]:
        head, _, rest = block.partition("\n")
        language, _, subject = head.partition(" | ")
        turns = []
        for turn in rest.split("\n@")[0 if rest.startswith("@") else 1 :]:
            who, _, words = turn.removeprefix("@").partition("\n")
            author, *attached = who.split()
            turns.append(Turn(author, words.strip("\n"), tuple(attached)))
        yield Conversation(language, subject, tuple(turns))


@cache
def conversations() -> tuple[Conversation, ...]:
    """Everything in conversations.txt."""
    return tuple(read_conversations(files("crmdesk.demo").joinpath("conversations.txt").read_text(encoding="utf-8")))
