"""A view of one's own is made or changed: its name, columns, order and conditions, and how many records that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from crmdesk.actions import list_views as actions
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.list_view import ListView, columns_of, order_of, usual_views
from crmdesk.model.query import Query
from crmdesk.model.words import ENTITIES
from crmdesk.store import list_views, records
from crmdesk.store.store import Reader
from crmdesk.texts import within
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.dialogs.filter_editor import FilterEditor
from crmdesk.ui.dialogs.live_count import LiveCount, Told
from crmdesk.ui.dialogs.view_columns import ViewColumns
from crmdesk.ui.dialogs.view_order import ViewOrder
from crmdesk.ui.parts import columns, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import plural, tr

_SIDE = 264


class ViewEditor(DeskDialog):
    """Holds a draft until Save; `kept` tells of the view as it was saved, which is shown next."""

    kept = Signal(object)  # ListView

    def __init__(self, desk: Desk, draft: ListView, parent: QWidget | None, is_new: bool) -> None:
        kinds = within(tr(draft.kind.plural))
        title = tr("New view of {kinds}", kinds=kinds) if is_new else tr("Change a view of {kinds}", kinds=kinds)
        words = tr("What the list shows, and how. Views are yours alone and stay on this computer.")
        super().__init__(desk, title, words, parent, (1040, 720))
        self._draft = draft
        self.name = QLineEdit(draft.name)
        self.name.setAccessibleName(tr("Name of the view"))
        self.name.setPlaceholderText(tr("Name of the view"))
        self.columns = ViewColumns(draft.kind, columns_of(draft))
        self.columns.setFixedWidth(_SIDE)
        self.order = ViewOrder(draft.kind, order_of(draft.kind, draft.order))
        self.conditions = FilterEditor(desk)
        self.count = LiveCount(partial(_count_here, desk))
        cards = Cards(tr("Order and conditions"), spacing=SPACE_3)
        cards.show_cards([self.order, self.conditions])
        body = columns(self.columns, rows(cards, self.count, spacing=SPACE_2), spacing=SPACE_4)
        body.setStretch(1, 1)
        self.body.addWidget(self.name)
        self.body.addSpacing(SPACE_2)
        self.body.addLayout(body, 1)
        self.add_button(tr("Cancel"), clicked=self.reject)
        self.save = self.add_button(tr("Save"), "primary", self._save)
        self.conditions.changed.connect(self._conditions_changed)
        self.conditions.show_filter(draft.entity, draft.filter)
        self._count()

    @property
    def view(self) -> ListView:
        """The view as it stands now."""
        return replace(
            self._draft,
            name=" ".join(self.name.text().split()),
            columns=self.columns.columns,
            order=self.order.order,
            filter=self.conditions.filter,
        )

    def concerns(self, changes: Changes) -> bool:
        return self._draft.entity in changes.entities or changes.options

    def refresh(self) -> None:
        """Records came or went: what was written here stays."""
        self._count()

    def _conditions_changed(self) -> None:
        self.say("")
        self._count()

    def _count(self) -> None:
        if self.conditions.trouble:
            self.count.say(self.conditions.trouble)
        else:
            self.count.ask(self._draft.entity, self.conditions.filter)

    def _save(self) -> None:
        view = self.view
        if not view.name:
            self.say(tr("Give the view a name."))
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.conditions.trouble:
            self.say(self.conditions.trouble)
        else:
            self.act(lambda tx: actions.keep(tx, view, self.desk.now), lambda changes: self._saved(view))

    def _saved(self, view: ListView) -> None:
        self.kept.emit(view)
        self.accept()


def _count_here(desk: Desk, entity: str, text: str, counted: Told, failed: Told) -> None:
    """In the local data, as the list will: with what is private or not sent yet."""
    now = desk.now

    def told(found: int | str) -> None:
        if isinstance(found, str):
            failed(found)
        else:
            counted(_count_words(found))

    desk.read_list(lambda reader: _counted(reader, entity, text, now), told, failed)


def _counted(reader: Reader, entity: str, text: str, now: datetime) -> int | str:
    """How many records of this computer fit, or why that cannot be asked."""
    every = usual_views(ENTITIES[entity])[0]
    try:
        question = list_views.question(reader, replace(every, filter=text), now)
    except ValueError as error:
        return str(error)
    return records.count(reader, Query(entity, filter=question), now)


def _count_words(count: int) -> str:
    return plural(count, "{n} record on this computer fits", "{n} records on this computer fit")
