"""The reading pane: subject, who to whom, the tracking bar, the text, the attachments."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from crmdesk.mail.headers import Address
from crmdesk.mail.message import AttachmentInfo
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.mail.letter import Letter
from crmdesk.ui.mail.safe_browser import SafeBrowser
from crmdesk.ui.parts import Avatar, ElidedLabel, button, columns, empty, frame, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.tracking_bar import TrackingBar
from crmdesk.ui.words import long_time, plural, size_words, tr

_MARGIN = 22
_ICONS = {"image": "image", "application/pdf": "file-pdf", "text": "file-text"}


class ReadingPane(QWidget):
    """Shows one letter. What is pressed is handed on."""

    change_asked = Signal()
    untrack_asked = Signal()
    open_asked = Signal(object)  # Reference
    write_asked = Signal(str)  # an address
    attachment_asked = Signal(object, bool)  # AttachmentInfo, whether to open it (else: save)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.key: str | None = None
        self._subject = label("", "title", wrap=True, selectable=True)
        self._avatar = Avatar(38)
        self._who = label("", "heading", selectable=True)
        self._address = ElidedLabel("", "dim")
        self._to = ElidedLabel("", "dim")
        self.tracking = TrackingBar()
        self.tracking.change_asked.connect(self.change_asked)
        self.tracking.untrack_asked.connect(self.untrack_asked)
        self.tracking.open_asked.connect(self.open_asked)
        self._blocked = _bar("image", "bar-waiting")
        self._problems = _bar("warning-circle", "bar-waiting")
        self.text = SafeBrowser()
        self.text.link_asked.connect(self._follow)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(SPACE_2)
        self._head = QWidget()
        self._body = QWidget()
        self._nothing = EmptyState("envelope-open", tr("No message is open"), tr("Choose one in the list to read it."))
        self._lay_out()
        self.show_nothing()

    def _lay_out(self) -> None:
        first = columns(self._who, spacing=SPACE_1)
        first.addWidget(self._address, 1)
        names = rows(first, self._to, spacing=0)
        people = columns(self._avatar, spacing=SPACE_3)
        people.addLayout(names, 1)
        parts = (self._subject, people, self.tracking, self._blocked[0], self._problems[0])
        self._head.setLayout(rows(*parts, spacing=10, margins=(_MARGIN, SPACE_3, _MARGIN, SPACE_3)))
        body = rows(self.text, spacing=SPACE_3, margins=(_MARGIN, 0, _MARGIN, SPACE_4))
        body.setStretchFactor(self.text, 1)
        self._chips.addStretch(1)
        body.addLayout(self._chips)
        self._body.setLayout(body)
        layout = rows(self._head, self._body, self._nothing, spacing=0)
        layout.setStretchFactor(self._body, 1)
        layout.setStretchFactor(self._nothing, 1)
        self.setLayout(layout)

    def show_nothing(self, words: str = "") -> None:
        self.key = None
        self._nothing.say("envelope-open", words or tr("No message is open"), tr("Choose one in the list to read it."))
        for part in (self._head, self._body):
            part.hide()
        self._nothing.show()

    def show_letter(self, letter: Letter, mine: set[str], now: datetime, marks: bool = True) -> None:
        """Show a message; `mine` are the person's own addresses, folded."""
        same = self.key == letter.row.id
        self.key = letter.row.id
        self._show_head(letter, mine, now)
        self.tracking.setVisible(letter.row.tracked and marks)
        if letter.row.tracked:
            self.tracking.show_tracked(letter.regarding, letter.regarding_name, tr(letter.row.because or ""))
        self._blocked[0].setVisible(letter.remote_pictures > 0)
        self._blocked[1].setText(_blocked_words(letter.remote_pictures))
        self._problems[0].setVisible(bool(letter.parsed.problems))
        self._problems[1].setText(tr("This message is malformed: {why}.", why="; ".join(letter.parsed.problems)))
        if not same:
            if letter.html is not None:
                self.text.show_html(letter.html, letter.pictures)
            else:
                self.text.show_text(letter.parsed.text)
        self._show_chips(letter.attachments)
        self._nothing.hide()
        for part in (self._head, self._body):
            part.show()
        self.setAccessibleName(tr("Message: {subject}", subject=self._subject.text()))

    def _show_head(self, letter: Letter, mine: set[str], now: datetime) -> None:
        row = letter.row
        name = row.sender_name or row.sender
        self._subject.setText(row.subject or tr("(no subject)"))
        self._avatar.show_name(name)
        self._who.setText(name or tr("(unknown sender)"))
        self._address.setText(row.sender if row.sender_name else "")
        to = [Address(n, a) for kind, n, a in row.recipients if kind == "to"]
        copies = [Address(n, a) for kind, n, a in row.recipients if kind == "cc"]
        words = tr("to {names}", names=_names(to, mine)) if to else tr("to nobody named")
        if copies:
            words = tr("{to}, copy to {names}", to=words, names=_names(copies, mine))
        self._to.setText(f"{words} · {long_time(row.date, now)}")

    def _show_chips(self, attachments: tuple[AttachmentInfo, ...]) -> None:
        empty(self._chips)
        for each in attachments:
            self._chips.addWidget(self._chip(each))
        self._chips.addStretch(1)

    def _chip(self, info: AttachmentInfo) -> QFrame:
        icon_name = _ICONS.get(info.mimetype) or _ICONS.get(info.mimetype.partition("/")[0], "paperclip")
        name = info.filename if len(info.filename) <= 40 else f"{info.filename[:24]}…{info.filename[-12:]}"
        open_it = button(name, "chip-part", icon_name, lambda: self.attachment_asked.emit(info, True))
        open_it.setToolTip(tr("Open {name}", name=info.filename))
        open_it.setAccessibleName(tr("Open {name}, {size}", name=info.filename, size=size_words(info.size)))
        save = button("", "chip-part", "download-simple", lambda: self.attachment_asked.emit(info, False))
        save.setToolTip(tr("Save {name}", name=info.filename))
        save.setAccessibleName(tr("Save {name}", name=info.filename))
        size = label(size_words(info.size), "small")
        return frame(columns(open_it, size, save, spacing=SPACE_1, margins=(4, 1, 4, 1)), "chip")

    def _follow(self, link: str) -> None:
        if link.startswith("mailto:"):
            self.write_asked.emit(QUrl(link).path())
        else:
            QDesktopServices.openUrl(QUrl(link))


def _bar(icon_name: str, kind: str) -> tuple[QFrame, QLabel]:
    words = label("", wrap=True)
    return frame(columns(words, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2)), kind), words


def _blocked_words(count: int) -> str:
    return plural(
        count,
        "A picture from the web is not shown, so the sender can’t see that you read this.",
        "{n} pictures from the web are not shown, so the sender can’t see that you read this.",
    )


def _names(people: list[Address], mine: set[str]) -> str:
    return ", ".join(tr("me") if each.address.lower() in mine else each.name or each.address for each in people)
