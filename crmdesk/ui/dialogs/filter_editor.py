"""The conditions of a local data group or a view, as rows or as text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.conditions import Conditions, filter_of, fits, tree_of
from crmdesk.model.words import ENTITIES
from crmdesk.odata.errors import ODataError
from crmdesk.odata.filters import format_filter, parse_filter
from crmdesk.ui.dialogs.conditions import ConditionBox
from crmdesk.ui.focus_order import one_tab_stop
from crmdesk.ui.parts import button, columns, empty, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import tr

_EVERYTHING = "true"
_TEXT_HEIGHT = 128  # some lines; what is wrong with them stays in sight below


class FilterEditor(QWidget):
    """Shows a filter (OData) and lets it be changed; `changed` tells of each change, also of one that is no filter."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._entity = ""
        self._filter = _EVERYTHING
        self._box: ConditionBox | None = None
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("Conditions as text (OData)"))
        self.text.setTabChangesFocus(True)
        self.text.setMaximumHeight(_TEXT_HEIGHT)
        self.text.textChanged.connect(self._text_edited)
        self._wrong = label("", "failed", wrap=True)
        self.without = button(tr("Remove all conditions"), "link", clicked=self._remove_all)
        self._place: QVBoxLayout = rows(spacing=0)
        head = columns(label(tr("Conditions"), "section"), None, self._segments(), spacing=SPACE_2)
        below = columns(self.without, None)
        inside = rows(head, self._place, self.text, self._wrong, below, None, spacing=SPACE_2)
        inside.setContentsMargins(SPACE_4, SPACE_3, SPACE_4, SPACE_3)
        self.setLayout(rows(frame(inside), spacing=0))

    def _segments(self) -> QWidget:
        holder = frame(columns(spacing=0), "segments")
        choices, layout = QButtonGroup(holder), holder.layout()
        assert layout is not None
        self.as_rows, self.as_text = QToolButton(), QToolButton()
        for each, words in ((self.as_rows, tr("Rows")), (self.as_text, tr("Text"))):
            each.setText(words)
            each.setAccessibleName(tr("Conditions as {kind}", kind=words))
            each.setCheckable(True)
            choices.addButton(each)
            layout.addWidget(each)
        one_tab_stop(choices)
        self.as_rows.clicked.connect(lambda: self._show())
        self.as_text.clicked.connect(lambda: self._show(as_text=True))
        return holder

    @property
    def filter(self) -> str:
        """As it stands now: the last one that could be understood."""
        return self._filter

    @property
    def trouble(self) -> str:
        """Why what stands here is no filter; an empty text when it is one."""
        if self._box is not None:
            return self._box.trouble
        return tr("These conditions cannot be understood yet.") if self._wrong.text() else ""

    def show_filter(self, entity: str, text: str) -> None:
        """Show the conditions of that kind of record; `changed` is not told."""
        self._entity, self._filter = entity, text
        self._show()

    def _show(self, as_text: bool = False) -> None:
        tree = self._tree()
        empty(self._place)
        self._box = None
        text = as_text or tree is None
        (self.as_text if text else self.as_rows).setChecked(True)
        self.text.setVisible(text)
        self._look_at(self._filter)
        if text:
            self.text.blockSignals(True)
            self.text.setPlainText(self._filter)
            self.text.blockSignals(False)
        elif tree is not None:
            self._box = ConditionBox(self._desk, ENTITIES[self._entity], tree)
            self._box.changed.connect(self._rows_edited)
            self._place.addWidget(self._box)
            self._box.show()  # now, not with the next event: the keyboard goes to it at once

    def _look_at(self, text: str) -> bool:
        """Say what is wrong with this text and what can be done with it; False when it is no filter."""
        try:
            parse_filter(text, ENTITIES[self._entity])
        except ODataError as error:
            self._wrong.setText(str(error))
        else:
            self._wrong.setText("")
            self._filter = text
        is_filter = not self._wrong.text()
        self._wrong.setVisible(not is_filter)
        self.without.setVisible(not is_filter)
        can_be_rows = self._tree() is not None
        self.as_rows.setEnabled(can_be_rows)
        self.as_rows.setToolTip("" if can_be_rows else tr("These conditions can only be written as text."))
        return is_filter

    def _rows_edited(self) -> None:
        if self._box is not None and not self._box.trouble:
            self._filter = format_filter(filter_of(self._box.tree), ENTITIES[self._entity])
        self.changed.emit()

    def _text_edited(self) -> None:
        self._look_at(" ".join(self.text.toPlainText().split("\n")).strip())
        self.changed.emit()

    def _remove_all(self) -> None:
        self._filter = _EVERYTHING
        self._show()
        if self._box is not None:
            self._box.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _tree(self) -> Conditions | None:
        """The conditions as rows; None where they are text alone."""
        kind = ENTITIES[self._entity]
        try:
            tree = tree_of(parse_filter(self._filter, kind))
        except ODataError:
            return None
        return tree if tree is not None and fits(tree, kind) else None
