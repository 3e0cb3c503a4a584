"""What stands after an operator: a value of the field's kind, several of them, a number, a day, a kind of record."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QWidget

from crmdesk.actions.refusal import value_words
from crmdesk.desk.desk import Desk
from crmdesk.model.conditions import Operator, Takes, groups_reached
from crmdesk.model.entity import Choice, Field, FieldType
from crmdesk.model.record import BadValue, Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import records
from crmdesk.texts import choice_words
from crmdesk.ui.editors import Editor, LookupEditor, editor_for
from crmdesk.ui.parts import number_field
from crmdesk.ui.sources import suggestions
from crmdesk.ui.words import tr

Said = Value | tuple[Value, ...]
_MOST = 9999


class ValueEditor(QObject):
    """`widget`, what it says, and `changed`. value() raises BadValue, with words, for what the field cannot hold."""

    changed = Signal()

    def __init__(self, widget: QWidget, name: str) -> None:
        super().__init__(widget)
        self.widget = widget
        widget.setAccessibleName(name)

    @abstractmethod
    def value(self) -> Said:
        """None as long as nothing is said."""

    @abstractmethod
    def show(self, value: Said) -> None:
        """Hold this value."""


def value_editor(desk: Desk, field: Field, operator: Operator) -> ValueEditor | None:
    """The editor that fits; None where an operator takes nothing."""
    match operator.takes:
        case Takes.NOTHING:
            return None
        case Takes.NUMBER:
            return _Number(field)
        case Takes.VALUES:
            return _Several(field)
        case Takes.KIND:
            return _Kind(field)
        case Takes.DAY:
            return _OfField(desk, replace(field, type=FieldType.DATE))
        case _ if field.type is FieldType.LOOKUP:
            return _LookedUp(desk, field)
        case _:
            return _OfField(desk, field)


class _OfField(ValueEditor):
    """The editor that forms have for the field; a yes or no is chosen, as an empty box would say nothing."""

    def __init__(self, desk: Desk, field: Field) -> None:
        self._is_flag = field.type is FieldType.BOOLEAN
        if self._is_flag:
            field = replace(field, type=FieldType.CHOICE, choices=(Choice(1, "Yes"), Choice(0, "No")), required=True)
        self._editor = _form_editor(desk, replace(field, readonly=False, length=None))
        super().__init__(self._editor.widget, tr("Value of {field}", field=tr(field.label)))
        self._editor.changed.connect(self.changed)

    def value(self) -> Said:
        found = self._editor.value()
        return bool(found) if self._is_flag else found

    def show(self, value: Said) -> None:
        self._editor.show(int(bool(value)) if self._is_flag else value)


class _LookedUp(ValueEditor):
    """A record; a condition says it by its bare id."""

    def __init__(self, desk: Desk, field: Field) -> None:
        self._desk, self._field = desk, field
        self._editor = _form_editor(desk, replace(field, readonly=False))
        super().__init__(self._editor.widget, tr("Value of {field}", field=tr(field.label)))
        self._editor.changed.connect(self.changed)

    def value(self) -> Said:
        text = self._editor.value()
        return None if text is None else Reference.parse(str(text)).id

    def show(self, value: Said) -> None:
        if value is None:
            self._editor.show(None)
            return
        likely = [Reference(target, str(value)) for target in self._field.targets]
        with self._desk.read() as reader:
            here = records.get_many(reader, likely)
        self._editor.show(str(next(iter(here), likely[0])))


class _Number(ValueEditor):
    def __init__(self, field: Field) -> None:
        self._spin = number_field(1, _MOST)
        super().__init__(self._spin, tr("How many, for {field}", field=tr(field.label)))
        self._spin.setValue(7)
        self._spin.valueChanged.connect(lambda number: self.changed.emit())

    def value(self) -> Said:
        return self._spin.value()

    def show(self, value: Said) -> None:
        if isinstance(value, int):
            self._spin.setValue(value)


class _Several(ValueEditor):
    """Choices that are ticked in a menu; the button reads as their list."""

    def __init__(self, field: Field) -> None:
        self._button = QPushButton()
        super().__init__(self._button, tr("Values of {field}", field=tr(field.label)))
        self._button.setProperty("kind", "field")
        self._button.setAutoDefault(False)
        self._menu = _StaysOpen(self._button)
        self._button.clicked.connect(self._open)  # a button that has a menu of its own forgets its padding
        self._values: dict[QAction, int] = {}
        for choice in field.choices:
            action = self._menu.addAction(choice_words(choice.label))
            action.setCheckable(True)
            action.toggled.connect(self._ticked)
            self._values[action] = choice.value
        self._ticked()

    def value(self) -> Said:
        return tuple(value for action, value in self._values.items() if action.isChecked())

    def show(self, value: Said) -> None:
        wanted = value if isinstance(value, tuple) else (value,)
        for action, each in self._values.items():
            action.setChecked(each in wanted)

    def _open(self) -> None:
        self._menu.popup(self._button.mapToGlobal(self._button.rect().bottomLeft()))

    def _ticked(self) -> None:
        chosen = [action.text() for action in self._values if action.isChecked()]
        self._button.setText(", ".join(chosen) or tr("Choose some"))
        self.changed.emit()


class _StaysOpen(QMenu):
    """Ticking does not close it, by mouse or by the space bar."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._ticked():
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space or not self._ticked():
            super().keyPressEvent(event)

    def _ticked(self) -> bool:
        action = self.activeAction()
        if action is None or not action.isCheckable():
            return False
        action.trigger()
        return True


class _Kind(ValueEditor):
    """Of which kind the record must be; its local data groups then decide."""

    def __init__(self, field: Field) -> None:
        self._box = QComboBox()
        super().__init__(self._box, tr("Groups that {field} is asked about", field=tr(field.label)))
        for target in groups_reached(field):
            self._box.addItem(tr(ENTITIES[target].plural), target)
        self._box.activated.connect(lambda index: self.changed.emit())

    def value(self) -> Said:
        found: str | None = self._box.currentData()
        return found

    def show(self, value: Said) -> None:
        self._box.setCurrentIndex(max(0, self._box.findData(value)))


def _form_editor(desk: Desk, field: Field) -> Editor:
    if field.type is FieldType.LOOKUP:
        return LookupEditor(field, partial(suggestions, desk), partial(_name_of, desk))
    made = editor_for(replace(field, type=_ONE_LINE.get(field.type, field.type)), partial(suggestions, desk), _nobody)
    assert made is not None, field.type
    return made


_ONE_LINE = {FieldType.MEMO: FieldType.STRING, FieldType.STATE: FieldType.CHOICE, FieldType.STATUS: FieldType.CHOICE}


def _name_of(desk: Desk, reference: Reference) -> str | None:
    with desk.read() as reader:
        return records.names(reader, [reference]).get(reference)


def _nobody(reference: Reference) -> None:
    return None


@dataclass(frozen=True)
class Asked:
    """What a row's editor says now: the value, or why there is none."""

    value: Said
    trouble: str = ""


def asked(editor: ValueEditor | None) -> Asked:
    try:
        return Asked(editor.value() if editor is not None else None)
    except BadValue as error:
        return Asked(None, value_words(error))
