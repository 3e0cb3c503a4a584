"""How the window looks: the one object that puts the tokens (tokens.py) on, and follows the system's scheme.

Widgets never name a colour. They are styled by the one sheet made from the tokens (style_sheet.py); what paints itself
asks theme().tokens while painting, so that a change of scheme is a repaint and nothing else.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from crmdesk.ui import style_sheet
from crmdesk.ui.marks import Marks
from crmdesk.ui.tokens import BODY, DARK, LIGHT, Tokens

SchemeChoice = Literal["system", "light", "dark"]


class Theme(QObject):
    """The tokens in force. One per application (theme()); lives in the window's thread."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._choice: SchemeChoice = "system"
        self.tokens = LIGHT
        self._marks = Marks()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def is_dark(self) -> bool:
        return self.tokens is DARK

    def choose(self, choice: SchemeChoice) -> None:
        """Follow the system, or keep to one scheme; CRMDESK_COLOR_SCHEME overrides the system alone."""
        self._choice = choice
        self._system_changed()

    def _system_changed(self) -> None:
        wanted = self._wanted()
        if wanted is not self.tokens:
            self._put_on(wanted)

    def _wanted(self) -> Tokens:
        choice = self._choice
        if choice == "system":
            choice = _system_scheme()
        return DARK if choice == "dark" else LIGHT

    def begin(self) -> None:
        """Style the application, once, as the system has it."""
        self._application.setStyle("Fusion")
        font = self._application.font()
        font.setPixelSize(BODY)
        self._application.setFont(font)
        _font.cache_clear()
        self._put_on(self._wanted())

    def _put_on(self, tokens: Tokens) -> None:
        """Every widget is styled anew, which takes a moment: only when the scheme is another one."""
        self.tokens = tokens
        self._application.setPalette(palette(tokens))
        self._application.setStyleSheet(style_sheet.made_from(tokens, self._marks.painted(tokens)))
        self.changed.emit()


def theme() -> Theme:
    """The application's theme; made, and put on, when first asked for. Needs a QApplication."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    found = application.findChild(Theme, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if found is None:
        found = Theme(application)
        found.begin()
    return found


def font(size: int = BODY, bold: bool = False) -> QFont:
    """The system's font in one of the three sizes and one of the two weights."""
    return QFont(_font(size, bold))  # a copy, which its owner may change


@cache
def _font(size: int, bold: bool) -> QFont:
    """Kept, because a list that scrolls asks a thousand times a frame."""
    result = QFont(QApplication.font())
    result.setPixelSize(size)
    result.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return result


def palette(tokens: Tokens) -> QPalette:
    """Fusion's palette: what the style sheet does not reach (text cursors, links, placeholders, disabled text)."""
    result = QPalette()
    role = QPalette.ColorRole
    for name, token in {
        role.Window: tokens.background,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.background,
        role.Button: tokens.surface,
        role.ToolTipBase: tokens.raised,
        role.WindowText: tokens.text,
        role.Text: tokens.text,
        role.ButtonText: tokens.text,
        role.ToolTipText: tokens.text,
        role.BrightText: tokens.failed,
        role.PlaceholderText: tokens.faint,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.surface,
        role.Midlight: tokens.hover,
        role.Mid: tokens.line,
        role.Dark: tokens.line,
        role.Shadow: tokens.line,
        role.Accent: tokens.accent,
    }.items():
        result.setColor(name, QColor(token))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.faint))
    return result


def _system_scheme() -> SchemeChoice:
    override = os.environ.get("CRMDESK_COLOR_SCHEME", "").strip().lower()
    if override in ("dark", "light"):
        is_dark = override == "dark"
    else:
        is_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if is_dark else "light"
