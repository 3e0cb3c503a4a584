"""Set Regarding: choose the record that something is about. Type-ahead; recent and likely ones first."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QToolButton, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.focus_order import one_tab_stop
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import columns, frame
from crmdesk.ui.picker import Suggestion
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line, fixed
from crmdesk.ui.sources import suggestions
from crmdesk.ui.words import tr

_WAIT = 60  # ms after a key


class SetRegarding(Dialog):
    chosen = Signal(object)  # Reference

    def __init__(self, desk: Desk, targets: tuple[str, ...], parent: QWidget | None) -> None:
        words = tr("Choose the record that this is about. It is tracked in the CRM from then on.")
        super().__init__(tr("Set regarding"), words, parent, (560, 520))
        self._desk = desk
        self._targets = targets
        self._kinds = targets
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Type a name, an address, a number"))
        self.field.setAccessibleName(tr("Find a record"))
        self.field.addAction(icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.installEventFilter(self)
        self.table = RecordTable(Shape.CARD, tr("Records"))
        self.table.opened.connect(lambda line: self._pick())
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self.look)
        self.field.textChanged.connect(lambda: self._timer.start())
        self.body.addWidget(self.field)
        self.body.addLayout(columns(self._filters(), None))
        self.body.addWidget(frame(columns(self.table, margins=(1, 1, 1, 1))), 1)
        self.add_button(tr("Cancel"), clicked=self.reject)
        self._button = self.add_button(tr("Set regarding"), "primary", self._pick)
        self.look()
        self.field.setFocus()

    def look(self) -> None:
        """Show what fits the text."""
        found = suggestions(self._desk, self._kinds, self.field.text().strip())
        self.table.show_rows(fixed(_line(each) for each in found))
        self.table.choose_first()
        self._button.setEnabled(bool(found))

    def _filters(self) -> QWidget:
        holder = frame(columns(spacing=0), "segments")
        group = QButtonGroup(holder)
        layout = holder.layout()
        assert layout is not None
        choices = [(tr("All"), self._targets), *((tr(ENTITIES[t].plural), (t,)) for t in self._targets)]
        for words, kinds in choices:
            chooser = QToolButton()
            chooser.setText(words)
            chooser.setCheckable(True)
            chooser.setChecked(kinds == self._targets)
            chooser.clicked.connect(lambda _=False, kinds=kinds: self._only(kinds))
            group.addButton(chooser)
            layout.addWidget(chooser)
        one_tab_stop(group)
        return holder

    def _only(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds
        self.look()

    def _pick(self) -> None:
        line = self.table.current_line()
        if line is not None and isinstance(line.key, Reference):
            self.chosen.emit(line.key)
            self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down move in the list while the field keeps the keyboard."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                row = self.table.currentIndex().row() + step
                if 0 <= row < self.table.rows.rowCount():
                    self.table.choose_row(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._timer.isActive():
                    self._timer.stop()
                    self.look()
                self._pick()
                return True
        return super().eventFilter(watched, event)


def _line(suggestion: Suggestion) -> Line:
    kind = ENTITIES[suggestion.reference.entity]
    about = f"{tr(kind.label)} · {suggestion.more}" if suggestion.more else tr(kind.label)
    return Line(suggestion.reference, suggestion.name, f"{suggestion.name}, {about}", subject=about, icon=kind.icon)
