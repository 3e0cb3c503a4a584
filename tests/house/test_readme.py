"""README.md tells the truth about what can be read from files."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements() -> list[str]:
    """The names of all libraries that pyproject.toml asks for."""
    asked = [
        *PROJECT["project"]["dependencies"],
        *(name for extra in PROJECT["project"]["optional-dependencies"].values() for name in extra),
        *PROJECT["dependency-groups"]["dev"],
    ]
    return sorted({re.split(r"[^\w-]", requirement)[0] for requirement in asked})


def dev_commands() -> list[str]:
    """The commands of packaging/dev.py, asked of itself."""
    usage = subprocess.run(
        [sys.executable, ROOT / "packaging" / "dev.py", "--help"], capture_output=True, text=True, check=True
    )
    return re.findall(r"^  (\w+)", usage.stdout, re.MULTILINE)


def floors() -> list[str]:
    """The modules of the floors' contract."""
    (contract,) = [one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["name"].startswith("Floors")]
    return [name for layer in contract["layers"] for name in re.findall(r"\w+", layer)]


@pytest.mark.parametrize("name", requirements())
def test_every_library_has_its_reason(name: str) -> None:
    stands_on = README.split("## What it stands on")[1]
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", stands_on)


def test_every_library_that_is_explained_is_asked_for() -> None:
    table = re.findall(r"^\| ([\w-]+) \|", README.split("## What it stands on")[1], re.MULTILINE)
    assert set(table) - {"Library"} <= set(requirements())


@pytest.mark.parametrize("command", dev_commands())
def test_every_dev_command_is_told(command: str) -> None:
    assert re.search(rf"^\| `{command}\b", README, re.MULTILINE)


@pytest.mark.parametrize("name", floors())
def test_every_floor_is_on_the_plan(name: str) -> None:
    assert re.search(rf"`{name}(/|\.py)`", README)


def test_every_linked_file_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
