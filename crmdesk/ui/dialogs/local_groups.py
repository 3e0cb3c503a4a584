"""The local data groups: for each kind of record, which of them are kept on this computer."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QButtonGroup, QLineEdit, QToolButton, QWidget

from crmdesk.actions import choose
from crmdesk.desk.desk import Desk
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES
from crmdesk.store import local_data
from crmdesk.store.local_data import EVERYBODY, MINE, NOBODY
from crmdesk.store.store import Reader
from crmdesk.ui.dialogs.desk_dialog import DeskDialog
from crmdesk.ui.parts import button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import plural, tr

_OWN = "own"


class LocalGroups(QWidget):
    """One row per entity; a change counts from the next synchronisation on."""

    def __init__(self, desk: Desk, dialog: DeskDialog) -> None:
        super().__init__()
        self._desk, self._dialog = desk, dialog
        words = tr(
            "Which records are kept on this computer, to be read and changed offline. What you track or "
            "are changing is kept as well. A change counts from the next synchronisation on."
        )
        self._groups = {name: _Group(name, partial(self._set, name)) for name in LOCAL_ENTITIES}
        now = button(tr("Synchronise now"), clicked=desk.sync_now)
        layout = rows(label(words, "dim", wrap=True), spacing=SPACE_2)
        layout.addWidget(frame(rows(*self._groups.values(), spacing=0, margins=(SPACE_4, SPACE_2, SPACE_4, SPACE_2))))
        layout.addLayout(columns(now, None))
        self.setLayout(layout)

    def read(self, reader: Reader) -> None:
        for name, text in local_data.groups(reader).items():
            self._groups[name].show_group(text, local_data.group_size(reader, name)[0])

    def _set(self, entity: str, text: str) -> None:
        with self._desk.read() as reader:
            if local_data.groups(reader)[entity] == text:
                return
        group = self._groups[entity]
        group.say("")
        self._dialog.say("")
        self._desk.do(lambda tx: choose.set_group(tx, entity, text), None, self._dialog.while_open(group.say))


class _Group(QWidget):
    def __init__(self, entity: str, chosen: partial[None]) -> None:
        super().__init__()
        kind = ENTITIES[entity]
        self._name = tr(kind.plural)
        self._chosen = chosen
        self._count = label("", "small")
        self._wrong = label("", "failed", wrap=True)
        self._wrong.hide()
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Conditions for {kind}", kind=self._name))
        self.field.setPlaceholderText("statecode eq 0")
        self.field.editingFinished.connect(self._edited)
        self._before = ""
        self.buttons: dict[str, QToolButton] = {}
        segments = self._segments(kind.is_owned)
        head = columns(rows(label(self._name, "heading"), self._count, spacing=0), None, segments, spacing=SPACE_3)
        self.setLayout(rows(head, self.field, self._wrong, spacing=SPACE_2, margins=(0, SPACE_2, 0, SPACE_2)))

    def _segments(self, owned: bool) -> QWidget:
        holder = frame(columns(spacing=0), "segments")
        group, layout = QButtonGroup(holder), holder.layout()
        assert layout is not None
        choices = [(MINE, tr("Mine"))] if owned else []
        choices += [(EVERYBODY, tr("All")), (NOBODY, tr("None")), (_OWN, tr("By conditions"))]
        for text, words in choices:
            made = self.buttons[text] = QToolButton()
            made.setText(words)
            made.setAccessibleName(f"{self._name}: {words}")
            made.setCheckable(True)
            made.clicked.connect(partial(self._pick, text))
            group.addButton(made)
            layout.addWidget(made)
        return holder

    def show_group(self, text: str, count: int) -> None:
        self._count.setText(plural(count, "{n} record here", "{n} records here"))
        self._before = text
        self.buttons.get(text, self.buttons[_OWN]).setChecked(True)
        if not self.field.hasFocus():
            self.field.setText(text)
            self.field.setCursorPosition(0)
            self.field.setVisible(text not in self.buttons)

    def say(self, words: str) -> None:
        """Why the conditions cannot be used."""
        self._wrong.setText(words)
        self._wrong.setVisible(bool(words))

    def _pick(self, text: str, checked: bool = True) -> None:
        if text == _OWN:
            self.field.show()
            self.field.setFocus()
            self.field.selectAll()
        else:
            self.field.hide()
            self.say("")
            self._chosen(text)

    def _edited(self) -> None:
        if self.field.isVisible() and self.field.text().strip() != self._before:
            self._chosen(self.field.text().strip())
