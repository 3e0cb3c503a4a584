"""What needs the person: each problem in words, with the choices that solve it; the merge desk among them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from crmdesk.actions import resolve
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Record, Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import problems, records
from crmdesk.store.problems import Problem
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.dialogs.scroll_list import ScrollList
from crmdesk.ui.dialogs.values import field_label, names_in, value_words
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import NameOf, long_time, tr


class ProblemsDialog(Dialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("Everything else is synchronised. Whatever you choose, the other value stays in history.")
        super().__init__(tr("What needs you"), words, parent, (760, 560))
        self._desk = desk
        self._list = ScrollList(tr("What needs you"), tr("Nothing needs you. Everything is in order."))
        self._trouble = label("", "failed", wrap=True)
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self.body.addWidget(self._list, 1)
        self.add_close().setText(tr("Decide later"))
        desk.changed.connect(self._changed)
        self.read()

    def read(self) -> None:
        with self._desk.read() as reader:
            found = problems.open_problems(reader)
            here = records.get_many(reader, [each.reference for each in found if each.entity in ENTITIES])
            values = [v for each in found for pair in each.details.get("fields", {}).values() for v in pair.values()]
            name_of = names_in(reader, *values, *(each.details.get("who") for each in found))
        self._list.show_rows(self._card(each, here.get(each.reference), name_of) for each in found)

    def _card(self, problem: Problem, record: Record | None, name_of: NameOf) -> QWidget:
        kind = ENTITIES.get(problem.entity)
        named = record.name if record else tr(kind.plural) if kind else tr("A message")
        title = f"{named} · {tr(kind.label)}" if record and kind else named
        parts: list[QWidget] = [label(title, "heading", wrap=True), label(problem.words, "dim", wrap=True)]
        if problem.kind == "conflict":
            parts.append(self._merge_desk(problem, name_of))
        layout = rows(*parts, spacing=SPACE_2, margins=(SPACE_4, SPACE_3, SPACE_4, SPACE_3))
        layout.addLayout(columns(None, *self._choices(problem), spacing=SPACE_2))
        return frame(layout)

    def _merge_desk(self, problem: Problem, name_of: NameOf) -> QWidget:
        """Field by field: agreed before, mine, theirs; who, and when."""
        holder, grid = QWidget(), QGridLayout()
        grid.setContentsMargins(0, SPACE_2, 0, SPACE_2)
        grid.setHorizontalSpacing(SPACE_4)
        who = problem.details.get("who")
        theirs = (name_of(Reference.parse(str(who))) if who else None) or tr("somebody else")
        when = problem.details.get("when")
        heading = f"{theirs}, {long_time(str(when), self._desk.now)}" if when else theirs
        for column, words in enumerate((tr("Field"), tr("Agreed before"), tr("Mine"), heading)):
            grid.addWidget(label(words, "small"), 0, column)
        for line, (name, pair) in enumerate(problem.details.get("fields", {}).items(), 1):
            grid.addWidget(label(field_label(problem.entity, name), "heading"), line, 0, Qt.AlignmentFlag.AlignTop)
            for column, side in enumerate(("agreed", "mine", "theirs"), 1):
                words = value_words(problem.entity, name, pair.get(side), name_of, self._desk.now)
                grid.addWidget(label(words, "dim" if side == "agreed" else "", wrap=True), line, column)
        for column in range(4):
            grid.setColumnStretch(column, 1)
        holder.setLayout(grid)
        return holder

    def _choices(self, problem: Problem) -> list[QWidget]:
        made: list[QWidget] = []
        for choice in problem.choices:
            if choice == "use":
                for each in problem.details.get("candidates", ()):
                    words = tr("Use {name}", name=each["name"])
                    made.append(button(words, clicked=self._answer(problem.id, f"use:{each['id']}")))
                continue
            kind = "danger" if choice == "discard" and problem.kind != "mail" else ""
            made.append(button(_words(problem.kind, choice), kind, clicked=self._answer(problem.id, choice)))
        return made

    def _answer(self, key: str, choice: str) -> Callable[[], None]:
        def answer() -> None:
            self._trouble.hide()
            self._desk.do(lambda tx: resolve.resolve(tx, key, choice), None, self._refused)

        return answer

    def _refused(self, words: str) -> None:
        self._trouble.setText(words)
        self._trouble.show()

    def _changed(self, changes: Changes) -> None:
        if changes.problems or changes.entities:
            self.read()


def _words(kind: str, choice: str) -> str:
    special = {
        ("changed there", "mine"): tr("Delete it after all"),
        ("changed there", "theirs"): tr("Keep it"),
        ("mail", "retry"): tr("Send again"),
        ("mail", "discard"): tr("Back to drafts"),
        ("reload", "theirs"): tr("Remove them"),
        ("reload", "retry"): tr("Ask again"),
    }
    usual = {
        "mine": tr("Keep mine"),
        "theirs": tr("Keep theirs"),
        "create": tr("Create it anyway"),
        "recreate": tr("Make it again"),
        "retry": tr("Try again"),
        "discard": tr("Discard mine"),
    }
    return special.get((kind, choice)) or usual[choice]
