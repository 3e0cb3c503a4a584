"""A new record beside those of the CRM that it looks like: which of them is meant?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLayoutItem, QPushButton, QWidget
from shiboken6 import isValid

from crmdesk.desk.desk import Desk
from crmdesk.model.entity import Entity
from crmdesk.model.record import Record, Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import records
from crmdesk.store.problems import Problem
from crmdesk.store.store import Reader
from crmdesk.ui.dialogs.combine_view import CombineDialog, differing
from crmdesk.ui.dialogs.saying import Saying
from crmdesk.ui.parts import button, columns, frame, label, restyle, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import EMPTY, long_time, tr

_USUAL = ("emailaddress1", "telephone1", "mobilephone", "jobtitle", "address1_city")


@dataclass(frozen=True)
class Candidate:
    """One that is in the CRM. values None: it is not in the local data."""

    reference: Reference
    name: str
    values: Mapping[str, Value] | None
    rule: str = ""


@dataclass(frozen=True)
class Duplicate:
    """A record with those it looks like; `fields` are compared. `is_new`: it is not in the CRM yet."""

    mine: Record | None
    fields: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    is_new: bool = True


def read_duplicate(reader: Reader, problem: Problem) -> Duplicate:
    kind, mine = ENTITIES[problem.entity], records.get(reader, problem.reference)
    given = [
        (Reference(each.get("entity", problem.entity), str(each["id"])), str(each["name"]), str(each.get("rule", "")))
        for each in problem.details.get("candidates", ())
    ]
    here = records.get_many(reader, [reference for reference, _, _ in given])
    candidates = tuple(
        Candidate(reference, name, dict(here[reference].values) if reference in here else None, rule)
        for reference, name, rule in given
    )
    return Duplicate(mine, _compared(kind, mine), candidates, "use" in problem.choices)


def _compared(kind: Entity, mine: Record | None) -> tuple[str, ...]:
    """The fields that tell two of a kind apart: what its lists show, and what the new one holds."""
    names = dict.fromkeys((*kind.columns, *(name for name in _USUAL if kind.has(name))))
    told = (kind.name_field, "ownerid")  # the name stands above; both are usually the same person's
    filled = [name for name in names if name not in told and mine is not None and mine[name] not in (None, "")]
    return tuple(filled[:8])


class DuplicateView(QWidget):
    """Emits `answered` with a choice of actions.resolve."""

    answered = Signal(str)

    def __init__(self, desk: Desk, duplicate: Duplicate, saying: Saying, online: bool) -> None:
        super().__init__()
        self._desk, self._duplicate = desk, duplicate
        mine = duplicate.mine
        named = mine.name if mine is not None else tr("The new record")
        words = tr(
            "{name} was made here and looks like one that is already in the CRM. It was not sent; it waits for you.",
            name=named,
        )
        if not duplicate.is_new:
            words = tr(
                "{name} was changed here and looks like another one now. The change was not sent; it waits for you.",
                name=named,
            )
        there: list[QWidget] = [self._candidate(each, saying, online) for each in duplicate.candidates]
        if not there:
            unseen = tr("The CRM says that there is one like it, but you may not see that one.")
            there = [frame(columns(label(unseen, "dim", wrap=True), margins=(SPACE_4,) * 4))]
        cards = QHBoxLayout()
        cards.setSpacing(SPACE_3)
        # several stand one below the other, beside the new one: side by side they would be cut
        upper = Qt.AlignmentFlag.AlignTop if len(there) > 1 else Qt.AlignmentFlag(0)
        cards.addWidget(self._mine(saying), 1, upper)
        cards.addLayout(rows(*there, spacing=SPACE_3), 1)
        save = tr("Create it anyway") if duplicate.is_new else tr("Save it anyway")
        anyway = button(save, clicked=partial(self.answered.emit, "create"))
        throw = tr("Discard the new one") if duplicate.is_new else tr("Discard my change")
        discard = button(throw, "danger", clicked=partial(self.answered.emit, "discard"))
        discard.setToolTip(tr("What it held stays in history."))
        title = label(tr("Is this somebody that you know already?"), "heading", wrap=True)
        if problem_kind(duplicate) != "contact":
            title.setText(tr("Is this in the CRM already?"))
        layout = rows(title, label(words, "dim", wrap=True), spacing=SPACE_1)
        layout.addSpacing(SPACE_2)
        layout.addLayout(cards)
        layout.addSpacing(SPACE_2)
        layout.addLayout(columns(None, discard, anyway))
        layout.addStretch(1)
        self.setLayout(layout)

    def _mine(self, saying: Saying) -> QFrame:
        mine, values = self._duplicate.mine, {}
        if mine is not None:
            values = dict(mine.values)
        chip = tr("New, made here") if self._duplicate.is_new else tr("Changed here")
        head = columns(label(chip, "chip-waiting"), None)
        grid = self._values(mine.entity if mine else "", values, saying)
        name = label(mine.name if mine else EMPTY, "heading", wrap=True)
        return frame(rows(head, name, grid, None, spacing=SPACE_2, margins=(SPACE_4, SPACE_3, SPACE_4, SPACE_3)))

    def _candidate(self, candidate: Candidate, saying: Saying, online: bool) -> QFrame:
        use = button(
            tr("Use this one"), "primary", clicked=partial(self.answered.emit, f"use:{candidate.reference.id}")
        )
        use.setAccessibleName(tr("Use this one: {name}", name=candidate.name))
        use.setToolTip(tr("The new one goes to history, and what points at it points at this one."))
        use.setVisible(self._duplicate.is_new)
        both = self._combine_button(candidate, saying)
        state = label("", "small", wrap=True)
        why = label(candidate.rule, "dim", wrap=True)
        why.setVisible(bool(candidate.rule))
        grid = self._values(candidate.reference.entity, candidate.values or {}, saying)
        if candidate.values is None:
            state.setText(tr("Not in your local data.") if not online else tr("Asking the server …"))
        elif candidate.values.get("modifiedon"):
            when = long_time(str(candidate.values["modifiedon"]), self._desk.now)
            state.setText(tr("changed {when}", when=when))
        if candidate.values is None and online:
            self._look(candidate, grid, state)
        # what the server has not seen yet has no moment at which the server changed it
        only_here = candidate.values is not None and not candidate.values.get("modifiedon")
        chip = label(tr("On this computer"), "chip-waiting") if only_here else label(tr("In the CRM"), "chip-tracked")
        head = columns(chip, None)
        name = label(candidate.name, "heading", wrap=True)
        margins = (SPACE_4, SPACE_3, SPACE_4, SPACE_3)
        foot = columns(None, both, use)
        return frame(rows(head, name, why, grid, state, None, foot, spacing=SPACE_2, margins=margins))

    def _combine_button(self, candidate: Candidate, saying: Saying) -> QPushButton:
        mine, theirs = self._duplicate.mine, candidate.values
        made = button(tr("Combine both…"))
        made.setToolTip(tr("The existing one stays and takes over what you choose from the new one."))
        can = self._duplicate.is_new and mine is not None and theirs is not None
        made.setVisible(can and mine is not None and mine.entity == candidate.reference.entity)
        if mine is None or theirs is None:
            return made
        fields = differing(mine, theirs, saying)

        def ask() -> None:
            dialog = CombineDialog(self, candidate.name, fields)
            dialog.accepted.connect(lambda: combine(dialog.taken()))
            dialog.open()

        def combine(taken: list[str]) -> None:
            fields = f":{','.join(taken)}" if taken else ""
            self.answered.emit(f"combine:{candidate.reference.id}{fields}")

        made.clicked.connect(ask)
        return made

    def _values(self, entity: str, values: Mapping[str, Value], saying: Saying) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_3)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(self._duplicate.fields):
            grid.addWidget(label(saying.field(entity, name), "dim"), row, 0)
            shown = label(saying.value(entity, name, values.get(name)), self._weight(name, values), wrap=True)
            grid.addWidget(shown, row, 1)
            grid.addWidget(self._mark(name, values), row, 2, Qt.AlignmentFlag.AlignTop)
        return grid

    def _mark(self, name: str, values: Mapping[str, Value]) -> QLabel:
        """Beside a value that is another one than the new one's: weight alone would not tell everybody."""
        mark = label("≠", "dim")
        mark.setToolTip(tr("Differs from the new one"))
        mark.setAccessibleName(tr("Differs from the new one"))
        mark.setVisible(self._differs(name, values))
        return mark

    def _weight(self, name: str, values: Mapping[str, Value]) -> str:
        """In what the two differ is seen at once."""
        return "heading" if self._differs(name, values) else ""

    def _differs(self, name: str, values: Mapping[str, Value]) -> bool:
        mine = self._duplicate.mine
        return bool(values) and mine is not None and mine[name] != values.get(name)

    def _look(self, candidate: Candidate, grid: QGridLayout, state: QLabel) -> None:
        """Fill it with what the server says."""

        def came(row: object) -> None:
            if not isValid(self):
                return
            values: Mapping[str, Value] = getattr(row, "values", {})
            with self._desk.read() as reader:
                saying = Saying(reader, self._desk.now)
                for number, name in enumerate(self._duplicate.fields):
                    shown, mark = (_widget(grid.itemAtPosition(number, column)) for column in (1, 2))
                    if isinstance(shown, QLabel) and isinstance(mark, QLabel):
                        mark.setVisible(self._differs(name, values))
                        shown.setText(saying.value(candidate.reference.entity, name, values.get(name)))
                        restyle(shown, self._weight(name, values))
            state.setText(tr("as the server has it now"))

        def failed(words: str) -> None:
            if isValid(self):
                state.setText(words)

        self._desk.look_live(candidate.reference, came, failed)


def _widget(item: QLayoutItem | None) -> QWidget | None:
    return None if item is None else item.widget()


def problem_kind(duplicate: Duplicate) -> str:
    return duplicate.mine.entity if duplicate.mine is not None else ""
