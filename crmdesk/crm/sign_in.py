"""Proving who one is to a server: by user and password (the bundled server), or by a token that one was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import orjson

from crmdesk.crm.errors import Garbled, SignInNeeded, Unreachable, error_of

SERVICE = "/api/data/v9.2/"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Credentials(Protocol):
    def token(self) -> str:
        """The token to show now. Raises SignInNeeded, Unreachable."""

    def renew(self) -> bool:
        """After the token was not accepted: whether another one is worth trying."""


@dataclass
class TokenCredentials:
    """A token that one was given."""

    value: str

    def token(self) -> str:
        return self.value

    def renew(self) -> bool:
        return False


@dataclass
class PasswordCredentials:
    """User and password. The token got for them goes to `keep`, so that the next start needs no sign-in."""

    url: str
    user: str
    password: str
    known: str | None = None
    keep: Callable[[str], None] = lambda token: None
    transport: httpx.BaseTransport | None = None

    def token(self) -> str:
        if self.known is None:
            self.known = self._sign_in()
            self.keep(self.known)
        return self.known

    def renew(self) -> bool:
        self.known = None
        return True

    def _sign_in(self) -> str:
        body = orjson.dumps({"user": self.user, "password": self.password})
        host = urlsplit(self.url).netloc
        try:
            with httpx.Client(transport=self.transport, timeout=httpx.Timeout(15.0, connect=8.0)) as client:
                headers = {"Content-Type": "application/json"}
                response = client.post(f"{self.url}/api/sign-in", content=body, headers=headers)
        except httpx.TransportError as error:
            words = f"{host} cannot be reached ({error or type(error).__name__}). Everything waits here."
            raise Unreachable(words, delivered=False) from None
        if response.status_code in (401, 403):
            raise SignInNeeded(f"{host} does not accept this user name and password. Check both and try again.")
        if response.status_code != 200:
            found = error_of(response.status_code, response.content)
            if isinstance(found, Unreachable):
                raise found
            raise Garbled(f"{self.url} does not answer like a CRM server ({response.status_code}). Check the address.")
        try:
            return str(orjson.loads(response.content)["token"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Garbled(f"{self.url} does not answer like a CRM server. Check the address.") from None


def server_url(text: str) -> str:
    """The server's address as it is kept: with scheme, without the service's path. Raises ValueError with words.

    Without encryption only this computer itself is accepted.
    """
    address = text.strip().rstrip("/")
    if "://" not in address:
        local = address.split("/")[0].rsplit(":", 1)[0].strip("[]") in LOOPBACK
        address = f"{'http' if local else 'https'}://{address}"
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"'{text}' is no address of a server: its port is no number.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"'{text}' is no address of a server; expected is https://HOST.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f"'{text}' would send your password unencrypted; use https://{parts.hostname}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.split("/api/data/")[0].rstrip("/")
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{path}"
