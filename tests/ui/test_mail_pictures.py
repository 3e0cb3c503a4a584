"""HTML as designed, in the engine: nothing is requested before consent; links, scripts, files stay inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.actions import choose
from crmdesk.app import App
from crmdesk.model.changes import Changes
from crmdesk.store import picture_senders
from crmdesk.ui.mail import engine
from crmdesk.ui.mail.pane import MailPane
from crmdesk.ui.parts import Link
from crmdesk.ui.record_table import RecordTable
from crmdesk.ui.theme import theme
from tests.ui.test_safe_browser import red_picture

Receive = Callable[..., str]


class Web:
    """A server of the sender's, which notes down what it is asked for."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Set-Cookie", "who=anna")
                self.end_headers()
                self.wfile.write(red_picture())

            def log_message(self, format: str, *args: Any) -> None:
                """The test reads `asked`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def with_engine(qapp: QApplication) -> None:
    if not engine.is_available():
        pytest.skip("PySide6-Addons is not installed here")


def newsletter(web: Web, tmp_path: Path) -> str:
    """All the ways in which a sender can make a reader's computer ask for something."""
    return f"""<!DOCTYPE html><html><head>
      <link rel="stylesheet" href="{web.url}/sheet.css"><link rel="icon" href="{web.url}/icon.png">
      <link rel="preload" as="image" href="{web.url}/preload.png"><link rel="prefetch" href="{web.url}/prefetch">
      <meta http-equiv="refresh" content="0;url={web.url}/refresh"><base href="{web.url}/base/">
      <style>@import url({web.url}/import.css); body {{ background: url({web.url}/ground.png) }}
        @font-face {{ font-family: F; src: url({web.url}/font.woff) }} p {{ font-family: F }}</style></head>
      <body style="margin:0"><p style="background:url('{web.url}/style.png')">Ten numbers</p>
      <img src="{web.url}/pixel.png" srcset="{web.url}/set.png 2x"><img src="relative.png">
      <picture><source srcset="{web.url}/source.png"><img alt=""></picture>
      <video src="{web.url}/video.mp4" poster="{web.url}/poster.png" autoplay></video>
      <iframe src="{web.url}/frame"></iframe><object data="{web.url}/object"></object><embed src="{web.url}/embed">
      <img src="file://{tmp_path}/secret.png"><iframe src="file:///etc/passwd"></iframe>
      <svg><image href="{web.url}/svg.png"/></svg><input type="image" src="{web.url}/input.png">
      <form action="{web.url}/form"><button autofocus>Go</button></form>
      <a href="{web.url}/link" ping="{web.url}/ping">Read on</a>
      <script>fetch("{web.url}/script"); document.title = "ran"; new Image().src = "{web.url}/scripted.png"</script>
      </body></html>"""


def open_message(opened: App, qtbot: QtBot, key: str) -> MailPane:
    """Choose it in the list and wait until it is laid out."""
    pane = opened.window.show_pane("mail")
    assert isinstance(pane, MailPane)
    opened.desk.changed.emit(Changes(messages=True))
    pane.reveal(key)
    qtbot.waitUntil(lambda: pane.reading.key == key)
    wait_until_loaded(pane, qtbot)
    return pane


def wait_until_loaded(pane: MailPane, qtbot: QtBot) -> None:
    view = pane.reading.text.html_view
    assert view is not None
    qtbot.waitUntil(lambda: not view.is_loading, timeout=20_000)


def words_in(pane: MailPane, qtbot: QtBot) -> str:
    """The text that the engine shows."""
    view = pane.reading.text.html_view
    assert view is not None
    said: list[str] = []
    view.page.toPlainText(said.append)
    qtbot.waitUntil(lambda: bool(said))
    return said[0]


def press_link(pane: QWidget, words: str) -> None:
    (found,) = (each for each in pane.findChildren(Link) if each.text() == words and each.isVisible())
    found.click()


def test_nothing_is_requested_before_consent_and_pictures_alone_after_it(
    opened: App, receive: Receive, web: Web, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(red_picture())
    pane = open_message(opened, qtbot, receive("Ten numbers", html=newsletter(web, tmp_path)))
    assert "Ten numbers" in words_in(pane, qtbot)
    view = pane.reading.text.html_view
    assert view is not None
    assert view.page.title() != "ran"
    assert web.asked == []
    assert "blocked" in pane.reading.pictures.accessibleName()

    press_link(pane.reading, "Show once")
    wait_until_loaded(pane, qtbot)
    qtbot.waitUntil(lambda: "/pixel.png" in web.asked or "/set.png" in web.asked)
    wait_until_loaded(pane, qtbot)
    names = ("pixel", "set", "style", "ground", "source", "svg", "input", "poster", "preload")
    assert set(web.asked) <= {f"/{name}.png" for name in names}
    assert "this once" in pane.reading.pictures.accessibleName()


def test_consent_for_once_ends_with_the_message(opened: App, receive: Receive, web: Web, qtbot: QtBot) -> None:
    first = receive("First", html=f"<img src='{web.url}/first.png'>")
    second = receive("Second", html=f"<img src='{web.url}/second.png'>")
    pane = open_message(opened, qtbot, first)
    press_link(pane.reading, "Show once")
    qtbot.waitUntil(lambda: web.asked == ["/first.png"])
    pane = open_message(opened, qtbot, second)
    assert "blocked" in pane.reading.pictures.accessibleName()
    open_message(opened, qtbot, first)
    assert "blocked" in pane.reading.pictures.accessibleName()
    assert web.asked == ["/first.png"]


def test_consent_for_a_sender_is_remembered_and_can_be_taken_back(
    opened: App, receive: Receive, web: Web, qtbot: QtBot
) -> None:
    first = receive("First", html=f"<img src='{web.url}/first.png'>")
    second = receive("Second", html=f"<img src='{web.url}/second.png'>")
    other = receive("Other", html=f"<img src='{web.url}/other.png'>", sender="news@fabrikam.example")
    pane = open_message(opened, qtbot, first)
    press_link(pane.reading, "Always for this sender")
    qtbot.waitUntil(lambda: "/first.png" in web.asked)
    open_message(opened, qtbot, second)
    qtbot.waitUntil(lambda: "/second.png" in web.asked)
    open_message(opened, qtbot, other)
    assert "blocked" in pane.reading.pictures.accessibleName()

    open_message(opened, qtbot, second)
    web.asked.clear()
    press_link(pane.reading, "Don’t show any more")
    qtbot.waitUntil(lambda: "blocked" in pane.reading.pictures.accessibleName())
    with opened.desk.read() as reader:
        assert not picture_senders.is_allowed(reader, "Bo@Contoso.example")
    wait_until_loaded(pane, qtbot)
    assert web.asked == []


def test_a_picture_that_came_along_is_shown_at_once(opened: App, qtbot: QtBot) -> None:
    from crmdesk.ui.mail.html_view import HtmlView

    view = HtmlView()
    qtbot.addWidget(view)
    view.resize(200, 200)
    with qtbot.waitExposed(view):
        view.show()
    with qtbot.waitSignal(view.loaded, timeout=20_000):
        view.show_html("<body style='margin:0'><img src='cid:logo%40x'>", {"logo@x": red_picture()}, remote=False)
    qtbot.waitUntil(lambda: has_red(view.grab().toImage()), timeout=10_000)


def has_red(picture: QImage) -> bool:
    return any(picture.pixelColor(x, 20) == QColor("red") for x in range(picture.width()))


def test_links_are_told_of_and_never_followed(opened: App, receive: Receive, web: Web, qtbot: QtBot) -> None:
    html = f"<a href='{web.url}/one' style='position:fixed;inset:0'>Read on</a>"
    pane = open_message(opened, qtbot, receive("A link", html=html))
    view = pane.reading.text.html_view
    assert view is not None
    asked: list[str] = []
    pane.reading.text.link_asked.disconnect()
    view.link_asked.connect(asked.append)
    kind = view.page.NavigationType.NavigationTypeLinkClicked
    for address in (f"{web.url}/one", "mailto:a@x.example", "file:///etc/passwd", "javascript:alert(1)", "qrc:/a"):
        assert not view.page.acceptNavigationRequest(QUrl(address), kind, True)
    assert asked == [f"{web.url}/one", "mailto:a@x.example"]
    assert not view.page.acceptNavigationRequest(QUrl(web.url), view.page.NavigationType.NavigationTypeTyped, True)
    assert web.asked == []


def test_the_dark_theme_turns_a_light_message_over(opened: App, qtbot: QtBot) -> None:
    from crmdesk.ui.mail.html_view import HtmlView

    view = HtmlView()
    qtbot.addWidget(view)
    view.resize(200, 200)
    with qtbot.waitExposed(view):
        view.show()
    with qtbot.waitSignal(view.loaded, timeout=20_000):
        view.show_html("<body bgcolor='white' style='color:black'>Hello</body>", {}, remote=False)
    qtbot.waitUntil(lambda: view.grab().toImage().pixelColor(150, 150).lightness() > 200, timeout=10_000)
    with qtbot.waitSignal(view.loaded, timeout=20_000):
        theme().choose("dark")
    qtbot.waitUntil(lambda: view.grab().toImage().pixelColor(150, 150).lightness() < 80, timeout=10_000)


def test_the_engine_is_made_with_the_first_html_message(opened: App, receive: Receive, qtbot: QtBot) -> None:
    plain, html = receive("Plain"), receive("Designed", html="<p>Hello</p>")
    pane = opened.window.show_pane("mail")
    assert isinstance(pane, MailPane)
    opened.desk.changed.emit(Changes(messages=True))
    pane.reveal(plain)
    qtbot.waitUntil(lambda: pane.reading.key == plain)
    assert pane.reading.text.html_view is None
    open_message(opened, qtbot, html)
    view = pane.reading.text.html_view
    pane.reveal(plain)
    qtbot.waitUntil(lambda: pane.reading.key == plain)
    assert pane.reading.text.html_view is view


def test_who_wants_it_simply_gets_the_text_view(opened: App, receive: Receive, qtbot: QtBot) -> None:
    opened.desk.session.do(lambda tx: choose.set_option(tx, "mail.html", "simple"))
    key = receive("Simple", html="<p>Hello</p><img src='http://x.example/a.png'>")
    pane = opened.window.show_pane("mail")
    assert isinstance(pane, MailPane)
    opened.desk.changed.emit(Changes(messages=True, options=True))
    pane.findChildren(RecordTable)[0].choose_first()
    qtbot.waitUntil(lambda: pane.reading.key == key)
    assert pane.reading.text.html_view is None
    assert "Hello" in pane.reading.text.browser.toPlainText()
    assert pane.reading.pictures.isVisible()
