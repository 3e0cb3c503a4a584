"""The list of what peers' users do in a day: long enough, each row judged, every command in it real."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from crmdesk.ui.commands import Commands

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| (\d+) \| (.+?) \| (\w+) \| (.+?) \| (.+?) \|$", (ROOT / "docs/peers.md").read_text(encoding="utf-8"), re.M
)


def test_it_is_long_enough_and_numbered() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= 80


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[1]))
def test_each_row_is_judged_and_says_how_or_why(row: tuple[str, ...]) -> None:
    _, wish, verdict, words, _ = row
    assert verdict in ("works", "later", "no"), wish
    assert len(words) > 5, wish


def test_every_command_is_one(qapp: object) -> None:
    window = QWidget()
    known = set(Commands(window).table)
    named = {each for *_, commands in ROWS if commands != "—" for each in commands.split(", ")}
    assert named <= known, named - known
