"""Reminders that are due: open, snooze or dismiss each, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QWidget

from crmdesk.actions import remind
from crmdesk.desk.desk import Desk
from crmdesk.store.reminders import Reminder
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.parts import Avatar, ElidedLabel, button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_3
from crmdesk.ui.words import local, long_time, plural, tr

_TOMORROW = time(9)


class RemindersDialog(DeskDialog):
    """Opens beside the work without taking the keyboard from it; closes itself when nothing is due any more."""

    opened = Signal(object)  # Reference

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__(desk, tr("Reminders"), "", parent, (780, 360))
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._due: tuple[Reminder, ...] = ()
        self._cards = Cards(tr("Reminders"))
        self.body.addWidget(self._cards, 1)
        self.add_button(tr("Snooze all"), left=True).setMenu(self._snooze_menu(lambda: self._due))
        self.add_button(tr("Dismiss all"), clicked=lambda: self._dismiss(self._due))
        self.add_close()

    def show_due(self, due: Sequence[Reminder]) -> None:
        """What is due now, soonest first."""
        self._due = tuple(due)
        self.heading.setText(plural(len(due), "{n} reminder", "{n} reminders"))
        self._cards.show_cards([self._card(each) for each in due])
        if not due:
            self.accept()

    def _card(self, reminder: Reminder) -> QFrame:
        picture = Avatar(36)
        picture.show_icon("calendar-blank" if reminder.reference.entity == "appointment" else "check-square")
        name = ElidedLabel(reminder.name, "heading")
        when = label(_when_words(reminder, self.desk.now), "dim")
        inside = columns(
            picture,
            rows(name, when, spacing=2),
            self._press(tr("Open"), reminder, lambda: self.opened.emit(reminder.reference)),
            self._snooze_button(reminder),
            self._press(tr("Dismiss"), reminder, lambda: self._dismiss((reminder,))),
            spacing=SPACE_3,
            margins=(SPACE_3, SPACE_3, SPACE_3, SPACE_3),
        )
        inside.setStretch(1, 1)
        card = frame(inside)
        card.setAccessibleName(f"{reminder.name}, {when.text()}")
        return card

    def _press(self, text: str, reminder: Reminder, clicked: Callable[[], object]) -> QPushButton:
        made = button(text, clicked=clicked)
        made.setAccessibleName(f"{text}: {reminder.name}")
        return made

    def _snooze_button(self, reminder: Reminder) -> QPushButton:
        made = self._press(tr("Snooze"), reminder, lambda: None)
        made.setMenu(self._snooze_menu(lambda: (reminder,)))
        return made

    def _snooze_menu(self, about: Callable[[], Sequence[Reminder]]) -> QMenu:
        menu = QMenu(self)
        menu.setAccessibleName(tr("Snooze"))
        for words, until in _choices():
            menu.addAction(words, partial(self._snooze, about, until))
        return menu

    def _snooze(self, about: Callable[[], Sequence[Reminder]], until: Callable[[datetime], datetime]) -> None:
        references, moment = [each.reference for each in about()], until(self.desk.now)
        self.act(lambda tx: remind.snooze(tx, references, moment))

    def _dismiss(self, about: Sequence[Reminder]) -> None:
        self.act(lambda tx: remind.dismiss(tx, about))


def _choices() -> list[tuple[str, Callable[[datetime], datetime]]]:
    def after(minutes: int) -> Callable[[datetime], datetime]:
        return lambda now: now + timedelta(minutes=minutes)

    minutes = [(plural(each, "{n} minute", "{n} minutes"), after(each)) for each in (5, 15)]
    return [*minutes, (plural(1, "{n} hour", "{n} hours"), after(60)), (tr("Tomorrow morning"), _tomorrow)]


def _tomorrow(now: datetime) -> datetime:
    here = local(now)
    return datetime.combine(here.date() + timedelta(days=1), _TOMORROW, here.tzinfo)


def _when_words(reminder: Reminder, now: datetime) -> str:
    """How far away it is, and where: in 12 minutes · Room 4."""
    minutes = round((reminder.when - now).total_seconds() / 60)
    if minutes == 0:
        said = tr("now")
    elif 0 < minutes <= 90:
        said = plural(minutes, "in {n} minute", "in {n} minutes")
    elif -90 <= minutes < 0:
        said = plural(-minutes, "{n} minute ago", "{n} minutes ago")
    else:
        said = long_time(reminder.when, now)
    return f"{said} · {reminder.place}" if reminder.place else said
