"""Which view a grid shows: the usual ones of its kind and the person's own, and what can be done with these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton, QWidget

from crmdesk.actions import list_views as actions
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.list_view import ALL, ListView, Views, usual_views
from crmdesk.model.record import new_id
from crmdesk.model.words import ENTITIES
from crmdesk.store import list_views
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import columns
from crmdesk.ui.tokens import ICON, SPACE_2
from crmdesk.ui.words import tr

if TYPE_CHECKING:
    from crmdesk.ui.dialogs.view_editor import ViewEditor


class ViewChooser(QWidget):
    """Holds the view of each kind that this window shows; a kind that is shown first begins with its default view."""

    chosen = Signal()  # another view is to be shown
    done = Signal(str, object)  # as a Pane's

    def __init__(self, desk: Desk, in_sight: Callable[[ListView], ListView], may_leave: Callable[[], bool]) -> None:
        """`in_sight`: the view as its grid is arranged now; what is made of it begins with that.

        `may_leave`: asked before another view is shown; False while something in the grid cannot be saved.
        """
        super().__init__()
        self._desk = desk
        self._in_sight = in_sight
        self._may_leave = may_leave
        self._entity = ""
        self._views = Views()
        self._left: dict[str, str] = {}  # kind -> the key of the view that this window shows of it
        self.combo = QComboBox()
        self.combo.setAccessibleName(tr("View"))
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(12)
        self.combo.setMaximumWidth(220)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        more = QToolButton()
        more.setIcon(icon("dots-three"))
        more.setIconSize(QSize(ICON, ICON))
        more.setAccessibleName(tr("Views of your own"))
        more.setToolTip(tr("Make, change and delete views"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(self.menu)
        more.setProperty("kind", "menu-only")
        self.setLayout(columns(self.combo, more, spacing=SPACE_2 // 2))
        self.combo.activated.connect(self._activated)
        desk.changed.connect(self._changed)

    @property
    def view(self) -> ListView:
        """The view that is chosen for the kind that is shown."""
        wanted = (self._left.get(self._entity), self._views.default, ALL)
        offered = {each.key: each for each in self._offered()}
        return next(offered[key] for key in wanted if key in offered)

    def show_kind(self, entity: str) -> None:
        """Offer the views of this kind."""
        self._entity = entity
        self._read()

    def shows(self, entity: str) -> bool:
        """Whether the views of this kind are offered."""
        return entity == self._entity

    def choose(self, key: str) -> None:
        """Show this view of the kind; one that is not there leaves the choice as it is."""
        if key not in {each.key for each in self._offered()}:
            return
        may = self._may_leave()
        if may:
            self._left[self._entity] = key
        self._show()
        if may:
            self.chosen.emit()

    def change(self) -> None:
        """Open the editor of the view that is chosen, where it is the person's own."""
        if self.view.is_own:
            self._edit(self._in_sight(self.view))

    def add_columns(self) -> None:
        """Open the editor of the view that is chosen; a usual view stays as it is, and a new one begins with it."""
        if self.view.is_own:
            self.change()
        else:
            self._make()

    # ---- inside

    def _offered(self) -> tuple[ListView, ...]:
        return (*usual_views(ENTITIES[self._entity]), *self._views.own)

    def _read(self) -> None:
        with self._desk.read() as reader:
            self._views = list_views.load(reader, self._entity)
        self._show()

    def _show(self) -> None:
        self.combo.clear()
        for each in usual_views(ENTITIES[self._entity]):
            self.combo.addItem(view_name(each), each.key)
        if self._views.own:
            self.combo.insertSeparator(self.combo.count())
        for each in self._views.own:
            self.combo.addItem(each.name, each.key)
        self.combo.setCurrentIndex(self.combo.findData(self.view.key))
        self.combo.setToolTip(self.combo.currentText())

    def _activated(self) -> None:
        self.choose(str(self.combo.currentData()))

    def _changed(self, changes: Changes) -> None:
        if changes.options and self._entity:
            self._read()

    def _fill_menu(self) -> None:
        view, kind = self.view, tr(ENTITIES[self._entity].plural)
        self.menu.clear()
        self.menu.addAction(tr("New view …"), self._make)
        for words, does in (
            (tr("Change this view …"), self.change),
            (tr("Rename this view …"), self._rename),
            (tr("Duplicate this view"), self._duplicate),
            (tr("Delete this view"), self._delete),
        ):
            self.menu.addAction(words, does).setEnabled(view.is_own)
        self.menu.addSeparator()
        begins = self.menu.addAction(tr("Begin {kind} with this view", kind=kind), self._begin_with)
        begins.setCheckable(True)
        begins.setChecked(view.key == self._views.default)

    # ---- what a person does

    def _make(self) -> None:
        self._edit(replace(self._in_sight(self.view), key=new_id(), name="", is_own=True))

    def _rename(self) -> None:
        self._edit(self._in_sight(self.view)).name.selectAll()

    def _edit(self, draft: ListView) -> ViewEditor:
        # put off until here: the pane opens quickly, and few people make a view in each session
        from crmdesk.ui.dialogs.view_editor import ViewEditor

        before = self._views
        is_new = draft.key not in {each.key for each in before.own}
        editor = ViewEditor(self._desk, draft, self.window(), is_new=is_new)
        editor.kept.connect(lambda view: self._kept(view, before))
        editor.open()
        editor.name.setFocus(Qt.FocusReason.OtherFocusReason)
        return editor

    def _duplicate(self) -> None:
        before, names = self._views, {each.name.casefold() for each in self._views.own}
        copies = (tr("{name} ({n})", name=self.view.name, n=n) for n in range(2, len(names) + 3))
        name = next(each for each in copies if each.casefold() not in names)
        copy = replace(self._in_sight(self.view), key=new_id(), name=name)
        self._desk.do(lambda tx: actions.keep(tx, copy, self._desk.now), lambda changes: self._kept(copy, before))

    def _kept(self, view: ListView, before: Views) -> None:
        was = self.view.key
        self._look_at(view.entity, view.key)
        self.done.emit(tr("View “{name}” saved", name=view.name), lambda: self._put_back(view, before, was))

    def _delete(self) -> None:
        view, before = self.view, self._views
        if view.is_own and self._may_leave():
            self._desk.do(lambda tx: actions.remove(tx, view), lambda changes: self._gone(view, before))

    def _gone(self, view: ListView, before: Views) -> None:
        self._left.pop(view.entity, None)
        self._show()
        self.chosen.emit()
        words = tr("View “{name}” deleted. No record was.", name=view.name)
        self.done.emit(words, lambda: self._put_back(view, before, view.key))

    def _put_back(self, view: ListView, before: Views, shown: str) -> None:
        """Undo what was done to a view; `shown`: the view that was looked at before that."""
        self._desk.do(lambda tx: actions.put_back(tx, view, before), lambda changes: self._look_at(view.entity, shown))

    def _look_at(self, entity: str, key: str) -> None:
        if entity == self._entity:
            self.choose(key)

    def _begin_with(self) -> None:
        view, before = self.view, self._views.default
        if view.key != before:
            self._desk.do(lambda tx: actions.make_default(tx, view), lambda changes: self._begun(view, before))

    def _begun(self, view: ListView, before: str) -> None:
        words = tr("{kind} begin with the view “{name}”", kind=tr(view.kind.plural), name=view_name(view))
        was = replace(view, key=before)
        self.done.emit(words, lambda: self._desk.do(lambda tx: actions.make_default(tx, was)))


def view_name(view: ListView) -> str:
    """What a view is called, in the person's language where the name is the program's."""
    return view.name if view.is_own else tr(view.name)
