"""Days and times as people type them: "tomorrow 15:00", "mon 9", "12.11.", "2026-11-23 08:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QDate, QLocale

from crmdesk.texts import tr_as
from crmdesk.ui.words import locale, tr

_TIME = r"\b(?:(?:at|{at})\s+)?(\d{{1,2}})(?::(\d{{2}})|\s*(am|pm))\b"
_BARE_HOUR = r"\b(?:at|{at})\s+(\d{{1,2}})\b"
_DAY_MONTH = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{2,4})?")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SLASHES = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{2,4})\b")


@dataclass(frozen=True)
class Found:
    """A day and a time found in a text, and what is left of the text without them."""

    day: date | None
    at: time | None
    rest: str


def find(text: str, today: date) -> Found:
    """The first day and the first time named in `text`. A time without a day means today."""
    day, text = _day(text, today)
    at, text = _time(text)
    if at is not None and day is None:
        day = today
    return Found(day, at, " ".join(text.split()))


def read_moment(text: str, today: date) -> datetime | None:
    """A day with its time (midnight where none is named), without a zone: the person's. ValueError with words."""
    if not text.strip():
        return None
    found = find(text, today)
    if found.day is None or found.rest:
        raise ValueError(
            tr("'{text}' is no date. Write it like {example}.", text=text.strip(), example=_example(today))
        )
    return datetime.combine(found.day, found.at or time())


def write_day(day: date) -> str:
    """In the locale's short form with four digits of the year, which read_moment understands again."""
    here = locale()
    form = here.dateFormat(QLocale.FormatType.ShortFormat)
    if "yyyy" not in form:
        form = form.replace("yy", "yyyy")
    shown = here.toString(QDate(day.year, day.month, day.day), form)
    return shown if _day(shown, day)[0] == day else day.isoformat()


def _example(today: date) -> str:
    return f"{write_day(today)} 15:00"


def _day(text: str, today: date) -> tuple[date | None, str]:
    for pattern, read in (
        (_ISO, lambda m: date(int(m[1]), int(m[2]), int(m[3]))),
        (_DAY_MONTH, lambda m: _day_month(int(m[1]), int(m[2]), m[3], today)),
        (_SLASHES, _slashes),
    ):
        match = pattern.search(text)
        if match is not None:
            try:
                return read(match), text[: match.start()] + text[match.end() :]
            except ValueError:
                return None, text
    return _named_day(text, today)


def _named_day(text: str, today: date) -> tuple[date | None, str]:
    for word, days in ((tr("today"), 0), (tr("tomorrow"), 1), (tr("yesterday"), -1), ("today", 0), ("tomorrow", 1)):
        match = re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
        if match is not None:
            return today + timedelta(days=days), text[: match.start()] + text[match.end() :]
    before = "|".join(map(re.escape, tr_as("before a day's name, with / between them", "on/next").split("/")))
    for number in range(1, 8):
        for form in (QLocale.FormatType.LongFormat, QLocale.FormatType.ShortFormat):
            name = locale().standaloneDayName(number, form)
            match = re.search(rf"\b(?:(?:{before})\s+)?{re.escape(name)}\.?(?=\s|$)", text, re.IGNORECASE)
            if match is not None:
                ahead = (number - today.isoweekday() - 1) % 7 + 1
                return today + timedelta(days=ahead), text[: match.start()] + text[match.end() :]
    return None, text


def _day_month(day: int, month: int, year: str | None, today: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = date(today.year, month, day)
    return found if (today - found).days < 180 else date(today.year + 1, month, day)


def _slashes(match: re.Match[str]) -> date:
    one, other, year = int(match[1]), int(match[2]), int(match[3])
    year += 2000 if year < 100 else 0
    first_is_month = locale().dateFormat(QLocale.FormatType.ShortFormat).lower().startswith("m")
    return date(year, one, other) if first_is_month else date(year, other, one)


def _time(text: str) -> tuple[time | None, str]:
    at = re.escape(tr_as("before an hour", "at"))
    match = re.search(_TIME.format(at=at), text, re.IGNORECASE)
    if match is not None:
        hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
        hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    else:
        match = re.search(_BARE_HOUR.format(at=at), text, re.IGNORECASE)
        if match is None:
            return None, text
        hour, minute = int(match[1]), 0
    if hour > 23 or minute > 59:
        return None, text
    return time(hour, minute), text[: match.start()] + text[match.end() :]
