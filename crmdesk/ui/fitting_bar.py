"""A bar of tools with words beside their icons as far as there is room, which depends on the language."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton


class FittingBar(QFrame):
    """`wordy`: the tools that have words, the first to lose its own first."""

    def __init__(self, layout: QHBoxLayout, wordy: Sequence[QToolButton]) -> None:
        super().__init__()
        self._wordy = wordy
        self._fitted: tuple[object, ...] = ()
        self.setLayout(layout)

    def minimumSizeHint(self) -> QSize:
        """Words are no reason for a window to be wide."""
        bare = sum(each.sizeHint().width() - _bare_width(each) for each in self._wordy)
        return super().minimumSizeHint() - QSize(max(0, bare), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()  # a command says something longer or shorter now
        return super().event(event)

    def _fit(self) -> None:
        layout = self.layout()
        fitted = (self.width(), *(each.text() for each in self._wordy))
        if layout is None or fitted == self._fitted:
            return
        self._fitted = fitted  # before the styles: changing them asks for the layout again
        for bare in range(len(self._wordy) + 1):
            take_words(self._wordy, bare)
            layout.invalidate()
            if layout.minimumSize().width() <= self.width():
                return


def take_words(tools: Sequence[QToolButton], bare: int) -> None:
    """The first `bare` of the tools have their icon alone."""
    for place, each in enumerate(tools):
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if place < bare else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if each.toolButtonStyle() != style:
            each.setToolButtonStyle(style)


def _bare_width(button: QToolButton) -> int:
    return button.iconSize().width() + 16
