"""The list of tasks as rows: read by short questions, one for each group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crmdesk.desk.desk import Desk
from crmdesk.model.query import Column, Compare, Order, Query, both
from crmdesk.model.record import Record, Reference, State
from crmdesk.store import records
from crmdesk.store.store import Reader
from crmdesk.ui.long_list import Reading
from crmdesk.ui.rows import Line, Rows, grouped
from crmdesk.ui.sources import line_fetcher, note_of, state_words
from crmdesk.ui.tasks.groups import DONE, DUE, OPEN, due_words, is_overdue, open_groups
from crmdesk.ui.words import NameOf, locale, tr

SHOWN_DONE = 50
_SHOWN_UNSENT = 20
_CHANGED = Column("modifiedon")


def task_rows(desk: Desk) -> Reading:
    """The person's own tasks: the open ones by when they are due, then those done last."""
    now, fetch = desk.now, line_fetcher(desk, "task", task_line)
    groups = open_groups(now, locale().firstDayOfWeek().value)

    def reading(reader: Reader, limit: int | None) -> Rows:
        parts: list[tuple[str, Sequence[int]]] = []
        left = limit
        for group in groups:
            query = Query("task", filter=both(OPEN, group.filter), order=group.order)
            found = records.rows(reader, query, now, True, left)
            parts.append((group.heading, found))
            if left is not None:
                left -= len(found)
        if left != 0:
            parts.append((tr("Done"), _done(reader, now)))
        return grouped(parts, fetch, is_part=left == 0)

    return reading


def _done(reader: Reader, now: datetime) -> list[int]:
    """Those the server does not know yet have no time of change: they stand before the others, last due first."""
    unsent = Query("task", filter=both(DONE, Compare(_CHANGED, "eq", None)), order=(Order(DUE, descending=True),))
    known = Query("task", filter=both(DONE, Compare(_CHANGED, "ne", None)), order=(Order(_CHANGED, descending=True),))
    found = records.rows(reader, unsent, now, True, limit=_SHOWN_UNSENT)
    return [*found, *records.rows(reader, known, now, True, limit=SHOWN_DONE - len(found))]


def task_line(record: Record, name_of: NameOf, now: datetime) -> Line:
    done = record["statecode"] not in (0, None)
    late = not done and is_overdue(record["scheduledend"], now)
    regarding = regarding_name(record, name_of)
    return Line(
        record.reference,
        record.name,
        _sentence(record, regarding, done, late, now),
        aside=" · ".join(_aside(record, done, late, now)),
        tone="failed" if late else "dim",
        mark=regarding if record.tracked else None,
        note=note_of(record),
        starred=record["prioritycode"] == 2,
        done=done,
    )


def regarding_name(record: Record, name_of: NameOf) -> str:
    """What the task is about, as it is called; an empty text when it is about nothing that is known here."""
    text = record["regardingobjectid"]
    return name_of(Reference.parse(text)) or "" if isinstance(text, str) else ""


def status_words(record: Record, now: datetime) -> str:
    """Canceled, Done, Overdue; an empty text for a task that is simply open."""
    if record["statecode"] == 2:
        return tr("Canceled")
    if record["statecode"] == 1:
        return tr("Done")
    return tr("Overdue") if is_overdue(record["scheduledend"], now) else ""


def _aside(record: Record, done: bool, late: bool, now: datetime) -> list[str]:
    parts = [tr("Private")] if record.state is State.PRIVATE else []
    if late:
        parts.append(tr("Overdue"))
    if record["statecode"] == 2:
        parts.append(tr("Canceled"))
    elif not done and record["scheduledend"]:
        parts.append(due_words(record["scheduledend"], now))
    return parts


def _sentence(record: Record, regarding: str, done: bool, late: bool, now: datetime) -> str:
    parts = [tr("Task"), record.name]
    if record["statecode"] == 2:
        parts.append(tr("canceled"))
    elif done:
        parts.append(tr("done"))
    elif record["scheduledend"]:
        words = tr("overdue, was due {when}") if late else tr("due {when}")
        parts.append(words.format(when=due_words(record["scheduledend"], now)))
    if record["prioritycode"] == 2:
        parts.append(tr("high priority"))
    if regarding:
        parts.append(tr("regarding {name}", name=regarding))
    return ", ".join(parts) + state_words(record)
