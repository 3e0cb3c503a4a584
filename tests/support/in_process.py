"""The bundled server in the test's own process, spoken to through httpx; usable from any thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from crmdesk.server.app import create_app
from crmdesk.server.database import Clock, open_database, system_clock
from crmdesk.server.load import load_sample
from crmdesk.server.security import SIGN_IN_SECONDS, add_user, create_user_record, find_user, issue_token, make_admin

ORIGIN = "http://crm.example"


class InProcess(httpx.BaseTransport):
    """An httpx transport that answers from an ASGI application, each request in an event loop of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.transport = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        request = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self.transport.handle_async_request(request)
        content = b"".join([part async for part in answer.stream])  # type: ignore[union-attr]
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))


class InProcessServer:
    """A server over a database of its own: `folder` gets an SQLite file, or `url` names a database. Close it."""

    def __init__(
        self, folder: Path | None = None, url: str = "", sample: bool = False, clock: Clock = system_clock
    ) -> None:
        self.database = open_database(url or str((folder or Path.cwd()) / "server.sqlite"), clock)
        if sample:
            load_sample(self.database)
        self.transport = InProcess(create_app(self.database))

    def add_user(self, name: str, password: str = "", admin: bool = False) -> str:
        """The id of a user, old or new. Without a password (hashing one takes its time) only tokens let it in."""
        with self.database.writing() as transaction:
            if password:
                return add_user(transaction, name, password, admin)
            key = find_user(transaction, name) or create_user_record(transaction, name)
            if admin:
                make_admin(transaction, key)
            return key

    def token(self, user: str) -> str:
        """A bearer token for a user's id."""
        with self.database.writing() as transaction:
            return issue_token(transaction, user, SIGN_IN_SECONDS)

    def client(self, user: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Client:
        """An httpx client that is signed in as a user's id and speaks relative to the service root."""
        every = {"Authorization": f"Bearer {self.token(user)}", **(headers or {})}
        return httpx.Client(transport=self.transport, base_url=f"{ORIGIN}/api/data/v9.2/", headers=every, **more)

    def close(self) -> None:
        self.database.close()
