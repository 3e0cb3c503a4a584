"""The states of a profile, what each allows, and the passages between them.

    state            means                                            saving        synchronising   live look
    not set up       no server was named yet                          here          refused         refused
    online           changes are pushed at once                       here + push   yes             yes
    no connection    online, but the last try did not get through     here, waits   is tried        is tried
    sign-in needed   online, but the server does not know us          here, waits   is tried        is tried
    going offline    pull, push, erase, then offline                  here          is under way    yes
    offline          everything happens on the local data             here, waits   refused         refused
    going online     the server was reached; push, pull, erase        here          is under way    yes

Every event leaves one of the states that stay (there is none to get stuck in):

    event                                        online, no connection, sign-in needed    offline           not set up
    a change is saved                            as it is; it is pushed or waits          offline; waits    not set up
    a run, a live look, the address book:
      it gets through                            online                                   refused           refused
      no answer: at once, in the middle, none    no connection                            refused           refused
        before a short time is over (push)
      the sign-in is not accepted                sign-in needed                           refused           refused
      stopped after the server was heard         online                                   refused           refused
      stopped before, or any other failure       as it is                                 refused           refused
    going offline: all three steps are done      offline                                  offline           refused
      it fails or is stopped in any step         as a run that does; not offline          -                 -
      its process dies in any step               as it was before                         -                 -
    going offline without synchronising          offline                                  offline           refused
    going online:
      the server is not reached, the sign-in is  as a run                                 offline           refused
        not accepted, it is stopped before
      reached: whatever happens from then on     as a run                                 as a run online   -
      its process dies                           as it was before                         offline, once     -
                                                                                          reached online
    connecting: accepted                         online                                   online            online
      not reached, not accepted, another's data  as it is                                 offline           not set up

What a passage had done when it ended early is kept, and what is left follows with the next run: from the bookmarks and
the outbox. While another program holds the profile, a run waits and then raises Busy: that tells nothing of the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from crmdesk.session.organization import user_name
from crmdesk.session.rhythm import plan_of
from crmdesk.store import outbox, problems, runs
from crmdesk.store.runs import PastRun
from crmdesk.store.store import Reader, Transaction, get_meta, set_meta

TOKEN = "token"  # stands for the user where a token signs in


class ConnectionState(Enum):
    NOT_SET_UP = "not set up"
    ONLINE = "online"
    OFFLINE = "offline"
    GOING_OFFLINE = "going offline"
    GOING_ONLINE = "going online"
    NO_CONNECTION = "no connection"
    SIGN_IN_NEEDED = "sign-in needed"


PASSAGES = {state.value: state for state in (ConnectionState.GOING_OFFLINE, ConnectionState.GOING_ONLINE)}


@dataclass(frozen=True)
class Status:
    """`last`, `next`: UTC, 2026-11-23T08:00:00Z; `next` None: nothing is planned.

    `user`: the name to sign in by; with a token, who that is. `under_way`: what somebody synchronises now, this program
    or another, as the list of runs names it. `unfinished`: the newest run was stopped, or a first one broke off; the
    next one goes on from there. `requests`, `bytes` (both ways, as they travelled), `seconds`: the newest run's cost.
    """

    state: ConnectionState
    waiting: int
    problems: int
    last: str | None
    next: str | None
    server: str | None = None
    user: str | None = None
    under_way: str | None = None
    unfinished: bool = False
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def is_offline(self) -> bool:
        return self.state is ConnectionState.OFFLINE


def status_of(reader: Reader, run_under_way: bool) -> Status:
    """`run_under_way`: somebody holds the profile's lock."""
    c = reader.connection
    state = state_of(reader, run_under_way)
    complete, newest = runs.last(reader), runs.last(reader, complete=False)
    last = complete.ended if complete else None
    ended = newest if newest and newest.ended else complete
    user = get_meta(c, "user")
    return Status(
        state,
        outbox.count(reader),
        problems.count(reader),
        last,
        _next(reader, state),
        get_meta(c, "server"),
        (user_name(reader) or user) if user == TOKEN else user,
        runs.under_way(reader) if run_under_way else None,
        not run_under_way and _is_unfinished(newest, first=complete is None),
        _number(ended, "requests"),
        _number(ended, "bytes"),
        float(ended.report.get("seconds") or 0) if ended else 0.0,
    )


def state_of(reader: Reader, run_under_way: bool) -> ConnectionState:
    """Derived from what the store says; a passage counts only while its run really is under way."""
    c = reader.connection
    if get_meta(c, "server") is None:
        return ConnectionState.NOT_SET_UP
    passage = PASSAGES.get(runs.under_way(reader) or "") if run_under_way else None
    if passage is not None:
        return passage
    if get_meta(c, "mode") == "offline":
        return ConnectionState.OFFLINE
    return trouble_of(reader) or ConnectionState.ONLINE


def may_ask(state: ConnectionState) -> bool:
    """Whether the person wants the server to be asked at all: it is set up, and not offline."""
    return state not in (ConnectionState.OFFLINE, ConnectionState.NOT_SET_UP)


def acts_by_itself(state: ConnectionState) -> bool:
    """Whether a schedule may ask the server: not with a secret that was refused, as that may lock the account."""
    return may_ask(state) and state is not ConnectionState.SIGN_IN_NEEDED


def trouble_of(reader: Reader) -> ConnectionState | None:
    """What stood in the way of the last try; None: it got through."""
    trouble = get_meta(reader.connection, "trouble")
    return ConnectionState(trouble) if trouble else None


def set_mode(tx: Transaction, mode: str) -> None:
    """online or offline."""
    set_meta(tx, "mode", mode)
    set_meta(tx, "trouble", "")


def set_trouble(tx: Transaction, state: ConnectionState | None) -> None:
    """What stood in the way of the last try; None: it got through."""
    set_meta(tx, "trouble", state.value if state else "")


def _next(reader: Reader, state: ConnectionState) -> str | None:
    update = plan_of(reader, acts_by_itself(state)).update
    if update is None or update.last is None:
        return None
    due = datetime.fromisoformat(update.last) + timedelta(seconds=update.seconds)
    return due.strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_unfinished(newest: PastRun | None, first: bool) -> bool:
    """Stopped by the person, or a first one that broke off after something had come; other failures are tried again."""
    if newest is None or newest.outcome == "complete":
        return False
    return newest.outcome == "stopped" or (first and (newest.outcome is None or _number(newest, "pulled") > 0))


def _number(run: PastRun | None, name: str) -> int:
    return int(run.report.get(name) or 0) if run else 0
