"""Lists of more rows than are read in the window's thread."""

from __future__ import annotations

from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.app import App
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query
from crmdesk.model.record import Reference
from crmdesk.store import mailbox, records
from crmdesk.store.errors import StoreBusy
from crmdesk.store.store import Reader, Transaction
from crmdesk.ui import long_list
from crmdesk.ui.empty_state import Notice
from crmdesk.ui.long_list import LongList
from crmdesk.ui.pane import Pane
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.records.pane import RecordsPane
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line, Rows, fixed
from crmdesk.ui.side_list import SideList
from tests.support import large_profile
from tests.support.large_profile import Amounts

FIRST, ALL = 20, 90


@pytest.fixture
def pane(opened: App, monkeypatch: pytest.MonkeyPatch) -> RecordsPane:
    """Leads, of which there are many."""
    monkeypatch.setattr(long_list, "AT_ONCE", FIRST)

    def make(tx: Transaction) -> Changes:
        for number in range(ALL):
            changes = edit.create(tx, "lead", {"lastname": f"Lead {number:03}", "subject": "Interested"})
        return changes

    opened.desk.session.do(make)
    shown = opened.window.show_pane("records")
    assert isinstance(shown, RecordsPane)
    return shown


def _table(pane: Pane, name: str = "Records") -> RecordTable:
    return next(each for each in pane.findChildren(RecordTable) if each.accessibleName() == name)


def _choose(pane: RecordsPane, entity: str) -> None:
    kinds = next(each for each in pane.findChildren(SideList) if each.accessibleName() == "Kinds of record")
    kinds.choose(entity)


def test_it_begins_at_once_and_is_whole_soon(pane: RecordsPane, qtbot: QtBot) -> None:
    _choose(pane, "lead")
    table = _table(pane)
    assert table.rows.rowCount() == FIRST
    table.choose_row(7)
    chosen = table.selected_lines()
    qtbot.waitUntil(lambda: table.rows.rowCount() == ALL)
    assert table.selected_lines() == chosen, "what was chosen meanwhile stays so"


def test_what_comes_for_a_list_that_was_left_is_not_shown(pane: RecordsPane, qtbot: QtBot) -> None:
    _choose(pane, "lead")
    _choose(pane, "account")
    accounts = list(_table(pane).rows.numbers)
    with qtbot.waitSignal(pane._desk.changed):  # answers come in order: the leads' numbers were here before
        pane._desk.do(lambda tx: edit.create(tx, "contact", {"lastname": "Smith"}))
    assert list(_table(pane).rows.numbers) == accounts


def test_a_long_list_follows_changes(pane: RecordsPane, qtbot: QtBot) -> None:
    _choose(pane, "lead")
    table = _table(pane)
    qtbot.waitUntil(lambda: table.rows.rowCount() == ALL)
    pane._desk.do(lambda tx: edit.create(tx, "lead", {"lastname": "Another", "subject": "Interested"}))
    qtbot.waitUntil(lambda: table.rows.rowCount() == ALL + 1)


def test_what_takes_too_long_all_comes_from_the_background(
    pane: RecordsPane, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_list, "_STEPS", 10)
    _choose(pane, "lead")
    table = _table(pane)
    assert table.rows.rowCount() == 0
    qtbot.waitUntil(lambda: table.rows.rowCount() == ALL)


# ---- mail, contacts, tasks


@pytest.fixture
def filled(opened: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """A window over ALL contacts, tasks and messages of an inbox."""
    monkeypatch.setattr(long_list, "AT_ONCE", FIRST)
    large_profile.fill(opened.desk.session.store, Amounts(contacts=ALL * 3, tasks=ALL, messages=ALL), opened.desk.now)
    opened.window.show_pane("calendar")  # the others read when they come into sight
    return opened


@pytest.mark.parametrize(("kind", "name"), [("contacts", "Contacts"), ("tasks", "Tasks")])
def test_own_lists_begin_at_once_too(filled: App, qtbot: QtBot, kind: str, name: str) -> None:
    table = _table(filled.window.show_pane(kind), name)
    assert _lines(table) == FIRST
    qtbot.waitUntil(lambda: _lines(table) == ALL)  # those that are done stand among the tasks: they are few
    assert table.current_line() is not None


def test_a_contact_far_down_is_found(filled: App, qtbot: QtBot) -> None:
    pane = filled.window.show_pane("contacts")
    table = _table(pane, "Contacts")
    last = Reference("contact", large_profile.contact_id(3 * (ALL - 1)))
    pane.reveal(last)
    qtbot.waitUntil(lambda: (line := table.current_line()) is not None and line.key == last)


def test_a_contact_that_is_not_mine_is_opened_in_the_crm(filled: App, qtbot: QtBot) -> None:
    other = Reference("contact", large_profile.contact_id(1))
    filled.window.show_pane("contacts").reveal(other)
    qtbot.waitUntil(lambda: filled.window.current == "records")


def test_a_message_far_down_is_found(filled: App, qtbot: QtBot) -> None:
    pane = filled.window.show_pane("mail")
    table = _table(pane, "Messages")
    first = mailbox.id_of("<0@mail.example>")  # the oldest, in a conversation that stands collapsed
    pane.reveal(first)
    qtbot.waitUntil(lambda: (line := table.current_line()) is not None and line.key == first)


def test_the_inbox_is_whole_soon_and_its_number_too(filled: App, qtbot: QtBot) -> None:
    pane = filled.window.show_pane("mail")
    table = _table(pane, "Messages")
    conversations = 5 * ALL // 10  # of ten messages one was sent, and four stand under another
    qtbot.waitUntil(lambda: _lines(table) == conversations)
    side = next(each for each in pane.findChildren(SideList) if each.accessibleName() == "Folders")
    unread = sum(number % 40 == 0 for number in range(ALL))
    qtbot.waitUntil(lambda: side.item(1).data(Qt.ItemDataRole.AccessibleTextRole) == f"Inbox, {unread}")


def _lines(table: RecordTable) -> int:
    return table.rows.rowCount() - len(table.rows.group_rows())


def _notice(table: RecordTable) -> Notice:
    return next(iter(table.findChildren(Notice)))


def test_a_list_that_takes_long_says_so(
    pane: RecordsPane, opened: App, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _choose(pane, "account")
    monkeypatch.setattr(long_list, "_STEPS", 1)  # nothing of it can be read at once
    go_on = Event()
    opened.desk.read_list(lambda reader: go_on.wait(30), lambda waited: None)  # and something else is read before
    try:
        _choose(pane, "lead")
        table = _table(pane)
        qtbot.waitUntil(_notice(table).isVisible)
        assert _notice(table).accessibleName() == "Reading the list …"
        assert table.rows.rowCount() == 0, "another list's rows would be taken for this one's"
    finally:
        go_on.set()
    qtbot.waitUntil(lambda: table.rows.rowCount() == ALL)
    assert not _notice(table).isVisible()


@pytest.mark.parametrize("at_once", [True, False], ids=["in the window's thread", "in the background"])
def test_a_list_that_cannot_be_read_says_so_and_is_tried_again(
    opened: App, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    if not at_once:
        monkeypatch.setattr(long_list, "_STEPS", 1)
    table, nothing = RecordTable(Shape.CARD, "List"), QWidget()
    qtbot.addWidget(table)
    qtbot.addWidget(nothing)
    table.show()
    broken = [True]

    def reading(reader: Reader, limit: int | None) -> Rows:
        records.find(reader, Query("lead"), opened.desk.now)
        if broken:
            raise StoreBusy("Another program holds the local data. Nothing was lost; try again.")
        return fixed([Line("1", "One", "One")])

    shown = LongList(opened.desk, table, table.show_rows, nothing)
    shown.read("list", reading)
    qtbot.waitUntil(lambda: _notice(table).accessibleName().startswith("This list could not be read"))
    assert "Another program holds" in _notice(table).accessibleName()
    broken.clear()
    qtbot.mouseClick(_notice(table).findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: table.rows.rowCount() == 1)
    assert not _notice(table).isVisible()
