"""The window over a real profile, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.actions import track
from crmdesk.app import App
from crmdesk.model.record import Reference, State
from crmdesk.store import mailbox, outbox, records
from crmdesk.ui.calendar.pane import CalendarPane
from crmdesk.ui.calendar.periods import Period
from crmdesk.ui.contacts.pane import ContactsPane
from crmdesk.ui.dialogs.set_regarding import SetRegarding
from crmdesk.ui.mail.compose import Compose
from crmdesk.ui.mail.pane import MailPane
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.records.pane import RecordsPane
from crmdesk.ui.tasks.pane import TasksPane

Make = Callable[..., Reference]
Receive = Callable[..., str]


def mail(opened: App) -> MailPane:
    pane = opened.window.show_pane("mail")
    assert isinstance(pane, MailPane)
    return pane


def crm(opened: App) -> RecordsPane:
    pane = opened.window.show_pane("records")
    assert isinstance(pane, RecordsPane)
    return pane


def table(pane: QWidget, name: str) -> RecordTable:
    (found,) = (each for each in pane.findChildren(RecordTable) if each.accessibleName() == name)
    return found


def sentences(list_: RecordTable) -> list[str]:
    numbers = range(list_.rows.rowCount())
    return [str(list_.rows.index(n, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for n in numbers]


def press(qtbot: QtBot, opened: App, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    """On whatever has the keyboard, as a person does."""
    target = QApplication.focusWidget() or opened.window
    qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


def test_panes_are_reached_by_keys(opened: App, qtbot: QtBot) -> None:
    press(qtbot, opened, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.current == "records"
    press(qtbot, opened, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.current == "mail"
    press(qtbot, opened, Qt.Key.Key_Slash)
    assert opened.window.bar.search.hasFocus()


def test_a_message_is_listed_and_read(opened: App, receive: Receive, qtbot: QtBot) -> None:
    key = receive("Quote 1142", "We compared the three offers.")
    pane = mail(opened)
    opened.desk.changed.emit(_messages())
    (said,) = sentences(table(pane, "Messages"))[1:]
    assert said.startswith("unread, from Bo Holm, Quote 1142, ")
    table(pane, "Messages").choose_first()
    qtbot.waitUntil(lambda: pane.reading.key == key)
    assert "three offers" in pane.reading.text.browser.toPlainText()
    qtbot.waitUntil(lambda: "unread" not in sentences(table(pane, "Messages"))[1])


def test_what_changes_meanwhile_does_not_put_off_that_a_message_counts_as_read(
    opened: App, receive: Receive, qtbot: QtBot
) -> None:
    pane, key, shown = mail(opened), receive("Quote 1142"), list[object]()
    opened.desk.changed.emit(_messages())
    table(pane, "Messages").choose_first()
    qtbot.waitUntil(lambda: pane.reading.key == key)
    left = pane.reader._read_timer.remainingTime()
    pane.reader.shown.connect(shown.append)
    opened.desk.changed.emit(_messages())
    qtbot.waitUntil(lambda: bool(shown))
    assert pane.reader._read_timer.remainingTime() <= left


def test_delete_moves_to_the_trash_and_undo_brings_it_back(opened: App, receive: Receive, qtbot: QtBot) -> None:
    receive("Thank you")
    opened.desk.changed.emit(_messages())
    messages = table(mail(opened), "Messages")
    messages.choose_first()
    messages.setFocus()
    press(qtbot, opened, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: messages.rows.rowCount() == 0)
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: messages.rows.rowCount() == 2)


def test_set_regarding_tracks_a_message_and_the_row_says_so(
    opened: App, receive: Receive, make: Make, qtbot: QtBot
) -> None:
    make("account", name="Contoso")
    receive("Quote 1142")
    opened.desk.changed.emit(_messages())
    messages = table(mail(opened), "Messages")
    messages.choose_first()
    messages.setFocus()
    press(qtbot, opened, Qt.Key.Key_G)
    (dialog,) = opened.window.findChildren(SetRegarding)
    qtbot.keyClicks(dialog.field, "conto")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "tracked to Contoso" in sentences(messages)[1])
    assert "Regarding Contoso" in opened.window.undo.accessibleName()


def test_what_was_tracked_while_another_pane_was_shown_is_told_on_coming_back(
    opened: App, receive: Receive, make: Make, qtbot: QtBot
) -> None:
    pane, key = mail(opened), receive("Quote 1142")
    contoso = make("account", name="Contoso")
    opened.desk.changed.emit(_messages())
    table(pane, "Messages").choose_first()
    qtbot.waitUntil(lambda: pane.reading.key == key)
    opened.window.show_pane("tasks")
    with qtbot.waitSignal(opened.desk.changed):
        opened.desk.do(lambda tx: track.track(tx, "message", [key], contoso))
    opened.window.show_pane("mail")
    qtbot.waitUntil(lambda: "Contoso" in pane.reading.tracking.accessibleName())


def test_an_account_is_made_and_changed_in_the_form(opened: App, qtbot: QtBot) -> None:
    pane = crm(opened)
    press(qtbot, opened, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert pane.view.is_editing
    press_text(qtbot, "Contoso")
    press(qtbot, opened, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: pane.view.record is not None and pane.view.record.name == "Contoso")
    qtbot.waitUntil(lambda: pane.view.record is not None and pane.view.record.state is State.CLEAN)
    pane.run("edit")
    press_text(qtbot, "Ltd ")
    press(qtbot, opened, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: pane.view.record is not None and "Ltd" in pane.view.record.name)


def press_text(qtbot: QtBot, text: str) -> None:
    target = QApplication.focusWidget()
    assert target is not None
    qtbot.keyClicks(target, text)


def test_the_form_keeps_what_is_typed_while_others_write(opened: App, make: Make, qtbot: QtBot) -> None:
    contoso = make("account", name="Contoso")
    pane = crm(opened)
    assert pane.show_record(contoso)
    pane.run("edit")
    press_text(qtbot, "My ")
    make("account", name="Fabrikam")
    opened.desk.changed.emit(_accounts())
    assert pane.view.form.changes() == {"name": "My Contoso"}


def test_looking_around_writes_nothing(opened: App, make: Make, qtbot: QtBot) -> None:
    for number in range(30):
        make("account", name=f"Account {number:02}")
        make("contact", lastname=f"Person {number:02}")
    watch = opened.desk.store.watch()
    before = watch.version()
    for name in ("records", "contacts", "mail", "records"):
        pane = opened.window.show_pane(name)
        for list_ in pane.findChildren(RecordTable):
            for _ in range(5):
                qtbot.keyClick(list_, Qt.Key.Key_Down)
            list_.verticalScrollBar().setValue(list_.verticalScrollBar().maximum())
    crm(opened).run("open")
    assert watch.version() == before
    watch.close()


def test_my_contacts_are_grouped_by_letter(opened: App, make: Make) -> None:
    make("contact", track=False, lastname="Ångström")
    make("contact", track=False, lastname="Adams")
    make("contact", track=True, firstname="Bo", lastname="Berg")
    make("contact", track=False, lastname="田中")
    make("contact", track=False, lastname="김")
    pane = opened.window.show_pane("contacts")
    assert isinstance(pane, ContactsPane)
    contacts = table(pane, "Contacts")
    assert [contacts.rows.group(row) for row in contacts.rows.group_rows()] == ["A", "B", "…"]
    assert [s for s in sentences(contacts) if "Berg" in s] == ["Bo Berg, , tracked, waits to be sent"]


def test_an_answer_is_written_and_waits_in_the_outbox(opened: App, receive: Receive, qtbot: QtBot) -> None:
    key = receive("Quote 1142")
    window = Compose(opened.desk)  # deletes itself when it is closed, and sending closes it
    window.show()
    window.answer(key, to_all=False)
    qtbot.waitUntil(lambda: window.subject.text() == "Re: Quote 1142")
    assert "bo@contoso.example" in window.to.text()
    qtbot.keyClicks(window.text, "We agree.")
    with qtbot.waitSignals([opened.desk.changed, window.destroyed]):
        qtbot.keyClick(window.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    with opened.desk.read() as reader:
        (waiting,) = outbox.mails(reader)
        row = mailbox.get(reader, waiting)
    assert row is not None
    assert row.subject == "Re: Quote 1142"


def test_a_private_contact_is_tracked_by_a_key_and_let_go_again(opened: App, make: Make, qtbot: QtBot) -> None:
    make("contact", track=False, lastname="Adams")
    pane = opened.window.show_pane("contacts")
    contacts = table(pane, "Contacts")
    contacts.choose_first()
    contacts.setFocus()
    assert "private" in sentences(contacts)[1]
    press(qtbot, opened, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: "tracked" in sentences(contacts)[1])
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: any("private" in said for said in sentences(contacts)))


def test_view_in_crm_shows_the_server_s_state_and_keeps_nothing(opened: App, make: Make, qtbot: QtBot) -> None:
    contoso = make("account", name="Contoso")
    opened.desk.session.push()
    opened.desk.changed.emit(_accounts())
    pane = crm(opened)
    table(pane, "Records").choose_first()
    table(pane, "Records").setFocus()
    press(qtbot, opened, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: "live from the server" in _said(pane.view))
    assert pane.view.record is not None
    assert pane.view.record.reference == contoso
    pane.close_record()
    pane.run("open")
    assert "local data" in _said(pane.view)


def test_what_waits_is_said_in_the_status_line(opened: App, make: Make, qtbot: QtBot) -> None:
    opened.desk.go_offline(now=True)
    qtbot.waitUntil(lambda: "Offline" in _said(opened.window.status))
    make("account", name="Contoso")
    opened.desk.ask_for_status()
    qtbot.waitUntil(lambda: "1 change waits, kept on this computer" in _said(opened.window.status))
    opened.desk.go_online()
    qtbot.waitUntil(
        lambda: "Online" in _said(opened.window.status).split(" ") and "waits" not in _said(opened.window.status)
    )


def _said(widget: QWidget) -> str:
    """The texts that are to be seen in a part of the window."""
    return " ".join(each.text() for each in widget.findChildren(QLabel) if each.isVisible())


def test_deleting_a_record_can_be_undone(opened: App, make: Make, qtbot: QtBot) -> None:
    contoso = make("account", name="Contoso")
    pane = crm(opened)
    table(pane, "Records").choose_first()
    table(pane, "Records").setFocus()
    press(qtbot, opened, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not _is_here(opened, contoso))
    qtbot.waitUntil(lambda: opened.window.undo.isVisible())
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: _is_here(opened, contoso))


def test_every_control_has_a_name(opened: App) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit

    for name in ("mail", "contacts", "records"):
        pane = opened.window.show_pane(name)
        for kind in (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit):
            for control in pane.findChildren(kind):
                said = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
                assert said or not control.isVisible(), f"{control} in {name} has no name"


def _is_here(opened: App, reference: Reference) -> bool:
    with opened.desk.read() as reader:
        return records.get(reader, reference) is not None


def _messages() -> object:
    from crmdesk.model.changes import Changes

    return Changes(messages=True)


def _accounts() -> object:
    from crmdesk.model.changes import Changes

    return Changes(frozenset({"account"}))


def test_return_in_a_field_is_the_field_s_though_something_is_chosen(opened: App, qtbot: QtBot) -> None:
    pane = opened.window.show_pane("tasks")
    assert isinstance(pane, TasksPane)
    for number, words in enumerate(("send the offer", "buy flowers"), 1):
        pane.quick.line.setFocus()
        qtbot.keyClicks(pane.quick.line, words)
        press(qtbot, opened, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda number=number: len(pane.table.selected_lines()) == 1 and row_count(pane) == number)  # type: ignore[misc]
    assert opened.window.current == "tasks"
    pane.table.setFocus()
    press(qtbot, opened, Qt.Key.Key_Return)
    assert opened.window.current == "records", "from the list it opens what is chosen"


def test_track_says_untrack_once_the_appointment_is_tracked(opened: App, make: Make, qtbot: QtBot) -> None:
    now = opened.desk.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    make("appointment", track=False, subject="Plant tour", scheduledstart=now, scheduledend=now)
    pane = opened.window.show_pane("calendar")
    assert isinstance(pane, CalendarPane)
    pane.show_period(Period.WEEK)  # the work week has no Sunday
    (button,) = (each for each in opened.window.findChildren(QToolButton) if each.text() == "Track")
    press(qtbot, opened, Qt.Key.Key_Down)
    press(qtbot, opened, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name) == "Untrack")


def row_count(pane: TasksPane) -> int:
    return sum(line is not None for line in map(pane.table.rows.line, range(pane.table.rows.rowCount())))
