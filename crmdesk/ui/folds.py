"""What stands beside each other, as far as there is room: a narrow window keeps the list, and the rest one step away.

    room for                 is seen
    all                      the side, the list, what is read
    not the side             the list and what is read; the side is laid over them by a button, until it was used
    not what is read either  the list; what is opened stands in its place, with a way back

What a person's hand gave to each part comes back with the room.
"""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QSplitter, QToolButton, QWidget

from crmdesk.ui.icons import icon
from crmdesk.ui.parts import button, columns, frame, rows
from crmdesk.ui.tokens import BUTTON_HEIGHT, SPACE_3
from crmdesk.ui.words import tr

_USED = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OVER = 250  # width of a side that lies over the list
_BACK_HEIGHT = 36
_UNDER = 300  # height of what stands under another part


class Fold(QSplitter):
    """Two parts, of which one is away while there is no room for both."""

    def __init__(self, sizes: tuple[int, int], room: int) -> None:
        """`room`: logical pixels, along the splitter, from which on both are seen, as `sizes` to begin with."""
        super().__init__(Qt.Orientation.Horizontal)
        self._sizes = list(sizes)
        self._room = room
        self._is_folded = False
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._remember)

    @property
    def is_folded(self) -> bool:
        return self._is_folded

    def restoreState(self, state: QByteArray | bytes | bytearray | memoryview) -> bool:
        restored = super().restoreState(state)
        self._remember()
        return restored

    def _remember(self) -> None:
        """What a hand gave to each part."""
        if not self._is_folded and all(self.sizes()):
            self._sizes = self.sizes()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()

    def _follow(self) -> None:
        folded = 0 < self._extent() < self._room
        if folded != self._is_folded:
            self._is_folded = folded
            self._fold(folded)
            if not folded:  # once what came back is laid out
                QTimer.singleShot(0, self, self._share)

    def _share(self) -> None:
        """As before, all a little less where there is less room: setSizes takes it from the one that stretches."""
        part = min(1.0, self._extent() / sum(self._sizes))
        self.setSizes([int(each * part) for each in self._sizes])

    def _extent(self) -> int:
        return self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height()

    @abstractmethod
    def _fold(self, folded: bool) -> None:
        """One of the parts goes away, or comes back."""


class SideFold(Fold):
    """A side and what it is the side of. `opener` is for the head of the pane; it is seen while the side is away."""

    used = Signal()  # the side went from over the list, where the keyboard was; it is to go to the list

    def __init__(self, side: QWidget, main: QWidget, words: str, sizes: tuple[int, int], room: int = 800) -> None:
        super().__init__(sizes, room)
        self._side = side
        self._main = main
        self._is_over = False
        self.opener = QToolButton()
        self.opener.setIcon(icon("list"))
        self.opener.setToolTip(words)
        self.opener.setAccessibleName(words)
        self.opener.setFixedHeight(BUTTON_HEIGHT)
        self.opener.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.opener.clicked.connect(self.open_side)
        self.opener.hide()
        self.addWidget(side)
        self.addWidget(main)
        self.setSizes(list(sizes))
        self.setStretchFactor(1, 1)

    def minimumSizeHint(self) -> QSize:
        return self._main.minimumSizeHint()

    def open_side(self) -> None:
        """Lay the side over the list, the keyboard in it."""
        pane = self.parentWidget()
        if not self._is_folded or self._is_over or pane is None:
            return
        self._is_over = True
        self._side.setParent(pane)
        self._side.setGeometry(0, 0, min(_OVER, self.width()), self.height())
        self._side.show()
        self._side.raise_()
        self._side.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        first = self._side.nextInFocusChain()
        (first if first is not None and self._side.isAncestorOf(first) else self._side).setFocus()
        # each by itself: a filter over the whole program would be handed what is just being destroyed, too
        for each in (self._side, *self._side.findChildren(QWidget)):
            each.installEventFilter(self)

    def close_side(self) -> None:
        """Something was chosen in it, or the person turned away."""
        if not self._is_over:
            return
        self._is_over = False
        for each in (self._side, *self._side.findChildren(QWidget)):
            each.removeEventFilter(self)
        had_focus = self._has_focus()
        self._side.hide()
        if had_focus:
            self.used.emit()

    def _fold(self, folded: bool) -> None:
        self.close_side()
        if folded:
            self._side.hide()
        else:
            if self.indexOf(self._side) < 0:
                self.insertWidget(0, self._side)
            self._side.show()
        self.opener.setVisible(folded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.close_side()
        super().resizeEvent(event)

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self._side or self._side.isAncestorOf(focus))

    def _focus_left(self) -> None:
        """It has arrived where it went by now; a menu or another program only borrows it."""
        if QApplication.focusWidget() is not None and not self._has_focus():
            self.close_side()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            QTimer.singleShot(0, self, self._focus_left)
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _USED:
            self.close_side()
            return True
        return super().eventFilter(watched, event)


class UnderFold(Fold):
    """A part, and another that stands beside it, or at the end of what scrolls in it while there is no room."""

    def __init__(self, main: QWidget, other: QWidget, under: QBoxLayout, sizes: tuple[int, int], room: int) -> None:
        """`under`: the column in which the other one stands at the end."""
        super().__init__(sizes, room)
        self._main, self._other, self._under = main, other, under
        for each in (main, other):
            self.addWidget(each)
        self.setSizes(self._sizes)

    def minimumSizeHint(self) -> QSize:
        return self._main.minimumSizeHint()

    def _fold(self, folded: bool) -> None:
        if folded:
            self._other.setMinimumHeight(_UNDER)  # it scrolls by itself, and needs a height for that
            self._under.addWidget(self._other)
        else:
            self._other.setMinimumHeight(0)
            self.addWidget(self._other)
        self._other.show()


class DetailFold(Fold):
    """A list and what is read of it. Folded, one of them is seen: the list, until `show_detail` is asked for."""

    unfolded = Signal()  # both are seen again
    left = Signal()  # the way back to the list was taken

    def __init__(self, main: QWidget, detail: QWidget, sizes: tuple[int, int], room: int = 640) -> None:
        super().__init__(sizes, room)
        self._main = main
        self._is_wanted = True
        self._back = frame(
            columns(button(tr("Back"), "link", "arrow-left", self._go_back), None, margins=(SPACE_3, 0, SPACE_3, 0)),
            "pane-head",
        )
        self._back.setFixedHeight(_BACK_HEIGHT)
        self._back.hide()
        self._detail = QWidget()
        self._detail.setLayout(rows(self._back, detail, spacing=0))
        self.addWidget(main)
        self.addWidget(self._detail)
        self.setSizes(list(sizes))
        self.setStretchFactor(sizes.index(max(sizes)), 1)

    def minimumSizeHint(self) -> QSize:
        return self._main.minimumSizeHint()

    def want_detail(self, wanted: bool) -> None:
        """Whether the person wants to see what is read beside the list at all."""
        self._is_wanted = wanted
        self._fold(self._is_folded)

    def lie(self, orientation: Qt.Orientation, sizes: tuple[int, int], room: int) -> None:
        """Beside each other, or below each other."""
        if self.orientation() != orientation:
            self.setOrientation(orientation)
            self._room, self._sizes = room, list(sizes)
            self.setSizes(self._sizes)
            self._follow()

    def show_detail(self) -> None:
        """Where there is room for one alone: what is read, until the way back is taken."""
        if self._is_folded:
            self._main.hide()
            self._back.show()
            self._detail.show()

    def show_main(self) -> None:
        """The list again, where there is room for one alone."""
        if self._is_folded:
            self._main.show()
            self._back.hide()
            self._detail.hide()

    @property
    def shows_detail(self) -> bool:
        return not self._detail.isHidden()

    def _fold(self, folded: bool) -> None:
        # what is being written is not taken away: it stays in sight alone
        writes = folded and self._detail.isAncestorOf(QApplication.focusWidget() or self)
        self._main.setVisible(not writes)
        self._back.setVisible(writes)
        self._detail.setVisible(writes or (self._is_wanted and not folded))
        if not folded and self._is_wanted:
            self.unfolded.emit()

    def _go_back(self) -> None:
        self.show_main()
        self.left.emit()
