"""Rows of a list as values, and the one model that hands them to every list.

A list knows the numbers of all its rows and fetches their lines a stretch at a time as they come into sight, so a
million rows open at once. Headings between groups of rows are rows too.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from crmdesk.model.list_view import Sorting

Index = QModelIndex | QPersistentModelIndex
_STRETCH = 28  # rows that are fetched together: what a window shows at a time
_KEPT = 4096


@dataclass(frozen=True)
class Line:
    """One row as it is shown; which parts are shown, and where, is the list's Shape."""

    key: Hashable  # what the row stands for: a Reference, a message's id
    title: str
    sentence: str  # the row as one sentence, for those who hear it
    subject: str = ""
    snippet: str = ""
    aside: str = ""  # at the right of the first line: a time, a due day
    cells: tuple[str, ...] = ()  # of a grid
    mark: str | None = None  # tracked: the name of the record it belongs to
    note: str = ""  # an icon's name: waits, needs you
    tone: str = "dim"  # of the aside: a token's name
    unread: bool = False
    starred: bool = False
    attached: bool = False
    done: bool | None = None  # a tick box; None: has none
    icon: str = ""  # instead of initials
    count: int = 0  # of the messages that the row stands for, when it is more than one
    expanded: bool | None = None  # whether the rows below it that it stands for are shown; None: has none
    level: int = 0  # 1: one of the rows of an expanded one above


@dataclass(frozen=True)
class Heading:
    """A column of a grid."""

    name: str
    label: str
    width: int = 160
    numeric: bool = False


@dataclass(frozen=True)
class Rows:
    """A list's content: `numbers` in order; -1-n stands for `groups`[n]. `fetch` gives the lines of some numbers.

    `group_rows`: where the groups' headings stand. `is_part`: it is the list's beginning, and more may follow.
    """

    numbers: Sequence[int]
    fetch: Callable[[Sequence[int]], Mapping[int, Line]]
    groups: tuple[str, ...] = ()
    group_rows: tuple[int, ...] = ()
    is_part: bool = False

    @property
    def count(self) -> int:
        """Without the headings."""
        return len(self.numbers) - len(self.groups)


def no_rows() -> Rows:
    return Rows(array("q"), lambda numbers: {})


def fixed(lines: Iterable[Line]) -> Rows:
    """A short list whose lines are all known."""
    known = dict(enumerate(lines))
    return Rows(array("q", known), lambda numbers: {number: known[number] for number in numbers})


def grouped(
    parts: Iterable[tuple[str, Sequence[int]]],
    fetch: Callable[[Sequence[int]], Mapping[int, Line]],
    is_part: bool = False,
) -> Rows:
    """Rows under headings; a group without rows is left out."""
    numbers = array("q")
    names: list[str] = []
    places: list[int] = []
    for name, members in parts:
        if len(members):
            places.append(len(numbers))
            numbers.append(-1 - len(names))
            names.append(name)
            numbers.extend(members)
    return Rows(numbers, fetch, tuple(names), tuple(places), is_part)


class RowsModel(QAbstractTableModel):
    """What a RecordTable shows. Painting asks line(); readers and tests ask data()."""

    def __init__(self, headings: tuple[Heading, ...] = ()) -> None:
        super().__init__()
        self._headings = headings
        self._rows = no_rows()
        self._lines: dict[int, Line | None] = {}  # None: gone since the list was read
        self.sorted_by: Sorting = ()

    @property
    def headings(self) -> tuple[Heading, ...]:
        return self._headings

    @property
    def numbers(self) -> Sequence[int]:
        return self._rows.numbers

    def show(self, rows: Rows, headings: tuple[Heading, ...] | None = None) -> bool:
        """Show other rows; False when it is the same rows in the same order, whose lines are then read anew."""
        same = headings in (None, self._headings) and rows.groups == self._rows.groups
        if same and len(rows.numbers) == len(self._rows.numbers) and rows.numbers == self._rows.numbers:
            self._rows = rows
            self.forget()
            return False
        self.beginResetModel()
        self._rows = rows
        self._lines = {}
        if headings is not None:
            self._headings = headings
        self.endResetModel()
        return True

    def forget(self) -> None:
        """Read the lines anew when they are next painted."""
        self._lines = {}
        if self._rows.numbers:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def line(self, row: int) -> Line | None:
        """The line of a row; None for a heading, and for a row that is gone since the list was read."""
        number = self._rows.numbers[row]
        if number < 0:
            return None
        if number not in self._lines:
            self._fetch_around(row)
        return self._lines[number]

    def _fetch_around(self, row: int) -> None:
        """Of the rows that are not known: those from this one on, or, when a list is scrolled back, those before it."""
        wanted = self._unknown(range(row, min(row + _STRETCH, self.rowCount())))
        if len(wanted) < _STRETCH // 4:
            wanted += self._unknown(range(row - 1, max(row - _STRETCH, -1), -1))
        if len(self._lines) > _KEPT:
            self._lines = dict(islice(self._lines.items(), _KEPT // 2, None))
        found = self._rows.fetch(wanted)
        self._lines.update((number, found.get(number)) for number in wanted)

    def _unknown(self, rows: Iterable[int]) -> list[int]:
        """The numbers of these rows up to the first that is known."""
        unknown = takewhile(lambda number: number not in self._lines, (self._rows.numbers[row] for row in rows))
        return [number for number in unknown if number >= 0]

    def group(self, row: int) -> str | None:
        """The heading that stands at a row."""
        number = self._rows.numbers[row]
        return self._rows.groups[-1 - number] if number < 0 else None

    def group_rows(self) -> tuple[int, ...]:
        """Where the headings stand."""
        return self._rows.group_rows

    def row_of_number(self, number: int) -> int | None:
        try:
            return self._rows.numbers.index(number)
        except ValueError:
            return None

    # ---- Qt's side

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows.numbers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else max(1, len(self._headings))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self._rows.numbers[index.row()] < 0:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        spoken = role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole)
        if not index.isValid() or not (spoken or role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)):
            return None
        row, column = index.row(), index.column()
        line = self.line(row)
        if line is None:
            return self.group(row) or ""
        text = line.cells[column] if column < len(line.cells) else line.title
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return text if self._headings else None
        return line.sentence if column == 0 else text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or section >= len(self._headings):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section].label + self._rank(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._headings[section].numeric else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _rank(self, section: int) -> str:
        """What a heading says where several columns sort: which of them it is, and its direction."""
        name = self._headings[section].name
        for place, (sorting, descending) in enumerate(self.sorted_by, start=1):
            if sorting == name and len(self.sorted_by) > 1:
                return f"  {'↓' if descending else '↑'} {place}"
        return ""
