"""packaging/dev.py from nothing: in a small project that needs no network, with a real .venv."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYPROJECT = """
[build-system]
requires = {requires}
build-backend = "backend"
backend-path = ["."]

[project]
name = "crmdesk"
version = "1"

[dependency-groups]
dev = []
"""

# Makes the wheel of an editable installation by hand: the package is this folder, its program prints its arguments.
BACKEND = """
import pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "crmdesk-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("crmdesk.pth", str(pathlib.Path.cwd()))
        wheel.writestr("crmdesk-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: crmdesk\\nVersion: 1\\n")
        wheel.writestr("crmdesk-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("crmdesk-1.dist-info/entry_points.txt", "[console_scripts]\\ncrmdesk = program:main\\n")
        wheel.writestr("crmdesk-1.dist-info/RECORD", "")
    return name
"""

PROGRAM = """
import sys

def main():
    print(*sys.argv[1:])
    return 75
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with dev.py and a program of three lines."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "packaging", project / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "pyproject.toml").write_text(PYPROJECT.format(requires=[]), encoding="utf-8")
    (project / "backend.py").write_text(BACKEND, encoding="utf-8")
    (project / "program.py").write_text(PROGRAM, encoding="utf-8")
    return project


def start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """dev.py in this project, where no package index answers."""
    unreachable = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "1",
    }
    return subprocess.Popen(
        [sys.executable, project / "packaging" / "dev.py", *arguments],
        env=os.environ | unreachable,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    printed, told = child.communicate()
    return child.returncode, printed, told


def test_from_nothing_then_at_once_then_after_a_kill(project: Path) -> None:
    code, printed, told = finish(start(project, "run", "two words", "--json"))
    assert (code, printed) == (75, "two words --json\n"), told
    assert "Making .venv" in told

    begun = time.monotonic()
    assert finish(start(project, "run", "again")) == (75, "again\n", "")
    # A tenth of this on an idle computer; pip alone would take longer.
    assert time.monotonic() - begun < 1.5

    (project / ".venv" / "crmdesk-making").touch()
    (project / ".venv" / "bin" / "crmdesk").unlink()
    code, printed, told = finish(start(project, "run"))
    assert (code, printed) == (75, "\n"), told
    assert "Removing the half-made .venv" in told


def test_two_calls_at_once_make_one_environment(project: Path) -> None:
    with (project / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = start(project, "run", "second")
        assert second.stderr is not None
        assert "waiting for it" in second.stderr.readline()
        assert not (project / ".venv").exists()
    code, printed, told = finish(second)
    assert (code, printed) == (75, "second\n"), told


def test_without_a_network_it_says_so(project: Path) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.format(requires=["hatchling"]), encoding="utf-8")
    code, printed, told = finish(start(project, "check"))
    assert (code, printed) == (1, ""), told
    assert "the network or the package index does not answer" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["nonsense"], 2), (["--help"], 0)])
def test_words_that_it_does_not_know(project: Path, arguments: list[str], code: int) -> None:
    answer, printed, told = finish(start(project, *arguments))
    assert answer == code
    assert "usage:" in (told if code else printed)
