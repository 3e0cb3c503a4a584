"""Two records that are one are combined field by field."""

from __future__ import annotations

from PySide6.QtWidgets import QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.ui.dialogs.combine_view import CombineDialog, Differing


def test_what_the_existing_one_lacks_is_taken_unless_chosen_otherwise(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    fields = [
        Differing("jobtitle", "Job title", "Buyer", "", True),
        Differing("firstname", "First name", "Geoff", "Jeff", False),
    ]
    dialog = CombineDialog(parent, "Jeff Smith", fields)
    assert dialog.taken() == ["jobtitle"]
    for choice in dialog.findChildren(QRadioButton):
        if choice.text() == "Geoff":
            choice.setChecked(True)
    assert dialog.taken() == ["jobtitle", "firstname"]
