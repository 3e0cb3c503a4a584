"""The one httpx client: keep-alive, gzip, time-outs, patience, a cancel, and counting what went over the wire."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from urllib.parse import urlsplit

import httpx

from crmdesk.crm.errors import Cancelled, CrmError, Garbled, SignInNeeded, Throttled, Unreachable, error_of
from crmdesk.crm.sign_in import Credentials

PATIENCE = 15.0  # seconds in which a request is tried again
TIMEOUT = httpx.Timeout(30.0, connect=8.0)
WORTH_PACKING = 2000  # bytes


@dataclass(frozen=True)
class Traffic:
    """What went over the wire so far: HTTP requests, and their bodies' bytes as they travelled."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Sends requests to one server. To be used by one thread at a time; traffic may be read from any."""

    def __init__(
        self,
        root: str,
        credentials: Credentials,
        transport: httpx.BaseTransport | None = None,
        stopped: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self.root = root
        self.credentials = credentials
        self.stopped = stopped
        self.patience = patience
        self.traffic = Traffic()
        self._packs = False  # whether the server takes gzip bodies; it says so in its answers
        self._client = httpx.Client(transport=transport, timeout=timeout, http2=False, follow_redirects=False)
        self._wait = threading.Event()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        repeatable: bool = True,
    ) -> Reply:
        """One request; answers of any status but 401, 429 and 5xx are given back. Raises CrmError.

        While there is patience, it is tried again when the server asks for that, or when it surely was not delivered;
        after it may have been delivered, only when it is `repeatable`.
        """
        deadline = monotonic() + self.patience
        pause, renewed = 0.3, False
        while True:
            if self.stopped():
                raise Cancelled("It was stopped. Everything that was done is kept.")
            try:
                return self._once(method, url, headers or {}, body)
            except SignInNeeded:
                if renewed or not self.credentials.renew():
                    raise
                renewed = True
            except Throttled as error:
                self._pause(max(error.after, pause), deadline, error)
            except Unreachable as error:
                if error.delivered and not repeatable:
                    raise
                self._pause(pause, deadline, error)
            pause = min(pause * 2, 5.0)

    def _pause(self, seconds: float, deadline: float, error: CrmError) -> None:
        if monotonic() + seconds > deadline:
            raise error
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self.stopped():
                raise Cancelled("It was stopped. Everything that was done is kept.")
            self._wait.wait(min(left, 0.1))

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        sent = {
            "Accept": "application/json",
            "OData-Version": "4.0",
            "OData-MaxVersion": "4.0",
            "Authorization": f"Bearer {self.credentials.token()}",
            **headers,
        }
        if self._packs and len(body) > WORTH_PACKING:
            body = gzip.compress(body, 5)
            sent["Content-Encoding"] = "gzip"
        reply, received = exchange(self._client, method, url, sent, body)
        before = self.traffic
        self.traffic = replace(
            before,
            requests=before.requests + 1,
            bytes_sent=before.bytes_sent + len(body),
            bytes_received=before.bytes_received + received,
        )
        self._packs = self._packs or "gzip" in reply.headers.get("accept-encoding", "")
        if 300 <= reply.status < 400 and reply.status != 304:
            raise Garbled(f"{self.root} sends us elsewhere ({reply.status}), unlike a CRM server. Check the address.")
        if reply.status in (401, 429) or reply.status >= 500:
            raise error_of(reply.status, reply.body, url, _retry_after(reply.headers))
        return reply

    def close(self) -> None:
        self._client.close()


def exchange(client: httpx.Client, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[Reply, int]:
    """One exchange with the server, and how many bytes of the answer's body travelled. Raises Unreachable, Garbled."""
    host = urlsplit(url).netloc
    try:
        response = client.request(method, url, headers=dict(headers), content=body)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Unreachable(
            f"{host} cannot be reached ({_cause(error)}). Everything waits here.", delivered=False
        ) from None
    except httpx.TimeoutException:
        raise Unreachable(f"{host} did not answer in time. Everything waits here and is tried again.") from None
    except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
        raise Unreachable(f"The connection to {host} broke ({_cause(error)}). Everything waits here.") from None
    except httpx.TransportError as error:
        raise Unreachable(f"The connection to {host} broke ({_cause(error)}). Everything waits here.") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Garbled(f"'{url}' is no address of a server: {error}.") from None
    received = response.num_bytes_downloaded or len(response.content)
    return Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content), received


def _cause(error: Exception) -> str:
    return str(error) or type(error).__name__


def _retry_after(headers: Mapping[str, str]) -> float:
    try:
        return float(headers.get("retry-after", "0"))
    except ValueError:
        return 2.0  # a date: clocks differ, so a short wait serves
