"""How a row looks: one delegate for all lists, with one painting function per Shape."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from crmdesk.ui import icons
from crmdesk.ui.parts import paint_avatar
from crmdesk.ui.rows import Line, RowsModel
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import (
    BODY,
    EDGE,
    ROW_ENTRY,
    ROW_GRID,
    ROW_GROUP,
    ROW_TASK,
    ROW_THREE_LINES,
    ROW_TWO_LINES,
    SMALL,
    Tokens,
)
from crmdesk.ui.words import initials, locale

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_ONE_LINE = int(Qt.TextFlag.TextSingleLine)
_MARGIN = 14


class Shape(Enum):
    """What a list's rows look like."""

    MESSAGE = "message"  # three lines: who and when; subject and marks; snippet
    CARD = "card"  # an avatar, two lines
    TASK = "task"  # a tick box, one line
    ENTRY = "entry"  # of a timeline: an icon; what and when; words
    GRID = "grid"  # cells

    @property
    def height(self) -> int:
        return _HEIGHTS[self]


_HEIGHTS = {
    Shape.MESSAGE: ROW_THREE_LINES,
    Shape.CARD: ROW_TWO_LINES,
    Shape.TASK: ROW_TASK,
    Shape.ENTRY: ROW_ENTRY,
    Shape.GRID: ROW_GRID,
}


class RowPainter(QStyledItemDelegate):
    """Paints straight from the model's lines: a data() call per detail would not keep up with scrolling."""

    def __init__(self, model: RowsModel, shape: Shape) -> None:
        super().__init__()
        self._model = model
        self._shape = shape
        self.hovered_row = -1
        self.ring_row = -1  # the row that wears the focus ring, when the keyboard moves it
        self.show_marks = True

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row, tokens = index.row(), theme().tokens
        rect: QRect = option.rect
        line = self._model.line(row)
        painter.save()
        if line is None:
            _paint_group(painter, rect, self._model.group(row) or "", tokens)
        else:
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            self._paint_ground(painter, rect, index, selected, tokens)
            if self._shape is Shape.GRID:
                _paint_cell(painter, rect, line, index.column(), self._model, tokens)
            else:
                _PAINTERS[self._shape](painter, rect, line, tokens, self.show_marks)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex, selected: bool, tokens: Tokens
    ) -> None:
        if selected:
            painter.fillRect(rect, tokens.color("accent_soft"))
        elif index.row() == self.hovered_row:
            painter.fillRect(rect, tokens.color("hover"))
        if selected and index.column() == 0:
            painter.fillRect(QRect(rect.left(), rect.top(), EDGE, rect.height()), tokens.color("accent"))
        if self._shape is Shape.GRID:
            painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), tokens.color("line"))
        if index.row() == self.ring_row:
            sideways = 1 if self._shape is Shape.GRID else 0  # there the ring is round the row, not round each cell
            painter.setPen(tokens.color("accent"))
            painter.drawRect(rect.adjusted(-sideways, 0, sideways - 1, -1))


def tick_area(rect: QRect) -> QRect:
    """Where a task's tick box is, in its row."""
    return QRect(rect.left() + 10, rect.top(), 30, rect.height())


def fold_area(rect: QRect) -> QRect:
    """Where the arrow is that shows and hides the rows that a row stands for."""
    return QRect(rect.left(), rect.top() + 22, 18, rect.height() - 22)


def _paint_group(painter: QPainter, rect: QRect, text: str, tokens: Tokens) -> None:
    _text(painter, rect.adjusted(_MARGIN, 4, -_MARGIN, 0), text, tokens, "dim", SMALL, bold=True)


def _paint_message(painter: QPainter, rect: QRect, line: Line, tokens: Tokens, marks: bool) -> None:
    if line.unread:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent"))
        painter.drawEllipse(QRectF(rect.left() + 7, rect.top() + 15, 6, 6))
    if line.expanded is not None:
        arrow = "caret-down" if line.expanded else "caret-right"
        icons.paint(painter, QRect(rect.left() + 4, rect.top() + 27, 12, 20), arrow, "dim", size=12)
    area = rect.adjusted(17 + 20 * line.level, 0, -_MARGIN, 0)
    if line.level:
        painter.fillRect(QRect(area.left() - 10, rect.top(), 2, rect.height()), tokens.color("line"))
    first = QRect(area.left(), rect.top() + 7, area.width(), 20)
    second = QRect(area.left(), rect.top() + 27, area.width(), 20)
    third = QRect(area.left(), rect.top() + 46, area.width(), 19)
    used = _text(painter, first, line.aside, tokens, line.tone, SMALL, align=_RIGHT)
    if line.count > 1:
        used += 8 + _count(painter, first.adjusted(0, 0, -used - 8, 0), line.count, tokens)
    _text(painter, first.adjusted(0, 0, -used - 8, 0), line.title, tokens, bold=line.unread)
    right = second.right() + 1
    if marks and line.mark is not None:
        right -= _chip(painter, second, line.mark, tokens) + 6
    for shown, name, filled in (
        (line.attached, "paperclip", False),
        (line.starred, "star", True),
        (bool(line.note), line.note, False),
    ):
        if shown:
            color = "waiting" if name == "clock" else "failed" if name.startswith("warning") else "faint"
            icons.paint(painter, QRect(right - 16, second.top(), 16, 20), name, color, filled, size=15)
            right -= 20
    subject = QRect(second.left(), second.top(), right - second.left() - 4, second.height())
    _text(painter, subject, line.subject, tokens, bold=line.unread)
    _text(painter, third, line.snippet, tokens, "dim", SMALL)


def _paint_card(painter: QPainter, rect: QRect, line: Line, tokens: Tokens, marks: bool) -> None:
    circle = QRect(rect.left() + _MARGIN, rect.top() + (rect.height() - 34) // 2, 34, 34)
    tracked = line.mark is not None and marks
    paint_avatar(painter, circle, initials(line.title), line.icon, tracked)
    area = rect.adjusted(_MARGIN + 44, 0, -_MARGIN, 0)
    right = area.right() + 1
    if line.note:
        color = "waiting" if line.note == "clock" else "failed"
        icons.paint(painter, QRect(right - 16, rect.top(), 16, rect.height()), line.note, color, size=16)
        right -= 22
    if tracked:
        icons.paint(painter, QRect(right - 16, rect.top(), 16, rect.height()), icons.TRACKED, "tracked", size=16)
        right -= 22
    width = right - area.left()
    used = _text(painter, QRect(area.left(), rect.top(), width, 40), line.aside, tokens, line.tone, SMALL, align=_RIGHT)
    _text(painter, QRect(area.left(), rect.top() + 9, width - used - 4, 20), line.title, tokens, bold=True)
    _text(painter, QRect(area.left(), rect.top() + 28, width, 19), line.subject, tokens, "dim", SMALL)


def _paint_task(painter: QPainter, rect: QRect, line: Line, tokens: Tokens, marks: bool) -> None:
    box = tick_area(rect)
    if line.done:
        icons.paint(painter, box, "check-circle", "done", filled=True, size=20)
    else:
        icons.paint(painter, box, "circle", "dim", size=20)
    area = rect.adjusted(44, 0, -_MARGIN, 0)
    used = _text(painter, area, line.aside, tokens, line.tone, SMALL, align=_RIGHT)
    right = area.right() + 1 - (used + 12 if used else 0)
    if marks and line.mark is not None:
        right -= _chip(painter, QRect(area.left(), area.top(), right - area.left(), area.height()), line.mark, tokens)
        right -= 8
    if line.note:
        color = "waiting" if line.note == "clock" else "failed"
        icons.paint(painter, QRect(right - 16, rect.top(), 16, rect.height()), line.note, color, size=16)
        right -= 22
    if line.starred:
        icons.paint(painter, QRect(right - 16, rect.top(), 16, rect.height()), "flag", "failed", True, size=15)
        right -= 22
    title = QRect(area.left(), area.top(), right - area.left() - 4, area.height())
    if line.done:
        crossed = font(BODY)
        crossed.setStrikeOut(True)
        painter.setFont(crossed)
        painter.setPen(tokens.color("dim"))
        shown = painter.fontMetrics().elidedText(line.title, Qt.TextElideMode.ElideRight, title.width())
        painter.drawText(title, _LEFT, shown)
    else:
        _text(painter, title, line.title, tokens)


def _paint_entry(painter: QPainter, rect: QRect, line: Line, tokens: Tokens, marks: bool) -> None:
    icons.paint(painter, QRect(rect.left() + _MARGIN, rect.top() + 6, 18, 20), line.icon, "dim", size=18)
    area = rect.adjusted(_MARGIN + 28, 0, -_MARGIN, 0)
    room = QRect(area.left(), rect.top() + 6, area.width(), 20)
    painter.setFont(font(SMALL))
    aside = painter.fontMetrics().horizontalAdvance(line.aside)
    if line.note:
        icons.paint(painter, QRect(room.right() - 15, room.top(), 16, 20), line.note, "waiting", size=15)
        room.setRight(room.right() - 20)
    used = _text(painter, room.adjusted(0, 0, -aside - 8, 0), line.title, tokens, bold=True)
    _text(painter, room.adjusted(used + 6, 1, 0, 1), line.aside, tokens, "dim", SMALL)
    words = QRect(area.left(), rect.top() + 25, area.width(), 19)
    _text(painter, words, line.subject, tokens, line.tone, BODY if line.tone == "dim" else SMALL, line.tone == "accent")


def _paint_cell(painter: QPainter, rect: QRect, line: Line, column: int, model: RowsModel, tokens: Tokens) -> None:
    area = rect.adjusted(12, 0, -12, -1)
    text = line.cells[column] if column < len(line.cells) else ""
    if column > 0:
        numeric = model.headings[column].numeric
        _draw(painter, area, text, tokens, "text", align=_RIGHT if numeric else _LEFT)
        return
    if line.note:
        color = "waiting" if line.note == "clock" else "failed"
        icons.paint(painter, QRect(area.right() - 15, area.top(), 16, area.height()), line.note, color, size=16)
        area.setRight(area.right() - 22)
    if line.mark is not None:
        icons.paint(painter, QRect(area.right() - 15, area.top(), 16, area.height()), icons.TRACKED, "tracked", size=15)
        area.setRight(area.right() - 22)
    _draw(painter, area, text, tokens, bold=True)


def _text(
    painter: QPainter,
    rect: QRect,
    text: str,
    tokens: Tokens,
    color: str = "text",
    size: int = BODY,
    bold: bool = False,
    align: int = _LEFT,
) -> int:
    """Draw one line, cut with "…" where there is no room; gives back the width that it takes."""
    shown = _draw(painter, rect, text, tokens, color, size, bold, align)
    return painter.fontMetrics().horizontalAdvance(shown) if shown else 0


def _draw(
    painter: QPainter,
    rect: QRect,
    text: str,
    tokens: Tokens,
    color: str = "text",
    size: int = BODY,
    bold: bool = False,
    align: int = _LEFT,
) -> str:
    """The same; gives back what was drawn."""
    if not text or rect.width() <= 0:
        return ""
    painter.setFont(font(size, bold))
    painter.setPen(tokens.color(color))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, align | _ONE_LINE, shown)
    return shown


def _count(painter: QPainter, line: QRect, count: int, tokens: Tokens) -> int:
    """How many messages a row stands for, at the right of `line`; gives back its width."""
    painter.setFont(font(SMALL, bold=True))
    text = locale().toString(count)
    width = painter.fontMetrics().horizontalAdvance(text) + 12
    pill = QRectF(line.right() + 1 - width, line.center().y() - 7.5, width, 16)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color("line"))
    painter.drawRoundedRect(pill, 8, 8)
    painter.setPen(tokens.color("text"))
    painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), text)
    return width


def _chip(painter: QPainter, line: QRect, name: str, tokens: Tokens) -> int:
    """The tracked mark with the record's name, at the right of `line`; gives back its width."""
    chosen = font(SMALL, bold=True)
    painter.setFont(chosen)
    most = max(40, line.width() * 45 // 100)
    shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, most - 30)
    width = painter.fontMetrics().horizontalAdvance(shown) + (30 if shown else 24)
    pill = QRectF(line.right() + 1 - width, line.center().y() - 8.5, width, 18)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color("tracked_soft"))
    painter.drawRoundedRect(pill, 9, 9)
    icons.paint(painter, QRectF(pill.left() + 6, pill.top(), 14, 18), icons.TRACKED, "tracked", size=14)
    painter.setFont(chosen)
    painter.setPen(tokens.color("tracked"))
    painter.drawText(pill.adjusted(23, 0, -6, 0), _LEFT, shown)
    return width


_PAINTERS: dict[Shape, Callable[[QPainter, QRect, Line, Tokens, bool], None]] = {
    Shape.MESSAGE: _paint_message,
    Shape.CARD: _paint_card,
    Shape.TASK: _paint_task,
    Shape.ENTRY: _paint_entry,
}
GROUP_HEIGHT = ROW_GROUP
