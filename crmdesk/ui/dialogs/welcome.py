"""The first look: what crmdesk needs to be useful, each with its one button, in any order or later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from crmdesk.desk.desk import Desk
from crmdesk.model.changes import Changes
from crmdesk.session.connection import ConnectionState
from crmdesk.store import mailbox
from crmdesk.ui.dialogs.desk_dialog import Cards, DeskDialog
from crmdesk.ui.parts import Avatar, button, columns, frame, label, rows
from crmdesk.ui.tokens import SPACE_1, SPACE_3, SPACE_4
from crmdesk.ui.words import tr


@dataclass(frozen=True)
class Step:
    """`done`: what is there already, in words; empty: it is to be done."""

    icon: str
    title: str
    words: str
    action: str
    command: str
    done: str = ""


class WelcomeDialog(DeskDialog):
    """`ask` is called with the name of the command that was chosen."""

    def __init__(self, desk: Desk, parent: QWidget | None, ask: Callable[[str], object]) -> None:
        words = tr("Mail and customers in one window, also without a network. Two things make it yours.")
        super().__init__(desk, tr("Welcome to crmdesk"), words, parent, (620, 400))
        self._ask = ask
        self._steps: tuple[Step, ...] = ()
        self._cards = Cards(tr("First steps"), spacing=SPACE_3)
        self.body.addWidget(self._cards, 1)
        self.body.addWidget(label(tr("Everything can be found with Ctrl+K, and all keys with ?."), "dim", wrap=True))
        self._leave = self.add_button("", clicked=self.accept)
        desk.status_changed.connect(lambda status: self.refresh())
        self.refresh()

    def concerns(self, changes: Changes) -> bool:
        return changes.options or changes.messages

    def refresh(self) -> None:
        with self.desk.read() as reader:
            accounts = [each.address for each in mailbox.accounts(reader) if each.kind != "local"]
        status = self.desk.session.status()
        server = ""
        if status.state is not ConnectionState.NOT_SET_UP:
            server = tr("{user} at {server}", user=status.user or "", server=status.server or "")
        steps = _steps(server, ", ".join(accounts))
        if steps == self._steps:
            return
        self._steps = steps
        self._cards.show_cards([self._card(each) for each in steps])
        self._leave.setText(tr("Begin") if all(each.done for each in steps) else tr("Later"))

    def _card(self, step: Step) -> QFrame:
        picture = Avatar()
        picture.show_icon(step.icon)
        words = label(step.done or step.words, "dim", wrap=True)
        said = rows(label(step.title, "heading"), words, spacing=SPACE_1)
        end: QWidget = label(tr("done"), "chip-done")
        if not step.done:
            end = button(step.action, "primary" if step is self._first_open() else "", clicked=lambda: self._do(step))
            end.setAccessibleName(step.title)
        layout = columns(picture, said, end, spacing=SPACE_4, margins=(SPACE_4, SPACE_3, SPACE_4, SPACE_3))
        layout.setStretch(1, 1)
        layout.setAlignment(end, Qt.AlignmentFlag.AlignVCenter)
        layout.setAlignment(picture, Qt.AlignmentFlag.AlignVCenter)
        card = frame(layout)
        card.setAccessibleName(f"{step.title}: {step.done or step.words}")
        return card

    def _first_open(self) -> Step | None:
        return next((each for each in self._steps if not each.done), None)

    def _do(self, step: Step) -> None:
        self._ask(step.command)


def _steps(server: str, accounts: str) -> tuple[Step, ...]:
    return (
        Step(
            "cloud-arrow-up",
            tr("Connect to a CRM server"),
            tr("Accounts, contacts and all that you track. You need the server's address and your sign-in."),
            tr("Connect"),
            "connect",
            server,
        ),
        Step(
            "at",
            tr("Add a mail account"),
            tr("Your messages stay on their server, and are read and answered here too."),
            tr("Add"),
            "mail account",
            accounts,
        ),
    )
