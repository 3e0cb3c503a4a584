"""The tick "All day" in a form: start and end are days while it is set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from crmdesk.model.entity import Entity
from crmdesk.model.record import Record
from crmdesk.model.whole_days import days_of
from crmdesk.ui import moments
from crmdesk.ui.editors import Editor, FlagEditor, MomentEditor
from crmdesk.ui.words import clock_time

_MORNING = time(9)
_LENGTH = timedelta(hours=1)
Means = MomentEditor.Means


def join_whole_days(kind: Entity, record: Record, editors: Mapping[str, Editor]) -> None:
    """Ticking leaves the days of start and end; unticking gives the times back that stood there, or an hour at nine."""
    whole = kind.whole_days
    if whole is None:
        return
    flag, start, end = (editors.get(name) for name in (whole.flag, whole.start, whole.end))
    if not (isinstance(flag, FlagEditor) and isinstance(start, MomentEditor) and isinstance(end, MomentEditor)):
        return
    days = days_of(kind, record.values)
    if days is not None:
        _show(start, end, *days)
        start.mean(Means.FIRST_DAY, start.text, record[whole.start])
        end.mean(Means.LAST_DAY, end.text, record[whole.end])
    before: list[tuple[date, date, str, str]] = []

    def follow() -> None:
        first = start.typed.day
        if first is None:
            first = date.today()
        if flag.value():
            last = _last_day(first, end.typed)
            before[:] = [(first, last, start.text, end.text)]
            _show(start, end, first, last)
            return
        last = max(end.typed.day or first, first)
        texts = [each[2:] for each in before if each[:2] == (first, last)]
        begin = datetime.combine(first, _MORNING)
        until = datetime.combine(last, (begin + _LENGTH).time())
        start.mean(Means.MOMENT, texts[0][0] if texts else _moment_text(begin))
        end.mean(Means.MOMENT, texts[0][1] if texts else _moment_text(until))

    flag.changed.connect(follow)


def _show(start: MomentEditor, end: MomentEditor, first: date, last: date) -> None:
    start.mean(Means.FIRST_DAY, moments.write_day(first))
    end.mean(Means.LAST_DAY, moments.write_day(last))


def _last_day(first: date, end: moments.Found) -> date:
    """What ends at midnight ends on the day before."""
    if end.day is None or end.day <= first:
        return first
    return end.day - timedelta(days=1) if end.at in (None, time()) else end.day


def _moment_text(moment: datetime) -> str:
    return f"{moments.write_day(moment.date())} {clock_time(moment)}"
