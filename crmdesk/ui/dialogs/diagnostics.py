"""Diagnostics: a text to read, copy and save, when somebody is to help."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QWidget
from shiboken6 import isValid

from crmdesk.desk.desk import Desk
from crmdesk.session import diagnostics
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.words import tr


class DiagnosticsDialog(DeskDialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("For whoever helps you. It holds versions, counts and states: no passwords and no records.")
        super().__init__(desk, tr("Diagnostics"), words, parent, (760, 560))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Report"))
        self.text.setPlaceholderText(tr("Looking …"))
        self.body.addWidget(self.text, 1)
        self._copy = self.add_button(tr("Copy"), clicked=self._copy_it)
        self._save = self.add_button(tr("Save as …"), "primary", self._ask_where)
        self.add_close()
        for each in (self._copy, self._save):
            each.setEnabled(False)
        desk.in_background(lambda reader: diagnostics.report(desk.session), self.while_open(self._show))

    def _show(self, text: str) -> None:
        self.text.setPlainText(text)
        for each in (self._copy, self._save):
            each.setEnabled(True)

    def _copy_it(self) -> None:
        QApplication.clipboard().setText(self.text.toPlainText())

    def _ask_where(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Save the report"), "crmdesk-diagnostics.txt")
        if name and isValid(self):  # it may have been closed meanwhile
            self.save(Path(name))

    def save(self, file: Path) -> None:
        """Write the report; what stands in the way is said in the dialog."""
        try:
            file.write_text(self.text.toPlainText(), encoding="utf-8")
        except OSError as error:
            self.say(tr("It could not be saved: {why}. Choose another place.", why=error.strerror or str(error)))
        else:
            self.say("")
