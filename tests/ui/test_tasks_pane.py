"""The tasks pane over a real store: which group a task is in, ticking and taking it back, adding by a line of words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.desk.desk import Desk
from crmdesk.model.record import Record, Reference, Value
from crmdesk.session.session import Session
from crmdesk.store import records
from crmdesk.ui.picker import Suggestion
from crmdesk.ui.quick_add import task_from
from crmdesk.ui.tasks.groups import due_words, is_overdue, open_groups
from crmdesk.ui.tasks.pane import TasksPane
from crmdesk.ui.tasks.quick_line import best_match
from tests.support.clock import Clock
from tests.support.in_process import InProcessServer
from tests.support.waiting import comes_to

NOON = datetime(2026, 6, 17, 12, 0).astimezone()  # a Wednesday, on the clock of this computer


def utc(day: int, hour: int = 0, minute: int = 0, month: int = 6) -> str:
    return datetime(2026, month, day, hour, minute).astimezone().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    clock = Clock(NOON.astimezone(UTC))
    server = InProcessServer(tmp_path, clock=clock)
    session = Session(tmp_path / "profile", clock=clock, transport=server.transport)
    session.connect_with_token("http://localhost", server.token(server.add_user("anna")))
    made = Desk(session)
    yield made
    made.close()
    session.close()
    server.close()


def make(desk: Desk, subject: str, due: str | None = None, **values: Value) -> Reference:
    told = {"subject": subject, "scheduledend": due, **values}
    made = desk.session.do(lambda tx: edit.create(tx, "task", told))
    return Reference("task", str(made.result))


def sees(desk: Desk, reference: Reference) -> Record:
    with desk.read() as reader:
        found = records.get(reader, reference)
    assert found is not None
    return found


@pytest.fixture
def pane(qtbot: QtBot, desk: Desk) -> TasksPane:
    made = TasksPane(desk)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def shown(pane: TasksPane) -> dict[str, list[str]]:
    """The list as it stands: heading -> titles."""
    found: dict[str, list[str]] = {}
    heading = ""
    for row in range(pane.table.rows.rowCount()):
        group = pane.table.rows.group(row)
        if group is not None:
            heading = group
            found[heading] = []
        else:
            line = pane.table.rows.line(row)
            assert line is not None
            found[heading].append(line.title)
    return found


GROUPS = [
    ("a month ago", utc(17, 9, month=5), "Overdue"),
    ("yesterday, without a time", utc(16), "Overdue"),
    ("yesterday evening", utc(16, 23, 59), "Overdue"),
    ("today, an hour ago", utc(17, 11), "Overdue"),
    ("today, without a time", utc(17), "Today"),
    ("now", utc(17, 12), "Today"),
    ("tonight", utc(17, 23, 59), "Today"),
    ("tomorrow, without a time", utc(18), "Tomorrow"),
    ("tomorrow at night", utc(18, 23), "Tomorrow"),
    ("the day after", utc(19), "This week"),
    ("Sunday", utc(21, 20), "This week"),
    ("Monday", utc(22), "Later"),
    ("next month", utc(1, 9, month=7), "Later"),
    ("some day", None, "No date"),
]


def test_every_open_task_stands_in_the_group_of_its_due_moment(desk: Desk, pane: TasksPane) -> None:
    for words, due, _ in GROUPS:
        make(desk, words, due)
    pane.shown()
    expected: dict[str, list[str]] = {}
    for words, _, group in GROUPS:
        expected.setdefault(group, []).append(words)
    assert shown(pane) == expected


@pytest.mark.parametrize(
    ("first_day", "end_of_week"),
    [(1, utc(22)), (7, utc(21)), (6, utc(20)), (5, utc(19))],
    ids=["mon", "sun", "sat", "fri"],
)
def test_this_week_ends_where_the_locale_has_it(first_day: int, end_of_week: str) -> None:
    later = next(group for group in open_groups(NOON, first_day) if group.heading == "Later")
    assert end_of_week in str(later.filter)


@pytest.mark.parametrize(
    ("due", "late", "words"),
    [
        (utc(17, 11), True, "11:00"),
        (utc(17, 15), False, "15:00"),
        (utc(17), False, "today"),
        (utc(16), True, "yesterday"),
        (utc(18, 9, 30), False, "tomorrow 09:30"),
        (utc(1, 9, month=7), False, "1 Jul 09:00"),
        (None, False, ""),
    ],
)
def test_a_due_moment_is_said_shortly_and_known_to_be_late(due: str | None, late: bool, words: str) -> None:
    assert is_overdue(due, NOON) is late
    assert due_words(due, NOON) == words


def test_overdue_and_private_are_said_in_words(desk: Desk, pane: TasksPane) -> None:
    make(desk, "Send the offer", utc(16, 17))
    pane.shown()
    line = pane.table.rows.line(1)
    assert line is not None
    assert (line.aside, line.tone) == ("Private · Overdue · yesterday 17:00", "failed")
    assert line.sentence == "Task, Send the offer, overdue, was due yesterday 17:00, private"


def test_ticking_completes_and_undo_opens_again(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    task = make(desk, "Call", utc(17, 15), statuscode=3)
    pane.shown()
    line = pane.table.rows.line(1)
    with qtbot.waitSignal(pane.done) as done:
        pane.table.ticked.emit(line)
    assert sees(desk, task)["statecode"] == 1
    comes_to(qtbot, lambda: shown(pane), {"Done": ["Call"]})
    words, back = done.args or ["", None]
    assert words == "Task completed"
    with qtbot.waitSignal(desk.changed):
        back()
    assert (sees(desk, task)["statecode"], sees(desk, task)["statuscode"]) == (0, 3)
    comes_to(qtbot, lambda: shown(pane), {"Today": ["Call"]})


def test_a_done_task_opens_again_by_its_tick(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    task = make(desk, "Call", statecode=1)
    pane.shown()
    with qtbot.waitSignal(pane.done):
        pane.table.ticked.emit(pane.table.rows.line(1))
    assert sees(desk, task)["statecode"] == 0


def test_only_the_last_fifty_done_are_listed(desk: Desk, pane: TasksPane) -> None:
    for number in range(60):
        make(desk, f"Done {number}", utc(1 + number % 28), statecode=1)
    make(desk, "Open")
    pane.shown()
    assert list(shown(pane)) == ["No date", "Done"]
    assert len(shown(pane)["Done"]) <= 50


QUICK = [
    ("call back tomorrow 15:00 #contoso", {"subject": "call back", "scheduledend": utc(18, 15)}, "contoso"),
    ("#contoso call back", {"subject": "call back"}, "contoso"),
    ("call back", {"subject": "call back"}, None),
    ("call back today", {"subject": "call back", "scheduledend": utc(17, 17)}, None),
    ("report friday", {"subject": "report", "scheduledend": utc(19, 17)}, None),
    ("report on wednesday 9:30", {"subject": "report", "scheduledend": utc(24, 9, 30)}, None),
    ("invoice 2026-07-01 08:00", {"subject": "invoice", "scheduledend": utc(1, 8, month=7)}, None),
    ("invoice 1.7.", {"subject": "invoice", "scheduledend": utc(1, 17, month=7)}, None),
    ("ring at 16", {"subject": "ring", "scheduledend": utc(17, 16)}, None),
    ("ring 3pm !", {"subject": "ring", "scheduledend": utc(17, 15), "prioritycode": 2}, None),
    ("fix issue 15 of 3", {"subject": "fix issue 15 of 3"}, None),
]


@pytest.mark.parametrize(("text", "values", "about"), QUICK)
def test_a_line_of_words_is_understood(text: str, values: dict[str, Value], about: str | None) -> None:
    found = task_from(text, NOON)
    assert (found.values, found.about) == (values, about)


@pytest.mark.parametrize(
    ("word", "names", "expected"),
    [
        ("contoso", ["The Contoso people", "Contoso Ltd"], "Contoso Ltd"),
        ("con", ["Contoso Pharmaceuticals", "Contoso"], "Contoso"),
        ("blue_yonder", ["Blue Yonder Airlines"], "Blue Yonder Airlines"),
        ("fabrikam", ["Contoso"], None),
    ],
)
def test_a_word_names_the_record_that_begins_with_it(word: str, names: list[str], expected: str | None) -> None:
    found = best_match(word, [Suggestion(Reference("account", str(n)), name, "") for n, name in enumerate(names)])
    assert (found.name if found else None) == expected


def test_a_task_about_an_account_is_tracked(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    made = desk.session.do(lambda tx: edit.create(tx, "account", {"name": "Contoso Ltd"}, track=True))
    pane.shown()
    pane.quick.line.setText("call back tomorrow 15:00 #contoso")
    with qtbot.waitSignal(pane.done) as done:
        qtbot.keyClick(pane.quick.line, Qt.Key.Key_Return)
    comes_to(qtbot, lambda: shown(pane), {"Tomorrow": ["call back"]})
    line = pane.table.current_line()
    assert line is not None
    assert line.mark == "Contoso Ltd"
    assert isinstance(line.key, Reference)
    task = sees(desk, line.key)
    assert task["regardingobjectid"] == f"account:{made.result}"
    assert task.tracked
    assert pane.quick.line.text() == ""
    with qtbot.waitSignal(desk.changed):
        (done.args or [None, None])[1]()
    comes_to(qtbot, lambda: shown(pane), {})


def test_a_word_that_names_nothing_stays_in_the_subject(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    pane.shown()
    pane.quick.line.setText("call back #nobody")
    with qtbot.waitSignal(pane.done):
        qtbot.keyClick(pane.quick.line, Qt.Key.Key_Return)
    comes_to(qtbot, lambda: shown(pane), {"No date": ["call back #nobody"]})
    assert pane.selection().tracked is False


def test_what_could_not_be_made_comes_back_as_it_was_typed(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    # a private contact's name leads to a refusal: a record of the CRM can't point at one that never leaves here
    desk.session.do(lambda tx: edit.create(tx, "contact", {"lastname": "Holm"}))
    pane.shown()
    pane.quick.line.setText("call back tomorrow #holm")
    qtbot.keyClick(pane.quick.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: pane.quick.line.text() != "")
    assert pane.quick.line.text() == "call back tomorrow #holm"
    comes_to(qtbot, lambda: shown(pane), {})


def test_reading_and_choosing_write_nothing(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    one, other = make(desk, "One", utc(18)), make(desk, "Other", utc(19))
    before = (sees(desk, one), sees(desk, other))
    with qtbot.assertNotEmitted(desk.changed):
        pane.shown()
        pane.table.choose_key(other)
        assert pane.card.record is not None
        assert pane.card.record.reference == other
        pane.table.choose_key(one)
    assert (sees(desk, one), sees(desk, other)) == before


def test_a_task_is_edited_in_the_reading_pane(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    task = make(desk, "One", utc(18, 9))
    pane.shown()
    pane.reveal(task)
    assert pane.run("edit")
    pane.card.form.saved.emit({"subject": "One and more"})
    qtbot.waitUntil(lambda: shown(pane) == {"Tomorrow": ["One and more"]})
    assert not pane.card.is_editing


def test_a_change_by_others_is_shown_at_once(qtbot: QtBot, desk: Desk, pane: TasksPane) -> None:
    task = make(desk, "One", utc(18, 9))
    pane.shown()
    with qtbot.waitSignal(desk.changed):
        desk.do(lambda tx: edit.change(tx, task, {"subject": "Two", "scheduledend": utc(17, 15)}))
    comes_to(qtbot, lambda: shown(pane), {"Today": ["Two"]})
