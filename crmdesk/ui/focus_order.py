"""Tab goes through a window as it is read: line by line from the top, in a line from the left.

Qt's own order is the one in which widgets were made, which what is made later (cards, the buttons that fit a pane)
breaks. So the order is looked at when Tab is pressed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QButtonGroup, QWidget

from crmdesk.ui.theme import theme
from crmdesk.ui.tokens import RADIUS

_BY_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class TabsAsRead:
    """What a window is besides its Qt class, written before that."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Qt asks the window when Tab or Shift+Tab was pressed and nothing inside took it."""
        assert isinstance(self, QWidget)
        return step(self, forward)


def step(window: QWidget, forward: bool) -> bool:
    """Give the keyboard to what is read next, after the last to the first; False when there is nothing else."""
    stops = list(tab_stops(window))
    focused = QApplication.focusWidget()
    if not stops or stops == [focused]:
        return False
    ahead = 1 if forward else -1
    place = (stops.index(focused) + ahead) % len(stops) if focused in stops else min(ahead, 0)
    stops[place].setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def tab_stops(part: QWidget) -> Iterator[QWidget]:
    """What inside `part` can be reached by Tab now, in the order of reading."""
    inner = [each for each in part.children() if isinstance(each, QWidget) and not each.isWindow() and each.isVisible()]
    for each in sorted(inner, key=cmp_to_key(_reads_before)):
        if not each.isEnabled():
            continue
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.focusProxy() is None:
            yield each
        yield from tab_stops(each)


def one_tab_stop(group: QButtonGroup) -> None:
    """Buttons of which one is chosen, all made: Tab goes to that one, arrows go among them, a reader says so."""

    def follow() -> None:
        chosen = group.checkedButton()
        for each in group.buttons():
            is_stop = each is chosen or chosen is None
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus if is_stop else Qt.FocusPolicy.NoFocus)

    for each in group.buttons():
        each.setAutoExclusive(True)
    follow()
    group.buttonToggled.connect(follow)


class FocusRing(QWidget):
    """A frame over a large widget that has come to the keyboard by Tab and shows it in no other way."""

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        around.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent):
            self.setVisible(event.type() == QEvent.Type.FocusIn and event.reason() in _BY_TAB)
            self.raise_()
        if isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().tokens.color("accent"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.end()


def _reads_before(one: QWidget, other: QWidget) -> int:
    """Below 0 when `one` is read first; both have the same parent."""
    first, second = one.geometry(), other.geometry()
    if _is_above(first, second):
        return -1
    if _is_above(second, first):
        return 1
    return first.left() - second.left() or first.top() - second.top()


def _is_above(one: QRect, other: QRect) -> bool:
    return one.bottom() < other.top()
