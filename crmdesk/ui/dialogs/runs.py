"""Synchronisation: the past runs with what each of them did, and the way to what a run overwrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.store import runs
from crmdesk.store.runs import UNDO, PastRun
from crmdesk.texts import tr_as
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.dialogs.history import HistoryDialog
from crmdesk.ui.dialogs.receipt import ReceiptDialog
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.parts import columns, frame
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import Shape
from crmdesk.ui.rows import Heading, Line, fixed
from crmdesk.ui.words import long_time, number_words, tr

_COUNTS = ("pulled", "delivered", "merged", "erased", "refused")
_MOST = 100


class SynchronisationDialog(DeskDialog):
    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        words = tr("What each run received, sent, combined and removed from this computer; the newest first.")
        super().__init__(desk, tr("Past synchronisations"), words, parent, (1100, 560))
        self._runs: list[PastRun] = []
        self.table = RecordTable(Shape.GRID, tr("Past synchronisations"), _headings())
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self.table.opened.connect(lambda line: self._show_receipt())
        self.table.current_changed.connect(lambda line: self._offer(line))
        self._grid = frame(columns(self.table, margins=(1, 1, 1, 1)))
        more = tr("Sync now brings this computer and the CRM together.")
        self._empty = EmptyState("arrows-clockwise", tr("Nothing was synchronised yet"), more, tr("Synchronise now"))
        self._empty.asked.connect(desk.sync_now)
        self.body.addWidget(self._grid, 1)
        self.body.addWidget(self._empty, 1)
        self.add_close()
        self._history = self.add_button(tr("What it overwrote"), clicked=self._show_history, left=True)
        self._receipt = self.add_button(tr("Receipt"), "primary", self._show_receipt)
        desk.finished.connect(self._finished)
        self.refresh()
        self.table.choose_first()

    def concerns(self, changes: Changes) -> bool:
        return changes.cause != "person"

    def refresh(self) -> None:
        with self.desk.read() as reader:
            self._runs = runs.newest(reader, _MOST)
        self.table.show_rows(fixed(_line(each, self.desk.now) for each in self._runs))
        self._grid.setVisible(bool(self._runs))
        self._empty.setVisible(not self._runs)
        self._offer(self.table.current_line())

    def _finished(self, report: object) -> None:
        self.refresh()

    def _offer(self, line: Line | None) -> None:
        run = next((each for each in self._runs if line is not None and each.id == line.key), None)
        self._receipt.setEnabled(run is not None)
        self._history.setEnabled(run is not None and bool(_count(run, "overwritten") or run.kind == UNDO))

    def _show_receipt(self) -> None:
        line = self.table.current_line()
        if line is not None:
            ReceiptDialog(self.desk, self, str(line.key)).open()

    def _show_history(self) -> None:
        line = self.table.current_line()
        if line is not None:
            HistoryDialog(self.desk, self, run=str(line.key)).open()


def _headings() -> tuple[Heading, ...]:
    return (
        Heading("when", tr("When"), 130),
        Heading("kind", tr("Kind"), 130),
        Heading("outcome", tr("Outcome"), 110),
        Heading("pulled", tr("Received"), 85, numeric=True),
        Heading("delivered", tr("Arrived"), 80, numeric=True),
        Heading("merged", tr("Combined"), 90, numeric=True),
        Heading("erased", tr("Removed"), 85, numeric=True),
        Heading("refused", tr("Refused"), 80, numeric=True),
        Heading("overwritten", tr("Overwritten"), 105, numeric=True),
    )


def _line(run: PastRun, now: datetime) -> Line:
    when, outcome = long_time(run.started, now), _outcome(run)
    counts = [_count(run, name) for name in (*_COUNTS, "overwritten")]
    cells = (when, _kind(run.kind), outcome, *(number_words(count, 0) if count else "" for count in counts))
    told = ", ".join(
        f"{heading.label} {count}" for heading, count in zip(_headings()[3:], counts, strict=True) if count
    )
    return Line(
        run.id,
        when,
        f"{when}, {_kind(run.kind)}, {outcome}, {told or tr('nothing had changed')}",
        cells=cells,
        note="warning-circle" if run.outcome == "failed" else "",
    )


def _count(run: PastRun, name: str) -> int:
    value: Any = run.report.get(name) or 0
    return len(value) if isinstance(value, list | tuple) else int(value)


def _kind(kind: str) -> str:
    known = {
        "by hand": tr("By hand"),
        "in the background": tr("In the background"),
        "push": tr("Sending"),
        "going offline": tr("Going offline"),
        "going online": tr("Going online"),
        "copying contacts": tr("Copying contacts"),
        UNDO: tr("Bringing back"),
    }
    return known.get(kind, kind)


def _outcome(run: PastRun) -> str:
    known = {"complete": tr_as("outcome", "Complete"), "stopped": tr("Stopped"), "failed": tr("Failed")}
    return known.get(run.outcome or "", tr("Ended early"))
