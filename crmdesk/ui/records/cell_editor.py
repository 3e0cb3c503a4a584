"""Changing one value after another in the grid itself, with the editors that the form has."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QWidget
from shiboken6 import isValid

from crmdesk.actions import edit
from crmdesk.actions.refusal import value_words
from crmdesk.desk.desk import Desk
from crmdesk.model.entity import FieldType
from crmdesk.model.record import Record, Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.ui.editors import ChoiceEditor, Editor, editor_for
from crmdesk.ui.parts import label, restyle, rows
from crmdesk.ui.record_form import error_of
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.sources import read_record, suggestions
from crmdesk.ui.tokens import SPACE_1, SPACE_2
from crmdesk.ui.words import tr

_LEAST = 180  # logical pixels that an editor has, however narrow its column is


class CellEditor(QObject):
    """Edits the cells of a grid in their places: F2, or a second click on a cell of the row that is current.

    Enter saves (Ctrl+Enter in a text of several lines), Escape leaves, Tab saves and goes on to the next field; whoever
    turns to something else saves too. A value that cannot be kept stays as it was typed, with the reason below it.
    """

    done = Signal(str, object)  # as a Pane's
    form_asked = Signal()  # nothing of the current row can be changed here

    def __init__(self, desk: Desk, table: RecordTable) -> None:
        super().__init__(table)
        self._desk = desk
        self._table = table
        self._number = -1  # the row that is edited
        self._section = 0
        self._record: Record | None = None
        self._editor: Editor | None = None
        self._box: _Box | None = None
        self._saving = False
        self._pressed: QPersistentModelIndex | None = None
        self._slow = QTimer(self, singleShot=True, interval=QApplication.doubleClickInterval())
        self._slow.timeout.connect(self._second_click)
        table.installEventFilter(self)
        table.viewport().installEventFilter(self)
        table.rows.modelReset.connect(self._place)
        table.verticalScrollBar().valueChanged.connect(self._place)
        table.horizontalScrollBar().valueChanged.connect(self._place)
        table.horizontalHeader().geometriesChanged.connect(self._place)

    @property
    def is_open(self) -> bool:
        return self._box is not None

    def begin(self, index: QModelIndex) -> bool:
        """Edit this cell, or the next of its row that may be changed; False when none may."""
        return index.isValid() and any(self._begin_at(index.row(), each) for each in self._sections(index.column()))

    def settle(self) -> bool:
        """Save what was typed; False when it cannot be saved as it is."""
        return self._save(None)

    # ---- inside

    def _sections(self, first: int, step: int = 1) -> list[int]:
        """The columns in sight from this one on, as they stand."""
        header = self._table.horizontalHeader()
        places = range(header.visualIndex(first), header.count() if step > 0 else -1, step)
        return [s for s in map(header.logicalIndex, places) if not header.isSectionHidden(s)]

    def _begin_at(self, row: int, section: int) -> bool:
        """Edit this very cell; False when it may not be changed."""
        line = self._table.rows.line(row)
        if line is None or not isinstance(line.key, Reference) or not self.settle() or self._saving:
            return False
        record, name_of = read_record(self._desk, line.key)
        field = ENTITIES[line.key.entity].by_name[self._table.rows.headings[section].name]
        editor = editor_for(field, lambda targets, text: suggestions(self._desk, targets, text), name_of)
        if record is None or editor is None or _is_for_the_form(record, field.name):
            return False
        self._number, self._section, self._record = self._table.rows.numbers[row], section, record
        self._open(editor, record)
        return True

    def _open(self, editor: Editor, record: Record) -> None:
        editor.show(record[editor.field.name])
        if editor.field.type is FieldType.STATUS and isinstance(editor, ChoiceEditor):
            state = record["statecode"]
            editor.offer({choice.value for choice in editor.field.choices if choice.state == state})
        self._editor = editor
        self._box = _Box(self._table.viewport(), editor)
        self._box.saved.connect(lambda: self._save(0))
        self._box.left.connect(self._leave)
        self._box.passed.connect(self._save)
        self._box.turned_away.connect(self._focus_left)
        row = self._row()
        if row is not None:
            self._table.scrollTo(self._table.rows.index(row, self._section))
        self._place()
        self._box.show()
        editor.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(editor.widget, QLineEdit):
            editor.widget.selectAll()

    def _row(self) -> int | None:
        """Where the record stands that is edited; None when it left the list, or another list is shown."""
        row = self._table.rows.row_of_number(self._number)
        line = self._table.rows.line(row) if row is not None else None
        return row if line is not None and self._record is not None and line.key == self._record.reference else None

    def _place(self) -> None:
        """Over its cell, wherever that is by now; a row that left the list keeps its editor where it was."""
        row = self._row() if self._box is not None else None
        if row is not None and self._box is not None:
            self._box.lie_over(self._table.visualRect(self._table.rows.index(row, self._section)))

    def _save(self, step: int | None) -> bool:
        """`step`: where to go when it is saved: 1 the next field, -1 the one before, 0 the list; None nowhere."""
        editor, record, box = self._editor, self._record, self._box
        if editor is None or record is None or box is None:
            return True
        if self._saving:
            return True
        wrong = error_of(editor, record)
        if wrong is not None:
            box.say(value_words(wrong))
            return False
        values = _changed(editor, record)
        if not values:
            self._go_on(step)
            return True
        before = {name: record[name] for name in values}
        self._saving = True
        self._desk.do(
            lambda tx: edit.change(tx, record.reference, values),
            lambda changes: self._saved(record.reference, before, step),
            self._refused,
        )
        return True

    def _saved(self, reference: Reference, before: Mapping[str, Value], step: int | None) -> None:
        self._saving = False
        self._go_on(step)

        self.done.emit(tr("Saved"), lambda: self._desk.do(lambda tx: edit.change(tx, reference, before)))

    def _refused(self, words: str) -> None:
        self._saving = False
        if self._box is None or self._row() is None:  # another list is in sight by now
            self._close()
            self.done.emit(words, None)
        else:
            self._box.say(words)
            self._place()

    def _go_on(self, step: int | None) -> None:
        row, section = self._row(), self._section
        self._close()
        if step is None:
            return
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        if step and row is not None:
            any(self._begin_at(row, each) for each in self._sections(section, step)[1:])

    def _leave(self) -> None:
        self._close()
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        box, self._box, self._editor, self._record = self._box, None, None, None
        if box is not None:
            if _is_within(QApplication.focusWidget(), box):
                self._table.setFocus(Qt.FocusReason.OtherFocusReason)
            box.hide()
            box.deleteLater()

    def _focus_left(self) -> None:
        focus = QApplication.focusWidget()  # None: another program has it
        if self._box is not None and focus is not None and not self._saving and not _is_within(focus, self._box):
            self._save(None)

    # ---- how it begins

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.ShortcutOverride | QEvent.Type.KeyPress if isinstance(event, QKeyEvent):
                self._slow.stop()
                if watched is self._table and event.key() == Qt.Key.Key_F2:
                    return self._f2(event)
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                self._slow.stop()
                index = self._table.indexAt(event.position().toPoint())
                plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
                again = index.isValid() and index.row() == self._table.currentIndex().row()
                alone = self._table.selected_count() == 1 and self._table.hasFocus()
                self._pressed = QPersistentModelIndex(index) if plain and again and alone else None
            case QEvent.Type.MouseButtonRelease if isinstance(event, QMouseEvent) and self._pressed is not None:
                if self._table.indexAt(event.position().toPoint()) == self._pressed:
                    self._slow.start()
            case QEvent.Type.MouseButtonDblClick | QEvent.Type.Wheel:
                self._slow.stop()
                self._pressed = None
        return False

    def _f2(self, event: QKeyEvent) -> bool:
        """The key is the grid's before it is the window's command, which opens the form."""
        index = self._table.currentIndex()
        if event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(index.isValid())
        elif not self.begin(index):
            self.form_asked.emit()
        return True

    def _second_click(self) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and pressed.isValid() and self._table.hasFocus():
            self._begin_at(pressed.row(), pressed.column())


class _Box(QFrame):
    """An editor over its cell, with room for a reason below."""

    saved = Signal()
    left = Signal()
    passed = Signal(int)  # 1: on to the next field, -1: back
    turned_away = Signal()  # the keyboard went elsewhere, perhaps into what popped up from here

    def __init__(self, viewport: QWidget, editor: Editor) -> None:
        super().__init__(viewport)
        self._viewport, self._editor = viewport, editor
        self._wrong = label("", "failed", wrap=True)
        self._wrong.setContentsMargins(SPACE_2, 0, SPACE_2, SPACE_1)
        self._wrong.hide()
        self.setProperty("kind", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAutoFillBackground(True)
        self.setLayout(rows(editor.widget, self._wrong, spacing=2))
        for each in (editor.widget, *editor.widget.findChildren(QWidget)):
            each.installEventFilter(self)

    def lie_over(self, cell: QRect) -> None:
        """Stay in sight: what is at the edge lies a little beside its cell."""
        if not isValid(self._viewport):  # the window goes, and its parts tell of other places
            return
        room = self._viewport.rect()
        width = min(max(cell.width(), _LEAST), room.width())
        layout = self.layout()
        assert layout is not None
        height = max(layout.heightForWidth(width), layout.sizeHint().height(), cell.height() - 1)
        left = max(0, min(cell.left(), room.right() + 1 - width))
        self.setGeometry(left, max(0, min(cell.top(), room.bottom() + 1 - height)), width, height)

    def say(self, words: str) -> None:
        """Why it cannot be saved; what was typed stays."""
        self._wrong.setText(words)
        self._wrong.show()
        self._editor.widget.setProperty("wrong", "true")
        self._editor.widget.setAccessibleDescription(words)
        restyle(self._editor.widget, "")
        self._editor.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.lie_over(self.geometry())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            QTimer.singleShot(0, self, self.turned_away.emit)  # when it has arrived where it went
        return False

    def focusNextPrevChild(self, next: bool) -> bool:
        self.passed.emit(1 if next else -1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.saved.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        # no other key reaches the grid below


def _changed(editor: Editor, record: Record) -> dict[str, Value]:
    """What is to be saved; nothing when it holds what was there. Another state takes its usual status along."""
    value, before = editor.value(), record[editor.field.name]
    if value == before or (before is None and value is False):
        return {}
    values: dict[str, Value] = {editor.field.name: value}
    if editor.field.type is FieldType.STATE:
        values["statuscode"] = ENTITIES[record.entity].default_status(value)
    return values


def _is_for_the_form(record: Record, name: str) -> bool:
    """Fields that mean something together are changed where all of them are seen."""
    whole = ENTITIES[record.entity].whole_days
    return whole is not None and (name == whole.flag or (bool(record[whole.flag]) and name in (whole.start, whole.end)))


def _is_within(widget: QWidget | None, box: QWidget) -> bool:
    """Whether it is in the box, or in something that popped up from there."""
    while widget is not None and widget is not box:
        widget = widget.parentWidget()
    return widget is not None
