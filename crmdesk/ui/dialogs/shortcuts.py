"""The sheet of shortcuts: what can be done by which keys, from the same data as the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QWidget

from crmdesk.ui.commands import native, sections
from crmdesk.ui.dialogs.dialog import Dialog
from crmdesk.ui.focus_order import FocusRing
from crmdesk.ui.icons import icon
from crmdesk.ui.parts import columns, empty, frame, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_2, SPACE_3
from crmdesk.ui.words import tr


@dataclass(frozen=True)
class Key:
    """One line: what is done, and the keys for it, each of them enough."""

    words: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    title: str
    lines: tuple[Key, ...]


def groups() -> Iterator[Group]:
    """The commands that have keys, then what lists and editors understand besides."""
    for section in sections():
        lines = tuple(Key(each.words, each.keys) for each in section.commands if each.keys)
        if lines:
            yield Group(section.title, lines)
    yield from _inside()


def _inside() -> tuple[Group, ...]:
    return (
        Group(
            tr("In a list"),
            (
                Key(tr("Choose"), ("Up", "Down")),
                Key(tr("Choose several"), ("Shift+Up", "Shift+Down")),
                Key(tr("Tick off"), ("Space",)),
                Key(tr("Show or hide what a row stands for"), ("Right", "Left")),
            ),
        ),
        Group(
            tr("In the calendar"),
            (
                Key(tr("The appointment before or after"), ("Up", "Down")),
                Key(tr("A day on or back"), ("Left", "Right")),
                Key(tr("Earlier, later"), ("PgUp", "PgDown")),
                Key(tr("Move the appointment"), ("Alt+Up", "Alt+Left")),
                Key(tr("Make it longer or shorter"), ("Alt+Shift+Down", "Alt+Shift+Up")),
            ),
        ),
        Group(
            tr("While writing"),
            (
                Key(tr("Send, or save the record"), ("Ctrl+Return",)),
                Key(tr("Keep as it stands"), ("Ctrl+S",)),
                Key(tr("Leave"), ("Esc",)),
            ),
        ),
    )


class ShortcutSheet(Dialog):
    """Deletes itself when it is closed. Typing leaves the lines that have the words, or the keys."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(tr("Keyboard shortcuts"), "", parent, (920, 640))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find a shortcut"))
        self.field.setAccessibleName(tr("Find a shortcut"))
        self.field.addAction(icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.textChanged.connect(self._show)
        self._sides = (rows(spacing=SPACE_3), rows(spacing=SPACE_3))
        inside = QWidget()
        both = columns(*self._sides, spacing=SPACE_3, margins=(0, 0, SPACE_2, 0))
        for place in range(len(self._sides)):
            both.setStretch(place, 1)
        inside.setLayout(both)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("Keyboard shortcuts"))
        area.setWidget(inside)
        FocusRing(area)
        self._nothing = label(tr("No shortcut has these words. All commands are in the list that Ctrl+K opens."), "dim")
        self.body.addWidget(self.field)
        self.body.addWidget(self._nothing)
        self.body.addWidget(area, 1)
        self.add_close()
        self._show("")
        self.field.setFocus()

    def _show(self, text: str) -> None:
        found = [each for each in (_fitting(group, text.casefold().split()) for group in groups()) if each.lines]
        self._nothing.setVisible(not found)
        for side, part in zip(self._sides, _halves(found), strict=True):
            empty(side)
            for group in part:
                side.addWidget(_card(group))
            side.addStretch(1)


def _fitting(group: Group, wanted: Sequence[str]) -> Group:
    """The group with those lines that have every one of these words."""

    def said(line: Key) -> str:
        return " ".join((group.title, line.words, *map(native, line.keys))).casefold()

    return Group(group.title, tuple(each for each in group.lines if all(word in said(each) for word in wanted)))


def _halves(found: Sequence[Group]) -> tuple[Sequence[Group], Sequence[Group]]:
    """Two columns of about the same height, read one after the other."""
    heights = [len(group.lines) + 2 for group in found]
    most = sum(heights)
    cut = min(range(len(found) + 1), key=lambda at: abs(2 * sum(heights[:at]) - most))
    return found[:cut], found[cut:]


def _card(group: Group) -> QFrame:
    lines = rows(label(group.title, "heading"), spacing=SPACE_1, margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_3))
    for line in group.lines:
        shown = columns(label(line.words, wrap=True), spacing=SPACE_1)
        shown.setStretch(0, 1)
        for each in line.keys:
            shown.addWidget(_key(each), 0, Qt.AlignmentFlag.AlignVCenter)
        lines.addLayout(shown)
    result = frame(lines)
    result.setAccessibleName(group.title)
    return result


def _key(keys: str) -> QLabel:
    return label(native(keys), "key")
