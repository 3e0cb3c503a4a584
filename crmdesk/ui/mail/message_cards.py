"""The other messages of a conversation, one line each, above and below the one that is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.store.mailbox import MessageRow
from crmdesk.ui.parts import empty, paint_avatar
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import BODY, RADIUS, SMALL
from crmdesk.ui.words import initials, short_time, tr

_HEIGHT = 38
_MOST_SHOWN = 4  # without scrolling
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class MessageCards(QScrollArea):
    opened = Signal(str)  # a message's id

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("kind", "cards")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        self._cards = QVBoxLayout(inside)
        self._cards.setSpacing(0)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._inside = inside
        self.setWidget(inside)
        self.hide()

    def show_messages(self, messages: Sequence[MessageRow], now: datetime, from_below: bool) -> None:
        """Show these, oldest first; `from_below`: where there are many, the last ones are in sight."""
        empty(self._cards)
        for each in messages:
            card = _Card(each, now)
            card.clicked.connect(lambda checked=False, key=each.id: self.opened.emit(key))
            self._cards.addWidget(card)
        self.setFixedHeight(_HEIGHT * min(len(messages), _MOST_SHOWN))
        self.setVisible(bool(messages))
        if from_below and len(messages) > _MOST_SHOWN:
            self._inside.setFixedHeight(_HEIGHT * len(messages))
            self.verticalScrollBar().setMaximum(_HEIGHT * (len(messages) - _MOST_SHOWN))
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        else:
            self._inside.setFixedHeight(_HEIGHT * max(1, len(messages)))

    def count(self) -> int:
        return self._cards.count()


class _Card(QAbstractButton):
    """Who, how it begins, when. Enter and a click open it."""

    def __init__(self, message: MessageRow, now: datetime) -> None:
        super().__init__()
        self._who = message.sender_name or message.sender or tr("(unknown sender)")
        self._when = short_time(message.date, now)
        self._message = message
        self.setFixedHeight(_HEIGHT)
        self.setText(self._who)
        facts = ("" if message.seen else tr("unread"), tr("from {name}", name=self._who), message.snippet, self._when)
        self.setAccessibleName(", ".join(fact for fact in facts if fact))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def event(self, event: QEvent) -> bool:
        """Enter is this card's, also where the window has a command for it."""
        is_enter = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect().adjusted(0, 1, -1, -1)
        painter.setPen(tokens.color("accent") if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("hover") if self.underMouse() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        circle = QRect(area.left() + 7, area.center().y() - 11, 24, 24)
        paint_avatar(painter, circle, initials(self._who), tracked=self._message.tracked)
        unread = not self._message.seen
        left = self._word(painter, area.adjusted(43, 0, 0, 0), self._who, "text", BODY, unread, 190)
        painter.setFont(font(SMALL))
        painter.setPen(tokens.color("dim"))
        painter.drawText(area.adjusted(0, 0, -8, 0), _RIGHT, self._when)
        right = area.right() - painter.fontMetrics().horizontalAdvance(self._when) - 20
        rest = QRect(left + 10, area.top(), max(0, right - left - 10), area.height())
        self._word(painter, rest, self._message.snippet, "dim", SMALL, False, rest.width())
        painter.end()

    def _word(self, painter: QPainter, area: QRect, text: str, color: str, size: int, bold: bool, most: int) -> int:
        painter.setFont(font(size, bold))
        painter.setPen(theme().tokens.color(color))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, most)
        painter.drawText(area, _LEFT, shown)
        return area.left() + painter.fontMetrics().horizontalAdvance(shown)
