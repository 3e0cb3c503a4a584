"""The few pictures that a style sheet takes from files alone: the tick of a box, the arrow of a list, a cross."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, Qt, QTemporaryDir
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from crmdesk.ui.tokens import Tokens

_SIZE = 14
_SHAPES = {
    "tick": ("on_accent", ((3, 7.5), (6, 10.5), (11.5, 4.5))),
    "arrow": ("dim", ((3.5, 5.5), (7, 9), (10.5, 5.5))),
    "cross": ("dim", ((4, 4), (10, 10), (7, 7), (10, 4), (4, 10))),
}


class Marks:
    """Paints them into a folder that goes away with the program."""

    def __init__(self) -> None:
        self._folder = QTemporaryDir()

    def painted(self, tokens: Tokens) -> dict[str, str]:
        """The file of each mark, in the scheme's colours; one twice as large lies beside it for fine screens."""
        files = {}
        for name, (color, points) in _SHAPES.items():
            shade = getattr(tokens, color)
            file = Path(self._folder.path()) / f"{name}-{shade.lstrip('#')}.png"
            if not file.exists():
                _paint(points, tokens.color(color), 1).save(str(file))
                _paint(points, tokens.color(color), 2).save(str(file.with_name(f"{file.stem}@2x.png")))
            files[f"mark_{name}"] = file.as_posix()
        return files


def _paint(points: tuple[tuple[float, float], ...], color: QColor, scale: int) -> QPixmap:
    pixmap = QPixmap(_SIZE * scale, _SIZE * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    pen = QPen(color, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
    painter.end()
    return pixmap
