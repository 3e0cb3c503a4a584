"""Builds the window and what stands behind it, in one place."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QSettings, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from crmdesk.desk.desk import Desk
from crmdesk.desk.garbage import GarbageCollector
from crmdesk.desk.reminders import Reminders
from crmdesk.desk.return_watch import ReturnWatch
from crmdesk.desk.schedule import Schedule
from crmdesk.resource_files import resource
from crmdesk.session.connection import ConnectionState
from crmdesk.session.session import Session
from crmdesk.store import mailbox
from crmdesk.ui.language import speak
from crmdesk.ui.mail.engine import prepare_application
from crmdesk.ui.main_window import MainWindow, PaneMaker
from crmdesk.ui.pane import Pane
from crmdesk.ui.theme import theme
from crmdesk.ui.warming import warm
from crmdesk.ui.wiring import Wiring

_SETTLED = 1000  # ms after the window opened, when what it shows first has been read


@dataclass
class App:
    """An open window with everything behind it. close() stops the work; the session is its maker's to close."""

    window: MainWindow
    desk: Desk
    schedule: Schedule
    returns: ReturnWatch
    reminders: Reminders
    wiring: Wiring
    garbage: GarbageCollector

    def begin(self) -> None:
        """From now on things happen by themselves: updates, mail, looking whether the network is back."""
        self.garbage.set_aside()
        self.schedule.begin()
        self.returns.begin()
        self.reminders.look()
        QTimer.singleShot(_SETTLED, self.desk, lambda: warm(self.desk))
        if _is_new(self.desk):
            self.window.commands["welcome"].trigger()

    def close(self) -> None:
        self.window.close()
        self.desk.close()
        self.garbage.close()

    def join(self) -> None:
        """Join the window to what tells it something by itself."""
        self.wiring.language_changed.connect(self.build_anew)
        self.reminders.due.connect(self.wiring.show_reminders)

    def build_anew(self) -> None:
        """Another window in the old one's place: texts are chosen when a widget is made."""
        old = self.window
        old.keep_layout()
        self.window, self.wiring = _window(self.desk)
        self.join()
        if old.isVisible():
            self.window.show()
        old.close()
        old.deleteLater()


def application() -> QApplication:
    """The one QApplication, made when there is none. Ends the process with a sentence where no window can be shown."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    prepare_application()
    before = qInstallMessageHandler(_say_that_there_is_no_screen)
    made = QApplication(sys.argv[:1])
    qInstallMessageHandler(before)
    made.setApplicationName("crmdesk")
    made.setApplicationDisplayName("crmdesk")
    QGuiApplication.setDesktopFileName("crmdesk")
    made.setWindowIcon(QIcon(str(resource("icons/crmdesk.svg"))))
    return made


def _say_that_there_is_no_screen(kind: QtMsgType, context: QMessageLogContext, words: str | None) -> None:
    """Qt aborts the process after its last word; that word is the only place where ours can be said instead."""
    if kind is not QtMsgType.QtFatalMsg:
        return
    sys.stderr.write(
        "The window cannot be opened: there is no screen here, or it cannot be used. Nothing was changed. "
        "All commands work without one: crmdesk --help\n"
    )
    sys.stderr.flush()
    os._exit(1)


def _is_new(desk: Desk) -> bool:
    """Whether there is neither a CRM server nor mail yet."""
    with desk.read() as reader:
        has_mail = any(each.kind != "local" for each in mailbox.accounts(reader))
    return not has_mail and desk.session.status().state is ConnectionState.NOT_SET_UP


def build(session: Session) -> App:
    """The window over a session, shown with the pane that was last looked at; nothing runs by itself yet."""
    theme().choose(session.settings.appearance_scheme)
    speak(session.settings.appearance_language)
    desk = Desk(session)
    window, wiring = _window(desk)
    made = App(window, desk, Schedule(desk), ReturnWatch(desk), Reminders(desk), wiring, GarbageCollector(desk))
    made.join()
    return made


def _window(desk: Desk) -> tuple[MainWindow, Wiring]:
    layout = QSettings(str(desk.session.profile / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(_makers(desk), layout)
    window.open_first()
    return window, Wiring(window, desk)


def run(profile: Path) -> int:
    """Open the window over a profile until it is closed; gives the exit code. Raises StoreError."""
    logging.basicConfig(level=logging.WARNING)
    qt = application()
    session = Session(profile)
    try:
        app = build(session)
        app.window.show()
        app.begin()
        code = qt.exec()
        app.close()
    finally:
        session.close()
    return code


def _makers(desk: Desk) -> dict[str, PaneMaker]:
    """Each pane is imported when it is first looked at, so that the window opens quickly."""

    def mail() -> Pane:
        from crmdesk.ui.mail.pane import MailPane

        return MailPane(desk)

    def contacts() -> Pane:
        from crmdesk.ui.contacts.pane import ContactsPane

        return ContactsPane(desk)

    def tasks() -> Pane:
        from crmdesk.ui.tasks.pane import TasksPane

        return TasksPane(desk)

    def calendar() -> Pane:
        from crmdesk.ui.calendar.pane import CalendarPane

        return CalendarPane(desk)

    def records() -> Pane:
        from crmdesk.ui.records.pane import RecordsPane

        return RecordsPane(desk)

    return {"mail": mail, "contacts": contacts, "tasks": tasks, "calendar": calendar, "records": records}
