"""Which columns the grid shows, how wide, and what sorts it: as its view says, until a person's hand arranges them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from crmdesk.model.list_view import ListView, Sorting, ViewColumn, columns_of, order_of, sortable, usual_views
from crmdesk.model.words import ENTITIES
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.rows import Rows
from crmdesk.ui.sources import headings
from crmdesk.ui.words import tr

Layout = list[tuple[str, int]]  # the columns that are shown, from left to right: field, width; 0: the usual width


@dataclass(frozen=True)
class Arranged:
    """What a hand made of a view. It holds while the view is `of` the same columns and order as it was then."""

    of: str
    shown: Layout | None = None
    order: Sorting | None = None


class GridColumns:
    """Shows rows of one view after another in a table, each with its own columns, arranged in `menu` and the headings.

    The usual views of a kind share one arrangement; a view of one's own has one for itself. The first column of a view
    stays: it bears the mark.
    """

    def __init__(self, table: RecordTable, more: Callable[[], object]) -> None:
        """`more`: asks for columns that the view does not have."""
        self._table = table
        self._more = more
        self._header = table.horizontalHeader()
        self._view: ListView | None = None
        self._arranged: dict[str, Arranged] = {}
        self.menu = QMenu(table)
        self.menu.aboutToShow.connect(self._fill)
        self._sort_by, self._then_by = QMenu(tr("Sort by"), table), QMenu(tr("Then by"), table)
        self._header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._header.customContextMenuRequested.connect(self._pop_up)

    def show_rows(self, rows: Rows, view: ListView) -> None:
        """Show these rows, with the columns of their view as they were left."""
        wanted = headings(view)
        others = self._view is None or _place(view) != _place(self._view) or wanted != self._table.rows.headings
        if others:
            self._keep()
        self._table.show_rows(rows, wanted)
        self._view = view
        if others:
            self._apply(self._arrangement(view).shown or self._usual())

    def sorting(self, view: ListView) -> Sorting:
        """What the grid of this view is sorted by; never empty."""
        return order_of(view.kind, self._arrangement(view).order or view.order)

    def sort(self, view: ListView, order: Sorting) -> None:
        self._arranged[_place(view)] = replace(self._arrangement(view), order=order)

    def in_sight(self, view: ListView) -> ListView:
        """The view with the columns, widths and order that its grid has now; columns that are hidden are not in it."""
        if self._view is not None and _place(self._view) == _place(view):
            self._keep()
        shown = self._arrangement(view).shown
        columns = columns_of(view) if shown is None else tuple(ViewColumn(name, width) for name, width in shown)
        return replace(view, columns=columns, order=self.sorting(view))

    def kept(self) -> str:
        """All that was arranged, as text for take()."""
        self._keep()
        arranged = self._arranged.items()
        return json.dumps({place: [each.of, each.shown, each.order] for place, each in arranged})

    def take(self, kept: str) -> None:
        """Go on with what kept() said. Text that is no such thing is passed over."""
        try:
            found = json.loads(kept)
            arranged = _by_kind(found) if "columns" in found else {key: _arranged(*each) for key, each in found.items()}
        except (ValueError, TypeError, AttributeError, KeyError):
            return
        self._arranged = arranged

    # ---- inside

    def _arrangement(self, view: ListView) -> Arranged:
        """What was made of the view by hand; nothing when the view itself was changed since."""
        found = self._arranged.get(_place(view))
        return found if found is not None and found.of == _made_of(view) else Arranged(_made_of(view))

    def _usual(self) -> Layout:
        return [(heading.name, 0) for heading in self._table.rows.headings]

    def _keep(self) -> None:
        if self._view is None:
            return
        shown: Layout = []
        for place in range(self._header.count()):
            section = self._header.logicalIndex(place)
            if not self._header.isSectionHidden(section):
                shown.append((self._table.rows.headings[section].name, self._header.sectionSize(section)))
        shown[-1] = (shown[-1][0], 0)  # the last one fills what is left, whatever its own width
        self._arranged[_place(self._view)] = replace(self._arrangement(self._view), shown=shown)

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
        self.menu.addAction(tr("More columns …"), self._more)
        self.menu.addSeparator()
        self._offer_sorting(self._sort_by, further=False)
        self._offer_sorting(self._then_by, further=True)
        self.menu.addSeparator()
        self.menu.addAction(tr("The usual columns"), lambda: self._apply(self._usual()))

    def _offer_sorting(self, choices: QMenu, *, further: bool) -> None:
        """What a click on a heading does, and one with Shift, for the keyboard."""
        choices.clear()
        self.menu.addMenu(choices)
        can_sort = {each.name for each in sortable(self._view.kind)} if self._view is not None else set()
        for heading in self._table.rows.headings:
            if heading.name in can_sort:
                choices.addAction(heading.label, partial(self._table.ask_sorting, heading.name, further))

    def _pop_up(self, at: QPoint) -> None:
        self.menu.popup(self._header.mapToGlobal(at))


def _place(view: ListView) -> str:
    """Under which name the arrangement of a view is kept."""
    return view.key if view.is_own else view.entity


def _made_of(view: ListView) -> str:
    return json.dumps([[(each.field, each.width) for each in columns_of(view)], view.order])


def _arranged(of: str, shown: Layout | None, order: Sorting | None) -> Arranged:
    """One arrangement as it was kept. Raises ValueError, TypeError for what is none."""
    layout = None if shown is None else [(str(name), int(width)) for name, width in shown]
    sorting = None if order is None else tuple((str(name), bool(descending)) for name, descending in order)
    return Arranged(str(of), layout, sorting)


def _by_kind(found: dict[str, dict[str, Any]]) -> dict[str, Arranged]:
    """The form that knows kinds alone, not views of one's own. Raises as _arranged() does, and KeyError."""
    columns, orders = found["columns"], found.get("sorted", {})
    made_of = {kind: _made_of(usual_views(ENTITIES[kind])[0]) for kind in {*columns, *orders}}
    return {kind: _arranged(of, columns.get(kind), orders.get(kind)) for kind, of in made_of.items()}
