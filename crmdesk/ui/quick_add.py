"""A line of words becomes an activity: "call back tomorrow 15:00 #contoso"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from crmdesk.model.record import Value
from crmdesk.ui import moments
from crmdesk.ui.words import local

_ABOUT = re.compile(r"(?:^|\s)#(\S+)")
_HIGH = re.compile(r"(?:^|\s)!(?=\s|$)")
_END_OF_DAY = time(17)
_MEETING = timedelta(hours=1)


@dataclass(frozen=True)
class QuickTask:
    """What was understood: the task's values, and the word after # that names a record."""

    values: dict[str, Value]
    about: str | None


def task_from(text: str, now: datetime) -> QuickTask:
    """A task's values from a line of words; what names no day, time, record or priority is its subject."""
    about = _ABOUT.search(text)
    rest = _ABOUT.sub(" ", text)
    urgent = _HIGH.search(rest) is not None
    values = activity_from("task", _HIGH.sub(" ", rest), now)
    if urgent:
        values["prioritycode"] = 2
    return QuickTask(values, about[1] if about else None)


def activity_from(kind: str, text: str, now: datetime) -> dict[str, Value]:
    """The values of a task, phone call or appointment that a line of words describes."""
    here = local(now)
    found = moments.find(text, here.date())
    values: dict[str, Value] = {"subject": (found.rest or text).strip()[:200]}
    if kind == "appointment":
        start = datetime.combine(found.day or here.date(), found.at or time(min(here.hour + 1, 23)))
        values["scheduledstart"] = _utc(start)
        values["scheduledend"] = _utc(start + _MEETING)
    elif found.day is not None:
        values["scheduledend"] = _utc(datetime.combine(found.day, found.at or _END_OF_DAY))
    return values


def _utc(moment: datetime) -> str:
    return moment.astimezone().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
