"""The dialogs that need nothing but the desk, by the command that asks for each.

A dialog is imported when it is first asked for, so that the window opens quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crmdesk.desk.desk import Desk
from crmdesk.ui.main_window import MainWindow


def _waiting(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.waiting import WaitingDialog

    WaitingDialog(desk, window).open()


def _preview(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.preview import PreviewDialog

    PreviewDialog(desk, window).open()


def _problems(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.problems import ProblemsDialog

    ProblemsDialog(desk, window).open()


def _history(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.history import HistoryDialog

    HistoryDialog(desk, window).open()


def _groups(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.local_data_groups import LocalDataGroups

    LocalDataGroups(desk, window).open()


def _connect(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.connect import ConnectDialog

    ConnectDialog(desk, window).open()


def _diagnostics(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.diagnostics import DiagnosticsDialog

    DiagnosticsDialog(desk, window).open()


def _welcome(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.welcome import WelcomeDialog

    WelcomeDialog(desk, window, lambda name: window.commands[name].trigger()).open()


def _palette(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.palette import Palette

    Palette(window.commands, window).open()


def _shortcuts(desk: Desk, window: MainWindow) -> None:
    from crmdesk.ui.dialogs.shortcuts import ShortcutSheet

    ShortcutSheet(window).open()


DIALOGS: Mapping[str, Callable[[Desk, MainWindow], None]] = {
    "waiting": _waiting,
    "preview": _preview,
    "problems": _problems,
    "history": _history,
    "groups": _groups,
    "connect": _connect,
    "diagnostics": _diagnostics,
    "welcome": _welcome,
    "palette": _palette,
    "keys": _shortcuts,
}
