"""The demonstration in its window, with a menu through which a colleague changes a record."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from crmdesk.actions.refusal import Refusal
from crmdesk.app import App, application, build
from crmdesk.crm.errors import CrmError
from crmdesk.demo.place import Colleague, Place, demonstration
from crmdesk.model.query import Query
from crmdesk.model.record import Record
from crmdesk.store import records
from crmdesk.ui.words import tr

_TITLES = ("Head of Purchasing", "Plant manager", "Purchasing lead", "Chief engineer", "Office manager")


def choose_screen(quiet: bool) -> str:
    """Without a screen Qt draws off the screen; the words that say so, or nothing."""
    if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    if os.environ.get("QT_QPA_PLATFORM"):
        return ""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return "There is no screen here: the window is drawn off the screen" + (
        "." if quiet else ", so you will not see it. Ctrl+C ends the demonstration."
    )


def window(folder: Path, tell: Callable[[str], None]) -> int:
    """Build the demonstration in `folder` and show it until its window is closed; the exit code."""
    qt = application()
    with demonstration(folder, tell) as place:
        app = build(place.session)
        add_demo_menu(app, place)
        app.window.show()
        app.begin()
        tell("The window is open. Everything of the demonstration goes away when you close it.")
        code = qt.exec()
        app.close()
    return code


def add_demo_menu(app: App, place: Place) -> QMenu:
    """Demo ▸ A colleague changes the record you look at."""
    bar = app.window.menuBar()
    menu = bar.addMenu(tr("Demo"))
    one = QAction(tr("A colleague changes the contact that you look at"), app.window)
    one.triggered.connect(lambda: _change(app, place.colleague))
    menu.addAction(one)
    return menu


def _change(app: App, colleague: Colleague) -> None:
    """In a worker, because it asks the server; the change arrives here with the next synchronisation."""
    contact = _looked_at(app)
    if contact is None:
        app.window.undo.show_done(tr("There is no contact in the local data to be changed."))
        return
    title = random.choice([each for each in _TITLES if each != contact["jobtitle"]])

    def told(row: object) -> None:
        words = tr("Ben Okafor made {name} {title}. Sync now brings it here.", name=contact.name, title=title)
        app.window.undo.show_done(words)

    def change(hooks: object) -> object:
        try:
            return colleague.change("contact", contact.id, {"jobtitle": title})
        except CrmError as error:
            raise Refusal(str(error)) from None

    app.desk.do_mail(change, told)


def _looked_at(app: App) -> Record | None:
    """The contact that is selected, else any."""
    with app.desk.read() as reader:
        for reference in app.window.pane.selection().records:
            if (
                reference.entity == "contact"
                and (found := records.get(reader, reference)) is not None
                and found.version
            ):
                return found
        some = [each for each in records.find(reader, Query("contact", top=20), app.desk.now) if each.version]
    return some[0] if some else None
