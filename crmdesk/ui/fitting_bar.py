"""A bar of tools with words beside their icons as far as there is room, which depends on the language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QToolButton


class FittingBar(QFrame):
    """Gives up words, one step after the other, until the rest has room. How much that is, is measured.

    `wordy`: the tools that have words, the first to lose its own first. A bar that gives up in another way says so in
    measured() and give_up().
    """

    def __init__(self, wordy: Sequence[QToolButton] = ()) -> None:
        super().__init__()
        self._wordy = wordy
        self._fitted: tuple[object, ...] = ()

    def measured(self) -> tuple[object, ...]:
        """What its size depends on: when that is another, it is fitted again."""
        return tuple(each.text() for each in self._wordy)

    def give_up(self) -> Iterator[None]:
        """Show everything, then less with each step."""
        for bare in range(len(self._wordy) + 1):
            take_words(self._wordy, bare)
            yield

    def minimumSizeHint(self) -> QSize:
        """Words are no reason for a window to be wide."""
        bare = sum(each.sizeHint().width() - _bare_width(each) for each in self._wordy)
        return super().minimumSizeHint() - QSize(max(0, bare), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.fit()  # a command says something longer or shorter now
        return super().event(event)

    def fit(self) -> None:
        """Show as much as there is room for."""
        layout = self.layout()
        if layout is None or (self.width(), *self.measured()) == self._fitted:
            return
        self._fitted = (self.width(), *self.measured())  # before the styles: changing them asks for the layout again
        for _ in self.give_up():
            if self._has_room(layout):
                return

    def _has_room(self, layout: QLayout) -> bool:
        # a layout forgets its own sizes with its buttons, but not those of the layouts inside it
        for number in range(layout.count()):
            item = layout.itemAt(number)
            inner = None if item is None else item.layout()
            if inner is not None:
                inner.invalidate()
        layout.invalidate()
        return layout.minimumSize().width() <= self.width()


def take_words(tools: Sequence[QToolButton], bare: int) -> None:
    """The first `bare` of the tools have their icon alone."""
    for place, each in enumerate(tools):
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if place < bare else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if each.toolButtonStyle() != style:
            each.setToolButtonStyle(style)


def _bare_width(button: QToolButton) -> int:
    return button.iconSize().width() + 16
