"""What is put into the text of a message: words stay words, files become attachments."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from pytestqt.qtbot import QtBot

from crmdesk.ui.mail.letter_edit import LetterEdit


def test_files_are_given_and_not_written(qtbot: QtBot, tmp_path: Path) -> None:
    editor = LetterEdit()
    qtbot.addWidget(editor)
    given: list[Path] = []
    editor.files_given.connect(given.extend)
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path / "quote.pdf"))])
    assert editor.canInsertFromMimeData(files)
    editor.insertFromMimeData(files)
    assert (given, editor.toPlainText()) == ([tmp_path / "quote.pdf"], "")


def test_words_and_links_are_written(qtbot: QtBot) -> None:
    editor = LetterEdit()
    qtbot.addWidget(editor)
    editor.files_given.connect(lambda files: editor.setPlainText("attached"))
    words = QMimeData()
    words.setText("See https://contoso.example/quote")
    editor.insertFromMimeData(words)
    assert editor.toPlainText() == "See https://contoso.example/quote"
