"""Mailboxes on IMAP servers: what changed since last time, in ranges, and the few changes that a person makes there.

What came of a folder is remembered as a FolderState, which goes in and comes out with every change: whoever stores a
change together with its state can be stopped anywhere and goes on from there.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, LoginError, ProtocolError

from crmdesk.mail.account import ImapAccount
from crmdesk.mail.errors import MailGarbled, MailRefused, MailSignInNeeded, MailUnreachable
from crmdesk.mail.folders import Folder, Role, with_roles
from crmdesk.texts import tr

SEEN = "\\Seen"
ANSWERED = "\\Answered"
FLAGGED = "\\Flagged"
DELETED = "\\Deleted"
_T = TypeVar("_T")
_NOT_SELECTABLE = {"\\noselect", "\\nonexistent"}
_FLAGS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 16_000_000
_HIGHEST_UID = 2**32 - 1


@dataclass(frozen=True)
class FolderState:
    """What is known of a folder: every message with a UID below `uidnext` has been seen, `count` of them are there."""

    uidvalidity: int
    uidnext: int
    highestmodseq: int | None
    """Flags are known as of this point; None where the server does not count changes (no CONDSTORE)."""
    count: int


@dataclass(frozen=True)
class FetchedMessage:
    """A message as it lies on the server. `complete` False: larger than asked for, `raw` holds its header alone."""

    folder: str
    uid: int
    flags: frozenset[str]
    raw: bytes
    internal_date: datetime
    size: int
    complete: bool = True


@dataclass(frozen=True)
class StartOver:
    """The server numbered the folder anew: UIDs known so far mean nothing, and all its messages follow as Arrived."""

    folder: str
    state: FolderState


@dataclass(frozen=True)
class Arrived:
    folder: str
    messages: tuple[FetchedMessage, ...]
    state: FolderState


@dataclass(frozen=True)
class FlagsChanged:
    """Known messages and the flags that they have now (perhaps the same ones)."""

    folder: str
    flags: Mapping[int, frozenset[str]]
    state: FolderState


@dataclass(frozen=True)
class Remaining:
    """Of the known messages these are still there; the others are gone."""

    folder: str
    uids: frozenset[int]
    state: FolderState


@dataclass(frozen=True)
class UpToDate:
    """Nothing more has changed."""

    folder: str
    state: FolderState


FolderChange: TypeAlias = StartOver | Arrived | FlagsChanged | Remaining | UpToDate


def never() -> bool:
    return False


class ImapConnection:
    """A signed-in connection, to be used by one thread and closed (or as a context manager). Raises MailError alone."""

    def __init__(self, account: ImapAccount) -> None:
        """Connects and signs in; MailUnreachable, MailSignInNeeded, or MailRefused when its certificate is not good."""
        self.account = account
        self._client: Any = self._translated(self._connect)

    def __enter__(self) -> ImapConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        try:
            self._client.logout()
        except (imaplib.IMAP4.error, OSError):
            self._hang_up(self._client)

    def folders(self) -> tuple[Folder, ...]:
        """Every folder that can hold messages, with its role."""
        listed = self._translated(self._client.list_folders)
        rows = [(str(name), tuple(map(_text, flags)), _text(delimiter or b"/")) for flags, delimiter, name in listed]
        return with_roles([row for row in rows if not _NOT_SELECTABLE & {flag.lower() for flag in row[1]}])

    def changes(
        self,
        folder: str,
        state: FolderState | None,
        stop: Callable[[], bool] = never,
        *,
        at_once: int = 200,
        largest: int = 50_000_000,
    ) -> Iterator[FolderChange]:
        """What changed in `folder` since `state` (None: never seen before), oldest messages first.

        Each change carries the state that holds once it is applied. Known messages come first (flags, what is gone),
        then new ones, at most `at_once` in one Arrived; of a message over `largest` bytes the header alone. The last
        change is UpToDate; it is missing when `stop()` said so between two ranges. Nothing is marked as read.
        """
        now = self._select(folder)
        if state is not None and state.uidvalidity != now.uidvalidity:
            state = replace(now, uidnext=1, count=0)
            yield StartOver(folder, state)
        elif state is None:
            state = replace(now, uidnext=1, count=0)
        if state != now:
            new = self._uids(state.uidnext, now.uidnext - 1)
            for change in self._changes_of_known(folder, state, now, len(new)):
                state = change.state
                yield change
            state = replace(state, highestmodseq=now.highestmodseq)
            for start in range(0, len(new), at_once):
                if stop():
                    return
                for messages in self._messages(folder, new[start : start + at_once], largest):
                    state = replace(state, uidnext=messages[-1].uid + 1, count=state.count + len(messages))
                    yield Arrived(folder, messages, state)
            state = replace(state, uidnext=max(state.uidnext, now.uidnext))
        yield UpToDate(folder, state)

    def add_flags(self, folder: str, uids: Sequence[int], flags: Iterable[str]) -> None:
        """Set flags (SEEN, ANSWERED, FLAGGED, …) on messages; those that are gone are passed over."""
        self._change_flags(folder, uids, flags, self._client.add_flags)

    def remove_flags(self, folder: str, uids: Sequence[int], flags: Iterable[str]) -> None:
        self._change_flags(folder, uids, flags, self._client.remove_flags)

    def append(
        self, folder: str, raw: bytes, flags: Iterable[str] = (SEEN,), date: datetime | None = None
    ) -> int | None:
        """Put a message into a folder (a copy of what was sent); its UID, where the server tells it."""
        answer = self._translated(self._client.append, folder, raw, tuple(flags), date)
        found = re.search(rb"APPENDUID \d+ (\d+)", answer if isinstance(answer, bytes) else b"")
        return int(found[1]) if found else None

    def find(self, folder: str, message_id: str) -> tuple[int, ...]:
        """The UIDs of the messages with that Message-ID: whether a copy is there already."""
        self._select(folder)
        return tuple(self._translated(self._client.search, ["HEADER", "Message-ID", f"<{message_id}>"]))

    def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        """Move messages to another folder; on servers without MOVE they are copied, then deleted."""
        if not uids:
            return
        self._select(folder, readonly=False)
        if self._has("MOVE"):
            self._translated(self._client.move, uids, target)
        else:
            self._translated(self._client.copy, uids, target)
            self._expunge(uids)

    def delete(self, folder: str, uids: Sequence[int]) -> None:
        """Move messages to the trash; out of the trash, or where there is none, they are deleted for good."""
        if not uids:
            return
        trash = next((each.name for each in self.folders() if each.role is Role.TRASH), None)
        if trash is not None and trash != folder:
            self.move(folder, uids, trash)
        else:
            self._select(folder, readonly=False)
            self._expunge(uids)

    def _changes_of_known(
        self, folder: str, state: FolderState, now: FolderState, new: int
    ) -> Iterator[FlagsChanged | Remaining]:
        if state.uidnext > 1 and (now.highestmodseq is None or now.highestmodseq != state.highestmodseq):
            since = None if now.highestmodseq is None else state.highestmodseq
            changed = self._uids(1, state.uidnext - 1, since)
            for start in range(0, len(changed), _FLAGS_AT_ONCE):
                rows = self._fetch(changed[start : start + _FLAGS_AT_ONCE], ["FLAGS"])
                yield FlagsChanged(folder, {uid: _flags(row) for uid, row in rows.items()}, state)
        if state.count + new != now.count:
            remaining = frozenset(self._uids(1, state.uidnext - 1))
            yield Remaining(folder, remaining, replace(state, count=len(remaining)))

    def _messages(self, folder: str, uids: list[int], largest: int) -> Iterator[tuple[FetchedMessage, ...]]:
        """The messages with these UIDs, as many at a time as fit into memory easily."""
        heads = self._fetch(uids, ["RFC822.SIZE", "FLAGS", "INTERNALDATE"])
        batch: list[int] = []
        waiting = 0
        for uid in sorted(heads):
            size = min(int(heads[uid][b"RFC822.SIZE"]), largest)
            if batch and waiting + size > _BYTES_AT_ONCE:
                yield from self._bodies(folder, batch, heads, largest)
                batch, waiting = [], 0
            batch.append(uid)
            waiting += size
        if batch:
            yield from self._bodies(folder, batch, heads, largest)

    def _bodies(
        self, folder: str, uids: list[int], heads: Mapping[int, Mapping[bytes, Any]], largest: int
    ) -> Iterator[tuple[FetchedMessage, ...]]:
        whole = [uid for uid in uids if int(heads[uid][b"RFC822.SIZE"]) <= largest]
        rows = dict(self._fetch(whole, ["BODY.PEEK[]"]))
        rows.update(self._fetch([uid for uid in uids if uid not in set(whole)], ["BODY.PEEK[HEADER]"]))
        messages = []
        for uid in uids:
            raw = rows.get(uid, {}).get(b"BODY[]", rows.get(uid, {}).get(b"BODY[HEADER]"))
            if not isinstance(raw, bytes):
                continue  # deleted on the server since we asked for its size
            head = heads[uid]
            messages.append(
                FetchedMessage(
                    folder,
                    uid,
                    _flags(head),
                    raw,
                    head[b"INTERNALDATE"].astimezone(UTC),
                    int(head[b"RFC822.SIZE"]),
                    complete=b"BODY[]" in rows[uid],
                )
            )
        if messages:
            yield tuple(messages)

    def _select(self, folder: str, *, readonly: bool = True) -> FolderState:
        answer = self._translated(self._client.select_folder, folder, readonly)
        try:
            uidvalidity, count = int(answer[b"UIDVALIDITY"]), int(answer[b"EXISTS"])
        except KeyError as error:
            raise MailGarbled(f"{self.account} opened '{folder}' without saying {error.args[0]!r}.") from error
        uidnext = answer.get(b"UIDNEXT")
        if uidnext is None:  # an old server: one search tells
            uidnext = max(self._uids(1, _HIGHEST_UID), default=0) + 1
        return FolderState(uidvalidity, int(uidnext), answer.get(b"HIGHESTMODSEQ"), count)

    def _uids(self, first: int, last: int, changed_since: int | None = None) -> list[int]:
        if first > last:
            return []
        criteria = ["UID", f"{first}:{last}"]
        if changed_since is not None:
            criteria += ["MODSEQ", str(changed_since + 1)]
        found = self._translated(self._client.search, criteria)
        return sorted(uid for uid in found if first <= uid <= last)

    def _fetch(self, uids: list[int], items: list[str]) -> Mapping[int, Mapping[bytes, Any]]:
        rows: Mapping[int, Mapping[bytes, Any]] = self._translated(self._client.fetch, uids, items)
        wanted = {item.replace(".PEEK", "").encode() for item in items}
        return {uid: row for uid, row in rows.items() if wanted <= row.keys()}

    def _change_flags(
        self, folder: str, uids: Sequence[int], flags: Iterable[str], change: Callable[..., object]
    ) -> None:
        if uids:
            self._select(folder, readonly=False)
            self._translated(change, uids, tuple(flags), silent=True)

    def _expunge(self, uids: Sequence[int]) -> None:
        self._translated(self._client.delete_messages, uids, silent=True)
        if self._has("UIDPLUS"):
            self._translated(self._client.uid_expunge, uids)
        # Without UIDPLUS an EXPUNGE would take other people's deleted messages along: they stay marked as deleted.

    def _has(self, capability: str) -> bool:
        return bool(self._translated(self._client.has_capability, capability))

    def _connect(self) -> IMAPClient:
        account = self.account
        try:
            client = IMAPClient(
                account.host,
                account.port,
                ssl=account.tls == "tls",
                ssl_context=account.ssl_context() if account.tls == "tls" else None,
                timeout=SocketTimeout(connect=min(account.timeout, 15), read=account.timeout),
            )
        except imaplib.IMAP4.error as error:  # greeted us with BYE: too busy, or closed to us for now
            raise imaplib.IMAP4.abort(str(error)) from error
        client.normalise_times = False  # aware datetimes instead of naive local ones
        try:
            if account.tls == "starttls":
                client.starttls(account.ssl_context())
            client.login(account.user or "", account.password)
            if client.has_capability("ENABLE") and client.has_capability("CONDSTORE"):
                client.enable("CONDSTORE")  # else a server need not tell HIGHESTMODSEQ when a folder is opened
        except BaseException:
            self._hang_up(client)
            raise
        return client

    def _hang_up(self, client: IMAPClient) -> None:
        with suppress(OSError):  # a failed handshake has closed the socket already
            client.shutdown()

    def _translated(self, function: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
        try:
            return function(*arguments, **named)
        except LoginError as error:
            raise _sign_in_error(self.account, str(error)) from error
        except ssl.SSLCertVerificationError as error:
            raise MailRefused(
                tr(
                    "The certificate of the mail server {server} can't be trusted ({why}). No password was sent.",
                    server=self.account,
                    why=error.verify_message,
                )
            ) from error
        except (ProtocolError, AssertionError, ValueError, IndexError, KeyError) as error:
            # What the parsers of imaplib and imapclient raise on an answer that is none.
            raise MailGarbled(
                tr("The mail server {server} gave an answer that makes no sense: {why}", server=self.account, why=error)
            ) from error
        except CapabilityError as error:
            raise MailRefused(
                tr("The mail server {server} can't do this: {why}", server=self.account, why=error)
            ) from error
        except imaplib.IMAP4.abort as error:
            raise MailUnreachable(
                tr("The connection to the mail server {server} broke: {why}", server=self.account, why=error)
            ) from error
        except imaplib.IMAP4.error as error:
            raise MailRefused(tr("The mail server {server} says: {why}", server=self.account, why=error)) from error
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise MailUnreachable(
                tr("The mail server {server} can't be reached: {why}.", server=self.account, why=reason)
            ) from error


def _sign_in_error(account: ImapAccount, words: str) -> MailSignInNeeded | MailUnreachable:
    if "[UNAVAILABLE]" in words or "[INUSE]" in words:
        return MailUnreachable(
            tr("The mail server {server} can't check passwords at the moment: {why}", server=account, why=words)
        )
    return MailSignInNeeded(
        tr(
            "The mail server {server} does not accept the password of {user}: {why}",
            server=account,
            user=account.user,
            why=words,
        )
    )


def _flags(row: Mapping[bytes, Any]) -> frozenset[str]:
    return frozenset(flag for flag in map(_text, row[b"FLAGS"]) if flag.lower() != "\\recent")


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
