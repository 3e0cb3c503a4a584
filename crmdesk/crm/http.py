"""Requests to the service: signed in, tried again while that is harmless, packed when the server takes it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Mapping

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential

from crmdesk.crm.answers import error_of, retry_after
from crmdesk.crm.errors import Cancelled, Garbled, Throttled, Unreachable
from crmdesk.crm.sign_in import Credentials
from crmdesk.crm.wire import STOPPED, USUAL, Reply, Timeouts, Traffic, Transport, Wire
from crmdesk.texts import tr

PATIENCE = 15.0  # seconds in which a request is tried again
OBEDIENCE = 300.0  # seconds that are waited for one request because the server asked for it (Dataverse: minutes)
TRIES = 4  # of a server that does not answer; one that asks for patience is asked as long as ours lasts
WORTH_PACKING = 1024  # bytes
_pauses = wait_exponential(multiplier=0.5, max=5.0)  # 0.5, 1, 2, 4, 5 …


class Http:
    """Sends requests to one server as one user. One thread at a time; `traffic` and `interrupt` from any.

    `stopped`, `told`, `patience` and `obedience` may be replaced between requests. `told` hears the seconds whenever
    the server asks for a pause (429, 503 with Retry-After). `packs`: whether the server is known to take gzip bodies.
    `clock` (monotonic) and `sleep` are for tests.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        transport: Transport | None = None,
        stopped: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE,
        timeouts: Timeouts = USUAL,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        packs: bool = False,
    ) -> None:
        self.url = url
        self.credentials = credentials
        self.patience = patience
        self.obedience = OBEDIENCE
        self.told: Callable[[float], None] = lambda seconds: None
        self.packs = packs  # it says so by Accept-Encoding in its answers (RFC 9110, 12.5.3); Dataverse does not
        self._wire = Wire(url, transport, stopped, timeouts, clock)
        self._clock = clock
        self._sleep = sleep
        self._has_answered = False

    @property
    def stopped(self) -> Callable[[], bool]:
        return self._wire.stopped

    @stopped.setter
    def stopped(self, stopped: Callable[[], bool]) -> None:
        self._wire.stopped = stopped

    @property
    def traffic(self) -> Traffic:
        return self._wire.traffic

    def interrupt(self) -> None:
        self._wire.interrupt()

    def close(self) -> None:
        self._wire.close()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        repeatable: bool = True,
    ) -> Reply:
        """The answer, of any status but 3xx, 401, 429 and 5xx. Raises CrmError for these and when there is none.

        While there is patience it is tried again: always after 429, and when it surely was not delivered; when it may
        have been, only if it is `repeatable`. How long the server asks to wait is waited, as long as that is within
        `obedience`, and takes nothing of the patience. A token that is not accepted is renewed once.
        """
        tries = _Tries(self._clock, self.patience, self.obedience)

        def is_worth_another(error: BaseException) -> bool:
            return isinstance(error, Unreachable) and (repeatable or not error.maybe_delivered)

        retrying = Retrying(
            retry=retry_if_exception(is_worth_another),
            stop=tries.enough,
            wait=_pause,
            before_sleep=self._tell,
            sleep=self._wait,
            reraise=True,
        )
        return retrying(self._signed_in, method, url, headers or {}, body, tries)

    def _signed_in(self, method: str, url: str, headers: Mapping[str, str], body: bytes, tries: _Tries) -> Reply:
        reply = self._once(method, url, headers, body, tries)
        if reply.status == 401 and self.credentials.renew():
            reply = self._once(method, url, headers, body, tries)
        if 300 <= reply.status < 400:
            to = reply.headers.get("location", "another place")
            raise Garbled(
                tr(
                    "{url} sends us to {to}, unlike a CRM server. Check the address, or sign in to the network.",
                    url=self.url,
                    to=to,
                )
            )
        if reply.status in (401, 429) or reply.status >= 500:
            raise error_of(reply.status, reply.body, retry_after=retry_after(reply.headers))
        return reply

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes, tries: _Tries) -> Reply:
        sent = {
            "Accept": "application/json",
            "OData-Version": "4.0",
            "OData-MaxVersion": "4.0",
            "Authorization": f"Bearer {self.credentials.token()}",
            **headers,
        }
        packed = self.packs and len(body) > WORTH_PACKING
        if packed:
            sent["Content-Encoding"] = "gzip"
        # a server that has answered may need long for an answer; of one that never did, that is not believed
        silence = 2 * self.patience if self._has_answered else self.patience
        limit = Timeouts(connect=tries.left, silence=silence)
        carried = gzip.compress(body, compresslevel=5, mtime=0) if packed else body
        reply = self._wire.exchange(method, url, sent, carried, limit)
        self._has_answered = True
        if packed and reply.status == 415:  # another server has taken its place, or something between us
            self.packs = False
            return self._once(method, url, headers, body, tries)
        self.packs = self.packs or "gzip" in reply.headers.get("accept-encoding", "")
        return reply

    def _tell(self, state: RetryCallState) -> None:
        if (seconds := _asked_for(state)) is not None:
            self.told(seconds)

    def _wait(self, seconds: float) -> None:
        """Between two tries; looks up often whether it was stopped."""
        until = self._clock() + seconds
        while (left := until - self._clock()) > 0:
            if self.stopped():
                raise Cancelled(tr(STOPPED))
            self._sleep(min(left, 0.1))


class _Tries:
    """How long one request may be tried: the patience is for our own tries, the obedience for what the server asks."""

    def __init__(self, clock: Callable[[], float], patience: float, obedience: float) -> None:
        self._clock = clock
        self._deadline = clock() + patience
        self._obedience = obedience

    @property
    def left(self) -> float:
        """Of the patience."""
        return self._deadline - self._clock()

    def enough(self, state: RetryCallState) -> bool:
        if _asked_for(state) is not None:
            self._obedience -= state.upcoming_sleep
            self._deadline += state.upcoming_sleep
            return self._obedience < 0
        unanswered = not isinstance(_error(state), Throttled) and state.attempt_number >= TRIES
        return unanswered or state.upcoming_sleep > self.left


def _pause(state: RetryCallState) -> float:
    error = _error(state)
    return max(error.after if isinstance(error, Throttled) else 0.0, _pauses(state))


def _asked_for(state: RetryCallState) -> float | None:
    """The seconds that the server asked to wait, where it did."""
    error = _error(state)
    return error.after if isinstance(error, Throttled) and error.told else None


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
