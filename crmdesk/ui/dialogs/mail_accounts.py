"""The mail accounts of Personal Options: those that are there, and a form to add one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QFileDialog, QGridLayout, QLineEdit, QToolButton, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.store import mailbox
from crmdesk.store.mailbox import Account
from crmdesk.store.store import Reader
from crmdesk.sync.report import Hooks
from crmdesk.texts import tr_as
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.focus_order import one_tab_stop
from crmdesk.ui.parts import Avatar, button, columns, empty, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import tr


class MailAccounts(QWidget):
    opened = Signal()  # the form came into sight

    def __init__(self, desk: Desk, dialog: DeskDialog) -> None:
        super().__init__()
        self._desk, self._dialog = desk, dialog
        self._known: list[Account] | None = None
        self._list = rows(spacing=SPACE_2)
        self._add = button(tr("Add a mail account"), icon_name="plus", clicked=self.begin)
        self.form = AccountForm()
        self.form.hide()
        self.form.asked.clicked.connect(self._try)
        self.form.left.clicked.connect(self._end)
        self.setLayout(
            rows(
                label(tr_as("e-mail", "Accounts"), "section"),
                self._list,
                columns(self._add, None),
                self.form,
                spacing=SPACE_2,
            )
        )

    def read(self, reader: Reader) -> None:
        accounts = [each for each in mailbox.accounts(reader) if each.kind != "local"]
        if accounts == self._known:
            return
        self._known = accounts
        empty(self._list)
        for each in accounts:
            self._list.addWidget(_card(each))
        if not accounts:
            self._list.addWidget(
                label(tr("None yet. Your mail stays on its server and is read here too."), "dim", wrap=True)
            )

    def begin(self) -> None:
        """Show the form."""
        self._add.hide()
        self.form.show()
        self.form.address.setFocus()
        self.opened.emit()

    def _end(self) -> None:
        self.form.hide()
        self.form.say("")
        self._add.show()

    def _try(self) -> None:
        """Sign in, and keep the account when that works."""
        problem = self.form.problem()
        self.form.say(problem)
        if problem:
            return
        job = self.form.job(self._desk)
        self.form.set_busy(True)
        self._desk.do_mail(job, self._dialog.while_open(self._added), self._dialog.while_open(self._failed))

    def _added(self, account: object) -> None:
        self.form.set_busy(False)
        self.form.password.clear()
        self._end()
        self._desk.fetch_mail(quiet=True)

    def _failed(self, words: str) -> None:
        self.form.set_busy(False)
        self.form.say(words)


class AccountForm(QWidget):
    """IMAP and SMTP, or a Maildir folder on this computer."""

    def __init__(self) -> None:
        super().__init__()
        self.address, self.name, self.user, self.password = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.imap, self.smtp, self.folder = QLineEdit(), QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.address.setPlaceholderText("anna@example.com")
        self.imap.setPlaceholderText("imap.example.com:993")
        self.smtp.setPlaceholderText("smtp.example.com:465")
        self.user.setPlaceholderText(tr("as the address, where it is left empty"))
        self.insecure = QCheckBox(tr("Without encryption, for servers on this computer"))
        self.asked = button(tr("Add"), "primary")
        self.left = button(tr("Cancel"))
        self._wrong = label("", "failed", wrap=True)
        self._wrong.hide()
        self._only: dict[bool, list[QWidget]] = {True: [], False: []}  # rows of IMAP, rows of a Maildir
        self._uses_imap = True
        grid = self._grid()
        buttons = columns(None, self.left, self.asked)
        inner = rows(columns(self._kinds(), None), grid, self._wrong, buttons, spacing=SPACE_3, margins=(SPACE_4,) * 4)
        self.setLayout(rows(frame(inner)))
        for each in (self.address, self.name, self.user, self.password, self.imap, self.smtp, self.folder):
            each.returnPressed.connect(self.asked.click)
        self._choose(True)

    def problem(self) -> str:
        """Why it cannot be tried yet; empty when it can."""
        if "@" not in self.address.text():
            return tr("Please write your e-mail address.")
        if self._uses_imap and not self.imap.text().strip():
            return tr("Please write the IMAP server, as your provider names it.")
        if not self._uses_imap and not self.folder.text().strip():
            return tr("Please choose the Maildir folder.")
        return ""

    def job(self, desk: Desk) -> Callable[[Hooks], Account]:
        """Adds the account; for the mail worker."""
        address, name, password = self.address.text().strip(), self.name.text().strip(), self.password.text()
        smtp = self.smtp.text().strip() or None
        imap, user = self.imap.text().strip(), self.user.text().strip() or address
        folder, insecure, uses_imap = Path(self.folder.text().strip()), self.insecure.isChecked(), self._uses_imap

        def add(hooks: Hooks) -> Account:
            from crmdesk.session import mailing  # its parsers are slow to import, and the window must open first

            if uses_imap:
                servers = mailing.Servers(imap=imap, smtp=smtp, user=user, insecure=insecure)
                account = mailing.add_imap(desk.session, servers, password, address, name)
            else:
                account = mailing.add_maildir(desk.session, folder, address, name, smtp)
            hooks.changed(Changes(messages=True, options=True))
            return account

        return add

    def say(self, words: str) -> None:
        self._wrong.setText(words)
        self._wrong.setVisible(bool(words))

    def set_busy(self, busy: bool) -> None:
        self.asked.setEnabled(not busy)
        self.asked.setText(tr("Signing in …") if busy else tr("Add"))

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_3)
        grid.setVerticalSpacing(SPACE_2)
        grid.setColumnStretch(1, 1)
        browse = button(tr("Choose"), clicked=self._browse)
        lines: tuple[tuple[str, QLineEdit, bool | None], ...] = (
            (tr("E-mail address"), self.address, None),
            (tr("Your name"), self.name, None),
            (tr("IMAP server"), self.imap, True),
            (tr("User"), self.user, True),
            (tr("Password"), self.password, True),
            (tr("Maildir folder"), self.folder, False),
            (tr("SMTP server"), self.smtp, None),
        )
        for row, (words, field, only) in enumerate(lines):
            named = label(words, "dim")
            named.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(named, row, 0)
            grid.addWidget(field, row, 1)
            if only is not None:
                self._only[only] += [named, field]
        grid.addWidget(browse, 5, 2)
        grid.addWidget(self.insecure, len(lines), 1)
        self._only[False].append(browse)
        self._only[True].append(self.insecure)
        return grid

    def _kinds(self) -> QWidget:
        holder = frame(columns(spacing=0), "segments")
        group, layout = QButtonGroup(holder), holder.layout()
        assert layout is not None
        for words, imap in ((tr("IMAP and SMTP"), True), (tr("Maildir folder"), False)):
            made = QToolButton()
            made.setText(words)
            made.setAccessibleName(tr("Account of the kind {kind}", kind=words))
            made.setCheckable(True)
            made.setChecked(imap)
            made.clicked.connect(lambda _=False, imap=imap: self._choose(imap))
            group.addButton(made)
            layout.addWidget(made)
        one_tab_stop(group)
        return holder

    def _choose(self, imap: bool) -> None:
        self._uses_imap = imap
        for only, parts in self._only.items():
            for each in parts:
                each.setVisible(only is imap)

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Choose a Maildir folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()


def _card(account: Account) -> QWidget:
    settings: dict[str, Any] = dict(account.settings)
    picture = Avatar(34)
    picture.show_icon("ph.envelope")
    kind = tr("Maildir") if account.kind == "maildir" else tr("IMAP")
    place = settings.get("maildir") or settings.get("imap") or ""
    sends = tr("sends through {server}", server=settings["smtp"]) if settings.get("smtp") else tr("cannot send")
    about = f"{kind} · {place} · {sends}"
    words = rows(label(account.address or account.name, "heading"), label(about, "small", wrap=True), spacing=2)
    layout = columns(picture, words, spacing=SPACE_3, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2))
    layout.setStretch(1, 1)
    card = frame(layout)
    card.setAccessibleName(f"{account.address}, {about}")
    return card
