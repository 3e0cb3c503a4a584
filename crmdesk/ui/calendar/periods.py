"""What a view shows: its days, the step to the next, and its heading. Pure but for the locale's words."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import Enum

from PySide6.QtCore import QDate, QLocale

from crmdesk.texts import date_form
from crmdesk.ui.words import full_day, locale, tr

AGENDA_DAYS = 30


class Period(Enum):
    DAY = "day"
    WORK_WEEK = "work week"
    WEEK = "week"
    MONTH = "month"
    AGENDA = "agenda"

    @property
    def words(self) -> str:
        return {
            Period.DAY: tr("Day"),
            Period.WORK_WEEK: tr("Work week"),
            Period.WEEK: tr("Week"),
            Period.MONTH: tr("Month"),
            Period.AGENDA: tr("Agenda"),
        }[self]

    @property
    def has_hours(self) -> bool:
        return self in (Period.DAY, Period.WORK_WEEK, Period.WEEK)


def first_weekday() -> int:
    """1 for Monday to 7 for Sunday, as the locale has it."""
    return locale().firstDayOfWeek().value


def working_days() -> frozenset[int]:
    return frozenset(day.value for day in locale().weekdays())


def days_shown(period: Period, day: date, first: int, working: Collection[int]) -> list[date]:
    """The days of the period that `day` is in; a month comes with the days that fill its weeks, six of them."""
    match period:
        case Period.DAY:
            return [day]
        case Period.AGENDA:
            return [day + timedelta(days=number) for number in range(AGENDA_DAYS)]
        case Period.MONTH:
            start = week_start(day.replace(day=1), first)
            return [start + timedelta(days=number) for number in range(42)]
    week = [week_start(day, first) + timedelta(days=number) for number in range(7)]
    if period is Period.WEEK:
        return week
    return [each for each in week if each.isoweekday() in working]


def week_start(day: date, first: int) -> date:
    return day - timedelta(days=(day.isoweekday() - first) % 7)


def stepped(period: Period, day: date, steps: int) -> date:
    """The day so many periods away; the day of the month is kept where the month has it."""
    if period is Period.MONTH:
        months = day.year * 12 + day.month - 1 + steps
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    days = {Period.DAY: 1, Period.AGENDA: AGENDA_DAYS}.get(period, 7)
    return day + timedelta(days=days * steps)


def heading(period: Period, day: date, days: Sequence[date], today: date) -> str:
    """23–27 November · 30 November – 4 December · November 2026; the year where it is another one."""
    if period is Period.MONTH:
        return month_words(day)
    if period is Period.DAY:
        return full_day(day)
    first, last = days[0], days[-1]
    end = _day(last, with_year=last.year != today.year)
    if (first.year, first.month) == (last.year, last.month):
        begin = locale().toString(_shown(first), date_form("d"))
        return f"{begin}–{end}"
    return f"{_day(first, with_year=first.year != last.year)} – {end}"


def month_words(day: date) -> str:
    return f"{locale().standaloneMonthName(day.month, QLocale.FormatType.LongFormat)} {day.year}"


def day_words(day: date) -> str:
    """Mon 23."""
    return f"{weekday_words(day.isoweekday())} {day.day}"


def weekday_words(number: int) -> str:
    return locale().standaloneDayName(number, QLocale.FormatType.ShortFormat)


def agenda_words(day: date, today: date) -> str:
    """Today, Monday 23 November; the heading of a day in the agenda."""
    this_year = day.year == today.year
    form = date_form("dddd d MMMM") if this_year else date_form("dddd d MMMM yyyy")
    words = locale().toString(_shown(day), form)
    near = {0: tr("Today"), 1: tr("Tomorrow")}.get((day - today).days)
    return f"{near}, {words}" if near else words


def _day(day: date, with_year: bool) -> str:
    form = date_form("d MMMM yyyy") if with_year else date_form("d MMMM")
    return locale().toString(_shown(day), form)


def _shown(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
