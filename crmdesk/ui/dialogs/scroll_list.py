"""A column of rows that scrolls: what most dialogs are made of."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from crmdesk.ui.parts import columns, empty, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3


class ScrollList(QScrollArea):
    """Shows widgets one below the other; words in the middle when there are none."""

    def __init__(self, name: str, when_empty: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._when_empty = when_empty
        self._column = rows(spacing=SPACE_2, margins=(0, 0, SPACE_2, 0))
        holder = QWidget()
        holder.setLayout(self._column)
        self.setWidget(holder)

    def show_rows(self, parts: Iterable[QWidget]) -> None:
        empty(self._column)
        found = list(parts)
        for each in found:
            self._column.addWidget(each)
        if not found:
            words = label(self._when_empty, "dim", wrap=True)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._column.addWidget(words, 1)
        else:
            self._column.addStretch(1)


def row(*left: QWidget, right: Iterable[QWidget] = ()) -> QFrame:
    """A card: words at the left, one below the other, what can be done at the right."""
    words = rows(*left, spacing=2)
    layout = columns(spacing=SPACE_3, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2))
    layout.addLayout(words, 1)
    for each in right:
        layout.addWidget(each, 0, Qt.AlignmentFlag.AlignVCenter)
    return frame(layout)
