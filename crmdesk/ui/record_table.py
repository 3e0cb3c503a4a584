"""The one list: messages, contacts, tasks and the CRM's grids all use it; what differs is data (Shape, headings)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import chain, islice

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView

from crmdesk.model.list_view import Sorting
from crmdesk.ui.row_painter import GROUP_HEIGHT, RowPainter, Shape, fold_area, tick_area
from crmdesk.ui.rows import Heading, Line, Rows, RowsModel
from crmdesk.ui.theme import font
from crmdesk.ui.tokens import SMALL, SPACE_3

MOST = 1000
"""Rows that can be selected at a time."""


class RecordTable(QTableView):
    """Shows Rows. Says which line is current, which was opened, ticked, and which order is wanted; decides nothing."""

    current_changed = Signal(object)  # Line or None
    selection_changed = Signal()
    trimmed = Signal()  # more than MOST were selected; the first of them stay so
    opened = Signal(object)  # Line
    ticked = Signal(object)  # Line
    fold_asked = Signal(object, bool)  # Line, whether to show the rows that it stands for
    sort_asked = Signal(object)  # Sorting
    menu_asked = Signal(QPoint)  # on the screen

    def __init__(self, shape: Shape, name: str, headings: tuple[Heading, ...] = ()) -> None:
        super().__init__()
        self.rows = RowsModel(headings)
        self._shape = shape
        self._is_pressed_in_part = False  # in a box or an arrow
        self.painter_of_rows = RowPainter(self.rows, shape)
        self.setAccessibleName(name)
        self.setModel(self.rows)
        self.setItemDelegate(self.painter_of_rows)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setMinimumWidth(220)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda at: self.menu_asked.emit(self.viewport().mapToGlobal(at)))
        self.doubleClicked.connect(self._open)
        self._prepare_headers()

    def _prepare_headers(self) -> None:
        down = self.verticalHeader()
        down.hide()
        down.setMinimumSectionSize(8)
        down.setDefaultSectionSize(self._shape.height)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across = self.horizontalHeader()
        if self._shape is not Shape.GRID:
            across.hide()
            across.setStretchLastSection(True)
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            return
        across.setHighlightSections(False)
        across.setSectionsClickable(True)
        across.setSectionsMovable(True)
        across.setSortIndicatorShown(True)
        across.setStretchLastSection(True)
        across.setFixedHeight(34)
        across.sectionClicked.connect(self._sort)
        self._size_columns()

    # ---- what is shown

    def show_rows(self, rows: Rows, headings: tuple[Heading, ...] | None = None) -> None:
        """Show these rows; what was current and selected stays so where it is still there, and so does the place."""
        kept = self.selected_numbers()
        current = self._number(self.currentIndex())
        place = self.verticalScrollBar().value()
        other_columns = headings is not None and headings != self.rows.headings
        if not self.rows.show(rows, headings):
            return
        for row in self.rows.group_rows():
            self.setRowHeight(row, GROUP_HEIGHT)
        if other_columns:
            self._size_columns()
        self._select(kept, current)
        self.verticalScrollBar().setValue(place)

    def refresh(self) -> None:
        """Read the lines anew: their values changed."""
        self.rows.forget()

    def show_marks(self, shown: bool) -> None:
        self.painter_of_rows.show_marks = shown
        self.viewport().update()

    def show_order(self, order: Sorting) -> None:
        """One column wears the arrow; of several each says which it is."""
        self.rows.sorted_by = order
        across = self.horizontalHeader()
        in_sight = {heading.name for heading in self.rows.headings}
        across.setSortIndicatorShown(len(order) == 1 and order[0][0] in in_sight)
        for section, heading in enumerate(self.rows.headings):
            if len(order) == 1 and heading.name == order[0][0]:
                down = Qt.SortOrder.DescendingOrder if order[0][1] else Qt.SortOrder.AscendingOrder
                across.setSortIndicator(section, down)
        across.viewport().update()

    def ask_sorting(self, name: str, further: bool) -> None:
        """Sort by this column, or by what sorts now and `further` by it; where it does already, the other way round."""
        before = self.rows.sorted_by
        if further and name in dict(before):
            wanted = tuple((each, down != (each == name)) for each, down in before)
        elif further:
            wanted = (*before, (name, False))
        else:
            wanted = ((name, before[:1] == ((name, False),)),)
        self.sort_asked.emit(wanted)

    def _size_columns(self) -> None:
        """As wide as they are to be, and never less than their heading is in the person's language."""
        letters = QFontMetrics(font(SMALL, bold=True))
        for section, heading in enumerate(self.rows.headings):
            words = letters.horizontalAdvance(heading.label) + 2 * SPACE_3 + 2
            self.setColumnWidth(section, max(heading.width, words))

    # ---- what is chosen

    def current_line(self) -> Line | None:
        index = self.currentIndex()
        return self.rows.line(index.row()) if index.isValid() else None

    def selected_lines(self, most: int = MOST) -> list[Line]:
        """In the order of the list; of a large selection perhaps only the first, for each line has to be read."""
        lines = (self.rows.line(row) for row in islice(self._selected_rows(), most))
        return [line for line in lines if line is not None]

    def selected_count(self) -> int:
        """How many rows are selected; costs nothing."""
        return sum(1 + last - first for first, last in self._selected_ranges())

    def selected_numbers(self) -> list[int]:
        numbers = self.rows.numbers
        return [numbers[row] for row in self._selected_rows() if row < len(numbers) and numbers[row] >= 0]

    def choose_row(self, row: int) -> None:
        """Make a row current and the only selected one, whatever keys are held down."""
        index = self.rows.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)

    def choose_first(self) -> None:
        for row in range(min(2, self.rows.rowCount())):
            if self.rows.group(row) is None:
                self.choose_row(row)
                return

    def choose_number(self, number: int) -> bool:
        """Make the row of this number current; False when it is not in the list."""
        row = self.rows.row_of_number(number)
        if row is not None:
            self.choose_row(row)
        return row is not None

    def choose_key(self, key: Hashable) -> bool:
        """The same by key. Reads every line: for short lists only."""
        for row in range(self.rows.rowCount()):
            line = self.rows.line(row)
            if line is not None and line.key == key:
                self.choose_row(row)
                return True
        return False

    def _selected_rows(self) -> Iterator[int]:
        return chain.from_iterable(range(first, last + 1) for first, last in self._selected_ranges())

    def _selected_ranges(self) -> list[tuple[int, int]]:
        """First and last row of each, in the order of the list."""
        selection = self.selectionModel()
        return (
            [] if selection is None else sorted((each.top(), each.bottom()) for each in selection.selection().toList())
        )

    def _number(self, index: QModelIndex) -> int | None:
        numbers = self.rows.numbers
        return numbers[index.row()] if index.isValid() and index.row() < len(numbers) else None

    def _select(self, numbers: list[int], current: int | None) -> None:
        selection = self.selectionModel()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        chosen = QItemSelection()  # as one, for each change of the selection asks what can be done with all of it
        for number in numbers:
            row = self.rows.row_of_number(number)
            if row is not None:
                index = self.rows.index(row, 0)
                chosen.append(QItemSelectionRange(index, index))
        if not chosen.isEmpty():
            selection.select(chosen, flags)
        row = None if current is None else self.rows.row_of_number(current)
        if row is not None:
            selection.setCurrentIndex(self.rows.index(row, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        else:
            self.current_changed.emit(None)

    # ---- Qt's events

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        line = self.rows.line(current.row()) if current.isValid() else None
        self._ring(current.row() if self.painter_of_rows.ring_row >= 0 else -1)
        self.current_changed.emit(line)

    def selectionChanged(self, selected: object, deselected: object) -> None:
        super().selectionChanged(selected, deselected)  # type: ignore[arg-type]
        if self.selected_count() > MOST:
            self._keep_first_selected()  # which comes here again
            self.trimmed.emit()
        else:
            self.selection_changed.emit()

    def _keep_first_selected(self) -> None:
        """What is selected is what a command is about: no more than can be read and done at once."""
        kept = QItemSelection()
        left = MOST
        for first, last in self._selected_ranges():
            last = min(last, first + left - 1)
            kept.append(QItemSelectionRange(self.rows.index(first, 0), self.rows.index(last, 0)))
            left -= 1 + last - first
            if not left:
                break
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().select(kept, flags)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        line = self.current_line()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and line is not None:
            self.opened.emit(line)
            return
        if event.key() == Qt.Key.Key_Space and line is not None and line.done is not None:
            self.ticked.emit(line)
            return
        sideways = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        if sideways and line is not None and self._fold_by_key(line, event.key()):
            return
        self._ring(self.currentIndex().row())
        super().keyPressEvent(event)

    def moveCursor(self, action: QTableView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and the last row, as in any list: a row has one place for the keys."""
        if action in (QTableView.CursorAction.MoveHome, QTableView.CursorAction.MoveEnd):
            modifiers |= Qt.KeyboardModifier.ControlModifier
        return super().moveCursor(action, modifiers)

    def _fold_by_key(self, line: Line, key: int) -> bool:
        """Right shows what a row stands for, left hides it; left on one of those goes to the row above them."""
        opens = key == Qt.Key.Key_Right
        if line.level and not opens:
            row = self.currentIndex().row()
            while row > 0 and (above := self.rows.line(row)) is not None and above.level:
                row -= 1
            self.choose_row(row)
            return True
        if line.expanded is None:
            return False
        if line.expanded is not opens:
            self.fold_asked.emit(line, opens)
        return True

    def keyboardSearch(self, search: str) -> None:
        """Not offered: it would read every line; the search field finds."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._ring(-1)
        self._is_pressed_in_part = self._press_part(event)
        if not self._is_pressed_in_part:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_pressed_in_part:  # else it would be a click on the row that was pressed before
            self._is_pressed_in_part = False
        else:
            super().mouseReleaseEvent(event)

    def _press_part(self, event: QMouseEvent) -> bool:
        """Tick or fold the row whose box or arrow is under the mouse; whether it was one."""
        index = self.indexAt(event.position().toPoint())
        line = self.rows.line(index.row()) if index.isValid() else None
        has_box = line is not None and line.done is not None and event.button() == Qt.MouseButton.LeftButton
        if has_box and tick_area(self.visualRect(index)).contains(event.position().toPoint()):
            self.ticked.emit(line)
            return True
        folds = line is not None and line.expanded is not None and event.button() == Qt.MouseButton.LeftButton
        if folds and line is not None and fold_area(self.visualRect(index)).contains(event.position().toPoint()):
            self.fold_asked.emit(line, not line.expanded)
            return True
        return False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.indexAt(event.position().toPoint()).row())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            if not self.currentIndex().isValid():
                self.choose_first()
            self._ring(self.currentIndex().row())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ring(-1)

    def _hover(self, row: int) -> None:
        before, self.painter_of_rows.hovered_row = self.painter_of_rows.hovered_row, row
        self._repaint(before, row)

    def _ring(self, row: int) -> None:
        before, self.painter_of_rows.ring_row = self.painter_of_rows.ring_row, row
        self._repaint(before, row)

    def _repaint(self, *rows: int) -> None:
        for row in set(rows):
            if row >= 0:
                top, height = self.rowViewportPosition(row), self.rowHeight(row)
                self.viewport().update(0, top, self.viewport().width(), height)

    def _open(self, index: QModelIndex) -> None:
        line = self.rows.line(index.row())
        if line is not None:
            self.opened.emit(line)

    def _sort(self, section: int) -> None:
        further = bool(QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.ask_sorting(self.rows.headings[section].name, further)


Index = QModelIndex | QPersistentModelIndex
