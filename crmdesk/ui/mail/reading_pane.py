"""The reading pane: subject, the conversation, who to whom, the tracking bar, the text, the attachments."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from crmdesk.mail.headers import Address
from crmdesk.mail.message import AttachmentInfo
from crmdesk.texts import tr_as
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.mail.letter import Letter
from crmdesk.ui.mail.letter_text import MARGIN, LetterText
from crmdesk.ui.mail.message_cards import MessageCards
from crmdesk.ui.mail.pictures_bar import Pictures, PicturesBar
from crmdesk.ui.parts import Avatar, ElidedLabel, Link, button, columns, empty, frame, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.tracking_bar import TrackingBar
from crmdesk.ui.words import long_time, size_words, tr

_ICONS = {"image": "image", "application/pdf": "file-pdf", "text": "file-text"}


class ReadingPane(QWidget):
    """Shows one letter, with the others of its conversation as cards. What is pressed is handed on."""

    change_asked = Signal()
    untrack_asked = Signal()
    open_asked = Signal(object)  # Reference
    write_asked = Signal(str)  # an address
    message_asked = Signal(str)  # id: open this one of the conversation
    pictures_asked = Signal(bool)  # the sender's remote pictures: always, or not any more
    attachment_asked = Signal(object, bool)  # AttachmentInfo, whether to open it (else: save)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.letter: Letter | None = None
        self.shows_remote_pictures = False  # of the present message
        self._designed = True
        self._subject = label("", "title", wrap=True, selectable=True)
        self._avatar = Avatar(38)
        self._who = label("", "heading", selectable=True)
        self._address = ElidedLabel("", "dim")
        self._to = ElidedLabel("", "dim")
        self.earlier = MessageCards(tr("Earlier messages of the conversation"))
        self.later = MessageCards(tr("Later messages of the conversation"))
        self.tracking = TrackingBar()
        self.pictures = PicturesBar()
        self._problems = _bar("bar-waiting")
        self._forged = ForgedLinkBar()
        self.text = LetterText()
        self._chips = QHBoxLayout()
        self._chips.setSpacing(SPACE_2)
        self._head = QWidget()
        self._foot = QWidget()
        self._nothing = EmptyState("envelope-open", tr("No message is open"), tr("Choose one in the list to read it."))
        self._lay_out()
        self._join()
        self.show_nothing()

    @property
    def key(self) -> str | None:
        """The id of the message that is open."""
        return None if self.letter is None else self.letter.row.id

    def _lay_out(self) -> None:
        first = columns(self._who, spacing=SPACE_1)
        first.addWidget(self._address, 1)
        names = rows(first, self._to, spacing=0)
        people = columns(self._avatar, spacing=SPACE_3)
        people.addLayout(names, 1)
        bars = (self.tracking, self.pictures, self._problems[0], self._forged)
        head = rows(self._subject, self.earlier, people, *bars, spacing=10, margins=(MARGIN, SPACE_3, MARGIN, SPACE_2))
        self._head.setLayout(head)
        self._chips.addStretch(1)
        self._attached = QWidget()
        self._attached.setLayout(self._chips)
        self._chips.setContentsMargins(0, 0, 0, 0)
        self._foot.setLayout(
            rows(self._attached, self.later, spacing=SPACE_2, margins=(MARGIN, SPACE_2, MARGIN, SPACE_3))
        )
        layout = rows(self._head, self.text, self._foot, self._nothing, spacing=0)
        layout.setStretchFactor(self.text, 1)
        layout.setStretchFactor(self._nothing, 1)
        self.setLayout(layout)

    def _join(self) -> None:
        self.tracking.change_asked.connect(self.change_asked)
        self.tracking.untrack_asked.connect(self.untrack_asked)
        self.tracking.open_asked.connect(self.open_asked)
        self.text.link_asked.connect(self._follow)
        self._forged.open_asked.connect(self._open_link)
        for cards in (self.earlier, self.later):
            cards.opened.connect(self.message_asked)
        self.pictures.once_asked.connect(self._show_pictures_once)
        self.pictures.always_asked.connect(lambda: self.pictures_asked.emit(True))
        self.pictures.never_asked.connect(lambda: self.pictures_asked.emit(False))

    def show_nothing(self, words: str = "", more: str = "") -> None:
        """Say that nothing is open, or why."""
        self.letter = None
        more = more or ("" if words else tr("Choose one in the list to read it."))
        self._nothing.say("envelope-open", words or tr("No message is open"), more)
        self.text.clear()
        for part in (self._head, self.text, self._foot):
            part.hide()
        self._nothing.show()

    def show_letter(
        self, letter: Letter, now: datetime, marks: bool = True, pictures: bool = False, designed: bool = True
    ) -> None:
        """Show a message. `pictures`: the person wants everybody's remote pictures; `designed`: HTML by the engine."""
        before = self.letter
        self.letter = letter
        was_designed, self._designed = self._designed, designed
        self._show_head(letter, now)
        self._show_cards(letter, now)
        self.tracking.setVisible(letter.row.tracked and marks)
        if letter.row.tracked:
            self.tracking.show_tracked(letter.regarding, letter.regarding_name, tr(letter.row.because or ""))
        self._problems[0].setVisible(bool(letter.parsed.problems))
        self._problems[1].setText(tr("This message is malformed: {why}.", why="; ".join(letter.parsed.problems)))
        # the parts are shown before the text, which takes its size from them
        self._nothing.hide()
        for part in (self._head, self.text):
            part.show()
        wanted = (pictures or letter.pictures_always) and not letter.is_junk
        shown = None if before is None else (before.row.id, before.pictures_always, self._wanted, was_designed)
        if shown != (letter.row.id, letter.pictures_always, wanted, designed):
            self._wanted = wanted
            self.shows_remote_pictures = wanted
            self._forged.hide()
            self._show_text()
        self._show_chips(letter.attachments)
        self._attached.setVisible(bool(letter.attachments))
        self._foot.setVisible(bool(letter.attachments) or self.later.count() > 0)
        self.setAccessibleName(tr("Message: {subject}", subject=self._subject.text()))

    _wanted = False  # whether the present message's remote pictures are shown without being asked for

    def _show_text(self) -> None:
        letter = self.letter
        if letter is None:
            return
        self.text.show_letter(letter, self.shows_remote_pictures, self._designed)
        self.pictures.show_state(self._pictures_state(letter))

    def _pictures_state(self, letter: Letter) -> Pictures:
        if not letter.remote_pictures:
            return "none"
        if not self.text.shows_designed:
            return "impossible"
        if letter.pictures_always and self.shows_remote_pictures:
            return "always"
        if self._wanted:
            return "none"  # the option shows everybody's: nothing to say
        return "once" if self.shows_remote_pictures else "blocked"

    def _show_pictures_once(self) -> None:
        self.shows_remote_pictures = True
        self._show_text()

    def _show_head(self, letter: Letter, now: datetime) -> None:
        row = letter.row
        name = row.sender_name or row.sender
        self._subject.setText(row.subject or tr("(no subject)"))
        self._avatar.show_name(name)
        self._who.setText(name or tr("(unknown sender)"))
        self._address.setText(row.sender if row.sender_name else "")
        to = [Address(n, a) for kind, n, a in row.recipients if kind == "to"]
        copies = [Address(n, a) for kind, n, a in row.recipients if kind == "cc"]
        words = tr("to {names}", names=_names(to, letter.mine)) if to else tr("to nobody named")
        if copies:
            words = tr("{to}, copy to {names}", to=words, names=_names(copies, letter.mine))
        self._to.setText(f"{words} · {long_time(row.date, now)}")

    def _show_cards(self, letter: Letter, now: datetime) -> None:
        keys = [each.id for each in letter.conversation]
        at = keys.index(letter.row.id) if letter.row.id in keys else len(keys)
        self.earlier.show_messages(letter.conversation[:at], now, from_below=True)
        self.later.show_messages(letter.conversation[at + 1 :], now, from_below=False)

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
        """Open a link; one whose words name another site first says so."""
        named = {} if self.letter is None else self.letter.misleading
        shown = next((site for target, site in named.items() if QUrl(target) == QUrl(link)), None)
        if shown is not None:
            self._forged.warn(shown, link)
        else:
            self._open_link(link)

    def _open_link(self, link: str) -> None:
        if link.startswith("mailto:"):
            self.write_asked.emit(QUrl(link).path())
        else:
            QDesktopServices.openUrl(QUrl(link))


class ForgedLinkBar(QFrame):
    """Says that a link leads elsewhere than its words, and opens it only then."""

    open_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "bar-failed")
        self._link = ""
        self._words = label("", wrap=True)
        self._open = Link(tr("Open it all the same"), self._chosen)
        layout = columns(
            self._words,
            self._open,
            Link(tr("Copy the address"), self._copy),
            Link(tr("Leave it"), self.hide),
            spacing=SPACE_4,
            margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2),
        )
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.hide()

    def warn(self, named: str, link: str) -> None:
        self._link = link
        words = tr("This link says {named}, but leads to {host}.", named=named, host=QUrl(link).host())
        self._words.setText(words)
        self.setAccessibleName(words)
        self.show()

    def _chosen(self) -> None:
        self.hide()
        self.open_asked.emit(self._link)

    def _copy(self) -> None:
        content = QMimeData()
        content.setText(self._link)
        QGuiApplication.clipboard().setMimeData(content)


def _bar(kind: str) -> tuple[QFrame, QLabel]:
    words = label("", wrap=True)
    return frame(columns(words, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2)), kind), words


def _names(people: list[Address], mine: frozenset[str]) -> str:
    return ", ".join(
        tr_as("recipient", "me") if each.address.lower() in mine else each.name or each.address for each in people
    )
