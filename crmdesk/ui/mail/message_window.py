"""A message in a window of its own: the same reading pane, the same commands and keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QWidget
from shiboken6 import isValid

from crmdesk.desk.desk import Desk
from crmdesk.store import mailbox
from crmdesk.ui.commands import Commands
from crmdesk.ui.converting import CONVERTING, convert_button
from crmdesk.ui.fitting_bar import FittingBar
from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.mail import handling
from crmdesk.ui.mail.letter import Letter
from crmdesk.ui.mail.letter_reader import LetterReader
from crmdesk.ui.mail.reading_pane import ReadingPane
from crmdesk.ui.parts import columns, rows, tool
from crmdesk.ui.tokens import BAR_HEIGHT, SPACE_1, SPACE_3
from crmdesk.ui.words import tr

_SIZE = "message/size"
_HANDED_ON = ("reply", "reply all", "forward", "task from message", "appointment from message", *CONVERTING)
_TRACKING = ("track", "regarding", "view")
_DONE_HERE = ("archive", "delete", "star", "mark read")


class MessageWindow(TabsAsRead, QWidget):
    """Deletes itself when it is closed."""

    wanted = Signal(str, object)  # as a pane's
    open_asked = Signal(object)  # Reference
    done = Signal(str, object)  # words, and how to undo it

    def __init__(self, desk: Desk, layout: QSettings) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("kind", "surface")
        self._desk, self._layout = desk, layout
        self.reading = ReadingPane()
        self.reader = LetterReader(desk, self.reading)
        self.commands = Commands(self, (*_HANDED_ON, *_TRACKING, *_DONE_HERE))
        self.setLayout(rows(self._bar(), self.reading, spacing=0))
        self.setMinimumSize(480, 360)
        self.resize(820, 700)
        size = layout.value(_SIZE)
        if size is not None:
            self.resize(size)
        self._join()

    def _bar(self) -> QFrame:
        bar = columns(spacing=SPACE_1, margins=(SPACE_3, 0, SPACE_3, 0))
        reply = tool(self.commands["reply"], text=True)
        bar.addWidget(reply)
        for name in ("reply all", "forward", "archive", "delete", "star"):
            bar.addWidget(tool(self.commands[name]))
        bar.addSpacing(SPACE_3)
        tracking = [tool(self.commands[name], "tracking", text=True) for name in _TRACKING]
        for each in tracking:
            bar.addWidget(each)
        bar.addStretch(1)
        for name in ("task from message", "appointment from message"):
            bar.addWidget(tool(self.commands[name]))
        bar.addWidget(convert_button(self.commands, self))
        result = FittingBar((reply, *reversed(tracking)))
        result.setLayout(bar)
        result.setProperty("kind", "pane-head")
        result.setFixedHeight(BAR_HEIGHT)
        result.setAccessibleName(tr("Commands"))
        return result

    def _join(self) -> None:
        self.commands.asked.connect(self._asked)
        self.reader.shown.connect(self._shown)
        self.reading.change_asked.connect(lambda: self._asked("regarding"))
        self.reading.untrack_asked.connect(lambda: self._asked("track"))
        self.reading.open_asked.connect(self.open_asked)
        self.reading.write_asked.connect(lambda address: self.wanted.emit("new message", address))
        for keys in ("Escape", "Ctrl+W"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.close)

    def show_message(self, key: str) -> None:
        self.setWindowTitle(tr("Message"))
        self.reader.open(key, with_conversation=self._desk.session.settings.mail_conversations)

    def _shown(self, letter: Letter | None) -> None:
        self.commands.enable((*_HANDED_ON, *_TRACKING, *_DONE_HERE), () if letter is None else self.commands.table)
        if letter is not None:
            if self.focusWidget() is None or not self.reading.isAncestorOf(self.focusWidget()):
                self.reading.text.setFocus()
            self.setWindowTitle(letter.row.subject or tr("(no subject)"))
            self.commands["track"].setText(tr("Untrack") if letter.row.tracked else tr("Track"))

    def _asked(self, name: str) -> None:
        letter = self.reader.letter
        if letter is None:
            return
        key = letter.row.id
        if name in ("archive", "delete"):
            folder = mailbox.ARCHIVE if name == "archive" else mailbox.TRASH
            handling.move(self._desk, [key], folder, self._was_moved)
        elif name == "star":
            handling.star(self._desk, [key], not letter.row.starred)
        elif name == "mark read":
            handling.mark_seen(self._desk, [key], not letter.row.seen)
        elif name == "track" and letter.row.tracked:
            self.wanted.emit("untrack", key)
        else:
            self.wanted.emit(name, key)

    def _was_moved(self, words: str, back: Callable[[], None]) -> None:
        self.done.emit(words, back)
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._layout.setValue(_SIZE, self.size())
        super().closeEvent(event)


class MessageWindows(QObject):
    """The messages that are open in windows of their own, each once."""

    wanted = Signal(str, object)
    open_asked = Signal(object)
    done = Signal(str, object)

    def __init__(self, desk: Desk, layout: QSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._layout = desk, layout
        self._open: dict[str, MessageWindow] = {}

    def show_message(self, key: str) -> MessageWindow:
        """Open it, or bring its window to the front."""
        window = self._open.get(key)
        if window is None or not isValid(window):
            window = self._open[key] = MessageWindow(self._desk, self._layout)
            window.wanted.connect(self.wanted)
            window.open_asked.connect(self.open_asked)
            window.done.connect(self.done)
            window.show_message(key)
            window.show()
        window.raise_()
        window.activateWindow()
        return window

    def close(self) -> None:
        for window in self._open.values():
            if isValid(window):
                window.close()
