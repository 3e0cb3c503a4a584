"""What crmdesk and its tests need from the system: looked for, and installed by apt-get where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from steps import CommandFailed, Failed, run_step

# Debian keeps these out of a user's PATH.
ADMINISTRATORS_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")

POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Need:
    """A Debian package, and what tells that its content is there, from whatever source."""

    package: str
    is_there: Callable[[], bool]


def library(name: str, package: str) -> Need:
    """A shared library by its file name."""
    return Need(package, lambda: name in known_libraries())


def command(name: str, package: str) -> Need:
    """A program, looked for where administrators' programs are too."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *server_folders()])
    return Need(package, lambda: shutil.which(name, path=path) is not None)


def file(pattern: str, package: str) -> Need:
    """A file under /usr that the pattern fits."""
    return Need(package, lambda: any(Path("/usr").glob(pattern)))


def server_folders() -> list[str]:
    """Folders with programs of servers that Debian does not put into PATH, the newest PostgreSQL first."""
    postgresql = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    return [*postgresql, *ADMINISTRATORS_FOLDERS]


@cache
def known_libraries() -> frozenset[str]:
    """The file names of the shared libraries that the loader knows."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *ADMINISTRATORS_FOLDERS])
    ldconfig = shutil.which("ldconfig", path=path)
    if ldconfig is None:
        return frozenset()
    listing = subprocess.run([ldconfig, "-p"], capture_output=True, text=True, errors="replace", check=False)
    return frozenset(line.split()[0] for line in listing.stdout.splitlines() if line.startswith("\t"))


# Qt's own needs, offscreen and on a screen.
WINDOW = (
    library("libEGL.so.1", "libegl1"),
    library("libGL.so.1", "libgl1"),
    library("libdbus-1.so.3", "libdbus-1-3"),
    library("libfontconfig.so.1", "libfontconfig1"),
    library("libglib-2.0.so.0", "libglib2.0-0"),
    library("libxkbcommon.so.0", "libxkbcommon0"),
    library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    library("libxcb-cursor.so.0", "libxcb-cursor0"),
    library("libxcb-icccm.so.4", "libxcb-icccm4"),
    library("libxcb-image.so.0", "libxcb-image0"),
    library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    library("libxcb-render-util.so.0", "libxcb-render-util0"),
    library("libxcb-shape.so.0", "libxcb-shape0"),
    library("libxcb-xkb.so.1", "libxcb-xkb1"),
)

# Those of the engine that shows HTML messages as designed, which crmdesk can do without.
HTML = (
    library("libnss3.so", "libnss3"),
    library("libasound.so.2", "libasound2"),
    library("libXcomposite.so.1", "libxcomposite1"),
    library("libXdamage.so.1", "libxdamage1"),
    library("libXrandr.so.2", "libxrandr2"),
    library("libXtst.so.6", "libxtst6"),
    library("libxkbfile.so.1", "libxkbfile1"),
)

# The real parts that tests meet: a screen, a mail server, a database server, a secret store, letters and signs.
TESTS = (
    command("Xvfb", "xvfb"),
    command("openbox", "openbox"),
    command("xdotool", "xdotool"),
    file("lib/dovecot/imap", "dovecot-imapd"),
    command("initdb", "postgresql"),
    command("gnome-keyring-daemon", "gnome-keyring"),
    command("dbus-run-session", "dbus-daemon"),
    file("libexec/at-spi2-registryd", "at-spi2-core"),
    file("share/fonts/*/noto/NotoSans-Regular.ttf", "fonts-noto-core"),
    file("share/fonts/*/noto/NotoColorEmoji.ttf", "fonts-noto-color-emoji"),
)


def venv_package() -> Need:
    """Debian's package with what `python -m venv` needs, for the Python that runs this."""
    return Need(f"python3.{sys.version_info.minor}-venv", lambda: False)


def provide(needs: Sequence[Need]) -> None:
    """Install what is missing, or raise Failed with the one line that does it."""
    lacking = [need.package for need in needs if not need.is_there()]
    if not lacking or not sys.platform.startswith("linux"):
        return
    line = ["apt-get", "install", "--yes", "--no-install-recommends", *lacking]
    if not may_install():
        raise Failed(
            f"This system lacks what crmdesk needs: {', '.join(lacking)}.\n"
            f"On Debian or Ubuntu this line installs it; then call this again:\n  sudo {' '.join(line)}"
        )
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    lock = ["-o", "DPkg::Lock::Timeout=300"]
    try:
        with services_kept_from_starting():
            ask_archive()
            run_step(f"Installing {', '.join(lacking)}", [line[0], *lock, *line[1:]], env)
    except CommandFailed as failed:
        raise Failed(
            f"apt-get could not install what is missing. It says:\n{failed.last_lines()}\n"
            f"When that is mended, call this again, or install by hand:\n  {' '.join(line)}"
        ) from failed


@cache
def ask_archive() -> None:
    """Let apt-get learn what there is; once is enough for this process."""
    run_step("Asking the archive what it has", ["apt-get", "update"])


def provide_if_allowed(needs: Sequence[Need]) -> None:
    """Install what is missing where that is allowed; else do without it."""
    if may_install():
        with suppress(Failed):
            provide(needs)


def may_install() -> bool:
    """Whether this is root on a system that has apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


@contextmanager
def services_kept_from_starting() -> Iterator[None]:
    """Let packages bring servers without starting them; tests start their own. An existing policy stays as it is."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
