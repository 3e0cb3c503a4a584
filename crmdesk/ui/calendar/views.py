"""The calendar's three ways to show appointments, side by side behind one face."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from crmdesk.model.record import Reference
from crmdesk.ui.calendar.day_grid import DayGrid
from crmdesk.ui.calendar.day_head import DayHead
from crmdesk.ui.calendar.events import Event, by_day
from crmdesk.ui.calendar.geometry import HOUR
from crmdesk.ui.calendar.month_grid import MonthGrid
from crmdesk.ui.calendar.periods import Period, agenda_words
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import frame, rows
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line, Rows, grouped
from crmdesk.ui.words import tr

_FIRST_HOUR = 8


class CalendarViews(QStackedWidget):
    """Shows the appointments of some days. Times that it tells are the person's clock."""

    chosen = Signal(object)  # Reference or None
    opened = Signal(object)  # Reference
    named = Signal(str, object, object)  # subject, start, end
    dragged = Signal(object, object, object)  # Reference, start, end
    day_chosen = Signal(object)  # date
    day_opened = Signal(object)  # date

    def __init__(self) -> None:
        super().__init__()
        self._events: list[Event] = []
        self.head, self.hours = DayHead(), DayGrid()
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._area.setWidget(self.hours)
        self.month = MonthGrid()
        self.agenda = RecordTable(Shape.ENTRY, tr("Agenda"))
        self._empty = EmptyState("calendar-blank", tr("Nothing planned"), tr("No appointments in these days."))
        self._days_page = QWidget()
        self._days_page.setLayout(rows(self.head, self._area, spacing=0))
        self._agenda_page = frame(rows(self.agenda, self._empty, spacing=0), "surface")
        for page in (self._days_page, self.month, self._agenda_page):
            self.addWidget(page)
        self._join()

    def _join(self) -> None:
        for each in (self.head, self.hours, self.month):
            each.chosen.connect(self.chosen)
            each.opened.connect(self.opened)
        self.hours.named.connect(self.named)
        self.hours.dragged.connect(self.dragged)
        self.head.day_asked.connect(self.day_opened)
        self.month.day_chosen.connect(self.day_chosen)
        self.month.day_opened.connect(self.day_opened)
        self.month.dragged.connect(self._day_dragged)
        self.agenda.opened.connect(lambda line: self.opened.emit(line.key[0]))
        self.agenda.current_changed.connect(lambda line: self.chosen.emit(line.key[0] if line is not None else None))
        self._area.verticalScrollBar().installEventFilter(self)

    @property
    def is_busy(self) -> bool:
        return self.hours.is_busy

    def show_events(self, period: Period, days: Sequence[date], events: list[Event], day: date, now: datetime) -> None:
        """`now` is the person's clock, without a zone."""
        self._events = events
        today = now.date()
        if period.has_hours:
            self.setCurrentWidget(self._days_page)
            self.head.show_events(days, events, day, today)
            self.hours.show_events(days, events, now)
        elif period is Period.MONTH:
            self.setCurrentWidget(self.month)
            self.month.show_events(days, events, day, today)
        else:
            self.setCurrentWidget(self._agenda_page)
            found = _agenda(events, days, today)
            self.agenda.show_rows(found)
            self.agenda.setVisible(bool(found.numbers))
            self._empty.setVisible(not found.numbers)

    def show_now(self, now: datetime) -> None:
        self.hours.show_now(now)

    def choose(self, reference: Reference | None) -> None:
        for each in (self.head, self.hours, self.month):
            each.choose(reference)
        rect = self.hours.rect_of(reference) if reference is not None else None
        if rect is not None and self.currentWidget() is self._days_page:
            self._area.ensureVisible(int(rect.center().x()), int(rect.top()), 0, 30)

    def scroll_to_morning(self) -> None:
        """The working day comes into sight, or what is earlier than it."""
        minutes = [each.start.hour for each in self._events if not each.in_strip]
        self._area.verticalScrollBar().setValue(max(0, min([_FIRST_HOUR, *minutes])) * HOUR)

    def ask_for_name(self, start: datetime) -> None:
        self._area.ensureVisible(0, (start.hour + 1) * HOUR, 0, 2 * HOUR)
        self.hours.ask_for_name(start, start + timedelta(hours=1))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Resize):
            bar = self._area.verticalScrollBar()
            self.head.leave_room(bar.width())
        return super().eventFilter(watched, event)

    def _day_dragged(self, reference: Reference, day: date) -> None:
        event = next((each for each in self._events if each.reference == reference), None)
        if event is not None:
            start = datetime.combine(day, event.start.time() if not event.all_day else time())
            self.dragged.emit(reference, start, start + (event.end - event.start))


def _agenda(events: list[Event], days: Sequence[date], today: date) -> Rows:
    lines: list[Line] = []
    parts: list[tuple[str, list[int]]] = []
    for day, some in by_day(events, days):
        first = len(lines)
        lines += [_agenda_line(each, day, today) for each in some]
        parts.append((agenda_words(day, today), list(range(first, len(lines)))))

    def fetch(numbers: Sequence[int]) -> Mapping[int, Line]:
        return {number: lines[number] for number in array("q", numbers)}

    return grouped(parts, fetch)


def _agenda_line(event: Event, day: date, today: date) -> Line:
    about = [event.time_words, event.location]
    if event.tracked:
        about.append(tr("tracked: {name}", name=event.regarding) if event.regarding else tr("tracked"))
    elif event.mine:
        about.append(tr("private"))
    return Line(
        (event.reference, day),
        event.subject,
        event.sentence(today),
        subject=" · ".join(part for part in about if part),
        icon="link" if event.tracked else "calendar-blank",
        note=event.note,
    )
