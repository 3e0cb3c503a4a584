"""The tokens of the design: colours for light and dark by what they mean, spacing, sizes. Nothing else names them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor

SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6 = 4, 8, 12, 16, 24
RADIUS, RADIUS_CARD, RADIUS_DIALOG = 6, 8, 10
RAIL_WIDTH, BAR_HEIGHT, STATUS_HEIGHT = 72, 52, 30
ROW_THREE_LINES, ROW_TWO_LINES, ROW_ENTRY, ROW_TASK, ROW_GRID, ROW_TREE, ROW_GROUP = 72, 56, 50, 40, 36, 30, 30
BUTTON_HEIGHT, ICON, EDGE = 32, 18, 3
SMALL, BODY, TITLE = 12, 13, 20
"""The type scale, in logical pixels: system font, three sizes, two weights."""

SHOWN_SECONDS = 8
"""How long a bar with Undo stays."""


@dataclass(frozen=True)
class Tokens:
    """Every colour that the window knows, by what it means."""

    background: str
    rail: str
    surface: str
    raised: str
    hover: str
    line: str
    text: str
    dim: str
    faint: str  # not for text that must be read
    accent: str
    accent_soft: str
    on_accent: str
    tracked: str
    tracked_soft: str
    waiting: str
    waiting_soft: str
    failed: str
    failed_soft: str
    done: str
    done_soft: str
    shade: str  # what dims the window behind a dialog

    def color(self, name: str) -> QColor:
        return QColor(getattr(self, name))


LIGHT = Tokens(
    background="#f5f6f8",
    rail="#eef0f4",
    surface="#ffffff",
    raised="#ffffff",
    hover="#f0f2f6",
    line="#e4e7ec",
    text="#1c2330",
    dim="#5d6778",
    faint="#7a8496",
    accent="#2f5fd0",
    accent_soft="#e8eefb",
    on_accent="#ffffff",
    tracked="#0b7285",
    tracked_soft="#dff3f6",
    waiting="#8f5a00",
    waiting_soft="#fdf1d8",
    failed="#b3261e",
    failed_soft="#fbe7e5",
    done="#1b7a4b",
    done_soft="#e3f4ea",
    shade="#5c000000",
)
DARK = Tokens(
    background="#15181e",
    rail="#11141a",
    surface="#1b1f27",
    raised="#222731",
    hover="#262c37",
    line="#2d333f",
    text="#e7eaf0",
    dim="#a4adbd",
    faint="#8a94a6",
    accent="#86a8ff",
    accent_soft="#25304a",
    on_accent="#10151f",
    tracked="#6bd0e0",
    tracked_soft="#14333a",
    waiting="#f0c26a",
    waiting_soft="#382d15",
    failed="#ff9a92",
    failed_soft="#3d201f",
    done="#6fd19d",
    done_soft="#17332a",
    shade="#8c000000",
)

# Which text colours are written on which grounds. The contrast test reads this; a new combination belongs here.
READABLE: tuple[tuple[str, str], ...] = (
    *((text, ground) for text in ("text", "dim") for ground in ("background", "surface", "raised", "rail", "hover")),
    ("text", "accent_soft"),
    ("dim", "accent_soft"),
    ("text", "tracked_soft"),
    ("text", "failed_soft"),
    ("on_accent", "accent"),
    *((text, ground) for text in ("accent", "tracked", "failed") for ground in ("background", "surface", "raised")),
    ("accent", "accent_soft"),
    ("tracked", "tracked_soft"),
    ("waiting", "waiting_soft"),
    ("waiting", "surface"),
    ("failed", "failed_soft"),
    ("done", "done_soft"),
    ("done", "surface"),
    ("surface", "text"),  # the bar with Undo is written the other way round
    ("accent_soft", "text"),
)


def colors(tokens: Tokens) -> dict[str, str]:
    return {each.name: getattr(tokens, each.name) for each in fields(tokens)}


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21, as WCAG 2 counts it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(name: str) -> float:
    color = QColor(name)
    parts = [color.redF(), color.greenF(), color.blueF()]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
