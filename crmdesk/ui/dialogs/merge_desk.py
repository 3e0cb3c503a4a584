"""The merge desk: two people changed the same record, and the fields in question are chosen one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QButtonGroup,
    QGridLayout,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from crmdesk.desk.desk import Desk
from crmdesk.model.entity import Entity, FieldType
from crmdesk.model.record import Record, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import records
from crmdesk.store.problems import Problem
from crmdesk.store.store import Reader
from crmdesk.texts import within
from crmdesk.ui.dialogs.saying import Saying
from crmdesk.ui.focus_order import one_tab_stop
from crmdesk.ui.parts import Link, button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import long_time, tr

ALWAYS_MINE = "always mine"
_BOTH = 2  # beside 1, mine, and 0, theirs
_TEXT_HEIGHT = 84
_PARENTS = ("parentcustomerid", "parentaccountid", "customerid", "regardingobjectid")


@dataclass(frozen=True)
class Contested:
    """A field that both changed, in words. `both`: a text made of the two to begin with; empty: it is no text."""

    name: str
    label: str
    agreed: str
    mine: str
    theirs: str
    both: str = ""


@dataclass(frozen=True)
class OnlyMine:
    """A field that only this person changed: both sides are kept, whatever is chosen."""

    label: str
    agreed: str
    mine: str


@dataclass(frozen=True)
class Merge:
    """What the merge desk shows. `theirs_by`: who wrote the other values, and when."""

    record: str
    kind: str
    fields: tuple[Contested, ...]
    only_mine: tuple[OnlyMine, ...]
    theirs_by: str


def read_merge(desk: Desk, reader: Reader, problem: Problem) -> Merge:
    """As both sides stand now; fields on which they agree meanwhile are left out."""
    saying = Saying(reader, desk.now)
    entity, kind = problem.entity, ENTITIES[problem.entity]
    local = records.stored(reader, problem.reference)
    shown = records.get(reader, problem.reference)
    base = dict(local.base or {}) if local is not None else {}
    edits = dict(local.edits) if local is not None else {}
    asked = [name for name in problem.details.get("fields", {}) if name in edits]
    who, when = base.get("modifiedby"), base.get("modifiedon")
    if who == f"systemuser:{reader.me}":  # after a part of the change was sent, the server names this person alone
        who, when = problem.details.get("who"), problem.details.get("when")
    by = f"{saying.person(who)}, {long_time(str(when), desk.now)}" if who and when else saying.person(who)
    return Merge(
        _titled(shown, saying),
        within(tr(kind.label)),
        tuple(
            Contested(
                name,
                saying.field(entity, name),
                saying.value(entity, name, edits[name].agreed),
                saying.value(entity, name, edits[name].mine),
                saying.value(entity, name, base.get(name)),
                _both(kind, name, edits[name].mine, base.get(name)),
            )
            for name in asked
        ),
        tuple(
            OnlyMine(
                saying.field(entity, name),
                saying.value(entity, name, edit.agreed),
                saying.value(entity, name, edit.mine),
            )
            for name, edit in edits.items()
            if name not in asked
        ),
        by,
    )


def _titled(record: Record | None, saying: Saying) -> str:
    """A record with what it belongs to, as people tell it from others of its name."""
    if record is None:
        return tr("The record is not here any more")
    for name in _PARENTS:
        if record[name]:
            return f"{record.name} · {saying.value(record.entity, name, record[name])}"
    return record.name


def _both(kind: Entity, name: str, mine: Value, theirs: Value) -> str:
    """Both texts in one, what they begin with alike said once; empty for what is no text."""
    field = kind.by_name.get(name)
    if field is None or field.type not in (FieldType.STRING, FieldType.MEMO):
        return ""
    if not (isinstance(mine, str) and isinstance(theirs, str)):
        return ""
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, theirs, strict=False)))
    shared = mine[:alike]
    shared = shared[: max(shared.rfind(sign) + len(sign) if sign in shared else 0 for sign in ("\n", ". "))]
    between = "\n" if field.type is FieldType.MEMO else " / "
    if shared and not shared.endswith("\n"):
        between = " "
    return f"{mine}{between}{theirs[len(shared) :]}"


class MergeDesk(QWidget):
    """Emits `answered` with a choice of actions.resolve, or ALWAYS_MINE, and the texts that were combined by name.

    `later`: it is left for now.
    """

    answered = Signal(str, object)
    later = Signal()

    def __init__(self, merge: Merge) -> None:
        super().__init__()
        self._merge = merge
        self._groups: dict[str, QButtonGroup] = {}
        self._texts: dict[str, QPlainTextEdit] = {}
        words = tr(
            "{record}. Everything else has been synchronised; this one waits for you. Whatever you choose, the other "
            "value stays in history.",
            record=merge.record,
        )
        always = Link(tr("Always keep mine"), lambda: self.answered.emit(ALWAYS_MINE, {}))
        always.setToolTip(
            tr("From now on nobody asks: yours wins, theirs goes to history. Personal options change it.")
        )
        self._save = button(tr("Save and go on"), "primary", clicked=self._answer)
        self._save.setDefault(True)
        buttons = columns(
            always,
            None,
            button(tr("Decide later"), clicked=self.later.emit),
            button(tr("All theirs"), clicked=lambda: self.choose_all(mine=False)),
            button(tr("All mine"), clicked=lambda: self.choose_all(mine=True)),
            self._save,
        )
        title = label(tr("Two people changed this {kind}", kind=merge.kind), "heading", wrap=True)
        layout = rows(title, label(words, "dim", wrap=True), spacing=SPACE_1)
        layout.addSpacing(SPACE_3)
        layout.addLayout(self._table())
        layout.addSpacing(SPACE_3)
        layout.addLayout(buttons)
        layout.addStretch(1)
        self.setLayout(layout)

    def choose_all(self, mine: bool) -> None:
        for group in self._groups.values():
            group.button(int(mine)).setChecked(True)

    def chosen(self) -> str:
        """The choice as actions.resolve takes it, for the fields that are not combined."""
        mine = [name for name, group in self._groups.items() if group.checkedId() == 1]
        if len(mine) == len(self._groups):
            return "mine"
        return f"mine:{','.join(mine)}" if mine else "theirs"

    def combined(self) -> dict[str, str]:
        """Field -> the text that was made of both."""
        names = (name for name, group in self._groups.items() if group.checkedId() == _BOTH)
        return {name: self._texts[name].toPlainText().strip() for name in names}

    def _answer(self) -> None:
        self.answered.emit(self.chosen(), self.combined())

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_4)
        grid.setVerticalSpacing(SPACE_2)
        for column, (words, width, stretch) in enumerate(
            ((tr("Field"), 104, 2), (tr("Agreed before"), 96, 2), (tr("Mine"), 150, 4), (tr("Theirs"), 150, 4))
        ):
            grid.addWidget(label(words, "section"), 0, column)
            grid.setColumnMinimumWidth(column, width)
            grid.setColumnStretch(column, stretch)
        line = 1
        for contested in self._merge.fields:
            line = _rule(grid, line)
            self._contested(grid, line, contested)
            line += 2
        for only in self._merge.only_mine:
            line = _rule(grid, line)
            grid.addWidget(label(only.label, "heading", wrap=True), line, 0)
            grid.addWidget(label(only.agreed, "dim", wrap=True), line, 1)
            words = tr("{value} — only you changed it", value=only.mine)
            grid.addWidget(label(words, "dim", wrap=True), line, 2)
            grid.addWidget(label(tr("both kept"), "chip-done"), line, 3, Qt.AlignmentFlag.AlignLeft)
            line += 1
        _rule(grid, line)
        return grid

    def _contested(self, grid: QGridLayout, line: int, contested: Contested) -> None:
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(label(contested.label, "heading", wrap=True), line, 0, top)
        grid.addWidget(label(contested.agreed, "dim", wrap=True), line, 1, top)
        group = QButtonGroup(self)
        mine = _ValueCard(contested.mine, tr("you, on this computer"))
        theirs = _ValueCard(contested.theirs, self._merge.theirs_by)
        mine.setAccessibleName(tr("{field}, mine: {value}", field=contested.label, value=contested.mine))
        theirs.setAccessibleName(
            tr("{field}, of {who}: {value}", field=contested.label, value=contested.theirs, who=self._merge.theirs_by)
        )
        group.addButton(mine, 1)
        group.addButton(theirs, 0)
        mine.setChecked(True)
        self._groups[contested.name] = group
        grid.addWidget(mine, line, 2, top)
        grid.addWidget(theirs, line, 3, top)
        if contested.both:
            grid.addLayout(self._combining(contested, group), line + 1, 2, 1, 2)
        one_tab_stop(group)

    def _combining(self, contested: Contested, group: QButtonGroup) -> QBoxLayout:
        """Below the two values: a third one, written by hand, that begins with both."""
        choose = button(tr("Combine both…"), "link")
        choose.setCheckable(True)
        choose.setAccessibleName(tr("{field}: combine both", field=contested.label))
        field = QPlainTextEdit(contested.both)
        field.setAccessibleName(tr("{field}, combined", field=contested.label))
        field.setTabChangesFocus(True)
        field.setFixedHeight(_TEXT_HEIGHT)
        field.hide()
        group.addButton(choose, _BOTH)
        group.idToggled.connect(lambda key, on: field.setVisible(on) if key == _BOTH else None)
        choose.clicked.connect(field.setFocus)
        self._texts[contested.name] = field
        return rows(columns(choose, None), field, spacing=SPACE_1)

    def first(self) -> QAbstractButton:
        """Where the keyboard begins."""
        group = next(iter(self._groups.values()), None)
        return self._save if group is None else group.button(1)


class _ValueCard(QPushButton):
    """A value with who wrote it, to choose."""

    def __init__(self, value: str, by: str) -> None:
        super().__init__()
        self.setProperty("kind", "choice")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        words = (label(value, wrap=True), label(by, "small", wrap=True))
        for each in words:
            each.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setLayout(rows(*words, spacing=2, margins=(SPACE_3, 6, SPACE_3, 6)))

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return super().sizeHint() if layout is None else layout.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(self.width()))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return 0 if layout is None else max(48, layout.heightForWidth(width))


def _rule(grid: QGridLayout, line: int) -> int:
    """A thin line over the next row; gives that row."""
    rule = frame(None, "line")
    rule.setFixedHeight(1)
    grid.addWidget(rule, line, 0, 1, 4)
    return line + 1
