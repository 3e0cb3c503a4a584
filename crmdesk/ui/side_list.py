"""The list at a pane's left: folders, kinds of record, calendars. Headings, an icon, a label, a count; some nested."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from crmdesk.ui import icons
from crmdesk.ui.theme import font, theme
from crmdesk.ui.tokens import BODY, RADIUS, ROW_TREE, SMALL, SPACE_2

_ITEM = Qt.ItemDataRole.UserRole
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class SideItem:
    """A row; without a key it is a heading. `unread` counts are written in the accent's colour."""

    label: str
    key: Hashable | None = None
    icon: str = ""
    count: int = 0
    unread: bool = False
    level: int = 0


class SideList(QListWidget):
    chosen = Signal(object)  # the item's key
    chosen_again = Signal()  # what was chosen already was clicked

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("kind", "side-list")
        self.setItemDelegate(_Painter(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setSpacing(0)
        self.setMinimumWidth(150)
        self.currentItemChanged.connect(self._tell)

    def show_items(self, items: Iterable[SideItem]) -> None:
        """Show these; what was chosen stays chosen where it is still there."""
        items = list(items)
        if [_item(self.item(row)) for row in range(self.count())] == items:
            return
        before = self.key
        self.blockSignals(True)
        self.clear()
        for each in items:
            row = QListWidgetItem(each.label)
            row.setData(_ITEM, each)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, _sentence(each))
            row.setToolTip(each.label)
            if each.key is None:
                row.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(row)
        if before is not None:
            self.choose(before)
        self.blockSignals(False)
        self.viewport().update()

    @property
    def key(self) -> Hashable | None:
        """What is chosen."""
        current = self.currentItem()
        return None if current is None else _item(current).key

    @property
    def keys(self) -> list[Hashable | None]:
        """Of all rows, as they stand; of a heading None."""
        return [_item(self.item(row)).key for row in range(self.count())]

    def choose(self, key: Hashable) -> bool:
        """Choose the row of this key; False when there is none."""
        for row in range(self.count()):
            if _item(self.item(row)).key == key:
                self.setCurrentRow(row)
                return True
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        before, clicked = self.currentItem(), self.itemAt(event.position().toPoint())
        super().mousePressEvent(event)
        if clicked is not None and clicked is before:
            self.chosen_again.emit()

    def _tell(self, current: QListWidgetItem | None) -> None:
        if current is not None and _item(current).key is not None:
            self.chosen.emit(_item(current).key)


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        item: SideItem = index.data(_ITEM)
        return QSize(80, ROW_TREE + (4 if item.key is None and index.row() else 0))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: SideItem = index.data(_ITEM)
        tokens = theme().tokens
        area: QRect = option.rect.adjusted(SPACE_2, 0, -SPACE_2, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if item.key is None:
            painter.setFont(font(SMALL, bold=True))
            painter.setPen(tokens.color("dim"))
            room = area.adjusted(8, 6, -8, 0)
            shown = painter.fontMetrics().elidedText(item.label, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, _LEFT, shown)
            painter.restore()
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft" if chosen else "hover"))
            painter.drawRoundedRect(QRectF(area), RADIUS, RADIUS)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(tokens.color("accent"))
            painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        color = "accent" if chosen else "text"
        left = area.left() + 8 + item.level * 18
        icons.paint(
            painter, QRect(left, area.top(), 18, area.height()), item.icon, "accent" if chosen else "dim", size=18
        )
        room = QRect(left + 26, area.top(), area.right() - left - 34, area.height())
        if item.count:
            painter.setFont(font(SMALL, bold=item.unread))
            painter.setPen(tokens.color("accent" if item.unread else "dim"))
            text = str(item.count)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
            room.setRight(room.right() - painter.fontMetrics().horizontalAdvance(text) - 8)
        painter.setFont(font(BODY, bold=chosen))
        painter.setPen(tokens.color(color))
        shown = painter.fontMetrics().elidedText(item.label, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _LEFT, shown)
        painter.restore()


def _item(row: QListWidgetItem) -> SideItem:
    found = row.data(_ITEM)
    assert isinstance(found, SideItem)
    return found


def _sentence(item: SideItem) -> str:
    return f"{item.label}, {item.count}" if item.count else item.label
