"""The states of a profile, and what each allows.

    state            means                                            saving        synchronising   live look
    not set up       no server was named yet                          here          refused         refused
    online           changes are pushed at once                       here + push   yes             yes
    no connection    online, but the last try did not get through     here, waits   is tried        is tried
    sign-in needed   online, but the server does not know us          here, waits   is tried        is tried
    going offline    pull, push, erase, then offline                  here          is under way    yes
    offline          everything happens on the local data             here, waits   refused         refused
    going online     the server was reached; push, pull, erase        here          is under way    yes

A passage that fails or is stopped leaves the state from which it began (going online: online once the server was
reached). A passage whose process died is over: the lock of its run died with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from crmdesk.store.store import Reader, Transaction, get_meta, set_meta


class ConnectionState(Enum):
    NOT_SET_UP = "not set up"
    ONLINE = "online"
    OFFLINE = "offline"
    GOING_OFFLINE = "going offline"
    GOING_ONLINE = "going online"
    NO_CONNECTION = "no connection"
    SIGN_IN_NEEDED = "sign-in needed"


@dataclass(frozen=True)
class Status:
    """`last`, `next`: UTC, 2026-11-23T08:00:00Z; `next` None: nothing is planned."""

    state: ConnectionState
    waiting: int
    problems: int
    last: str | None
    next: str | None
    server: str | None = None
    user: str | None = None

    @property
    def is_offline(self) -> bool:
        return self.state is ConnectionState.OFFLINE


def state_of(reader: Reader, run_under_way: bool) -> ConnectionState:
    """Derived from what the store says; a passage counts only while a run really is under way."""
    c = reader.connection
    if get_meta(c, "server") is None:
        return ConnectionState.NOT_SET_UP
    passage = get_meta(c, "passage")
    if passage and run_under_way:
        return ConnectionState(passage)
    if get_meta(c, "mode") == "offline":
        return ConnectionState.OFFLINE
    return trouble_of(reader) or ConnectionState.ONLINE


def trouble_of(reader: Reader) -> ConnectionState | None:
    """What stood in the way of the last try; None: it got through."""
    trouble = get_meta(reader.connection, "trouble")
    return ConnectionState(trouble) if trouble else None


def set_mode(tx: Transaction, mode: str) -> None:
    """online or offline; a passage is over with it."""
    set_meta(tx, "mode", mode)
    set_meta(tx, "passage", "")
    set_meta(tx, "trouble", "")


def begin_passage(tx: Transaction, state: ConnectionState) -> None:
    set_meta(tx, "passage", state.value)


def end_passage(tx: Transaction) -> None:
    set_meta(tx, "passage", "")


def set_trouble(tx: Transaction, state: ConnectionState | None) -> None:
    """What stood in the way of the last try; None: it got through."""
    set_meta(tx, "trouble", state.value if state else "")
