"""How an appointment looks: a soft card with a coloured edge, its subject, and the mark of what it belongs to."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from crmdesk.ui import icons
from crmdesk.ui.calendar.events import Event
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import EDGE, RADIUS, SMALL
from crmdesk.ui.words import clock_time, tr

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_LINE = 17


def paint_block(painter: QPainter, rect: QRectF, event: Event, chosen: bool, floating: bool = False) -> None:
    """A card among the hours: as many lines as fit: subject, what it is about, when and where."""
    edge = _card(painter, rect, event, chosen, floating)
    room = rect.adjusted(EDGE + 8, 3, -6, -2)
    if room.width() < 8:
        return
    if room.height() < _LINE * 1.9:
        if event.wears_mark:
            right = QRectF(room.right() - 13, rect.top(), 14, rect.height())
            icons.paint(painter, right, icons.TRACKED, edge, size=13)
            room.setRight(right.left() - 3)
        words = event.subject if not event.regarding else f"{event.subject} · {event.regarding}"
        _line(painter, QRectF(room.left(), rect.top(), room.width(), rect.height()), event, words)
        return
    lines = int(room.height() // _LINE)
    _line(painter, QRectF(room.left(), room.top(), room.width(), _LINE), event, event.subject)
    top = room.top() + _LINE
    if event.marks and (event.tracked or event.regarding) and lines > 1:
        icons.paint(painter, QRectF(room.left(), top, 14, _LINE), icons.TRACKED, edge, size=14)
        words = event.regarding or tr("Tracked")
        _text(painter, QRectF(room.left() + 19, top, room.width() - 19, _LINE), words, edge)
        top += _LINE
        lines -= 1
    if lines > 1:
        words = event.time_words + (f" · {event.location}" if event.location else "")
        _text(painter, QRectF(room.left(), top, room.width(), _LINE), words, "text" if event.tracked else "dim")


def paint_bar(painter: QPainter, rect: QRectF, event: Event, chosen: bool, with_time: bool = False) -> None:
    """One line, for the strip above the hours and for months."""
    _card(painter, rect, event, chosen)
    words = f"{clock_time(event.start)} {event.subject}" if with_time and not event.all_day else event.subject
    room = rect.adjusted(EDGE + 5, 0, -4, 0)
    if event.wears_mark:
        right = QRectF(room.right() - 14, rect.top(), 14, rect.height())
        icons.paint(painter, right, icons.TRACKED, "tracked", size=13)
        room.setRight(right.left() - 3)
    painter.setFont(font(SMALL))
    painter.setPen(theme().tokens.color("text"))
    painter.drawText(room, _LEFT, _cut(painter, words, room))


def _card(painter: QPainter, rect: QRectF, event: Event, chosen: bool, floating: bool = False) -> str:
    """The ground and its edge; gives back the name of the edge's colour."""
    tokens = theme().tokens
    edge, ground = ("tracked", "tracked_soft") if event.wears_mark else ("accent", "accent_soft")
    if not event.mine:
        edge, ground = "dim", "hover"
    shape = QPainterPath()
    shape.addRoundedRect(rect, RADIUS - 1, RADIUS - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.85 if floating else 1)
    painter.fillPath(shape, tokens.color("surface"))
    painter.fillPath(shape, tokens.color(ground))
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    painter.fillRect(QRectF(rect.left(), rect.top(), EDGE, rect.height()), tokens.color(edge))
    painter.restore()
    if chosen or floating:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.color(edge), 2))
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS - 1, RADIUS - 1)
        painter.restore()
    return edge


def _line(painter: QPainter, room: QRectF, event: Event, words: str) -> None:
    if event.note:
        color = "waiting" if event.note == "clock" else "failed"
        icons.paint(painter, QRectF(room.right() - 14, room.top(), 14, room.height()), event.note, color, size=14)
        room = room.adjusted(0, 0, -18, 0)
    painter.setFont(font(SMALL, bold=True))
    painter.setPen(theme().tokens.color("text"))
    painter.drawText(room, _LEFT, _cut(painter, words, room))


def _text(painter: QPainter, room: QRectF, words: str, color: str) -> None:
    painter.setFont(font(SMALL - 1))
    painter.setPen(theme().tokens.color(color))
    painter.drawText(room, _LEFT, _cut(painter, words, room))


def _cut(painter: QPainter, words: str, room: QRectF) -> str:
    return painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
