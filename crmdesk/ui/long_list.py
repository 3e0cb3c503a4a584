"""How a list of any length is read: its beginning at once, all of it in the background, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from crmdesk.desk.desk import Desk
from crmdesk.desk.latest import LatestRead
from crmdesk.model.record import Reference
from crmdesk.store import records
from crmdesk.store.errors import StoreError, StoreSlow
from crmdesk.store.store import Reader
from crmdesk.ui.empty_state import Notice
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.rows import Rows, fixed
from crmdesk.ui.words import tr

AT_ONCE = 1000  # rows that are read in the window's thread
_STEPS = 100_000  # of SQLite's machine that reading them may take: what takes more, all comes from the background
_PATIENCE = 150  # ms after which somebody who waits for a list is told so

Reading = Callable[[Reader, int | None], Rows]
"""Reads so many rows of a list, None for all; says `is_part` when there may be more. Runs in either thread."""


class LongList(QObject):
    """Reads rows for a table. `show` is called with each Rows that is to be shown, in the window's thread.

    Of a long list that shown is called twice: with its beginning, and soon with all of it. A list that is read again
    because something changed stays as it is until all of it was read; what changes meanwhile is read once more then.
    A list that takes long, or can't be read, says so in its own place; `empty` is what the table gives way to when
    there is nothing in it.
    """

    def __init__(self, desk: Desk, table: RecordTable, show: Callable[[Rows], None], empty: QWidget) -> None:
        super().__init__(table)
        self._desk = desk
        self._table = table
        self._show = show
        self._empty = empty
        self._notice = Notice(table)
        self._notice.asked.connect(self.read_again)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._patience.timeout.connect(self.say_reading)
        self._reading: Reading | None = None
        self._question: Hashable = None
        self._is_long = False
        self._whole = LatestRead(desk, self._answered, self, failed=self._broke)
        self._sought: int | None = None
        self._missing: Callable[[], None] | None = None

    def read(self, question: Hashable, reading: Reading) -> None:
        """Show the list as it is now. `question` tells one list from another; `reading` may differ for equal ones."""
        is_known = question == self._question and self._is_long and self._table.rows.rowCount() > 0
        if question != self._question:
            self._sought = None
        self._question, self._reading = question, reading
        if not is_known:
            try:
                begun = self._begin(reading)
            except StoreError as error:
                self.say_failed(str(error))
                return
            self._is_long = begun is None or begun.is_part
            if begun is not None:
                self._came(begun)
            else:
                self._patience.start()
        if self._is_long:
            self._whole.ask(lambda reader: (question, reading(reader, None)))
        else:
            self._whole.drop()

    def seek(self, number: int, missing: Callable[[], None] | None = None) -> None:
        """Make this row current as soon as it is here; `missing` is called when all rows are and it is not."""
        self._sought, self._missing = number, missing
        self._look_for_sought(is_whole=not self._is_long or not self._whole.is_asking)

    def seek_record(self, reference: Reference, missing: Callable[[], None] | None = None) -> None:
        """The same of a record's row."""
        with self._desk.read() as reader:
            number = records.row_of(reader, reference)
        if number is not None:
            self.seek(number, missing)
        elif missing is not None:
            missing()

    def leave(self) -> None:
        """No list is read until read() is called again: something else stands in its place."""
        self._question, self._reading, self._sought, self._is_long = None, None, None, False
        self._patience.stop()
        self._whole.drop()
        self._notice.hide()

    # ---- what stands in its place

    @Slot()
    def say_reading(self) -> None:
        """It takes a moment."""
        self._tell("hourglass", tr("Reading the list …"))

    def say_failed(self, why: str) -> None:
        """It can't be read: why, and a way to try again."""
        self._tell("warning", tr("This list could not be read"), why, tr("Try again"))

    def _tell(self, icon: str, words: str, more: str = "", action: str = "") -> None:
        self._patience.stop()
        self._table.clearSelection()
        self._table.show_rows(fixed(()))  # another list's rows would be taken for this one's
        self._table.show()
        self._empty.hide()
        self._notice.tell(icon, words, more, action)

    @Slot()
    def read_again(self) -> None:
        """Show the list anew, from its beginning."""
        if self._reading is not None:
            question, self._question = self._question, None
            self.read(question, self._reading)

    def _broke(self, why: str) -> None:
        """What is in sight already stays."""
        if self._reading is None:
            return
        if self._table.rows.rowCount() == 0 or self._patience.isActive():
            self.say_failed(why)

    # ---- what comes

    def _begin(self, reading: Reading) -> Rows | None:
        """The beginning; None when already that takes too long."""
        try:
            with self._desk.read(_STEPS) as reader:
                return reading(reader, AT_ONCE)
        except StoreSlow:
            return None

    def _answered(self, found: tuple[Hashable, Rows]) -> None:
        question, rows = found
        if question == self._question and self._is_long:  # else another list is shown by now
            self._is_long = self._whole.is_asking or len(rows.numbers) >= AT_ONCE
            self._came(rows)

    def _came(self, rows: Rows) -> None:
        self._patience.stop()
        self._notice.hide()
        self._show(rows)
        self._look_for_sought(is_whole=not rows.is_part and not self._whole.is_asking)

    def _look_for_sought(self, *, is_whole: bool) -> None:
        number = self._sought
        if number is None:
            return
        if self._table.choose_number(number):
            self._sought = None
        elif is_whole:
            self._sought, missing = None, self._missing
            if missing is not None:
                missing()
