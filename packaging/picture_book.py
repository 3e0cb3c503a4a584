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
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QWidget

from crmdesk.actions import choose, edit
from crmdesk.app import App, application, build
from crmdesk.demo.place import Place, demonstration
from crmdesk.model.query import Column, Compare, Order, Query, both
from crmdesk.model.record import Record, Reference
from crmdesk.store import mailbox, records
from crmdesk.ui.calendar.pane import CalendarPane
from crmdesk.ui.calendar.periods import Period
from crmdesk.ui.language import speak
from crmdesk.ui.records.record_window import RecordWindow
from crmdesk.ui.theme import SchemeChoice, theme

SETTLE = 180  # milliseconds until what was opened has come to rest
SIZES = ((1280, 800), (1920, 1080))
SCHEMES: tuple[SchemeChoice, ...] = ("light", "dark")


@dataclass
class Book:
    """The window while its pictures are taken."""

    app: App
    place: Place
    opened: list[QWidget] = field(default_factory=list)

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

    def close(self) -> None:
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
    book.opened.append(window)
    return window


def _editing(book: Book) -> QWidget:
    book.app.window.show_pane("records").reveal(book.contact())
    book.app.window.commands["edit"].trigger()
    return book.app.window


def _record_window(book: Book) -> QWidget:
    book.app.window.show_pane("records").reveal(book.account())
    book.app.window.commands["open window"].trigger()
    made = next(each for each in QApplication.topLevelWidgets() if isinstance(each, RecordWindow))
    book.opened.append(made)
    return made


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
    "mail": _pane("mail"),
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
    "search": _search,
    "set-regarding": _dialog("regarding"),
    "problems": _dialog("problems"),
    "history": _dialog("history"),
    "waiting": _dialog("waiting"),
    "preview": _dialog("preview"),
    "runs": _dialog("runs"),
    "groups": _dialog("groups"),
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
"""Name of the picture -> what is to be seen on it."""


def prepare(book: Book) -> None:
    """A trip: offline changes, a colleague who changes the same, a record that looks like another."""
    session, colleague = book.place.session, book.place.colleague
    session.do(lambda tx: choose.set_option(tx, "conflict", "ask"))
    contact = book.contact()
    session.go_offline(now=True)
    session.do(lambda tx: edit.change(tx, contact, {"jobtitle": "Head of Purchasing", "telephone1": "+45 3555 0142"}))
    session.do(
        lambda tx: edit.create(
            tx, "account", {"name": "Adventure Works", "emailaddress1": "info@adventure-works.example"}
        )
    )
    colleague.change("contact", contact.id, {"jobtitle": "Purchasing lead", "telephone1": "+45 3555 0199"})
    session.go_online()
    session.go_offline(now=True)
    account = book.account()
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
        app = build(place.session)
        app.window.show()
        try:
            yield Book(app, place)
        finally:
            app.close()


def make(folder: Path, languages: list[str], only: list[str], scale: str) -> list[str]:
    """Take the pictures; the texts that do not fit."""
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="crmdesk-pictures-") as place, _open(Path(place)) as book:
        prepare(book)
        for language in languages:
            speak(language)
            book.app.build_anew()
            for scheme in SCHEMES:
                theme().choose(scheme)
                for width, height in SIZES:
                    book.app.window.resize(width, height)
                    shelf = folder / f"{language}-{scheme}-{width}x{height}-{scale}"
                    shelf.mkdir(parents=True, exist_ok=True)
                    found += [f"{shelf.name}/{line}" for line in _shelf(book, shelf, only)]
    return found


def _shelf(book: Book, shelf: Path, only: list[str]) -> Iterator[str]:
    for name, scene in SCENES.items():
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
    words.add_argument("--only", action="append", default=[], choices=SCENES, help="this picture alone")
    words.add_argument("--language", action="append", default=[], help="en, de or pseudo; usually en and de")
    asked = words.parse_args()
    application()
    scale = f"{round(float(os.environ.get('QT_SCALE_FACTOR', '1')) * 100)}"
    found = make(asked.folder, asked.language or ["en", "de"], asked.only, scale)
    print(*dict.fromkeys(found), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
