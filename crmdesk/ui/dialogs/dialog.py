"""What the dialogs share: a title with a sentence under it, a body, and the buttons at the lower right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.parts import button, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_4, SPACE_6
from crmdesk.ui.words import tr

_FRAME = QSize(8, 36)  # of the system around a window


class Dialog(TabsAsRead, QDialog):
    """Put the content into `body`, the buttons by add_button()."""

    def __init__(self, title: str, words: str, parent: QWidget | None, size: tuple[int, int]) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleDescription(words)
        self.setModal(True)
        self.resize(*size)
        self.heading = label(title, "title", wrap=True)
        self.words = label(words, "dim", wrap=True)
        self.words.setVisible(bool(words))
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE_2)
        self.body.setContentsMargins(0, 0, 0, 0)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE_2)
        self._buttons.addStretch(1)
        layout = rows(self.heading, self.words, spacing=4, margins=(SPACE_6, SPACE_4, SPACE_6, SPACE_4))
        layout.addSpacing(SPACE_2)
        self._content = QWidget()
        self._content.setLayout(self.body)
        layout.addWidget(self._content, 1)
        layout.addSpacing(SPACE_2)
        layout.addLayout(self._buttons)
        self.setLayout(layout)

    def showEvent(self, event: QShowEvent) -> None:
        self.fit(self.screen().availableGeometry().size() - _FRAME)
        super().showEvent(event)

    def fit(self, room: QSize) -> None:
        """Be no larger than this; where the content asks for more, it scrolls, and the buttons stay in sight."""
        needed = self.minimumSizeHint()
        layout = self.layout()
        if layout is not None and (needed.width() > room.width() or needed.height() > room.height()):
            area = QScrollArea()
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidgetResizable(True)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            layout.replaceWidget(self._content, area)
            area.setWidget(self._content)
            self._content = area
        self.resize(self.size().boundedTo(room))

    def add_button(self, text: str, kind: str = "", clicked: object = None, left: bool = False) -> QPushButton:
        made = button(text, kind, clicked=clicked)  # type: ignore[arg-type]
        if kind == "primary":
            made.setDefault(True)
        if left:
            self._buttons.insertWidget(0, made, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            self._buttons.addWidget(made)
        return made

    def add_close(self) -> QPushButton:
        return self.add_button(tr("Close"), clicked=self.accept)
