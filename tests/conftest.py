"""What holds for every test: a home, secrets and a screen of its own, and no network beyond this computer."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.builders import Office
from tests.support.clock import Clock


def choose_screen() -> None:
    """Give each worker its own screen from CRMDESK_TEST_DISPLAYS; without one, windows are drawn into memory."""
    displays = os.environ.get("CRMDESK_TEST_DISPLAYS", "").split()
    if not displays:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        return
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["DISPLAY"] = displays[worker % len(displays)]
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    os.environ.pop("WAYLAND_DISPLAY", None)


def is_this_computer(host: object) -> bool:
    """Whether a host, as a socket is given it, is this computer."""
    name = host.decode() if isinstance(host, bytes) else host
    return name in (None, "", "localhost", "0.0.0.0", "::", "::1") or str(name).startswith("127.")


def keep_to_this_computer(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: a name elsewhere does not resolve, as without a network; a connection elsewhere fails the test."""
    if event == "socket.getaddrinfo" and not is_this_computer(arguments[0]):
        raise socket.gaierror(socket.EAI_NONAME, f"tests have no network: {arguments[0]!r}")
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not is_this_computer(arguments[1][0]):
        pytest.fail(f"a test reached for the network: {arguments[1]!r}")


choose_screen()
# A shell that starts this beside itself ("&") lets it ignore Ctrl+C, and programs that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Programs that a test starts say where they were when they crash.
os.environ.setdefault("PYTHONFAULTHANDLER", "1")
sys.addaudithook(keep_to_this_computer)
# Other work on the same two cores must not make a test fail.
hypothesis.settings.register_profile("crmdesk", deadline=None)
hypothesis.settings.load_profile("crmdesk")


REAL_WINDOWS = ("ui", "access", "days", "monkey", "cli", "kills")
"""Folders whose tests wait for windows and programs that the computer's own load can hold up."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """CRMDESK_SECOND_CHANCE: such a test that fails runs once more; both are told, the first as RERUN, to be mended.

    What only computes (merging, synchronising, the histories) has no second chance: there, once is a fault.
    """
    if not os.environ.get("CRMDESK_SECOND_CHANCE"):
        return
    folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(folder) and item.path.relative_to(folder).parts[0] in REAL_WINDOWS:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """What the imports made stays: the collector need not look at it again after every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home for the test and every program it starts, so that no one's profile or keyring is touched."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        patch.setenv("CRMDESK_SECRETS", str(home / "secrets"))
        patch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        patch.delenv("CRMDESK_COLOR_SCHEME", raising=False)
        yield home


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until the test moves it."""
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    """A server in this process, and people with a computer each."""
    made = Office(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def cycles_end_in_the_windows_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Widgets that are part of a cycle must not be destroyed by a worker: see crmdesk.desk.garbage."""
    if not {"qapp", "qtbot"} & set(request.fixturenames):
        yield
        return
    gc.collect()
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This computer stands in that zone; parametrize it with names, indirectly."""
    monkeypatch.setenv("TZ", str(request.param))
    time.tzset()
    yield str(request.param)
    monkeypatch.undo()
    time.tzset()
