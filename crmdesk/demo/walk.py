"""A working day that lives by itself in the real window: it does, looks, checks, and keeps a picture of each step.

Commands are triggered and fields typed into as a person would; what is checked is looked up in the local data and on
the server (through the colleague's own connection), not in the window that shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from crmdesk.actions import restore
from crmdesk.app import App, application, build
from crmdesk.demo.place import Place, demonstration
from crmdesk.demo.show import add_demo_menu
from crmdesk.model.query import Column, Compare, Query, both
from crmdesk.model.record import Record, Reference, State
from crmdesk.session.connection import ConnectionState
from crmdesk.store import history, mailbox, records
from crmdesk.store.mailbox import MessageRow
from crmdesk.sync.report import Report
from crmdesk.ui.mail.pane import MailPane
from crmdesk.ui.pane import Selection
from crmdesk.ui.records.record_view import RecordView
from crmdesk.ui.theme import theme

PATIENCE = 15.0  # seconds that a step may take
_OURS, _THEIRS = "+45 3555 0142", "+45 3555 0199"


class NotTrue(Exception):
    """Something that should be so did not become so in time."""


@dataclass
class Walk:
    app: App
    place: Place
    pictures: Path
    tell: Callable[[str], None]
    checked: int = 0
    reports: list[Report] = field(default_factory=list)

    # ---- doing and looking

    def until(self, what: str, true: Callable[[], bool]) -> None:
        """Let the window live until it is so. Raises NotTrue."""
        end = monotonic() + PATIENCE
        while not true():
            if monotonic() > end:
                raise NotTrue(what)
            loop = QEventLoop()
            QTimer.singleShot(20, loop.quit)
            loop.exec()

    def check(self, words: str, true: Callable[[], bool]) -> None:
        """It is so, or becomes so; said in a line."""
        self.until(words, true)
        self.checked += 1
        self.tell(f"  ✓ {words}")

    def picture(self, name: str, of: QWidget | None = None) -> None:
        QApplication.processEvents()
        number = len(list(self.pictures.glob("*.png"))) + 1
        path = self.pictures / f"{number:02}-{name}.png"
        if not (of or self.app.window).grab().save(str(path)):
            raise NotTrue(f"the picture {path} could be saved")

    def command(self, name: str) -> None:
        self.app.window.commands[name].trigger()
        QApplication.processEvents()

    def type_into(self, label: str, text: str) -> None:
        """Replace what stands in the field of that name by typing."""
        fields = [
            each
            for each in self.app.window.findChildren(QLineEdit)
            if each.accessibleName() == label and each.isVisible()
        ]
        if not fields:
            raise NotTrue(f"there is a field '{label}' to type into")
        fields[0].setFocus()
        fields[0].selectAll()
        QTest.keyClicks(fields[0], text)

    def save_form(self) -> None:
        view = self.app.window.pane.findChild(RecordView)
        if not isinstance(view, RecordView):
            raise NotTrue("a record is open")
        key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        QApplication.sendEvent(view.form, key)

    # ---- looking things up

    def record(self, reference: Reference) -> Record | None:
        with self.app.desk.read() as reader:
            return records.get(reader, reference)

    def on_server(self, reference: Reference) -> dict[str, object]:
        return dict(self.place.colleague.look(reference.entity, reference.id).values)

    def state(self) -> ConnectionState:
        return self.place.session.status().state

    def find_one(self, query: Query) -> Record:
        with self.app.desk.read() as reader:
            found = records.find(reader, query, self.app.desk.now)
        if not found:
            raise NotTrue(f"the sample organisation has a {query.entity} to work with")
        return found[0]

    def inbox(self) -> list[MessageRow]:
        with self.app.desk.read() as reader:
            return mailbox.listing(reader, mailbox.INBOX)


def live(folder: Path, pictures: Path, tell: Callable[[str], None]) -> bool:
    """Live the day; whether everything was true. Pictures of each step go to `pictures`."""
    application()
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("[0-9][0-9]-*.png"):
        old.unlink()
    with demonstration(folder, tell) as place:
        app = build(place.session)
        add_demo_menu(app, place)
        app.window.resize(1280, 800)
        app.window.show()
        walk = Walk(app, place, pictures, tell)
        app.desk.finished.connect(walk.reports.append)
        try:
            _day(walk)
        except NotTrue as error:
            tell(f"  ✗ NOT TRUE: {error}")
            walk.picture("not-true")
            return False
        finally:
            app.close()
    tell(f"{walk.checked} things were checked and true; {len(list(pictures.glob('*.png')))} pictures in {pictures}")
    return True


def _day(walk: Walk) -> None:
    contact = _contact(walk)
    walk.tell("Morning: mail")
    _read_and_track(walk)
    walk.tell("Online: a change is on the server at once")
    _edit_online(walk, contact)
    walk.tell("On the train: offline")
    _edit_offline(walk, contact)
    walk.tell("Meanwhile, a colleague changes the same contact")
    walk.place.colleague.change("contact", contact.id, {"lastname": "Rodman", "telephone1": _THEIRS})
    walk.tell("Back online: both are kept")
    _go_online(walk, contact)
    walk.tell("History: the value that lost is one click away")
    _restore(walk, contact)
    walk.tell("The rest of the window")
    _look_around(walk)


def _contact(walk: Walk) -> Reference:
    jeff = both(Compare(Column("firstname"), "eq", "Jeff"), Compare(Column("lastname"), "eq", "Smith"))
    return walk.find_one(Query("contact", filter=jeff)).reference


def _read_and_track(walk: Walk) -> None:
    pane = walk.app.window.show_pane("mail")
    assert isinstance(pane, MailPane)
    walk.check("at least 300 messages are here", lambda: _messages(walk) >= 300)
    walk.picture("mail")
    row = next(each for each in walk.inbox() if not each.tracked and not each.outgoing and not each.seen)
    pane.reveal(row.id)
    walk.check("the message is shown", lambda: pane.reading.key == row.id)
    walk.picture("reading")
    account = walk.find_one(Query("account", filter=Compare(Column("name"), "eq", "Adventure Works"))).reference
    walk.app.wiring.tracking.set_regarding(Selection(messages=(row.id,)), account)
    email = Reference("email", mailbox.email_id_of(row.message_id))
    walk.check("the message wears the tracked mark", lambda: _message(walk, row.id).tracked)
    walk.check("its e-mail activity is on the server", lambda: _is_clean(walk, email))
    regarding = walk.on_server(email).get("regardingobjectid")
    walk.check("it is regarding Adventure Works there", lambda: regarding == str(account))
    walk.picture("tracked")


def _edit_online(walk: Walk, contact: Reference) -> None:
    window = walk.app.window
    window.show_pane("records").reveal(contact)
    walk.picture("contact")
    walk.command("edit")
    walk.type_into("Job title", "Head of Purchasing")
    walk.picture("editing")
    walk.save_form()
    walk.check("the job title is saved here", lambda: _value(walk, contact, "jobtitle") == "Head of Purchasing")
    walk.check("the server has confirmed it", lambda: _is_clean(walk, contact))
    title = walk.on_server(contact).get("jobtitle")
    walk.check("a colleague sees it at once", lambda: title == "Head of Purchasing")


def _edit_offline(walk: Walk, contact: Reference) -> None:
    walk.command("offline")
    walk.check("the profile is offline", lambda: walk.state() is ConnectionState.OFFLINE)
    walk.picture("offline")
    walk.command("edit")
    walk.type_into("First name", "John")
    walk.type_into("Business phone", _OURS)
    walk.save_form()
    walk.check("the change waits", lambda: _state_of(walk, contact) is State.WAITING)
    there = walk.on_server(contact)
    walk.check("the server knows nothing of it yet", lambda: there.get("firstname") == "Jeff")
    walk.picture("waiting")


def _go_online(walk: Walk, contact: Reference) -> None:
    walk.command("online")
    walk.check("the profile is online", lambda: walk.state() is ConnectionState.ONLINE)
    walk.check("nothing waits any more", lambda: _is_clean(walk, contact))
    walk.check("it is John Rodman here", lambda: _value(walk, contact, "fullname") == "John Rodman")
    there = walk.on_server(contact)
    walk.check("it is John Rodman on the server", lambda: there.get("fullname") == "John Rodman")
    walk.check("the phone is ours, which came later", lambda: there.get("telephone1") == _OURS)
    walk.picture("merged")


def _restore(walk: Walk, contact: Reference) -> None:
    from crmdesk.ui.dialogs.history import HistoryDialog  # a dialog is imported when it is first asked for

    with walk.app.desk.read() as reader:
        lines = [each for each in history.lines(reader, contact) if each.field == "telephone1"]
    walk.check("the colleague's phone is in history", lambda: bool(lines) and lines[0].lost == _THEIRS)
    dialog = HistoryDialog(walk.app.desk, walk.app.window, contact)
    dialog.open()
    walk.picture("history", dialog)
    walk.app.desk.do(lambda tx: restore.restore(tx, lines[0].id))
    walk.check("it is restored here", lambda: _value(walk, contact, "telephone1") == _THEIRS)
    walk.check("and confirmed by the server", lambda: _is_clean(walk, contact))
    there = walk.on_server(contact)
    walk.check("a colleague sees it again", lambda: there.get("telephone1") == _THEIRS)
    walk.picture("restored", dialog)
    dialog.close()


def _look_around(walk: Walk) -> None:
    before = len(walk.reports)
    walk.command("sync")
    walk.until("a synchronisation ends", lambda: len(walk.reports) > before)
    before = len(walk.reports)
    walk.command("sync")
    walk.until("a second one ends", lambda: len(walk.reports) > before)
    walk.check("nothing changed costs one request", lambda: walk.reports[-1].requests == 1)
    for name in ("contacts", "tasks", "calendar"):
        walk.app.window.show_pane(name)
        walk.picture(name)
    theme().choose("dark")
    walk.app.window.show_pane("mail")
    walk.picture("mail-dark")
    theme().choose("system")


def _messages(walk: Walk) -> int:
    with walk.app.desk.read() as reader:
        return sum(folder.messages for folder in mailbox.folders(reader))


def _message(walk: Walk, key: str) -> MessageRow:
    with walk.app.desk.read() as reader:
        found = mailbox.get(reader, key)
    if found is None:
        raise NotTrue("the message is still here")
    return found


def _state_of(walk: Walk, reference: Reference) -> State | None:
    found = walk.record(reference)
    return None if found is None else found.state


def _is_clean(walk: Walk, reference: Reference) -> bool:
    return _state_of(walk, reference) is State.CLEAN


def _value(walk: Walk, reference: Reference, name: str) -> object:
    found = walk.record(reference)
    return None if found is None else found[name]
