"""The commands of dev.py: what each prepares and runs."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import displays
import environment
import system_packages
from environment import ROOT
from steps import Failed, step

USAGE = """\
usage: python3 packaging/dev.py COMMAND

  demo                 open crmdesk with a sample organisation and a sample mailbox; nothing of yours is touched
  run [ARGS]           crmdesk itself, with the arguments given
  test [PYTEST ARGS]   check, then every test (or those named)
  check                formatting, lint, types and the import floors
  simulate --histories N   tell that many random histories and check the laws; --replay SEED tells one
  simulate --kills N   kill clients and servers in the middle of real runs, N times, and check that nothing is lost
  monkey --minutes N   let a monkey click and type in real windows while the network comes and goes; --replay SEED
  bench                the measurements, as a table
  texts                the catalogues of translations, brought up to date with the code and compiled
  pictures DIR         a picture of every screen and dialog: light and dark, two sizes, two scales, two languages
  build                the source archive and the wheel, into dist/
"""

CHECKS = (
    ("ruff", "format", "--check"),
    ("ruff", "check"),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)


def become_crmdesk(arguments: Sequence[str]) -> int:
    """Replace this process by crmdesk, so that signals, the terminal and the exit code are its own."""
    program = environment.program("crmdesk")
    os.execve(program, [str(program), *arguments], environment.variables())


def demo(arguments: Sequence[str]) -> int:
    """Open the demo."""
    system_packages.provide(system_packages.WINDOW)
    environment.prepare()
    return become_crmdesk(["demo", *arguments])


def run(arguments: Sequence[str]) -> int:
    """Run crmdesk. Its command line needs no window, so what a window lacks is only told."""
    try:
        system_packages.provide(system_packages.WINDOW)
    except Failed as lacking:
        print(lacking, file=sys.stderr)
    environment.prepare()
    return become_crmdesk(arguments)


def check(arguments: Sequence[str]) -> int:
    """Run every checker, also after one has complained; the exit code is the first complaint's."""
    if arguments:
        raise Failed("check takes no arguments.", code=2)
    environment.prepare()
    answers = [call(*words) for words in CHECKS]
    return next((code for code in answers if code), 0)


def test(arguments: Sequence[str]) -> int:
    """Check, then test: two processes, each with a screen of its own, so that no window takes another's focus."""
    system_packages.provide(system_packages.WINDOW + system_packages.TESTS)
    if complaint := check([]):
        return complaint
    workers = 2
    with displays.screens(workers) as names:
        screen = {"CRMDESK_TEST_DISPLAYS": " ".join(names)} if names else {"QT_QPA_PLATFORM": "offscreen"}
        return call("pytest", "-n", str(workers), "--dist", "loadfile", *arguments, **screen)


def monkey(arguments: Sequence[str]) -> int:
    """Let a monkey work in real windows; what it breaks is told with its seed."""
    environment.prepare()
    return call("python", "-m", "tests.monkey.life", *arguments)


def bench(arguments: Sequence[str]) -> int:
    """Measure, one thing after the other, and print what was measured."""
    system_packages.provide(system_packages.WINDOW)
    environment.prepare()
    measuring = (
        "-o",
        "python_files=bench_*.py",
        "-o",
        "python_functions=bench_*",
        "--timeout=600",
        "-q",
        "-s",
        "-p",
        "no:xdist",
        "tests/bench",
    )
    return call("pytest", *measuring, *arguments, QT_QPA_PLATFORM="offscreen")


def texts(arguments: Sequence[str]) -> int:
    """Bring the catalogues up to date; the exit code says whether a translation is missing."""
    environment.prepare()
    return call("python", "packaging/catalogues.py", *arguments, PYTHONPATH=str(ROOT))


def pictures(arguments: Sequence[str]) -> int:
    """The picture book; each scale needs a process of its own."""
    system_packages.provide(system_packages.WINDOW)
    environment.prepare()
    made = [
        call("python", "packaging/picture_book.py", *arguments, QT_SCALE_FACTOR=scale, **IN_MEMORY)
        for scale in ("1", "1.5")
    ]
    return next((code for code in made if code), 0)


def simulate(arguments: Sequence[str]) -> int:
    """Tell random histories, or kill programs in the middle of real runs; what breaks a law is told with its seed."""
    parser = argparse.ArgumentParser(prog="dev.py simulate", description=simulate.__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--histories", type=int, metavar="N", help="histories to tell")
    which.add_argument("--replay", type=int, metavar="SEED", help="show what happens in one of them")
    which.add_argument("--kills", type=int, metavar="N", help="programs to kill in the middle of real runs")
    parser.add_argument("--first", "--seed", type=int, metavar="SEED", help="of the first (default: a fresh one)")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes that tell histories (default: all cores)")
    asked = parser.parse_args(arguments)
    environment.prepare()
    if asked.kills is not None:
        seed = [] if asked.first is None else ["--seed", str(asked.first)]
        return call("python", "-m", "tests.kills.stories", "--kills", str(asked.kills), *seed)
    words = [
        f"--{name}={value}"
        for name in ("histories", "replay", "first", "jobs")
        if (value := getattr(asked, name)) is not None
    ]
    return call("python", "-m", "tests.simulation.tell", *words)


def build(arguments: Sequence[str]) -> int:
    """Make dist/*.tar.gz and, from it, dist/*.whl. Everything needed is in .venv, so it works without a network."""
    environment.prepare()
    return call("python", "-m", "build", "--no-isolation", *arguments)


# As root the engine that shows a message's page starts without its sandbox alone; these pictures have no other page.
IN_MEMORY = {
    "PYTHONPATH": str(ROOT),
    # a screen that holds every window; Qt's own one has 800 by 800 points
    "QT_QPA_PLATFORM": f"offscreen:configfile={Path(__file__).with_name('screen.json')}",
    "QT_LOGGING_RULES": "qt.qpa.*=false",
    **({"QTWEBENGINE_DISABLE_SANDBOX": "1"} if os.geteuid() == 0 else {}),
}
COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": demo,
    "run": run,
    "test": test,
    "check": check,
    "simulate": simulate,
    "monkey": monkey,
    "bench": bench,
    "texts": texts,
    "pictures": pictures,
    "build": build,
}


def call(name: str, *words: str, **variables: str) -> int:
    """Run a program of .venv in the checkout and return its exit code, 128 + N when signal N ended it."""
    step(" ".join([name, *words]))
    child = subprocess.run(
        [environment.program(name), *words], cwd=ROOT, env=environment.variables() | variables, check=False
    )
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def end_in_order(number: int, _frame: FrameType | None) -> None:
    """Turn SIGTERM into an exit that passes through every `finally`, so that no screen is left behind."""
    sys.exit(128 + number)


def main(arguments: Sequence[str]) -> int:
    """Do what the first word says."""
    if not arguments or arguments[0] not in COMMANDS:
        asked = bool(arguments) and arguments[0] in ("-h", "--help", "help")
        print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    signal.signal(signal.SIGTERM, end_in_order)
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except Failed as failure:
        print(failure, file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return 130
