"""Two records that are one: field by field, whose value the existing one has in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QGridLayout, QRadioButton, QWidget

from crmdesk.model.record import Record, Value
from crmdesk.model.words import ENTITIES
from crmdesk.ui.dialogs.saying import Saying
from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.parts import button, columns, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_4, SPACE_6
from crmdesk.ui.words import EMPTY, tr

_LEAST_WIDTH = 520


@dataclass(frozen=True)
class Differing:
    """A field in which the two differ, with both values as they are shown."""

    name: str
    label: str
    mine: str
    theirs: str
    theirs_is_empty: bool


def differing(mine: Record, theirs: Mapping[str, Value], saying: Saying) -> tuple[Differing, ...]:
    """The fields that the new one fills in otherwise than the existing one, in the form's order."""
    kind = ENTITIES[mine.entity]
    found = []
    for field in kind.fields:
        ours, there = mine[field.name], theirs.get(field.name)
        if (
            field.readonly
            or field.name in ("ownerid", "statecode", "statuscode")
            or ours in (None, "")
            or ours == there
        ):
            continue
        texts = saying.value(kind.name, field.name, ours), saying.value(kind.name, field.name, there)
        found.append(Differing(field.name, saying.field(kind.name, field.name), *texts, there in (None, "")))
    return tuple(found)


class CombineDialog(TabsAsRead, QDialog):
    """What the existing one lacks is taken from the new one, unless the person chooses otherwise."""

    def __init__(self, parent: QWidget, name: str, fields: Sequence[Differing]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Combine both"))
        self._new: dict[str, QRadioButton] = {}
        said = tr("{name} stays in the CRM, with the values that you choose. The new one goes to history.", name=name)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_4)
        grid.setVerticalSpacing(SPACE_2)
        for column, whose in enumerate((tr("New, made here"), tr("In the CRM")), 1):
            grid.addWidget(label(whose, "section"), 0, column)
            grid.setColumnStretch(column, 1)
        for row, each in enumerate(fields, 1):
            self._add(grid, row, each)
        combine = button(tr("Combine"), "primary", clicked=self.accept)
        combine.setDefault(True)
        foot = columns(None, button(tr("Cancel"), clicked=self.reject), combine)
        title = label(tr("Combine both"), "title")
        words = label(said, "dim", wrap=True)
        layout = rows(
            rows(title, words, spacing=SPACE_1), spacing=SPACE_4, margins=(SPACE_6, SPACE_4, SPACE_6, SPACE_4)
        )
        layout.addLayout(grid)
        layout.addLayout(foot)
        self.setLayout(layout)
        self.setMinimumWidth(_LEAST_WIDTH)

    def taken(self) -> list[str]:
        """The fields that the existing one takes over from the new one."""
        return [name for name, choice in self._new.items() if choice.isChecked()]

    def _add(self, grid: QGridLayout, row: int, each: Differing) -> None:
        group = QButtonGroup(self)
        mine, theirs = QRadioButton(each.mine), QRadioButton(each.theirs or EMPTY)
        mine.setAccessibleName(tr("{field}: {value}, of the new one", field=each.label, value=each.mine))
        theirs.setAccessibleName(tr("{field}: {value}, as it is in the CRM", field=each.label, value=theirs.text()))
        (mine if each.theirs_is_empty else theirs).setChecked(True)
        grid.addWidget(label(each.label, "dim"), row, 0)
        for column, choice in enumerate((mine, theirs), 1):
            group.addButton(choice)
            grid.addWidget(choice, row, column)
        self._new[each.name] = mine
