"""mail add, fetch, list, show, send; import."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from crmdesk.actions import mail as actions
from crmdesk.actions.refusal import Refusal
from crmdesk.cli.records import push
from crmdesk.cli.words import (
    LIMIT,
    Command,
    Group,
    ReferenceType,
    answer,
    in_lines,
    open_session,
    reference,
    say_how_safe,
    secret_from_stdin,
    text_from_stdin,
)
from crmdesk.mail.compose import Draft
from crmdesk.mail.errors import MailError, MailUnreachable
from crmdesk.mail.headers import Address, read_addresses
from crmdesk.mail.message import parse
from crmdesk.model.record import Reference
from crmdesk.session import mailing
from crmdesk.session.session import Session
from crmdesk.store import mailbox
from crmdesk.store.mailbox import MessageRow
from crmdesk.sync.report import Hooks


@click.group(cls=Group)
def mail() -> None:
    """Mail accounts and messages."""


@mail.command("add")
@click.option("--imap", metavar="HOST:PORT")
@click.option("--smtp", metavar="HOST:PORT")
@click.option("--user")
@click.option("--password-stdin", is_flag=True)
@click.option("--insecure", is_flag=True, help="No encryption: only for servers on this computer and for tests.")
@click.option("--maildir", type=click.Path(file_okay=False, path_type=Path), help="A local mailbox instead.")
@click.option("--address", help="Your address (default: the user name).")
@click.option("--name", default="", help="Your name, as others see it.")
def add(
    imap: str | None,
    smtp: str | None,
    user: str | None,
    password_stdin: bool,
    insecure: bool,
    maildir: Path | None,
    address: str | None,
    name: str,
) -> None:
    """Add a mail account: on an IMAP and an SMTP server, or a local Maildir."""
    if (imap is None) == (maildir is None):
        raise click.UsageError("Say either --imap HOST:PORT --smtp HOST:PORT, or --maildir DIR.")
    if imap is not None and not (smtp and user and password_stdin):
        raise click.UsageError("With --imap, say --smtp HOST:PORT --user NAME --password-stdin too.")
    with open_session() as session:
        if maildir is not None:
            own = address or f"{getpass.getuser()}@localhost"
            try:
                account = mailing.add_maildir(session, maildir, own, name, smtp)
            except MailUnreachable as error:
                raise Refusal(str(error)) from None  # waiting would not make a mailbox of it
        else:
            host = str(imap).rpartition(":")[0] or str(imap)
            own = address or (str(user) if "@" in str(user) else f"{user}@{host}")
            servers = mailing.Servers(imap, smtp, user, insecure)
            account = mailing.add_imap(session, servers, secret_from_stdin(), own, name)
            say_how_safe(session)
    answer({"id": account.id, "address": account.address, "kind": account.kind}, f"{account.address} is added.")


@mail.command("fetch")
def fetch() -> None:
    """Hand over what waits and fetch what is new."""
    with open_session() as session:
        found = mailing.exchange(session, Hooks())
        push(session)
    for words in found.errors:
        click.echo(words, err=True)
    answer(asdict(found), f"{found.new} new, {found.sent} sent.")


@mail.command("list")
@click.option("--folder", help="Of one folder only.")
@click.option("--limit", type=LIMIT)
def list_messages(folder: str | None, limit: int | None) -> None:
    """The messages on this computer, newest first."""
    with open_session() as session, session.store.read() as reader:
        found = mailbox.listing(reader, folder, limit=limit)
    answer(
        [_document(each) for each in found],
        "\n".join(f"{each.id}  {each.date}  {each.sender_name or each.sender}: {each.subject}" for each in found)
        or None,
    )


@mail.command("show")
@click.argument("key", metavar="ID")
def show(key: str) -> None:
    """One message: its header, its text, its attachments."""
    ident = reference("email", key).id
    with open_session() as session, session.store.read() as reader:
        row = mailbox.get(reader, ident)
        if row is None:
            raise Refusal(f"There is no message {ident} here.")
        message = parse(mailbox.raw(reader, ident))
    document = {
        **_document(row),
        "text": message.text,
        "html": message.html is not None,
        "attachments": [
            {"filename": each.filename, "mimetype": each.mimetype, "size": each.size, "inline": each.inline}
            for each in message.attachments
        ],
        "notices": list(message.problems),
    }
    heading = {name: document[name] for name in ("from", "to", "date", "subject", "regarding")}
    answer(document, lambda: f"{in_lines(heading)}\n\n{message.text}")


@mail.command("send")
@click.option("--to", "to", required=True, multiple=True, help="One or more addresses, also separated by commas.")
@click.option("--cc", multiple=True)
@click.option("--bcc", multiple=True)
@click.option("--subject", required=True)
@click.option("--track", is_flag=True, help="Make an e-mail activity of it.")
@click.option("--regarding", type=ReferenceType(), help="What it is about; tracks it.")
def send(
    to: tuple[str, ...],
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    subject: str,
    track: bool,
    regarding: Reference | None,
) -> None:
    """Send a message; its text stands on standard input. Offline it waits in the Outbox."""
    text = text_from_stdin()
    with open_session() as session:
        account = mailing.account_to_send_from(session)
        draft = Draft(
            Address(account.name, account.address), _people(to), _people(cc), _people(bcc), subject=subject, text=text
        )
        key = session.do(lambda tx: actions.send(tx, draft, account, track, regarding)).result
        _deliver(session)
        push(session)
        with session.store.read() as reader:
            row = mailbox.get(reader, str(key))
    state = row.state if row else "waiting"
    answer({"id": key, "_state": "clean" if state == "sent" else "waiting"}, f"{key} {state}")


@click.command("import", cls=Command)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_messages(paths: tuple[Path, ...]) -> None:
    """Import .eml files, mboxes, Maildirs and folders of them."""
    with open_session() as session:
        report = mailing.import_files(session, paths)
        push(session)
    for words in report.problems:
        click.echo(words, err=True)
    if report.problems and not report.imported and not report.known:
        raise Refusal("Nothing was imported.")
    answer(asdict(report), f"{report.imported} imported, {report.known} were here already.")


def _deliver(session: Session) -> None:
    """Hand it over now if that is possible; what could not go waits, and that is said."""
    if session.status().is_offline:
        return
    try:
        mailing.deliver_waiting(session)
    except MailError as error:
        click.echo(f"Saved here; it waits in the Outbox. {error}", err=True)


def _people(texts: tuple[str, ...]) -> tuple[Address, ...]:
    return tuple(person for text in texts for person in read_addresses(text))


def _document(row: MessageRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "message_id": row.message_id,
        "folder": row.folder,
        "from": row.sender,
        "from_name": row.sender_name,
        "to": [address for kind, _, address in row.recipients if kind == "to"],
        "cc": [address for kind, _, address in row.recipients if kind == "cc"],
        "date": row.date,
        "subject": row.subject,
        "snippet": row.snippet,
        "thread": row.thread,
        "seen": row.seen,
        "starred": row.starred,
        "outgoing": row.outgoing,
        "attachment_count": row.attachments,
        "state": row.state,
        "regarding": row.regarding,
        "email": f"email:{row.email}" if row.email else None,
        "because": row.because if row.tracked else None,
        "_tracked": row.tracked,
    }


COMMANDS = (mail, import_messages)
