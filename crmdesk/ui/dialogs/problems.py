"""What needs the person: the problems in a list, the chosen one beside it in words, with the choices that solve it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from crmdesk.actions import choose, edit, resolve
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.session.connection import ConnectionState, state_of
from crmdesk.store import mailbox, problems, records
from crmdesk.store.problems import KINDS, Problem
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import within
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.dialogs.duplicate_view import Duplicate, DuplicateView, read_duplicate
from crmdesk.ui.dialogs.merge_desk import ALWAYS_MINE, Merge, MergeDesk, read_merge
from crmdesk.ui.dialogs.saying import FieldChange, Saying
from crmdesk.ui.dialogs.waiting import change_grid
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line, fixed
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import long_time, plural, tr


@dataclass(frozen=True)
class Shown:
    """A problem with all that its view needs, so that a view is only made anew when something of it changed."""

    problem: Problem
    name: str
    changes: tuple[FieldChange, ...] = ()
    there: tuple[FieldChange, ...] = ()  # what somebody else changed, or the last values of what was deleted
    by: str = ""  # who, and when
    merge: Merge | None = None
    duplicate: Duplicate | None = None
    online: bool = True


class ProblemsDialog(DeskDialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("Everything else is synchronised. Nothing here is lost: what you do not choose stays in history.")
        super().__init__(desk, tr("What needs you"), words, parent, (1060, 620))
        self._problems: dict[str, Problem] = {}
        self._current: Shown | None = None
        self.table = RecordTable(Shape.CARD, tr("What needs you"))
        self.table.setFixedWidth(256)
        self.table.current_changed.connect(self._chosen)
        self._list = frame(columns(self.table, margins=(1, 1, 1, 1)))
        self._view = Cards(tr("The chosen problem"))
        self._count = QLabel()
        self._count.setProperty("kind", "small")
        layout = columns(rows(self._list, self._count), self._view, spacing=SPACE_4)
        layout.setStretch(1, 1)
        self.body.addLayout(layout, 1)
        self._answered: Reference | None = None  # whose answer can be taken back
        self._undo = self.add_button(tr("Take the last answer back"), "link", self._take_back, left=True)
        self._undo.hide()
        self.add_close()
        self.refresh()

    def concerns(self, changes: Changes) -> bool:
        return changes.problems or bool(changes.entities) or changes.messages

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table.setFocus()

    def refresh(self) -> None:
        with self.desk.read() as reader:
            found = problems.open_problems(reader)
            lines = [_line(each, _name(reader, each), self.desk) for each in found]
        before = list(self._problems)
        self._problems = {each.id: each for each in found}
        kept = self._current.problem.id if self._current else ""
        if list(self._problems) != before:
            self.table.show_rows(fixed(lines))
        self._list.setVisible(bool(found))
        self._count.setVisible(bool(found))
        self._count.setText(plural(len(found), "{n} needs your answer", "{n} need your answer"))
        if kept not in self._problems:
            place = before.index(kept) if kept in before else 0
            kept = list(self._problems)[min(place, len(found) - 1)] if found else ""
        if kept:
            self.table.choose_key(kept)
            self._show(kept)
        else:
            self._show_nothing()

    def _chosen(self, line: Line | None) -> None:
        if line is not None:
            self._show(str(line.key))

    def _show_nothing(self) -> None:
        self._current = None
        self.words.hide()
        more = tr(
            "When a change meets a duplicate, another person's change or a refusal, it waits here for your answer."
        )
        self._view.show_cards([EmptyState("check-circle", tr("Nothing needs you"), more)], stretch=False)

    def _show(self, key: str) -> None:
        problem = self._problems.get(key)
        if problem is None:
            return
        with self.desk.read() as reader:
            shown = _read(self.desk, reader, problem)
            if shown == self._current:
                return
            self._current = shown
            view = self._made(shown, Saying(reader, self.desk.now))
        self.words.show()
        self._view.show_cards([view], stretch=False)
        self._view.verticalScrollBar().setValue(0)
        for each in view.findChildren(QPushButton):
            if each.isDefault():
                each.setDefault(True)  # said again, now that it stands in the dialog

    def _made(self, shown: Shown, saying: Saying) -> QWidget:
        if shown.merge is not None and shown.merge.fields:
            desk_ = MergeDesk(shown.merge)
            desk_.answered.connect(partial(self._answer, shown.problem.id))
            desk_.later.connect(self._later)
            return desk_
        if shown.duplicate is not None:
            duplicate = DuplicateView(self.desk, shown.duplicate, saying, shown.online)
            duplicate.answered.connect(partial(self._answer, shown.problem.id))
            return duplicate
        view = ProblemView(shown)
        view.answered.connect(partial(self._answer, shown.problem.id))
        return view

    def _later(self) -> None:
        """Go on to the next; after the last one the dialog closes."""
        row = self.table.currentIndex().row() + 1
        if row < self.table.rows.rowCount():
            self.table.choose_row(row)
        else:
            self.reject()

    def _answer(self, key: str, choice: str, combined: dict[str, str] | None = None) -> None:
        problem = self._problems[key]
        if choice == ALWAYS_MINE:
            self.act(partial(_always_mine, key=key))
        else:
            self.act(lambda tx: resolve.resolve(tx, key, choice, combined), lambda changes: self._offer_undo(problem))

    def _offer_undo(self, problem: Problem) -> None:
        """What was chosen about a possible duplicate can be taken back; other answers by history."""
        self._answered = problem.reference if problem.kind == "duplicate" else None
        self._undo.setVisible(self._answered is not None)

    def _take_back(self) -> None:
        reference = self._answered
        if reference is not None:
            self.act(lambda tx: resolve.undo(tx, reference), lambda changes: self._undo.hide())


class ProblemView(QWidget):
    """A problem in words, what is at stake, and a button for each choice."""

    answered = Signal(str)

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        problem = shown.problem
        layout = rows(label(_title(problem), "heading", wrap=True), label(shown.name, wrap=True), spacing=SPACE_1)
        layout.addWidget(label(_explained(problem), "dim", wrap=True, selectable=True))
        for side in _sides(shown):
            layout.addSpacing(SPACE_2)
            layout.addWidget(side)
        layout.addSpacing(SPACE_3)
        choices = columns(None)
        said = [(choice, *_choice_words(problem, choice)) for choice in reversed(problem.choices)]
        for choice, words, kind in sorted(said, key=lambda each: each[2] == "primary"):  # the default stands last
            made = button(words, kind, clicked=partial(self.answered.emit, choice))
            made.setDefault(kind == "primary")
            choices.addWidget(made)
        layout.addLayout(choices)
        layout.addStretch(1)
        self.setLayout(layout)


def _sides(shown: Shown) -> list[QWidget]:
    """What stands on each side of a problem, as far as there is something to show."""
    kind = shown.problem.kind
    sides = []
    if kind == "changed there":
        sides.append(_side(tr("Here: you deleted it"), ()))
    elif shown.changes:
        sides.append(_side(tr("Here: your change"), shown.changes))
    if kind == "deleted there":
        sides.append(_side(tr("In the CRM: deleted. What it was there before"), shown.there))
    elif shown.there:
        sides.append(_side(tr("In the CRM: changed by {who}", who=shown.by), shown.there))
    return sides


def _side(title: str, changes: tuple[FieldChange, ...]) -> QWidget:
    column = rows(label(title, "section"), spacing=SPACE_2, margins=(SPACE_4, SPACE_3, SPACE_4, SPACE_3))
    if changes:
        column.addLayout(change_grid(changes))
    return frame(column)


def _always_mine(tx: Transaction, key: str) -> Changes:
    """The option for all that is to come, and the answer to this one."""
    return choose.set_option(tx, "conflict", "mine") | resolve.resolve(tx, key, "mine")


def _read(desk: Desk, reader: Reader, problem: Problem) -> Shown:
    name = _name(reader, problem)
    if problem.kind == "conflict":
        return Shown(problem, name, merge=read_merge(desk, reader, problem))
    online = state_of(reader, False) is ConnectionState.ONLINE
    if problem.kind == "duplicate":
        return Shown(problem, name, duplicate=read_duplicate(reader, problem), online=online)
    local = records.stored(reader, problem.reference) if problem.entity in ENTITIES and problem.record else None
    saying = Saying(reader, desk.now)
    changes = tuple(saying.changes(local)) if local is not None and not local.gone else ()
    there, by = _there(problem, local, saying)
    return Shown(problem, name, changes, there, by)


def _there(problem: Problem, local: Stored | None, saying: Saying) -> tuple[tuple[FieldChange, ...], str]:
    """The other side of a record that one side deleted and the other changed, and whose doing it was."""
    entity = problem.entity
    if problem.kind == "changed there":
        who, when = problem.details.get("who"), problem.details.get("when")
        by = f"{saying.person(who)}, {long_time(str(when), saying.now)}" if when else saying.person(who)
        fields = problem.details.get("fields", {})
        return tuple(saying.change(entity, name, each["before"], each["theirs"]) for name, each in fields.items()), by
    if problem.kind == "deleted there" and local is not None and local.base:
        named = [name for name in ENTITIES[entity].columns if local.base.get(name) is not None]
        return tuple(saying.change(entity, name, None, local.base[name], new=True) for name in named), ""
    return (), ""


def _name(reader: Reader, problem: Problem) -> str:
    """What the problem is about, deleted records too."""
    if problem.kind == "mail":
        message = mailbox.get(reader, problem.record)
        return message.subject or tr("(no subject)") if message is not None else tr("A message")
    kind = ENTITIES[problem.entity]
    local = records.stored(reader, problem.reference) if problem.kind != "reload" else None
    return tr(kind.plural) if local is None else edit.name_of(local)


def _line(problem: Problem, name: str, desk: Desk) -> Line:
    icon = "ph.envelope" if problem.kind == "mail" else ENTITIES[problem.entity].icon
    kind = tr("E-mail") if problem.kind == "mail" else tr(ENTITIES[problem.entity].label)
    about = _in_short().get(problem.kind, KINDS[problem.kind][0])
    when = long_time(problem.at, desk.now)
    return Line(problem.id, name, f"{kind}, {name}, {about}, {when}", subject=about, icon=icon)


def _in_short() -> dict[str, str]:
    return {
        "duplicate": tr("Possible duplicate"),
        "conflict": tr("Two people changed it"),
        "deleted there": tr("Deleted in the CRM"),
        "changed there": tr("Changed in the CRM"),
        "refused": tr("Refused by the server"),
        "mail": tr("Could not be sent"),
        "reload": tr("Many records are missing"),
    }


def _title(problem: Problem) -> str:
    kind = "" if problem.kind == "mail" else within(tr(ENTITIES[problem.entity].label))
    return {
        "conflict": tr("You and somebody else agree on this {kind} by now", kind=kind),
        "deleted there": tr("This {kind} was deleted in the CRM while you changed it", kind=kind),
        "changed there": tr("You deleted this {kind} while somebody changed it", kind=kind),
        "refused": tr("The server refused your change"),
        "mail": tr("This message could not be sent"),
        "reload": tr("The server suddenly misses many records"),
    }.get(problem.kind, KINDS[problem.kind][0])


def _explained(problem: Problem) -> str:
    if problem.kind == "reload":
        return tr(
            "It no longer gives {missing} of the {here} that are kept here. Nothing was removed. If this is "
            "meant (your rights were changed, the CRM was cleaned up), remove them here too; else ask again.",
            missing=problem.details.get("missing", ""),
            here=problem.details.get("here", ""),
        )
    if problem.kind == "mail" and problem.details.get("refused"):
        return tr("{words} Sending again goes to everybody.", words=problem.words)
    return problem.words


def _choice_words(problem: Problem, choice: str) -> tuple[str, str]:
    """A choice on its button, and the button's kind."""
    return {
        ("conflict", "mine"): (tr("Keep mine"), "primary"),
        ("conflict", "theirs"): (tr("Keep theirs"), ""),
        ("deleted there", "recreate"): (tr("Make it again in the CRM"), "primary"),
        ("deleted there", "discard"): (tr("Let it go"), "danger"),
        ("changed there", "mine"): (tr("Delete it anyway"), "danger"),
        ("changed there", "theirs"): (tr("Keep it, with their changes"), "primary"),
        ("refused", "retry"): (tr("Send it again"), "primary"),
        ("refused", "discard"): (tr("Discard my change"), "danger"),
        ("mail", "retry"): (tr("Send again"), "primary"),
        ("mail", "discard"): (tr("Back to drafts"), ""),
        ("reload", "theirs"): (tr("Remove them here"), "danger"),
        ("reload", "retry"): (tr("Ask the server again"), "primary"),
    }.get((problem.kind, choice), (choice, ""))
