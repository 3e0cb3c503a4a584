"""The profile's server: which one it is, who one is there, and the connection to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from crmdesk.actions.refusal import Refusal
from crmdesk.secrets import Secrets
from crmdesk.session import organization
from crmdesk.session.connection import TOKEN, set_mode
from crmdesk.store.store import Store, get_meta, set_meta
from crmdesk.sync.report import Hooks, Progress
from crmdesk.texts import tr

if TYPE_CHECKING:
    from crmdesk.crm.client import Client
    from crmdesk.crm.sign_in import Credentials
    from crmdesk.crm.wire import Timeouts, Transport

_AT_THE_DOOR = 10.0  # seconds of patience with a server that one signs in to: somebody sits and waits


class NotSetUp(Refusal):
    pass


class ServerLink:
    """To be used by one thread at a time.

    `timer` (monotonic) and `pause` are what waiting between tries goes by; `timeouts` None: the usual ones.
    """

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        transport: Transport | None = None,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.store = store
        self.secrets = secrets
        self._transport = transport
        self._timer = timer
        self._pause = pause
        self._timeouts = timeouts
        self._client: Client | None = None

    def connect(self, url: str, user: str, password: str) -> None:
        """Sign in by user and password, keep both, go online; nothing is synchronised. Raises CrmError, ValueError."""
        from crmdesk.crm.sign_in import PasswordCredentials, server_url  # httpx takes 70 ms

        address = server_url(url)
        credentials = PasswordCredentials(address, user, password, transport=self._transport)
        self._settle_in(address, user, credentials, password)

    def connect_with_token(self, url: str, token: str) -> None:
        """The same with a token that one was given."""
        from crmdesk.crm.sign_in import TokenCredentials, server_url  # see connect

        address = server_url(url)
        if not (token.isascii() and token.isprintable()):
            raise Refusal(
                tr("This is no access token: it has letters or signs that no token has. Nothing was changed.")
            )
        self._settle_in(address, TOKEN, TokenCredentials(token), token)

    def _settle_in(self, url: str, user: str, credentials: Credentials, secret: str) -> None:
        from crmdesk.crm.errors import Unreachable  # see connect

        client = self._new(url, credentials)
        client.be_patient(_AT_THE_DOOR)
        try:
            who = client.who_am_i()
            self._refuse_another(who.user_id, who.organization_id)
            self.secrets.set(url, user, secret)
            with self.store.transaction() as tx:
                set_meta(tx, "server", url)
                set_meta(tx, "user", user)
                set_meta(tx, "me", who.user_id)
                set_meta(tx, "organization", who.organization_id)
                set_meta(tx, "server packs", "yes" if client.packs else "")
                set_mode(tx, "online")
            organization.hear(self.store, client, self.store.clock(), again=True)
        except Unreachable as error:
            words = tr(
                "{what}. You are not signed in there; nothing was changed. Check the address, or try later.",
                what=error.happened,
            )
            raise Unreachable(words, error.maybe_delivered) from None
        finally:
            client.close()
        self.drop()

    def _refuse_another(self, user: str, organization: str) -> None:
        with self.store.read() as reader:
            before = get_meta(reader.connection, "me"), get_meta(reader.connection, "organization")
        if before[0] is not None and before != (user, organization):
            raise Refusal(
                tr(
                    "This profile holds the data of another user or server. Nothing was changed. Use another profile "
                    "(--profile DIR) for this one."
                )
            )

    def client(self, patience: float | None = None, hooks: Hooks | None = None) -> Client:
        """The connection to the profile's server, kept between calls. Raises NotSetUp, SecretsError, SignInNeeded."""
        from crmdesk.crm.http import PATIENCE  # see connect

        if self._client is None:
            self._client = self.another()
        used = hooks or Hooks()
        self._client.stopped = used.stopped
        self._client.told = lambda seconds: used.progress(
            Progress(tr("The server is busy; it goes on in {seconds} s", seconds=f"{seconds:.0f}"))
        )
        self._client.be_patient(PATIENCE if patience is None else patience)
        return self._client

    def another(self) -> Client:
        """A connection of its own, for a thread beside the one that synchronises; the caller closes it."""
        from crmdesk.crm.errors import SignInNeeded  # see connect
        from crmdesk.crm.sign_in import PasswordCredentials, TokenCredentials

        with self.store.read() as reader:
            url, user = get_meta(reader.connection, "server"), get_meta(reader.connection, "user")
        if url is None or user is None:
            raise NotSetUp(tr("No server is set up yet. Connect to one first: crmdesk connect URL --user NAME."))
        secret = self.secrets.get(url, user)
        if secret is None:
            raise SignInNeeded(
                tr(
                    "The password for {user} at {url} is not kept on this computer. Please connect again.",
                    user=user,
                    url=url,
                )
            )
        credentials: Credentials
        if user == TOKEN:
            credentials = TokenCredentials(secret)
        else:
            kept = f"{user} (token)"
            credentials = PasswordCredentials(
                url,
                user,
                secret,
                known=self.secrets.get(url, kept),
                keep=lambda token: self.secrets.set(url, kept, token),
                transport=self._transport,
            )
        return self._new(url, credentials)

    def _new(self, url: str, credentials: Credentials) -> Client:
        from crmdesk.crm.client import Client  # see connect
        from crmdesk.crm.wire import USUAL

        with self.store.read() as reader:
            packs = bool(get_meta(reader.connection, "server packs"))
        return Client(
            url,
            credentials,
            self._transport,
            timeouts=self._timeouts or USUAL,
            clock=self._timer,
            sleep=self._pause,
            packs=packs,
        )

    def interrupt(self) -> None:
        """Break off a wait for the server, from any thread. Make the hooks of what runs say `stopped` first."""
        if (client := self._client) is not None:
            client.interrupt()

    def drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
