"""What an exchange told of the server is remembered: that is what the status says of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from crmdesk.session.connection import ConnectionState, set_trouble, trouble_of
from crmdesk.session.link import ServerLink
from crmdesk.store.store import Store


@dataclass
class Heard:
    """`anything`: whether the server said anything at all; where it did not, what was known of it stays."""

    anything: bool = True


@contextmanager
def heard(store: Store, link: ServerLink) -> Iterator[Heard]:
    """Around an exchange. An answer, no answer and a refused sign-in are remembered; other troubles tell nothing."""
    from crmdesk.crm.errors import SignInNeeded, Unreachable  # httpx takes 70 ms, and the window must open first

    hearing = Heard()
    try:
        yield hearing
    except Unreachable:
        _remember(store, ConnectionState.NO_CONNECTION)
        raise
    except SignInNeeded:
        _remember(store, ConnectionState.SIGN_IN_NEEDED)
        link.drop()  # the next try reads the secret anew
        raise
    if hearing.anything:
        _remember(store, None)


def _remember(store: Store, trouble: ConnectionState | None) -> None:
    with store.read() as reader:
        if trouble_of(reader) is trouble:
            return
    with store.transaction(durable=False) as tx:
        set_trouble(tx, trouble)
