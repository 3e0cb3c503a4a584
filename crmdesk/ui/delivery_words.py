"""What a run did, in words: the proof that changes arrived, what came, and what it cost."""

from __future__ import annotations

from crmdesk.sync.report import Report
from crmdesk.ui.words import number_words, plural, size_words, tr


def delivery_words(delivered: int, waiting: int) -> str:
    """The proof of delivery; empty when nothing was sent and nothing waits."""
    if not delivered:
        return plural(waiting, "{n} change still waits", "{n} changes still wait") if waiting else ""
    if not waiting and delivered == 2:
        return tr("Both changes arrived")
    if not waiting:
        return plural(delivered, "Your change arrived", "All {n} changes arrived")
    arrived = plural(delivered, "{n} change arrived", "{n} changes arrived")
    return tr("{arrived}; {waiting}", arrived=arrived, waiting=plural(waiting, "{n} still waits", "{n} still wait"))


def traffic_words(requests: int, size: int, seconds: float) -> str:
    """What a run took: 12 requests, 84 kB, 1.4 s."""
    asked = plural(requests, "{n} request", "{n} requests")
    return tr(
        "{requests}, {size}, {seconds} s", requests=asked, size=size_words(size), seconds=number_words(seconds, 1)
    )


def report_words(report: Report) -> str:
    """What a run did, in one line; that everything arrived comes first."""
    delivered = delivery_words(report.delivered, report.waiting) if report.delivered else ""
    parts = [
        (report.pulled, tr("{n} received")),
        (report.merged, tr("{n} combined")),
        (report.erased, tr("{n} removed from this computer")),
        (report.refused, tr("{n} refused")),
    ]
    said = ", ".join(words.format(n=number_words(count, 0)) for count, words in parts if count)
    if report.outcome != "complete":
        done = [part for part in (delivered, said) if part] or [tr("nothing had changed")]
        return tr("Stopped; what was done is kept: {what}", what=", ".join(done))
    if delivered:
        return f"{delivered} · {said}" if said else delivered
    return tr("Synchronised: {what}", what=said or tr("nothing had changed"))


def is_worth_telling(report: Report) -> bool:
    """A save that was pushed at once is seen in the record; what a person waited for, or hears first, is told."""
    if report.kind == "push":
        return report.delivered > 1 or bool(report.refused)
    return bool(report.pulled or report.delivered or report.merged or report.erased or report.refused)
