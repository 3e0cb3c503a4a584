"""The bundled server in the test's own process, spoken to through httpx; usable from any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Scope

from crmdesk.server.app import create_app
from crmdesk.server.database import Clock, open_database, system_clock
from crmdesk.server.load import load_sample
from crmdesk.server.security import SIGN_IN_SECONDS, add_user, create_user_record, find_user, issue_token, make_admin

ORIGIN = "http://crm.example"


class InProcess(httpx.BaseTransport):
    """An httpx transport that answers from an ASGI application, in the caller's thread and without an event loop.

    The application must wait for nothing: `at_once` is what it does its work by.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        conversation = self._answer(request, request.read())
        try:
            conversation.send(None)
        except StopIteration as done:
            answer: httpx.Response = done.value
            return answer
        raise AssertionError("the application waits for something")

    async def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        coming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        told: list[Message] = []

        async def receive() -> Message:
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            told.append(message)

        await self.app(_scope(request), receive, send)
        begun, *parts = told
        stream = httpx.ByteStream(b"".join(part.get("body", b"") for part in parts))
        return httpx.Response(begun["status"], headers=begun["headers"], stream=stream)


def _scope(request: httpx.Request) -> Scope:
    path, _, question = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": path,
        "query_string": question,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }


async def at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do it here and now."""
    return work(*arguments)


class InProcessServer:
    """A server over a database of its own: `folder` gets an SQLite file, or `url` names a database. Close it."""

    def __init__(
        self, folder: Path | None = None, url: str = "", sample: bool = False, clock: Clock = system_clock
    ) -> None:
        self.database = open_database(url or str((folder or Path.cwd()) / "server.sqlite"), clock)
        if sample:
            load_sample(self.database)
        self.transport = InProcess(create_app(self.database, aside=at_once))

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
