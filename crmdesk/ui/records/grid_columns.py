"""Which columns the grid of a kind shows, how wide, and what sorts it: chosen by a person, remembered for each kind."""

from __future__ import annotations

import json
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from crmdesk.model.entity import Entity
from crmdesk.model.words import ENTITIES
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.rows import Rows, Sorting
from crmdesk.ui.sources import headings
from crmdesk.ui.words import tr

Layout = list[tuple[str, int]]  # the columns that are shown, from left to right: field, width; 0: the usual width


class GridColumns:
    """Shows rows of one kind after another in a table, each kind with its own columns, chosen in `menu`.

    The first column stays: it names the record and bears the mark.
    """

    def __init__(self, table: RecordTable) -> None:
        self._table = table
        self._header = table.horizontalHeader()
        self._kind: Entity | None = None
        self._layouts: dict[str, Layout] = {}
        self._sorted: dict[str, Sorting] = {}
        self.menu = QMenu(table)
        self.menu.aboutToShow.connect(self._fill)
        self._sort_by, self._then_by = QMenu(tr("Sort by"), table), QMenu(tr("Then by"), table)
        self._header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._header.customContextMenuRequested.connect(self._pop_up)

    def show_rows(self, rows: Rows, kind: Entity) -> None:
        """Show these rows, with the columns of their kind as they were left."""
        wanted = headings(kind)
        others = wanted != self._table.rows.headings
        if others:
            self._keep()
        self._table.show_rows(rows, wanted)
        if others:
            self._kind = kind
            self._apply(self._layouts.get(kind.name, self._usual()))

    def sorting(self, kind: Entity) -> Sorting:
        """What the grid of this kind is sorted by; never empty."""
        return self._sorted.get(kind.name, ((kind.columns[0], False),))

    def sort(self, kind: Entity, order: Sorting) -> None:
        self._sorted[kind.name] = order

    def kept(self) -> str:
        """All that was chosen, as text for take()."""
        self._keep()
        return json.dumps({"columns": self._layouts, "sorted": self._sorted})

    def take(self, kept: str) -> None:
        """Go on with what kept() said. Text that is no such thing is passed over."""
        try:
            found = json.loads(kept)
            columns, orders = found.get("columns", found), found.get("sorted", {})  # once the columns were all of it
            layouts = {str(kind): [(str(n), int(w)) for n, w in shown] for kind, shown in columns.items()}
            order_of = {str(kind): _known(kind, order) for kind, order in orders.items()}
        except (ValueError, TypeError, AttributeError, KeyError):
            return
        self._layouts = layouts
        self._sorted = {kind: order for kind, order in order_of.items() if order}

    # ---- inside

    def _usual(self) -> Layout:
        return [(heading.name, 0) for heading in self._table.rows.headings]

    def _keep(self) -> None:
        if self._kind is None:
            return
        shown: Layout = []
        for place in range(self._header.count()):
            section = self._header.logicalIndex(place)
            if not self._header.isSectionHidden(section):
                shown.append((self._table.rows.headings[section].name, self._header.sectionSize(section)))
        shown[-1] = (shown[-1][0], 0)  # the last one fills what is left, whatever its own width
        self._layouts[self._kind.name] = shown

    def _apply(self, layout: Layout) -> None:
        columns = self._table.rows.headings
        section_of = {heading.name: section for section, heading in enumerate(columns)}
        widths = {name: width for name, width in layout if name in section_of}
        widths.setdefault(columns[0].name, 0)
        order = [*widths, *(name for name in section_of if name not in widths)]
        for place, name in enumerate(order):
            section = section_of[name]
            self._header.moveSection(self._header.visualIndex(section), place)
            self._header.setSectionHidden(section, name not in widths)
            self._header.resizeSection(section, widths.get(name) or columns[section].width)

    def _fill(self) -> None:
        self.menu.clear()
        for place in range(self._header.count()):
            section = self._header.logicalIndex(place)
            each = QAction(self._table.rows.headings[section].label, self.menu, checkable=True)
            each.setChecked(not self._header.isSectionHidden(section))
            each.setEnabled(section != 0)
            each.toggled.connect(lambda shown, section=section: self._header.setSectionHidden(section, not shown))
            self.menu.addAction(each)
        self.menu.addSeparator()
        self._offer_sorting(self._sort_by, further=False)
        self._offer_sorting(self._then_by, further=True)
        self.menu.addSeparator()
        self.menu.addAction(tr("The usual columns"), lambda: self._apply(self._usual()))

    def _offer_sorting(self, choices: QMenu, *, further: bool) -> None:
        """What a click on a heading does, and one with Shift, for the keyboard."""
        choices.clear()
        self.menu.addMenu(choices)
        for heading in self._table.rows.headings:
            choices.addAction(heading.label, partial(self._table.ask_sorting, heading.name, further))

    def _pop_up(self, at: QPoint) -> None:
        self.menu.popup(self._header.mapToGlobal(at))


def _known(kind: str, order: list[tuple[str, bool]]) -> Sorting:
    """Of an order that was kept, what this version's grid can be sorted by."""
    names = ENTITIES[kind].columns
    return tuple((name, bool(descending)) for name, descending in order if name in names)
