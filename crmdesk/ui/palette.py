"""All commands in one list to type in, with their keys: Ctrl+K."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QWidget

from crmdesk.ui.commands import Commands, keys_words
from crmdesk.ui.focus_order import TabsAsRead
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import rows
from crmdesk.ui.tokens import SPACE_2, SPACE_3
from crmdesk.ui.words import tr

_NAME = Qt.ItemDataRole.UserRole


class Palette(TabsAsRead, QDialog):
    """Type a few letters, Enter does it. Commands that cannot be done now are shown and say so."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("All commands"))
        self.resize(460, 440)
        self._commands = commands
        self._field = QLineEdit()
        self._field.setPlaceholderText(tr("Type what you want to do"))
        self._field.setAccessibleName(tr("Command"))
        self._list = QListWidget()
        self._list.setProperty("kind", "popup")
        self._list.setAccessibleName(tr("Commands"))
        self.setLayout(rows(self._field, self._list, spacing=SPACE_2, margins=(SPACE_3,) * 4))
        self._field.textChanged.connect(self._fill)
        self._field.returnPressed.connect(self._do)
        self._list.itemActivated.connect(lambda item: self._do())
        self._list.itemClicked.connect(lambda item: self._do())
        self._fill("")
        self._field.setFocus()  # from the first key on, which may come before the window is active

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._list.setCurrentRow(max(0, min(self._list.count() - 1, self._list.currentRow() + step)))
            return
        super().keyPressEvent(event)

    def _fill(self, text: str) -> None:
        self._list.clear()
        wanted = text.casefold().split()
        for name, command in self._commands.table.items():
            keys = keys_words(command)
            if all(word in command.words.casefold() for word in wanted):
                item = QListWidgetItem(f"{command.words}    {keys}" if keys else command.words)
                if command.icon:
                    item.setIcon(icon(command.icon, "dim"))
                item.setData(_NAME, name)
                if not self._commands[name].isEnabled():
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
                self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _do(self) -> None:
        item = self._list.currentItem()
        if item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.accept()
            self._commands[str(item.data(_NAME))].trigger()
