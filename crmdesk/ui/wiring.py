"""The window's own commands carried out: synchronising, going on- and offline, tracking, dialogs, what the status says.

Dialogs are imported when they are first asked for, so that the window opens quickly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from shiboken6 import isValid

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.model.record import Record, Reference
from crmdesk.store import mailbox, records
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.reminders import Reminder
from crmdesk.store.search import Hit
from crmdesk.store.store import Reader
from crmdesk.sync.report import Report
from crmdesk.ui.command_bar import TRACKING
from crmdesk.ui.delivery_words import is_worth_telling, report_words
from crmdesk.ui.language import speak
from crmdesk.ui.main_window import MainWindow
from crmdesk.ui.messages import Messages
from crmdesk.ui.notifications import Notifications
from crmdesk.ui.opening import DIALOGS
from crmdesk.ui.pane import Pane, Selection
from crmdesk.ui.rail_counts import RailCounts
from crmdesk.ui.search_popup import SearchPopup
from crmdesk.ui.sync_status import SyncStatus
from crmdesk.ui.theme import theme
from crmdesk.ui.tracking import Tracking, can_be_regarding
from crmdesk.ui.words import plural, tr

if TYPE_CHECKING:
    from crmdesk.ui.dialogs.options import PersonalOptions
    from crmdesk.ui.dialogs.reminders import RemindersDialog
    from crmdesk.ui.mail.compose import Compose
    from crmdesk.ui.records.record_window import RecordWindows

_MOST_WINDOWS = 5  # that are opened at once
_PANE_OF = {"contact": "contacts", "task": "tasks", "appointment": "calendar"}


class Wiring(QObject):
    """Joins a window and a Desk. Lives as long as the window, which is to be built anew after `language_changed`."""

    language_changed = Signal()

    def __init__(self, window: MainWindow, desk: Desk) -> None:
        super().__init__(window)
        self.window, self.desk = window, desk
        self.tracking = Tracking(desk)
        self.sync_status = SyncStatus(window, desk)
        self._reminders: RemindersDialog | None = None
        self._windows: RecordWindows | None = None
        self._notifications = Notifications(window, window.come_back)
        self._messages = Messages(desk, window, self.tracking, self)
        self._popup = SearchPopup(desk, window.bar.search, window)
        self._commands: dict[str, Callable[[], object]] = {
            "sync": desk.sync_now,
            "cancel": desk.cancel,
            "online": desk.go_online,
            "offline": self.sync_status.go_offline,
            "fetch mail": desk.fetch_mail,
            "address book": desk.sync_addresses,
            "track": lambda: self.tracking.track(self._selection()),
            "untrack": lambda: self.tracking.untrack(self._selection()),
            "regarding": self._set_regarding,
            "open window": self._open_window,
            "view": lambda: self.tracking.view(self._selection()),
            "offline now": lambda: desk.go_offline(now=True),
            "runs": self._show_runs,
            "options": self._options,
            "mail account": lambda: self._options("E-mail").accounts.begin(),
        }
        self._join()
        RailCounts(desk, window.navigation, self)

    def _join(self) -> None:
        window, desk = self.window, self.desk
        window.asked.connect(self._asked)
        window.pane_made.connect(self._pane_made)
        self._messages.wanted_of_window.connect(self._wanted)
        self._messages.open_asked.connect(self._open)
        window.status.problems_asked.connect(partial(self._asked, "problems"))
        window.status.preview_asked.connect(partial(self._asked, "preview"))
        window.status.runs_asked.connect(self._show_runs)
        window.status.set_up_asked.connect(partial(self._asked, "connect"))
        window.bar.searched.connect(self._popup.look_for)
        window.bar.search_entered.connect(self._popup.open_first)
        window.bar.search_left.connect(self._popup.hide)
        window.bar.search_down.connect(self._leave_search_downwards)
        self._popup.opened.connect(self._open_hit)
        desk.changed.connect(self._changed)
        desk.finished.connect(self._finished)
        desk.failed.connect(self._failed)
        desk.mail_came.connect(self._mail_came)
        self.tracking.done.connect(window.undo.show_done)
        self.tracking.failed.connect(self._failed)
        self.tracking.local.connect(self._open)
        self.tracking.live.connect(self._show_live)
        for pane in window.panes.values():
            self._pane_made(pane)

    @Slot()
    def _leave_search_downwards(self) -> None:
        if not self._popup.take_focus():
            self.window.pane.focus_list()

    # ---- commands

    @Slot(str)
    def _asked(self, name: str) -> None:
        if name in TRACKING and not self._selection():
            self._failed(tr("Nothing is selected."))  # it went while the command was on its way
        elif name in self._commands:
            self._commands[name]()
        elif name in DIALOGS:
            DIALOGS[name](self.desk, self.window)
        elif name == "new message":
            self.compose().write_to("")
        elif name.startswith("new "):
            self._make(name.removeprefix("new "))

    def _selection(self) -> Selection:
        return self.window.pane.selection()

    def _make(self, entity: str) -> None:
        """What can be private is made in its own pane; everything else in the CRM's."""
        if not self.window.show_pane(_PANE_OF.get(entity, "records")).run(f"new {entity}"):
            self.window.show_pane("records").run(f"new {entity}")

    def compose(self) -> Compose:
        """A new window to write in."""
        from crmdesk.ui.mail.compose import Compose  # the mail side is imported when somebody writes

        window = Compose(self.desk)
        window.show()
        return window

    def _set_regarding(self) -> None:
        from crmdesk.ui.dialogs.set_regarding import SetRegarding  # a dialog is imported when it is first asked for

        selection = self._selection()
        targets = can_be_regarding(selection)
        if not targets:
            self._failed(tr("What is selected can't be about another record."))
            return
        dialog = SetRegarding(self.desk, targets, self.window)
        dialog.chosen.connect(lambda reference: self.tracking.set_regarding(selection, reference))
        dialog.open()

    def _open_window(self) -> None:
        """What is selected in a window of its own; messages are the mail pane's."""
        from crmdesk.ui.records.record_window import RecordWindows  # see _set_regarding

        if self._windows is None:
            self._windows = RecordWindows(self.desk, self.window.kept, self)
            self._windows.open_asked.connect(self._open)
            self._windows.address_asked.connect(lambda address: self._wanted("open address", address))
            self.window.closing.connect(self._windows.close)
        for reference in self._selection().records[:_MOST_WINDOWS]:
            if not self._windows.show_record(reference):
                self._open(reference)

    @Slot(str)
    def _show_runs(self, run: str = "") -> None:
        """The past runs; the receipt of one of them, where it is named."""
        from crmdesk.ui.dialogs.receipt import ReceiptDialog  # see _set_regarding
        from crmdesk.ui.dialogs.runs import SynchronisationDialog

        dialog = ReceiptDialog(self.desk, self.window, run) if run else SynchronisationDialog(self.desk, self.window)
        dialog.open()

    def _options(self, page: str = "") -> PersonalOptions:
        from crmdesk.ui.dialogs.options import PersonalOptions  # see _set_regarding

        dialog = PersonalOptions(self.desk, self.window)
        if page:
            dialog.show_page(page)
        dialog.open()
        return dialog

    @Slot(object)
    def show_reminders(self, due: tuple[Reminder, ...]) -> None:
        """What is due now, in a small window beside the work."""
        from crmdesk.ui.dialogs.reminders import RemindersDialog  # see _set_regarding

        if self._reminders is None or not isValid(self._reminders):
            if not due:
                return
            self._reminders = RemindersDialog(self.desk, self.window)
            self._reminders.opened.connect(self._open)
        if due:
            self._reminders.show()
            self._notify(tr("Reminder"), due[-1].name)
        self._reminders.show_due(due)

    # ---- panes and what they ask for

    @Slot(object)
    def _pane_made(self, pane: Pane) -> None:
        pane.open_asked.connect(self._open)
        pane.message_asked.connect(self._show_message)
        pane.wanted.connect(self._wanted)
        pane.done.connect(self.window.undo.show_done)

    @Slot(object)
    def _open(self, reference: Reference) -> None:
        """Show a record of the local data, or the server's when it is not here."""
        with self.desk.read() as reader:
            here = records.get(reader, reference) is not None
        if here:
            self.window.show_pane("records").reveal(reference)
        else:
            self.desk.look_live(reference, lambda row: self._show_live(Record(row.entity, row.id, row.values)))

    @Slot(object)
    def _show_live(self, record: Record) -> None:
        pane = self.window.show_pane("records")
        show_live = getattr(pane, "show_live", None)
        if show_live is not None:
            show_live(record)

    @Slot(str)
    def _show_message(self, key: str) -> None:
        self.window.show_pane("mail").reveal(key)

    @Slot(str, object)
    def _wanted(self, name: str, about: object) -> None:
        if name == "new message":
            self.compose().write_to(str(about or ""))
        elif name in ("reply", "reply all"):
            self.compose().answer(str(about), name == "reply all")
        elif name == "forward":
            self.compose().forward(str(about))
        elif self._messages.wanted(name, about):
            return
        elif name == "open draft":
            self.compose().open_draft(str(about))
        elif name == "open address":
            text = str(about)
            if "@" in text:
                self.compose().write_to(text)
            else:
                QDesktopServices.openUrl(QUrl.fromUserInput(text))
        else:
            self._asked(name)

    @Slot(object)
    def _open_hit(self, hit: Hit) -> None:
        if hit.kind == "message":
            self._show_message(hit.id)
        elif hit.kind in _PANE_OF:
            pane = self.window.show_pane(_PANE_OF[hit.kind])
            pane.reveal(Reference(hit.kind, hit.id))
        else:
            self._open(Reference(hit.kind, hit.id))

    # ---- what is told

    @Slot(int)
    def _mail_came(self, count: int) -> None:
        def read_newest(reader: Reader) -> list[MessageRow]:
            return mailbox.listing(reader, mailbox.INBOX, limit=1)

        self.desk.in_background(read_newest, partial(self._tell_of_mail, count))

    def _tell_of_mail(self, count: int, newest: list[MessageRow]) -> None:
        about = f"{newest[0].sender_name or newest[0].sender}: {newest[0].subject}" if newest else ""
        words = plural(count, "{n} new message", "{n} new messages")
        self._notify(words, about, lambda: self.window.show_pane("mail"))

    def _notify(self, title: str, words: str, then: Callable[[], object] | None = None) -> None:
        if self.desk.session.settings.notifications:
            self._notifications.tell(title, words, then)

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if changes.options:
            settings = self.desk.session.settings
            theme().choose(settings.appearance_scheme)
            if speak(settings.appearance_language):
                self.language_changed.emit()
                return  # a new window takes over
        self.window.update_commands()

    @Slot(object)
    def _finished(self, report: Report) -> None:
        if report.delivered:
            self.window.status.show_receipt(report.run)
        if is_worth_telling(report):
            receipt = (tr("Receipt"), lambda: self._show_runs(report.run)) if report.delivered else None
            self.window.undo.show_done(report_words(report), further=receipt)

    @Slot(str)
    def _failed(self, words: str) -> None:
        self.window.undo.show_done(words)
