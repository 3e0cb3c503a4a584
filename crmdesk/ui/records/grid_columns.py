"""Which columns the grid of a kind shows, in which order and how wide: chosen by a person, remembered for each kind."""

from __future__ import annotations

import json

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from crmdesk.model.entity import Entity
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.rows import Rows
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
        self.menu = QMenu(table)
        self.menu.aboutToShow.connect(self._fill)
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

    def kept(self) -> str:
        """All that was chosen, as text for take()."""
        self._keep()
        return json.dumps(self._layouts)

    def take(self, kept: str) -> None:
        """Go on with what kept() said. Text that is no such thing is passed over."""
        try:
            found = json.loads(kept)
            self._layouts = {str(kind): [(str(n), int(w)) for n, w in shown] for kind, shown in found.items()}
        except (ValueError, TypeError, AttributeError):
            self._layouts = {}

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
        self.menu.addAction(tr("The usual columns"), lambda: self._apply(self._usual()))

    def _pop_up(self, at: QPoint) -> None:
        self.menu.popup(self._header.mapToGlobal(at))
