"""The button over the list of messages with how they are shown: as conversations, and where they are read."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from crmdesk.settings import Settings
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import tool
from crmdesk.ui.words import tr


class ViewMenu(QMenu):
    chosen = Signal(str, str)  # an option's name, and its text

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("View"))
        self._conversations = QAction(tr("Conversations"), self, checkable=True)
        self._conversations.triggered.connect(
            lambda checked: self.chosen.emit("mail.conversations", "true" if checked else "false")
        )
        self.addAction(self._conversations)
        self.addSection(tr("Reading pane"))
        group = QActionGroup(self)
        self._places: dict[str, QAction] = {}
        for name, words in (("right", tr("Right")), ("below", tr("Below")), ("off", tr("Off"))):
            action = QAction(words, group, checkable=True)
            action.triggered.connect(lambda checked, name=name: self.chosen.emit("mail.reading", name))
            self._places[name] = action
            self.addAction(action)

    def show_settings(self, settings: Settings) -> None:
        self._conversations.setChecked(settings.mail_conversations)
        self._places[settings.mail_reading].setChecked(True)

    def opener(self) -> QToolButton:
        """The button that opens the menu."""
        action = QAction(icon("caret-down", "dim"), tr("View"), self)
        action.setToolTip(tr("How messages are shown"))
        button = tool(action, "link", text=True)
        button.setIconSize(QSize(12, 12))
        button.setMenu(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button
