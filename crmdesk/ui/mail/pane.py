"""The mail pane: folders at the left, the list, and the message that is current."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QWidget

from crmdesk.actions import mail as actions
from crmdesk.desk.desk import Desk
from crmdesk.mail.message import AttachmentInfo
from crmdesk.model.changes import Changes
from crmdesk.store import mail_lists, mailbox
from crmdesk.store.mail_lists import Place
from crmdesk.store.mailbox import Account, Folder
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.mail.attachments import keep_attachment
from crmdesk.ui.mail.folders import place_name, side_items
from crmdesk.ui.mail.letter import Letter, read_letter
from crmdesk.ui.mail.message_rows import message_rows, week_ago
from crmdesk.ui.mail.reading_pane import ReadingPane
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.parts import columns, frame, label, rows
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line
from crmdesk.ui.side_list import SideList
from crmdesk.ui.tokens import SPACE_2
from crmdesk.ui.words import plural, tr

_READ_AFTER = 1500  # ms that a message is shown before it counts as read
_CALM = 40  # ms that a row is current before it is opened: a held arrow key passes over many


class MailPane(Pane):
    fitting = ("reply", "reply all", "forward", "archive", "delete")
    new_kind = "new message"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._place: Place | None = None
        self._accounts: list[Account] = []
        self._folders: list[Folder] = []
        self._letter: Letter | None = None
        self._side = SideList(tr("Folders"))
        self._table = RecordTable(Shape.MESSAGE, tr("Messages"))
        self._title = label("", "heading")
        self._unread = label("", "dim")
        self._empty = EmptyState("tray", "")
        self.reading = ReadingPane()
        self._open_timer = QTimer(self, singleShot=True, interval=_CALM)
        self._read_timer = QTimer(self, singleShot=True, interval=_READ_AFTER)
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        head = frame(columns(self._title, self._unread, None, label(tr("Newest first"), "small")), "pane-head")
        layout = head.layout()
        assert layout is not None
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(SPACE_2)
        head.setFixedHeight(40)
        middle = QWidget()
        body = rows(head, self._table, self._empty, spacing=0)
        body.setStretchFactor(self._table, 1)
        middle.setLayout(body)
        middle.setProperty("kind", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(frame(rows(self._side, spacing=0), "background"))
        splitter.addWidget(middle)
        splitter.addWidget(self.reading)
        splitter.setSizes([200, 370, 638])
        splitter.setStretchFactor(2, 1)
        splitter.setChildrenCollapsible(False)
        self.setLayout(columns(splitter, spacing=0))

    def _join(self) -> None:
        self._side.chosen.connect(self._choose_place)
        self._table.current_changed.connect(lambda line: self._open_timer.start())
        self._table.selection_changed.connect(self.selection_changed)
        self._table.opened.connect(self._opened)
        self._open_timer.timeout.connect(self._open_current)
        self._read_timer.timeout.connect(self._mark_read)
        self._empty.asked.connect(lambda: self.wanted.emit("mail account", None))
        self.reading.change_asked.connect(lambda: self.wanted.emit("regarding", None))
        self.reading.untrack_asked.connect(lambda: self.wanted.emit("untrack", None))
        self.reading.open_asked.connect(self.open_asked)
        self.reading.write_asked.connect(lambda address: self.wanted.emit("new message", address))
        self.reading.attachment_asked.connect(self._attachment)
        self._desk.changed.connect(self._changed)

    # ---- what the window asks

    def shown(self) -> None:
        self._read_side()
        if self._place is None:
            inbox = next((each for each in self._folders if each.role == "inbox"), None)
            place = Place("folder", inbox.account, inbox.name) if inbox else Place("starred")
            if not self._side.choose(place):
                self._choose_place(place)
        else:
            self._read_list()

    def focus_list(self) -> None:
        (self._table if self._table.isVisibleTo(self) else self._side).setFocus()

    def selection(self) -> Selection:
        lines = self._table.selected_lines()
        tracked = bool(lines) and all(line.mark is not None for line in lines)
        return Selection(messages=tuple(str(line.key) for line in lines), tracked=tracked)

    def possible(self) -> set[str]:
        count = len(self._table.selected_lines())
        if not count:
            return set()
        return {"archive", "delete", *(("reply", "reply all", "forward") if count == 1 else ())}

    def run(self, name: str) -> bool:
        keys = list(self.selection().messages)
        if not keys:
            return False
        if name in ("reply", "reply all", "forward", "open"):
            self.wanted.emit(name, keys[0])
        elif name in ("archive", "delete"):
            self._move(keys, mailbox.ARCHIVE if name == "archive" else mailbox.TRASH)
        elif name == "star":
            self._star(keys)
        elif name == "mark read":
            seen = any(line.unread for line in self._table.selected_lines())
            self._desk.do(lambda tx: actions.mark_seen(tx, keys, seen))
        else:
            return False
        return True

    def reveal(self, key: Hashable) -> None:
        """Show this message, in its folder."""
        with self._desk.read() as reader:
            row = mailbox.get(reader, str(key))
        if row is not None:
            place = Place("folder", row.account, row.folder)
            if not self._side.choose(place):
                self._choose_place(place)
            self._table.choose_number(row.row)

    # ---- what is shown

    def _read_side(self) -> None:
        with self._desk.read() as reader:
            self._accounts = mailbox.accounts(reader)
            self._folders = mailbox.folders(reader)
            starred = mail_lists.count(reader, Place("starred"))
            tracked = mail_lists.count(reader, Place("tracked"), week_ago(self._desk.now))
        self._side.show_items(side_items(self._accounts, self._folders, starred, tracked))

    def _choose_place(self, place: Place) -> None:
        self._place = place
        self._read_list()
        self._table.scrollToTop()
        self._table.choose_first()

    def _read_list(self) -> None:
        if self._place is None:
            return
        self._table.show_rows(message_rows(self._desk, self._place))
        self._table.show_marks(self._desk.session.settings.track_mark)
        self._title.setText(place_name(self._place, self._folders))
        unread = self._place_unread(self._place)
        self._unread.setText(tr("{n} unread", n=unread) if unread else "")
        count = self._table.rows.rowCount()
        self._table.setVisible(count > 0)
        self._empty.setVisible(count == 0)
        if count == 0:
            self._say_empty()
            self._letter = None
            self.reading.show_nothing()

    def _place_unread(self, place: Place) -> int:
        if place.kind != "folder":
            return 0
        return sum(each.unread for each in self._folders if (each.account, each.name) == (place.account, place.folder))

    def _say_empty(self) -> None:
        if not self._accounts:
            more = tr("Add your mail account, and your messages are here, also without a network.")
            self._empty.say("at", tr("No mail account yet"), more, tr("Add a mail account"))
        else:
            self._empty.say("tray", tr("Nothing in here"), tr("Messages that belong here will show up by themselves."))

    def _opened(self, line: Line) -> None:
        """Enter, or a double click: go on with a draft, or answer."""
        with self._desk.read() as reader:
            row = mailbox.get(reader, str(line.key))
        if row is not None and row.state in ("draft", "waiting"):
            self.wanted.emit("open draft", line.key)
        else:
            self.reading.text.setFocus()

    def _open_current(self) -> None:
        line = self._table.current_line()
        self._read_timer.stop()
        if line is None:
            self.reading.show_nothing()
            self._letter = None
            return
        key = str(line.key)
        self._desk.in_background(lambda reader: read_letter(reader, key), lambda letter: self._show(key, letter))

    def _show(self, key: str, letter: Letter | None) -> None:
        line = self._table.current_line()
        if letter is None or line is None or line.key != key:
            return  # the person has gone on meanwhile
        self._letter = letter
        mine = {account.address.lower() for account in self._accounts}
        self.reading.show_letter(letter, mine, self._desk.now, self._desk.session.settings.track_mark)
        if line.unread:
            self._read_timer.start()

    # ---- what is done

    def _mark_read(self) -> None:
        line = self._table.current_line()
        if line is not None and line.unread and self.reading.key == line.key and self.isVisible():
            key = str(line.key)
            self._desk.do(lambda tx: actions.mark_seen(tx, [key], True))

    def _star(self, keys: list[str]) -> None:
        starred = not all(line.starred for line in self._table.selected_lines())
        for key in keys:
            self._desk.do(lambda tx, key=key: actions.star(tx, key, starred))  # type: ignore[misc]

    def _move(self, keys: list[str], folder: str) -> None:
        with self._desk.read() as reader:
            places = {key: row.folder for key in keys if (row := mailbox.get(reader, key)) is not None}
        moved = tr("moved to the trash") if folder == mailbox.TRASH else tr("archived")
        words = f"{plural(len(keys), '{n} message', '{n} messages')} {moved}"

        def back() -> None:
            for key, before in places.items():
                self._desk.do(lambda tx, key=key, before=before: actions.move(tx, [key], before))  # type: ignore[misc]

        at = self._table.currentIndex().row()
        self._desk.do(lambda tx: actions.move(tx, keys, folder), lambda changes: self._was_moved(at, words, back))

    def _was_moved(self, row: int, words: str, back: object) -> None:
        self.done.emit(words, back)
        last = self._table.rows.rowCount() - 1
        if last >= 0 and self._table.current_line() is None:
            row = min(row, last)
            self._table.choose_row(row if self._table.rows.group(row) is None else min(row + 1, last))

    def _attachment(self, info: AttachmentInfo, open_it: bool) -> None:
        if self.reading.key is not None:
            keep_attachment(self, self._desk, self.reading.key, info, open_it)

    def _changed(self, changes: Changes) -> None:
        if not (changes.messages or changes.options or "email" in changes.entities):
            return
        if self.isVisible():
            self._read_side()
            self._read_list()
            line = self._table.current_line()
            if line is not None and self.reading.key == line.key:
                self._open_timer.start()
        self.selection_changed.emit()
