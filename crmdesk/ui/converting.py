"""Convert: the menu of what a message can be made into, in the bars of the window and of a message's own."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from crmdesk.ui.commands import Commands
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import tool
from crmdesk.ui.words import tr

CONVERTING = ("lead from message", "opportunity from message", "contact from message")


def convert_button(commands: Commands, parent: QWidget) -> QToolButton:
    """A button that opens the menu; it can be pressed when what is in the menu can be asked for."""
    action = QAction(icon("swap", "text"), tr("Convert"), parent)
    action.setToolTip(tr("Make a lead, an opportunity or a contact of the message"))
    button = tool(action)
    action.setParent(button)
    menu = QMenu(button)
    menu.setAccessibleName(tr("Convert"))
    for name in CONVERTING:
        menu.addAction(commands[name])
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    first = commands[CONVERTING[0]]
    first.enabledChanged.connect(action.setEnabled)
    action.setEnabled(first.isEnabled())
    return button
