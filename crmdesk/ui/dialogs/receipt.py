"""The receipt of a run: what arrived in the CRM with the version that it became, what it cost, and the way back."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.words import ENTITIES
from crmdesk.store import history, receipts, runs
from crmdesk.store.receipts import Receipt
from crmdesk.store.runs import UNDO, PastRun
from crmdesk.texts import tr_as
from crmdesk.ui.delivery_words import delivery_words, traffic_words
from crmdesk.ui.dialogs.bring_back import undo_run
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.dialogs.history import HistoryDialog
from crmdesk.ui.dialogs.saying import Saying
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import columns, frame, label
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Heading, Line, fixed
from crmdesk.ui.words import clock_time, local, long_time, plural, tr

_MOST = 2000  # lines; `crmdesk history --run` has them all


class ReceiptDialog(DeskDialog):
    """Of the run `run`."""

    def __init__(self, desk: Desk, parent: QWidget | None, run: str) -> None:
        super().__init__(desk, tr("Receipt"), "", parent, (900, 560))
        self._run = run
        self.table = RecordTable(Shape.GRID, tr("What arrived"), _headings())
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self._grid = frame(columns(self.table, margins=(1, 1, 1, 1)))
        self._empty = EmptyState("paper-plane-tilt", tr("This run sent nothing"), tr("Nothing of yours waited then."))
        self._more = label("", "small")
        self.body.addWidget(self._grid, 1)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._more)
        self._undo = self.add_button(tr("Undo this run"), clicked=self._undo_run, left=True)
        self._history = self.add_button(tr("What it overwrote"), clicked=self._show_history)
        self.add_close().setDefault(True)
        self.refresh()

    def concerns(self, changes: Changes) -> bool:
        return changes.history

    def refresh(self) -> None:
        with self.desk.read() as reader:
            run = runs.run(reader, self._run)
            found = receipts.of_run(reader, self._run, _MOST)
            total = receipts.count(reader, self._run) if len(found) == _MOST else len(found)
            lost = len(history.lines(reader, run=self._run, limit=1))
            saying = Saying(reader, self.desk.now)
            lines = [_line(number, each, saying) for number, each in enumerate(found)]
        if run is not None:
            self.heading.setText(title(run, total))
            self.words.setText(what_else(run, self.desk.now))
            self.words.show()
        self.table.show_rows(fixed(lines))
        self._grid.setVisible(bool(lines))
        self._empty.setVisible(not lines)
        self._more.setVisible(total > len(lines))
        self._more.setText(plural(total - len(lines), "and {n} more", "and {n} more"))
        for each in (self._undo, self._history):
            each.setEnabled(bool(lost))
            each.setToolTip("" if lost else tr("This run overwrote and erased nothing."))

    def _undo_run(self) -> None:
        undo_run(self.desk, self, self._run).open()

    def _show_history(self) -> None:
        HistoryDialog(self.desk, self, run=self._run).open()


def title(run: PastRun, delivered: int) -> str:
    if run.kind == UNDO:
        return tr("What was brought back")
    waiting = run.report.get("waiting") or 0
    return delivery_words(run.report.get("delivered", delivered), waiting) or tr("Nothing was to be sent")


def what_else(run: PastRun, now: datetime) -> str:
    """When it was, what came in the other direction, and what it cost."""
    parts = [long_time(run.ended or run.started, now)]
    if pulled := run.report.get("pulled"):
        parts.append(plural(pulled, "{n} record received", "{n} records received"))
    if overwritten := run.report.get("overwritten"):
        parts.append(plural(len(overwritten), "{n} value in history", "{n} values in history"))
    if back := run.report.get("restored"):
        parts.append(plural(back, "{n} brought back", "{n} brought back"))
    if run.report.get("requests"):
        parts.append(traffic_words(run.report["requests"], run.report.get("bytes", 0), run.report.get("seconds", 0.0)))
    return " · ".join(parts)


def _headings() -> tuple[Heading, ...]:
    return (
        Heading("what", tr_as("noun", "Change"), 170),
        Heading("name", tr("Record"), 210),
        Heading("fields", tr("Fields"), 220),
        Heading("version", tr("Version in the CRM"), 140),
        Heading("when", tr("When"), 70),
    )


def _line(number: int, receipt: Receipt, saying: Saying) -> Line:
    kind = ENTITIES[receipt.entity]
    verbs = {"create": tr("Created · {kind}"), "update": tr("Changed · {kind}"), "delete": tr("Deleted · {kind}")}
    what = verbs[receipt.verb].format(kind=tr(kind.label))
    name = receipt.name or receipt.record
    fields = ", ".join(saying.field(receipt.entity, each) for each in receipt.fields)
    version = version_words(receipt.version)
    when = clock_time(local(receipt.at))
    return Line(
        str(number),
        name,
        f"{what}, {name}, {fields}, {tr('version {version}', version=version) if receipt.version else version}, {when}",
        cells=(what, name, fields, version, when),
    )


def version_words(version: str | None) -> str:
    r"""The number in an etag W/"1234"; "deleted" where nothing is left."""
    return tr("deleted") if version is None else version.removeprefix("W/").strip('"')
