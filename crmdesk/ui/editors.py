"""One editor per kind of field, all with the same four words: widget, value, show, changed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto

from PySide6.QtCore import QDate, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QCalendarWidget,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
    QWidgetAction,
)

from crmdesk.model.entity import Field, FieldType
from crmdesk.model.record import BadValue, Reference, Value, normalise
from crmdesk.model.whole_days import span_of
from crmdesk.texts import choice_words
from crmdesk.ui import moments
from crmdesk.ui.icons import icon
from crmdesk.ui.picker import Find, PickerField
from crmdesk.ui.words import NameOf, clock_time, local, locale, lookup_text, number_words, party_text, tr


class Editor(QObject):
    """An editor of one field. value() raises BadValue, with words, when the field cannot hold what was typed."""

    changed = Signal()

    def __init__(self, field: Field, widget: QWidget) -> None:
        super().__init__(widget)
        self.field = field
        self.widget = widget
        widget.setAccessibleName(tr(field.label))

    @abstractmethod
    def value(self) -> Value:
        """What the editor holds, in canonical form."""

    @abstractmethod
    def show(self, value: Value) -> None:
        """Hold this value."""

    def _bad(self, words: str) -> BadValue:
        return BadValue(self.field.name, words)


class TextEditor(Editor):
    def __init__(self, field: Field) -> None:
        self._line = QLineEdit()
        super().__init__(field, self._line)
        self._line.setMaxLength(field.length or 32767)
        self._line.textEdited.connect(lambda: self.changed.emit())

    def value(self) -> Value:
        return normalise(self.field, self._line.text().strip())

    def show(self, value: Value) -> None:
        self._line.setText(str(value or ""))
        self._line.setCursorPosition(0)


class MemoEditor(Editor):
    def __init__(self, field: Field) -> None:
        self._text = QPlainTextEdit()
        super().__init__(field, self._text)
        self._text.setTabChangesFocus(True)
        self._text.setFixedHeight(96)
        self._text.textChanged.connect(self.changed)

    def value(self) -> Value:
        return normalise(self.field, self._text.toPlainText())

    def show(self, value: Value) -> None:
        self._text.setPlainText(str(value or ""))


class NumberEditor(Editor):
    def __init__(self, field: Field) -> None:
        self._line = QLineEdit()
        super().__init__(field, self._line)
        self._line.textEdited.connect(lambda: self.changed.emit())

    def value(self) -> Value:
        text = self._line.text().strip()
        if not text:
            return None
        number, understood = locale().toDouble(text)
        if not understood:
            raise self._bad(tr("'{text}' is not a number.", text=text))
        return normalise(self.field, number)

    def show(self, value: Value) -> None:
        whole = value is None or float(value).is_integer()
        self._line.setText("" if value is None else number_words(value, 0 if whole else self.field.precision))


class FlagEditor(Editor):
    def __init__(self, field: Field) -> None:
        self._box = QCheckBox()
        super().__init__(field, self._box)
        self._box.toggled.connect(lambda: self.changed.emit())

    def value(self) -> Value:
        return self._box.isChecked()

    def show(self, value: Value) -> None:
        self._box.setChecked(bool(value))


class ChoiceEditor(Editor):
    def __init__(self, field: Field) -> None:
        self._box = QComboBox()
        super().__init__(field, self._box)
        if field.type is FieldType.CHOICE and not field.required:
            self._box.addItem("", None)
        for choice in field.choices:
            self._box.addItem(choice_words(choice.label), choice.value)
        self._box.activated.connect(lambda: self.changed.emit())

    def value(self) -> Value:
        return self._box.currentData()

    def show(self, value: Value) -> None:
        self._box.setCurrentIndex(self._box.findData(value))

    def offer(self, values: set[int]) -> None:
        """Offer these choices alone (the statuses of a state)."""
        chosen = self._box.currentData()
        self._box.clear()
        for choice in self.field.choices:
            if choice.value in values:
                self._box.addItem(choice_words(choice.label), choice.value)
        self._box.setCurrentIndex(max(0, self._box.findData(chosen)))


class MomentEditor(Editor):
    """A day, with a time where the field has one; typed as people say it, or chosen from a calendar.

    What nobody touches stays what it was, to the second. Where it means a whole day, the one in which it begins
    (`Means.FIRST_DAY`) or the last before it (`LAST_DAY`) is shown and typed, without a time.
    """

    class Means(Enum):
        MOMENT = auto()
        FIRST_DAY = auto()
        LAST_DAY = auto()

    def __init__(self, field: Field, today: Callable[[], date] = date.today) -> None:
        self._line = QLineEdit()
        super().__init__(field, self._line)
        self._today = today
        self._means = self.Means.MOMENT
        self._held: tuple[str, Value] = ("", None)  # the text that stands for what was shown, and that
        self._tell_how()
        self._line.textEdited.connect(lambda: self.changed.emit())
        pick = self._line.addAction(icon("calendar-blank", "dim"), QLineEdit.ActionPosition.TrailingPosition)
        pick.setToolTip(tr("Choose a day"))
        pick.triggered.connect(self._show_calendar)

    @property
    def _with_time(self) -> bool:
        return self.field.type is FieldType.DATETIME and self._means is self.Means.MOMENT

    def value(self) -> Value:
        if self._line.text() == self._held[0]:
            return self._held[1]
        try:
            moment = moments.read_moment(self._line.text(), self._today())
        except ValueError as error:
            raise self._bad(str(error)) from None
        if moment is None:
            return None
        if self.field.type is FieldType.DATE:
            return moment.date().isoformat()
        if self._means is self.Means.MOMENT:
            return normalise(self.field, moment.astimezone().astimezone(UTC))
        return span_of(moment.date(), moment.date())[self._means is self.Means.LAST_DAY]

    def show(self, value: Value) -> None:
        if value is None:
            self._line.clear()
        elif self._with_time:
            self.type_moment(local(str(value)))
        else:
            self._line.setText(moments.write_day(date.fromisoformat(str(value)[:10])))
        self._held = (self._line.text(), value)

    @property
    def text(self) -> str:
        """What stands there, as it was typed."""
        return self._line.text()

    @property
    def typed(self) -> moments.Found:
        """The day and the time that stand there, as far as there are any."""
        return moments.find(self._line.text(), self._today())

    def type_moment(self, moment: datetime) -> None:
        """As if somebody had typed it."""
        self._line.setText(f"{moments.write_day(moment.date())} {clock_time(moment)}")

    def mean(self, means: Means, text: str, value: Value = None) -> None:
        """What stands there is a moment or a day from now on. `value`: what this text stands for, if it is known."""
        self._means = means
        self._line.setText(text)
        self._held = (text, value) if value is not None else ("", None)
        self._tell_how()

    def _tell_how(self) -> None:
        self._line.setPlaceholderText(tr("tomorrow 15:00") if self._with_time else tr("a day"))

    def _show_calendar(self) -> None:
        menu = QMenu(self._line)
        calendar = QCalendarWidget(menu)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setFixedSize(270, 220)
        action = QWidgetAction(menu)
        action.setDefaultWidget(calendar)
        menu.addAction(action)
        calendar.clicked.connect(self._pick_day)
        calendar.clicked.connect(menu.close)
        menu.popup(self._line.mapToGlobal(QPoint(0, self._line.height())))

    def _pick_day(self, day: QDate) -> None:
        chosen = date(day.year(), day.month(), day.day())
        before = moments.find(self._line.text(), self._today()).at
        text = moments.write_day(chosen)
        if self._with_time:
            at = before or (datetime.now() + timedelta(hours=1)).time().replace(minute=0)
            text = f"{text} {clock_time(datetime.combine(chosen, at))}"
        self._line.setText(text)
        self.changed.emit()


class LookupEditor(Editor):
    def __init__(self, field: Field, find: Find, name_of: NameOf) -> None:
        self._picker = PickerField(tr(field.label), field.targets, find)
        super().__init__(field, self._picker)
        self._name_of = name_of
        self._picker.picked.connect(lambda: self.changed.emit())

    def value(self) -> Value:
        return str(self._picker.reference) if self._picker.reference else None

    def show(self, value: Value) -> None:
        reference = Reference.parse(str(value)) if value else None
        self._picker.show_reference(reference, lookup_text(str(value), self._name_of) if value else "")


class PartiesEditor(Editor):
    """People by their addresses, separated by ";". Who was there and stands there still keeps their record and role."""

    def __init__(self, field: Field, name_of: NameOf) -> None:
        self._line = QLineEdit()
        super().__init__(field, self._line)
        self._name_of = name_of
        self._before: list[tuple[str, Value]] = []
        self._line.setPlaceholderText(tr("addresses, with ; between them"))
        self._line.textEdited.connect(lambda: self.changed.emit())

    def value(self) -> Value:
        known = dict(self._before)
        people = []
        for text in (part.strip() for part in self._line.text().split(";")):
            if not text:
                continue
            if text not in known and "@" not in text:
                raise self._bad(tr("'{text}' is no e-mail address.", text=text))
            people.append(known.get(text, {"addressused": text, "participationtypemask": 5, "partyid": None}))
        return normalise(self.field, people)

    def show(self, value: Value) -> None:
        self._before = [(party_text(party, self._name_of), party) for party in value or ()]
        self._line.setText("; ".join(text for text, _ in self._before))


def editor_for(field: Field, find: Find, name_of: NameOf) -> Editor | None:
    """The editor that fits the field; None when people do not write it."""
    if field.readonly:
        return None
    match field.type:
        case FieldType.STRING:
            return TextEditor(field)
        case FieldType.MEMO:
            return MemoEditor(field)
        case FieldType.INTEGER | FieldType.BIGINT | FieldType.DECIMAL | FieldType.MONEY | FieldType.DOUBLE:
            return NumberEditor(field)
        case FieldType.BOOLEAN:
            return FlagEditor(field)
        case FieldType.CHOICE | FieldType.STATE | FieldType.STATUS:
            return ChoiceEditor(field)
        case FieldType.DATETIME | FieldType.DATE:
            return MomentEditor(field)
        case FieldType.LOOKUP:
            return LookupEditor(field, find, name_of)
        case FieldType.PARTIES:
            return PartiesEditor(field, name_of)
        case _:
            return None


def align_top(field: Field) -> Qt.AlignmentFlag:
    """Where a field's label stands beside its editor."""
    return Qt.AlignmentFlag.AlignTop if field.type is FieldType.MEMO else Qt.AlignmentFlag.AlignVCenter
