"""Connect to a CRM server: who and where, what went wrong in words, and then the first synchronisation."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.session.connection import TOKEN
from crmdesk.store.store import get_meta
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import label
from crmdesk.ui.tokens import SPACE_2, SPACE_3
from crmdesk.ui.words import tr


class ConnectDialog(DeskDialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("Your password is kept in this computer's secret store. Nothing is synchronised before you say so.")
        super().__init__(desk, tr("Connect to a CRM server"), words, parent, (520, 330))
        self._connected = False
        self.server, self.user, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.server.setPlaceholderText("https://crm.example.com")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.token = QCheckBox(tr("I sign in with an access token"))
        self.token.toggled.connect(self._by_token)
        self._named: dict[QLineEdit, QLabel] = {}
        self._form = QWidget()
        self._form.setLayout(self._grid())
        self._done = EmptyState("check-circle", "")
        self._done.hide()
        self.body.addWidget(self._form)
        self.body.addWidget(self._done, 1)
        self.body.addStretch(1)
        self._leave = self.add_button(tr("Cancel"), clicked=self.reject)
        self._go = self.add_button(tr("Connect"), "primary", self._primary)
        with desk.read() as reader:
            self.server.setText(get_meta(reader.connection, "server") or "")
            user = get_meta(reader.connection, "user") or ""
        self.token.setChecked(user == TOKEN)
        self.user.setText("" if user == TOKEN else user)
        (self.password if self.server.text() else self.server).setFocus()

    def concerns(self, changes: Changes) -> bool:
        return False

    def connect_now(self) -> None:
        """Sign in with what stands in the fields."""
        address, user, password = self.server.text().strip(), self.user.text().strip(), self.password.text()
        by_token = self.token.isChecked()
        for field, words in (
            (self.server, tr("Please write the server's address.")),
            (self.user, tr("Please write your user name.")),
            (self.password, tr("Please write your token.") if by_token else tr("Please write your password.")),
        ):
            if not field.isHidden() and not field.text().strip():
                self.say(words)
                field.setFocus()
                return
        self.say("")
        self._busy(True)
        self.desk.connect_to(address, "" if by_token else user, password, self._then, self.while_open(self._failed))

    def _then(self) -> None:
        """The window hears of it even when the dialog was closed meanwhile."""
        self.desk.ask_for_status()
        self.while_open(lambda nothing: self._signed_in())(None)

    def _signed_in(self) -> None:
        self._busy(False)
        self._connected = True
        self.password.clear()
        self._form.hide()
        self.words.hide()
        self.heading.setText(tr("You are connected"))
        status = self.desk.session.status()
        words = tr("{user} at {server}", user=status.user or "", server=status.server or "")
        more = tr("Synchronising brings your records here, so that you can work on them offline too.")
        self._done.say("check-circle", words, more)
        self._done.show()
        self._leave.setText(tr("Later"))
        self._go.setText(tr("Synchronise now"))
        self._go.setFocus()

    def _failed(self, words: str) -> None:
        self._busy(False)
        self.say(words)
        self.password.setFocus()
        self.password.selectAll()

    def _by_token(self, chosen: bool) -> None:
        """Whoever has a token needs no name: the server tells whose it is."""
        self.user.setVisible(not chosen)
        self._named[self.user].setVisible(not chosen)
        words = tr("Token") if chosen else tr("Password")
        self._named[self.password].setText(words)
        self.password.setAccessibleName(words)

    def _primary(self) -> None:
        if self._connected:
            self.desk.sync_now()
            self.accept()
        else:
            self.connect_now()

    def _busy(self, busy: bool) -> None:
        self._form.setEnabled(not busy)
        self._go.setEnabled(not busy)
        self._go.setText(tr("Signing in …") if busy else tr("Connect"))

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_3)
        grid.setVerticalSpacing(SPACE_2)
        lines = ((tr("Server"), self.server), (tr("User"), self.user), (tr("Password"), self.password))
        for row, (words, field) in enumerate(lines):
            named = label(words, "dim")
            named.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(named, row, 0)
            grid.addWidget(field, row, 1)
            self._named[field] = named
        grid.addWidget(self.token, len(lines), 1)
        return grid
