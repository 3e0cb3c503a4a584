"""The tokens can be read, and what paints itself follows a change of scheme."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication

from crmdesk.ui import icons, style_sheet
from crmdesk.ui.commands import Commands
from crmdesk.ui.style_sheet import made_from
from crmdesk.ui.theme import theme
from crmdesk.ui.tokens import DARK, LIGHT, READABLE, Tokens, colors, contrast


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READABLE)
def test_text_has_contrast_enough(tokens: Tokens, text: str, ground: str) -> None:
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


MARKS = ("mark_tick", "mark_arrow", "mark_cross")


def test_every_text_that_the_sheet_puts_on_a_ground_is_measured() -> None:
    names = {each: f"${each}" for each in colors(LIGHT)}
    sheet = made_from(Tokens(**names), dict.fromkeys(MARKS, ""))
    found = set()
    for selector, inside in re.findall(r"([^{}]+){([^{}]*)}", sheet):
        text, ground = (re.search(rf"(?<![-\w]){name}: \$(\w+)", inside) for name in ("color", "background"))
        if text and ground and ":disabled" not in selector:
            found.add((text[1], ground[1]))
    assert len(found) > 5
    assert found <= set(READABLE)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["background", "surface", "raised", "rail", "hover", "accent_soft"])
def test_the_ring_round_what_has_the_keyboard_is_seen(tokens: Tokens, ground: str) -> None:
    assert contrast(tokens.accent, getattr(tokens, ground)) >= 3


def test_contrast_is_counted_as_wcag_counts_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_leaves_no_name_open(tokens: Tokens) -> None:
    assert "$" not in made_from(tokens, {each: f"{each}.png" for each in MARKS})


def test_scheme_is_followed_and_can_be_chosen(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_COLOR_SCHEME", "dark")
    theme().choose("system")
    assert theme().tokens is DARK
    assert qapp.palette().window().color().name() == DARK.background
    theme().choose("light")
    assert theme().tokens is LIGHT
    assert qapp.palette().window().color().name() == LIGHT.background


def test_an_icon_takes_the_colour_of_the_scheme_it_is_painted_in(qapp: QApplication) -> None:
    icon = icons.icon("star", "accent", filled=True)

    def middle() -> str:
        return icon.pixmap(QSize(32, 32)).toImage().pixelColor(16, 16).name()

    theme().choose("light")
    assert middle() == LIGHT.accent
    theme().choose("dark")
    assert middle() == DARK.accent
    theme().choose("light")


def test_icons_survive_being_painted_very_often(qapp: QApplication) -> None:
    for _ in range(2000):
        icons.icon("envelope").pixmap(QSize(18, 18))


def test_every_command_has_an_icon_that_exists_and_keys_of_its_own(qapp: QApplication) -> None:
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    commands = Commands(window)
    keys = [each for command in commands.table.values() for each in command.keys]
    assert len(keys) == len(set(keys))
    assert all(not commands[name].icon().isNull() for name, command in commands.table.items() if command.icon)


def test_nothing_slides_or_fades(qapp: QApplication) -> None:
    """So whoever asked the system for reduced motion has it here."""
    sources = Path(style_sheet.__file__).parent.rglob("*.py")
    assert not [each.name for each in sources if "Animation" in each.read_text(encoding="utf-8")]
    theme().choose("light")
    effects = (Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_AnimateCombo, Qt.UIEffect.UI_AnimateTooltip)
    assert not any(qapp.isEffectEnabled(each) for each in effects)
