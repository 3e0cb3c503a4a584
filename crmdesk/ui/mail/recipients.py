"""A field for recipients: addresses with commas between them, completed from the address book."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QStringListModel, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit

from crmdesk.mail.headers import Address
from crmdesk.store.addresses import Person

_WAIT = 80  # ms after a key
Find = Callable[[str, Callable[[Sequence[Person]], None]], None]
"""Look a text up in the address book; the answer comes later, in the window's thread."""


class RecipientsField(QLineEdit):
    def __init__(self, name: str, find: Find) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("kind", "plain")
        self._find = find
        self._names = QStringListModel()
        self._completer = QCompleter(self._names, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setWidget(self)
        self._completer.activated.connect(self._take)
        popup = self._completer.popup()
        assert popup is not None
        self._popup = popup
        popup.setProperty("kind", "popup")
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self._look)
        self.textEdited.connect(lambda: self._timer.start())

    def addresses(self) -> tuple[Address, ...]:
        """Who stands there. Raises ValueError, with words, for a part that is no address."""
        return tuple(Address.parse(part) for part in _parts(self.text()))

    def show_addresses(self, people: Sequence[Address]) -> None:
        self.setText(", ".join(_written(each) for each in people) + (", " if people else ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._popup
        if popup.isVisible() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            index = popup.currentIndex()
            self._take(str((index if index.isValid() else self._names.index(0)).data()))
            popup.hide()
            return
        super().keyPressEvent(event)

    def _look(self) -> None:
        word = self._last()
        if len(word) < 2:
            self._popup.hide()
            return
        self._find(word, lambda people: self._offer(word, people))

    def _offer(self, word: str, people: Sequence[Person]) -> None:
        if word != self._last() or not self.hasFocus():
            return  # the person typed on
        self._names.setStringList([_written(Address(each.name, each.address)) for each in people])
        if people:
            self._completer.complete()
        else:
            self._popup.hide()

    def _take(self, text: str) -> None:
        before = _parts(self.text())[:-1] if self._last() else _parts(self.text())
        self.setText(", ".join([*before, text]) + ", ")

    def _last(self) -> str:
        text = self.text()
        return "" if text.rstrip().endswith((",", ";")) else next(reversed(_parts(text)), "")


def _written(person: Address) -> str:
    """As it can be read again: a name with a comma in it is quoted."""
    name = f'"{person.name}"' if any(char in person.name for char in ',;<>"') else person.name
    return f"{name} <{person.address}>" if name else person.address


def _parts(text: str) -> list[str]:
    """The parts between commas and semicolons that stand outside of quotation marks and angle brackets."""
    parts, current, quoted, angled = [], "", False, False
    for char in text:
        quoted ^= char == '"' and not angled
        angled = char == "<" or (angled and char != ">")
        if char in ",;" and not quoted and not angled:
            parts.append(current)
            current = ""
        else:
            current += char
    parts.append(current)
    return [part.strip() for part in parts if part.strip()]
