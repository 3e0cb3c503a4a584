"""How many records some conditions mean, told while they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from crmdesk.ui.parts import columns, frame, label, restyle, rows
from crmdesk.ui.tokens import SPACE_2, SPACE_4
from crmdesk.ui.words import tr

_WAIT = 350  # ms after the last change, before anybody is asked

Told: TypeAlias = Callable[[str], None]
Counting: TypeAlias = Callable[[str, str, Told, Told], None]
"""Counts, beside the window's thread, the records of an entity that a filter means; the first Told hears the answer in
words, the second why there is none."""


class LiveCount(QWidget):
    """Asks a moment after the last change, and once at a time."""

    def __init__(self, counting: Counting) -> None:
        super().__init__()
        self._counting = counting
        self._wanted: tuple[str, str] | None = None
        self._under_way: tuple[str, str] | None = None
        self.words = label("", "heading", wrap=True)
        self._card = frame(columns(self.words, margins=(SPACE_4, SPACE_2, SPACE_4, SPACE_2)))
        self.setLayout(rows(self._card, spacing=0))
        self._timer = QTimer(self, singleShot=True, interval=_WAIT)
        self._timer.timeout.connect(self._ask_now)

    def ask(self, entity: str, text: str) -> None:
        self._wanted = (entity, text)
        self._show(tr("Counting…"))
        self._timer.start()

    def say(self, words: str) -> None:
        """Something else than a count; what is asked is passed over."""
        self._wanted = None
        self._show(words)

    def _show(self, words: str, failed: bool = False) -> None:
        self.words.setText(words)
        self._card.setAccessibleName(words)
        restyle(self._card, "bar-failed" if failed else "card")

    def _ask_now(self) -> None:
        if self._under_way is not None or self._wanted is None:
            return
        asked = self._under_way = self._wanted

        def counted(words: str) -> None:
            if isValid(self):  # an answer may come after the dialog was closed
                self._answered(asked, words)

        def failed(words: str) -> None:
            if isValid(self):
                self._answered(asked, words, failed=True)

        self._counting(*asked, counted, failed)

    def _answered(self, asked: tuple[str, str], words: str, failed: bool = False) -> None:
        self._under_way = None
        if asked == self._wanted:
            self._show(words, failed)
        elif self._wanted is not None:
            self._ask_now()
