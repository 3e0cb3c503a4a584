"""Columns of a grid as a person chose them, for each kind of record, in this window and the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton

from crmdesk.app import App
from crmdesk.model.list_view import usual_views
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.records.grid_columns import GridColumns
from crmdesk.ui.records.pane import RecordsPane
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import no_rows
from crmdesk.ui.words import tr

ACCOUNT, LEAD = ENTITIES["account"], ENTITIES["lead"]
EVERY_ACCOUNT, EVERY_LEAD = usual_views(ACCOUNT)[0], usual_views(LEAD)[0]


@pytest.fixture
def table(qapp: object) -> RecordTable:
    made = RecordTable(Shape.GRID, "Records")
    made.resize(900, 300)
    return made


def _shown(table: RecordTable) -> list[str]:
    header = table.horizontalHeader()
    sections = (header.logicalIndex(place) for place in range(header.count()))
    return [table.rows.headings[each].name for each in sections if not header.isSectionHidden(each)]


def _choose(grid: GridColumns, number: int) -> None:
    grid.menu.aboutToShow.emit()
    grid.menu.actions()[number].trigger()


def test_each_kind_keeps_its_own_columns(table: RecordTable) -> None:
    grid = GridColumns(table, lambda: None)
    grid.show_rows(no_rows(), EVERY_ACCOUNT)
    _choose(grid, 1)
    table.horizontalHeader().moveSection(2, 3)
    table.horizontalHeader().resizeSection(0, 333)
    chosen = _shown(table)
    assert chosen == [ACCOUNT.columns[0], ACCOUNT.columns[3], ACCOUNT.columns[2], *ACCOUNT.columns[4:]]
    grid.show_rows(no_rows(), EVERY_LEAD)
    assert _shown(table) == list(LEAD.columns)
    grid.show_rows(no_rows(), EVERY_ACCOUNT)
    assert _shown(table) == chosen
    assert table.columnWidth(0) == 333


def test_the_next_window_goes_on_with_them(table: RecordTable) -> None:
    grid = GridColumns(table, lambda: None)
    grid.show_rows(no_rows(), EVERY_ACCOUNT)
    _choose(grid, 1)
    chosen = _shown(table)
    next_table = RecordTable(Shape.GRID, "Records")
    following = GridColumns(next_table, lambda: None)
    following.take(grid.kept())
    following.show_rows(no_rows(), EVERY_ACCOUNT)
    assert _shown(next_table) == chosen


@pytest.mark.parametrize("kept", ["", "[]", '{"account": [["gone", 10]]}', '{"account": 3}'])
def test_what_cannot_be_read_does_no_harm(table: RecordTable, kept: str) -> None:
    grid = GridColumns(table, lambda: None)
    grid.take(kept)
    grid.show_rows(no_rows(), EVERY_ACCOUNT)
    assert _shown(table)[0] == ACCOUNT.columns[0]


def test_the_usual_columns_come_back_and_the_first_stays(table: RecordTable) -> None:
    grid = GridColumns(table, lambda: None)
    grid.show_rows(no_rows(), EVERY_ACCOUNT)
    _choose(grid, 1)
    assert len(_shown(table)) < len(ACCOUNT.columns)
    _choose(grid, 0)  # cannot be chosen: it names the record
    assert _shown(table)[0] == ACCOUNT.columns[0]
    _choose(grid, len(grid.menu.actions()) - 1)
    assert _shown(table) == list(ACCOUNT.columns)


def test_closed_ones_have_a_view(opened: App, make: Callable[..., Reference]) -> None:
    make("account", name="Contoso")
    make("account", name="Fabrikam", statecode=1)
    pane = opened.window.show_pane("records")
    assert isinstance(pane, RecordsPane)
    views = next(each for each in pane.findChildren(QComboBox) if each.accessibleName() == "View")
    views.setCurrentIndex(views.findData("closed"))
    views.activated.emit(views.currentIndex())
    table = next(each for each in pane.findChildren(RecordTable) if each.accessibleName() == "Records")
    lines = [table.rows.line(row) for row in range(table.rows.rowCount())]
    assert [line.title for line in lines if line is not None] == ["Fabrikam"]


def test_several_columns_sort_by_the_menu_and_the_next_window_sorts_by_them_too(
    opened: App, make: Callable[..., Reference]
) -> None:
    for name, city in (("Adatum", "Ulm"), ("Contoso", "Bonn"), ("Fabrikam", "Ulm")):
        make("account", name=name, address1_city=city)
    pane = opened.window.show_pane("records")
    assert isinstance(pane, RecordsPane)
    table = next(each for each in pane.findChildren(RecordTable) if each.accessibleName() == "Records")
    for words, column in (("Sort by", "address1_city"), ("Then by", "name"), ("Then by", "name")):
        _sort_by_menu(pane, words, tr(ACCOUNT.by_name[column].label))
    assert _titles(table) == ["Contoso", "Fabrikam", "Adatum"]
    following = RecordsPane(opened.desk)
    following.take_layout(pane.layout_kept())
    following.shown()
    table = next(each for each in following.findChildren(RecordTable) if each.accessibleName() == "Records")
    assert _titles(table) == ["Contoso", "Fabrikam", "Adatum"]


def _sort_by_menu(pane: RecordsPane, words: str, column: str) -> None:
    menu = next(each.menu() for each in pane.findChildren(QPushButton) if each.text() == "Columns")
    menu.aboutToShow.emit()
    choices = next(each.menu() for each in menu.actions() if each.text() == words)
    assert isinstance(choices, QMenu)
    next(each for each in choices.actions() if each.text() == column).trigger()


def _titles(table: RecordTable) -> list[str]:
    lines = (table.rows.line(row) for row in range(table.rows.rowCount()))
    return [line.title for line in lines if line is not None]
