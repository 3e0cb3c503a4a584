"""The list by conversations: one row for what belongs together, expanded and read by keyboard; where it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QPushButton
from pytestqt.qtbot import QtBot

from crmdesk.actions import choose, mail
from crmdesk.actions.mail import Arrival
from crmdesk.app import App
from crmdesk.mail.compose import Draft, compose
from crmdesk.mail.headers import Address
from crmdesk.model.changes import Changes
from crmdesk.session.session import Session
from crmdesk.store import mailbox
from crmdesk.store.mailbox import Account, Folder
from crmdesk.ui.mail.pane import MailPane
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.row_painter import fold_area
from tests.ui.conftest import ME

Send = Callable[..., str]
ACCOUNT = Account("work", "imap", ME, "Anna Berg", {})


@pytest.fixture
def send(session: Session) -> Send:
    """A message comes in: send("Bo", "b@x", answers=["a@x"]); gives its id."""

    def send(who: str, message_id: str, answers: Sequence[str] = (), folder: str = "Inbox", day: int = 1) -> str:
        sender = Address("Anna Berg", ME) if who == "me" else Address(who, f"{who.lower()}@contoso.example")
        draft = Draft(
            sender,
            (Address("", ME),),
            subject="Re: Offer" if answers else "Offer",
            text=f"{who} says {message_id}.",
            message_id=f"<{message_id}>",
            in_reply_to=f"<{answers[-1]}>" if answers else None,
            references=tuple(f"<{each}>" for each in answers),
            date=session.clock().replace(day=day),
        )
        arrival = Arrival(ACCOUNT, Folder("work", folder, folder.lower(), {}), message_id, compose(draft), seen=False)
        return str(session.do(lambda tx: mail.receive(tx, arrival)).result)

    return send


@pytest.fixture
def talk(send: Send) -> dict[str, str]:
    """Bo asks, Anna answers, Cleo answers that; and a message of Dan's that stands alone. Ids by who wrote them."""
    return {
        "Bo": send("Bo", "a@x", day=1),
        "me": send("me", "b@x", ["a@x"], folder="Sent", day=2),
        "Cleo": send("Cleo", "c@x", ["a@x", "b@x"], day=3),
        "Dan": send("Dan", "d@x", day=4),
    }


def shown(opened: App) -> tuple[MailPane, RecordTable]:
    pane = opened.window.show_pane("mail")
    assert isinstance(pane, MailPane)
    opened.desk.changed.emit(Changes(messages=True))
    (table,) = (each for each in pane.findChildren(RecordTable) if each.accessibleName() == "Messages")
    return pane, table


def sentences(table: RecordTable) -> list[str]:
    lines = (table.rows.line(row) for row in range(table.rows.rowCount()))
    return [line.sentence for line in lines if line is not None]


def test_a_conversation_is_one_row_that_says_who_takes_part(opened: App, talk: dict[str, str]) -> None:
    _, table = shown(opened)
    alone, together = sentences(table)
    assert alone.startswith("unread, from Dan, Offer")
    assert together.startswith("a conversation of 3 messages, 2 unread, with Bo, me, Cleo, Re: Offer, collapsed")


def test_right_and_left_expand_and_collapse_it(opened: App, talk: dict[str, str], qtbot: QtBot) -> None:
    _, table = shown(opened)
    table.choose_row(table.rows.rowCount() - 1)
    qtbot.keyClick(table, Qt.Key.Key_Right)
    inner = sentences(table)[-2:]
    assert [said.split(", Re")[0].split(", Offer")[0] for said in inner] == ["To anna@us.example", "unread, from Bo"]
    assert "expanded" in sentences(table)[1]
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Left)
    line = table.current_line()
    assert line is not None
    assert line.count == 3
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert len(sentences(table)) == 2


def test_the_newest_is_open_and_the_others_are_one_press_away(opened: App, talk: dict[str, str], qtbot: QtBot) -> None:
    pane, table = shown(opened)
    table.choose_row(table.rows.rowCount() - 1)
    qtbot.waitUntil(lambda: pane.reading.key == talk["Cleo"])
    assert pane.reading.earlier.count() == 2
    assert not pane.reading.later.isVisible()
    first = pane.reading.earlier.findChildren(QAbstractButton)[0]
    assert "from Bo" in first.accessibleName()
    qtbot.keyClick(first, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: pane.reading.key == talk["Bo"])
    assert (pane.reading.earlier.count(), pane.reading.later.count()) == (0, 2)
    assert pane.selection().messages == (talk["Bo"],)


def test_a_new_answer_moves_the_conversation_up_and_leaves_what_is_read(
    opened: App, talk: dict[str, str], send: Send, qtbot: QtBot
) -> None:
    pane, table = shown(opened)
    table.choose_row(table.rows.rowCount() - 1)
    qtbot.waitUntil(lambda: pane.reading.key == talk["Cleo"])
    send("Eve", "e@x", ["a@x", "c@x"], day=5)
    opened.desk.changed.emit(Changes(messages=True))
    assert "with Bo, me, Cleo, Eve" in sentences(table)[0]
    qtbot.waitUntil(lambda: pane.reading.later.count() == 1)
    assert pane.reading.key == talk["Cleo"]


def test_what_becomes_a_conversation_shows_the_others_and_a_click_opens_the_newest(
    opened: App, send: Send, qtbot: QtBot
) -> None:
    first = send("Bo", "a@x", day=1)
    pane, table = shown(opened)
    table.choose_first()
    qtbot.waitUntil(lambda: pane.reading.key == first)
    answer = send("Cleo", "c@x", ["a@x"], day=2)
    opened.desk.changed.emit(Changes(messages=True))
    qtbot.waitUntil(lambda: pane.reading.later.count() == 1)
    assert pane.reading.key == first
    row = table.visualRect(table.currentIndex())
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    qtbot.waitUntil(lambda: pane.reading.key == answer)


def test_where_there_is_room_for_one_thing_a_click_opens_and_keys_and_arrows_do_not(
    opened: App, talk: dict[str, str], qtbot: QtBot
) -> None:
    pane, table = shown(opened)
    opened.window.resize(640, 400)
    qtbot.waitUntil(lambda: opened.window.size() == QSize(640, 400) and not pane.reading.isVisible())
    table.setFocus()
    table.choose_first()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    row = table.visualRect(table.currentIndex())
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    qtbot.waitUntil(lambda: pane.reading.isVisible() and pane.reading.key == talk["Cleo"])
    assert not table.isVisible()
    (back,) = (each for each in pane.findChildren(QPushButton) if each.text() == "Back")
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: table.isVisible() and table.hasFocus())
    row = table.visualRect(table.currentIndex())
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=fold_area(row).center())
    qtbot.waitUntil(lambda: "expanded" in sentences(table)[1])
    assert table.isVisible(), "an arrow folds, also after a click on its row"


def test_deleting_a_collapsed_conversation_takes_its_messages_of_this_folder(
    opened: App, talk: dict[str, str], qtbot: QtBot
) -> None:
    pane, table = shown(opened)
    table.choose_row(table.rows.rowCount() - 1)
    pane.run("delete")

    def folders() -> dict[str, str]:
        with opened.desk.read() as reader:
            rows = {who: mailbox.get(reader, key) for who, key in talk.items()}
        return {who: row.folder for who, row in rows.items() if row is not None}

    deleted = {"Bo": "Trash", "me": "Sent", "Cleo": "Trash", "Dan": "Inbox"}
    qtbot.waitUntil(lambda: folders() == deleted)
    qtbot.waitUntil(lambda: opened.window.undo.isVisible())
    opened.window.undo.undo()
    qtbot.waitUntil(lambda: folders() == {"Bo": "Inbox", "me": "Sent", "Cleo": "Inbox", "Dan": "Inbox"})


def test_the_switch_is_remembered(opened: App, talk: dict[str, str], qtbot: QtBot) -> None:
    pane, table = shown(opened)
    pane.run("conversations")
    qtbot.waitUntil(lambda: len(sentences(table)) == 3)
    assert not opened.desk.session.settings.mail_conversations
    pane.run("conversations")
    qtbot.waitUntil(lambda: len(sentences(table)) == 2)


def test_the_reading_pane_goes_below_and_away(opened: App, talk: dict[str, str], qtbot: QtBot) -> None:
    pane, table = shown(opened)
    table.choose_first()
    pane.run("reading pane")
    qtbot.waitUntil(lambda: pane.reading.mapTo(pane, QPoint()).y() > table.height() // 2)
    pane.run("reading pane")
    qtbot.waitUntil(lambda: not pane.reading.isVisible())
    opened.desk.do(lambda tx: choose.set_option(tx, "mail.reading", "right"))
    qtbot.waitUntil(lambda: pane.reading.isVisible())


def test_answers_that_came_first_are_joined_by_what_they_answer(opened: App, send: Send) -> None:
    send("Cleo", "c@x", ["b@x"], day=3)
    send("Dan", "d@x", ["b@x"], day=4)
    send("Bo", "b@x", ["a@x"], day=2)
    send("Anna", "a@x", day=1)
    _, table = shown(opened)
    (only,) = sentences(table)
    assert only.startswith("a conversation of 4 messages")
