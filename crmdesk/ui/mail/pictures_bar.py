"""The bar over a message that says whether its remote pictures are shown, with what can be done about it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from crmdesk.ui.parts import Link, columns, label, restyle
from crmdesk.ui.tokens import SPACE_2, SPACE_3, SPACE_4
from crmdesk.ui.words import tr

Pictures = Literal["none", "blocked", "once", "always", "impossible"]
"""Of a message's remote pictures: it has none; they are blocked; shown this once; always for the sender; they cannot
be shown on this computer."""


class PicturesBar(QFrame):
    once_asked = Signal()
    always_asked = Signal()
    never_asked = Signal()  # this sender's pictures are not to be shown any more

    def __init__(self) -> None:
        super().__init__()
        self._words = label("", wrap=True)
        self._once = Link(tr("Show once"), self.once_asked.emit)
        self._always = Link(tr("Always for this sender"), self.always_asked.emit)
        self._never = Link(tr("Don’t show any more"), self.never_asked.emit)
        layout = columns(
            self._words,
            self._once,
            self._always,
            self._never,
            spacing=SPACE_4,
            margins=(SPACE_3, SPACE_2, SPACE_3, SPACE_2),
        )
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.show_state("none")

    def show_state(self, state: Pictures) -> None:
        words = {
            "none": "",
            "blocked": tr("Remote pictures are blocked, so that the sender can’t see that you read this."),
            "once": tr("Remote pictures are shown this once."),
            "always": tr("Remote pictures are shown, as always for this sender."),
            "impossible": tr("Remote pictures are blocked; the part that shows them is not installed here."),
        }
        self._words.setText(words[state])
        self.setAccessibleName(words[state])
        self._once.setVisible(state == "blocked")
        self._always.setVisible(state in ("blocked", "once"))
        self._never.setVisible(state == "always")
        restyle(self, "bar-waiting" if state in ("blocked", "impossible") else "bar")
        restyle(self._words, "")  # its colour is the bar's
        self.setVisible(state != "none")
