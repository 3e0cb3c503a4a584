"""The one list, by mouse and keyboard."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from crmdesk.model.list_view import Sorting
from crmdesk.ui.record_table import MOST, RecordTable
from crmdesk.ui.row_painter import Shape, tick_area
from crmdesk.ui.rows import Heading, Line, Rows, fixed, grouped

HEADINGS = (Heading("name", "Name", 240), Heading("revenue", "Revenue", 120, numeric=True))


class Source:
    """Lines made when they are asked for; remembers which were."""

    def __init__(self) -> None:
        self.asked: set[int] = set()

    def __call__(self, numbers: Sequence[int]) -> Mapping[int, Line]:
        self.asked |= set(numbers)
        return {n: Line(n, f"Account {n}", f"Account {n}, {n}", cells=(f"Account {n}", str(n))) for n in numbers}


def shown(qtbot: QtBot, table: RecordTable) -> RecordTable:
    qtbot.addWidget(table)
    table.resize(600, 400)
    with qtbot.waitActive(table):
        table.show()
        table.activateWindow()
    return table


def test_a_million_rows_read_only_what_is_in_sight(qtbot: QtBot) -> None:
    source = Source()
    table = shown(qtbot, RecordTable(Shape.GRID, "Accounts", HEADINGS))
    table.show_rows(Rows(array("q", range(1_000_000)), source))
    qtbot.waitUntil(lambda: bool(source.asked))
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: 999_999 in source.asked)
    assert len(source.asked) < 300


def test_a_row_reads_as_one_sentence(qtbot: QtBot) -> None:
    table = shown(qtbot, RecordTable(Shape.MESSAGE, "Messages"))
    sentence = "unread, from Contoso Sales, Quote 12, tracked to Contoso, today 14:05"
    table.show_rows(fixed([Line("m", "Contoso Sales", sentence, subject="Quote 12")]))
    index = table.rows.index(0, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == sentence


def test_headings_are_passed_over_by_the_keyboard(qtbot: QtBot) -> None:
    lines = {n: Line(n, f"Message {n}", f"Message {n}") for n in range(4)}
    table = shown(qtbot, RecordTable(Shape.MESSAGE, "Messages"))
    table.show_rows(grouped([("Today", [0, 1]), ("Yesterday", []), ("Monday", [2, 3])], lambda numbers: lines))
    table.choose_first()
    seen = [line.key for line in [table.current_line()] if line]
    for _ in range(3):
        qtbot.keyClick(table, Qt.Key.Key_Down)
        line = table.current_line()
        seen += [line.key] if line else ["heading"]
    assert seen == [0, 1, 2, 3]
    assert [table.rows.group(row) for row in table.rows.group_rows()] == ["Today", "Monday"]


def test_what_is_selected_stays_selected_when_rows_come_and_go(qtbot: QtBot) -> None:
    table = shown(qtbot, RecordTable(Shape.GRID, "Accounts", HEADINGS))
    table.show_rows(Rows(array("q", [1, 2, 3]), Source()))
    table.choose_row(1)
    table.show_rows(Rows(array("q", [9, 1, 2, 3]), Source()))
    assert table.selected_numbers() == [2]
    table.show_rows(Rows(array("q", [1, 3]), Source()))
    assert table.selected_numbers() == []


def test_all_of_a_long_list_are_its_first_thousand(qtbot: QtBot) -> None:
    source = Source()
    table = shown(qtbot, RecordTable(Shape.GRID, "Accounts", HEADINGS))
    table.show_rows(Rows(array("q", range(1_000_000)), source))
    with qtbot.waitSignal(table.trimmed):
        qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert table.selected_count() == MOST
    assert table.selected_numbers() == list(range(MOST))
    assert len(source.asked) < 300, "who only wants to know what can be done reads the first of them"
    assert len(table.selected_lines()) == MOST


def test_many_that_are_selected_stay_so_by_one_change(qtbot: QtBot) -> None:
    table = shown(qtbot, RecordTable(Shape.GRID, "Accounts", HEADINGS))
    table.show_rows(Rows(array("q", range(500)), Source()))
    table.selectAll()
    changes: list[int] = []
    table.selection_changed.connect(lambda: changes.append(table.selected_count()))
    table.show_rows(Rows(array("q", range(1, 501)), Source()))
    assert table.selected_numbers() == list(range(1, 500))
    assert len(changes) <= 2, "each of them asks what can be done with all"


def test_a_column_is_as_wide_as_its_heading_needs_in_any_language(qtbot: QtBot) -> None:
    long = "Zusammengeführte Werte insgesamt"
    table = RecordTable(Shape.GRID, "Runs", (Heading("merged", long, 40, numeric=True), Heading("when", "Wann", 90)))
    qtbot.addWidget(table)
    across = table.horizontalHeader()
    assert across.sectionSize(0) > across.fontMetrics().horizontalAdvance(long)
    assert across.sectionSize(1) == 90


def test_headings_inside_a_selection_are_none_of_it(qtbot: QtBot) -> None:
    lines = {n: Line(n, f"Message {n}", f"Message {n}") for n in range(4)}
    table = shown(qtbot, RecordTable(Shape.MESSAGE, "Messages"))
    table.show_rows(grouped([("Today", [0, 1]), ("Monday", [2, 3])], lambda numbers: lines))
    table.selectAll()
    assert table.selected_numbers() == [0, 1, 2, 3]
    assert [line.key for line in table.selected_lines()] == [0, 1, 2, 3]


def test_a_click_on_the_box_ticks_and_does_not_select(qtbot: QtBot) -> None:
    table = shown(qtbot, RecordTable(Shape.TASK, "Tasks"))
    table.show_rows(fixed([Line("a", "Call back", "Call back", done=False), Line("b", "Send", "Send", done=False)]))
    ticked: list[Line] = []
    table.ticked.connect(ticked.append)
    place = tick_area(table.visualRect(table.rows.index(1, 0))).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [line.key for line in ticked] == ["b"]
    assert table.selected_lines() == []
    table.choose_row(0)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert [line.key for line in ticked] == ["b", "a"]


def test_enter_and_a_double_click_open(qtbot: QtBot) -> None:
    table = shown(qtbot, RecordTable(Shape.GRID, "Accounts", HEADINGS))
    table.show_rows(Rows(array("q", [5, 6]), Source()))
    opened: list[Line] = []
    table.opened.connect(opened.append)
    table.choose_row(0)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    place = QPoint(30, table.rowViewportPosition(1) + 10)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [line.key for line in opened] == [5, 6]


def test_a_click_on_a_heading_asks_for_its_order_and_a_second_for_the_other_way(qtbot: QtBot) -> None:
    table = shown(qtbot, RecordTable(Shape.GRID, "Accounts", HEADINGS))
    table.show_rows(Rows(array("q", [5, 6]), Source()), HEADINGS)
    orders: list[Sorting] = []
    table.sort_asked.connect(orders.append)
    table.show_order((("name", False),))
    for section in (0, 1):
        _click_heading(qtbot, table, section)
    assert orders == [(("name", True),), (("revenue", False),)]


def test_shift_and_a_click_add_a_column_to_the_order_and_turn_one_that_is_in_it(qtbot: QtBot) -> None:
    table = shown(qtbot, RecordTable(Shape.GRID, "Accounts", HEADINGS))
    table.show_rows(Rows(array("q", [5, 6]), Source()), HEADINGS)
    orders: list[Sorting] = []
    table.sort_asked.connect(orders.append)
    table.sort_asked.connect(table.show_order)
    table.show_order((("name", False),))
    assert table.horizontalHeader().isSortIndicatorShown()
    _click_heading(qtbot, table, 1, Qt.KeyboardModifier.ShiftModifier)
    _click_heading(qtbot, table, 0, Qt.KeyboardModifier.ShiftModifier)
    assert table.rows.sorted_by == (("name", True), ("revenue", False))
    across = Qt.Orientation.Horizontal
    assert [table.rows.headerData(n, across) for n in (0, 1)] == [
        f"{HEADINGS[0].label}  ↓ 1",
        f"{HEADINGS[1].label}  ↑ 2",
    ]
    assert not table.horizontalHeader().isSortIndicatorShown()
    _click_heading(qtbot, table, 1)
    assert orders[-1] == (("revenue", False),)
    assert table.horizontalHeader().sortIndicatorSection() == 1


def _click_heading(
    qtbot: QtBot, table: RecordTable, section: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    header = table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(section) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, keys, place)
