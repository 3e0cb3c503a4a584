"""The calendar over a real store: where appointments stand, what dragging and keys do; looking writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.desk.desk import Desk
from crmdesk.model.record import Record, Reference, State, Value
from crmdesk.session.session import Session
from crmdesk.store import records
from crmdesk.ui.calendar.events import Event
from crmdesk.ui.calendar.geometry import GUTTER, HOUR, Drag, Gesture, HourGrid
from crmdesk.ui.calendar.layout import side_by_side, stacked
from crmdesk.ui.calendar.pane import CalendarPane
from crmdesk.ui.calendar.periods import Period, days_shown, heading, stepped
from tests.support.clock import Clock
from tests.support.waiting import comes_to

NOON = datetime(2026, 6, 17, 12, 0).astimezone()  # a Wednesday, on the clock of this computer
WEDNESDAY = NOON.date()
MONDAY_TO_FRIDAY = frozenset(range(1, 6))


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute)


def utc(moment: datetime) -> str:
    return moment.astimezone().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- pure parts

SIDE_BY_SIDE = [
    ("nothing", [], []),
    ("one alone", [(60, 120)], [(0, 1)]),
    ("one after the other", [(60, 120), (120, 180)], [(0, 1), (0, 1)]),
    ("two together", [(60, 120), (90, 150)], [(0, 2), (1, 2)]),
    ("the same time", [(60, 120), (60, 120)], [(0, 2), (1, 2)]),
    ("the longer one stands left", [(60, 90), (60, 180)], [(1, 2), (0, 2)]),
    ("a column is used again", [(60, 180), (60, 90), (90, 120)], [(0, 2), (1, 2), (1, 2)]),
    ("hanging together through a third", [(0, 60), (30, 120), (90, 150)], [(0, 2), (1, 2), (0, 2)]),
    ("three at once", [(0, 60), (10, 60), (20, 60)], [(0, 3), (1, 3), (2, 3)]),
    ("clusters divide for themselves", [(0, 60), (30, 60), (60, 90)], [(0, 2), (1, 2), (0, 1)]),
    ("the order given does not matter", [(90, 150), (60, 120)], [(1, 2), (0, 2)]),
]


@pytest.mark.parametrize(("words", "spans", "places"), SIDE_BY_SIDE, ids=[case[0] for case in SIDE_BY_SIDE])
def test_appointments_that_fall_together_stand_side_by_side(
    words: str, spans: list[tuple[int, int]], places: list[tuple[int, int]]
) -> None:
    assert [(each.column, each.columns) for each in side_by_side(spans)] == places


@pytest.mark.parametrize(
    ("spans", "rows"),
    [
        ([(0, 4)], [0]),
        ([(0, 1), (2, 3)], [0, 0]),
        ([(0, 2), (2, 3)], [0, 1]),
        ([(1, 1), (0, 2)], [1, 0]),
        ([(0, 2), (1, 3), (3, 4)], [0, 1, 0]),
    ],
)
def test_whole_days_take_the_highest_free_row(spans: list[tuple[int, int]], rows: list[int]) -> None:
    assert stacked(spans) == rows


@pytest.mark.parametrize(
    ("period", "first", "begin", "end", "count"),
    [
        (Period.DAY, 1, 17, 17, 1),
        (Period.WORK_WEEK, 1, 15, 19, 5),
        (Period.WEEK, 1, 15, 21, 7),
        (Period.WEEK, 7, 14, 20, 7),
        (Period.WEEK, 6, 13, 19, 7),
    ],
)
def test_a_period_has_the_days_of_its_week(period: Period, first: int, begin: int, end: int, count: int) -> None:
    days = days_shown(period, WEDNESDAY, first, MONDAY_TO_FRIDAY)
    assert (days[0].day, days[-1].day, len(days)) == (begin, end, count)


def test_a_month_has_six_whole_weeks() -> None:
    days = days_shown(Period.MONTH, WEDNESDAY, 7, MONDAY_TO_FRIDAY)
    assert (days[0], days[-1]) == (date(2026, 5, 31), date(2026, 7, 11))


@pytest.mark.parametrize(
    ("period", "day", "steps", "expected"),
    [
        (Period.DAY, date(2026, 6, 30), 1, date(2026, 7, 1)),
        (Period.WORK_WEEK, date(2026, 6, 17), -1, date(2026, 6, 10)),
        (Period.MONTH, date(2026, 1, 31), 1, date(2026, 2, 28)),
        (Period.MONTH, date(2026, 1, 15), -1, date(2025, 12, 15)),
        (Period.AGENDA, date(2026, 6, 1), 1, date(2026, 7, 1)),
    ],
)
def test_a_step_goes_one_period_on(period: Period, day: date, steps: int, expected: date) -> None:
    assert stepped(period, day, steps) == expected


@pytest.mark.parametrize(
    ("period", "day", "words"),
    [
        (Period.WORK_WEEK, date(2026, 6, 17), "15–19 June"),
        (Period.WEEK, date(2026, 6, 30), "29 June – 5 July"),
        (Period.WEEK, date(2026, 12, 31), "28 December 2026 – 3 January 2027"),
        (Period.MONTH, date(2026, 6, 17), "June 2026"),
    ],
)
def test_the_heading_says_the_days(period: Period, day: date, words: str) -> None:
    assert heading(period, day, days_shown(period, day, 1, MONDAY_TO_FRIDAY), WEDNESDAY) == words


MEETING = Event(Reference("appointment", "1"), "Meeting", at(17, 10), at(17, 11))
DRAGS = [
    ("draw down", Gesture.DRAW, at(17, 9), at(17, 10, 15), at(17, 9), at(17, 10, 30)),
    ("draw up", Gesture.DRAW, at(17, 10), at(17, 9), at(17, 9), at(17, 10, 30)),
    ("draw into another day", Gesture.DRAW, at(17, 9), at(18, 10), at(17, 9), at(17, 10, 30)),
    ("move later", Gesture.MOVE, at(17, 10, 30), at(17, 12, 45), at(17, 12, 15), at(17, 13, 15)),
    ("move to another day", Gesture.MOVE, at(17, 10), at(19, 10), at(19, 10), at(19, 11)),
    ("stretch", Gesture.STRETCH, at(17, 10, 45), at(17, 12, 15), at(17, 10), at(17, 12, 30)),
    ("never shorter than a quarter", Gesture.STRETCH, at(17, 10, 45), at(17, 8), at(17, 10), at(17, 10, 15)),
]


@pytest.mark.parametrize(("words", "gesture", "origin", "now", "start", "end"), DRAGS, ids=[case[0] for case in DRAGS])
def test_what_a_gesture_comes_to(
    words: str, gesture: Gesture, origin: datetime, now: datetime, start: datetime, end: datetime
) -> None:
    event = None if gesture is Gesture.DRAW else MEETING
    assert Drag(gesture, origin, event).span(now) == (start, end)


@pytest.mark.parametrize(
    ("start", "end", "all_day", "strip", "days"),
    [
        (at(17, 10), at(17, 11), False, False, (17, 17)),
        (at(17, 23), at(18, 1), False, False, (17, 18)),
        (at(17, 0), at(18, 0), True, True, (17, 17)),
        (at(17, 0), at(20, 0), True, True, (17, 19)),
        (at(17, 8), at(18, 9), False, True, (17, 18)),
        (at(17, 8), at(17, 8), False, False, (17, 17)),
    ],
)
def test_an_appointment_is_on_the_days_it_touches(
    start: datetime, end: datetime, all_day: bool, strip: bool, days: tuple[int, int]
) -> None:
    event = Event(Reference("appointment", "1"), "", start, end, all_day)
    assert event.in_strip is strip
    assert tuple(each.day for each in event.days) == days


def test_a_point_in_the_grid_is_a_moment_and_a_moment_a_place() -> None:
    days = tuple(date(2026, 6, 15) + timedelta(days=number) for number in range(5))
    grid = HourGrid(days, GUTTER + 500)
    assert grid.moment_at(QPointF(GUTTER + 250, 9.4 * HOUR)) == at(17, 9, 15)
    assert grid.moment_at(QPointF(0, -5)) == at(15)
    rect = grid.rect_of(WEDNESDAY, 9 * 60, 10 * 60)
    assert grid.moment_at(rect.topLeft()) == at(17, 9)


# ---- the pane


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    session = Session(tmp_path, clock=Clock(NOON.astimezone(UTC)))
    made = Desk(session)
    yield made
    made.close()
    session.close()


@pytest.fixture
def pane(qtbot: QtBot, desk: Desk) -> CalendarPane:
    made = CalendarPane(desk)
    qtbot.addWidget(made)
    made.resize(1200, 750)
    made.show()
    qtbot.waitExposed(made)
    return made


def make(desk: Desk, subject: str, start: datetime, end: datetime, **values: Value) -> Reference:
    told = {"subject": subject, "scheduledstart": utc(start), "scheduledend": utc(end), **values}
    return Reference("appointment", str(desk.session.do(lambda tx: edit.create(tx, "appointment", told)).result))


def sees(desk: Desk, reference: Reference) -> Record:
    with desk.read() as reader:
        found = records.get(reader, reference)
    assert found is not None
    return found


def subjects(pane: CalendarPane) -> list[str]:
    return [each.subject for each in pane.events]


def drag(qtbot: QtBot, pane: CalendarPane, begin: QPointF, end: QPointF) -> None:
    hours = pane.views.hours
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(hours, left, pos=begin.toPoint())
    qtbot.mouseMove(hours, begin.toPoint() + QPoint(2, 12))
    qtbot.mouseMove(hours, end.toPoint())
    qtbot.mouseRelease(hours, left, pos=end.toPoint())


def place(pane: CalendarPane, moment: datetime) -> QPointF:
    """A point of the grid, well inside the day's column."""
    grid = pane.views.hours.grid
    minutes = moment.hour * 60 + moment.minute
    return QPointF(grid.left_of(grid.days.index(moment.date())) + grid.column_width * 0.6, minutes * HOUR / 60 + 2)


def test_each_view_has_the_appointments_of_its_days(desk: Desk, pane: CalendarPane) -> None:
    make(desk, "Monday", at(15, 9), at(15, 10))
    make(desk, "Wednesday", at(17, 9), at(17, 10))
    make(desk, "Saturday", at(20, 9), at(20, 10))
    make(desk, "Fair", at(18), at(22), isalldayevent=True)
    make(desk, "Called off", at(17, 9), at(17, 10), statecode=2)
    make(desk, "End of June", at(30, 9), at(30, 10))
    pane.shown()
    seen = {}
    for period in Period:
        pane.show_period(period)
        seen[period] = subjects(pane)
    week = ["Monday", "Wednesday", "Fair", "Saturday"]
    assert seen == {
        Period.DAY: ["Wednesday"],
        Period.WORK_WEEK: ["Monday", "Wednesday", "Fair"],
        Period.WEEK: week,
        Period.MONTH: [*week, "End of June"],
        Period.AGENDA: ["Wednesday", "Fair", "Saturday", "End of June"],
    }


def test_what_is_shown_is_told_in_sentences(desk: Desk, pane: CalendarPane) -> None:
    make(desk, "Plant tour", at(17, 9), at(17, 10, 30), location="Hall 2")
    pane.shown()
    assert pane.views.accessibleName() == "Work week, 15–19 June, 1 appointment"
    told = "Plant tour, Today, Wednesday 17 June, 09:00–10:30, Hall 2, private"
    assert pane.views.accessibleDescription() == told


def test_drawing_makes_a_private_appointment_named_where_it_stands(
    qtbot: QtBot, desk: Desk, pane: CalendarPane
) -> None:
    pane.shown()
    drag(qtbot, pane, place(pane, at(18, 10)), place(pane, at(18, 11, 15)))
    line = pane.views.hours.focusWidget()
    assert line is not None
    qtbot.keyClicks(line, "Plant tour")
    with qtbot.waitSignal(pane.done) as done:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    (event,) = pane.events
    assert (event.subject, event.start, event.end) == ("Plant tour", at(18, 10), at(18, 11, 30))
    assert sees(desk, event.reference).state is State.PRIVATE
    assert pane.selection().records == (event.reference,)
    with qtbot.waitSignal(desk.changed):
        (done.args or [None, None])[1]()
    comes_to(qtbot, lambda: subjects(pane), [])


def test_drawing_without_a_name_makes_nothing(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    pane.shown()
    with qtbot.assertNotEmitted(desk.changed):
        drag(qtbot, pane, place(pane, at(18, 10)), place(pane, at(18, 11)))
        line = pane.views.hours.focusWidget()
        assert line is not None
        qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not pane.views.is_busy
    assert subjects(pane) == []


def test_dragging_moves_and_undo_moves_back(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    made = make(desk, "Plant tour", at(17, 10), at(17, 11))
    pane.shown()
    with qtbot.waitSignal(pane.done) as done:
        drag(qtbot, pane, place(pane, at(17, 10)), place(pane, at(18, 14, 30)))
    assert (pane.events[0].start, pane.events[0].end) == (at(18, 14, 30), at(18, 15, 30))
    assert sees(desk, made)["scheduledstart"] == utc(at(18, 14, 30))
    words, back = done.args or ["", None]
    assert words == "Moved to Thu 18 14:30–15:30"
    with qtbot.waitSignal(desk.changed):
        back()
    comes_to(qtbot, lambda: pane.events[0].start, at(17, 10))


def test_dragging_the_lower_edge_stretches(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    made = make(desk, "Plant tour", at(17, 10), at(17, 11))
    pane.shown()
    rect = pane.views.hours.rect_of(made)
    assert rect is not None
    with qtbot.waitSignal(pane.done):
        drag(qtbot, pane, QPointF(rect.center().x(), rect.bottom() - 3), place(pane, at(17, 12, 15)))
    assert (pane.events[0].start, pane.events[0].end) == (at(17, 10), at(17, 12, 30))


def test_a_click_chooses_and_a_double_click_opens(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    made = make(desk, "Plant tour", at(17, 10), at(17, 11))
    pane.shown()
    where = place(pane, at(17, 10, 30)).toPoint()
    with qtbot.assertNotEmitted(desk.changed):
        qtbot.mouseClick(pane.views.hours, Qt.MouseButton.LeftButton, pos=where)
        assert pane.selection().records == (made,)
        with qtbot.waitSignal(pane.open_asked) as asked:
            qtbot.mouseDClick(pane.views.hours, Qt.MouseButton.LeftButton, pos=where)
    assert asked.args == [made]


def test_whole_days_move_in_the_month(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    made = make(desk, "Fair", at(17), at(18), isalldayevent=True)
    pane.shown()
    pane.show_period(Period.MONTH)
    with qtbot.waitSignal(pane.done) as done:
        pane.views.month.dragged.emit(made, date(2026, 6, 23))
    (event,) = pane.events
    assert [each.day for each in event.days] == [23, 23]
    assert (done.args or [""])[0] == "Moved to Tue 23"


KEYS = [
    (Qt.Key.Key_Right, date(2026, 6, 18)),
    (Qt.Key.Key_Left, date(2026, 6, 16)),
    (Qt.Key.Key_PageDown, date(2026, 6, 24)),
    (Qt.Key.Key_PageUp, date(2026, 6, 10)),
]


@pytest.mark.parametrize(("key", "day"), KEYS)
def test_keys_go_through_the_days_and_today_is_back(qtbot: QtBot, pane: CalendarPane, key: Qt.Key, day: date) -> None:
    pane.shown()
    pane.setFocus()
    qtbot.keyClick(pane, key)
    assert pane.day == day
    assert day in pane.days
    pane.run("today")
    assert pane.day == WEDNESDAY


def test_friday_goes_on_to_monday_in_the_work_week(qtbot: QtBot, pane: CalendarPane) -> None:
    pane.shown()
    pane.show_day(date(2026, 6, 19))
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    assert pane.day == date(2026, 6, 22)


def test_keys_choose_move_and_stretch(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    make(desk, "First", at(17, 9), at(17, 10))
    make(desk, "Second", at(17, 14), at(17, 15))
    pane.shown()
    for expected in ("First", "Second"):
        qtbot.keyClick(pane, Qt.Key.Key_Down)
        (chosen,) = pane.selection().records
        assert sees(desk, chosen)["subject"] == expected
    alt, shift = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(pane.done):
        qtbot.keyClick(pane, Qt.Key.Key_Down, alt)
    with qtbot.waitSignal(pane.done):
        qtbot.keyClick(pane, Qt.Key.Key_Down, alt | shift)
    assert (pane.events[1].start, pane.events[1].end) == (at(17, 14, 15), at(17, 15, 30))


def test_looking_around_writes_nothing(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    make(desk, "Plant tour", at(17, 10), at(17, 11))
    with qtbot.assertNotEmitted(desk.changed, wait=50):
        pane.shown()
        for period in Period:
            pane.show_period(period)
            pane.step(1)
            pane.step(-1)
            pane.grab()
        pane.reveal(pane.events[0].reference)


def test_what_others_change_is_shown_at_once(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    made = make(desk, "Plant tour", at(17, 10), at(17, 11))
    pane.shown()
    with qtbot.waitSignal(desk.changed):
        desk.do(lambda tx: edit.change(tx, made, {"subject": "Plant tour, moved"}))
    comes_to(qtbot, lambda: subjects(pane), ["Plant tour, moved"])


def test_the_person_may_hide_some(qtbot: QtBot, desk: Desk, pane: CalendarPane) -> None:
    make(desk, "Mine", at(17, 10), at(17, 11))
    made = desk.session.do(
        lambda tx: edit.create(
            tx,
            "appointment",
            {"subject": "A colleague's", "scheduledstart": utc(at(17, 10)), "scheduledend": utc(at(17, 11))},
            track=True,
        )
    )
    pane.shown()
    assert subjects(pane) == ["Mine"]
    pane.side.show_colleagues(True)
    assert sorted(subjects(pane)) == ["A colleague's", "Mine"]
    colleague = next(each for each in pane.events if each.reference.id == made.result)
    assert not colleague.mine
