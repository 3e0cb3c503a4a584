"""My Contacts: the person's own and those copied from the CRM, and everything regarding the one that is current."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Hashable
from datetime import datetime
from functools import cache

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.query import Column, Filter, Or, Order, Query, TextMatch, both
from crmdesk.model.record import Record, Reference
from crmdesk.store import records
from crmdesk.store.store import Reader
from crmdesk.ui.contacts.letters import Letters
from crmdesk.ui.deleting import delete_records
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.folds import DetailFold
from crmdesk.ui.long_list import LongList, Reading
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.parts import columns, frame, label, rows
from crmdesk.ui.record_table import MOST, RecordTable
from crmdesk.ui.records.record_view import RecordView
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line, Rows, grouped
from crmdesk.ui.sources import line_fetcher, note_of, state_words
from crmdesk.ui.tokens import SPACE_2
from crmdesk.ui.words import NameOf, lookup_text, number_words, tr

_WAIT = 120  # ms after a key in the find field
_CALM = 40  # ms that a row is current before it is shown
_SEARCHED = ("fullname", "emailaddress1", "jobtitle")


class ContactsPane(Pane):
    fitting = ("write", "edit", "delete")
    new_kind = "new contact"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._stale = True  # what is shown is older than the local data
        self._is_opening = False  # in sight, and nobody was chosen yet
        self._table = RecordTable(Shape.CARD, tr("Contacts"))
        self._letters = Letters()
        self._listed = columns(self._table, self._letters, spacing=0)
        self._body = rows(spacing=0)
        self._title = label(tr("My Contacts"), "heading")
        self._count = label("", "dim")
        self._find = QLineEdit()
        self._empty = EmptyState("users", "")
        self._list = LongList(desk, self._table, self._show, self._empty)
        self._nothing = EmptyState("user", tr("Nobody is chosen"), tr("Choose a contact in the list."))
        self.view = RecordView(desk)
        self._right = QStackedWidget()
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._calm = QTimer(self, singleShot=True, interval=_CALM)
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        self._find.setPlaceholderText(tr("Find"))
        self._find.setAccessibleName(tr("Find in my contacts"))
        self._find.setClearButtonEnabled(True)
        self._find.setMaximumWidth(130)
        head = frame(columns(self._title, self._count, None, self._find, spacing=SPACE_2), "pane-head")
        layout = head.layout()
        assert layout is not None
        layout.setContentsMargins(14, 0, 8, 0)
        head.setFixedHeight(44)
        middle = QWidget()
        middle.setProperty("kind", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._body.addWidget(head)
        self._body.addLayout(self._listed, 1)
        self._body.addWidget(self._empty, 1)
        middle.setLayout(self._body)
        self._right.addWidget(self._nothing)
        self._right.addWidget(self.view)
        self._folds = DetailFold(middle, self._right, (340, 868))
        self._folds.left.connect(self._back_to_list)
        self.setLayout(columns(self._folds, spacing=0))

    def _join(self) -> None:
        self._table.current_changed.connect(lambda line: self._calm.start())
        self._table.selection_changed.connect(self.selection_changed)
        self._table.trimmed.connect(self.tell_trimmed)
        self._table.opened.connect(lambda line: self.run("edit"))
        self._timer.timeout.connect(self._read)
        self._calm.timeout.connect(self._show_current)
        self._find.textChanged.connect(lambda: self._timer.start())
        self._letters.chosen.connect(self._jump)
        self._empty.asked.connect(self._empty_asked)
        self.view.open_asked.connect(self.open_asked)
        self.view.address_asked.connect(lambda address: self.wanted.emit("open address", address))
        self.view.made.connect(self._made)
        self.view.closed.connect(self._show_current)
        self.view.done.connect(lambda words: self.done.emit(words, None))
        self._desk.changed.connect(self._changed)

    # ---- what the window asks

    def shown(self) -> None:
        if self._stale:
            self._read()
        self._is_opening = True
        self._choose_first()

    def settle(self) -> bool:
        return self.view.settle()

    def focus_list(self) -> None:
        self._table.setFocus()

    def selection(self, most: int = MOST) -> Selection:
        lines = self._table.selected_lines(most)
        keys = tuple(line.key for line in lines if isinstance(line.key, Reference))
        return Selection(records=keys, tracked=bool(lines) and all(line.mark is not None for line in lines))

    def possible(self) -> set[str]:
        count = self._table.selected_count()
        return {"delete", *(("write", "edit") if count == 1 else ())} if count else set()

    def run(self, name: str) -> bool:
        if name == "new contact":
            self.view.show_new("contact", {}, track=False)
            self._right.setCurrentWidget(self.view)
            self._folds.show_detail()
            return True
        chosen = self.selection().records
        if not chosen:
            return False
        if name == "edit":
            self._show_current()
            self._folds.show_detail()
            self.view.edit()
        elif name == "write":
            record = self.view.record
            self.wanted.emit("new message", (record["emailaddress1"] if record else None) or "")
        elif name == "delete":
            delete_records(self._desk, chosen, self.done.emit)
        else:
            return False
        return True

    def reveal(self, key: Hashable) -> None:
        """Choose this contact in the list; one that is not mine is shown in the CRM."""
        if not isinstance(key, Reference):
            return
        self._find.clear()
        self._read()
        self._list.seek_record(key, lambda: self.open_asked.emit(key))

    # ---- inside

    def _back_to_list(self) -> None:
        if self.view.settle():
            self.focus_list()
        else:
            self._folds.show_detail()  # where a sentence says what cannot be saved

    def _read(self) -> None:
        self._stale = False
        query = Query("contact", filter=self._filter(), order=(Order(Column("lastname")), Order(Column("fullname"))))
        self._list.read(query, contact_rows(self._desk, query))

    def _show(self, found: Rows) -> None:
        self._table.show_rows(found)
        self._table.show_marks(self._desk.session.settings.track_mark)
        self._letters.show_letters(list(found.groups))
        self._count.setText("…" if found.is_part else number_words(found.count) if found.count else "")
        for each in (self._table, self._letters):
            each.setVisible(found.count > 0)
        self._body.setStretchFactor(self._listed, int(found.count > 0))  # a layout takes its part also when it is empty
        self._empty.setVisible(found.count == 0)
        if not found.count:
            self._say_empty()
        self._choose_first()

    def _choose_first(self) -> None:
        """The pane opens with a contact, as soon as there is one."""
        if self._is_opening and self._table.rows.rowCount():
            self._is_opening = False
            if self._table.current_line() is None:
                self._table.choose_first()

    def _filter(self) -> Filter | None:
        words = self._find.text().split()
        parts = [Or(tuple(TextMatch(Column(name), "contains", word) for name in _SEARCHED)) for word in words]
        return both(*parts) if parts else None

    def _say_empty(self) -> None:
        if self._find.text().strip():
            self._empty.say("magnifying-glass", tr("Nobody is called that"), "", tr("Show all"))
        else:
            more = tr("Your own contacts are here, and those of the CRM that are yours or that you copy.")
            self._empty.say("users", tr("No contacts yet"), more, tr("New contact"))

    def _empty_asked(self) -> None:
        if self._find.text().strip():
            self._find.clear()
        else:
            self.run("new contact")

    def _show_current(self) -> None:
        line = self._table.current_line()
        if self.view.is_editing and self.view.isVisible():
            return
        found = line is not None and isinstance(line.key, Reference) and self.view.show_record(line.key)
        self._right.setCurrentWidget(self.view if found else self._nothing)
        self.selection_changed.emit()

    def _made(self, reference: Reference) -> None:
        self._read()
        self._list.seek_record(reference)

    def _jump(self, letter: str) -> None:
        for row in self._table.rows.group_rows():
            if self._table.rows.group(row) == letter:
                self._table.choose_row(row + 1)
                self._table.scrollTo(self._table.rows.index(row, 0), self._table.ScrollHint.PositionAtTop)
                return

    def _changed(self, changes: Changes) -> None:
        if "contact" in changes.entities or changes.options:
            self._stale = True
            if self.isVisible():
                self._read()


def contact_rows(desk: Desk, query: Query) -> Reading:
    """The person's own contacts that answer `query`, under the letters of their last names."""
    now, fetch = desk.now, line_fetcher(desk, "contact", contact_line)

    def reading(reader: Reader, limit: int | None) -> Rows:
        found = records.rows_with(reader, query, "lastname", now, only_mine=True, limit=limit)
        groups: dict[str, array[int]] = {}
        for number, name in found:
            groups.setdefault(_letter(name), array("q")).append(number)
        return grouped(groups.items(), fetch, is_part=len(found) == limit)

    return reading


def _letter(name: object) -> str:
    """Under which letter a last name stands: Å under A, everything that is no letter under #.

    Scripts of very many characters, where nearly every name would have a heading of its own, stand together.
    """
    return _heading(str(name or "").strip()[:1])


_MANY_CHARACTERS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


@cache
def _heading(first_character: str) -> str:
    first = unicodedata.normalize("NFD", first_character)[:1].upper()
    if unicodedata.name(first, "").partition(" ")[0] in _MANY_CHARACTERS:
        return "…"
    return first if first.isalpha() else "#"


def contact_line(record: Record, name_of: NameOf, now: datetime) -> Line:
    about = [str(record["jobtitle"] or "")]
    if record["parentcustomerid"]:
        about.append(lookup_text(str(record["parentcustomerid"]), name_of))
    words = " · ".join(part for part in about if part) or str(record["emailaddress1"] or record["mobilephone"] or "")
    said = f"{record.name}, {words}{state_words(record)}"
    mark = tr("Tracked") if record.tracked else None
    return Line(record.reference, record.name, said, subject=words, mark=mark, note=note_of(record))
