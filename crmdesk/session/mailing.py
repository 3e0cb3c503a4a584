"""Mail accounts of a profile: adding, fetching, handing over what waits. May take long; runs in the caller's thread.

A message is stored together with where fetching goes on, in one transaction; stopped anywhere, the next fetch goes on
from there. A message that waits is marked as leaving before its first byte goes out: after a crash in between nobody
can know whether it went, so the person is asked rather than sending it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from crmdesk.actions import mail as actions
from crmdesk.actions.mail import Arrival
from crmdesk.actions.refusal import Refusal
from crmdesk.mail.account import ImapAccount, SmtpAccount, tls_for
from crmdesk.mail.errors import MailError, MailRefused, MailSignInNeeded, MailUnreachable, SendUnknown
from crmdesk.mail.folders import Role, role_of
from crmdesk.mail.maildir import Imported, ImportProblem, Maildir, import_paths
from crmdesk.mail.message import has_headers, parse
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.model.record import new_id
from crmdesk.session.session import Session
from crmdesk.store import mailbox, outbox, problems
from crmdesk.store.mailbox import Account, Folder
from crmdesk.store.store import Transaction
from crmdesk.sync.report import Hooks, Progress
from crmdesk.texts import tr

AT_ONCE = 50  # messages a transaction
LOCAL = "local"
_UNFETCHED = (Role.ALL, Role.JUNK)


@dataclass(frozen=True)
class Fetched:
    """What a look at the accounts brought: new messages, handed-over messages, and what went wrong in words."""

    new: int = 0
    sent: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    imported: int
    known: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Servers:
    """How an account is reached. `host:port` texts; `insecure`: no encryption, for servers on this computer."""

    imap: str | None = None
    smtp: str | None = None
    user: str | None = None
    insecure: bool = False
    maildir: str | None = None


# ---- accounts


def add_imap(session: Session, servers: Servers, password: str, address: str, name: str) -> Account:
    """Check that one can sign in, then keep the account. Raises MailError, SecretsError; then nothing is kept."""
    from crmdesk.mail.imap import ImapConnection  # imapclient is slow to import, and not every account needs it

    account = Account(new_id(), "imap", address, name, asdict(servers))
    with ImapConnection(_imap(account, password)) as connection:
        folders = connection.folders()
    session.secrets.set(_place(account), servers.user or "", password)

    def keep(tx: Transaction) -> Changes:
        mailbox.save_account(tx, account)
        for folder in folders:
            mailbox.save_folder(tx, account.id, _shown(folder.name), folder.role.value, {"remote": folder.name})
        return Changes(messages=True, options=True)

    session.do(keep)
    return account


def add_maildir(session: Session, folder: Path, address: str, name: str, smtp: str | None = None) -> Account:
    """Read mail from a local Maildir. Raises MailError when there is none."""
    Maildir(folder).folders()
    servers = Servers(smtp=smtp, maildir=str(folder.resolve()), insecure=True)
    account = Account(new_id(), "maildir", address, name, asdict(servers))

    def keep(tx: Transaction) -> Changes:
        mailbox.save_account(tx, account)
        return Changes(messages=True, options=True)

    session.do(keep)
    return account


def account_to_send_from(session: Session) -> Account:
    """The first account that can send. Raises Refusal."""
    with session.store.read() as reader:
        accounts = mailbox.accounts(reader)
    for each in accounts:
        if each.settings.get("smtp"):
            return each
    raise Refusal(tr("No mail account that can send is set up yet. Add one first: crmdesk mail add."))


# ---- the exchange


def exchange(session: Session, hooks: Hooks) -> Fetched:
    """Hand over what waits, then fetch. Raises the first MailError when nothing at all got through."""
    _refuse_offline(session)
    sent, new, errors = 0, 0, list[MailError]()
    with _mail_lock(session):
        try:
            sent = deliver(session, hooks)
        except MailError as error:
            errors.append(error)
        with session.store.read() as reader:
            accounts = mailbox.accounts(reader)
        for account in accounts:
            try:
                new += _fetch(session, account, hooks)
            except MailError as error:
                errors.append(error)
    if errors and not sent and not new and len(errors) >= len(accounts):
        raise errors[0]
    return Fetched(new, sent, tuple(str(error) for error in errors))


def deliver_waiting(session: Session, hooks: Hooks | None = None) -> int:
    """Hand over what waits, alone; how many messages left. Raises MailUnreachable, MailSignInNeeded."""
    with session.store.read() as reader:
        if not outbox.mails(reader):
            return 0
    _refuse_offline(session)
    with _mail_lock(session):
        return deliver(session, hooks or Hooks())


def deliver(session: Session, hooks: Hooks) -> int:
    """As deliver_waiting; the caller holds the mail lock."""
    with session.store.read() as reader:
        waiting = outbox.mails(reader)
        held = {each.record for each in problems.open_problems(reader) if each.kind == "mail"}
        accounts = {each.id: each for each in mailbox.accounts(reader)}
    sent = 0
    for number, key in enumerate(waiting):
        if key in held or hooks.stopped():
            continue
        hooks.progress(Progress(tr("Sending mail"), number, len(waiting)))
        with session.store.read() as reader:
            row = mailbox.get(reader, key)
            raw = mailbox.raw(reader, key)
        if row is None:
            continue
        if row.state == "sending":
            words = tr(
                "'{subject}' was being sent when the program ended; it may have gone. Look for an answer, then "
                "send it again or put it back to the drafts.",
                subject=row.subject,
            )
            hooks.changed(session.do(lambda tx, k=key, w=words: actions.not_delivered(tx, k, w, unknown=True)))  # type: ignore[misc]
            continue
        recipients = [address for _, _, address in row.recipients]
        sent += _hand_over(session, accounts.get(row.account), key, raw, row.sender, recipients, hooks)
    return sent


def _hand_over(
    session: Session,
    account: Account | None,
    key: str,
    raw: bytes,
    sender: str,
    recipients: list[str],
    hooks: Hooks,
) -> int:
    from crmdesk.mail import smtp  # smtplib is only for sending

    if account is None or not account.settings.get("smtp"):
        return _tell(session, hooks, key, tr("The account of this message can't send any more."), unknown=False)
    hooks.changed(session.do(lambda tx: actions.delivering(tx, key)))
    try:
        result = smtp.send(_smtp(session, account), raw, sender, recipients)
    except (MailUnreachable, MailSignInNeeded):
        hooks.changed(session.do(lambda tx: actions.still_waiting(tx, key)))
        raise
    except MailRefused as error:
        return _tell(session, hooks, key, tr("The mail server refused it: {why}", why=error), unknown=False)
    except SendUnknown as error:
        return _tell(session, hooks, key, str(error), unknown=True)
    hooks.changed(session.do(lambda tx: actions.delivered(tx, key, dict(result.refused))))
    if account.kind == "imap":
        _file_as_sent(session, account, raw)
    return 1


def _tell(session: Session, hooks: Hooks, key: str, words: str, unknown: bool) -> int:
    hooks.changed(session.do(lambda tx: actions.not_delivered(tx, key, words, unknown)))
    return 0


def _file_as_sent(session: Session, account: Account, raw: bytes) -> None:
    """A copy for the account's own Sent folder. It is in ours already, so a failure here loses nothing."""
    from crmdesk.mail.imap import SEEN, ImapConnection  # see add_imap

    with session.store.read() as reader:
        sent = [f for f in mailbox.folders(reader) if f.account == account.id and f.role == Role.SENT.value]
    remote = next((f.state.get("remote") for f in sent if f.state.get("remote")), None)
    if remote:
        with suppress(MailError), ImapConnection(_imap(account, _password(session, account))) as connection:
            connection.append(str(remote), raw, [SEEN])


# ---- fetching


def _fetch(session: Session, account: Account, hooks: Hooks) -> int:
    if account.kind == "maildir":
        return _fetch_maildir(session, account, hooks)
    if account.kind == "imap":
        return _fetch_imap(session, account, hooks)
    return 0


def _fetch_maildir(session: Session, account: Account, hooks: Hooks) -> int:
    box, new = Maildir(Path(str(account.settings["maildir"]))), 0
    for name in box.folders():
        folder = Folder(account.id, _shown(name), role_of(name).value, {"remote": name})
        with session.store.read() as reader:
            known = mailbox.known_places(reader, account.id, folder.name)
        arrivals = (
            Arrival(account, folder, each.key, each.raw, "\\Seen" in each.flags, "\\Flagged" in each.flags)
            for each in box.new_messages(name, known)
        )
        for part in _parts(arrivals):
            if hooks.stopped():
                return new
            new += _store(session, account, folder, part, None, hooks)
        if not known:
            _store(session, account, folder, [], {"remote": name}, hooks)
    return new


def _fetch_imap(session: Session, account: Account, hooks: Hooks) -> int:
    from crmdesk.mail import imap  # see add_imap

    new = 0
    with session.store.read() as reader:
        known = {each.name: each for each in mailbox.folders(reader) if each.account == account.id}
    with imap.ImapConnection(_imap(account, _password(session, account))) as connection:
        for remote in connection.folders():
            if remote.role in _UNFETCHED:
                continue
            before = known.get(_shown(remote.name))
            folder = Folder(account.id, _shown(remote.name), remote.role.value, before.state if before else {})
            state = imap.FolderState(**folder.state["imap"]) if folder.state.get("imap") else None
            for change in connection.changes(remote.name, state, hooks.stopped):
                new += _apply(session, account, folder, remote.name, change, hooks)
            if hooks.stopped():
                return new
    return new


def _apply(session: Session, account: Account, folder: Folder, remote: str, change: Any, hooks: Hooks) -> int:
    """One change of an IMAP folder, with the state that holds afterwards, in one transaction."""
    from crmdesk.mail import imap  # see add_imap

    state = {"remote": remote, "imap": asdict(change.state)}
    if isinstance(change, imap.Arrived):
        arrivals = [
            Arrival(
                account,
                folder,
                str(each.uid),
                each.raw,
                imap.SEEN in each.flags,
                imap.FLAGGED in each.flags,
                each.internal_date,
            )
            for each in change.messages
        ]
        return _store(session, account, folder, arrivals, state, hooks)

    def note(tx: Transaction) -> Changes:
        places = mailbox.known_places(tx, account.id, folder.name)
        if isinstance(change, imap.StartOver):
            mailbox.forget_places(tx, account.id, folder.name)
        elif isinstance(change, imap.FlagsChanged):
            for uid, flags in change.flags.items():
                if str(uid) in places:
                    seen, starred = int(imap.SEEN in flags), int(imap.FLAGGED in flags)
                    mailbox.update_message(tx, places[str(uid)], seen=seen, starred=starred)
        elif isinstance(change, imap.Remaining):
            gone = [uid for uid in places if int(uid) not in change.uids]
            mailbox.forget_places(tx, account.id, folder.name, gone)
        mailbox.save_folder(tx, account.id, folder.name, folder.role, state)
        return Changes(messages=not isinstance(change, imap.UpToDate))

    hooks.changed(session.do(note))
    return 0


def _store(
    session: Session,
    account: Account,
    folder: Folder,
    arrivals: list[Arrival],
    state: Mapping[str, Any] | None,
    hooks: Hooks,
) -> int:
    parsed = [(each, parse(each.raw, each.received)) for each in arrivals]  # slow, so outside the transaction
    new = 0

    def receive(tx: Transaction) -> Changes:
        nonlocal new
        changes = NOTHING
        for arrival, message in parsed:
            one = actions.receive(tx, arrival, message)
            new += one.result is not None
            changes |= one
        mailbox.save_folder(tx, account.id, folder.name, folder.role, state)
        return changes

    hooks.changed(session.do(receive))
    hooks.progress(Progress(f"Mail: {folder.name}", new))
    return new


# ---- importing


def import_files(session: Session, paths: Iterable[Path], hooks: Hooks | None = None) -> ImportReport:
    """Messages from .eml files, mboxes, Maildirs and folders of them, into the folder Imported of this computer."""
    account = Account(LOCAL, "local", "", "On this computer", {})
    folder = Folder(LOCAL, "Imported", None, {})
    imported, known, wrong = 0, 0, list[str]()

    def keep(tx: Transaction) -> Changes:
        mailbox.save_account(tx, account)
        return Changes(messages=True)

    session.do(keep)
    for part in _parts(import_paths(paths)):
        arrivals = []
        for each in part:
            if isinstance(each, ImportProblem):
                wrong.append(each.words)
            elif isinstance(each, Imported) and not has_headers(each.raw):
                wrong.append(f"{each.source} is no mail message; it was left out. The others were imported.")
            else:
                arrivals.append(Arrival(account, folder, each.source, each.raw, True))
        new = _store(session, account, folder, arrivals, None, hooks or Hooks())
        imported += new
        known += len(arrivals) - new
    return ImportReport(imported, known, tuple(wrong))


# ---- small parts


@contextmanager
def _mail_lock(session: Session) -> Iterator[None]:
    """Only one process may fetch and deliver for a profile, else a message could leave twice."""
    lock = FileLock(session.profile / "mail.lock", thread_local=False, is_singleton=False)
    try:
        lock.acquire(timeout=10)
    except Timeout:
        raise MailUnreachable(
            tr("Another program is exchanging mail for this profile. Try again in a moment.")
        ) from None
    try:
        yield
    finally:
        lock.release()


def _refuse_offline(session: Session) -> None:
    if session.status().is_offline:
        raise Refusal(tr("You work offline: mail waits in the Outbox, and nothing is fetched. Go online first."))


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    part = []
    for each in items:
        part.append(each)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _shown(remote: str) -> str:
    return mailbox.INBOX if remote.upper() == "INBOX" else remote


def _place(account: Account) -> str:
    return f"mail {account.settings.get('imap') or account.settings.get('smtp')}"


def _password(session: Session, account: Account) -> str:
    secret = session.secrets.get(_place(account), str(account.settings.get("user") or ""))
    if secret is None:
        raise MailSignInNeeded(
            tr("The password for {address} is not kept here. Please add the account again.", address=account.address)
        )
    return secret


def _imap(account: Account, password: str) -> ImapAccount:
    settings = account.settings
    host, port = host_and_port(str(settings["imap"]), 993)
    insecure = bool(settings.get("insecure"))
    tls = tls_for(port, insecure=insecure)
    return ImapAccount(host, port, str(settings["user"]), password, tls, verify=not insecure)


def _smtp(session: Session, account: Account) -> SmtpAccount:
    settings = account.settings
    host, port = host_and_port(str(settings["smtp"]), 465)
    insecure = bool(settings.get("insecure"))
    user = settings.get("user")
    password = _password(session, account) if user else ""
    return SmtpAccount(
        host, port, str(user) if user else None, password, tls_for(port, insecure=insecure), not insecure
    )


def host_and_port(text: str, usual: int) -> tuple[str, int]:
    """From HOST[:PORT]. Raises Refusal."""
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, usual
    if not port.isdecimal() or not 0 < int(port) < 65536 or not host:
        raise Refusal(tr("'{text}' is not HOST:PORT.", text=text))
    return host.strip("[]"), int(port)
