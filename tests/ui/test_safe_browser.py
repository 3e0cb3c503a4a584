"""Whatever a message holds, showing it reads no file and asks no network."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QUrl
from PySide6.QtGui import QColor, QImage, QTextDocument
from pytestqt.qtbot import QtBot

from crmdesk.ui.mail.safe_browser import SafeBrowser
from crmdesk.ui.theme import theme
from crmdesk.ui.tokens import DARK, LIGHT

IMAGE = int(QTextDocument.ResourceType.ImageResource.value)


def red_picture() -> bytes:
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(content.data())


def shown(qtbot: QtBot, html: str, pictures: dict[str, bytes]) -> SafeBrowser:
    browser = SafeBrowser()
    qtbot.addWidget(browser)
    browser.resize(300, 200)
    with qtbot.waitExposed(browser):
        browser.show()
    browser.show_html(html, pictures)
    return browser


def has_red(browser: SafeBrowser) -> bool:
    picture = browser.grab().toImage()
    return any(picture.pixelColor(x, y) == QColor("red") for x in range(300) for y in range(100))


def test_a_picture_that_came_along_is_shown(qtbot: QtBot) -> None:
    browser = shown(qtbot, '<img src="cid:logo@x">', {"logo@x": red_picture()})
    assert has_red(browser)


def test_a_file_of_the_computer_is_not_shown(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(red_picture())
    address = QUrl.fromLocalFile(str(tmp_path / "secret.png")).toString()
    browser = shown(qtbot, f'<img src="{address}"><img src="{tmp_path}/secret.png">', {})
    assert not has_red(browser)


def test_nothing_but_cid_is_ever_answered(qtbot: QtBot) -> None:
    browser = shown(qtbot, "<p>Hello</p>", {"a": b"content"})
    addresses = (
        "http://x.example/a",
        "https://x.example/a",
        "file:///etc/passwd",
        "//x.example/a",
        "a",
        "qrc:/a",
        "cid:b",
    )
    for address in addresses:
        answer = browser.loadResource(IMAGE, QUrl(address))
        assert isinstance(answer, QImage)
        assert (answer.width(), answer.pixelColor(0, 0).alpha()) == (1, 0)
    style = int(QTextDocument.ResourceType.StyleSheetResource.value)
    assert browser.loadResource(style, QUrl("cid:a")) == QByteArray()


@pytest.mark.parametrize(
    ("html", "is_paper"),
    [
        ("<p>Hello <b>there</b></p>", False),
        ('<p style="color: #333333">Hello</p>', True),
        ('<table bgcolor="#ffffff"><tr><td>Hello</td></tr></table>', True),
        ('<font color="black">Hello</font>', True),
    ],
)
def test_what_has_no_colours_is_dark_in_the_dark_and_what_has_is_on_paper(
    qtbot: QtBot, html: str, is_paper: bool
) -> None:
    browser = shown(qtbot, html, {})
    theme().choose("dark")
    tokens = LIGHT if is_paper else DARK
    qtbot.waitUntil(lambda: browser.grab().toImage().pixelColor(150, 190).name() == tokens.surface)
    assert browser.palette().text().color().name() == tokens.text


def test_only_web_and_mail_links_are_handed_on(qtbot: QtBot) -> None:
    browser = shown(qtbot, "<p>Hello</p>", {})
    asked: list[str] = []
    browser.link_asked.connect(asked.append)
    for address in ("https://x.example/", "mailto:a@x.example", "file:///etc/passwd", "javascript:alert(1)"):
        browser.anchorClicked.emit(QUrl(address))
    assert asked == ["https://x.example/", "mailto:a@x.example"]
