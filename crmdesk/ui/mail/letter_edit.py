"""Where the text of a message is written: files that are pasted or dropped into it are not text but attachments."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QPlainTextEdit


class LetterEdit(QPlainTextEdit):
    """A plain text editor that says which files were put into it, instead of writing their addresses."""

    files_given = Signal(list)  # of Path

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Asked by Qt for what is pasted and for what is dropped."""
        files = [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
        if files:
            self.files_given.emit(files)
        else:
            super().insertFromMimeData(source)
