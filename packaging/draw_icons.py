"""Draw resources/icons/*.png from crmdesk.svg: run this with .venv/bin/python after the drawing changed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def drawn(drawing: QSvgRenderer, size: int) -> QImage:
    """The drawing as a square picture, clear where nothing is drawn."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    drawing.render(painter)
    painter.end()
    return picture


if __name__ == "__main__":
    crmdesk = QSvgRenderer(str(ICONS / "crmdesk.svg"))
    for side in SIZES:
        drawn(crmdesk, side).save(str(ICONS / f"crmdesk-{side}.png"))
