"""The letters beside the list of contacts: press one, and the list goes there."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from crmdesk.ui.focus_order import FocusRing
from crmdesk.ui.theme import font, theme
from crmdesk.ui.words import tr

_LEGIBLE = 13  # logical pixels that a letter needs


class Letters(QWidget):
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._letters: list[str] = []
        self._pointed = -1
        self.setFixedWidth(20)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Jump to a letter"))
        FocusRing(self)

    def show_letters(self, letters: list[str]) -> None:
        self._letters = letters
        self.setVisible(len(letters) > 1)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(20, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(11, bold=True))
        height = self._height()
        step = ceil(_LEGIBLE / height)  # where there is little room, only every second one is written, or fewer
        for number, letter in enumerate(self._letters):
            if number % step:
                continue
            pointed = number == self._pointed
            painter.setPen(theme().tokens.color("accent" if pointed else "dim"))
            place = QRectF(0, 6 + number * height, self.width(), height * step)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), letter)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointed = self._at(event.position().y())
        self.update()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointed = self._at(event.position().y())
        self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._pointed = max(0, min(len(self._letters) - 1, self._pointed + step))
            self.update()
            self._choose()
            return
        super().keyPressEvent(event)

    def _choose(self) -> None:
        if 0 <= self._pointed < len(self._letters):
            self.chosen.emit(self._letters[self._pointed])

    def _height(self) -> float:
        return min(18.0, (self.height() - 12) / max(1, len(self._letters)))

    def _at(self, y: float) -> int:
        return int((y - 6) // self._height())
