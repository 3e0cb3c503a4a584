"""The window in another language, also while it is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from functools import partial

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk import texts
from crmdesk.actions import choose, edit
from crmdesk.actions.refusal import Refusal
from crmdesk.app import App
from crmdesk.crm.answers import error_of
from crmdesk.model.record import Reference
from crmdesk.texts import choice_words, date_form, tr, within
from crmdesk.ui import moments
from crmdesk.ui.calendar.periods import Period, agenda_words, heading
from crmdesk.ui.command_bar import CommandBar
from crmdesk.ui.dialogs.options import PersonalOptions
from crmdesk.ui.language import speak
from crmdesk.ui.mail.message_table import MessageTable
from crmdesk.ui.words import number_words, short_day


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


def said(window: QWidget) -> set[str]:
    """The texts of labels and buttons in sight."""
    parts: list[QLabel | QPushButton] = [*window.findChildren(QLabel), *window.findChildren(QPushButton)]
    return {part.text() for part in parts if part.isVisible() and part.text()}


def test_the_language_changes_while_the_window_is_open(opened: App, qtbot: QtBot) -> None:
    opened.window.show_pane("tasks")
    before = opened.window
    opened.desk.do(lambda tx: choose.set_option(tx, "appearance.language", "de"))
    qtbot.waitUntil(lambda: opened.window is not before)
    qtbot.waitUntil(lambda: opened.window.isVisible())
    assert texts.language() == "de"
    assert opened.window.current == "tasks"
    assert QLocale().language() == QLocale.Language.German
    opened.desk.do(lambda tx: choose.set_option(tx, "appearance.language", "en"))
    qtbot.waitUntil(lambda: texts.language() == "en")


def test_a_window_in_german_speaks_german(opened: App, qtbot: QtBot) -> None:
    english = opened.window
    opened.desk.do(lambda tx: choose.set_option(tx, "appearance.language", "de"))
    qtbot.waitUntil(lambda: opened.window is not english and opened.window.isVisible())
    window = opened.window
    rail = {each.accessibleName().split(",")[0] for each in window.navigation.buttons.values()}
    assert rail == {"E-Mail", "Kontakte", "Aufgaben", "Kalender", "CRM"}
    bar = window.findChild(CommandBar)
    assert bar is not None
    assert {"Neu", "Synchronisieren"} <= {each.text() for each in bar.findChildren(QToolButton)}
    for width in (1400, 1288, 1120, 960):
        window.resize(width, 800)
        qtbot.waitUntil(lambda: not cut(bar))
    options = PersonalOptions(opened.desk, window)
    options.show_page("Appearance")
    assert {"Farben", "Sprache"} <= {each.text() for each in options.findChildren(QLabel)}
    assert {"Wie im System", "Hell", "Dunkel"} <= choices(options)


def cut(bar: QWidget) -> list[str]:
    """The words of buttons that have less room than they need."""
    buttons = bar.findChildren(QToolButton)
    return [each.text() for each in buttons if each.isVisible() and each.width() < each.sizeHint().width()]


def choices(window: QWidget) -> set[str]:
    boxes = window.findChildren(QComboBox)
    return {box.itemText(row) for box in boxes for row in range(box.count())}


def test_the_days_of_a_list_are_said_in_the_new_language(
    opened: App, receive: Callable[..., str], qtbot: QtBot
) -> None:
    receive("Quote 1142")
    english = opened.window
    for language, today in (("en", "Today"), ("de", "Heute")):
        opened.desk.do(partial(choose.set_option, name="appearance.language", text=language))
        qtbot.waitUntil(lambda language=language: texts.language() == language)  # type: ignore[misc]
        qtbot.waitUntil(lambda: opened.window.isVisible())
        assert (opened.window is english) == (language == "en")
        opened.window.show_pane("mail")
        (table,) = opened.window.pane.findChildren(MessageTable)
        qtbot.waitUntil(lambda table=table: table.rows.rowCount() > 0)  # type: ignore[misc]
        assert table.rows.group(0) == today


def test_dates_and_choices_in_german() -> None:
    speak("de")
    day = date(2026, 11, 23)
    assert short_day(date(2026, 12, 1), day) == "1. Dez."
    assert agenda_words(date(2026, 11, 24), day) == "Morgen, Dienstag, 24. November"
    week = [day + timedelta(days=number) for number in range(5)]
    assert heading(Period.WORK_WEEK, day, week, day) == "23.–27. November"
    assert number_words(1234.5, 1) == "1.234,5"
    assert (choice_words("Open"), tr("Open")) == ("Offen", "Öffnen")
    assert within(tr("Lead")) == "Lead"


def test_dates_and_choices_in_english() -> None:
    speak("en")
    day = date(2026, 11, 23)
    week = [day + timedelta(days=number) for number in range(14)]
    assert heading(Period.WEEK, day, week[:7], day) == "23–29 November"
    assert heading(Period.AGENDA, day, week, day) == "23 November – 6 December"
    assert (choice_words("Open"), within(tr("Lead"))) == ("Open", "lead")


def test_the_made_up_language_leaves_the_forms_of_dates_alone() -> None:
    speak(texts.PSEUDO)
    assert date_form("d MMM yyyy") == "d MMM yyyy"
    assert choice_words("Open") != "Open"


def test_what_comes_from_below_the_window_is_said_in_german(opened: App) -> None:
    speak("de")
    assert str(error_of(401, b"")).startswith("Der Server nimmt die Anmeldung nicht mehr an.")
    with pytest.raises(Refusal, match="In den lokalen Daten nicht vorhanden: Kontakt"):
        opened.desk.session.do(lambda tx: edit.remove(tx, Reference("contact", "0" * 8)))


@pytest.mark.parametrize(
    ("typed", "day", "at", "rest"),
    [
        ("zurückrufen morgen 15:00", date(2026, 11, 24), time(15), "zurückrufen"),
        ("zurückrufen am Freitag um 9", date(2026, 11, 27), time(9), "zurückrufen"),
        ("Angebot nächsten Mittwoch", date(2026, 11, 25), None, "Angebot"),
        ("Angebot 1.12.", date(2026, 12, 1), None, "Angebot"),
        ("call back tomorrow at 9", date(2026, 11, 24), time(9), "call back"),
    ],
)
def test_days_and_times_are_typed_in_german(typed: str, day: date, at: time | None, rest: str) -> None:
    speak("de")
    assert moments.find(typed, date(2026, 11, 23)) == moments.Found(day, at, rest)
