"""History: the values that were overwritten or erased, each one click from coming back."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.actions import edit
from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.store import history
from crmdesk.store.history import Kept
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.dialogs.scroll_list import ScrollList, row
from crmdesk.ui.dialogs.values import field_label, names_in, value_words
from crmdesk.ui.parts import button, label
from crmdesk.ui.words import NameOf, long_time, tr

_SHOWN = 200


class HistoryDialog(Dialog):
    """Of everything, of one record, or of one run; newest first."""

    def __init__(
        self, desk: Desk, parent: QWidget | None, reference: Reference | None = None, run: str | None = None
    ) -> None:
        words = tr("Nothing that you or others wrote is gone: here is every value that another one replaced.")
        super().__init__(tr("History"), words, parent, (720, 560))
        self._desk, self._reference, self._run = desk, reference, run
        self._list = ScrollList(tr("History"), tr("No value was overwritten or erased so far."))
        self._trouble = label("", "failed", wrap=True)
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self.body.addWidget(self._list, 1)
        self.add_close()
        desk.changed.connect(self._changed)
        self.read()

    def read(self) -> None:
        """Show what the local data says now."""
        with self._desk.read() as reader:
            lines = history.lines(reader, self._reference, self._run, limit=_SHOWN)
            name_of = names_in(reader, *(value for each in lines for value in (each.lost, each.kept, each.who)))
        self._list.show_rows(self._row(each, name_of) for each in lines)

    def _row(self, line: Kept, name_of: NameOf) -> QWidget:
        when = long_time(line.at, self._desk.now)
        who = name_of(Reference.parse(line.who)) if line.who else None
        about = " · ".join(part for part in (who, tr(line.reason), when) if part)
        if line.field is None:
            said = tr("The whole record")
        else:
            lost = value_words(line.entity, line.field, line.lost, name_of, self._desk.now)
            kept = value_words(line.entity, line.field, line.kept, name_of, self._desk.now)
            named = field_label(line.entity, line.field)
            said = tr("{field}: {lost}, now {kept}", field=named, lost=lost, kept=kept)
        if line.restored:
            right: QWidget = label(tr("Restored"), "chip-done")
        else:
            right = button(tr("Restore"), clicked=lambda: self._restore(line.id))
            right.setAccessibleName(tr("Restore {what} of {name}", what=said, name=line.name or ""))
        return row(label(line.name or "", "heading"), label(said, wrap=True), label(about, "small"), right=[right])

    def _restore(self, key: str) -> None:
        self._trouble.hide()
        self._desk.do(lambda tx: edit.restore(tx, key), None, self._refused)

    def _refused(self, words: str) -> None:
        self._trouble.setText(words)
        self._trouble.show()

    def _changed(self, changes: Changes) -> None:
        if changes.history:
            self.read()
