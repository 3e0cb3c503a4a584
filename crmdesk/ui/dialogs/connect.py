"""Connect to a CRM server."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.parts import label
from crmdesk.ui.tokens import SPACE_2, SPACE_3
from crmdesk.ui.words import tr


class ConnectDialog(Dialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("Your password is kept in this computer's secret store, nowhere else.")
        super().__init__(tr("Connect to a CRM server"), words, parent, (480, 320))
        self._desk = desk
        self.server, self.user, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.server.setPlaceholderText("https://crm.example.com")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        status = desk.session.status()
        self.server.setText(status.server or "")
        self.user.setText(status.user or "")
        form = QFormLayout()
        form.setHorizontalSpacing(SPACE_3)
        form.setVerticalSpacing(SPACE_2)
        for words, field in ((tr("Server"), self.server), (tr("User"), self.user), (tr("Password"), self.password)):
            field.setAccessibleName(words)
            form.addRow(label(words, "dim"), field)
        self._trouble = label("", "failed", wrap=True)
        self._trouble.hide()
        self.body.addLayout(form)
        self.body.addWidget(self._trouble)
        self.body.addStretch(1)
        self.add_button(tr("Cancel"), clicked=self.reject)
        self._button = self.add_button(tr("Connect"), "primary", self._connect)

    def _connect(self) -> None:
        self._trouble.hide()
        self._button.setEnabled(False)
        self._button.setText(tr("Connecting …"))
        self._desk.connect_to(
            self.server.text().strip(), self.user.text().strip(), self.password.text(), self._connected, self._refused
        )

    def _connected(self) -> None:
        self.accept()
        self._desk.sync_now()

    def _refused(self, words: str) -> None:
        self._button.setEnabled(True)
        self._button.setText(tr("Connect"))
        self._trouble.setText(words)
        self._trouble.show()
