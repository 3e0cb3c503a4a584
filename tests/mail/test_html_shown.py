"""What Qt's text view asks for when it shows HTML that was made safe: nothing but the message's own pictures."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from crmdesk.mail.html import make_safe
from tests.support.hostile_html import HOSTILE


class Watched(QTextDocument):
    """A document that notes what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        self.asked.append(name.toString() if isinstance(name, QUrl) else name)
        return None


def shown(html: str) -> Watched:
    document = Watched()
    document.setHtml(html)
    document.setTextWidth(600)
    document.size()  # lays it out, which is when pictures are asked for
    return document


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_is_asked_for(html: str, qapp: QApplication) -> None:
    asked = shown(make_safe(f"<p>before</p>{html}<p>after</p>").html).asked
    assert [name for name in asked if not name.startswith("cid:")] == []


def test_the_watch_sees_what_an_unsafe_message_would_ask_for(qapp: QApplication) -> None:
    asked = shown('<img src="http://spy.example/a.png"><p style="background:url(file:///etc/b.png)">x</p>').asked
    assert "http://spy.example/a.png" in asked


def test_the_messages_own_pictures_are_asked_for(qapp: QApplication) -> None:
    assert "cid:logo@firm" in shown(make_safe('<img src="cid:logo@firm">').html).asked
