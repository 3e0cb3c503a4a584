"""The window in which a message is written: drafts are kept as one types, sending hands it to the outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QWidget,
)
from shiboken6 import isValid

from crmdesk.actions import mail as actions
from crmdesk.actions.refusal import Refusal
from crmdesk.desk.desk import Desk
from crmdesk.mail.compose import BadAddress, Draft, DraftAttachment, forward, new_message_id, reply_to
from crmdesk.mail.headers import Address
from crmdesk.mail.message import attachment_content, parse
from crmdesk.model.changes import Changes
from crmdesk.model.words import REGARDING_TARGETS
from crmdesk.session import mailing
from crmdesk.store import addresses, mailbox, records
from crmdesk.store.addresses import Person
from crmdesk.store.mailbox import Account, MessageRow
from crmdesk.store.store import Reader
from crmdesk.texts import tr_as
from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.mail.attachment_bar import AttachmentBar
from crmdesk.ui.mail.letter_edit import LetterEdit
from crmdesk.ui.mail.recipients import RecipientsField
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.picker import PickerField
from crmdesk.ui.sources import suggestions
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3
from crmdesk.ui.words import tr

_KEPT_AFTER = 3000  # ms without a key before the draft is kept


class Compose(TabsAsRead, QWidget):
    """One message being written. Closing keeps it as a draft."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.resize(760, 620)
        self._desk = desk
        self._account: Account | None = None
        self._draft = Draft(Address("", ""))
        self._kept_as: str | None = None  # the id of the draft in the store
        self._changed = self._over = False
        self.to, self.cc, self.bcc = (RecipientsField(name, self._find_people) for name in _fields())
        self.subject = QLineEdit()
        self.subject.setProperty("kind", "plain")
        self.subject.setAccessibleName(tr("Subject"))
        self.text = LetterEdit()
        self.text.setTabChangesFocus(True)
        self.text.setProperty("kind", "plain")
        self.text.setAccessibleName(tr("Text"))
        self.track = QCheckBox(tr("Track"))
        self.regarding = PickerField(
            tr("Regarding"), REGARDING_TARGETS, lambda targets, text: suggestions(desk, targets, text)
        )
        self.regarding.setPlaceholderText(tr("Regarding: type a name"))
        self._trouble = label("", wrap=True)
        self.attached = AttachmentBar()
        self._timer = QTimer(self, singleShot=True, interval=_KEPT_AFTER)
        self._lay_out()
        self._join()
        self._choose_account()

    def _lay_out(self) -> None:
        self._send = button(tr("Send"), "primary", "paper-plane-tilt", self.send)
        self._send.setToolTip(tr("Send (Ctrl+Enter)"))
        attach = button(tr("Attach"), "", "paperclip", self._attach_asked)
        discard = button(tr("Discard"), "danger", "trash", self._discard)
        self.regarding.setMaximumWidth(260)
        bar = frame(
            columns(self._send, attach, None, self.track, self.regarding, discard, spacing=SPACE_2), "pane-head"
        )
        bar_layout = bar.layout()
        assert bar_layout is not None
        bar_layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        grid = QGridLayout()
        grid.setContentsMargins(SPACE_3, SPACE_1, SPACE_3, 0)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        fields = zip((*_fields(), tr("Subject")), (self.to, self.cc, self.bcc, self.subject), strict=True)
        for row, (words, field) in enumerate(fields):
            line = frame(kind="line")
            line.setFixedHeight(1)
            grid.addWidget(label(words, "dim"), row * 2, 0)
            grid.addWidget(field, row * 2, 1)
            grid.addWidget(line, row * 2 + 1, 0, 1, 2)
        self._trouble_bar = frame(columns(self._trouble, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2)), "bar-failed")
        self._trouble_bar.hide()
        layout = rows(bar, self._trouble_bar, grid, self.text, self.attached, spacing=SPACE_2)
        layout.setStretchFactor(self.text, 1)
        self.setLayout(layout)

    def _join(self) -> None:
        for field in (self.to, self.cc, self.bcc, self.subject):
            field.textEdited.connect(self._edited)
        self.text.textChanged.connect(self._edited)
        self.text.files_given.connect(self.attached.add)
        self.attached.changed.connect(self._edited)
        self.attached.trouble.connect(self._say)
        self.subject.textChanged.connect(lambda text: self.setWindowTitle(text or tr("New message")))
        self.regarding.picked.connect(
            lambda reference: self.track.setChecked(reference is not None or self.track.isChecked())
        )
        self._timer.timeout.connect(self.keep)
        for keys, asked in (("Ctrl+Return", self.send), ("Ctrl+Enter", self.send), ("Ctrl+S", self.keep)):
            QShortcut(QKeySequence(keys), self).activated.connect(asked)
        QShortcut(QKeySequence("Escape"), self).activated.connect(self.close)

    def _regarding_picked(self, chosen: bool) -> None:
        """What is regarding a record is tracked."""
        if chosen:
            self.track.setChecked(True)

    def _choose_account(self) -> None:
        try:
            self._account = mailing.account_to_send_from(self._desk.session)
        except Refusal:
            self._say(tr("No mail account that can send is set up yet. Add one in Personal Options, E-mail."))
            self._send.setEnabled(False)
            return
        self._draft = Draft(Address(self._account.name, self._account.address))
        self.setWindowTitle(tr("New message"))

    # ---- beginning

    def write_to(self, address: str) -> None:
        """A new message to an address; an empty one: to nobody yet."""
        self._show(self._draft if not address else replace(self._draft, to=(Address("", address),)))

    def answer(self, key: str, to_all: bool) -> None:
        """The answer to a message; a tracked one's is tracked to the same record."""
        self._begin_from(key, lambda row, raw: reply_to(parse(raw), self._draft.sender, all=to_all))

    def forward(self, key: str) -> None:
        """The message for somebody else."""
        self._begin_from(key, lambda row, raw: forward(parse(raw), raw, self._draft.sender))

    def open_draft(self, key: str) -> None:
        """Go on with a draft that was kept, or with a message that waits in the outbox."""
        self._begin_from(key, _as_it_was)
        self._kept_as = key
        self._changed = False

    def _begin_from(self, key: str, make: Callable[[MessageRow, bytes], Draft]) -> None:
        def read(reader: Reader) -> tuple[MessageRow, bytes, str] | None:
            row = mailbox.get(reader, key)
            if row is None:
                return None
            about = mailbox.reference_of(row)
            name = records.names(reader, [about]).get(about, "") if about else ""
            return row, mailbox.raw(reader, key), name

        def begin(found: tuple[MessageRow, bytes, str] | None) -> None:
            if self._over:
                return  # closed before it was read
            if found is None:
                self._say(tr("That message is not here any more."))
                return
            row, raw, name = found
            self._show(make(row, raw))
            self.track.setChecked(row.tracked)
            self.regarding.show_reference(mailbox.reference_of(row), name)

        self._desk.in_background(read, begin)

    def _show(self, draft: Draft) -> None:
        self._draft = draft
        self.attached.show_attachments(draft.attachments)
        for field, people in ((self.to, draft.to), (self.cc, draft.cc), (self.bcc, draft.bcc)):
            field.show_addresses(people)
        self.subject.setText(draft.subject)
        self.text.setPlainText(draft.text)
        self._changed = False
        (self.text if draft.to and draft.subject else self.subject if draft.to else self.to).setFocus()

    # ---- writing

    def _find_people(self, text: str, then: Callable[[Sequence[Person]], None]) -> None:
        self._desk.in_background(lambda reader: addresses.find(reader, text, 8), then)

    def _edited(self) -> None:
        self._changed = True
        self._timer.start()

    def written(self) -> Draft:
        """The message as it stands there. Raises ValueError for what is no address."""
        return replace(
            self._draft,
            to=self.to.addresses(),
            cc=self.cc.addresses(),
            bcc=self.bcc.addresses(),
            subject=self.subject.text().strip(),
            text=self.text.toPlainText(),
            attachments=self.attached.attachments,
            message_id=self._message_id(),
        )

    def _message_id(self) -> str:
        """Fixed at the first keeping, so that the draft and the message that is sent are one."""
        if self._draft.message_id is None:
            self._draft = replace(self._draft, message_id=new_message_id(self._draft.sender.address))
        assert self._draft.message_id is not None
        return self._draft.message_id

    def keep(self) -> None:
        """Keep it as a draft now. An address that is only half typed does not stand in the way."""
        account = self._account
        if account is None or self._over or not self._changed:
            return
        try:
            draft = self.written()
        except ValueError:
            return  # half an address; it is kept with the next pause
        self._changed = False
        self._desk.do(lambda tx: actions.save_draft(tx, draft, account), self._was_kept)

    def _was_kept(self, changes: Changes) -> None:
        self._kept_as = str(changes.result)

    def send(self) -> None:
        """Hand it to the outbox; it leaves with the next delivery."""
        account = self._account
        if account is None:
            return
        try:
            draft = self.written()
        except (ValueError, BadAddress) as error:
            self._say(str(error))
            return
        if not draft.recipients:
            self._say(tr("Nobody is named to send it to."))
            self.to.setFocus()
            return
        tracked, about = self.track.isChecked(), self.regarding.reference
        self._send.setEnabled(False)
        self._timer.stop()
        self._desk.do(
            lambda tx: actions.send(tx, draft, account, tracked, about),
            self._was_sent,
            self._not_sent,
        )

    def _was_sent(self, changes: Changes) -> None:
        self._over = True
        self._desk.fetch_mail(quiet=True)
        self.close()

    def _not_sent(self, words: str) -> None:
        self._send.setEnabled(True)
        self._say(words)

    def _discard(self) -> None:
        self._over = True
        kept = self._kept_as
        if kept is not None:
            self._desk.do(lambda tx: actions.throw_draft_away(tx, kept))
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self.keep()
        self._over = True
        super().closeEvent(event)

    def _attach_asked(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, tr("Attach files"))
        if isValid(self):  # it may have been sent meanwhile
            self.attached.add([Path(name) for name in names])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls: list[QUrl] = event.mimeData().urls()
        self.attached.add([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])

    def _say(self, words: str) -> None:
        self._trouble.setText(words)
        self._trouble_bar.show()


def _fields() -> tuple[str, str, str]:
    return (tr("To"), tr_as("recipients", "Copy"), tr("Blind copy"))


def _as_it_was(row: MessageRow, raw: bytes) -> Draft:
    """The draft that a kept message was written from."""
    parsed = parse(raw)
    hidden = tuple(Address(name, address) for kind, name, address in row.recipients if kind == "bcc")
    return Draft(
        parsed.sender,
        parsed.to,
        parsed.cc,
        hidden,
        parsed.subject,
        parsed.text,
        parsed.html,
        tuple(
            DraftAttachment(each.filename, each.mimetype, attachment_content(raw, each.index), each.content_id)
            for each in parsed.attachments
        ),
        parsed.in_reply_to,
        parsed.references,
        parsed.message_id,
    )
