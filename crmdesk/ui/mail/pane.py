"""The mail pane: folders at the left, the list, and the message that is current."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from crmdesk.actions import choose
from crmdesk.desk.desk import Desk
from crmdesk.desk.latest import LatestRead
from crmdesk.model.changes import Changes
from crmdesk.store import mail_lists, mailbox
from crmdesk.store.mail_lists import Place
from crmdesk.store.mailbox import MessageRow
from crmdesk.ui.converting import CONVERTING
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.folds import DetailFold, SideFold
from crmdesk.ui.long_list import LongList
from crmdesk.ui.mail import handling
from crmdesk.ui.mail.folders import Side, place_name, read_side, side_items
from crmdesk.ui.mail.letter_reader import LetterReader
from crmdesk.ui.mail.message_rows import Conversations, conversation_rows, message_rows, week_ago
from crmdesk.ui.mail.message_table import MessageTable
from crmdesk.ui.mail.reading_pane import ReadingPane
from crmdesk.ui.mail.view_menu import ViewMenu
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.parts import columns, frame, label, rows
from crmdesk.ui.record_table import MOST
from crmdesk.ui.rows import Line, Rows, no_rows
from crmdesk.ui.side_list import SideList
from crmdesk.ui.tokens import SPACE_2
from crmdesk.ui.words import tr

_CALM = 40  # ms that a row is current before it is opened: a held arrow key passes over many
_BESIDE, _BELOW = (370, 638), (300, 420)  # of the list and of what is read
_ROOM_SIDE, _ROOM_BESIDE, _ROOM_BELOW = 880, 640, 400
_WITHOUT_INBOX = Place("starred")  # what is shown until there is one
_ON_ONE = ("reply", "reply all", "forward")
_MADE_OF_ONE = ("task from message", "appointment from message", *CONVERTING)


class MailPane(Pane):
    fitting = ("reply", "reply all", "forward", "archive", "delete", *CONVERTING)
    new_kind = "new message"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._place: Place | None = None
        self._contents = Side()
        self._counted = LatestRead(desk, self._show_side, self)
        self._wants_first = False  # a place was chosen, and no message of it yet
        self._expanded: set[str] = set()  # threads
        self._side = SideList(tr("Folders"))
        self._table = MessageTable()
        self._title = label("", "heading")
        self._unread = label("", "dim")
        self._view = ViewMenu()
        self._empty = EmptyState("tray", "")
        self._list = LongList(desk, self._table, self._show_list, self._empty)
        self.reading = ReadingPane()
        self.reader = LetterReader(desk, self.reading)
        self._open_timer = QTimer(self, singleShot=True, interval=_CALM)
        self._middle = QWidget()
        self._inner = DetailFold(self._middle, self.reading, _BESIDE)
        side = frame(rows(self._side, spacing=0), "background")
        self._folds = SideFold(side, self._inner, tr("Folders"), (200, 1008), _ROOM_SIDE)
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        head = frame(columns(self._folds.opener, self._title, self._unread, None, self._view.opener()), "pane-head")
        layout = head.layout()
        assert layout is not None
        layout.setContentsMargins(14, 0, 8, 0)
        layout.setSpacing(SPACE_2)
        head.setFixedHeight(40)
        middle = self._middle
        body = rows(head, self._table, self._empty, spacing=0)
        body.setStretchFactor(self._table, 1)
        middle.setLayout(body)
        middle.setProperty("kind", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setLayout(columns(self._folds, spacing=0))

    def _join(self) -> None:
        self._side.chosen.connect(self._choose_place)
        self._side.clicked.connect(self._folds.close_side)
        self._folds.used.connect(self.focus_list)
        self._inner.unfolded.connect(lambda: self._open_timer.start())
        self._table.current_changed.connect(lambda line: self._open_timer.start())
        # also of the row that is current already: a conversation whose older message is read opens its newest
        self._table.clicked.connect(lambda index: self._clicked())
        self._inner.left.connect(self.focus_list)
        self._table.selection_changed.connect(self.selection_changed)
        self._table.trimmed.connect(self.tell_trimmed)
        self._table.opened.connect(self._opened)
        self._table.fold_asked.connect(self._fold)
        self._table.menu_asked.connect(self._show_menu)
        self._open_timer.timeout.connect(self._open_current)
        self._view.chosen.connect(self._set_option)
        self._empty.asked.connect(lambda: self.wanted.emit("mail account", None))
        self.reading.change_asked.connect(lambda: self.wanted.emit("regarding", None))
        self.reading.untrack_asked.connect(lambda: self.wanted.emit("untrack", None))
        self.reading.open_asked.connect(self.open_asked)
        self.reading.write_asked.connect(lambda address: self.wanted.emit("new message", address))
        self._desk.changed.connect(self._changed)

    # ---- what the window asks

    def shown(self) -> None:
        self._follow_settings()
        self._read_side()
        if self._place is None:
            place = self._contents.inbox() or _WITHOUT_INBOX
            if not self._side.choose(place):
                self._choose_place(place)
        else:
            self._read_list()
            self.reader.come_back()

    def focus_list(self) -> None:
        (self._table if self._table.isVisibleTo(self) else self._side).setFocus()

    def selection(self, most: int = MOST) -> Selection:
        """The selected messages; of a conversation in one row, its newest, or the one of it that is read."""
        lines = self._table.selected_lines(most)
        tracked = bool(lines) and all(line.mark is not None for line in lines)
        if len(lines) == 1 and self._reads_inside(lines[0]) and self.reader.letter is not None:
            row = self.reader.letter.row
            return Selection(messages=(row.id,), tracked=row.tracked)
        return Selection(messages=tuple(str(line.key) for line in lines), tracked=tracked)

    def possible(self) -> set[str]:
        count = self._table.selected_count()
        if not count:
            return set()
        return {"archive", "delete", *((*_ON_ONE, *CONVERTING) if count == 1 else ())}

    def run(self, name: str) -> bool:
        if name == "conversations":
            self._set_option("mail.conversations", str(not self._desk.session.settings.mail_conversations).lower())
            return True
        if name == "reading pane":
            places = ("right", "below", "off")
            now = places.index(self._desk.session.settings.mail_reading)
            self._set_option("mail.reading", places[(now + 1) % len(places)])
            return True
        lines = self._table.selected_lines()
        return bool(lines) and self._run_on(name, lines)

    def _run_on(self, name: str, lines: list[Line]) -> bool:
        keys = list(self.selection().messages)
        if name in ("open", "open window"):
            self._opened(lines[0])
        elif name in _ON_ONE or name in _MADE_OF_ONE:
            self.wanted.emit(name, keys[0])
        elif name in ("archive", "delete"):
            self._move(self._whole(lines), mailbox.ARCHIVE if name == "archive" else mailbox.TRASH)
        elif name == "star":
            handling.star(self._desk, keys, not all(line.starred for line in lines))
        elif name == "mark read":
            handling.mark_seen(self._desk, self._whole(lines), any(line.unread for line in lines))
        else:
            return False
        return True

    def reveal(self, key: Hashable) -> None:
        """Show this message, in its folder; inside a conversation that is collapsed, with the others."""
        with self._desk.read() as reader:
            row = mailbox.get(reader, str(key))
        if row is None:
            return
        place = Place("folder", row.account, row.folder)
        if not self._side.choose(place):
            self._choose_place(place)
        self._list.seek(row.row, partial(self._reveal_inside, row))

    def _reveal_inside(self, row: MessageRow) -> None:
        """Show a message that stands in a conversation that is collapsed."""
        self._expanded.add(row.thread)
        self._read_list()
        self._list.seek(row.row)

    # ---- what is shown

    def _read_side(self) -> None:
        """Folders at once when there were none, and their numbers from the background."""
        since = week_ago(self._desk.now)
        if not self._contents.folders:
            with self._desk.read() as reader:
                self._show_side(read_side(reader, since, counted=False))
        self._counted.ask(lambda reader: read_side(reader, since, counted=True))

    def _show_side(self, side: Side) -> None:
        is_first_inbox = self._contents.inbox() is None and side.inbox() is not None
        self._contents = side
        self._side.show_items(side_items(side))
        if is_first_inbox and self._place == _WITHOUT_INBOX:
            self._side.choose(side.inbox())
        if self._place is not None:
            self._title.setText(place_name(self._place, side.folders))
            unread = side.unread(self._place)
            self._unread.setText(tr("{n} unread", n=unread) if unread else "")

    def _choose_place(self, place: Place) -> None:
        self._place = place
        self._expanded.clear()
        self._table.show_rows(no_rows())
        self._show_side(self._contents)
        self._wants_first = True
        self._read_list()
        self._table.scrollToTop()

    def _read_list(self) -> None:
        if self._place is None:
            return
        if self._desk.session.settings.mail_conversations and self._place.folder != mailbox.TRASH:
            reading = conversation_rows(self._desk, self._place, frozenset(self._expanded))
            self._list.read((self._place, "conversations"), reading)
        else:
            self._list.read((self._place, "messages"), message_rows(self._desk, self._place))

    def _show_list(self, found: Rows) -> None:
        thread = self._thread_in_sight()
        heads = found.heads if isinstance(found, Conversations) else {}
        self._table.show_rows(found)
        self._table.show_marks(self._desk.session.settings.track_mark)
        if self._table.current_line() is None and thread in heads:
            # a newer message stands for the conversation now; what is being read stays open
            self._table.choose_number(heads[thread])
            self._open_timer.stop()
        line = self._table.current_line()
        if line is not None and line.count > 1 and self._table.selected_numbers() == [heads.get(thread)]:
            self.reader.show_conversation()
        count = found.count
        if self._wants_first and count:
            self._wants_first = False
            self._table.choose_first()
        self._table.setVisible(count > 0)
        self._empty.setVisible(count == 0)
        if count == 0:
            self._say_empty()
            self.reader.close()

    def _thread_in_sight(self) -> str:
        letter = self.reader.letter
        return "" if letter is None else letter.row.thread

    def _say_empty(self) -> None:
        if not self._contents.accounts:
            more = tr("Add your mail account, and your messages are here, also without a network.")
            self._empty.say("at", tr("No mail account yet"), more, tr("Add a mail account"))
        else:
            self._empty.say("tray", tr("Nothing in here"), tr("Messages that belong here will show up by themselves."))

    def _follow_settings(self) -> None:
        """The reading pane where the person wants it."""
        settings = self._desk.session.settings
        self._view.show_settings(settings)
        self._inner.want_detail(settings.mail_reading != "off")
        is_below = settings.mail_reading == "below"
        wanted = Qt.Orientation.Vertical if is_below else Qt.Orientation.Horizontal
        if self._inner.orientation() != wanted:
            self._inner.lie(wanted, _BELOW if is_below else _BESIDE, _ROOM_BELOW if is_below else _ROOM_BESIDE)
            QTimer.singleShot(0, self, lambda: self._table.scrollTo(self._table.currentIndex()))

    def _set_option(self, name: str, text: str) -> None:
        self._desk.do(lambda tx: choose.set_option(tx, name, text))

    # ---- opening

    def _opened(self, line: Line) -> None:
        """Enter, or a double click: a window of its own; a draft, or what waits to be sent, is written on."""
        with self._desk.read() as reader:
            row = mailbox.get(reader, str(line.key))
        is_written = row is not None and row.state in ("draft", "waiting")
        self.wanted.emit("open draft" if is_written else "open message", line.key)

    def _clicked(self) -> None:
        """A click opens, where there is room for one thing too; with a key held down it only selects."""
        is_wanted = self._desk.session.settings.mail_reading != "off"
        if self._inner.is_folded and is_wanted and not QGuiApplication.keyboardModifiers():
            self._inner.show_detail()
            self.reading.text.setFocus()
        self._open_timer.start()

    def _open_current(self) -> None:
        line = self._table.current_line()
        if line is None:
            self.reader.close()
        elif self.reading.isVisibleTo(self):
            self.reader.open(str(line.key), with_conversation=line.count > 1)

    def _reads_inside(self, line: Line) -> bool:
        """Whether the message that is read belongs to the conversation that stands in this line."""
        letter = self.reader.letter
        return line.count > 1 and letter is not None and any(each.id == line.key for each in letter.conversation)

    def _fold(self, line: Line, expand: bool) -> None:
        with self._desk.read() as reader:
            row = mailbox.get(reader, str(line.key))
        if row is None:
            return
        (self._expanded.add if expand else self._expanded.discard)(row.thread)
        self._table.choose_number(row.row)
        self._read_list()

    def _show_menu(self, at: QPoint) -> None:
        lines = self._table.selected_lines()
        if not lines:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        one = len(lines) == 1
        entries: tuple[tuple[str, str, bool], ...] = (
            ("open", tr("Open in a window"), one),
            ("reply", tr("Reply"), one),
            ("reply all", tr("Reply all"), one),
            ("forward", tr("Forward"), one),
            ("", "", True),
            ("mark read", tr("Mark as read") if any(line.unread for line in lines) else tr("Mark as unread"), True),
            ("star", tr("Remove the star") if all(line.starred for line in lines) else tr("Star"), True),
            ("", "", True),
            ("task from message", tr("Make a task of it"), one),
            ("appointment from message", tr("Make an appointment of it"), one),
            ("lead from message", tr("Convert to a lead"), one),
            ("opportunity from message", tr("Convert to an opportunity"), one),
            ("contact from message", tr("Convert to a contact"), one),
            ("", "", True),
            ("archive", tr("Archive"), True),
            ("delete", tr("Delete"), True),
        )
        for name, words, enabled in entries:
            if name:
                menu.addAction(words, partial(self.run, name)).setEnabled(enabled)
            else:
                menu.addSeparator()
        menu.popup(at)

    # ---- what is done

    def _whole(self, lines: list[Line]) -> list[str]:
        """The messages of these lines; a collapsed conversation stands for all of its messages in this place."""
        keys = [str(line.key) for line in lines]
        collapsed = [str(line.key) for line in lines if line.expanded is False]
        if not collapsed or self._place is None:
            return keys
        with self._desk.read() as reader:
            threads = {row.thread for key in collapsed if (row := mailbox.get(reader, key)) is not None}
            together = mail_lists.ids_of_threads(reader, self._place, threads)
        return list(dict.fromkeys([*keys, *together]))

    def _move(self, keys: list[str], folder: str) -> None:
        at = self._table.currentIndex().row()
        handling.move(self._desk, keys, folder, lambda words, back: self._was_moved(at, words, back))

    def _was_moved(self, row: int, words: str, back: Callable[[], None]) -> None:
        self.done.emit(words, back)
        last = self._table.rows.rowCount() - 1
        if last >= 0 and self._table.current_line() is None:
            row = min(row, last)
            self._table.choose_row(row if self._table.rows.group(row) is None else min(row + 1, last))

    def _changed(self, changes: Changes) -> None:
        if not (changes.messages or changes.options or "email" in changes.entities):
            return
        if self.isVisible():
            if changes.options:
                self._follow_settings()
            self._read_side()
            self._read_list()
        self.selection_changed.emit()
