"""What the dialogs share: a title with a sentence under it, a body, and the buttons at the lower right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.parts import button, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_4, SPACE_6
from crmdesk.ui.words import tr


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
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE_2)
        self._buttons.addStretch(1)
        layout = rows(self.heading, self.words, spacing=4, margins=(SPACE_6, SPACE_4, SPACE_6, SPACE_4))
        layout.addSpacing(SPACE_2)
        layout.addLayout(self.body, 1)
        layout.addSpacing(SPACE_2)
        layout.addLayout(self._buttons)
        self.setLayout(layout)

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
