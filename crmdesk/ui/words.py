"""Words, times, numbers and values as a person reads them: translated, and written as the locale has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import QDate, QLocale, QTime

from crmdesk import texts
from crmdesk.model.entity import Field, FieldType
from crmdesk.model.record import Record, Reference, Value
from crmdesk.model.whole_days import days_of
from crmdesk.model.words import ENTITIES
from crmdesk.texts import date_form, tr

__all__ = ["tr"]

EMPTY = "—"


def locale() -> QLocale:
    """How the person writes (ui.language sets it); where nobody said, British English: 14:05, 1 December, 1,240."""
    found = QLocale()
    return found if found.language() != QLocale.Language.C else _BRITISH


_BRITISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


def plural(number: int, one: str, many: str, /, **values: object) -> str:
    """One of two texts of the code, as the language has it; {n} is the number, written as the locale has it."""
    return texts.plural(number, one, many, n=locale().toString(number), **values)


def local(moment: str | datetime) -> datetime:
    """A moment ("2026-11-23T08:00:00Z", or aware) in the computer's time zone."""
    parsed = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone()


def clock_time(moment: datetime) -> str:
    return locale().toString(QTime(moment.hour, moment.minute), QLocale.FormatType.ShortFormat)


def short_day(day: date, today: date) -> str:
    """As short as it can be said: Mon · 12 Nov · 12 Nov 2024."""
    shown = QDate(day.year, day.month, day.day)
    if 0 < (today - day).days < 7:
        return locale().standaloneDayName(shown.dayOfWeek(), QLocale.FormatType.ShortFormat)
    form = date_form("d MMM") if day.year == today.year else date_form("d MMM yyyy")
    return locale().toString(shown, form)


def short_time(moment: str | datetime, now: datetime) -> str:
    """For a list: the time today, the day before that."""
    shown = local(moment)
    today = local(now).date()
    return clock_time(shown) if shown.date() == today else short_day(shown.date(), today)


def long_time(moment: str | datetime, now: datetime) -> str:
    """For a heading: "today 14:05", "Mon 09:15", "12 Nov 10:00"."""
    shown = local(moment)
    return f"{near_day(shown.date(), local(now).date())} {clock_time(shown)}"


def near_day(day: date, today: date) -> str:
    near = {0: tr("today"), -1: tr("yesterday"), 1: tr("tomorrow")}.get((day - today).days)
    return near or short_day(day, today)


def day_heading(day: date, today: date) -> str:
    """For a group of a list: Today, Yesterday, a weekday, Last week, a month."""
    ago = (today - day).days
    if ago <= 0:
        return tr("Today")
    if ago == 1:
        return tr("Yesterday")
    week = today - timedelta(days=today.weekday())
    if day >= week:
        return locale().standaloneDayName(day.isoweekday(), QLocale.FormatType.LongFormat)
    if day >= week - timedelta(days=7):
        return tr("Last week")
    month = locale().standaloneMonthName(day.month, QLocale.FormatType.LongFormat)
    return month if day.year == today.year else f"{month} {day.year}"


def full_day(day: date) -> str:
    return locale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


def size_words(count: int) -> str:
    return locale().formattedDataSize(count, 0, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def number_words(value: float, precision: int = 0) -> str:
    return locale().toString(float(value), "f", precision)


def initials(name: str) -> str:
    """Two letters for an avatar."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


NameOf = Callable[[Reference], str | None]
"""What a record is called, where it is known here."""


def value_text(field: Field, value: Value, name_of: NameOf, now: datetime) -> str:
    """A field's value as it is read in a form or a grid; an empty text when there is none."""
    if value is None or value == "":
        return ""
    shown = _TEXTS.get(field.type)
    if shown is not None:
        return shown(field, value)
    match field.type:
        case FieldType.LOOKUP:
            return lookup_text(str(value), name_of)
        case FieldType.DATETIME:
            moment = local(str(value))
            return f"{short_day(moment.date(), local(now).date())} {clock_time(moment)}"
        case FieldType.PARTIES:
            return "; ".join(party_text(party, name_of) for party in value)
        case _:
            return str(value)


def field_text(record: Record, name: str, name_of: NameOf, now: datetime) -> str:
    """The same for a field of a record, where others of its fields say what it means: whole days have no times."""
    kind = ENTITIES[record.entity]
    days = days_of(kind, record.values)
    if days is not None and kind.whole_days is not None and name in (kind.whole_days.start, kind.whole_days.end):
        return short_day(days[name == kind.whole_days.end], local(now).date())
    return value_text(kind.by_name[name], record[name], name_of, now)


def lookup_text(text: str, name_of: NameOf) -> str:
    try:
        reference = Reference.parse(text)
    except ValueError:
        return text
    return name_of(reference) or tr("(not on this computer)")


def party_text(party: Mapping[str, Value], name_of: NameOf) -> str:
    known = name_of(Reference.parse(str(party["partyid"]))) if party.get("partyid") else None
    address = party.get("addressused")
    return known or (str(address) if address else tr("(unknown)"))


def _choice(field: Field, value: Value) -> str:
    return texts.choice_words(field.choice_label(value) or str(value))


def _number(field: Field, value: Value) -> str:
    whole = field.type in (FieldType.INTEGER, FieldType.BIGINT) or float(value).is_integer()
    return number_words(value, 0 if whole else field.precision)


_TEXTS: dict[FieldType, Callable[[Field, Value], str]] = {
    FieldType.CHOICE: _choice,
    FieldType.STATE: _choice,
    FieldType.STATUS: _choice,
    FieldType.BOOLEAN: lambda field, value: tr("Yes") if value else tr("No"),
    FieldType.INTEGER: _number,
    FieldType.BIGINT: _number,
    FieldType.DECIMAL: _number,
    FieldType.DOUBLE: _number,
    FieldType.MONEY: _number,
    FieldType.DATE: lambda field, value: short_day(date.fromisoformat(str(value)), date.today()),
    FieldType.FILE: lambda field, value: tr("(a file)"),
}
