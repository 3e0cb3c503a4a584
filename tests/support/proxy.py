"""The way between a client and a server, byte by byte, as bad as a test wants it: cut, slow, silent, refused.

Connections are real, on this computer; the client is given `Proxy.url` for the server's.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from types import TracebackType
from typing import Self

_CHUNK = 65536
_LINGER_NOT = struct.pack("ii", 1, 0)  # close() then resets the connection


class Way(Enum):
    """In which direction bytes go."""

    UP = "to the server"
    DOWN = "to the client"


class End(Enum):
    """How a connection ends in the middle of something."""

    CLOSED = "closed, as if all were said"
    RESET = "reset"
    SILENT = "open, and nothing comes through any more, either way"


class Door(Enum):
    """What a new connection meets."""

    OPEN = "the server"
    REFUSED = "nobody listens"
    RESET = "reset at its first byte"
    SILENT = "taken, and never answered"


@dataclass(frozen=True)
class Cut:
    """After so many more bytes have gone that way, the connection that carries them ends; it happens once."""

    way: Way
    after: int
    end: End = End.RESET


@dataclass(frozen=True)
class Pace:
    """A slow line: at most `size` bytes at once, with `pause` seconds before each."""

    size: int
    pause: float


@dataclass(frozen=True)
class Line:
    """A line by its numbers; what went over it tells how long it took, without waiting for it."""

    bits_a_second: float
    round_trip: float  # seconds

    def seconds(self, carried: Carried) -> float:
        """From the first byte to the last: both ways after one another, as requests and answers are."""
        bits = 8 * (carried.up + carried.down)
        return bits / self.bits_a_second + self.round_trip * (carried.turns + carried.connections)


MODEM = Line(bits_a_second=56_000, round_trip=0.8)


@dataclass(frozen=True)
class Carried:
    """What went through: bytes each way, connections made, and how often the client's turn to speak began."""

    up: int = 0
    down: int = 0
    connections: int = 0
    turns: int = 0

    @property
    def bytes(self) -> int:
        return self.up + self.down

    def since(self, before: Carried) -> Carried:
        return Carried(
            self.up - before.up,
            self.down - before.down,
            self.connections - before.connections,
            self.turns - before.turns,
        )


@dataclass(eq=False)
class _Connection:
    client: socket.socket
    server: socket.socket
    spoke_last: Way = Way.DOWN
    silent: bool = False
    down: int = 0

    def from_to(self, way: Way) -> tuple[socket.socket, socket.socket]:
        return (self.client, self.server) if way is Way.UP else (self.server, self.client)

    def end(self, reset: bool = False) -> None:
        for each in (self.client, self.server):
            with contextlib.suppress(OSError):
                if reset:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
                else:
                    each.shutdown(socket.SHUT_RDWR)
            if reset:
                _shut(each)


def _shut(one: socket.socket) -> None:
    """Close it under a thread that reads from it: the shutdown wakes that one, the close resets."""
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RD)
    one.close()


@dataclass
class Proxy:
    """Stands before the server at `host`, `port`. What it does may be changed at any time, by any thread.

    `on_bytes` is told of every piece, before it goes on: (way, bytes).
    """

    host: str
    port: int
    on_bytes: Callable[[Way, int], None] = lambda way, size: None
    pace: Pace | None = None
    lifetime: int | None = None
    """After so many bytes down, each connection is reset."""
    _cut: Cut | None = None
    _carried: Carried = Carried()
    _connections: list[_Connection] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        # keeps the port ours while nobody listens on it
        self._place = _bound(0)
        self.url = f"http://127.0.0.1:{self._place.getsockname()[1]}"
        self._door = Door.REFUSED
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        self.door = Door.OPEN
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.door = Door.REFUSED
        self.hang_up()
        for each in self._threads:
            each.join(10)
        self._place.close()

    # ---- what a test says

    @property
    def door(self) -> Door:
        return self._door

    @door.setter
    def door(self, door: Door) -> None:
        self._door = door
        if door is Door.REFUSED and self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
            self._listener.close()
            self._listener = None
        elif door is not Door.REFUSED and self._listener is None:
            self._listener = _bound(self._place.getsockname()[1])
            self._listener.listen(64)
            self._begin(self._take, self._listener)

    def cut(self, cut: Cut | None) -> None:
        """Plan the next cut, or none."""
        with self._lock:
            self._cut = cut

    @property
    def cut_waits(self) -> bool:
        """Whether the planned cut has not happened yet."""
        with self._lock:
            return self._cut is not None

    @property
    def carried(self) -> Carried:
        with self._lock:
            return self._carried

    def hang_up(self) -> None:
        """End every connection now."""
        with self._lock:
            connections, self._connections = self._connections, []
        for each in connections:
            each.end(reset=True)

    # ---- how it works

    def _begin(self, work: Callable[..., None], *about: object) -> None:
        thread = threading.Thread(target=work, args=about, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._welcome(client)

    def _welcome(self, client: socket.socket) -> None:
        if self._door is Door.RESET:
            self._begin(self._reset, client)
            return
        try:
            server = socket.create_connection((self.host, self.port))
        except OSError:  # as a gateway does whose server is away
            client.close()
            return
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(client, server, silent=self._door is Door.SILENT)
        with self._lock:
            self._connections.append(connection)
            self._carried = replace(self._carried, connections=self._carried.connections + 1)
        for way in Way:
            self._begin(self._carry, connection, way)

    def _reset(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.recv(1)  # sooner, and the client would take it for a connection that was never made
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)

    def _carry(self, connection: _Connection, way: Way) -> None:
        source, sink = connection.from_to(way)
        with contextlib.suppress(OSError):
            while piece := source.recv(_CHUNK if self.pace is None else self.pace.size):
                if self.pace is not None:
                    self._over.wait(self.pace.pause)
                if not self._pass_on(connection, way, sink, piece):
                    return
            if not connection.silent:
                connection.end()

    def _pass_on(self, connection: _Connection, way: Way, sink: socket.socket, piece: bytes) -> bool:
        """Send it on as far as the cut lets it; whether the connection lives."""
        if connection.silent:
            return True  # heard, and kept
        self.on_bytes(way, len(piece))
        through, end = self._allowed(connection, way, len(piece))
        sink.sendall(piece[:through])
        if end is None:
            return True
        if end is End.SILENT:
            connection.silent = True
            return True
        connection.end(reset=end is End.RESET)
        return False

    def _allowed(self, connection: _Connection, way: Way, size: int) -> tuple[int, End | None]:
        """How many of `size` bytes get through now, and how the connection ends then."""
        with self._lock:
            end = None
            if self._cut is not None and self._cut.way is way:
                left = self._cut.after - size
                if left < 0:
                    size, end, self._cut = self._cut.after, self._cut.end, None
                else:
                    self._cut = Cut(way, left, self._cut.end)
            if way is Way.DOWN and self.lifetime is not None and connection.down + size > self.lifetime:
                size, end = max(0, min(size, self.lifetime - connection.down)), End.RESET
            turns = way is Way.UP and connection.spoke_last is Way.DOWN
            connection.spoke_last = way
            connection.down += size if way is Way.DOWN else 0
            up, down = (size, 0) if way is Way.UP else (0, size)
            before = self._carried
            self._carried = replace(before, up=before.up + up, down=before.down + down, turns=before.turns + turns)
            return size, end


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


@contextlib.contextmanager
def nobody_picks_up() -> Iterator[str]:
    """The URL of a server that is there and takes no connection: connecting goes on until it is given up."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(2):  # fill the queue: the system says no word to those that come after
            caller = waiting.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            caller.setblocking(False)
            caller.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
