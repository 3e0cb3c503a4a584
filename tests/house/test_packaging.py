"""What is handed out: the wheel holds everything and runs where no checkout is; the desktop knows the program."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from crmdesk import __version__
from crmdesk.resource_files import resource

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """What the command prints; its errors fail the test with its own words."""
    child = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stdout + child.stderr
    return child.stdout.strip()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with crmdesk installed from its wheel; it borrows the libraries, so no network is needed."""
    place = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", place / "dist", ROOT, cwd=place)
    (wheel,) = (place / "dist").glob("*.whl")
    assert list((place / "dist").glob("*.tar.gz"))
    run(sys.executable, "-m", "venv", "--without-pip", place / "env", cwd=place)
    python = place / "env" / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place))
    # A line in a .pth file adds a folder without reading the .pth files inside, so the checkout stays out of sight.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=place)
    return place / "env"


def test_the_installed_program_runs(installed: Path) -> None:
    assert run(installed / "bin" / "crmdesk", "--version", cwd=installed).endswith(__version__)


def test_the_command_line_needs_no_qt(installed: Path) -> None:
    without_qt = "import sys; sys.modules['PySide6'] = None; from crmdesk.cli.main import main; sys.exit(main())"
    program: list[str | Path] = [installed / "bin" / "python", "-c", without_qt]
    profile = installed / "profile"
    made = json.loads(run(*program, "--profile", profile, "--json", "new", "task", "subject=Call back", cwd=installed))
    got = json.loads(run(*program, "--profile", profile, "--json", "get", "task", made["id"], cwd=installed))
    assert (got["subject"], got["_state"]) == ("Call back", "private")


def test_the_wheel_brings_package_and_resources(installed: Path) -> None:
    question = "import crmdesk.resource_files as r; print(r.__file__, r.resource('icons/crmdesk.svg'), sep='\\n')"
    for answer in run(installed / "bin" / "python", "-c", question, cwd=installed).splitlines():
        assert Path(answer).is_relative_to(installed)


def test_the_wheel_brings_what_the_checkout_has(installed: Path) -> None:
    listed = run("git", "ls-files", "crmdesk", "resources", cwd=ROOT).splitlines()
    (package,) = installed.glob("lib/python*/site-packages/crmdesk")
    missing = [name for name in listed if not (package / name.removeprefix("crmdesk/")).is_file()]
    assert missing == []


def test_the_desktop_finds_entry_and_icon(installed: Path) -> None:
    assert (installed / "share/applications/crmdesk.desktop").is_file()
    assert (installed / "share/icons/hicolor/scalable/apps/crmdesk.svg").is_file()


def test_desktop_entry_names_what_exists(installed: Path) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]  # names are case-sensitive there
    entry.read(resource("crmdesk.desktop"), encoding="utf-8")
    words = entry["Desktop Entry"]
    assert (installed / "bin" / words["Exec"]).is_file()
    assert resource(f"icons/{words['Icon']}.svg")
    assert words["Type"] == "Application"


@pytest.mark.parametrize("size", [16, 24, 32, 48, 64, 128, 256, 512])
def test_icons_have_the_size_they_say(size: int) -> None:
    picture = QImage(str(resource(f"icons/crmdesk-{size}.png")))
    assert (picture.width(), picture.height()) == (size, size)
    assert picture.pixelColor(0, 0).alpha() == 0
    assert picture.pixelColor(size // 2, size // 10).name() == "#2f5fd0"


def test_a_missing_resource_says_so() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.svg"):
        resource("no-such.svg")


def test_one_version() -> None:
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
