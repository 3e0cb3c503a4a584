"""The diagnostics in the window: shown, saved, and said when they cannot be saved."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.ui.dialogs.diagnostics import DiagnosticsDialog


def test_the_report_is_shown_and_saved(opened: App, qtbot: QtBot, tmp_path: Path) -> None:
    opened.window.commands["diagnostics"].trigger()
    dialog = opened.window.findChild(DiagnosticsDialog)
    assert isinstance(dialog, DiagnosticsDialog)
    qtbot.waitUntil(lambda: "Local data" in dialog.text.toPlainText())
    dialog.save(tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == dialog.text.toPlainText()
    dialog.save(tmp_path / "nowhere" / "report.txt")
    assert "could not be saved" in dialog._failure.text()
    assert dialog._failure.isVisible()
