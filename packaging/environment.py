"""The checkout's own .venv: made from nothing, brought up to date, and recognised at once when it already is.

.venv/crmdesk-stamp  what it was made from; equal to the present means ready, without asking pip
.venv/crmdesk-making there while it is being made or changed; there without a running dev.py means half-made
.venv.lock           held by the one call that makes or changes it; others wait for it
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import system_packages
from steps import CommandFailed, Failed, run_step, step

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "crmdesk-stamp"
MAKING = VENV / "crmdesk-making"
LOCK = ROOT / ".venv.lock"
PROJECT = ROOT / "pyproject.toml"

# What pip says when the index cannot be reached, as against a library that does not exist.
NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "Failed to establish a new connection",
)


def program(name: str) -> Path:
    """Where .venv keeps the program of this name."""
    return VENV / "bin" / name


def variables() -> dict[str, str]:
    """The environment for programs of .venv: its own first, and those that Debian keeps out of a user's PATH."""
    env = dict(os.environ)
    env.pop("PYTHONHOME", None)
    env.pop("PYTHONPATH", None)
    env.setdefault("LANG", "C.UTF-8")
    env["VIRTUAL_ENV"] = str(VENV)
    env["PATH"] = os.pathsep.join([str(VENV / "bin"), env.get("PATH", os.defpath), *system_packages.server_folders()])
    return env


def prepare() -> None:
    """Make sure that .venv holds what pyproject.toml asks for. Raises Failed with a sentence when it cannot."""
    if is_ready():
        return
    with held_lock():
        if is_ready():
            return
        if MAKING.exists() or not is_ours():
            make()
        install()


def is_ready() -> bool:
    """Whether .venv was made, to the end, for what pyproject.toml asks by this Python in this place."""
    try:
        return STAMP.read_text(encoding="utf-8") == wanted_stamp() and not MAKING.exists()
    except OSError:
        return False


def wanted_stamp() -> str:
    """What a ready .venv was made from. The place counts because programs in a .venv name their Python by full path."""
    asked = {part: project().get(part) for part in ("build-system", "project", "dependency-groups")}
    return f"{ROOT}\n{sys.version}\n{hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()}\n"


def project() -> dict[str, Any]:
    """The content of pyproject.toml."""
    with PROJECT.open("rb") as file:
        return tomllib.load(file)


def is_ours() -> bool:
    """Whether .venv can be brought up to date: made by this version of Python, in this place, with a pip that works."""
    python = program("python")
    question = "import pip, sys; print(sys.prefix, sys.version)"
    try:
        answer = run_step("Looking at .venv", [str(python), "-I", "-c", question]) if python.exists() else ""
    except (CommandFailed, OSError):
        return False
    return answer.strip() == f"{VENV} {sys.version}".strip()


def make() -> None:
    """Make an empty .venv in place of whatever is there."""
    if importlib.util.find_spec("ensurepip") is None:
        system_packages.provide((system_packages.venv_package(),))
    if VENV.exists():
        step("Removing the old .venv" if not MAKING.exists() else "Removing the half-made .venv")
        shutil.rmtree(VENV)
    VENV.mkdir()
    MAKING.touch()
    # When called by the .venv's own Python, that one was just removed; its base is the same version.
    python: str = getattr(sys, "_base_executable", None) or sys.executable
    try:
        run_step(f"Making .venv with Python {sys.version.split()[0]}", [python, "-I", "-m", "venv", str(VENV)])
    except CommandFailed as failed:
        raise Failed(f"Python could not make a virtual environment:\n{failed.last_lines()}") from failed


def install() -> None:
    """Install the project and everything it names, and stamp .venv as ready."""
    STAMP.unlink(missing_ok=True)
    MAKING.touch()
    stamp = wanted_stamp()
    libraries = development_libraries()
    pip = [str(program("python")), "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    try:
        run_step(
            "Installing crmdesk, its libraries and the checkers (a minute or two the first time)",
            [*pip, "--editable", ".", *libraries],
            # Without a network the default of five, each with a longer pause, makes a long silence.
            env={"PIP_RETRIES": "2"} | os.environ,
            cwd=ROOT,
        )
    except CommandFailed as failed:
        # pip gave up in order, before it changed anything: what .venv holds is whole, if old.
        MAKING.unlink()
        raise Failed(why_not_installed(failed)) from failed
    install_html_viewer(pip)
    STAMP.write_text(stamp, encoding="utf-8")
    MAKING.unlink()


def install_html_viewer(pip: list[str]) -> None:
    """The engine that shows HTML messages as designed, where it can be had: without it everything works too."""
    wanted: list[str] = project()["project"].get("optional-dependencies", {}).get("html", [])
    if not wanted:
        return
    system_packages.provide_if_allowed(system_packages.HTML)
    try:
        run_step(
            "Installing the viewer for designed messages (175 MB)",
            [*pip, *wanted],
            env={"PIP_RETRIES": "2"} | os.environ,
        )
    except CommandFailed:
        step("It could not be had; such messages will be shown in a simpler way")


def why_not_installed(failed: CommandFailed) -> str:
    """One sentence when the network is missing, the end of pip's own words otherwise."""
    if any(words in failed.printed for words in NO_NETWORK):
        return (
            "The libraries could not be fetched: the network or the package index does not answer.\n"
            "Nothing outside .venv was changed. Call this again when there is a connection; what was fetched is kept."
        )
    return f"The libraries could not be installed. pip says:\n{failed.last_lines()}"


def development_libraries() -> list[str]:
    """The requirements of the dependency group `dev`. Read here because pip reads groups only from 25.1 on."""
    requirements: list[str] = project()["dependency-groups"]["dev"]
    return requirements


@contextmanager
def held_lock() -> Iterator[None]:
    """Be the only call that changes .venv. The operating system gives the lock back when its holder dies."""
    with LOCK.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step("Another call is preparing .venv; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
