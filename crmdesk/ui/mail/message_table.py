"""The list of messages: a RecordTable whose rows can be dragged onto tasks, calendar days and records."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QDrag, QPainter, QPixmap

from crmdesk.ui.dropping import offer
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import BODY, RADIUS
from crmdesk.ui.words import plural, tr


class MessageTable(RecordTable):
    def __init__(self) -> None:
        super().__init__(Shape.MESSAGE, tr("Messages"))
        self.setDragEnabled(True)

    def startDrag(self, actions: Qt.DropAction) -> None:
        lines = self.selected_lines()
        if not lines:
            return
        drag = QDrag(self)
        drag.setMimeData(offer([str(line.key) for line in lines]))
        words = lines[0].subject if len(lines) == 1 else plural(len(lines), "{n} message", "{n} messages")
        drag.setPixmap(self._picture(words))
        drag.setHotSpot(QPoint(-12, -8))
        drag.exec(Qt.DropAction.CopyAction)

    def _picture(self, words: str) -> QPixmap:
        """What hangs at the mouse: the subject, or how many they are."""
        ratio = self.devicePixelRatioF()
        size = QSize(240, 32)
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        tokens = theme().tokens
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(tokens.color("accent"))
        painter.setBrush(tokens.color("raised"))
        painter.drawRoundedRect(QRect(0, 0, size.width() - 1, size.height() - 1), RADIUS, RADIUS)
        painter.setPen(tokens.color("text"))
        painter.setFont(font(BODY, bold=True))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, size.width() - 24)
        painter.drawText(QRect(12, 0, size.width() - 24, size.height()), int(Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()
        return picture
