"""One local data group in the editor: its name, whether it is on, its conditions, and how much that is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from crmdesk.desk.desk import Desk
from crmdesk.model.conditions import Conditions, filter_of, fits, tree_of
from crmdesk.model.words import ENTITIES
from crmdesk.odata.errors import ODataError
from crmdesk.odata.filters import format_filter, parse_filter
from crmdesk.store.local_data import DataGroup
from crmdesk.ui.dialogs.conditions import ConditionBox
from crmdesk.ui.focus_order import one_tab_stop
from crmdesk.ui.parts import columns, empty, frame, label, restyle, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import plural, size_words, tr

if TYPE_CHECKING:
    from crmdesk.sync.measure import Measured

_WAIT = 350  # ms after the last change, before the server is asked


class GroupPage(QWidget):
    """Shows a group and lets it be changed; `edited` tells of each change. Nothing is saved here."""

    edited = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._group: DataGroup | None = None
        self._box: ConditionBox | None = None
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the group"))
        self.name.setPlaceholderText(tr("Name of the group"))
        self.name.textEdited.connect(self._name_edited)
        self.enabled = QCheckBox(tr("Keep these records on this computer"))
        self.enabled.toggled.connect(self._switched)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("Conditions as text (OData)"))
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._text_edited)
        self._wrong = label("", "failed", wrap=True)
        self._place: QVBoxLayout = rows(spacing=0)
        self.count = LiveCount(desk)  # has its own place, always in sight
        head = columns(label(tr("Conditions"), "section"), None, self._segments(), spacing=SPACE_2)
        inside = rows(head, self._place, self.text, self._wrong, None, spacing=SPACE_2)
        inside.setContentsMargins(SPACE_4, SPACE_3, SPACE_4, SPACE_3)
        self.setLayout(rows(columns(self.name, self.enabled, spacing=SPACE_4), frame(inside), spacing=SPACE_3))

    def _segments(self) -> QWidget:
        holder = frame(columns(spacing=0), "segments")
        choices, layout = QButtonGroup(holder), holder.layout()
        assert layout is not None
        self.as_rows, self.as_text = QToolButton(), QToolButton()
        for each, words in ((self.as_rows, tr("Rows")), (self.as_text, tr("Text"))):
            each.setText(words)
            each.setAccessibleName(tr("Conditions as {kind}", kind=words))
            each.setCheckable(True)
            choices.addButton(each)
            layout.addWidget(each)
        one_tab_stop(choices)
        self.as_rows.clicked.connect(lambda: self._show_conditions())
        self.as_text.clicked.connect(lambda: self._show_conditions(as_text=True))
        return holder

    @property
    def group(self) -> DataGroup | None:
        """The group as it stands now; its filter is the last one that could be understood."""
        return self._group

    @property
    def trouble(self) -> str:
        """Why it cannot be saved; an empty text when it can."""
        if self._group is None:
            return ""
        if not self._group.name.strip():
            return tr("Give the group a name.")
        return self._box.trouble if self._box is not None else self._wrong.text()

    def show_group(self, group: DataGroup, name: str) -> None:
        """`name`: what it is called in the person's language."""
        self._group = group
        self.name.setText(name)
        self.enabled.blockSignals(True)
        self.enabled.setChecked(group.enabled)
        self.enabled.blockSignals(False)
        self._show_conditions()
        self.count.ask(group.entity, group.filter)

    def _show_conditions(self, as_text: bool = False) -> None:
        group = self._group
        assert group is not None
        tree = _tree(group)
        self.as_rows.setEnabled(tree is not None)
        self.as_rows.setToolTip("" if tree is not None else tr("These conditions can only be written as text."))
        empty(self._place)
        self._box = None
        self._wrong.setText("")
        text = as_text or tree is None
        (self.as_text if text else self.as_rows).setChecked(True)
        self.text.setVisible(text)
        if text:
            self.text.blockSignals(True)
            self.text.setPlainText(group.filter)
            self.text.blockSignals(False)
        elif tree is not None:
            self._box = ConditionBox(self._desk, ENTITIES[group.entity], tree)
            self._box.changed.connect(self._rows_edited)
            self._place.addWidget(self._box)
            self._box.show()  # now, not with the next event: the keyboard goes to it at once

    def _name_edited(self, text: str) -> None:
        self._now(name=text)

    def _switched(self, on: bool) -> None:
        self._now(enabled=on)

    def _rows_edited(self) -> None:
        group, box = self._group, self._box
        if group is None or box is None:
            return
        if box.trouble:
            self.count.say(box.trouble)
            self.edited.emit()
            return
        self._now(filter=format_filter(filter_of(box.tree), ENTITIES[group.entity]))
        self._count()

    def _text_edited(self) -> None:
        group = self._group
        if group is None:
            return
        text = " ".join(self.text.toPlainText().split("\n")).strip()
        try:
            parse_filter(text, ENTITIES[group.entity])
        except ODataError as error:
            self._wrong.setText(str(error))
            self.count.say(tr("These conditions cannot be understood yet."))
            self.edited.emit()
            return
        self._wrong.setText("")
        self._now(filter=text)
        self.as_rows.setEnabled(_tree(replace(group, filter=text)) is not None)
        self._count()

    def _now(self, **changed: object) -> None:
        if self._group is not None:
            self._group = replace(self._group, **changed)  # type: ignore[arg-type]
            self.edited.emit()

    def _count(self) -> None:
        if self._group is not None:
            self.count.ask(self._group.entity, self._group.filter)


class LiveCount(QWidget):
    """How many records a filter is and about how large, as the server says it while one writes.

    The server is asked beside the window's thread, a moment after the last change, and once at a time.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._wanted: tuple[str, str] | None = None
        self._under_way: tuple[str, str] | None = None
        self.words = label("", "heading", wrap=True)
        self._card = frame(columns(self.words, margins=(SPACE_4, SPACE_2, SPACE_4, SPACE_2)))
        self.setLayout(rows(self._card, spacing=0))
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self._ask_now)

    def ask(self, entity: str, text: str) -> None:
        self._wanted = (entity, text)
        self.say(tr("Counting…"))
        self._timer.start()

    def say(self, words: str, failed: bool = False) -> None:
        """Something else than a count; what is asked is passed over."""
        if words != tr("Counting…"):
            self._wanted = None
        self._show(words, failed)

    def _show(self, words: str, failed: bool = False) -> None:
        self.words.setText(words)
        self._card.setAccessibleName(words)
        restyle(self._card, "bar-failed" if failed else "card")

    def _ask_now(self) -> None:
        if self._under_way is not None or self._wanted is None:
            return
        asked = self._under_way = self._wanted

        def counted(found: Measured | None) -> None:
            if isValid(self):  # an answer may come after the dialog was closed
                self._answered(asked, measured_words(found))

        def failed(words: str) -> None:
            if isValid(self):
                self._answered(asked, words, failed=True)

        self._desk.measure_group(*asked, counted, failed)

    def _answered(self, asked: tuple[str, str], words: str, failed: bool = False) -> None:
        self._under_way = None
        if asked == self._wanted:
            self._show(words, failed)
        elif self._wanted is not None:
            self._ask_now()


def measured_words(found: Measured | None) -> str:
    """1,240 records, about 3 MB · More than 5,000 records · It is counted when you are online."""
    if found is None:
        return tr("It is counted when you are online.")
    if found.is_more:
        return plural(found.count, "More than {n} record", "More than {n} records")
    if found.is_about:
        count = plural(found.count, "About {n} record", "About {n} records")
    else:
        count = plural(found.count, "This is {n} record", "This is {n} records")
    return tr("{count}, about {size}", count=count, size=size_words(found.size)) if found.size else count


def _tree(group: DataGroup) -> Conditions | None:
    """The group's conditions as rows; None where they are text alone."""
    kind = ENTITIES[group.entity]
    try:
        tree = tree_of(parse_filter(group.filter, kind))
    except ODataError:
        return None
    return tree if tree is not None and fits(tree, kind) else None
