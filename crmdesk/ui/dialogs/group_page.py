"""One local data group in the editor: its name, whether it is on, its conditions, and how much that is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.store.local_data import DataGroup
from crmdesk.ui.dialogs.filter_editor import FilterEditor
from crmdesk.ui.dialogs.live_count import LiveCount, Told
from crmdesk.ui.parts import columns, rows
from crmdesk.ui.tokens import SPACE_3, SPACE_4
from crmdesk.ui.words import plural, size_words, tr

if TYPE_CHECKING:
    from crmdesk.sync.measure import Measured


class GroupPage(QWidget):
    """Shows a group and lets it be changed; `edited` tells of each change. Nothing is saved here."""

    edited = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._group: DataGroup | None = None
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the group"))
        self.name.setPlaceholderText(tr("Name of the group"))
        self.name.textEdited.connect(self._name_edited)
        self.enabled = QCheckBox(tr("Keep these records on this computer"))
        self.enabled.toggled.connect(self._switched)
        self.conditions = FilterEditor(desk)
        self.conditions.changed.connect(self._conditions_edited)
        self.count = LiveCount(partial(_ask_server, desk))  # has its own place, always in sight
        head = columns(self.name, self.enabled, spacing=SPACE_4)
        self.setLayout(rows(head, self.conditions, spacing=SPACE_3))

    @property
    def group(self) -> DataGroup | None:
        """The group as it stands now; its filter is the last one that could be understood."""
        return self._group

    @property
    def trouble(self) -> str:
        """Why it cannot be saved; an empty text when it can."""
        if self._group is None:
            return ""
        if not self._group.name.strip():
            return tr("Give the group a name.")
        return self.conditions.trouble

    def show_group(self, group: DataGroup, name: str) -> None:
        """`name`: what it is called in the person's language."""
        self._group = group
        self.name.setText(name)
        self.enabled.blockSignals(True)
        self.enabled.setChecked(group.enabled)
        self.enabled.blockSignals(False)
        self.conditions.show_filter(group.entity, group.filter)
        self._count()

    def _name_edited(self, text: str) -> None:
        self._now(name=text)

    def _switched(self, on: bool) -> None:
        self._now(enabled=on)

    def _conditions_edited(self) -> None:
        self._now(filter=self.conditions.filter)
        self._count()

    def _now(self, **changed: object) -> None:
        if self._group is not None:
            self._group = replace(self._group, **changed)  # type: ignore[arg-type]
            self.edited.emit()

    def _count(self) -> None:
        if self.conditions.trouble:
            self.count.say(self.conditions.trouble)
        elif self._group is not None:
            self.count.ask(self._group.entity, self._group.filter)


def _ask_server(desk: Desk, entity: str, text: str, counted: Told, failed: Told) -> None:
    desk.measure_group(entity, text, lambda found: counted(measured_words(found)), failed)


def measured_words(found: Measured | None) -> str:
    """1,240 records, about 3 MB · More than 5,000 records · It is counted when you are online."""
    if found is None:
        return tr("It is counted when you are online.")
    if found.is_more:
        return plural(found.count, "More than {n} record", "More than {n} records")
    if found.is_about:
        count = plural(found.count, "About {n} record", "About {n} records")
    else:
        count = plural(found.count, "This is {n} record", "This is {n} records")
    return tr("{count}, about {size}", count=count, size=size_words(found.size)) if found.size else count
