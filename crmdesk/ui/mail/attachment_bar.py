"""The files that go along with a message that is being written, as chips that can be taken away again."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from crmdesk.mail.compose import DraftAttachment
from crmdesk.ui.parts import button, columns, empty, frame, label
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3
from crmdesk.ui.words import size_words, tr

_LARGEST = 25 * 1024 * 1024  # bytes of attachments that mail servers usually take


class AttachmentBar(QWidget):
    changed = Signal()
    trouble = Signal(str)  # a file could not be read, or it is too much for most servers

    def __init__(self) -> None:
        super().__init__()
        self.attachments: tuple[DraftAttachment, ...] = ()
        self._chips = columns(spacing=SPACE_2, margins=(SPACE_3, SPACE_1, SPACE_3, SPACE_3))
        self.setLayout(self._chips)

    def show_attachments(self, attachments: Sequence[DraftAttachment]) -> None:
        self.attachments = tuple(attachments)
        empty(self._chips)
        for each in self.attachments:
            self._chips.addWidget(self._chip(each))
        self._chips.addStretch(1)

    def add(self, paths: Sequence[Path]) -> None:
        """Take files along."""
        added = []
        for path in paths:
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            try:
                added.append(DraftAttachment(path.name, kind, path.read_bytes()))
            except OSError as error:
                self.trouble.emit(tr("{name} could not be read: {why}.", name=path.name, why=error.strerror))
        self.show_attachments((*self.attachments, *added))
        total = sum(len(each.content) for each in self.attachments)
        if total > _LARGEST:
            words = tr("The attachments are {size} together; many mail servers refuse that.", size=size_words(total))
            self.trouble.emit(words)
        self.changed.emit()

    def _chip(self, attachment: DraftAttachment) -> QFrame:
        away = button("", "chip-part", "x", lambda: self._take_away(attachment))
        away.setAccessibleName(tr("Remove {name}", name=attachment.filename))
        parts = (label(attachment.filename), label(size_words(len(attachment.content)), "small"), away)
        return frame(columns(*parts, spacing=SPACE_1, margins=(10, 1, 4, 1)), "chip")

    def _take_away(self, attachment: DraftAttachment) -> None:
        self.show_attachments([each for each in self.attachments if each is not attachment])
        self.changed.emit()
