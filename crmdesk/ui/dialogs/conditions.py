"""The editor of conditions: rows of field, operator and value, and boxes of rows inside boxes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.conditions import (
    OPERATORS,
    Condition,
    Conditions,
    Takes,
    askable,
    field_of,
    operators_for,
)
from crmdesk.model.entity import Entity, Field
from crmdesk.model.query import Column
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES
from crmdesk.ui.dialogs.condition_values import Asked, Said, ValueEditor, asked, value_editor
from crmdesk.ui.dialogs.desk_dialog import WheelGuard, choice_box
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3
from crmdesk.ui.words import tr

_DEEPEST = 3  # boxes inside one another that can be made here


class ConditionRow(QWidget):
    """One condition. `changed` at every change of it; `removed` when the person takes it away."""

    changed = Signal()
    removed = Signal()

    def __init__(self, desk: Desk, entity: Entity, row: Condition, guard: WheelGuard) -> None:
        super().__init__()
        self._desk, self._entity = desk, entity
        self.field = choice_box(tr("Field"), 220, guard)
        for column, words in _columns(entity):
            self.field.addItem(words, column)
        self._choose_field(row.column)
        self.operator = choice_box(tr("Operator"), 172, guard)
        self._guard = guard
        self._place = rows(spacing=0)
        self._editor: ValueEditor | None = None
        self._wrong = label("", "failed", wrap=True)
        self._wrong.hide()
        remove = QToolButton()
        remove.setIcon(icon("x", "dim"))
        remove.setAccessibleName(tr("Remove this condition"))
        remove.setToolTip(tr("Remove this condition"))
        remove.clicked.connect(self.removed)
        line = columns(self.field, self.operator, self._place, remove, spacing=SPACE_2)
        line.setStretch(2, 1)
        self.setLayout(rows(line, self._wrong, spacing=2))
        self._offer(row.operator)
        self._show_value(row.value)
        self.field.activated.connect(self._field_chosen)
        self.operator.activated.connect(self._operator_chosen)

    @property
    def condition(self) -> Condition:
        """As it stands; its value is None as long as it is not said or cannot be used."""
        return Condition(self._column, self.operator.currentData(), asked(self._editor).value)

    @property
    def trouble(self) -> str:
        """Why it cannot be used; an empty text when it can."""
        said: Asked = asked(self._editor)
        if said.trouble or self.condition.is_complete:
            return said.trouble
        return tr("Say what {field} is compared with.", field=self.field.currentText())

    @property
    def _column(self) -> Column:
        column = self.field.currentData()
        assert isinstance(column, Column)
        return column

    @property
    def _field(self) -> Field:
        return field_of(self._entity, self._column)

    def _choose_field(self, column: Column) -> None:
        place = next((n for n in range(self.field.count()) if self.field.itemData(n) == column), -1)
        if place < 0:  # further away than the list reaches
            self.field.addItem(_words(self._entity, column), column)
            place = self.field.count() - 1
        self.field.setCurrentIndex(place)

    def _offer(self, chosen: str) -> None:
        self.operator.clear()
        for each in operators_for(self._field):
            self.operator.addItem(operator_words(each.name), each.name)
        self.operator.setCurrentIndex(max(0, self.operator.findData(chosen)))

    def _field_chosen(self) -> None:
        before = str(self.operator.currentData())
        self._offer(before)
        self._show_value(None)
        self._tell()

    def _operator_chosen(self) -> None:
        before = asked(self._editor).value
        self._show_value(before)
        self._tell()

    def _show_value(self, value: Said) -> None:
        if self._editor is not None:
            self._editor.widget.hide()
            self._editor.widget.deleteLater()
        operator = OPERATORS[str(self.operator.currentData())]
        self._editor = value_editor(self._desk, self._field, operator)
        if self._editor is None:
            return
        self._place.addWidget(self._editor.widget)
        self._editor.widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._editor.widget.installEventFilter(self._guard)
        if _suits(operator.takes, value):
            self._editor.show(value)
        self._editor.widget.show()
        self._editor.changed.connect(self._tell)

    def _tell(self) -> None:
        said = asked(self._editor)
        self._wrong.setText(said.trouble)
        self._wrong.setVisible(bool(said.trouble))
        self.changed.emit()


class ConditionBox(QWidget):
    """Conditions, all of which or one of which must hold; boxes may stand in it like rows."""

    changed = Signal()
    removed = Signal()

    def __init__(
        self, desk: Desk, entity: Entity, tree: Conditions, guard: WheelGuard | None = None, depth: int = 0
    ) -> None:
        super().__init__()
        self._desk, self._entity, self._depth = desk, entity, depth
        self._guard = guard or WheelGuard(self)
        self.joined = choice_box(tr("How the conditions belong together"), 250, self._guard)
        self.joined.addItem(tr("All of these must hold"), "and")
        self.joined.addItem(tr("One of these must hold"), "or")
        self.joined.setCurrentIndex(self.joined.findData(tree.joined))
        self.joined.activated.connect(self.changed)
        self._column: QVBoxLayout = rows(spacing=SPACE_2)
        self._parts: list[ConditionRow | ConditionBox] = []
        head = columns(self.joined, None, spacing=SPACE_2)
        if depth:
            remove = QToolButton()
            remove.setIcon(icon("x", "dim"))
            remove.setAccessibleName(tr("Remove these conditions"))
            remove.setToolTip(tr("Remove these conditions"))
            remove.clicked.connect(self.removed)
            head.addWidget(remove)
        self.add = button(tr("Add a condition"), "link", "plus", self._add_row)
        self.add_box = button(tr("Add an inner group"), "link", clicked=self._add_box)
        self.add_box.setVisible(depth + 1 < _DEEPEST)
        inner = rows(head, self._column, columns(self.add, self.add_box, None, spacing=SPACE_3), spacing=SPACE_2)
        if depth:
            inner.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
            self.setLayout(rows(frame(inner, "bar"), spacing=0))
        else:
            self.setLayout(inner)
        for part in tree.parts:
            self._put(part)

    @property
    def tree(self) -> Conditions:
        parts = tuple(each.condition if isinstance(each, ConditionRow) else each.tree for each in self._parts)
        return Conditions(self.joined.currentData(), parts)

    @property
    def trouble(self) -> str:
        """Why it cannot be used: the first row's or box's that cannot."""
        return next((each.trouble for each in self._parts if each.trouble), "")

    def _put(self, part: Condition | Conditions) -> ConditionRow | ConditionBox:
        made: ConditionRow | ConditionBox
        if isinstance(part, Condition):
            made = ConditionRow(self._desk, self._entity, part, self._guard)
        else:
            made = ConditionBox(self._desk, self._entity, part, self._guard, self._depth + 1)
        made.changed.connect(self.changed)
        made.removed.connect(lambda: self._remove(made))
        self._parts.append(made)
        self._column.addWidget(made)
        made.show()
        return made

    def _add_row(self) -> None:
        made = self._put(_first_row(self._entity))
        assert isinstance(made, ConditionRow)
        made.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _add_box(self) -> None:
        other = "or" if self.joined.currentData() == "and" else "and"
        made = self._put(Conditions(other, (_first_row(self._entity),)))  # type: ignore[arg-type]
        assert isinstance(made, ConditionBox)
        made.joined.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _remove(self, part: ConditionRow | ConditionBox) -> None:
        place = self._parts.index(part)
        self._parts.remove(part)
        self._column.removeWidget(part)
        part.hide()
        part.deleteLater()
        if self._parts:
            self._parts[min(place, len(self._parts) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()


def _first_row(entity: Entity) -> Condition:
    return Condition(Column(entity.name_field), "contains")


def _suits(takes: Takes, value: Said) -> bool:
    """Whether a value that stood there for another operator can stay."""
    if value is None:
        return takes is Takes.VALUE
    kinds = {Takes.NUMBER: int, Takes.VALUES: tuple, Takes.DAY: str, Takes.KIND: str}
    return isinstance(value, kinds.get(takes, object)) and not (takes is Takes.VALUE and isinstance(value, tuple))


def _columns(entity: Entity) -> list[tuple[Column, str]]:
    """The entity's own fields, then those of the records that it points at, each in the order of its words."""
    own = sorted(((Column(each.name), tr(each.label)) for each in askable(entity)), key=lambda pair: pair[1].casefold())
    further: list[tuple[Column, str]] = []
    for step, (_, target) in entity.by_navigation.items():
        if target in LOCAL_ENTITIES:
            found = [Column(each.name, (step,)) for each in askable(ENTITIES[target])]
            further += [(column, _words(entity, column)) for column in found]
    return [*own, *sorted(further, key=lambda pair: pair[1].casefold())]


def _words(entity: Entity, column: Column) -> str:
    """Owner · Company › Owner · Regarding (account) › Owner."""
    words = []
    for step in column.via:
        lookup, target = entity.by_navigation[step]
        several = len(lookup.navigation) > 1
        words.append(f"{tr(lookup.label)} ({tr(ENTITIES[target].label)})" if several else tr(lookup.label))
        entity = ENTITIES[target]
    return " › ".join([*words, tr(entity.by_name[column.name].label)])


def operator_words(name: str) -> str:
    return _operator_words().get(name, name)


def _operator_words() -> dict[str, str]:
    return {
        "is me": tr("is me"),
        "is not me": tr("is not me"),
        "is": tr("is"),
        "is not": tr("is not"),
        "is one of": tr("is one of"),
        "is none of": tr("is none of"),
        "contains": tr("contains"),
        "does not contain": tr("does not contain"),
        "begins with": tr("begins with"),
        "does not begin with": tr("does not begin with"),
        "ends with": tr("ends with"),
        "does not end with": tr("does not end with"),
        "is more than": tr("is more than"),
        "is at least": tr("is at least"),
        "is less than": tr("is less than"),
        "is at most": tr("is at most"),
        "on": tr("is on"),
        "on or after": tr("is on or after"),
        "on or before": tr("is on or before"),
        "today": tr("is today"),
        "yesterday": tr("was yesterday"),
        "tomorrow": tr("is tomorrow"),
        "this week": tr("is this week"),
        "last week": tr("was last week"),
        "next week": tr("is next week"),
        "this month": tr("is this month"),
        "last month": tr("was last month"),
        "next month": tr("is next month"),
        "this year": tr("is this year"),
        "last year": tr("was last year"),
        "next year": tr("is next year"),
        "last days": tr("in the last … days"),
        "last weeks": tr("in the last … weeks"),
        "last months": tr("in the last … months"),
        "last years": tr("in the last … years"),
        "next days": tr("in the next … days"),
        "next weeks": tr("in the next … weeks"),
        "next months": tr("in the next … months"),
        "next years": tr("in the next … years"),
        "older than days": tr("more than … days ago"),
        "older than weeks": tr("more than … weeks ago"),
        "older than months": tr("more than … months ago"),
        "older than years": tr("more than … years ago"),
        "is in a group": tr("is in a group of"),
        "has a value": tr("has a value"),
        "is empty": tr("is empty"),
    }
