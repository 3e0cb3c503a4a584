"""The one way to choose a record: type, and it completes from the local data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QWidget

from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.ui.icons import icon
from crmdesk.ui.words import tr

_WAIT = 10  # ms after a key, so that keys that come together ask once
_SHOWN = 8


@dataclass(frozen=True)
class Suggestion:
    """A record that can be chosen; `more` helps to tell it from others of its name."""

    reference: Reference
    name: str
    more: str = ""


Find = Callable[[tuple[str, ...], str], Sequence[Suggestion]]
"""The records of these entities that fit a text (recent and likely ones for an empty text). Must answer at once."""


class PickerField(QLineEdit):
    """Shows one record's name. Typing looks for another; leaving with a text that was not chosen takes it back."""

    picked = Signal(object)  # Reference or None

    def __init__(self, name: str, targets: tuple[str, ...], find: Find) -> None:
        super().__init__()
        self._targets = targets
        self._find = find
        self._reference: Reference | None = None
        self._shown_name = ""
        self.setAccessibleName(name)
        self.setPlaceholderText(tr("Type a name"))
        self.setClearButtonEnabled(True)
        self._answers = _Answers()
        self._popup = _Popup(self, self._answers)
        self._popup.chosen.connect(self._choose)
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self.look)
        self.textEdited.connect(self._edited)

    @property
    def reference(self) -> Reference | None:
        return self._reference

    def show_reference(self, reference: Reference | None, name: str) -> None:
        self._reference, self._shown_name = reference, name
        self.setText(name)
        self.setCursorPosition(0)

    def look(self) -> None:
        """Show what fits the text that stands there."""
        self._answers.show(self._find(self._targets, self.text().strip()))
        self._popup.show_below()

    def _edited(self, text: str) -> None:
        if not text.strip():
            self._reference, self._shown_name = None, ""
            self.picked.emit(None)
        self._timer.start()

    def _choose(self, row: int) -> None:
        suggestion = self._answers.at(row)
        self._timer.stop()
        self._popup.hide()
        self.show_reference(suggestion.reference, suggestion.name)
        self.picked.emit(suggestion.reference)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            if self._popup.isVisible():
                self._popup.step(1 if event.key() == Qt.Key.Key_Down else -1)
            else:
                self.look()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and self._popup.isVisible():
            row = self._popup.currentIndex().row()
            if row >= 0:
                self._choose(row)
                return
        if event.key() == Qt.Key.Key_Escape and self._popup.isVisible():
            self._popup.hide()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._timer.stop()
        self._popup.hide()
        if self.text() != self._shown_name:
            self.setText(self._shown_name)


class _Answers(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[Suggestion, ...] = ()

    def show(self, found: Sequence[Suggestion]) -> None:
        self.beginResetModel()
        self._found = tuple(found)
        self.endResetModel()

    def at(self, row: int) -> Suggestion:
        return self._found[row]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return len(self._found)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        suggestion = self._found[index.row()]
        kind = ENTITIES[suggestion.reference.entity]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{suggestion.name}   {suggestion.more}" if suggestion.more else suggestion.name
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(kind.icon, "tracked")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{tr(kind.label)}, {suggestion.name}, {suggestion.more}"
        return None


class _Popup(QListView):
    """Lies below the field, inside its window; never takes the focus, so that typing goes on."""

    chosen = Signal(int)

    def __init__(self, field: QLineEdit, answers: _Answers) -> None:
        super().__init__(field)
        self._field = field
        self.setModel(answers)
        self.setProperty("kind", "popup")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Suggestions"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMouseTracking(True)
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.hide()

    def show_below(self) -> None:
        count = self.model().rowCount()
        if not count:
            self.hide()
            return
        window: QWidget = self._field.window()
        if self.parent() is not window:
            self.setParent(window)
            window.installEventFilter(self)
        corner = self._field.mapTo(window, self._field.rect().bottomLeft())
        height = min(count, _SHOWN) * 32 + 10
        top = corner.y() + 2
        if top + height > window.height():
            top = max(0, corner.y() - self._field.height() - height - 2)
        self.setGeometry(corner.x(), top, max(self._field.width(), 280), height)
        self.setCurrentIndex(self.model().index(0, 0))
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        row = max(0, min(self.model().rowCount() - 1, self.currentIndex().row() + by))
        self.setCurrentIndex(self.model().index(row, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.hide()
        return super().eventFilter(watched, event)
