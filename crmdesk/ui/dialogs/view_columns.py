"""Which columns a view has, in which order and how wide: a list that is dragged, or moved by keys and buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QToolButton, QWidget

from crmdesk.model.entity import Entity
from crmdesk.model.list_view import ViewColumn, showable
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import button, columns, frame, label, number_field, rows
from crmdesk.ui.side_list import SideItem, SideList
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3
from crmdesk.ui.words import tr

_WIDEST = 2000
_STEP = 10


class ViewColumns(QWidget):
    """The columns from top to bottom, as they stand in the grid from left to right; one at least."""

    def __init__(self, kind: Entity, shown: Sequence[ViewColumn]) -> None:
        super().__init__()
        self._fields = {each.name: each for each in showable(kind)}
        self._shown = list(shown)
        self.list = _DraggedList(tr("Columns"))
        self.add = button(tr("Add a column"), "link", "plus", self._offer)
        self._further = QMenu(self.add)
        self.up = _tool("arrow-up", tr("Move the column up (Alt+Up)"), lambda: self._move(-1))
        self.down = _tool("arrow-down", tr("Move the column down (Alt+Down)"), lambda: self._move(1))
        self.leave_out = _tool("x", tr("Leave the column out (Delete)"), self._leave_out)
        self.width_box = number_field(0, _WIDEST)
        self.width_box.setSingleStep(_STEP)
        self.width_box.setSpecialValueText(tr("usual"))
        self.width_box.setSuffix(" px")
        self.width_box.setAccessibleName(tr("Width of the column"))
        self._lay_out()
        self.list.moved.connect(self._move)
        self.list.left_out.connect(self._leave_out)
        self.list.chosen.connect(lambda key: self._show_chosen())
        self.list.model().rowsMoved.connect(lambda: self._dragged())
        self.width_box.valueChanged.connect(self._size)
        self._show()
        self.list.setCurrentRow(0)

    def _lay_out(self) -> None:
        head = columns(label(tr("Columns"), "section"), None, self.up, self.down, self.leave_out, spacing=0)
        head.setContentsMargins(SPACE_3, SPACE_1, SPACE_1, 0)
        width = columns(label(tr("Width"), "dim"), self.width_box, spacing=SPACE_2)
        width.setStretch(1, 1)
        below = rows(self.add, width, spacing=SPACE_2, margins=(SPACE_3, 0, SPACE_3, SPACE_3))
        inner = rows(head, self.list, below, spacing=0, margins=(1, 1, 1, 1))
        inner.setStretch(1, 1)
        self.setLayout(rows(frame(inner), spacing=0))

    @property
    def columns(self) -> tuple[ViewColumn, ...]:
        return tuple(self._shown)

    # ---- inside

    @property
    def _row(self) -> int:
        return self.list.currentRow()

    def _show(self) -> None:
        labels = ((each.field, tr(self._fields[each.field].label)) for each in self._shown)
        self.list.show_items(SideItem(words, name, "dots-six-vertical") for name, words in labels)
        self._show_chosen()

    def _show_chosen(self) -> None:
        row = self._row
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < len(self._shown) - 1)
        self.leave_out.setEnabled(row >= 0 and len(self._shown) > 1)
        self.add.setEnabled(len(self._shown) < len(self._fields))
        self.width_box.setEnabled(row >= 0)
        self.width_box.blockSignals(True)
        self.width_box.setValue(self._shown[row].width if 0 <= row < len(self._shown) else 0)
        self.width_box.blockSignals(False)

    def _offer(self) -> None:
        self._further.clear()
        there = {each.field for each in self._shown}
        missing = [each for each in self._fields.values() if each.name not in there]
        for field in sorted(missing, key=lambda each: tr(each.label).casefold()):
            self._further.addAction(tr(field.label), partial(self._add, field.name))
        self._further.popup(self.add.mapToGlobal(self.add.rect().bottomLeft()))

    def _add(self, name: str) -> None:
        """After the column that is chosen."""
        place = self._row + 1 if self._row >= 0 else len(self._shown)
        self._shown.insert(place, ViewColumn(name))
        self._show()
        self._choose(place)

    def _move(self, step: int) -> None:
        row, there = self._row, self._row + step
        if row >= 0 and 0 <= there < len(self._shown):
            self._shown.insert(there, self._shown.pop(row))
            self._show()
            self._choose(there)

    def _leave_out(self) -> None:
        row = self._row
        if row >= 0 and len(self._shown) > 1:
            del self._shown[row]
            self._show()
            self._choose(min(row, len(self._shown) - 1))

    def _choose(self, row: int) -> None:
        self.list.setCurrentRow(row)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_chosen()

    def _dragged(self) -> None:
        by_name = {each.field: each for each in self._shown}
        self._shown = [by_name[str(name)] for name in self.list.keys]
        self._show_chosen()

    def _size(self, width: int) -> None:
        if self._row >= 0:
            self._shown[self._row] = replace(self._shown[self._row], width=width)


class _DraggedList(SideList):
    """Rows are dragged to another place, or moved and left out by keys."""

    moved = Signal(int)  # so many rows down
    left_out = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.moved.emit(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Delete:
            self.left_out.emit()
        else:
            super().keyPressEvent(event)


def _tool(icon_name: str, words: str, clicked: Callable[[], None]) -> QToolButton:
    made = QToolButton()
    made.setIcon(icon(icon_name, "dim"))
    made.setAccessibleName(words)
    made.setToolTip(words)
    made.clicked.connect(clicked)
    return made
