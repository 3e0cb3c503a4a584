"""What stands where there is nothing to show: what belongs here, and the one thing to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from crmdesk.ui import icons
from crmdesk.ui.parts import button, columns, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_3, SPACE_6

_WORDS, _PICTURE = 72, 150  # logical pixels of height that the words need, and words and picture


class _Picture(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.setFixedSize(QSize(48, 48))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.paint(painter, QRect(0, 0, 48, 48), self.name, "faint", size=40)
        painter.end()


class EmptyState(QWidget):
    asked = Signal()

    def __init__(self, icon: str, words: str, more: str = "", action: str = "") -> None:
        super().__init__()
        self._picture = _Picture(icon)
        self._words = label(words, "heading", wrap=True)
        self._more = label(more, "dim", wrap=True)
        for each in (self._words, self._more):
            each.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button = button(action, clicked=self.asked.emit)
        layout = rows(
            None,
            columns(None, self._picture, None),
            self._words,
            self._more,
            columns(None, self._button, None, margins=(0, SPACE_3, 0, 0)),
            None,
            spacing=SPACE_1,
            margins=(SPACE_6, SPACE_6, SPACE_6, SPACE_6),
        )
        self.setLayout(layout)
        self.say(icon, words, more, action)

    def say(self, icon: str, words: str, more: str = "", action: str = "") -> None:
        self._picture.name = icon
        self._picture.update()
        self._words.setText(words)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(f"{words} {more}".strip())

    def minimumSizeHint(self) -> QSize:
        """Words alone, where there is little room."""
        return QSize(super().minimumSizeHint().width(), _WORDS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._picture.setVisible(event.size().height() >= _PICTURE)


class Notice(EmptyState):
    """The same over a list that is not here yet, or can't be read. Hidden at first; the list keeps the keyboard."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__("", "")
        self._area = area
        self.setParent(area)
        self.setProperty("kind", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.hide()
        area.viewport().installEventFilter(self)

    def tell(self, icon: str, words: str, more: str = "", action: str = "") -> None:
        self.say(icon, words, more, action)
        self.setGeometry(self._area.viewport().geometry())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._area.viewport().geometry())
        return super().eventFilter(watched, event)
