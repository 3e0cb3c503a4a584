"""Every command of the window as data: its words, icon, keys. One QAction each, shared by bar, menus and palette."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QWidget

from crmdesk.ui.icons import TRACKED, icon
from crmdesk.ui.words import tr

_NOT_TYPED = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


@dataclass(frozen=True)
class Command:
    """`name` is what is asked for; `keys` are its shortcuts, the first of them shown in menus."""

    name: str
    words: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    color: str = "text"
    tip: str = ""


@dataclass(frozen=True)
class Section:
    """Commands that belong together, as the sheet of shortcuts shows them."""

    title: str
    commands: tuple[Command, ...]


def sections() -> tuple[Section, ...]:
    """Every command, once."""
    return (
        Section(
            tr("Make something new"),
            (
                Command("new", tr("New"), "plus", ("Ctrl+N",), "on_accent", tr("New, as fits what you look at")),
                Command("new message", tr("New message"), "envelope", ("Ctrl+Shift+M",)),
                Command("new contact", tr("New contact"), "user-plus", ("Ctrl+Shift+C",)),
                Command("new task", tr("New task"), "check-square", ("Ctrl+Shift+K",)),
                Command("new appointment", tr("New appointment"), "calendar-plus", ("Ctrl+Shift+Q",)),
                Command("new account", tr("New account"), "buildings"),
                Command("new lead", tr("New lead"), "funnel"),
                Command("new opportunity", tr("New opportunity"), "trend-up"),
                Command("new phonecall", tr("New phone call"), "phone"),
            ),
        ),
        Section(
            tr("Messages"),
            (
                Command("reply", tr("Reply"), "arrow-bend-up-left", ("Ctrl+R",)),
                Command("reply all", tr("Reply all"), "arrow-bend-double-up-left", ("Ctrl+Shift+R",)),
                Command("forward", tr("Forward"), "arrow-bend-up-right", ("Ctrl+L",)),
                Command("archive", tr("Archive"), "archive", ("E",)),
                Command("delete", tr("Delete"), "trash", ("Del",)),
                Command("star", tr("Star"), "star", ("S",)),
                Command("mark read", tr("Mark as read or unread"), "envelope-open", ("U",)),
                Command("conversations", tr("Conversations on or off"), "chats"),
                Command("reading pane", tr("Reading pane right, below or off"), "square-half"),
                Command("task from message", tr("Make a task of the message"), "check-square", ("Ctrl+Alt+K",)),
                Command(
                    "appointment from message",
                    tr("Make an appointment of the message"),
                    "calendar-plus",
                    ("Ctrl+Alt+Q",),
                ),
                Command("lead from message", tr("Convert to a lead"), "funnel", ("Ctrl+Shift+L",)),
                Command("opportunity from message", tr("Convert to an opportunity"), "trend-up"),
                Command("contact from message", tr("Convert to a contact"), "user-plus"),
            ),
        ),
        Section(
            tr("Records, tasks and appointments"),
            (
                Command("open", tr("Open"), "arrows-out-simple", ("Return",)),
                Command("open window", tr("Open in a window"), "app-window", ("Ctrl+O",)),
                Command("edit", tr("Edit"), "pencil-simple", ("F2",)),
                Command("write", tr("Write"), "envelope", tip=tr("Write a message to this person")),
                Command("complete", tr("Complete"), "check-circle", ("Ctrl+D",)),
                Command("today", tr("Today"), "calendar-blank", ("Home",)),
                Command("note", tr("Note"), "note"),
            ),
        ),
        Section(
            tr("Tracking"),
            (
                Command("track", tr("Track"), TRACKED, ("T",), "tracked", tr("Keep this in the CRM")),
                Command(
                    "untrack", tr("Untrack"), "link-break", ("Shift+T",), "tracked", tr("Take this out of the CRM")
                ),
                Command(
                    "regarding",
                    tr("Set regarding"),
                    "tag",
                    ("G",),
                    "tracked",
                    tr("Choose the record that this is about"),
                ),
                Command(
                    "view", tr("View in CRM"), "arrow-square-out", ("V",), "tracked", tr("Show the server's state now")
                ),
                Command("copy contacts", tr("Copy to My Contacts"), "download-simple"),
            ),
        ),
        Section(
            tr("Search and synchronise"),
            (
                Command("search", tr("Search"), "magnifying-glass", ("/", "Ctrl+F")),
                Command(
                    "sync", tr("Sync now"), "arrows-clockwise", ("F9",), tip=tr("Bring this computer and CRM together")
                ),
                Command("cancel", tr("Cancel the running task"), "x"),
                Command("online", tr("Online"), "wifi-high", color="done", tip=tr("Go online")),
                Command("offline", tr("Offline"), "wifi-slash", color="waiting", tip=tr("Go offline")),
                Command("offline now", tr("Go offline without synchronising"), "wifi-slash"),
                Command("fetch mail", tr("Look for new mail"), "tray", ("Shift+F9",)),
                Command("address book", tr("Update the address book"), "address-book"),
            ),
        ),
        Section(
            tr("Panes"),
            (
                Command("mail", tr("Show mail"), "envelope", ("Ctrl+1",)),
                Command("contacts", tr("Show contacts"), "users", ("Ctrl+2",)),
                Command("tasks", tr("Show tasks"), "check-square", ("Ctrl+3",)),
                Command("calendar", tr("Show the calendar"), "calendar-blank", ("Ctrl+4",)),
                Command("records", tr("Show the CRM"), "buildings", ("Ctrl+5",)),
            ),
        ),
        Section(
            tr("Look up and set up"),
            (
                Command("waiting", tr("Waiting changes"), "clock"),
                Command("preview", tr("What will happen if I go online now"), "eye"),
                Command("runs", tr("Past synchronisations"), "list-bullets"),
                Command("problems", tr("What needs you"), "warning-circle"),
                Command("history", tr("History"), "clock-counter-clockwise"),
                Command("groups", tr("Local data groups"), "funnel-simple"),
                Command("options", tr("Personal options"), "gear", ("Ctrl+,",)),
                Command("diagnostics", tr("Diagnostics"), "first-aid"),
                Command("connect", tr("Connect to a CRM server"), "cloud-arrow-up"),
                Command("mail account", tr("Add a mail account"), "at"),
                Command("welcome", tr("First steps"), "check-circle"),
                Command("palette", tr("All commands"), "command", ("Ctrl+K",)),
                Command("keys", tr("Keyboard shortcuts"), "keyboard", ("?", "F1", "Ctrl+/")),
                Command("quit", tr("Quit"), "sign-out", ("Ctrl+Q",)),
            ),
        ),
    )


class Commands(QObject):
    """The commands' QActions. Emits `asked` with the name of the one that was triggered."""

    asked = Signal(str)

    def __init__(self, window: QWidget, names: Collection[str] | None = None) -> None:
        """All commands, or those of the names that a smaller window has."""
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)
        self.table = {
            each.name: each
            for section in sections()
            for each in section.commands
            if names is None or each.name in names
        }
        self._actions = {each.name: self._action(each, window) for each in self.table.values()}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def enable(self, names: Iterable[str], possible: Iterable[str]) -> None:
        """Of `names`, those that are among `possible` can be asked for."""
        possible = set(possible)
        for name in names:
            self._actions[name].setEnabled(name in possible)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return belongs to the field that has the keyboard; it opens what is chosen only from outside of fields."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & _NOT_TYPED
            if is_return and isinstance(self._window.focusWidget(), QLineEdit | QAbstractSpinBox | QComboBox):
                event.accept()
        return super().eventFilter(watched, event)

    def _action(self, command: Command, window: QWidget) -> QAction:
        action = QAction(command.words, window)
        action.setObjectName(command.name)
        if command.icon:
            action.setIcon(icon(command.icon, command.color))
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        tip = command.tip or command.words
        action.setToolTip(f"{tip} ({keys_words(command)})" if command.keys else tip)
        action.triggered.connect(lambda: self.asked.emit(command.name))
        window.addAction(action)
        return action


def keys_words(command: Command) -> str:
    """The command's first shortcut as the system writes it."""
    return native(command.keys[0]) if command.keys else ""


def native(keys: str) -> str:
    """A shortcut as the system writes it, in the person's language."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
