"""What was typed is never lost by looking at something else, nor by closing the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.actions import edit
from crmdesk.app import App
from crmdesk.model.query import Query
from crmdesk.model.record import Reference, Value
from crmdesk.store import records
from crmdesk.ui.records.pane import RecordsPane


def made(opened: App, entity: str, **values: Value) -> Reference:
    return Reference(entity, str(opened.desk.session.do(lambda tx: edit.create(tx, entity, values)).result))


def value(opened: App, reference: Reference, name: str) -> Value:
    with opened.desk.read() as reader:
        found = records.get(reader, reference)
    assert found is not None
    return found[name]


def field(of: QWidget, label: str) -> QLineEdit:
    (found,) = [each for each in of.findChildren(QLineEdit) if each.accessibleName() == label and each.isVisible()]
    return found


def editing(opened: App, reference: Reference, qtbot: QtBot, label: str, text: str) -> RecordsPane:
    """The CRM pane with a record open and a field of it typed into."""
    pane = opened.window.show_pane("records")
    assert isinstance(pane, RecordsPane)
    pane.show_record(reference)
    pane.run("edit")
    typed = field(pane, label)
    typed.setFocus()
    typed.selectAll()
    qtbot.keyClicks(typed, text)
    return pane


def test_opening_another_record_keeps_what_was_typed(opened: App, qtbot: QtBot) -> None:
    smith, jones = made(opened, "contact", lastname="Smith"), made(opened, "contact", lastname="Jones")
    pane = editing(opened, smith, qtbot, "Job title", "Buyer")
    assert pane.show_record(jones)
    qtbot.waitUntil(lambda: value(opened, smith, "jobtitle") == "Buyer")
    assert pane.view.record is not None
    assert pane.view.record.reference == jones, "the other one stays in sight"


def test_what_cannot_be_saved_stays_in_sight(opened: App, qtbot: QtBot) -> None:
    smith, jones = made(opened, "contact", lastname="Smith"), made(opened, "contact", lastname="Jones")
    pane = editing(opened, smith, qtbot, "Last name", " ")
    field(pane, "Last name").clear()
    assert not pane.show_record(jones)
    assert not opened.window.close(), "not even the window goes"
    assert field(pane, "Last name").text() == ""
    qtbot.keyClicks(field(pane, "Last name"), "Smythe")
    assert pane.show_record(jones)
    qtbot.waitUntil(lambda: value(opened, smith, "lastname") == "Smythe")


def test_a_new_record_is_made_once(opened: App, qtbot: QtBot) -> None:
    pane = opened.window.show_pane("records")
    assert isinstance(pane, RecordsPane)
    pane.show_new("account")
    qtbot.keyClicks(field(pane, "Account name"), "Acme")
    pane.close_record()
    pane.close_record()
    with qtbot.waitSignal(opened.desk.changed):
        opened.desk.do(lambda tx: edit.create(tx, "account", {"name": "Other"}))
    with opened.desk.read() as reader:
        names = sorted(each.name for each in records.find(reader, Query("account"), opened.desk.now))
    assert names == ["Acme", "Other"]


def test_saved_again_before_the_answer_a_new_record_is_made_once_with_what_was_typed_since(
    opened: App, qtbot: QtBot
) -> None:
    pane = opened.window.show_pane("records")
    assert isinstance(pane, RecordsPane)
    pane.show_new("account")
    name = field(pane, "Account name")
    qtbot.keyClicks(name, "Acme")
    qtbot.keyClick(name, "s", Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(name, " Ltd")
    qtbot.keyClick(name, "s", Qt.KeyboardModifier.ControlModifier)
    pane.close_record()

    def names() -> list[str]:
        with opened.desk.read() as reader:
            return [each.name for each in records.find(reader, Query("account"), opened.desk.now)]

    qtbot.waitUntil(lambda: names() == ["Acme Ltd"])


def test_cancel_keeps_nothing(opened: App, qtbot: QtBot) -> None:
    smith = made(opened, "contact", lastname="Smith")
    pane = editing(opened, smith, qtbot, "Job title", "Buyer")
    pane.view.form.left.emit()
    pane.close_record()
    assert value(opened, smith, "jobtitle") is None


def test_closing_the_window_keeps_what_was_typed(opened: App, qtbot: QtBot) -> None:
    smith = made(opened, "contact", lastname="Smith")
    editing(opened, smith, qtbot, "Job title", "Buyer")
    assert opened.window.close()
    qtbot.waitUntil(lambda: value(opened, smith, "jobtitle") == "Buyer")
