"""The floors that import-linter cannot see: it knows PySide6, not which part of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import crmdesk

PACKAGE = Path(crmdesk.__file__).parent


def imported_modules(source: str) -> set[str]:
    """Every module that the source imports, at any depth, with the names taken from it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def has_widgets(source: str) -> bool:
    """Whether the source imports QtWidgets in any way of writing it."""
    return any("QtWidgets" in name.split(".") for name in imported_modules(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from PySide6.QtWidgets import QLabel", True),
        ("from PySide6 import QtCore, QtWidgets", True),
        ("import PySide6.QtWidgets as widgets", True),
        ("def late():\n    from PySide6 import QtWidgets", True),
        ("from PySide6.QtCore import QObject", False),
    ],
)
def test_widgets_are_seen(source: str, expected: bool) -> None:
    assert has_widgets(source) is expected


def test_desk_knows_no_widgets() -> None:
    files = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in PACKAGE.glob("desk/**/*.py")}
    assert [name for name, source in files.items() if has_widgets(source)] == []
