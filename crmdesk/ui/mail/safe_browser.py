"""Shows a message's HTML without ever loading anything: no remote picture, no file; only what came with the message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from PySide6.QtCore import QByteArray, Qt, QUrl, Signal
from PySide6.QtGui import QImage, QPalette, QTextDocument, QTextOption
from PySide6.QtWidgets import QFrame, QTextBrowser

from crmdesk.ui.theme import theme
from crmdesk.ui.tokens import LIGHT, Tokens
from crmdesk.ui.words import tr

_OWN_COLORS = re.compile(r"color\s*[:=]|background", re.IGNORECASE)  # bgcolor= and border-color: among them
_IMAGE = int(QTextDocument.ResourceType.ImageResource.value)


class SafeBrowser(QTextBrowser):
    """A QTextBrowser whose every request is answered here: cid: from the message, everything else with nothing."""

    link_asked = Signal(str)  # http, https or mailto

    def __init__(self) -> None:
        super().__init__()
        self._pictures: Mapping[str, bytes] = {}
        self._html = ""
        self._is_paper = False
        self.setProperty("kind", "message")
        self.setAccessibleName(tr("Message text"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.anchorClicked.connect(self._clicked)
        self.highlighted.connect(lambda url: self.setToolTip(url.toString()))
        self.document().setDocumentMargin(0)
        theme().changed.connect(self._theme_changed)

    def show_html(self, html: str, pictures: Mapping[str, bytes]) -> None:
        """Show HTML that was made safe; `pictures` by their content ids.

        With colours of its own it was written for paper, and is shown on light ground also in the dark: they need not
        go with any other. Without, it is coloured as plain text is.
        """
        self._pictures, self._html = pictures, html
        self._is_paper = _OWN_COLORS.search(html) is not None
        self._color()
        self.document().setDocumentMargin(12 if self._is_paper else 0)
        self.document().setDefaultStyleSheet(f"a {{ color: {self._tokens.accent}; }}")
        self.setHtml(html)

    def show_text(self, text: str) -> None:
        """Show plain text, as it is."""
        self._pictures, self._html, self._is_paper = {}, "", False
        self._color()
        self.document().setDocumentMargin(0)
        self.setPlainText(text)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """What the document asks for while it is laid out.

        A picture that is not given is answered with an empty one: to an empty answer Qt would try the name as a file.
        """
        url = QUrl(name) if isinstance(name, str) else name
        picture = self._pictures.get(unquote(url.path())) if url.scheme() == "cid" else None
        if picture is not None and kind == _IMAGE:
            return QByteArray(picture)
        return _nothing() if kind == _IMAGE else QByteArray()

    def _clicked(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https", "mailto"):
            self.link_asked.emit(url.toString())
        elif url.hasFragment() and not url.scheme():
            self.scrollToAnchor(url.fragment())

    @property
    def _tokens(self) -> Tokens:
        return LIGHT if self._is_paper else theme().tokens

    def _theme_changed(self) -> None:
        if self._html and not self._is_paper:  # its links have taken the colour that they had
            at = self.verticalScrollBar().value()
            self.show_html(self._html, self._pictures)
            self.verticalScrollBar().setValue(at)
        else:
            self._color()

    def _color(self) -> None:
        tokens = self._tokens
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Text, tokens.color("text"))
        palette.setColor(QPalette.ColorRole.Base, tokens.color("surface"))
        palette.setColor(QPalette.ColorRole.Link, tokens.color("accent"))
        self.setPalette(palette)
        paper = tokens.color("surface").name()
        radius = 8 if self._is_paper and theme().is_dark else 0
        self.setStyleSheet(
            f"QTextBrowser {{ background: {paper}; color: {tokens.text}; border: none; border-radius: {radius}px; }}"
        )


def _nothing() -> QImage:
    image = QImage(1, 1, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    return image
