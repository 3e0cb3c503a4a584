"""The text of a message: plain or simple in the text view, as designed in the engine, which is made when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from crmdesk.ui.mail import engine
from crmdesk.ui.mail.letter import Letter
from crmdesk.ui.mail.safe_browser import SafeBrowser
from crmdesk.ui.parts import ElidedLabel, rows
from crmdesk.ui.tokens import SPACE_4
from crmdesk.ui.words import tr

if TYPE_CHECKING:
    from crmdesk.ui.mail.html_view import HtmlView

MARGIN = 22


class LetterText(QStackedWidget):
    link_asked = Signal(str)  # http, https or mailto

    def __init__(self) -> None:
        super().__init__()
        self.browser = SafeBrowser()
        self.html_view: HtmlView | None = None
        self._letter: Letter | None = None
        self._engine_broke = False
        self._plain = QWidget()
        self._plain.setLayout(rows(self.browser, margins=(MARGIN, 0, MARGIN, SPACE_4)))
        self.addWidget(self._plain)
        self._target = ElidedLabel("", "link-target")
        self._target.setParent(self)
        self._target.hide()
        self.browser.link_asked.connect(self.link_asked)
        self.browser.highlighted.connect(lambda url: self._point(url.toString()))
        self.setFocusProxy(self.browser)

    def show_letter(self, letter: Letter, remote: bool, designed: bool) -> None:
        """Show a message; `remote`: its remote pictures too; `designed`: by the engine where there is one."""
        self._letter = letter
        self._point("")
        if letter.original is not None and designed and not self._engine_broke and engine.is_available():
            view = self._engine_view()
            view.show_html(letter.original, letter.pictures, remote)
            self._bring(view)
            return
        if self.html_view is not None:
            self.html_view.clear()
        if letter.html is not None:
            self.browser.show_html(letter.html, letter.pictures)
        else:
            self.browser.show_text(letter.parsed.text)
        self._bring(self._plain)

    @property
    def shows_designed(self) -> bool:
        """Whether the engine shows the message, which alone can show remote pictures."""
        return self.html_view is not None and self.currentWidget() is self.html_view

    def clear(self) -> None:
        self._letter = None
        self.browser.show_text("")
        if self.html_view is not None:
            self.html_view.clear()

    def _engine_view(self) -> HtmlView:
        if self.html_view is None:
            from crmdesk.ui.mail.html_view import HtmlView  # 100 MB of library: only once HTML is opened

            view = self.html_view = HtmlView()
            view.link_asked.connect(self.link_asked)
            view.link_pointed.connect(self._point)
            view.broke.connect(self._without_engine)
            self.addWidget(view)
        return self.html_view

    def _without_engine(self) -> None:
        """Its process ended: from now on everything is shown in the text view."""
        self._engine_broke = True
        if self._letter is not None:
            self.show_letter(self._letter, remote=False, designed=False)

    def _bring(self, page: QWidget) -> None:
        self.setCurrentWidget(page)
        self.setFocusProxy(page if page is self.html_view else self.browser)

    def _point(self, target: str) -> None:
        """Say where the link under the mouse leads, in the corner, before it is pressed."""
        self._target.setText(target)
        self._target.setAccessibleName(tr("Leads to {address}", address=target) if target else "")
        self._target.setVisible(bool(target))
        self._place_target()

    def _place_target(self) -> None:
        wanted = self._target.fontMetrics().horizontalAdvance(self._target.text()) + 2 * SPACE_4
        height = self._target.fontMetrics().height() + 8
        self._target.setGeometry(0, self.height() - height, min(wanted, self.width()), height)
        self._target.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_target()
