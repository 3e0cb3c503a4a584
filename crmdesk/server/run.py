"""Running the server as a program: uvicorn on a socket, a line when it listens, a clean stop."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from sqlalchemy.exc import DBAPIError

from crmdesk.server.app import create_app
from crmdesk.server.database import Database, NoDatabase, open_database
from crmdesk.server.feed import forget_old_traces
from crmdesk.server.load import load_sample
from crmdesk.server.security import add_user as add_user_to
from crmdesk.server.security import personal_token

_PATIENCE = 10  # seconds that a stop waits for the requests that are being answered


class CannotListen(Exception):
    """The address is taken or not ours; the text says which."""


def serve(
    database: str,
    host: str = "127.0.0.1",
    port: int = 0,
    sample: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a database (URL or path) until SIGTERM or SIGINT; returns once open requests are answered (10 s at most).

    Port 0 takes a free one. `on_ready` gets the address, such as "http://127.0.0.1:8080", once connections are taken.
    Raises NoDatabase and CannotListen.
    """
    with _open(database) as opened, _listening(host, port) as listener:
        if sample:
            load_sample(opened)
        with opened.writing() as transaction:
            forget_old_traces(transaction)
        config = uvicorn.Config(
            create_app(opened),
            log_level="warning",
            access_log=False,
            date_header=False,  # the application says the time, by the clock that records are stamped with
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_PATIENCE,
        )
        _Server(config, lambda: on_ready(_address(listener)) if on_ready else None).run(sockets=[listener])


def add_user(database: str, name: str, password: str, admin: bool = False) -> str:
    """Add a user, or give an existing one a new password; works while the server runs. Gives the id.

    Raises NoDatabase and security.BadPassword.
    """
    with _open(database) as opened, opened.writing() as transaction:
        return add_user_to(transaction, name, password, admin)


def make_token(database: str, name: str) -> str:
    """A personal access token; works while the server runs. Raises NoDatabase and security.NoSuchUser."""
    with _open(database) as opened, opened.writing() as transaction:
        return personal_token(transaction, name)


@contextmanager
def _open(database: str) -> Iterator[Database]:
    """Open and closed again. NoDatabase also when it fails later: another process keeps it busy, the disk is full."""
    opened = open_database(database)
    try:
        yield opened
    except DBAPIError as error:
        raise NoDatabase(f"The database did not do what was asked: {error.orig}") from None
    finally:
        opened.close()


class _Server(uvicorn.Server):
    """Tells when it takes connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end run() instead of the process, so that the database is closed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY); without it each waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(f"The server cannot listen on {host}:{port}: {error.strerror or error}.") from None
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


__all__ = ["CannotListen", "NoDatabase", "add_user", "make_token", "serve"]
