"""A screen reader's view of a program: its accessible tree, asked over AT-SPI as Orca asks it.

The desktop is the test's own: a screen in memory (Xvfb), a session bus, and the accessibility bus that is started on
it. What Debian calls at-spi2-core, dbus-daemon and xvfb must be there; `lacking()` names what is not.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.support.server_process import CRMDESK

_PATIENCE = 30.0  # seconds for what the machine may be too busy for
_ACCESSIBLE = "org.a11y.atspi.Accessible"
_REGISTRY = "org.a11y.atspi.Registry"
_ROOT = "/org/a11y/atspi/accessible/root"
_STATES = {"focusable": 11, "focused": 12, "showing": 25, "visible": 30}  # AtspiStateType's numbers


def lacking() -> str:
    """What this computer lacks for a screen reader's desktop; an empty text where nothing is lacking."""
    programs = [name for name in ("Xvfb", "dbus-daemon") if shutil.which(name) is None]
    service = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
    return ", ".join(programs + ([] if service.exists() else ["at-spi2-core"]))


@dataclass(frozen=True)
class Node:
    """One thing of the tree; `owner` and `path` are its address on the bus."""

    owner: str
    path: str
    role: str
    name: str
    description: str
    states: frozenset[str]


class ScreenReader:
    """Asks a desktop's programs what they show."""

    def __init__(self, bus: DBusConnection) -> None:
        self._bus = bus

    def programs(self) -> list[Node]:
        """The programs that have told the desktop that they can be read."""
        return self._children(_REGISTRY, _ROOT)

    def tree(self, root: Node) -> Iterator[Node]:
        """Everything under `root` that is showing, parents before their parts."""
        for each in self._children(root.owner, root.path):
            if "showing" in each.states or each.role == "frame":
                yield each
                yield from self.tree(each)

    def shown(self) -> list[Node]:
        """Everything that all programs show."""
        return [each for program in self.programs() for each in self.tree(program)]

    def until(self, holds: Callable[[list[Node]], bool], words: str) -> list[Node]:
        """Read again and again until it holds; fails with `words` and all that was there."""
        end, nodes = monotonic() + _PATIENCE, list[Node]()
        while monotonic() < end:
            nodes = self.shown()
            if holds(nodes):
                return nodes
        raise AssertionError(f"{words}\n" + "\n".join(f"{each.role}: {each.name}" for each in nodes))

    def press(self, node: Node) -> None:
        """Do the first thing that can be done with it: what a reader's user does with a button."""
        address = DBusAddress(node.path, node.owner, "org.a11y.atspi.Action")
        self._ask(new_method_call(address, "DoAction", "i", (0,)))

    def _children(self, owner: str, path: str) -> list[Node]:
        found = self._ask(new_method_call(DBusAddress(path, owner, _ACCESSIBLE), "GetChildren"))
        nodes = [self._node(*each) for each in (found[0] if found else ())]
        return [each for each in nodes if each is not None]

    def _node(self, owner: str, path: str) -> Node | None:
        """None for what has gone away since it was named."""
        address = DBusAddress(path, owner, _ACCESSIBLE)
        role = self._ask(new_method_call(address, "GetRoleName"))
        words = [self._ask(Properties(address).get(each)) for each in ("Name", "Description")]  # Qt has no GetAll
        states = self._ask(new_method_call(address, "GetState"))
        if role is None or states is None or None in words:
            return None
        bits = sum(word << (32 * place) for place, word in enumerate(states[0]))
        has = frozenset(name for name, number in _STATES.items() if bits >> number & 1)
        name, description = (str(each[0][1]) for each in words if each is not None)
        return Node(owner, path, str(role[0]), name, description, has)

    def _ask(self, message: Any) -> tuple[Any, ...] | None:
        """The answer's values; None when the program refused or the thing has gone."""
        answer = self._bus.send_and_get_reply(message, timeout=_PATIENCE)
        return None if answer.header.message_type is MessageType.error else tuple(answer.body)


@dataclass(frozen=True)
class ReadDesktop:
    """A screen with its buses, for programs that are to be read."""

    environment: dict[str, str]
    reader: ScreenReader

    @contextmanager
    def program(self, profile: Path) -> Iterator[subprocess.Popen[bytes]]:
        """The real program over a profile, as its user starts it; ended afterwards."""
        process = subprocess.Popen([*CRMDESK, "--profile", str(profile)], env=self.environment)
        try:
            yield process
        finally:
            _end(process)


@contextmanager
def read_desktop(home: Path) -> Iterator[ReadDesktop]:
    """A desktop of its own: no program of the person's is seen, and no reader of the person's hears this one."""
    with ExitStack() as open_things:
        environment = {
            **os.environ,
            "HOME": str(home),
            "DISPLAY": _announced(open_things, ["Xvfb", "-displayfd", "{}", "-screen", "0", "1280x800x24"], ":"),
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }
        for name in ("AT_SPI_BUS_ADDRESS", "NO_AT_BRIDGE", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
        bus = ["dbus-daemon", "--session", "--nofork", "--print-address={}"]
        environment["DBUS_SESSION_BUS_ADDRESS"] = session = _announced(open_things, bus, "", environment)
        with open_dbus_connection(bus=_plain(session)) as desktop:
            asked = new_method_call(DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus"), "GetAddress")
            (accessible,) = desktop.send_and_get_reply(asked, timeout=_PATIENCE).body
        readers = open_things.enter_context(open_dbus_connection(bus=_plain(accessible)))
        yield ReadDesktop(environment, ScreenReader(readers))


def _announced(
    open_things: ExitStack, command: Sequence[str], prefix: str, environment: dict[str, str] | None = None
) -> str:
    """Start a server that writes its name to the descriptor that stands for {} when it is ready; its name."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as told:
        process = subprocess.Popen(
            [word.format(writing) for word in command],
            pass_fds=(writing,),
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        open_things.callback(_end, process)
        ready, _, _ = select.select([told], [], [], _PATIENCE)
        name = told.readline().strip() if ready else ""
    assert name, f"{command[0]} did not start within {_PATIENCE:.0f} s"
    return prefix + name


def _plain(address: str) -> str:
    """A bus's address without its id, which jeepney does not read."""
    return re.sub(r",guid=[0-9a-f]+", "", address)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
