"""Proving who one is to a server: by user and password (the bundled server), or by a token that one was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from crmdesk.crm.answers import error_of, json_object, retry_after
from crmdesk.crm.errors import Garbled, SignInNeeded, Unreachable
from crmdesk.crm.wire import LOOPBACK, Reply, Timeouts, Transport, Wire
from crmdesk.texts import tr

SERVICE = "/api/data/v9.2/"
_OF_THE_SERVICE = re.compile(r"/api/|/main\.aspx/")  # the latter is what a browser shows of Dynamics
_SHORT = Timeouts(silence=15.0)


class Credentials(Protocol):
    def token(self) -> str:
        """The token to show now. Raises CrmError when one must be got and is not."""

    def renew(self) -> bool:
        """After the server did not accept `token`: whether another one is worth trying."""


@dataclass
class TokenCredentials:
    """A token that one was given."""

    value: str = field(repr=False)

    def token(self) -> str:
        return self.value

    def renew(self) -> bool:
        return False


@dataclass
class PasswordCredentials:
    """User and password. `known` is the token of an earlier time; a new one goes to `keep`.

    So a process that starts needs no sign-in. Whether a token has expired only the server knows, as this computer's
    clock may be wrong: it is used until it is refused.
    """

    url: str
    user: str
    password: str = field(repr=False)
    known: str | None = field(default=None, repr=False)
    keep: Callable[[str], None] = lambda token: None
    transport: Transport | None = None
    timeouts: Timeouts = _SHORT

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
        wire = Wire(self.url, self.transport, timeouts=self.timeouts)
        try:
            reply = wire.exchange("POST", f"{self.url}/api/sign-in", {"Content-Type": "application/json"}, body)
        except Unreachable as error:
            # nothing but a token was asked for: the request that it is for never left
            raise Unreachable(str(error), maybe_delivered=False) from None
        finally:
            wire.close()
        if reply.status in (401, 403):
            raise SignInNeeded(
                tr("{host} does not accept this user name and password. Check both and try again.", host=wire.host)
            )
        if reply.status == 429 or reply.status >= 500:
            busy = error_of(reply.status, reply.body, retry_after=retry_after(reply.headers))
            if isinstance(busy, Unreachable):
                busy.maybe_delivered = False
            raise busy
        return self._token_in(reply)

    def _token_in(self, reply: Reply) -> str:
        token: object = None
        if reply.status == 200:
            with suppress(Garbled):
                token = json_object(reply.body).get("token")
        if not isinstance(token, str):
            raise Garbled(
                tr(
                    "{url} does not answer like a CRM server ({status}). Check the address.",
                    url=self.url,
                    status=reply.status,
                )
            )
        return token


def server_url(text: str) -> str:
    """The server's address as it is kept: with scheme, without the service's path. Raises ValueError with words.

    Without encryption only this computer itself is accepted.
    """
    address = text.strip()
    if "://" not in address:
        local = urlsplit(f"//{address}").hostname in LOOPBACK
        address = f"{'http' if local else 'https'}://{address}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ValueError(
            f"'{text}' is no address of a server; https://HOST or https://HOST:PORT is expected."
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in address:
        raise ValueError(f"'{text}' is no address of a server; https://HOST is expected.")
    if parts.username is not None:
        raise ValueError(tr("An address holds no user name or password; give them apart."))
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f"'{text}' would send your password unencrypted; use https://{parts.hostname}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = _OF_THE_SERVICE.split(f"{parts.path}/", maxsplit=1)[0].rstrip("/")
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{path}"
