"""Where the demo's outgoing mail goes: an SMTP server on this computer that keeps what it gets and sends nothing on."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_LARGEST = 64 * 1024 * 1024


class LoopbackSmtp(Controller):
    """An aiosmtpd server in a thread of its own, on a free port of 127.0.0.1; `port` tells which, once started."""

    def __init__(self, handler: object, **more: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0, data_size_limit=_LARGEST, **more)

    def _trigger_server(self) -> None:
        # By now it listens. The controller asks for the port in vain, and then wants to connect to it.
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd gives it no types


class Collector:
    """Collects mail into `folder`, one .eml file a message, named in the order of arrival. Use it as a context manager.

    The first line of each file names the envelope's recipients (X-Collected-For), so Bcc shows.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = LoopbackSmtp(self)
        self._numbers = itertools.count(len(self.messages()) + 1)

    def __enter__(self) -> Collector:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return int(self._server.port)

    def start(self) -> None:
        """Listen; returns when mail can be handed over."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._server.start()

    def stop(self) -> None:
        """Stop listening; what was collected stays."""
        self._server.stop(no_assert=True)

    def messages(self) -> list[Path]:
        """The files so far, oldest first."""
        return sorted(self.folder.glob("*.eml"))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """Called in the server's thread for each message."""
        recipients = ", ".join(envelope.rcpt_tos)
        content = envelope.original_content or b""
        path = self.folder / f"{next(self._numbers):05}.eml"
        waiting = path.with_suffix(".part")
        waiting.write_bytes(f"X-Collected-For: {recipients}\r\n".encode() + content)
        waiting.rename(path)
        return "250 Collected; it goes no further"
