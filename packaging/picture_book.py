"""The picture book: every screen and dialog of the program, as it looks with the demonstration's data.

Run in the checkout's .venv by `dev.py pictures DIR`, once per scale. A picture is called
DIR/LANGUAGE-SCHEME-SIZE-SCALE/NAME.png. Texts that do not fit their place are listed at the end, and the exit code
says whether there are any.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QPushButton, QWidget

from crmdesk.actions import choose, edit, track
from crmdesk.app import App, application, build
from crmdesk.demo.place import Place, demonstration
from crmdesk.mail.compose import DraftAttachment
from crmdesk.model.list_view import ListView, ViewColumn
from crmdesk.model.query import Column, Compare, Order, Query, both
from crmdesk.model.record import Record, Reference
from crmdesk.model.words import ENTITIES
from crmdesk.secrets import FileSecrets
from crmdesk.session.connection import ConnectionState
from crmdesk.session.session import Session
from crmdesk.store import mailbox, records, runs
from crmdesk.store.reminders import Reminder
from crmdesk.store.store import Reader
from crmdesk.texts import LANGUAGES
from crmdesk.ui.calendar.pane import CalendarPane
from crmdesk.ui.calendar.periods import Period
from crmdesk.ui.dialogs.bring_back import undo_run
from crmdesk.ui.dialogs.combine_view import CombineDialog
from crmdesk.ui.dialogs.options import PersonalOptions
from crmdesk.ui.dialogs.problems import ProblemsDialog
from crmdesk.ui.dialogs.receipt import ReceiptDialog
from crmdesk.ui.dialogs.reminders import RemindersDialog
from crmdesk.ui.dialogs.view_editor import ViewEditor
from crmdesk.ui.language import speak
from crmdesk.ui.long_list import LongList
from crmdesk.ui.mail.message_window import MessageWindow
from crmdesk.ui.pane import Pane
from crmdesk.ui.records.pane import RecordsPane
from crmdesk.ui.records.record_window import RecordWindow
from crmdesk.ui.theme import SchemeChoice, theme
from crmdesk.ui.timeline import Timeline
from crmdesk.ui.words import tr

SETTLE = 180  # milliseconds until what was opened has come to rest
SIZES = ((1280, 800), (1920, 1080))
SCHEMES: tuple[SchemeChoice, ...] = ("light", "dark")


@dataclass
class Book:
    """The window while its pictures are taken."""

    app: App
    place: Place
    first: App  # of somebody who has just begun: nothing is here yet
    opened: list[QWidget] = field(default_factory=list)
    afterwards: list[Callable[[], object]] = field(default_factory=list)

    def settle(self, milliseconds: int = SETTLE) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def find(self, query: Query) -> Record:
        with self.app.desk.read() as reader:
            return records.find(reader, query, self.app.desk.now)[0]

    def contact(self, lastname: str = "Smith") -> Reference:
        return self.find(Query("contact", filter=Compare(Column("lastname"), "eq", lastname), top=1)).reference

    def account(self, name: str = "Adventure Works") -> Reference:
        return self.find(Query("account", filter=Compare(Column("name"), "eq", name), top=1)).reference

    def command(self, name: str) -> QWidget:
        """Ask for a command as the palette does; the dialog that opens."""
        before = set(self.app.window.findChildren(QDialog))
        self.app.window.commands[name].trigger()
        self.settle()
        made = [each for each in self.app.window.findChildren(QDialog) if each not in before and each.isVisible()]
        self.opened += made
        return made[0] if made else self.app.window

    def show_pane(self, name: str) -> Pane:
        return self.app.window.show_pane(name)

    def show_list(self, name: str) -> Pane:
        """A pane with its list, not with what was opened from it."""
        pane = self.show_pane(name)
        if isinstance(pane, RecordsPane):
            pane.close_record()
        return pane

    def take(self, found: QWidget) -> QWidget:
        """What was opened; it is closed after its picture."""
        self.opened.append(found)
        return found

    def choose(self, **options: str) -> None:
        """Set options (mail_reading="below"), and take them back afterwards."""
        session = self.app.desk.session
        for name, text in options.items():
            option = name.replace("_", ".", 1)
            before = getattr(session.settings, name)
            said = str(before).lower() if isinstance(before, bool) else str(before)
            self.app.desk.do(partial(choose.set_option, name=option, text=text))
            self.afterwards.append(partial(self.app.desk.do, partial(choose.set_option, name=option, text=said)))
        self.settle()

    def choose_for_good(self, option: str, text: str) -> None:
        """Set an option in both windows, which follow it whenever another one changes."""
        for each in (self.app, self.first):
            each.desk.session.do(partial(choose.set_option, name=option, text=text))

    def close(self) -> None:
        for then in self.afterwards:
            then()
        self.afterwards.clear()
        for each in self.opened:
            each.close()
            each.deleteLater()
        self.opened.clear()
        self.settle(20)


Scene = Callable[[Book], QWidget]


def _pane(name: str) -> Scene:
    def scene(book: Book) -> QWidget:
        book.app.window.show_pane(name)
        return book.app.window

    return scene


def _message(word: str) -> Scene:
    """The first message whose subject has this word."""

    def scene(book: Book) -> QWidget:
        pane = book.app.window.show_pane("mail")
        with book.app.desk.read() as reader:
            rows = mailbox.listing(reader, mailbox.INBOX)
        found = [each for each in rows if word in each.subject]
        pane.reveal((found or rows)[0].id)
        book.settle(700)  # the viewer of a page may have to start
        return book.app.window

    return scene


def _record(query: Query) -> Scene:
    def scene(book: Book) -> QWidget:
        book.app.window.show_pane("records").reveal(book.find(query).reference)
        return book.app.window

    return scene


def _dialog(command: str) -> Scene:
    return lambda book: book.command(command)


def _calendar(period: Period) -> Scene:
    def scene(book: Book) -> QWidget:
        pane = book.app.window.show_pane("calendar")
        assert isinstance(pane, CalendarPane)
        pane.show_period(period)
        return book.app.window

    return scene


def _options(page: str) -> Scene:
    def scene(book: Book) -> QWidget:
        dialog = book.command("options")
        show_page = getattr(dialog, "show_page", None)
        if show_page is not None:
            show_page(page)
        return dialog

    return scene


def _compose(book: Book) -> QWidget:
    window = book.app.wiring.compose()
    window.write_to("jeff.smith@adventure-works.example")
    return book.take(window)


def _compose_with_files(book: Book) -> QWidget:
    window = book.app.wiring.compose()
    window.write_to("jeff.smith@adventure-works.example")
    window.subject.setText("Our offer for the second line")
    window.text.setPlainText("Dear Jeff,\n\nas promised: the offer, and the drawing of the hall.\n\nBest regards\nAnna")
    files = (("offer-1142.pdf", "application/pdf", 184_320), ("hall.png", "image/png", 421_888))
    window.attached.show_attachments([DraftAttachment(name, kind, bytes(size)) for name, kind, size in files])
    return book.take(window)


def _message_window(book: Book) -> QWidget:
    _message("Training")(book)
    book.app.window.commands["open window"].trigger()
    book.settle(500)
    return book.take(next(each for each in QApplication.topLevelWidgets() if isinstance(each, MessageWindow)))


def _dialog_of(make: Callable[[Book], QDialog]) -> Scene:
    """A dialog that no command opens by itself."""

    def scene(book: Book) -> QWidget:
        dialog = make(book)
        dialog.open()
        return book.take(dialog)

    return scene


def _run_that_sent(book: Book) -> str:
    with book.app.desk.read() as reader:
        past = runs.newest(reader)
    return next(each.id for each in past if each.report.get("delivered") and each.report.get("overwritten"))


def _reminders(book: Book) -> QWidget:
    now = book.app.desk.now
    due = []
    for entity, minutes in (("appointment", 12), ("task", 0), ("appointment", 45)):
        record = book.find(Query(entity, order=(Order(Column("createdon"), minutes == 45),), top=1))
        when, place = now + timedelta(minutes=minutes), str(record["location"] or "")
        due.append(Reminder(record.reference, record.name, now, when, when + timedelta(hours=1), place))
    dialog = RemindersDialog(book.app.desk, book.app.window)
    dialog.show_due(due)
    dialog.show()
    return book.take(dialog)


def _view_editor(book: Book) -> QWidget:
    """A view of open opportunities above a value, which somebody is changing."""
    kind = ENTITIES["opportunity"]
    wanted = "statecode eq 0 and (estimatedvalue gt 20000 or ownerid/fullname eq 'Anna Berg')"
    draft = ListView(
        "view", kind.name, "Open and large", tuple(map(ViewColumn, kind.columns)), wanted, (("name", False),)
    )
    dialog = ViewEditor(book.app.desk, draft, book.app.window, is_new=False)
    dialog.open()
    book.settle(800)
    return book.take(dialog)


def _problem(number: int) -> Scene:
    """What needs the person: the first, the second."""

    def scene(book: Book) -> QWidget:
        dialog = book.command("problems")
        assert isinstance(dialog, ProblemsDialog)
        dialog.table.choose_row(number)
        return dialog

    return scene


def _combine(book: Book) -> QWidget:
    dialog = _problem(0)(book)
    next(each for each in dialog.findChildren(QPushButton) if each.text() == tr("Combine both…")).click()
    return book.take(dialog.findChildren(CombineDialog)[0])


def _account_form(book: Book) -> QWidget:
    dialog = _options("E-mail")(book)
    assert isinstance(dialog, PersonalOptions)
    dialog.accounts.begin()
    return dialog


def _told(words: str, **ways: Any) -> Scene:
    """The bar at the window's lower edge."""

    def scene(book: Book) -> QWidget:
        book.show_pane("mail")
        bar = book.app.window.undo
        bar.show_done(tr(words), **ways)
        book.afterwards.append(bar.hide)
        return book.app.window

    return scene


def _standing(state: ConnectionState) -> Scene:
    """The status line and the switch when something keeps the two sides apart."""

    def scene(book: Book) -> QWidget:
        desk, window = book.app.desk, book.app.window
        book.show_pane("mail")
        book.settle()
        desk.status_changed.emit(replace(desk.session.status(), state=state))
        book.afterwards.append(desk.ask_for_status)
        return window

    return scene


def _mail_with(**options: str) -> Scene:
    def scene(book: Book) -> QWidget:
        book.show_pane("mail")
        book.choose(**options)
        return book.app.window

    return scene


def _first_day(pane: str, period: Period | None = None) -> Scene:
    """A pane before there is anything in it."""

    def scene(book: Book) -> QWidget:
        window = book.first.window
        window.resize(book.app.window.size())
        window.show()
        shown = window.show_pane(pane)
        if isinstance(shown, CalendarPane) and period is not None:
            shown.show_period(period)
        book.afterwards.append(window.hide)
        return window

    return scene


def _first_day_dialog(command: str) -> Scene:
    """A dialog before there is anything in it."""

    def scene(book: Book) -> QWidget:
        book.first.window.commands[command].trigger()
        book.settle()
        made = [each for each in book.first.window.findChildren(QDialog) if each.isVisible()]
        return book.take(made[-1])

    return scene


def _list_that(pane: str, say: Callable[[LongList], object]) -> Scene:
    """The list of a pane that is being read, or can't be."""

    def scene(book: Book) -> QWidget:
        found = book.show_list(pane).findChildren(LongList)[0]
        book.settle()
        say(found)
        book.afterwards.append(found.read_again)
        return book.app.window

    return scene


def _say_failed(found: LongList) -> None:
    found.say_failed("crmdesk.db is in use by another program. Nothing was changed; try again.")


def _not_found(pane: str) -> Scene:
    def scene(book: Book) -> QWidget:
        fields = book.show_list(pane).findChildren(QLineEdit)
        field = next(each for each in fields if each.isVisible() and not isinstance(each.parent(), Timeline))
        field.setText("Zanzibar")
        book.settle(500)
        book.afterwards.append(field.clear)
        return book.app.window

    return scene


def _editing(book: Book) -> QWidget:
    book.app.window.show_pane("records").reveal(book.contact())
    book.app.window.commands["edit"].trigger()
    return book.app.window


def _record_window(book: Book) -> QWidget:
    book.app.window.show_pane("records").reveal(book.account())
    book.app.window.commands["open window"].trigger()
    return book.take(next(each for each in QApplication.topLevelWidgets() if isinstance(each, RecordWindow)))


def _search(book: Book) -> QWidget:
    book.app.window.show_pane("mail")
    search = book.app.window.bar.search
    search.setFocus()
    search.setText("smith")
    book.settle(400)
    return book.app.window


def _searched(book: Book) -> None:
    book.app.window.bar.search.clear()


def _first(entity: str, by: str = "createdon") -> Query:
    return Query(entity, order=(Order(Column(by)),), top=1)


SCENES: dict[str, Scene] = {
    "mail": _message("Training"),
    "mail-newsletter": _message("Weekly"),
    "contacts": _pane("contacts"),
    "tasks": _pane("tasks"),
    **{f"calendar-{period.value.replace(' ', '-')}": _calendar(period) for period in Period},
    "records": _pane("records"),
    "account": _record(Query("account", filter=Compare(Column("name"), "eq", "Adventure Works"), top=1)),
    "contact": _record(
        Query(
            "contact",
            filter=both(Compare(Column("firstname"), "eq", "Jeff"), Compare(Column("lastname"), "eq", "Smith")),
        )
    ),
    "contact-editing": _editing,
    "opportunity": _record(_first("opportunity")),
    "lead": _record(_first("lead")),
    "compose": _compose,
    "compose-attachments": _compose_with_files,
    "message-window": _message_window,
    "search": _search,
    "set-regarding": _dialog("regarding"),
    "problems": _dialog("problems"),
    "merge-desk": _problem(1),
    "combine": _combine,
    "receipt": _dialog_of(lambda book: ReceiptDialog(book.app.desk, book.app.window, _run_that_sent(book))),
    "bring-back": _dialog_of(lambda book: undo_run(book.app.desk, book.app.window, _run_that_sent(book))),
    "reminders": _reminders,
    "history": _dialog("history"),
    "waiting": _dialog("waiting"),
    "preview": _dialog("preview"),
    "runs": _dialog("runs"),
    "groups": _dialog("groups"),
    "view-editor": _view_editor,
    "diagnostics": _dialog("diagnostics"),
    "record-window": _record_window,
    "connect": _dialog("connect"),
    "welcome": _dialog("welcome"),
    "palette": _dialog("palette"),
    "keys": _dialog("keys"),
    **{
        f"options-{page.lower().replace(' ', '-')}": _options(page)
        for page in (
            "General",
            "E-mail",
            "Tracking",
            "Synchronisation",
            "Local data",
            "Address book",
            "Appearance",
            "Privacy",
        )
    },
}
"""Name of the picture -> what is to be seen on it: every screen and dialog."""

LISTS = ("mail", "contacts", "tasks", "records")
STATES: dict[str, Scene] = {
    "options-mail-account": _account_form,
    "undo-bar": _told("Archived", back=lambda: None),
    "undo-bar-words": _told("Nothing is selected."),
    "undo-bar-receipt": _told("Saved", further=(tr("Receipt"), lambda: None)),
    "no-connection": _standing(ConnectionState.NO_CONNECTION),
    "sign-in-needed": _standing(ConnectionState.SIGN_IN_NEEDED),
    "mail-below": _mail_with(mail_reading="below"),
    "mail-off": _mail_with(mail_reading="off"),
    "mail-single": _mail_with(mail_conversations="false"),
    **{f"{pane}-empty": _first_day(pane, Period.AGENDA) for pane in (*LISTS, "calendar")},
    **{f"{pane}-reading": _list_that(pane, LongList.say_reading) for pane in LISTS},
    **{f"{pane}-failed": _list_that(pane, _say_failed) for pane in LISTS},
    **{f"{pane}-not-found": _not_found(pane) for pane in ("contacts", "records")},
    **{f"{name}-empty": _first_day_dialog(name) for name in ("problems", "waiting", "runs", "history")},
}
"""The same screens in their other states: layouts, what is told, lists that are empty, being read, or not readable."""


def _track_some_mail(book: Book) -> None:
    """Some of the newest messages of people, each about the company of who wrote it."""
    with book.app.desk.read() as reader:
        newest = mailbox.listing(reader, mailbox.INBOX, limit=20)
        found = ((row.id, _company_of(reader, row.sender)) for row in newest)
        about = [(key, company) for key, company in found if company is not None][:6]  # before dawn newsletters lead
    for key, company in about[:2] + about[3:]:
        book.place.session.do(partial(track.track, kind="message", ids=[key], regarding=company))


def _company_of(reader: Reader, address: str) -> Reference | None:
    """The company of who writes from this address; None for nobody whom the CRM knows."""
    query = Query("contact", filter=Compare(Column("emailaddress1"), "eq", address), top=1)
    found = records.find(reader, query, None)
    return Reference.parse(str(found[0]["parentcustomerid"])) if found else None


def prepare(book: Book) -> None:
    """A trip: offline changes, a colleague who changes the same, a record that looks like another."""
    session, colleague = book.place.session, book.place.colleague
    _track_some_mail(book)
    account = book.account()
    session.go_offline(now=True)
    session.do(lambda tx: edit.change(tx, account, {"telephone1": "+1 206 555 0142", "address1_city": "Redmond"}))
    call = {"subject": "Call about the second line", "regardingobjectid": str(account)}
    session.do(lambda tx: edit.create(tx, "task", call, track=True))
    colleague.change("account", account.id, {"telephone1": "+1 206 555 0199"})
    session.go_online()
    session.do(lambda tx: choose.set_option(tx, "conflict", "ask"))
    contact = book.contact()
    session.go_offline(now=True)
    session.do(lambda tx: edit.change(tx, contact, {"jobtitle": "Head of Purchasing", "telephone1": "+45 3555 0142"}))
    session.do(
        lambda tx: edit.create(
            tx,
            "account",
            {
                "name": "Adventure Works Ltd",
                "emailaddress1": "info@adventure-works.example",
                "telephone1": "+1 206 555 0188",
                "address1_city": "Bellevue",
            },
        )
    )
    colleague.change("contact", contact.id, {"jobtitle": "Purchasing lead", "telephone1": "+45 3555 0199"})
    session.go_online()
    session.go_offline(now=True)
    session.do(lambda tx: edit.change(tx, account, {"websiteurl": "https://adventure-works.example/new"}))


def clipped(root: QWidget) -> Iterator[str]:
    """Texts in sight that have less room than they need; what elides or wraps on purpose is left aside."""
    parts: list[QLabel | QAbstractButton] = [*root.findChildren(QLabel), *root.findChildren(QAbstractButton)]
    for part in parts:
        if not part.isVisible() or not part.text() or part.visibleRegion().isEmpty():
            continue
        if isinstance(part, QLabel) and (part.wordWrap() or part.textFormat().name == "RichText"):
            continue
        if part.width() + 1 < part.minimumSizeHint().width():
            yield f"{part.text()!r} has {part.width()} of {part.minimumSizeHint().width()} pixels"


@contextmanager
def _open(folder: Path) -> Iterator[Book]:
    with demonstration(folder, lambda words: None) as place:
        begun = Session(folder / "first", secrets=FileSecrets(folder / "secrets", "first"))
        app, first = build(place.session), build(begun)
        app.window.show()
        try:
            yield Book(app, place, first)
        finally:
            first.close()
            app.close()
            begun.close()


def make(folder: Path, languages: list[str], only: list[str], scale: str) -> list[str]:
    """Take the pictures; the texts that do not fit."""
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="crmdesk-pictures-") as place, _open(Path(place)) as book:
        prepare(book)
        for language in languages:
            if language in LANGUAGES:
                book.choose_for_good("appearance.language", language)
            speak(language)
            for each in (book.app, book.first):
                each.build_anew()
            for scheme in SCHEMES:
                book.choose_for_good("appearance.scheme", scheme)
                theme().choose(scheme)
                for width, height in SIZES:
                    book.app.window.resize(width, height)
                    shelf = folder / f"{language}-{scheme}-{width}x{height}-{scale}"
                    shelf.mkdir(parents=True, exist_ok=True)
                    found += [f"{shelf.name}/{line}" for line in _shelf(book, shelf, only)]
    return found


def _shelf(book: Book, shelf: Path, only: list[str]) -> Iterator[str]:
    for name, scene in {**SCENES, **STATES}.items():
        if only and name not in only:
            continue
        shown = scene(book)
        book.settle()
        shown.grab().save(str(shelf / f"{name}.png"))
        yield from (f"{name}: {line}" for line in clipped(shown))
        book.close()
        _searched(book)


def main() -> int:
    words = argparse.ArgumentParser(prog="dev.py pictures", description="Take a picture of every screen and dialog.")
    words.add_argument("folder", type=Path, metavar="DIR")
    words.add_argument("--only", action="append", default=[], choices=[*SCENES, *STATES], help="this picture alone")
    words.add_argument("--language", action="append", default=[], help="en, de or pseudo; usually en and de")
    asked = words.parse_args()
    application()
    scale = f"{round(float(os.environ.get('QT_SCALE_FACTOR', '1')) * 100)}"
    found = make(asked.folder, asked.language or ["en", "de"], asked.only, scale)
    print(*dict.fromkeys(found), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
