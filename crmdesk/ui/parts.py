"""Small parts that every screen is put together from, each saying what it is to the style sheet and to a reader."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from crmdesk.ui.icons import icon
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import ICON, SMALL, SPACE_2
from crmdesk.ui.words import initials


def restyle(widget: QWidget, kind: str) -> None:
    """Make `widget` another kind for the style sheet."""
    widget.setProperty("kind", kind)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str = "", kind: str = "", wrap: bool = False, selectable: bool = False) -> QLabel:
    """A plain-text label: what it shows is never read as markup."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setProperty("kind", kind)
    result.setWordWrap(wrap)
    if selectable:
        result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return result


class ElidedLabel(QLabel):
    """One line that is cut with "…" when there is no room; its tool tip then tells the whole."""

    def __init__(self, text: str = "", kind: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)

    def paintEvent(self, event: QPaintEvent) -> None:
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())


class Link(QAbstractButton):
    """A text to press, cut with "…" when there is no room. `quiet`: in the text's own colour until it is pointed at."""

    def __init__(self, text: str, clicked: Callable[[], object], quiet: bool = False) -> None:
        super().__init__()
        self._quiet = quiet
        self.setText(text)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.clicked.connect(clicked)

    def _font(self) -> QFont:
        return font(bold=not self._quiet)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._font())
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height() + 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(32, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown_font = self._font()
        pointed = self.underMouse()
        shown_font.setUnderline(pointed)
        painter.setFont(shown_font)
        painter.setPen(theme().tokens.color("text" if self._quiet and not pointed else "accent"))
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
        if self.hasFocus():
            painter.setPen(theme().tokens.color("accent"))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 3, 3)
        painter.end()

    def hitButton(self, at: QPoint) -> bool:
        return at.x() <= self.sizeHint().width() and self.rect().contains(at)


def button(text: str, kind: str = "", icon_name: str = "", clicked: Callable[[], object] | None = None) -> QPushButton:
    result = QPushButton(text)
    result.setProperty("kind", kind)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    result.setAutoDefault(False)
    if icon_name:
        color = {"primary": "on_accent", "danger": "failed", "link": "accent"}.get(kind, "text")
        result.setIcon(icon(icon_name, color))
        result.setIconSize(QSize(ICON, ICON))
    if clicked is not None:
        result.clicked.connect(clicked)
    return result


def number_field(least: int, most: int) -> QSpinBox:
    """A field for a whole number; its text stands as far in as in other fields, which the style sheet can't say."""
    result = QSpinBox()
    result.setRange(least, most)
    result.lineEdit().setTextMargins(SPACE_2, 0, SPACE_2, 0)
    return result


def tool(action: QAction, kind: str = "", text: bool = False) -> QToolButton:
    """A button of a bar for an action; it takes the focus by Tab alone, so that a click leaves it where it was.

    It is named as the action is, and follows it ("Track", "Untrack"): a name of its own would go on saying the first.
    """
    result = QToolButton()
    result.setDefaultAction(action)
    result.setProperty("kind", kind)
    result.setIconSize(QSize(ICON, ICON))
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
    result.setToolButtonStyle(style)
    result.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    return result


def rows(
    *parts: QWidget | QLayout | None, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """A column of parts, one below the other; None stretches."""
    layout = QVBoxLayout()
    _fill(layout, parts, spacing, margins)
    return layout


def columns(
    *parts: QWidget | QLayout | None, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """A row of parts, side by side; None stretches."""
    layout = QHBoxLayout()
    _fill(layout, parts, spacing, margins)
    return layout


def _fill(
    layout: QBoxLayout, parts: tuple[QWidget | QLayout | None, ...], spacing: int, margins: tuple[int, ...]
) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)


def scrolled(part: QWidget) -> QScrollArea:
    """A part of fixed width that scrolls where there is too little height for it."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    area.setFixedWidth(part.width())
    area.setWidget(part)
    return area


def frame(layout: QLayout | None = None, kind: str = "card") -> QFrame:
    result = QFrame()
    result.setProperty("kind", kind)
    if layout is not None:
        result.setLayout(layout)
    return result


def empty(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            empty(inner)


class Avatar(QWidget):
    """A person's initials, or an icon, in a soft circle."""

    def __init__(self, size: int = 38, tracked: bool = False) -> None:
        super().__init__()
        self._letters, self._icon, self._tracked = "", "", tracked
        self.setFixedSize(size, size)

    def show_name(self, name: str) -> None:
        self._letters, self._icon = initials(name), ""
        self.update()

    def show_icon(self, name: str) -> None:
        self._letters, self._icon = "", name
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_avatar(painter, self.rect(), self._letters, self._icon, self._tracked)
        painter.end()


def paint_avatar(painter: QPainter, rect: QRect, letters: str, icon_name: str = "", tracked: bool = False) -> None:
    tokens = theme().tokens
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color("tracked_soft" if tracked else "accent_soft"))
    painter.drawEllipse(rect)
    color = tokens.color("tracked" if tracked else "accent")
    if icon_name:
        icon(icon_name, "tracked" if tracked else "accent").paint(painter, rect.adjusted(8, 8, -8, -8))
        return
    painter.setPen(color)
    painter.setFont(font(SMALL if rect.width() < 36 else 13, bold=True))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), letters)
