"""The CRM pane: the kinds of record at the left, the grid of one kind, and the record that is open."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from crmdesk.actions import track
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.entity import Entity
from crmdesk.model.list_view import ALL, Sorting, orders
from crmdesk.model.query import Column, Filter, Or, Query, TextMatch, both
from crmdesk.model.record import Record, Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import list_views
from crmdesk.store.errors import StoreError
from crmdesk.texts import within
from crmdesk.ui.deleting import delete_records
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.folds import SideFold
from crmdesk.ui.long_list import LongList
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.record_table import MOST, RecordTable
from crmdesk.ui.records.cell_editor import CellEditor
from crmdesk.ui.records.grid_columns import GridColumns
from crmdesk.ui.records.record_view import RecordView
from crmdesk.ui.records.view_chooser import ViewChooser
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Rows, no_rows
from crmdesk.ui.side_list import SideItem, SideList
from crmdesk.ui.sources import grid_line, record_rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import number_words, plural, tr

SHOWN = ("account", "contact", "lead", "opportunity", "task", "appointment", "phonecall", "email", "annotation")
MADE_HERE = ("account", "contact", "lead", "opportunity", "task", "appointment", "phonecall")
_WAIT = 120  # ms after a key in the quick find


class RecordsPane(Pane):
    fitting = ("open", "edit", "delete", "copy contacts")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._stale = True  # what is shown is older than the local data
        self._entity = SHOWN[0]
        self._kinds = SideList(tr("Kinds of record"))
        self._kinds.chosen.connect(self._choose_kind)
        self._kinds.chosen_again.connect(lambda: self.close_record() if self._is_open else None)
        self._table = RecordTable(Shape.GRID, tr("Records"))
        self._columns = GridColumns(self._table, lambda: self._views.add_columns())
        self._cells = CellEditor(desk, self._table)
        self._title = label("", "heading")
        self._count = label("", "dim")
        self._views = ViewChooser(desk, self._columns.in_sight, self.settle)
        self._find = QLineEdit()
        self._empty = EmptyState("buildings", "")
        self._instead: Callable[[], object] = self._show_all  # what the button does that stands in an empty list
        self._list = LongList(desk, self._table, self._show, self._empty)
        self.view = RecordView(desk)
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        side = frame(rows(self._kinds, spacing=0), "background")
        self._stack = QStackedWidget()
        self._folds = SideFold(side, self._stack, tr("Kinds of record"), (200, 1000))
        self._kinds.clicked.connect(self._folds.close_side)
        self._folds.used.connect(self.focus_list)
        self._find.setPlaceholderText(tr("Find in this list"))
        self._find.setAccessibleName(tr("Find in this list"))
        self._find.setClearButtonEnabled(True)
        self._find.setMinimumWidth(90)
        self._find.setMaximumWidth(200)
        chosen = button(tr("Columns"))
        chosen.setMenu(self._columns.menu)
        parts = (self._folds.opener, self._title, self._count, None, self._find, self._views, chosen)
        head = frame(columns(*parts, spacing=SPACE_2), "pane-head")
        head.setFixedHeight(44)
        layout = head.layout()
        assert layout is not None
        layout.setContentsMargins(SPACE_4, 0, SPACE_3, 0)
        grid = QWidget()
        grid.setProperty("kind", "surface")
        body = rows(head, self._table, self._empty, spacing=0)
        body.setStretchFactor(self._table, 1)
        grid.setLayout(body)
        back = button(tr("All of them"), "link", "arrow-left", self.close_record)
        self._back = back
        bar = frame(columns(back, None, margins=(SPACE_4, 0, SPACE_3, 0)), "pane-head")
        bar.setFixedHeight(36)
        opened = QWidget()
        opened.setLayout(rows(bar, self.view, spacing=0))
        self._stack.addWidget(grid)
        self._stack.addWidget(opened)
        self.setLayout(columns(self._folds, spacing=0))

    def _join(self) -> None:
        self._table.opened.connect(lambda line: self.show_record(line.key))
        self._table.selection_changed.connect(self.selection_changed)
        self._cells.done.connect(self.done)
        self._cells.form_asked.connect(lambda: self.run("edit"))
        self._table.trimmed.connect(self.tell_trimmed)
        self._table.sort_asked.connect(self._sort)
        self._views.chosen.connect(self._view_chosen)
        self._views.done.connect(self.done)
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self._read)
        self._find.textChanged.connect(lambda: self._timer.start())
        self._empty.asked.connect(lambda: self._instead())
        self.view.open_asked.connect(self.open_asked)
        self.view.address_asked.connect(lambda address: self.wanted.emit("open address", address))
        self.view.closed.connect(self.close_record)
        self.view.done.connect(lambda words: self.done.emit(words, None))
        self._desk.changed.connect(self._changed)

    # ---- what the window asks

    @property
    def new_kind(self) -> str:  # type: ignore[override]
        return {"annotation": "new task", "email": "new message"}.get(self._entity, f"new {self._entity}")

    def shown(self) -> None:
        self._kinds.show_items(_kind_items())
        if self._kinds.key is None:
            self._kinds.choose(self._entity)
        elif self._stale:
            self._read()

    def focus_list(self) -> None:
        (self.view if self._is_open else self._table).setFocus()

    def selection(self, most: int = MOST) -> Selection:
        if self._is_open:
            record = self.view.record
            chosen = (record.reference,) if record is not None and record.id else ()
            return Selection(records=chosen, tracked=record is not None and record.tracked)
        lines = self._table.selected_lines(most)
        keys = tuple(line.key for line in lines if isinstance(line.key, Reference))
        return Selection(records=keys, tracked=bool(lines) and all(line.mark is not None for line in lines))

    def possible(self) -> set[str]:
        chosen = self.selection(2).records
        if not chosen:
            return set()
        found = {"delete"}
        if len(chosen) == 1:
            found |= {"open", "edit"}
        if chosen[0].entity == "contact":
            found.add("copy contacts")
        return found

    def run(self, name: str) -> bool:
        chosen = self.selection().records
        if name in ("open", "edit") and chosen:
            self.show_record(chosen[0])
            if name == "edit":
                self.view.edit()
        elif name == "delete" and chosen:
            self._delete(chosen)
        elif name == "copy contacts" and chosen:
            self._copy_contacts(chosen)
        elif name.startswith("new ") and name[4:] in MADE_HERE:
            self.show_new(name[4:])
        else:
            return False
        return True

    def reveal(self, key: Hashable) -> None:
        self.show_record(key)

    def show_record(self, reference: Hashable) -> bool:
        """Open a record here; False when it is not in the local data."""
        if not isinstance(reference, Reference) or not self.view.settle() or not self.view.show_record(reference):
            return False
        self._open_view(reference.entity)
        return True

    def show_live(self, record: Record) -> None:
        """Show the server's state of a record."""
        if self.view.settle():
            self.view.show_live(record)
            self._open_view(record.entity)

    def show_new(self, entity: str, values: dict[str, object] | None = None) -> None:
        """A form for a new record; what is made in the CRM pane is meant for the CRM."""
        if self.view.settle():
            self.view.show_new(entity, values or {}, track=True)
            self._open_view(entity)

    def close_record(self) -> None:
        """Back to the grid."""
        if not self.view.settle():
            return
        self._stack.setCurrentIndex(0)
        if self._stale:
            self._read()
        self._table.setFocus()
        self.selection_changed.emit()

    # ---- inside

    @property
    def _is_open(self) -> bool:
        return self._stack.currentIndex() == 1

    def _open_view(self, entity: str) -> None:
        plural_name = within(tr(ENTITIES[entity].plural))
        self._back.setText(tr("All {kinds}", kinds=plural_name))
        if entity in SHOWN and entity != self._entity:
            self._entity, self._stale = entity, True
            self._kinds.blockSignals(True)
            self._kinds.choose(entity)
            self._kinds.blockSignals(False)
        self._stack.setCurrentIndex(1)
        if not self.view.is_editing:
            self.view.setFocus()
        self.selection_changed.emit()

    def settle(self) -> bool:
        return self._cells.settle() and self.view.settle()

    def layout_kept(self) -> str:
        return self._columns.kept()

    def take_layout(self, kept: str) -> None:
        self._columns.take(kept)

    def _choose_kind(self, entity: str) -> None:
        if not self.settle():
            return
        self._entity = entity
        self._find.clear()
        self._stack.setCurrentIndex(0)
        self._views.show_kind(entity)
        self._columns.show_rows(no_rows(), self._views.view)
        self._read()
        self._table.scrollToTop()
        self.selection_changed.emit()

    def _view_chosen(self) -> None:
        self._columns.show_rows(no_rows(), self._views.view)
        self._read()
        self._table.scrollToTop()
        self.selection_changed.emit()

    def _read(self) -> None:
        """Show the list as it is now."""
        self._stale = False
        if not self._views.shows(self._entity):
            self._views.show_kind(self._entity)
        view = self._views.view
        self._title.setText(tr(view.kind.plural))
        try:
            with self._desk.read() as reader:
                asked = list_views.question(reader, view, self._desk.now)
        except StoreError as error:
            words = (tr("This list could not be read"), str(error), tr("Try again"))
            self._show_instead("warning", words, self._read)
            return
        except ValueError as error:  # a view may be older than what it asks about
            words = (tr("This view cannot be shown any more"), str(error), tr("Change this view …"))
            self._show_instead("warning", words, self._views.change)
            return
        wanted = both(asked, _find_filter(view.kind, self._find.text()))
        query = Query(self._entity, filter=wanted, order=orders(view.kind, self._columns.sorting(view)))
        self._list.read((view.key, query), record_rows(self._desk, query, grid_line(view)))

    def _show(self, found: Rows) -> None:
        view = self._views.view
        self._columns.show_rows(found, view)
        self._table.show_order(self._columns.sorting(view))
        self._table.show_marks(self._desk.session.settings.track_mark)
        count = found.count
        self._count.setText("…" if found.is_part else number_words(count))
        self._table.setVisible(count > 0)
        self._empty.setVisible(count == 0)
        if count == 0:
            self._say_empty(view.kind)

    def _say_empty(self, kind: Entity) -> None:
        plural = within(tr(kind.plural))
        if self._find.text().strip() or self._views.view.key != ALL:
            more = tr("Nothing here fits what you look for.")
            self._empty.say("magnifying-glass", tr("No {kinds} found", kinds=plural), more, tr("Show all"))
            self._instead = self._show_all
        else:
            more = tr("They come with the next synchronisation, as your local data groups say.")
            self._empty.say(kind.icon, tr("No {kinds} here yet", kinds=plural), more, tr("Sync now"))
            self._instead = lambda: self.wanted.emit("sync", None)

    def _show_instead(self, icon: str, words: tuple[str, str, str], does: Callable[[], object]) -> None:
        """In place of a list that cannot be read: what, why, and what can be done."""
        self._list.leave()
        self._columns.show_rows(no_rows(), self._views.view)
        self._count.setText("")
        self._table.hide()
        self._empty.say(icon, *words)
        self._empty.show()
        self._instead = does

    def _show_all(self) -> None:
        self._find.clear()
        self._views.choose(ALL)

    def _delete(self, references: tuple[Reference, ...]) -> None:
        if self._is_open:
            self.close_record()
        delete_records(self._desk, references, self.done.emit)

    def _copy_contacts(self, references: tuple[Reference, ...]) -> None:
        ids = [each.id for each in references if each.entity == "contact"]
        words = plural(len(ids), "{n} contact copied to My Contacts", "{n} contacts copied to My Contacts")
        self._desk.do(lambda tx: track.copy_contacts(tx, ids), lambda changes: self.done.emit(words, None))

    def _sort(self, order: Sorting) -> None:
        self._columns.sort(self._views.view, order)
        self._read()

    def _changed(self, changes: Changes) -> None:
        if self._entity in changes.entities or changes.options:
            self._stale = True
            if self.isVisible() and not self._is_open:
                self._read()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._is_open and not self.view.is_editing:
            self.close_record()
            return
        super().keyPressEvent(event)


def _kind_items() -> list[SideItem]:
    sales = [SideItem(tr("Sales"))]
    work = [SideItem(tr("Activities"))]
    for name in SHOWN:
        kind = ENTITIES[name]
        group = work if kind.is_activity or name == "annotation" else sales
        group.append(SideItem(tr(kind.plural), name, kind.icon))
    return sales + work


def _find_filter(kind: Entity, text: str) -> Filter | None:
    """Every word stands in one of the columns that search reads too."""
    names = [name for name in kind.columns if name in kind.search] or [kind.name_field]
    parts = [Or(tuple(TextMatch(Column(name), "contains", word) for name in names)) for word in text.split()]
    return both(*parts) if parts else None
