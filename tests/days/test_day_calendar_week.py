"""A calendar week: drawn, moved, stretched, tracked, looked at from near and far, and told in time."""

from __future__ import annotations

from datetime import UTC, date, datetime

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from crmdesk.ui.calendar.day_grid import DayGrid
from crmdesk.ui.calendar.events import Event
from crmdesk.ui.calendar.geometry import HOUR
from crmdesk.ui.calendar.month_grid import MonthGrid
from crmdesk.ui.calendar.pane import CalendarPane
from crmdesk.ui.calendar.views import CalendarViews
from tests.support.clock import Clock
from tests.support.person import Person
from tests.support.town import Town

MORNING = datetime(2026, 6, 17, 9, 0).astimezone()  # a Wednesday, on the clock of this computer


def test_a_calendar_week(day: Town) -> None:
    clock = Clock(MORNING.astimezone(UTC))
    ben, herself = day.colleague("ben"), day.colleague("anna")
    account = herself.make("account", name="Nordwind GmbH")
    anna = day.person("anna", clock=clock)

    # drawn, moved, stretched
    anna.press("Ctrl+4")
    _draw(anna, at(18, 10), at(18, 11, 15), "Plant tour")
    _sees(anna, "Work week", "Plant tour, Tomorrow, Thursday 18 June, 10:00–11:30, private")
    anna.picture("drawn")
    _drag(anna, at(18, 10, 30), at(19, 14))
    _sees(anna, "Work week", "Plant tour, Friday 19 June, 13:30–15:00")
    anna.sees("Moved to")
    anna.picture("moved")
    anna.click("Undo")
    _sees(anna, "Work week", "Plant tour, Tomorrow, Thursday 18 June, 10:00–11:30")
    _drag(anna, at(18, 10, 30), at(19, 14))
    _sees(anna, "Work week", "Plant tour, Friday 19 June, 13:30–15:00")
    _stretch(anna, "Plant tour", at(19, 16, 45))
    _sees(anna, "Work week", "Plant tour, Friday 19 June, 13:30–17:00")
    anna.picture("stretched")

    # tracked, about the account
    assert not ben.find("appointment", "subject", "Plant tour")
    anna.click("Set regarding")
    anna.write("nordw")
    anna.sees_in("Records", "Nordwind GmbH")
    anna.press("Return")
    anna.until(lambda: bool(ben.find("appointment", "subject", "Plant tour")), "the appointment is on the server")
    tour = ben.find_one("appointment", "subject", "Plant tour")
    assert ben.sees(tour, "regardingobjectid") == str(account)
    assert ben.sees(tour, "scheduledstart") == utc(at(19, 13, 30))
    assert ben.sees(tour, "scheduledend") == utc(at(19, 17))
    _sees(anna, "Work week", "tracked", "Nordwind GmbH")
    anna.picture("tracked")
    anna.find(QAbstractButton, "Untrack")

    # a fair that lasts whole days
    _draw(anna, at(16, 9), at(16, 9, 30), "Fair")
    _sees(anna, "Work week", "Fair, ")
    _open(anna, "Fair")
    anna.press("F2")
    anna.click("All day")
    anna.picture("the fair takes all day")
    anna.click("Save")
    anna.sees("Edit")
    anna.press("Ctrl+4")
    _sees(anna, "Work week", "Fair, Tuesday 16 June, all day")
    anna.picture("all day")

    # from afar: the month, in which the fair moves to the next week, and the agenda
    anna.click("Month")
    _sees(anna, "Month", "Plant tour", "Fair")
    month = anna.find(MonthGrid, "Month")
    bar = month.rect_of(_event(anna, "Fair").reference)
    assert bar is not None
    anna.drag(month, bar.center().toPoint(), month.rect_of_day(date(2026, 6, 25)).center().toPoint())
    _sees(anna, "Month", "Fair, Thursday 25 June, all day")
    anna.sees("Moved to Thu 25")
    anna.picture("the month")
    anna.click("Today")
    anna.click("Agenda")
    anna.sees_in("Agenda", "Plant tour, Friday 19 June, 13:30–17:00", "Fair, Thursday 25 June, all day")
    anna.picture("the agenda")

    # a colleague moves the tour
    ben.change(tour, scheduledstart=utc(at(18, 8)), scheduledend=utc(at(18, 9)))
    anna.press("F9")
    anna.sees_in("Agenda", "Plant tour, Tomorrow, Thursday 18 June, 08:00–09:00")
    anna.click("Work week")
    _sees(anna, "Work week", "Plant tour, Tomorrow, Thursday 18 June, 08:00–09:00")

    # reminded in time, and again after five minutes
    _draw(anna, at(17, 9), at(17, 9, 15), "Call Lena")
    anna.sees("1 reminder", "Call Lena")
    anna.picture("a reminder")
    anna.click("Snooze: Call Lena")
    anna.picture("for how long")
    anna.press("Down")
    anna.press("Return")
    anna.until(lambda: anna.front is anna.app.window, "gone")
    clock.advance(5 * 60 + 1)
    anna.app.reminders.look()  # as its timer does then: the computer's own clock is not this one
    anna.sees("1 reminder", "5 minutes ago")
    anna.picture("a reminder again")
    anna.click("Dismiss: Call Lena")
    anna.until(lambda: anna.front is anna.app.window, "gone")

    # called, so it goes; and comes back by a click
    anna.press("Del")
    anna.sees("Undo")
    anna.click("Undo")
    _sees(anna, "Work week", "Call Lena")
    anna.sees_no_more("waits")
    anna.picture("the week")


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute)


def utc(moment: datetime) -> str:
    return moment.astimezone().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pane(person: Person) -> CalendarPane:
    pane = person.app.window.pane
    assert isinstance(pane, CalendarPane)
    return pane


def _views(person: Person, period: str) -> CalendarViews:
    return person.find(CalendarViews, f"{period}…")


def _sees(person: Person, period: str, *words: str) -> None:
    """Wait until the view tells this, as it tells it to those who do not see the picture."""
    for each in words:
        person.until(
            lambda each=each: each in _views(person, period).accessibleDescription(),  # type: ignore[misc]
            f"hears '{each}'",
            lambda: _views(person, period).accessibleDescription(),
        )


def _event(person: Person, subject: str) -> Event:
    """The appointment that is painted there."""
    return next(each for each in _pane(person).events if each.subject == subject)


def _place(hours: DayGrid, moment: datetime) -> QPoint:
    """Where a moment is among the hours, well inside of its day."""
    grid = hours.grid
    minutes = moment.hour * 60 + moment.minute
    left = grid.left_of(grid.days.index(moment.date())) + grid.column_width * 0.6
    return QPointF(left, minutes * HOUR / 60 + 2).toPoint()


def _drag(person: Person, begin: datetime, end: datetime) -> None:
    hours = person.find(DayGrid, "Hours")
    person.drag(hours, _place(hours, begin), _place(hours, end))


def _draw(person: Person, begin: datetime, end: datetime, subject: str) -> None:
    _drag(person, begin, end)
    person.fill("Subject of the new appointment", subject)
    person.press("Return")


def _stretch(person: Person, subject: str, end: datetime) -> None:
    hours = person.find(DayGrid, "Hours")
    rect = hours.rect_of(_event(person, subject).reference)
    assert rect is not None
    person.drag(hours, QPointF(rect.center().x(), rect.bottom() - 3).toPoint(), _place(hours, end))


def _open(person: Person, subject: str) -> None:
    hours = person.find(DayGrid, "Hours")
    rect = hours.rect_of(_event(person, subject).reference)
    assert rect is not None
    QTest.mouseDClick(hours, Qt.MouseButton.LeftButton, pos=rect.center().toPoint())
