"""The calendar pane: which days are shown, what is chosen, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, time, timedelta

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget

from crmdesk.actions import edit
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.whole_days import span_of
from crmdesk.ui.calendar.events import Event, events_between, tasks_today, utc_text
from crmdesk.ui.calendar.periods import (
    Period,
    day_words,
    days_shown,
    first_weekday,
    heading,
    stepped,
    working_days,
)
from crmdesk.ui.calendar.side import CalendarSide
from crmdesk.ui.calendar.views import CalendarViews
from crmdesk.ui.deleting import delete_records
from crmdesk.ui.focus_order import FocusRing, one_tab_stop
from crmdesk.ui.folds import SideFold
from crmdesk.ui.icons import icon
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.parts import ElidedLabel, columns, frame, rows, scrolled
from crmdesk.ui.record_table import MOST
from crmdesk.ui.sources import read_record
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3
from crmdesk.ui.words import clock_time, local, plural, tr

_MINUTE = 60_000
_QUARTER = timedelta(minutes=15)


class CalendarPane(Pane):
    """My Calendar. Reads the days that are shown; what is drawn, moved or stretched goes through the desk."""

    fitting = ("today", "open", "delete")
    new_kind = "new appointment"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._period = Period.WORK_WEEK
        self._day = self._now.date()
        self._days: list[date] = []
        self._events: list[Event] = []
        self._chosen: Reference | None = None
        self._seen = False
        self.side = CalendarSide()
        self.views = CalendarViews()
        self._title = ElidedLabel("", "heading")
        self._buttons: dict[Period, QToolButton] = {}
        self.views.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.views)
        FocusRing(self.views)
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        back = _arrow("caret-left", tr("Earlier"), lambda: self.step(-1))
        forth = _arrow("caret-right", tr("Later"), lambda: self.step(1))
        right = QWidget()
        self._folds = SideFold(scrolled(self.side), right, tr("Calendars"), (self.side.width(), 1000))
        self._folds.used.connect(self.focus_list)
        opener = self._folds.opener
        head = frame(columns(opener, back, forth, spacing=0, margins=(SPACE_2, 0, SPACE_3, 0)), "pane-head")
        layout = head.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.addSpacing(SPACE_1)
        layout.addWidget(self._title, 1)
        layout.addWidget(self._segments())
        head.setFixedHeight(40)
        right.setLayout(rows(head, self.views, spacing=0))
        self.setLayout(columns(self._folds, spacing=0))

    def _segments(self) -> QFrame:
        group = QButtonGroup(self)
        box = columns(spacing=0, margins=(1, 1, 1, 1))
        for period in Period:
            each = QToolButton()
            each.setText(period.words)
            each.setCheckable(True)
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            each.setChecked(period is self._period)
            each.clicked.connect(self._shows(period))
            group.addButton(each)
            box.addWidget(each)
            self._buttons[period] = each
        one_tab_stop(group)
        segments = frame(box, "segments")
        segments.setAccessibleName(tr("What is shown"))
        segments.setFixedHeight(32)
        return segments

    def _shows(self, period: Period) -> Callable[[], None]:
        return lambda: self.show_period(period)

    def _join(self) -> None:
        self.side.month.day_chosen.connect(self.show_day)
        self.side.shown_changed.connect(self._read)
        self.side.open_asked.connect(self.open_asked)
        views = self.views
        views.chosen.connect(self._choose)
        views.opened.connect(self.open_asked)
        views.named.connect(self._make)
        views.dragged.connect(self._move)
        views.day_chosen.connect(self.show_day)
        views.day_opened.connect(self._open_day)
        self._desk.changed.connect(self._changed)
        self._minute = QTimer(self, interval=_MINUTE)
        self._minute.timeout.connect(self._minute_passed)
        self._minute.start()

    # ---- what is shown

    @property
    def _now(self) -> datetime:
        """The person's clock, without a zone."""
        return local(self._desk.now).replace(tzinfo=None)

    @property
    def period(self) -> Period:
        return self._period

    @property
    def day(self) -> date:
        """The chosen day."""
        return self._day

    @property
    def days(self) -> Sequence[date]:
        return self._days

    @property
    def events(self) -> Sequence[Event]:
        """The appointments that are shown, in the order of their start."""
        return self._events

    def show_period(self, period: Period) -> None:
        """Show the day, week or month that the chosen day is in."""
        self._period = period
        self._buttons[period].setChecked(True)
        self._read()
        self.setFocus()

    def show_day(self, day: date) -> None:
        """Make a day the chosen one; the view follows when it does not have it."""
        self._day = day
        self._read()

    def step(self, steps: int) -> None:
        """Go so many periods on."""
        self.show_day(stepped(self._period, self._day, steps))

    # ---- what the window asks

    def shown(self) -> None:
        self._read()
        if not self._seen:
            self._seen = True
            QTimer.singleShot(0, self.views, self.views.scroll_to_morning)

    def focus_list(self) -> None:
        (self.views.agenda if self._period is Period.AGENDA else self).setFocus()

    def selection(self, most: int = MOST) -> Selection:
        event = self._chosen_event()
        if event is None:
            return Selection()
        return Selection(records=(event.reference,), tracked=event.tracked)

    def possible(self) -> set[str]:
        return {"today", "open", "delete"} if self._chosen_event() else {"today"}

    def run(self, name: str) -> bool:
        event = self._chosen_event()
        if name == "today":
            self.show_day(self._now.date())
        elif name == "new appointment":
            self._ask_for_name()
        elif name == "open" and event is not None:
            self.open_asked.emit(event.reference)
        elif name == "delete" and event is not None:
            delete_records(self._desk, (event.reference,), self.done.emit)
        else:
            return False
        return True

    def reveal(self, key: Hashable) -> None:
        if not isinstance(key, Reference):
            return
        record, _ = read_record(self._desk, key)
        if record is not None and record["scheduledstart"]:
            self.show_day(local(str(record["scheduledstart"])).date())
            self._choose(key)

    # ---- reading

    def _read(self) -> None:
        now = self._now
        self._days = days_shown(self._period, self._day, first_weekday(), working_days())
        if self._day not in self._days:  # a Saturday, in the work week
            self._day = min(self._days, key=lambda each: abs(each - self._day))
        self._events = events_between(self._desk, self._days[0], self._days[-1], self.side.shown)
        self._title.setText(heading(self._period, self._day, self._days, now.date()))
        self.side.month.show_day(self._day, self._days if self._period is not Period.MONTH else (), now.date())
        self.side.show_tasks(tasks_today(self._desk, now.date()))
        self.views.show_events(self._period, self._days, self._events, self._day, now)
        self._tell(now.date())
        if self._chosen is not None and self._chosen_event() is None:
            self._choose(None)

    def _tell(self, today: date) -> None:
        """What those hear who do not see the picture: how many there are, and each as a sentence."""
        count = plural(len(self._events), "{n} appointment", "{n} appointments")
        self.views.setAccessibleName(f"{self._period.words}, {self._title.text()}, {count}")
        self.views.setAccessibleDescription(". ".join(each.sentence(today) for each in self._events))

    def _changed(self, changes: Changes) -> None:
        touched = changes.entities & {"appointment", "task", "account", "contact", "opportunity", "lead"}
        if self.isVisible() and touched and not self.views.is_busy:
            self._read()
            self.selection_changed.emit()  # what is chosen may be tracked now

    def _minute_passed(self) -> None:
        if self.isVisible():
            self.views.show_now(self._now)

    # ---- what is chosen

    def _chosen_event(self) -> Event | None:
        return next((each for each in self._events if each.reference == self._chosen), None)

    def _choose(self, reference: Reference | None) -> None:
        self._chosen = reference
        event = self._chosen_event()
        self.views.choose(reference)
        if event is not None:
            self.views.setAccessibleDescription(event.sentence(self._now.date()))
        if self._period is not Period.AGENDA and not self.views.is_busy:
            self.setFocus()
        self.selection_changed.emit()

    def _choose_next(self, steps: int) -> None:
        """The appointment before or after the chosen one; the first of the chosen day when none is."""
        if not self._events:
            return
        chosen = self._chosen_event()
        if chosen is None:
            later = [each for each in self._events if each.days[1] >= self._day]
            self._choose((later or self._events)[0].reference)
            return
        number = self._events.index(chosen) + steps
        self._choose(self._events[min(max(number, 0), len(self._events) - 1)].reference)

    def _open_day(self, day: date) -> None:
        self._day = day
        self.show_period(Period.DAY)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and key in _MOVES:
            self._nudge(*_MOVES[key], stretch=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._choose_next(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._go(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.step(-1 if key == Qt.Key.Key_PageUp else 1)
        elif key == Qt.Key.Key_Escape:
            self._choose(None)
        else:
            super().keyPressEvent(event)

    def _go(self, steps: int) -> None:
        """One day on; in the work week over the days that are free."""
        day = self._day + timedelta(days=steps)
        while self._period is Period.WORK_WEEK and day.isoweekday() not in working_days():
            day += timedelta(days=steps)
        self.show_day(day)

    # ---- what is done

    def _ask_for_name(self) -> None:
        if not self._period.has_hours:
            self.show_period(Period.DAY)
        now = self._now
        hour = min(now.hour + 1, 22) if self._day == now.date() else 9
        self.views.ask_for_name(datetime.combine(self._day, time(hour)))

    def _make(self, subject: str, start: datetime, end: datetime) -> None:
        values = {"subject": subject[:200], "scheduledstart": utc_text(start), "scheduledend": utc_text(end)}

        def made(changes: Changes) -> None:
            reference = Reference("appointment", str(changes.result))
            self._read()
            self._choose(reference)
            words = tr("Private appointment made: {when}", when=_when(start, end))
            self.done.emit(words, lambda: self._desk.do(lambda tx: edit.remove(tx, reference)))

        self._desk.do(lambda tx: edit.create(tx, "appointment", values), made)

    def _nudge(self, days: int, quarters: int, stretch: bool) -> None:
        event = self._chosen_event()
        if event is None or not event.mine:
            return
        by = timedelta(days=days) + quarters * _QUARTER
        start, end = (event.start, event.end + by) if stretch else (event.start + by, event.end + by)
        if end > start:
            self._move(event.reference, start, end)

    def _move(self, reference: Reference, start: datetime, end: datetime) -> None:
        record, _ = read_record(self._desk, reference)
        if record is None:
            return
        before = {name: record[name] for name in ("scheduledstart", "scheduledend")}
        all_day = bool(record["isalldayevent"])
        begin, until = (utc_text(start), utc_text(end)) if not all_day else span_of(start.date(), _last_day(end))
        wanted = {"scheduledstart": begin, "scheduledend": until}
        words = tr("Moved to {when}", when=day_words(start.date()) if all_day else _when(start, end))

        def moved(changes: Changes) -> None:
            self._day = start.date() if start.date() in self._days or self._period.has_hours else self._day
            self._read()
            self.done.emit(words, lambda: self._desk.do(lambda tx: edit.change(tx, reference, before)))

        self._desk.do(lambda tx: edit.change(tx, reference, wanted), moved)


_MOVES = {
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
}
"""With Alt, by how many days and quarters of an hour a key moves the chosen appointment; with Shift it stretches."""


def _arrow(name: str, words: str, clicked: Callable[[], object]) -> QToolButton:
    result = QToolButton()
    result.setIcon(icon(name))
    result.setToolTip(words)
    result.setAccessibleName(words)
    result.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    result.clicked.connect(clicked)
    return result


def _last_day(end: datetime) -> date:
    """Of a whole-day appointment: its end is the midnight after."""
    return (end - timedelta(seconds=1)).date()


def _when(start: datetime, end: datetime) -> str:
    return f"{day_words(start.date())} {clock_time(start)}–{clock_time(end)}"
