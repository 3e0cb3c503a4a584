"""What the one search box finds, below it as one types: records, people, tasks and messages of this computer."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.desk.latest import LatestRead
from crmdesk.model.words import ENTITIES
from crmdesk.store import search
from crmdesk.store.search import Hit
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import rows
from crmdesk.ui.words import tr

_SHOWN = 12
_WIDTH = 420
_HIT = Qt.ItemDataRole.UserRole


class SearchPopup(QFrame):
    """Lies below the field and takes no focus from it. Emits `opened` with a Hit."""

    opened = Signal(object)

    def __init__(self, desk: Desk, field: QWidget, window: QWidget) -> None:
        super().__init__(window)
        self._answers = LatestRead(desk, self._answered, self, is_short=True)
        self._field = field
        self._words = ""
        self._list = QListWidget()
        self._list.setProperty("kind", "popup")
        self._list.setAccessibleName(tr("What was found"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(self._open)
        self._list.itemClicked.connect(self._open)
        self.setLayout(rows(self._list, spacing=0, margins=(0, 0, 0, 0)))
        self.hide()

    def look_for(self, words: str) -> None:
        self._words = words.strip()
        if len(self._words) < 2:
            self._answers.drop()
            self.hide()
        else:
            self._ask()

    def take_focus(self) -> bool:
        """Give the keyboard to what was found; False when nothing is shown."""
        if not self.isVisible() or self._list.count() == 0:
            return False
        self._list.setFocus()
        self._list.setCurrentRow(0)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._field.setFocus()
            return
        super().keyPressEvent(event)

    def open_first(self) -> None:
        if self.isVisible() and self._list.count():
            self._open(self._list.item(0))

    def _ask(self) -> None:
        words = self._words
        self._answers.ask(lambda reader: (words, search.everything(reader, words, _SHOWN)))

    def _answered(self, found: tuple[str, list[Hit]]) -> None:
        words, hits = found
        if words == self._words:  # else the person typed on; that answer follows
            self._show(hits)

    def _show(self, hits: list[Hit]) -> None:
        self._list.clear()
        for hit in hits[: _SHOWN * 2]:
            kind = ENTITIES.get(hit.kind)
            name = tr(kind.label) if kind else tr("Message")
            item = QListWidgetItem(f"{hit.name}  ·  {name}")
            item.setIcon(icon(kind.icon.removeprefix("ph.") if kind else "envelope", "dim"))
            item.setToolTip(hit.snippet)
            item.setData(_HIT, hit)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}: {hit.name}. {hit.snippet}")
            self._list.addItem(item)
        if not hits:
            item = QListWidgetItem(tr("Nothing on this computer has these words"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(item)
        height = min(self._list.count(), 12) * 34 + 18
        window = self._field.window()
        place = self._field.mapTo(window, QPoint(0, self._field.height() + 4))
        left = min(place.x(), window.width() - _WIDTH - 12)
        self.setGeometry(max(12, left), place.y(), _WIDTH, height)
        self.show()
        self.raise_()

    def _open(self, item: QListWidgetItem) -> None:
        hit = item.data(_HIT)
        if isinstance(hit, Hit):
            self.hide()
            self.opened.emit(hit)
