"""Messages in windows of their own; tasks and appointments made of them, by command and by dragging."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query
from crmdesk.model.record import Record, Reference
from crmdesk.store import mailbox, records
from crmdesk.ui.calendar.day_grid import DayGrid
from crmdesk.ui.dropping import offer
from crmdesk.ui.mail.message_window import MessageWindow
from crmdesk.ui.mail.pane import MailPane
from crmdesk.ui.record_table import RecordTable

Make = Callable[..., Reference]
Receive = Callable[..., str]


def mail(opened: App) -> tuple[MailPane, RecordTable]:
    pane = opened.window.show_pane("mail")
    assert isinstance(pane, MailPane)
    opened.desk.changed.emit(Changes(messages=True))
    (table,) = (each for each in pane.findChildren(RecordTable) if each.accessibleName() == "Messages")
    table.choose_first()
    table.setFocus()
    return pane, table


def message_windows() -> list[MessageWindow]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, MessageWindow)]


def found(opened: App, kind: str) -> list[Record]:
    with opened.desk.read() as reader:
        return list(records.find(reader, Query(kind), opened.desk.now))


def drop(target: QWidget, at: QPoint, keys: list[str]) -> bool:
    """Drag messages there and let go; whether they were taken."""
    content = offer(keys)
    buttons, none, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    QApplication.sendEvent(target, QDragEnterEvent(at, action, content, buttons, none))
    move = QDragMoveEvent(at, action, content, buttons, none)
    QApplication.sendEvent(target, move)
    if not move.isAccepted():
        return False
    event = QDropEvent(QPointF(at), action, content, buttons, none)
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def test_enter_opens_a_window_that_knows_the_same_commands(opened: App, receive: Receive, qtbot: QtBot) -> None:
    key = receive("Quote 1142", "We compared the three offers.")
    pane, table = mail(opened)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(message_windows()))
    (window,) = message_windows()
    qtbot.waitUntil(lambda: window.reading.key == key)
    assert window.windowTitle() == "Quote 1142"
    pane.run("open window")
    assert message_windows() == [window]
    window.commands["star"].trigger()
    qtbot.waitUntil(lambda: "starred" in _sentence(table))
    window.commands["track"].trigger()
    qtbot.waitUntil(lambda: window.commands["track"].text() == "Untrack")
    with qtbot.waitSignal(window.destroyed):
        window.commands["archive"].trigger()
    qtbot.waitUntil(lambda: opened.window.undo.isVisible())
    with opened.desk.read() as reader:
        row = mailbox.get(reader, key)
    assert row is not None
    assert row.folder == "Archive"


def test_a_window_keeps_its_size_for_the_next_one(opened: App, receive: Receive, qtbot: QtBot) -> None:
    receive("Quote 1142")
    _, table = mail(opened)

    def size_of_a_new_one() -> QSize:
        """It is made 700 by 500 then, and closed."""
        qtbot.keyClick(table, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(message_windows()))
        (window,) = message_windows()
        qtbot.waitUntil(window.isActiveWindow)  # before, a screen may still size it
        size = window.size()
        window.resize(700, 500)
        qtbot.waitUntil(lambda: window.size() == QSize(700, 500))
        with qtbot.waitSignal(window.destroyed):
            qtbot.keyClick(window, Qt.Key.Key_Escape)
        return size

    assert size_of_a_new_one() != QSize(700, 500)
    assert size_of_a_new_one() == QSize(700, 500)


def test_a_task_is_made_of_a_message_and_taken_back(opened: App, receive: Receive, qtbot: QtBot) -> None:
    receive("Quote 1142", "We compared the three offers.")
    pane, _ = mail(opened)
    pane.run("task from message")
    qtbot.waitUntil(lambda: len(found(opened, "task")) == 1)
    (task,) = found(opened, "task")
    assert task.name == "Quote 1142"
    assert "Bo Holm <bo@contoso.example>" in str(task["description"])
    assert "three offers" in str(task["description"])
    assert task.state.value == "private"
    qtbot.waitUntil(lambda: opened.window.undo.isVisible())
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: not found(opened, "task"))


def test_of_a_tracked_message_the_task_is_tracked_too(opened: App, receive: Receive, make: Make, qtbot: QtBot) -> None:
    contoso = make("account", name="Contoso")
    receive("Quote 1142")
    pane, table = mail(opened)
    opened.wiring.tracking.set_regarding(pane.selection(), contoso)
    qtbot.waitUntil(lambda: "tracked to Contoso" in _sentence(table))
    pane.run("task from message")
    qtbot.waitUntil(lambda: len(found(opened, "task")) == 1)
    (task,) = found(opened, "task")
    assert task["regardingobjectid"] == str(contoso)
    assert task.state.value != "private"


def test_messages_are_dropped_on_the_rail_and_on_tasks(opened: App, receive: Receive, qtbot: QtBot) -> None:
    keys = [receive("One"), receive("Two")]
    mail(opened)
    assert drop(opened.window.navigation.buttons["tasks"], QPoint(10, 10), keys)
    qtbot.waitUntil(lambda: sorted(each.name for each in found(opened, "task")) == ["One", "Two"])
    assert not drop(opened.window.navigation.buttons["contacts"], QPoint(10, 10), keys)
    pane = opened.window.show_pane("tasks")
    assert drop(pane.findChildren(RecordTable)[0].viewport(), QPoint(10, 10), keys[:1])
    qtbot.waitUntil(lambda: len(found(opened, "task")) == 3)


def test_a_message_is_dropped_on_an_hour_of_the_calendar(opened: App, receive: Receive, qtbot: QtBot) -> None:
    key = receive("Visit")
    mail(opened)
    pane = opened.window.show_pane("calendar")
    (hours,) = pane.findChildren(DayGrid)
    at = QPoint(hours.width() // 2, 600)
    assert drop(hours, at, [key])
    qtbot.waitUntil(lambda: len(found(opened, "appointment")) == 1)
    (made,) = found(opened, "appointment")
    wanted = hours.grid.moment_at(QPointF(at), 30).astimezone()
    assert made.name == "Visit"
    assert str(made["scheduledstart"]).startswith(f"{wanted.astimezone(UTC):%Y-%m-%dT%H:%M}")


def test_a_message_is_dropped_on_a_record(opened: App, receive: Receive, make: Make, qtbot: QtBot) -> None:
    contoso = make("account", name="Contoso")
    key = receive("Quote 1142")
    mail(opened)
    pane = opened.window.show_pane("records")
    (table,) = (each for each in pane.findChildren(RecordTable) if each.accessibleName() == "Records")
    assert table.rows.rowCount() == 1
    assert not drop(table.viewport(), QPoint(20, table.viewport().height() - 2), [key])
    assert drop(table.viewport(), table.visualRect(table.rows.index(0, 0)).center(), [key])

    def regarding() -> Reference | None:
        with opened.desk.read() as reader:
            row = mailbox.get(reader, key)
        return None if row is None else mailbox.reference_of(row)

    qtbot.waitUntil(lambda: regarding() == contoso)


def _sentence(table: RecordTable) -> str:
    line = table.current_line()
    return "" if line is None else line.sentence


def test_a_message_is_converted_by_the_menu_of_the_bar_and_taken_back(
    opened: App, receive: Receive, qtbot: QtBot
) -> None:
    receive("Quote 1142")
    _, table = mail(opened)
    qtbot.waitUntil(lambda: opened.window.commands["lead from message"].isEnabled())
    (button,) = (each for each in opened.window.bar.findChildren(QToolButton) if each.text() == "Convert")
    menu = button.menu()
    assert isinstance(menu, QMenu)
    assert [each.text() for each in menu.actions()] == [
        "Convert to a lead", "Convert to an opportunity", "Convert to a contact"
    ]  # fmt: skip
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: [each["subject"] for each in found(opened, "lead")] == ["Quote 1142"])
    qtbot.waitUntil(lambda: "tracked to Bo Holm" in _sentence(table))
    qtbot.waitUntil(lambda: opened.window.undo.isVisible())
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: not found(opened, "lead"))
    qtbot.waitUntil(lambda: "tracked" not in _sentence(table))


def test_what_a_message_became_is_opened_from_the_bar_that_tells_of_it(
    opened: App, receive: Receive, qtbot: QtBot
) -> None:
    receive("Quote 1142")
    pane, _ = mail(opened)
    pane.run("opportunity from message")
    undo = opened.window.undo
    qtbot.waitUntil(lambda: "An opportunity was made" in undo.accessibleName())
    (further,) = (each for each in undo.findChildren(QPushButton) if each.text() == "Open")
    further.click()
    qtbot.waitUntil(lambda: opened.window.current == "records")


def test_a_messages_own_window_converts_it(opened: App, receive: Receive, qtbot: QtBot) -> None:
    key = receive("Quote 1142")
    _, table = mail(opened)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(message_windows()))
    (window,) = message_windows()
    qtbot.waitUntil(lambda: window.reading.key == key)
    window.commands["contact from message"].trigger()
    qtbot.waitUntil(lambda: [each.name for each in found(opened, "contact")] == ["Bo Holm"])
    window.close()
