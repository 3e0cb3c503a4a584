"""Reads messages into a reading pane: in the background, with the person's options, marking what was read as read."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from crmdesk.actions import mail as actions
from crmdesk.desk.desk import Desk
from crmdesk.mail.message import AttachmentInfo
from crmdesk.model.changes import Changes
from crmdesk.ui.mail.attachments import keep_attachment
from crmdesk.ui.mail.letter import Letter, read_letter
from crmdesk.ui.mail.reading_pane import ReadingPane
from crmdesk.ui.words import tr

_READ_AFTER = 1500  # ms that a message is shown before it counts as read


class LetterReader(QObject):
    """What the mail pane and a message's own window have in common. A child of its reading pane."""

    shown = Signal(object)  # Letter, or None when it is not here any more

    def __init__(self, desk: Desk, reading: ReadingPane) -> None:
        super().__init__(reading)
        self._desk = desk
        self._reading = reading
        self._wanted: str | None = None
        self._with_conversation = False
        self._stale = False  # it changed while nobody saw it
        self._read_timer = QTimer(self, singleShot=True, interval=_READ_AFTER)
        self._read_timer.timeout.connect(self._mark_read)
        reading.message_asked.connect(lambda key: self.open(key, self._with_conversation))
        reading.pictures_asked.connect(self._pictures)
        reading.attachment_asked.connect(self._attachment)
        desk.changed.connect(self._changed)

    @property
    def letter(self) -> Letter | None:
        return self._reading.letter

    def open(self, key: str, with_conversation: bool) -> None:
        """Show this message; what is asked for meanwhile counts instead."""
        if key != self._wanted:
            self._read_timer.stop()
        self._wanted, self._with_conversation, self._stale = key, with_conversation, False
        self._desk.in_background(lambda reader: read_letter(reader, key, with_conversation), partial(self._show, key))

    def show_conversation(self) -> None:
        """The message that is open is one of several by now: show the others too."""
        if self._wanted is not None and not self._with_conversation:
            self.open(self._wanted, with_conversation=True)

    def come_back(self) -> None:
        """The reading pane is in sight again: show what changed meanwhile."""
        if self._stale and self._wanted is not None:
            self.open(self._wanted, self._with_conversation)

    def close(self) -> None:
        """Show nothing."""
        self._wanted = None
        self._read_timer.stop()
        self._reading.show_nothing()

    def _show(self, key: str, letter: Letter | None) -> None:
        if key != self._wanted:
            return  # the person has gone on meanwhile
        if letter is None:
            self._reading.show_nothing(
                tr("This message is not here any more"), tr("It was moved or removed meanwhile.")
            )
        else:
            settings = self._desk.session.settings
            self._reading.show_letter(
                letter, self._desk.now, settings.track_mark, settings.mail_pictures, settings.mail_html == "designed"
            )
            if not letter.row.seen and not self._read_timer.isActive():  # shown anew, it counts from the first time
                self._read_timer.start()
        self.shown.emit(letter)

    def _mark_read(self) -> None:
        letter = self.letter
        if letter is not None and not letter.row.seen and self._reading.isVisible():
            key = letter.row.id
            self._desk.do(lambda tx: actions.mark_seen(tx, [key], True))

    def _pictures(self, always: bool) -> None:
        letter = self.letter
        if letter is not None:
            sender = letter.row.sender
            self._desk.do(lambda tx: actions.show_pictures(tx, sender, always))

    def _attachment(self, info: AttachmentInfo, open_it: bool) -> None:
        letter = self.letter
        if letter is not None:
            keep_attachment(self._reading, self._desk, letter.row.id, info, open_it)

    def _changed(self, changes: Changes) -> None:
        """What stands there may be tracked, read, allowed by now."""
        relevant = changes.messages or changes.options or "email" in changes.entities
        if not relevant or self._wanted is None:
            return
        if self._reading.isVisible():
            self.open(self._wanted, self._with_conversation)
        else:
            self._stale = True
