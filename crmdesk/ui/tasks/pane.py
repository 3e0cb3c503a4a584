"""The tasks pane: the line for a new task, the list by when they are due, and the task that is read."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QTimer

from crmdesk.actions import edit
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.model.record import Record, Reference, Value
from crmdesk.store import records
from crmdesk.store.store import Transaction
from crmdesk.ui.deleting import delete_records
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.folds import DetailFold
from crmdesk.ui.long_list import LongList
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.parts import columns, frame, rows
from crmdesk.ui.record_table import MOST, RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Line, Rows
from crmdesk.ui.tasks.quick_line import NewTask, QuickLine
from crmdesk.ui.tasks.task_card import TaskCard
from crmdesk.ui.tasks.task_rows import task_rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3
from crmdesk.ui.words import plural, tr

_MINUTE = 60_000


class TasksPane(Pane):
    """My Tasks. Reads when shown, when tasks change, and each minute, for what was due today is overdue tonight."""

    fitting = ("complete", "open", "edit", "delete")
    new_kind = "new task"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.quick = QuickLine(desk)
        self.table = RecordTable(Shape.TASK, tr("Tasks"))
        self.card = TaskCard(desk)
        self._empty = EmptyState(
            "check-square", tr("Nothing to do"), tr("Type a task above; with # and an account's name it is tracked.")
        )
        self._list = LongList(desk, self.table, self._show, self._empty)
        self._lay_out()
        self._join()

    def _lay_out(self) -> None:
        head = frame(rows(self.quick, spacing=0, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2)), "pane-head")
        body = rows(head, self.table, self._empty, spacing=0)
        body.setStretchFactor(self.table, 1)
        self._folds = DetailFold(frame(body, "surface"), self.card, (640, 560))
        self._folds.left.connect(self._back_to_list)
        self.setLayout(columns(self._folds, spacing=0))

    def _join(self) -> None:
        self.quick.made.connect(self._make)
        self.quick.left.connect(self.focus_list)
        self.table.current_changed.connect(self._show_line)
        self.table.selection_changed.connect(self.selection_changed)
        self.table.trimmed.connect(self.tell_trimmed)
        self.table.opened.connect(lambda line: self.open_asked.emit(line.key))
        self.table.ticked.connect(lambda line: self._tick((line.key,)))
        self.card.tick_asked.connect(lambda: self._tick(self._chosen()))
        self.card.open_asked.connect(self.open_asked)
        self.card.edit_left.connect(self.focus_list)
        self._desk.changed.connect(self._changed)
        self._minute = QTimer(self, interval=_MINUTE)
        self._minute.timeout.connect(self._minute_passed)
        self._minute.start()

    # ---- what the window asks

    def shown(self) -> None:
        self._read()
        QTimer.singleShot(0, self, self._read_first)  # the list is painted before a task is read beside it

    def settle(self) -> bool:
        return self.card.form.settle()

    def focus_list(self) -> None:
        self.table.setFocus()

    def selection(self, most: int = MOST) -> Selection:
        lines = self.table.selected_lines(most)
        keys = tuple(line.key for line in lines if isinstance(line.key, Reference))
        return Selection(records=keys, tracked=bool(lines) and all(line.mark is not None for line in lines))

    def possible(self) -> set[str]:
        chosen = self.selection(2).records
        if not chosen:
            return set()
        return {"complete", "delete", "open", "edit"} if len(chosen) == 1 else {"complete", "delete"}

    def run(self, name: str) -> bool:
        chosen = self._chosen()
        if name == "new task":
            self.quick.line.setFocus()
        elif not chosen or name not in self.fitting:
            return False
        elif name == "complete":
            self._tick(chosen)
        elif name == "open":
            self.open_asked.emit(chosen[0])
        elif name == "edit":
            self._folds.show_detail()
            self.card.edit()
        else:
            delete_records(self._desk, chosen, self.done.emit)
        return True

    def reveal(self, key: Hashable) -> None:
        if not isinstance(key, Reference):
            return
        self._read()
        self._list.seek_record(key, lambda: self.card.show_task(key))

    # ---- inside

    def _back_to_list(self) -> None:
        if self.card.form.settle():
            self.focus_list()
        else:
            self._folds.show_detail()  # where a sentence says what cannot be saved

    def _chosen(self) -> tuple[Reference, ...]:
        return self.selection().records

    def _read_first(self) -> None:
        if not self.table.currentIndex().isValid():
            self.table.choose_first()

    def _read(self) -> None:
        self._list.read("tasks", task_rows(self._desk))

    def _show(self, found: Rows) -> None:
        self.table.show_rows(found)
        self.table.show_marks(self._desk.session.settings.track_mark)
        self.table.setVisible(found.count > 0)
        self._empty.setVisible(found.count == 0)

    def _changed(self, changes: Changes) -> None:
        if not self.isVisible():
            return
        if "task" in changes.entities or changes.options:
            self._read()
        shown = self.card.record
        touched = not changes.records or (shown is not None and shown.reference in changes.records)
        if shown is not None and touched and "task" in changes.entities and not self.card.is_editing:
            self.card.show_task(shown.reference)

    def _minute_passed(self) -> None:
        if self.isVisible():
            self._read()

    def _show_line(self, line: Line | None) -> None:
        read = self.card.record
        if line is not None and read is not None and line.key == read.reference:
            return  # the list was read anew; what changed in the task is shown by itself
        self.card.show_task(line.key if line is not None and isinstance(line.key, Reference) else None)

    def _make(self, task: NewTask) -> None:
        def made(changes: Changes) -> None:
            self._read()
            self._list.seek_record(Reference("task", str(changes.result)))
            self.done.emit(tr("Task added"), lambda: self._take_back(Reference("task", str(changes.result))))

        self._desk.do(lambda tx: edit.create(tx, "task", task.values, task.tracked), made, self.quick.refuse)

    def _take_back(self, reference: Reference) -> None:
        self._desk.do(lambda tx: edit.remove(tx, reference))

    def _tick(self, chosen: tuple[Reference, ...]) -> None:
        """Complete what is open; when all of them are done, open them again."""
        with self._desk.read() as reader:
            found = [record for each in chosen if (record := records.get(reader, each)) is not None]
        is_open = [record for record in found if record["statecode"] in (0, None)]
        if is_open:
            words = plural(len(is_open), "Task completed", "{n} tasks completed")
            self._set_state(is_open, {"statecode": 1}, words)
        elif found:
            self._set_state(found, {"statecode": 0}, plural(len(found), "Task open again", "{n} tasks open again"))

    def _set_state(self, chosen: list[Record], values: dict[str, Value], words: str) -> None:
        before = {each.reference: {name: each[name] for name in ("statecode", "statuscode")} for each in chosen}
        wanted = {each.reference: values for each in chosen}

        def back() -> None:
            self._desk.do(_changing(before))

        self._desk.do(_changing(wanted), lambda changes: self.done.emit(words, back))


def _changing(wanted: dict[Reference, dict[str, Value]]) -> Callable[[Transaction], Changes]:
    def step(tx: Transaction) -> Changes:
        changes = NOTHING
        for reference, values in wanted.items():
            changes |= edit.change(tx, reference, values)
        return changes

    return step
