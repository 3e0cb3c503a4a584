"""The icons: one family, Phosphor, coloured by token and in the scheme that is in force when they are painted.

The font is the one that qtawesome carries. The package itself is not imported: that costs 150 ms at start and gives
coloured pictures, which a change of scheme would leave behind.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from crmdesk.ui.theme import theme
from crmdesk.ui.tokens import ICON

TRACKED = "link"
"""The one mark for "tracked", the same everywhere."""

_FONT = "phosphor-1.3.0.ttf"
_NAMES = "phosphor-charmap-1.3.0.json"


@cache
def icon(name: str, color: str = "text", filled: bool = False) -> QIcon:
    """The icon of that Phosphor name ("envelope", or "ph.envelope" as entities name theirs) in a token's colour."""
    return QIcon(_Engine(_character(name, filled), color))


def paint(
    painter: QPainter, rect: QRect | QRectF, name: str, color: str | QColor = "dim", filled: bool = False, size: int = 0
) -> None:
    """Paint an icon centred in `rect`; `color` is a token's name, or a colour where one is computed."""
    wanted = theme().tokens.color(color) if isinstance(color, str) else color
    _paint(painter, QRectF(rect), _character(name, filled), wanted, size or ICON)


class _Engine(QIconEngine):
    """Paints a letter of the font. The colour is looked up when painting, so icons follow the scheme by themselves."""

    def __init__(self, character: str, color: str) -> None:
        super().__init__()
        self._character = character
        self._color = color

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = theme().tokens.color("faint" if mode == QIcon.Mode.Disabled else self._color)
        _paint(painter, QRectF(rect), self._character, color, min(rect.width(), rect.height()))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        copy = _Engine(self._character, self._color)
        _clones.append(copy)  # Qt keeps a bare pointer to what a Python clone() returns
        return copy


_clones: list[QIconEngine] = []


def _paint(painter: QPainter, rect: QRectF, character: str, color: QColor, size: int) -> None:
    painter.save()
    painter.setFont(_font(size))
    painter.setPen(color)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), character)
    painter.restore()


@cache
def _font(size: int) -> QFont:
    font = QFont(_family())
    font.setPixelSize(size)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@cache
def _folder() -> Path:
    found = importlib.util.find_spec("qtawesome")
    if found is None or found.origin is None:
        raise ImportError("The package qtawesome, which carries the icons, is not installed.")
    return Path(found.origin).parent / "fonts"


@cache
def _family() -> str:
    assert QApplication.instance() is not None
    number = QFontDatabase.addApplicationFont(str(_folder() / _FONT))
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def _characters() -> dict[str, int]:
    codes = json.loads((_folder() / _NAMES).read_text(encoding="utf-8"))
    return {name: int(code, 16) for name, code in codes.items()}


def _character(name: str, filled: bool) -> str:
    name = name.removeprefix("ph.")
    return chr(_characters()[f"{name}-fill" if filled else name])
