"""What the status line says: where the program stands, in words and a colour, and what synchronising cost."""

from __future__ import annotations

from datetime import datetime

from crmdesk.session.connection import ConnectionState, Status
from crmdesk.sync.report import Progress
from crmdesk.ui.delivery_words import traffic_words
from crmdesk.ui.words import clock_time, local, long_time, number_words, plural, tr

SWITCHING = (ConnectionState.GOING_OFFLINE, ConnectionState.GOING_ONLINE)


def state_words(status: Status) -> tuple[str, str]:
    """The words beside the dot, and the token of its colour."""
    words, color, _ = _states()[status.state]
    if status.waiting:
        waiting = plural(status.waiting, "{n} change waits", "{n} changes wait")
        if status.state is ConnectionState.OFFLINE:
            waiting = tr("{changes}, kept on this computer", changes=waiting)
        words = f"{words} · {waiting}"
    if status.under_way is not None:
        words = tr("{state} · another crmdesk synchronises this profile", state=words)
    return words, color


def state_meaning(status: Status) -> str:
    """What the state means for the person, and who is where."""
    meaning = _states()[status.state][2]
    if status.server is None or status.user is None:
        return meaning
    return f"{meaning}\n{tr('{user} at {server}', user=status.user, server=status.server)}"


def _states() -> dict[ConnectionState, tuple[str, str, str]]:
    kept = tr("What you change is kept here and sent by itself as soon as the server can be reached.")
    return {
        ConnectionState.NOT_SET_UP: (
            tr("No CRM server is set up yet"),
            "faint",
            tr("Mail and everything private work without one."),
        ),
        ConnectionState.ONLINE: (tr("Online"), "done", tr("What you change is sent to the CRM at once.")),
        ConnectionState.OFFLINE: (
            tr("Offline"),
            "waiting",
            tr("You work on the local data. What you change is sent when you go online."),
        ),
        ConnectionState.GOING_OFFLINE: (
            tr("Going offline"),
            "waiting",
            tr("Both sides are brought together first; go on working meanwhile."),
        ),
        ConnectionState.GOING_ONLINE: (
            tr("Going online"),
            "done",
            tr("Your changes go up, then everybody's come down; go on working meanwhile."),
        ),
        ConnectionState.NO_CONNECTION: (tr("No connection"), "waiting", kept),
        ConnectionState.SIGN_IN_NEEDED: (
            tr("Sign-in needed"),
            "failed",
            tr("The server does not accept the sign-in any more. What you change is kept here until you sign in."),
        ),
    }


def last_words(status: Status, now: datetime) -> str:
    """When the local data was brought up to date, and when it will be."""
    if status.unfinished and status.state is not ConnectionState.OFFLINE:
        return tr("Synchronised in part; what came is here")
    if status.last is None:
        return "" if status.state is ConnectionState.NOT_SET_UP else tr("Never synchronised yet: Sync now begins")
    if status.state is ConnectionState.OFFLINE:
        return tr("Local data from {when}", when=long_time(status.last, now))
    said = tr("Last synchronised {when}", when=_moment(status.last, now))
    if status.next is None:
        return said
    minutes = round((local(status.next) - local(now)).total_seconds() / 60)
    if minutes < 1:
        return tr("{last} · next soon", last=said)
    return tr("{last} · next in {minutes}", last=said, minutes=plural(minutes, "{n} min", "{n} min"))


def cost_words(status: Status) -> str:
    """What the newest synchronisation took; empty before the first."""
    if not status.requests:
        return ""
    return tr(
        "The last synchronisation took {cost}.", cost=traffic_words(status.requests, status.bytes, status.seconds)
    )


def count_words(progress: Progress) -> str:
    """How far a run has come, and how long it will take where that can be told."""
    if not progress.total:
        return number_words(progress.done) if progress.done else ""
    said = tr("{done} of {total}", done=number_words(progress.done), total=number_words(progress.total))
    if progress.left is None:
        return said
    minutes = round(progress.left / 60)
    if minutes < 1:
        return tr("{done}, less than a minute left", done=said)
    return tr("{done}, about {minutes} left", done=said, minutes=plural(minutes, "{n} min", "{n} min"))


def _moment(moment: str, now: datetime) -> str:
    shown = local(moment)
    return clock_time(shown) if shown.date() == local(now).date() else long_time(moment, now)
