"""The hours of some days: painted, pointed at, drawn into, dragged and stretched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QLineEdit, QSizePolicy, QWidget

from crmdesk.model.record import Reference
from crmdesk.ui.calendar.event_painter import paint_block
from crmdesk.ui.calendar.events import Event
from crmdesk.ui.calendar.geometry import DAY_HEIGHT, GUTTER, HOUR, Block, Drag, Gesture, HourGrid
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import RADIUS, SMALL
from crmdesk.ui.words import clock_time, tr

_EDGE = 7  # pixels at a block's lower end that stretch it


class DayGrid(QWidget):
    """Tells what was chosen, opened, drawn or dragged; decides and writes nothing. Times are the person's clock."""

    chosen = Signal(object)  # Reference or None
    opened = Signal(object)  # Reference
    named = Signal(str, object, object)  # a new one: its subject, start, end
    dragged = Signal(object, object, object)  # Reference, its new start and end

    def __init__(self) -> None:
        super().__init__()
        self._days: tuple[date, ...] = ()
        self._events: Sequence[Event] = ()
        self._blocks: list[Block] = []
        self._now = datetime(1970, 1, 1)
        self._chosen: Reference | None = None
        self._drag: Drag | None = None
        self._pressed_at: QPointF | None = None
        self._ghost: tuple[datetime, datetime] | None = None  # what the gesture, or the name being typed, is about
        self._name = QLineEdit(self)
        self._name.setPlaceholderText(tr("Subject"))
        self._name.setAccessibleName(tr("Subject of the new appointment"))
        self._name.hide()
        self._name.returnPressed.connect(self._take_name)
        self._name.editingFinished.connect(self._name_left)
        self.setFixedHeight(DAY_HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Hours"))

    @property
    def grid(self) -> HourGrid:
        return HourGrid(self._days, float(self.width()))

    @property
    def is_busy(self) -> bool:
        """Whether something is being dragged or named, which a repaint with other rows would disturb."""
        return self._drag is not None or self._name.isVisible()

    def show_events(self, days: Sequence[date], events: Sequence[Event], now: datetime) -> None:
        if tuple(days) != self._days:
            self.leave()
        self._days, self._events, self._now = tuple(days), events, now
        self._place()

    def show_now(self, now: datetime) -> None:
        self._now = now
        self.update()

    def choose(self, reference: Reference | None) -> None:
        self._chosen = reference
        self.update()

    def rect_of(self, reference: Reference) -> QRectF | None:
        """Where an appointment is painted, on its first day here."""
        return next((each.rect for each in self._blocks if each.event.reference == reference), None)

    def ask_for_name(self, start: datetime, end: datetime) -> None:
        """Let the subject of a new appointment be typed where it will stand."""
        self._ghost = (start, end)
        self._name.clear()
        rect = self._ghost_rect()
        if rect is not None:
            self._name.setGeometry(rect.adjusted(5, 3, -3, 0).toRect().adjusted(0, 0, 0, 0))
            self._name.setFixedHeight(28)
            self._name.show()
            self._name.setFocus()
        self.update()

    def leave(self) -> None:
        """End what is being dragged or named; nothing comes of it."""
        self._drag = self._ghost = self._pressed_at = None
        if self._name.isVisible():
            self._name.hide()
        self.unsetCursor()
        self.update()

    # ---- painting

    def sizeHint(self) -> QSize:
        return QSize(600, DAY_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens, grid = theme().tokens, self.grid
        painter.fillRect(event.rect(), tokens.color("surface"))
        self._paint_lines(painter, grid)
        now = self._now_point(grid)
        if now is not None:  # the line lies below the appointments, whose words are read
            painter.fillRect(QRectF(now, QSizeF(grid.column_width, 2)), tokens.color("failed"))
        held = self._drag.event.reference if self._drag and self._drag.event and self._ghost else None
        for block in self._blocks:
            if block.event.reference != held and block.rect.intersects(QRectF(event.rect())):
                paint_block(painter, block.rect, block.event, block.event.reference == self._chosen)
        if now is not None:
            _paint_dot(painter, now)
        self._paint_ghost(painter)
        painter.end()

    def _paint_lines(self, painter: QPainter, grid: HourGrid) -> None:
        tokens = theme().tokens
        painter.setFont(font(SMALL))
        for hour in range(24):
            top = hour * HOUR
            painter.fillRect(QRectF(GUTTER, top, self.width() - GUTTER, 1), tokens.color("line"))
            painter.setPen(tokens.color("dim"))
            words = clock_time(datetime(2000, 1, 1, hour))
            room = QRectF(4, top + 2, GUTTER - 10, 16)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)
        for number in range(len(self._days)):
            painter.fillRect(QRectF(grid.left_of(number), 0, 1, DAY_HEIGHT), tokens.color("line"))

    def _now_point(self, grid: HourGrid) -> QPointF | None:
        """Where the line that says how late it is begins; None: today is not shown."""
        if self._now.date() not in self._days:
            return None
        left = grid.left_of(self._days.index(self._now.date()))
        return QPointF(left, (self._now.hour * 60 + self._now.minute) * HOUR / 60)

    def _paint_ghost(self, painter: QPainter) -> None:
        rect = self._ghost_rect()
        if rect is None or self._ghost is None:
            return
        held = self._drag.event if self._drag else None
        if held is not None:
            paint_block(painter, rect, held.moved(*self._ghost), chosen=True, floating=True)
            return
        tokens = theme().tokens
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.color("accent"), 2))
        painter.setBrush(tokens.color("accent_soft"))
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.setFont(font(SMALL))
        painter.setPen(tokens.color("text"))
        words = f"{clock_time(self._ghost[0])}–{clock_time(self._ghost[1])}"
        low = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        if not self._name.isVisible() or rect.height() > 46:
            painter.drawText(rect.adjusted(10, 3, -6, -4), low, words)

    def _ghost_rect(self) -> QRectF | None:
        if self._ghost is None or self._ghost[0].date() not in self._days:
            return None
        start, end = self._ghost
        minutes = start.hour * 60 + start.minute
        length = int((end - start).total_seconds() // 60)
        return self.grid.rect_of(start.date(), minutes, min(minutes + length, 24 * 60))

    # ---- pointing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._days:
            return
        self._take_name()
        at = event.position()
        block = self._block_at(at)
        self.chosen.emit(block.event.reference if block else None)
        self._pressed_at = at
        if block is None:
            if at.x() > GUTTER:
                self._drag = Drag(Gesture.DRAW, self.grid.moment_at(at, 30))
        elif block.event.mine:
            gesture = Gesture.STRETCH if self._is_edge(block, at) else Gesture.MOVE
            self._drag = Drag(gesture, self.grid.moment_at(at), block.event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag is None or self._pressed_at is None:
            block = self._block_at(at)
            edge = block is not None and block.event.mine and self._is_edge(block, at)
            self.setCursor(Qt.CursorShape.SizeVerCursor if edge else Qt.CursorShape.ArrowCursor)
            self.setToolTip("" if block is None else self._tip(block.event))
            return
        far = (at - self._pressed_at).manhattanLength() >= QApplication.startDragDistance()
        if self._ghost is not None or far:
            self._ghost = self._drag.span(self.grid.moment_at(at))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, ghost = self._drag, self._ghost
        self._drag = self._pressed_at = None
        if self._name.isVisible() or drag is None or ghost is None:
            return
        self._ghost = None
        if drag.event is None:
            self.ask_for_name(*ghost)
        elif ghost != (drag.event.start, drag.event.end):
            self.dragged.emit(drag.event.reference, *ghost)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        block = self._block_at(event.position())
        self._drag = None
        if block is not None:
            self.opened.emit(block.event.reference)
        elif event.position().x() > GUTTER and self._days:
            start = self.grid.moment_at(event.position(), 30)
            self.ask_for_name(start, start + timedelta(hours=1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_busy:
            self.leave()
            self.chosen.emit(self._chosen)
            return
        super().keyPressEvent(event)

    # ---- inside

    def resizeEvent(self, event: object) -> None:
        self._place()

    def _place(self) -> None:
        self._blocks = self.grid.blocks(self._events) if self._days else []
        self.update()

    def _block_at(self, at: QPointF) -> Block | None:
        return next((each for each in reversed(self._blocks) if each.rect.contains(at)), None)

    def _is_edge(self, block: Block, at: QPointF) -> bool:
        return block.rect.bottom() - at.y() <= _EDGE and block.day == block.event.days[1]

    def _tip(self, event: Event) -> str:
        return "\n".join(part for part in (event.subject, event.time_words, event.location, event.regarding) if part)

    def _take_name(self) -> None:
        if not self._name.isVisible() or self._ghost is None:
            return
        subject, (start, end) = self._name.text().strip(), self._ghost
        self.leave()
        if subject:
            self.named.emit(subject, start, end)

    def _name_left(self) -> None:
        if self._name.isVisible() and not self._name.hasFocus():
            self._take_name()


def _paint_dot(painter: QPainter, now: QPointF) -> None:
    """Where the line of the present begins, over whatever stands there."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().tokens.color("failed"))
    painter.drawEllipse(now + QPointF(0, 1), 4, 4)
    painter.restore()
