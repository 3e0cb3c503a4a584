"""What sorts a view: columns one after the other, each ascending or descending."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from crmdesk.model.entity import Entity
from crmdesk.model.list_view import Sorting, sortable
from crmdesk.ui.dialogs.desk_dialog import WheelGuard, choice_box
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import tr


class ViewOrder(QWidget):
    """Rows of a column and its direction; one at least. What stands in an upper row weighs more."""

    def __init__(self, kind: Entity, order: Sorting) -> None:
        super().__init__()
        self._kind = kind
        self._guard = WheelGuard(self)
        self._rows: list[_Row] = []
        self._place = rows(spacing=SPACE_2)
        self.add = button(tr("Then by one more column"), "link", "plus", self._add)
        margins = (SPACE_4, SPACE_3, SPACE_4, SPACE_3)
        title = label(tr("Sorted by"), "section")
        inner = rows(title, self._place, columns(self.add, None), spacing=SPACE_2, margins=margins)
        self.setLayout(rows(frame(inner), spacing=0))
        for name, descending in order:
            self._put(name, descending)
        self._tell()

    @property
    def order(self) -> Sorting:
        """Each column once, where it stands first."""
        found: dict[str, bool] = {}
        for each in self._rows:
            found.setdefault(each.field.currentData(), bool(each.direction.currentData()))
        return tuple(found.items())

    def _put(self, name: str, descending: bool) -> _Row:
        made = _Row(self._kind, name, descending, self._guard)
        made.removed.connect(lambda: self._remove(made))
        self._rows.append(made)
        self._place.addWidget(made)
        made.show()
        return made

    def _add(self) -> None:
        there = {name for name, _ in self.order}
        unused = (name for name in (*self._kind.columns, *self._kind.by_name) if name not in there)
        can_sort = {each.name for each in sortable(self._kind)}
        name = next((each for each in unused if each in can_sort), self._kind.columns[0])
        self._put(name, False).field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def _remove(self, row: _Row) -> None:
        self._rows.remove(row)
        self._place.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def _tell(self) -> None:
        for place, each in enumerate(self._rows):
            each.say(tr("Sort by") if place == 0 else tr("Then by"))
            each.remove.setVisible(len(self._rows) > 1)


class _Row(QWidget):
    removed = Signal()

    def __init__(self, kind: Entity, name: str, descending: bool, guard: WheelGuard) -> None:
        super().__init__()
        self.field = choice_box("", 220, guard)
        for each in sorted(sortable(kind), key=lambda each: tr(each.label).casefold()):
            self.field.addItem(tr(each.label), each.name)
        self.field.setCurrentIndex(max(0, self.field.findData(name)))
        self.direction = choice_box(tr("Direction"), 172, guard)
        self.direction.addItem(tr("ascending (A to Z)"), False)
        self.direction.addItem(tr("descending (Z to A)"), True)
        self.direction.setCurrentIndex(int(descending))
        self.remove = QToolButton()
        self.remove.setIcon(icon("x", "dim"))
        self.remove.setAccessibleName(tr("Do not sort by this column"))
        self.remove.setToolTip(tr("Do not sort by this column"))
        self.remove.clicked.connect(self.removed)
        self.setLayout(columns(self.field, self.direction, None, self.remove, spacing=SPACE_2))

    def say(self, words: str) -> None:
        """What the row is for."""
        self.field.setAccessibleName(words)
