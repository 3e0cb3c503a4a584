"""History: every value that was overwritten or erased, newest first, each with the way back to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QWidget

from crmdesk.actions import restore
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import history
from crmdesk.store.history import Kept
from crmdesk.ui.dialogs.bring_back import restore_record, undo_run
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.dialogs.saying import Saying
from crmdesk.ui.empty_state import EmptyState
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import ElidedLabel, button, columns, frame, label, rows
from crmdesk.ui.tokens import ICON, SPACE_1, SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import long_time, plural, tr

_PAGE = 60
_MOST = 1000
_WAIT = 120  # ms after a key


@dataclass(frozen=True)
class HistoryLine:
    """A line as a person reads it. `what` was lost of `record`; `why` says whose it was and how it came."""

    id: str
    run: str | None
    icon: str
    record: str
    what: str
    lost: str
    kept: str
    why: str
    when: str
    restored: str  # when; empty: not yet

    @property
    def text(self) -> str:
        return " ".join((self.record, self.what, self.lost, self.kept, self.why)).casefold()


class HistoryDialog(DeskDialog):
    """All lines, those of one record, or those of one run."""

    def __init__(
        self, desk: Desk, parent: QWidget | None, reference: Reference | None = None, run: str | None = None
    ) -> None:
        self._days = desk.session.settings.history_days
        words = plural(
            self._days,
            "What was overwritten or erased is kept for {n} day. Restoring makes it your change, sent as usual.",
            "What was overwritten or erased is kept for {n} days. Restoring makes it your change, sent as usual.",
        )
        super().__init__(desk, tr("History"), words, parent, (820, 620))
        self._reference = reference
        self._run = run
        self._lines: list[HistoryLine] | None = None
        self._shown = _PAGE
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find in history"))
        self.field.setAccessibleName(tr("Find in history"))
        self.field.addAction(icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self._fill)
        self.field.textChanged.connect(lambda: self._timer.start())
        self._everything = button(tr("Show all of history"), "link", clicked=self._show_everything)
        self._cards = Cards(tr("History"))
        self.body.addLayout(columns(self.field, self._everything, spacing=SPACE_3))
        self.body.addWidget(self._cards, 1)
        self._many = self.add_button("", clicked=self._bring_back_many, left=True)
        self.add_close()
        self.refresh()

    def concerns(self, changes: Changes) -> bool:
        return changes.history

    def refresh(self) -> None:
        with self.desk.read() as reader:
            saying = Saying(reader, self.desk.now)
            kept = history.lines(reader, self._reference, self._run, _MOST)
            lines = [_line(each, saying, self.desk) for each in kept]
        if lines != self._lines:
            self._lines = lines
            self._fill()

    def show_run(self, run: str) -> None:
        """Only what this synchronising run overwrote or erased."""
        self._run, self._lines, self._shown = run, None, _PAGE
        self.refresh()

    def _show_everything(self) -> None:
        self._run, self._reference, self._lines = None, None, None
        self.refresh()

    def _bring_back_many(self) -> None:
        """All of the run or of the record that is shown, after saying what will happen."""
        if self._run is not None:
            undo_run(self.desk, self, self._run).open()
        elif self._reference is not None:
            restore_record(self.desk, self, self._reference).open()

    def _fill(self) -> None:
        self._many.setText(tr("Undo this run…") if self._run is not None else tr("Restore this record…"))
        some = any(not line.restored for line in self._lines or ())
        self._many.setVisible(some and (self._run is not None or self._reference is not None))
        wanted = self.field.text().casefold().split()
        found = [line for line in self._lines or () if all(word in line.text for word in wanted)]
        self._everything.setVisible(self._run is not None or self._reference is not None)
        cards: list[QWidget] = [self._card(line) for line in found[: self._shown]]
        if not found:
            cards.append(self._nothing(bool(wanted)))
        left = len(found) - self._shown
        if left > 0:
            more = plural(left, "Show {n} more line", "Show {n} more lines")
            cards.append(button(more, "link", clicked=self._show_more))
        self._cards.show_cards(cards, stretch=bool(found))

    def _nothing(self, searched: bool) -> QWidget:
        if searched:
            return EmptyState("magnifying-glass", tr("No line has these words"), tr("Try fewer of them."))
        return EmptyState(
            "clock-counter-clockwise",
            tr("Nothing was overwritten or erased"),
            plural(
                self._days,
                "When two people change the same field, or a record is deleted, what was there stays for {n} day.",
                "When two people change the same field, or a record is deleted, what was there stays for {n} days.",
            ),
        )

    def _show_more(self) -> None:
        self._shown += _PAGE
        self._fill()

    def _restore(self, key: str) -> None:
        self.act(lambda tx: restore.restore(tx, key))

    def _card(self, line: HistoryLine) -> QFrame:
        head = columns(
            _picture(line.icon),
            label(line.what, "heading"),
            ElidedLabel(line.record, "dim"),
            label(line.when, "small"),
            spacing=SPACE_2,
        )
        head.setStretch(2, 1)
        lost = label(line.lost, wrap=True, selectable=True)
        parts = columns(lost, spacing=SPACE_2)
        if line.kept:
            parts = columns(lost, label("→", "dim"), label(line.kept, "dim", wrap=True), spacing=SPACE_2)
            parts.setStretch(2, 1)
        parts.setStretch(0, 1)
        foot = columns(label(line.why, "small", wrap=True), spacing=SPACE_2)
        foot.setStretch(0, 1)
        if line.run is not None and line.run != self._run:
            all_of_it = button(tr("All of this run"), "link", clicked=partial(self.show_run, line.run))
            all_of_it.setAccessibleName(tr("All of the run that changed {what} of {record}", **_names(line)))
            foot.addWidget(all_of_it)
        words = rows(head, parts, foot, spacing=SPACE_1)
        whole = columns(words, self._way_back(line), spacing=SPACE_4, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2))
        whole.setStretch(0, 1)
        card = frame(whole)
        card.setAccessibleName(f"{line.what}, {line.record}: {line.lost} → {line.kept}. {line.why} {line.when}")
        return card

    def _way_back(self, line: HistoryLine) -> QWidget:
        if line.restored:
            chip = label(tr("restored"), "chip-done")
            chip.setToolTip(line.restored)
            chip.setSizePolicy(chip.sizePolicy().Policy.Maximum, chip.sizePolicy().Policy.Maximum)
            return chip
        back = button(tr("Restore"), clicked=partial(self._restore, line.id))
        back.setAccessibleName(tr("Restore {what} of {record}", **_names(line)))
        return back


def _names(line: HistoryLine) -> dict[str, str]:
    return {"what": line.what, "record": line.record}


def _picture(name: str) -> QLabel:
    picture = QLabel()
    picture.setPixmap(icon(name, "dim").pixmap(ICON, ICON))
    picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return picture


def _line(kept: Kept, saying: Saying, desk: Desk) -> HistoryLine:
    kind, now = ENTITIES[kept.entity], desk.now
    record = f"{tr(kind.label)} · {kept.name or saying.name_of(kept.reference) or kept.record}"
    if kept.field is None and kept.lost is None:
        what, lost, stands = tr("Made again"), tr("It was not there before; restoring deletes it."), ""
    elif kept.field is None:
        what, lost, stands = tr("The whole record"), _whole(kept, saying), _instead(kept, saying)
    else:
        what = saying.field(kept.entity, kept.field)
        lost = saying.value(kept.entity, kept.field, kept.lost)
        stands = saying.value(kept.entity, kept.field, kept.kept)
    why = _why(kept.reason)
    if kept.lost is not None:
        why = tr("{why} The value was set by {who}.", why=why, who=saying.person(kept.who))
    restored = tr("restored {when}", when=long_time(kept.restored, now)) if kept.restored else ""
    when = long_time(kept.at, now)
    return HistoryLine(kept.id, kept.run, kind.icon, record, what, lost, stands, why, when, restored)


def _whole(kept: Kept, saying: Saying) -> str:
    """The record's main fields, as its list shows them."""
    kind = ENTITIES[kept.entity]
    values = kept.lost if isinstance(kept.lost, dict) else {}
    shown = [saying.value(kept.entity, name, values[name]) for name in kind.columns if values.get(name) is not None]
    return " · ".join(shown) or (kept.name or tr(kind.label))


def _instead(kept: Kept, saying: Saying) -> str:
    if not isinstance(kept.kept, str) or ":" not in kept.kept:
        return ""
    return saying.name_of(Reference(*kept.kept.split(":", 1))) or tr("the one that is in the CRM")


def _why(reason: str) -> str:
    known = {
        "changed here": tr("Your value replaced it."),
        "changed by somebody else": tr("Somebody else's value was kept."),
        "deleted here": tr("It was deleted here."),
        "discarded": tr("The waiting change was discarded."),
        "an existing record was used": tr("A record that was there already was used instead."),
        "it points at another record": tr("What it pointed at gave way to another record, or went."),
        "possible duplicate": tr("It looked like one that is in the CRM, and duplicates are not created."),
        "deleted in the CRM": tr("It was deleted in the CRM."),
        "restored": tr("An earlier value was brought back over it."),
        "combined": tr("Both values were combined."),
    }
    return known.get(reason, reason)
