"""A grid of more records than are read in the window's thread."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.app import App
from crmdesk.model.changes import Changes
from crmdesk.store.store import Transaction
from crmdesk.ui import long_list
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.records.pane import RecordsPane
from crmdesk.ui.side_list import SideList

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


def _table(pane: RecordsPane) -> RecordTable:
    return next(each for each in pane.findChildren(RecordTable) if each.accessibleName() == "Records")


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
