"""Notifications keep quiet while somebody looks, and where the system has no place for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from crmdesk.app import App
from crmdesk.session import mailing
from crmdesk.ui.notifications import Notifications


def test_nothing_is_said_to_somebody_who_looks(opened: App) -> None:
    assert opened.window.isActiveWindow()
    assert not Notifications(opened.window, opened.window.come_back).tell("1 new message", "Smith: Offer")


def test_without_a_tray_nothing_is_said(opened: App, qtbot: QtBot) -> None:
    if QSystemTrayIcon.isSystemTrayAvailable():
        pytest.skip("this screen has a tray")
    opened.window.hide()
    assert not Notifications(opened.window, opened.window.come_back).tell("1 new message", "Smith: Offer")
    opened.window.come_back()
    assert opened.window.isVisible()


def test_new_mail_is_told_once(opened: App, qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    mailing.add_maildir(opened.desk.session, tmp_path / "mail", "anna@here.example", "Anna", None)
    (tmp_path / "mail" / "new" / "1.host").write_bytes(
        b"From: Jeff <jeff@there.example>\r\nTo: anna@here.example\r\nSubject: Offer\r\nMessage-ID: <1@x>\r\n\r\nHi\r\n"
    )
    heard: list[int] = []
    opened.desk.mail_came.connect(heard.append)
    opened.desk.fetch_mail()
    qtbot.waitUntil(lambda: heard == [1])
    opened.desk.fetch_mail()
    qtbot.waitUntil(lambda: not opened.desk._mail.is_busy)
    assert heard == [1]
