"""The rail at the left: one button per pane, an icon over its label, with a count; options at the bottom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QVBoxLayout

from crmdesk.ui import icons
from crmdesk.ui.focus_order import one_tab_stop
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import RADIUS_CARD, RAIL_WIDTH
from crmdesk.ui.words import tr


@dataclass(frozen=True)
class Destination:
    name: str
    label: str
    icon: str


class RailButton(QAbstractButton):
    """Paints itself: the style sheet cannot lay a count over an icon."""

    def __init__(self, destination: Destination, checkable: bool = True) -> None:
        super().__init__()
        self._destination = destination
        self._count = 0
        self.setText(destination.label)
        self.setCheckable(checkable)
        self.setFixedSize(RAIL_WIDTH - 12, 54)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_count(0)

    @property
    def count(self) -> int:
        return self._count

    def set_count(self, count: int) -> None:
        self._count = count
        self.setAccessibleName(self.text() if not count else f"{self.text()}, {count}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(RAIL_WIDTH - 12, 54)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        chosen = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or self.underMouse():
            painter.setBrush(tokens.color("surface" if chosen else "hover"))
            painter.drawRoundedRect(area, RADIUS_CARD, RADIUS_CARD)
        color = "accent" if chosen else "dim"
        icons.paint(painter, QRectF(0, 6, self.width(), 26), self._destination.icon, color, filled=chosen, size=22)
        painter.setFont(font(11, bold=chosen))
        painter.setPen(tokens.color(color))
        painter.drawText(QRectF(0, 31, self.width(), 18), int(Qt.AlignmentFlag.AlignCenter), self.text())
        if self._count:
            self._paint_count(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pen = painter.pen()
            pen.setColor(tokens.color("accent"))
            pen.setWidth(2)
            painter.setPen(pen)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), RADIUS_CARD, RADIUS_CARD)
        painter.end()

    def _paint_count(self, painter: QPainter) -> None:
        tokens = theme().tokens
        text = str(self._count) if self._count < 1000 else "999+"
        painter.setFont(font(10, bold=True))
        width = max(15, painter.fontMetrics().horizontalAdvance(text) + 9)
        pill = QRectF(self.width() / 2 + 12 - width / 4, 3, width, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent"))
        painter.drawRoundedRect(pill, 7, 7)
        painter.setPen(tokens.color("on_accent"))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), text)


class Navigation(QFrame):
    """Emits `asked` with a destination's name; what is chosen is shown by choose()."""

    asked = Signal(str)

    def __init__(self, destinations: tuple[Destination, ...]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(RAIL_WIDTH)
        self.setAccessibleName(tr("Panes"))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, RailButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 10, 5, 6)
        layout.setSpacing(4)
        for each in destinations:
            layout.addWidget(self._button(each))
        one_tab_stop(self._group)
        layout.addStretch(1)
        options = RailButton(Destination("options", tr("Options"), "gear"), checkable=False)
        options.clicked.connect(lambda: self.asked.emit("options"))
        layout.addWidget(options)

    def _button(self, destination: Destination) -> RailButton:
        button = RailButton(destination)
        self._group.addButton(button)
        self._buttons[destination.name] = button
        button.clicked.connect(lambda: self.asked.emit(destination.name))
        return button

    @property
    def buttons(self) -> Mapping[str, RailButton]:
        """The panes' buttons by the names of their destinations."""
        return self._buttons

    def choose(self, name: str) -> None:
        self._buttons[name].setChecked(True)

    def set_count(self, name: str, count: int) -> None:
        if self._buttons[name].count != count:
            self._buttons[name].set_count(count)
