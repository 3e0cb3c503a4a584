"""What the status line says: where the program stands, in words and a colour."""

from __future__ import annotations

from datetime import datetime

from crmdesk.session.connection import ConnectionState, Status
from crmdesk.sync.report import Report
from crmdesk.ui.words import clock_time, local, long_time, plural, tr

SWITCHING = (ConnectionState.GOING_OFFLINE, ConnectionState.GOING_ONLINE)


def state_words(status: Status) -> tuple[str, str]:
    """The words beside the dot, and the token of its colour."""
    words, color = _states()[status.state]
    if status.waiting:
        waiting = plural(status.waiting, "{n} change waits", "{n} changes wait")
        if status.state is ConnectionState.OFFLINE:
            waiting = tr("{changes}, kept on this computer", changes=waiting)
        words = f"{words} · {waiting}"
    return words, color


def _states() -> dict[ConnectionState, tuple[str, str]]:
    return {
        ConnectionState.NOT_SET_UP: (tr("No CRM server is set up yet"), "faint"),
        ConnectionState.ONLINE: (tr("Online"), "done"),
        ConnectionState.OFFLINE: (tr("Offline"), "waiting"),
        ConnectionState.GOING_OFFLINE: (tr("Going offline"), "waiting"),
        ConnectionState.GOING_ONLINE: (tr("Going online"), "done"),
        ConnectionState.NO_CONNECTION: (tr("No connection"), "waiting"),
        ConnectionState.SIGN_IN_NEEDED: (tr("Sign-in needed"), "failed"),
    }


def last_words(status: Status, now: datetime) -> str:
    """When the local data was brought up to date, and when it will be."""
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


def _moment(moment: str, now: datetime) -> str:
    shown = local(moment)
    return clock_time(shown) if shown.date() == local(now).date() else long_time(moment, now)


def report_words(report: Report) -> str:
    """What a run did, in one line."""
    parts = [
        (report.pulled, tr("{n} received")),
        (report.pushed, tr("{n} sent")),
        (report.merged, tr("{n} combined")),
        (report.erased, tr("{n} removed from this computer")),
        (report.refused, tr("{n} refused")),
    ]
    said = ", ".join(words.format(n=count) for count, words in parts if count) or tr("nothing had changed")
    begun = tr("Synchronised") if report.outcome == "complete" else tr("Stopped; what was done is kept")
    return f"{begun}: {said}"
