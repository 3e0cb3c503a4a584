"""Waiting for what a person sees, not for a signal before it."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot


def comes_to(qtbot: QtBot, see: Callable[[], object], expected: object) -> None:
    """Wait until see() gives what is expected; a failure shows both. For what follows a change by itself:
    more than one change may be under way, and a pane reads again after each."""

    def same() -> None:
        assert see() == expected

    qtbot.waitUntil(same)
