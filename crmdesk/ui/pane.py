"""What the five panes have in common: the commands that fit them, and what is selected in them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from crmdesk.model.record import Reference
from crmdesk.ui.record_table import MOST
from crmdesk.ui.words import number_words, tr


@dataclass(frozen=True)
class Selection:
    """What the tracking commands are about: messages by id, or records; and the record that is their regarding."""

    messages: tuple[str, ...] = ()
    records: tuple[Reference, ...] = ()
    tracked: bool = False

    def __bool__(self) -> bool:
        return bool(self.messages or self.records)


class Pane(QWidget):
    """One of the five. The window shows its `fitting` commands in the bar and hands it those that are asked for."""

    selection_changed = Signal()
    open_asked = Signal(object)  # Reference: show this record
    message_asked = Signal(str)  # id: show this message
    wanted = Signal(str, object)  # a command of the window with what it is about: ("new message", "a@b.example")

    done = Signal(str, object)  # something was done: its words, and how to undo it (a callable, or None)

    fitting: tuple[str, ...] = ()
    new_kind = "new message"
    """What Ctrl+N makes here."""

    def selection(self, most: int = MOST) -> Selection:
        """What is selected; `most`: the first of it are enough."""
        return Selection()

    def tell_trimmed(self) -> None:
        """Say that not all that was to be selected is."""
        words = tr("At most {n} rows are selected at a time: these are the first of them.", n=number_words(MOST))
        self.done.emit(words, None)

    def possible(self) -> set[str]:
        """Of the commands that fit, those that can be done now."""
        return set()

    def run(self, name: str) -> bool:
        """Do what was asked; False when it is nothing of this pane's."""
        return False

    def settle(self) -> bool:
        """Keep what is being typed, because the window goes; False when it cannot be kept as it is."""
        return True

    def layout_kept(self) -> str:
        """What the pane remembers of its layout beside its splitters; take_layout() of the next window gets it."""
        return ""

    def take_layout(self, kept: str) -> None:
        """Go on as it was left."""

    def shown(self) -> None:
        """The pane has come into sight: read what it shows."""

    def focus_list(self) -> None:
        """Give the keyboard to the pane's list."""

    def reveal(self, key: Hashable) -> None:
        """Show the record or message with this key."""
