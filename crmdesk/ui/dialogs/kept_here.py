"""What is kept on this computer, in the options: each kind of record with its groups and how many are here."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES
from crmdesk.store import local_data
from crmdesk.store.local_data import DataGroup
from crmdesk.store.store import Reader
from crmdesk.ui.dialogs.local_data_groups import LocalDataGroups, group_name
from crmdesk.ui.parts import Link, button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import plural, tr


class KeptHere(QWidget):
    """One line per entity; a line opens the editor."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        words = tr(
            "Which records are kept on this computer, to be read and changed offline. What you track or "
            "are changing is kept as well. A change counts from the next synchronisation on."
        )
        self._lines = {name: _Line(name) for name in LOCAL_ENTITIES}
        for each in self._lines.values():
            each.chosen.connect(self.edit)
        change = button(tr("Change the groups"), "primary", clicked=lambda: self.edit("contact"))
        now = button(tr("Synchronise now"), clicked=desk.sync_now)
        layout = rows(label(words, "dim", wrap=True), spacing=SPACE_2)
        layout.addLayout(columns(change, now, None, spacing=SPACE_2))
        layout.addWidget(frame(rows(*self._lines.values(), spacing=0, margins=(SPACE_4, SPACE_2, SPACE_4, SPACE_2))))
        self.setLayout(layout)

    def read(self, reader: Reader) -> None:
        for name, groups in local_data.all_groups(reader).items():
            self._lines[name].show_groups(groups, local_data.group_size(reader, name)[0])

    def edit(self, entity: str) -> None:
        LocalDataGroups(self._desk, self, entity).open()


class _Line(QWidget):
    chosen = Signal(str)  # the entity

    def __init__(self, entity: str) -> None:
        super().__init__()
        kind = tr(ENTITIES[entity].plural)
        name = Link(kind, lambda: self.chosen.emit(entity), quiet=True)
        name.setAccessibleName(tr("Change the groups of {kind}", kind=kind))
        name.setFixedWidth(150)
        self._groups: QLabel = label("", wrap=True)
        self._count = label("", "small")
        line = columns(name, self._groups, self._count, spacing=SPACE_3, margins=(0, SPACE_2, 0, SPACE_2))
        line.setStretch(1, 1)
        self.setLayout(line)

    def show_groups(self, groups: tuple[DataGroup, ...], count: int) -> None:
        names = [group_name(each) for each in groups if each.enabled]
        self._groups.setText(", ".join(names) or tr("None"))
        self._count.setText(plural(count, "{n} record here", "{n} records here"))
