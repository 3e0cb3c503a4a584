"""History, what needs you, what waits: by clicks, on what two people really did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.actions import mail
from crmdesk.desk.desk import Desk as Door
from crmdesk.desk.garbage import GarbageCollector
from crmdesk.mail.compose import Draft
from crmdesk.mail.headers import Address
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.store import mailbox, receipts
from crmdesk.store.mailbox import Account
from crmdesk.store.store import Transaction
from crmdesk.ui.dialogs.bring_back import BringBackDialog
from crmdesk.ui.dialogs.history import HistoryDialog
from crmdesk.ui.dialogs.preview import PreviewDialog
from crmdesk.ui.dialogs.problems import ProblemsDialog
from crmdesk.ui.dialogs.receipt import ReceiptDialog, version_words
from crmdesk.ui.dialogs.runs import SynchronisationDialog
from crmdesk.ui.dialogs.waiting import WaitingDialog
from tests.support.builders import Desk, Office

ACCOUNT = Account("work", "imap", "anna@us.example", "Anna Berg", {"smtp": "127.0.0.1:9", "insecure": True})


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true", account="true", systemuser="true")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben", contact="true", account="true", systemuser="true")


@pytest.fixture
def smith(ann: Desk, ben: Desk) -> Reference:
    """Jeff Smith, clerk, whom both have."""
    made = ann.make("contact", firstname="Jeff", lastname="Smith", jobtitle="Clerk", telephone1="1")
    ann.sync()
    ben.sync()
    return made


@pytest.fixture
def door(ann: Desk, qapp: object) -> Iterator[Door]:
    made = Door(ann.session)
    garbage = GarbageCollector(made)
    yield made
    made.close()
    garbage.close()


@pytest.fixture
def window(door: Door, qapp: object) -> Iterator[QWidget]:
    """The dialogs' parent; takes them along in this thread."""
    made = QWidget()
    yield made
    shiboken6.delete(made)


def shown(dialog: QWidget, qtbot: QtBot) -> None:
    dialog.show()
    qtbot.waitExposed(dialog)


def named(parent: QWidget, name: str) -> QPushButton:
    """The button in sight that is read as, or says, `name`."""
    found = [b for b in parent.findChildren(QPushButton) if name in (b.accessibleName(), b.text()) and not b.isHidden()]
    (one,) = [each for each in found if each.isVisible()]
    return one


def click(qtbot: QtBot, parent: QWidget, name: str) -> None:
    qtbot.mouseClick(named(parent, name), Qt.MouseButton.LeftButton)


def texts(parent: QWidget) -> list[str]:
    return [each.text() for each in parent.findChildren(QLabel) if each.isVisible()]


def both_change(ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.option("conflict", "ask")
    ben.change(smith, jobtitle="Purchasing lead", telephone1="3")
    ben.session.push()
    ann.change(smith, jobtitle="Head of Purchasing", telephone1="2")
    ann.sync()


@pytest.mark.parametrize(
    ("clicks", "title", "phone"),
    [
        ([], "Head of Purchasing", "2"),
        (["All theirs"], "Purchasing lead", "3"),
        (["All theirs", "All mine"], "Head of Purchasing", "2"),
        (["Business phone, of ben"], "Head of Purchasing", "3"),
    ],
)
def test_the_merge_desk_field_by_field(
    ann: Desk,
    ben: Desk,
    smith: Reference,
    door: Door,
    window: QWidget,
    qtbot: QtBot,
    clicks: list[str],
    title: str,
    phone: str,
) -> None:
    both_change(ann, ben, smith)
    dialog = ProblemsDialog(door, window)
    shown(dialog, qtbot)
    assert "Two people changed this contact" in texts(dialog)
    for each in clicks:
        (button,) = (
            b
            for b in dialog.findChildren(QPushButton)
            if b.isVisible() and (b.text() == each or b.accessibleName().startswith(each))
        )
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    click(qtbot, dialog, "Save and go on")
    qtbot.waitUntil(lambda: ann.waiting() == 0 and not ann.problems())
    assert (ann.value(smith, "jobtitle"), ann.value(smith, "telephone1")) == (title, phone)
    lost = {(line.field, line.lost) for line in ann.history(smith)}
    others = {"Head of Purchasing", "Purchasing lead", "2", "3"} - {title, phone}
    assert {value for _, value in lost} == others
    qtbot.waitUntil(lambda: "Nothing needs you" in texts(dialog))
    dialog.close()


def test_a_duplicate_stands_beside_the_one_it_looks_like(ann: Desk, door: Door, window: QWidget, qtbot: QtBot) -> None:
    old = ann.make("contact", firstname="Ada", lastname="Lee", emailaddress1="ada@contoso.example", jobtitle="Buyer")
    ann.sync()
    new = ann.make(
        "contact", firstname="A.", lastname="Lee", emailaddress1="ada@contoso.example", jobtitle="Head buyer"
    )
    ann.sync()
    dialog = ProblemsDialog(door, window)
    shown(dialog, qtbot)
    assert {"Buyer", "Head buyer", "New, made here", "In the CRM"} <= set(texts(dialog))
    click(qtbot, dialog, "Use this one: Ada Lee")
    qtbot.waitUntil(lambda: not ann.problems())
    assert ann.sees(new) is None
    assert ann.value(old, "jobtitle") == "Buyer"
    assert ann.lost(new) == [(None, "A. Lee")]
    dialog.close()


def test_a_message_that_could_not_be_sent_goes_back_to_the_drafts(
    ann: Desk, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    key = refused_message(ann)
    dialog = ProblemsDialog(door, window)
    shown(dialog, qtbot)
    assert "550 no such user" in texts(dialog)
    click(qtbot, dialog, "Back to drafts")
    qtbot.waitUntil(lambda: not ann.problems())
    with ann.session.store.read() as reader:
        message = mailbox.get(reader, key)
    assert message is not None
    assert message.state == "draft"
    dialog.close()


def test_history_gives_a_value_back(
    ann: Desk, ben: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ben.change(smith, jobtitle="Purchasing lead")
    ben.session.push()
    ann.change(smith, jobtitle="Head of Purchasing")
    ann.sync()
    dialog = HistoryDialog(door, window, smith)
    shown(dialog, qtbot)
    assert {"Job title", "Purchasing lead", "Head of Purchasing"} <= set(texts(dialog))
    assert any("set by ben" in each for each in texts(dialog))
    click(qtbot, dialog, "Restore Job title of Contact · Jeff Smith")
    qtbot.waitUntil(lambda: "restored" in texts(dialog))
    assert ann.value(smith, "jobtitle") == "Purchasing lead"
    dialog.close()


def test_a_refusal_is_said_inside_the_dialog(
    ann: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ann.session.go_offline(now=True)
    ann.change(smith, jobtitle="Boss")
    ann.discard(smith)
    ann.remove(smith)
    dialog = HistoryDialog(door, window)
    shown(dialog, qtbot)
    click(qtbot, dialog, "Restore Job title of Contact · Jeff Smith")
    qtbot.waitUntil(lambda: any("not here any more" in each for each in texts(dialog)))
    dialog.close()


def test_what_waits_is_told_and_can_be_discarded(
    ann: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ann.session.go_offline()
    ann.change(smith, jobtitle="Boss")
    ann.make("account", name="Contoso")
    dialog = WaitingDialog(door, window)
    shown(dialog, qtbot)
    assert {"Change · Contact", "Clerk", "Boss", "Create · Account", "Contoso"} <= set(texts(dialog))
    click(qtbot, dialog, "Discard: Change · Contact, Jeff Smith")
    qtbot.waitUntil(lambda: "Change · Contact" not in texts(dialog))
    assert ann.value(smith, "jobtitle") == "Clerk"
    assert ann.lost(smith) == [("jobtitle", "Boss")]
    click(qtbot, dialog, "Go online")
    qtbot.waitUntil(lambda: ann.waiting() == 0)


def test_a_run_leads_to_its_history(
    ann: Desk, ben: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ben.change(smith, jobtitle="Purchasing lead")
    ben.session.push()
    ann.change(smith, jobtitle="Head of Purchasing")
    ann.sync()
    dialog = SynchronisationDialog(door, window)
    shown(dialog, qtbot)
    first = dialog.table.current_line()
    assert first is not None
    assert first.cells[1:] == ("By hand", "Complete", "1", "1", "", "", "", "1")
    click(qtbot, dialog, "What it overwrote")
    (lines,) = dialog.findChildren(HistoryDialog)
    qtbot.waitUntil(lambda: "Purchasing lead" in texts(lines))
    qtbot.keyClick(lines, Qt.Key.Key_Escape)
    dialog.close()


def refused_message(ann: Desk) -> str:
    draft = Draft(Address("Anna Berg", ACCOUNT.address), (Address("Bo", "bo@x.example"),), subject="Quote", text="Hi")

    def keep(tx: Transaction) -> Changes:
        mailbox.save_account(tx, ACCOUNT)
        return Changes(messages=True)

    ann.session.do(keep)
    key = str(ann.session.do(lambda tx: mail.send(tx, draft, ACCOUNT)).result)
    ann.session.do(lambda tx: mail.not_delivered(tx, key, "550 no such user", False))
    return key


def test_two_texts_are_combined_and_both_stay_in_history(
    ann: Desk, ben: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ann.option("conflict", "ask")
    ben.change(smith, description="Met in Vienna. Wants a quote.", telephone1="3")
    ben.session.push()
    ann.change(smith, description="Met in Vienna. Likes blue.", telephone1="2")
    ann.sync()
    dialog = ProblemsDialog(door, window)
    shown(dialog, qtbot)
    click(qtbot, dialog, "Description: combine both")
    (field,) = (each for each in dialog.findChildren(QPlainTextEdit) if each.isVisible())
    assert field.toPlainText() == "Met in Vienna. Likes blue. Wants a quote."
    qtbot.keyClicks(field, "Call: ")
    click(qtbot, dialog, "Save and go on")
    qtbot.waitUntil(lambda: ann.waiting() == 0 and not ann.problems())
    assert ann.value(smith, "description") == "Call: Met in Vienna. Likes blue. Wants a quote."
    assert ann.value(smith, "telephone1") == "2"
    assert {(line.field, line.lost) for line in ann.history(smith)} == {
        ("description", "Met in Vienna. Wants a quote."),
        ("description", "Met in Vienna. Likes blue."),
        ("telephone1", "3"),
    }
    dialog.close()


@pytest.mark.parametrize(
    ("deleted", "words", "default"),
    [
        ("there", {"Here: your change", "In the CRM: deleted. What it was there before"}, "Make it again in the CRM"),
        ("here", {"Here: you deleted it", "Boss", "Clerk"}, "Keep it, with their changes"),
    ],
)
def test_both_sides_of_a_deletion_are_shown(
    ann: Desk, ben: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot,
    deleted: str, words: set[str], default: str,
) -> None:  # fmt: skip
    who_deletes, who_changes = (ben, ann) if deleted == "there" else (ann, ben)
    who_deletes.remove(smith)
    who_changes.change(smith, jobtitle="Boss")
    ben.session.push()
    ann.sync()
    dialog = ProblemsDialog(door, window)
    shown(dialog, qtbot)
    assert words <= set(texts(dialog))
    assert named(dialog, default).isDefault()
    click(qtbot, dialog, default)
    qtbot.waitUntil(lambda: ann.waiting() == 0 and not ann.problems())
    assert ann.value(smith, "jobtitle") == "Boss"
    dialog.close()


def test_what_will_happen_is_told_then_done(
    office: Office, ann: Desk, ben: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ben.change(smith, jobtitle="Purchasing lead")
    ben.session.push()
    ann.session.go_offline(now=True)
    ann.change(smith, jobtitle="Head of Purchasing")
    ann.make("account", name="Contoso")
    dialog = PreviewDialog(door, window)
    shown(dialog, qtbot)
    qtbot.waitUntil(lambda: "Job title of Jeff Smith" in texts(dialog))
    assert {"Job title of Jeff Smith", "Clerk", "Head of Purchasing", "Purchasing lead"} <= set(texts(dialog))
    assert {"yours is kept", "Create · Account", "Contoso", "Comes from the CRM"} <= set(texts(dialog))
    assert "2 changes of yours go out" in dialog.words.text()
    assert ann.waiting() == 2
    there = office.has(smith)
    assert there is not None
    assert there.values["jobtitle"] == "Purchasing lead"
    click(qtbot, dialog, "Go online")
    qtbot.waitUntil(lambda: ann.waiting() == 0)


def test_without_a_network_the_preview_says_what_it_does_not_know(
    ann: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ann.change(smith, jobtitle="Head of Purchasing")
    ann.unplug()
    dialog = PreviewDialog(door, window)
    shown(dialog, qtbot)
    qtbot.waitUntil(lambda: any("not known without the network" in each for each in texts(dialog)))
    qtbot.waitUntil(lambda: {"Change · Contact", "Jeff Smith"} <= set(texts(dialog)))
    ann.plug_in()
    ann.session.push()
    click(qtbot, dialog, "Look again")
    qtbot.waitUntil(lambda: "Nothing would change" in texts(dialog))
    dialog.close()


def test_a_receipt_proves_what_arrived_and_its_run_is_undone_and_done_again(
    ann: Desk, ben: Desk, smith: Reference, door: Door, window: QWidget, qtbot: QtBot
) -> None:
    ben.change(smith, jobtitle="Purchasing lead")
    ben.session.push()
    ann.change(smith, jobtitle="Head of Purchasing")
    new = ann.make("account", name="Contoso")
    run = ann.sync().run
    dialog = ReceiptDialog(door, window, run)
    shown(dialog, qtbot)
    assert dialog.heading.text() == "Both changes arrived"
    assert "requests" in dialog.words.text()
    with ann.session.store.read() as reader:
        (made,) = receipts.of_record(reader, new)
    lines = [line for row in range(2) if (line := dialog.table.rows.line(row)) is not None]
    assert {line.title for line in lines} == {"Jeff Smith", "Contoso"}
    assert version_words(made.version) in {line.cells[3] for line in lines}
    click(qtbot, dialog, "Undo this run")
    (asked,) = dialog.findChildren(BringBackDialog)
    qtbot.waitUntil(lambda: asked.words.text().startswith("1 value comes back"))
    click(qtbot, asked, "Bring it back")
    qtbot.waitUntil(lambda: asked.heading.text() == "Brought back")
    qtbot.waitUntil(lambda: ann.waiting() == 0)
    assert ann.value(smith, "jobtitle") == "Purchasing lead"
    click(qtbot, asked, "Take this back")
    qtbot.waitUntil(lambda: ann.value(smith, "jobtitle") == "Head of Purchasing")
    qtbot.waitUntil(lambda: ann.waiting() == 0)
    dialog.close()
