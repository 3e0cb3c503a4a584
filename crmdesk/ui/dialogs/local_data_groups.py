"""Local data groups: for each kind of record, which of them are kept on this computer. Saved all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from crmdesk.actions import choose
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.model.record import new_id
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES
from crmdesk.store import local_data, options
from crmdesk.store.local_data import EVERYBODY, MINE, DataGroup
from crmdesk.store.store import Transaction
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.dialogs.group_page import GroupPage
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.side_list import SideItem, SideList
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import plural, tr

_SIDE = 264


def group_name(group: DataGroup) -> str:
    """What the group is called, in the person's language where the name is the program's."""
    kind = tr(ENTITIES[group.entity].plural)
    plain = ENTITIES[group.entity].plural.lower()
    usual = {
        f"My {plain}": tr("My {kind}", kind=kind),
        f"All {plain}": tr("All {kind}", kind=kind),
        "Own conditions": tr("Own conditions"),
    }
    return usual.get(group.name, group.name)


class LocalDataGroups(DeskDialog):
    """Kinds of record with their groups at the left, the chosen group at the right.

    What is written here is a draft until Save; what a group alone kept leaves at the next synchronisation, and never
    the server.
    """

    def __init__(self, desk: Desk, parent: QWidget | None, entity: str = "contact") -> None:
        words = tr(
            "What one of the groups wants is kept on this computer, to be read and changed offline. What you track "
            "or are changing is kept as well. Leaving a group never deletes anything on the server."
        )
        super().__init__(desk, tr("Local data groups"), words, parent, (1040, 660))
        self._saved: dict[str, tuple[DataGroup, ...]] = {}
        self._drafts: dict[str, list[DataGroup]] = {}
        self._sizes: dict[str, int] = {}
        self.side = SideList(tr("Kinds of record and their groups"))
        self.side.setFixedWidth(_SIDE)
        self.page = GroupPage(desk)
        self.empty = label("", "dim", wrap=True)
        self.note = label("", "", wrap=True)
        self._note = frame(columns(self.note, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2)), "bar-waiting")
        self.add = button(tr("Add a group"), icon_name="plus", clicked=self._add)
        self.defaults = button(tr("Restore defaults"), icon_name="arrow-counter-clockwise", clicked=self._restore)
        self._cards = Cards(tr("The chosen group"), spacing=SPACE_3)
        self._cards.show_cards([self._note, self.page, self.empty])
        left = frame(rows(self.side, spacing=0, margins=(1, 1, 1, 1)), "card")
        tools = columns(self.add, self.defaults, spacing=SPACE_2)
        right = rows(self._cards, self.page.count, spacing=SPACE_2)
        body = columns(rows(left, tools, spacing=SPACE_2), right, spacing=SPACE_4)
        body.setStretch(1, 1)
        self.body.addLayout(body, 1)
        self.remove = self.add_button(tr("Remove this group"), "danger", self._remove, left=True)
        self.add_button(tr("Cancel"), clicked=self.reject)
        self.save = self.add_button(tr("Save"), "primary", self._save)
        self.side.chosen.connect(self._chosen)
        self.page.edited.connect(self._edited)
        self.refresh()
        self._choose(entity)

    # ---- what is shown

    def concerns(self, changes: Changes) -> bool:
        return changes.options or bool(changes.entities & set(LOCAL_ENTITIES))

    def refresh(self) -> None:
        """Read anew; what was written here stays."""
        with self.desk.read() as reader:
            saved = local_data.all_groups(reader)
            self._sizes = {name: local_data.group_size(reader, name)[0] for name in LOCAL_ENTITIES}
            self._all_contacts = options.load(reader).contacts_copy == "all"
        for name, found in saved.items():
            if self._drafts.get(name, []) == list(self._saved.get(name, ())):
                self._drafts[name] = list(found)
        self._saved = saved
        self._show_side()

    def _show_side(self) -> None:
        items = []
        for name in LOCAL_ENTITIES:
            kind = ENTITIES[name]
            items.append(SideItem(tr(kind.plural), name, kind.icon, self._sizes[name]))
            for group in self._drafts[name]:
                words = group_name(group) if group.enabled else tr("{name} (off)", name=group_name(group))
                items.append(
                    SideItem(words or tr("(no name)"), group.id, "check" if group.enabled else "minus", level=1)
                )
        self.side.show_items(items)

    def _choose(self, entity: str) -> None:
        groups = self._drafts[entity]
        self._choose_item(groups[0].id if groups else entity)

    def _choose_item(self, key: str) -> None:
        """Show it, also when it was chosen already and is another one now."""
        self.side.blockSignals(True)
        self.side.choose(key)
        self.side.blockSignals(False)
        self._chosen(key)

    @property
    def entity(self) -> str:
        """The kind of record that is looked at."""
        key = self.side.key
        group = self._group(key)
        return group.entity if group is not None else str(key or LOCAL_ENTITIES[0])

    def _group(self, key: object) -> DataGroup | None:
        return next((each for found in self._drafts.values() for each in found if each.id == key), None)

    def _chosen(self, key: object) -> None:
        group = self._group(key)
        self.page.setVisible(group is not None)
        self.page.count.setVisible(group is not None)
        self.empty.setVisible(group is None)
        self.remove.setVisible(group is not None)
        self._note.setVisible(self.entity == "contact" and self._all_contacts)
        self.note.setText(
            tr("All contacts are kept, whatever these groups want: so says the option “Contacts from the CRM”.")
        )
        if group is not None:
            self.page.show_group(group, group_name(group))
        else:
            self.empty.setText(self._about(self.entity))
        self._may_save()

    def _about(self, entity: str) -> str:
        kind, count = tr(ENTITIES[entity].plural), self._sizes[entity]
        here = plural(count, "{n} record is here now.", "{n} records are here now.")
        groups = self._drafts[entity]
        if not groups:
            return tr("{kind} have no group, so none is kept. {here}", kind=kind, here=here)
        words = plural(len(groups), "{kind} have {n} group.", "{kind} have {n} groups.", kind=kind)
        return f"{words} {here}"

    # ---- what a person does

    def _edited(self) -> None:
        group = self.page.group
        if group is None:
            return
        draft = self._drafts[group.entity]
        self._drafts[group.entity] = [group if each.id == group.id else each for each in draft]
        self._show_side()
        self._may_save()

    def _may_save(self) -> None:
        """A group that cannot be used is not left behind: its page stays until it can, or is removed."""
        trouble = self.page.trouble if self._group(self.side.key) is not None else ""
        self.save.setEnabled(not trouble and self._changed_kinds() != [])
        self.save.setToolTip(trouble)
        self.side.setEnabled(not trouble)
        self.add.setEnabled(not trouble)
        self.say("")

    def _changed_kinds(self) -> list[str]:
        return [name for name in LOCAL_ENTITIES if tuple(self._drafts[name]) != self._saved[name]]

    def _add(self) -> None:
        entity = self.entity
        names = {each.name for each in self._drafts[entity]}
        number = next(n for n in range(1, 1000) if tr("Group {n}", n=n) not in names)
        text = MINE if ENTITIES[entity].is_owned else EVERYBODY
        group = DataGroup(new_id(), entity, tr("Group {n}", n=number), text)
        self._drafts[entity].append(group)
        self._show_side()
        self._choose_item(group.id)
        self.page.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.page.name.selectAll()

    def _remove(self) -> None:
        group, entity = self._group(self.side.key), self.entity
        if group is None:
            return
        self._drafts[entity].remove(group)
        self._show_side()
        self.side.setEnabled(True)
        self._choose(entity)

    def _restore(self) -> None:
        entity = self.entity
        self._drafts[entity] = list(local_data.default_groups(entity))
        self._show_side()
        self.side.setEnabled(True)
        self._choose(entity)

    def _save(self) -> None:
        wanted = {name: tuple(self._drafts[name]) for name in self._changed_kinds()}
        self.act(lambda tx: _save_all(tx, wanted), lambda changes: self.accept())


def _save_all(tx: Transaction, wanted: Mapping[str, Sequence[DataGroup]]) -> Changes:
    done = [choose.set_groups(tx, name, found) for name, found in wanted.items()]
    return reduce(lambda some, more: some | more, done, NOTHING)
