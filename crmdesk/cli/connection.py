"""connect, status, sync, offline, online."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from crmdesk.actions.refusal import Refusal
from crmdesk.cli.records import push
from crmdesk.cli.stopping import stoppable
from crmdesk.cli.words import Command, answer, in_lines, open_session, say_how_safe, secret_from_stdin
from crmdesk.crm.errors import CrmError, Garbled
from crmdesk.session.session import Session
from crmdesk.sync.report import Report

_NOTHING = Report("", "complete")


@click.command(cls=Command)
@click.argument("url")
@click.option("--user", help="The user name; the password comes on standard input.")
@click.option("--password-stdin", is_flag=True)
@click.option("--token-stdin", is_flag=True, help="Sign in with a personal access token from standard input.")
def connect(url: str, user: str | None, password_stdin: bool, token_stdin: bool) -> None:
    """Sign in to a CRM server and keep the secret; nothing is synchronised yet."""
    if token_stdin == password_stdin or (password_stdin and not user):
        raise click.UsageError("Say either --user NAME --password-stdin, or --token-stdin.")
    secret = secret_from_stdin()
    with open_session() as session:
        try:
            if token_stdin:
                session.connect_with_token(url, secret)
            else:
                session.connect(url, user or "", secret)
        except Garbled as error:
            raise Refusal(str(error)) from None
        say_how_safe(session)
        answer(_status(session), f"Signed in to {session.status().server}. Nothing is synchronised yet: crmdesk sync")


@click.command(cls=Command)
def status() -> None:
    """How the profile stands towards its server."""
    with open_session() as session:
        document = _status(session)
    answer(document, lambda: in_lines(document))


@click.command(cls=Command)
@click.option("--save", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
def diagnostics(file: Path | None) -> None:
    """Versions, counts and states, for whoever helps; no passwords and no records."""
    from crmdesk.session.diagnostics import report  # asked for seldom, and it brings the mail side along

    with open_session() as session:
        text = report(session)
    if file is None:
        answer({"report": text}, text.rstrip())
    else:
        file.write_text(text, encoding="utf-8")
        answer({"saved": str(file)}, f"Saved as {file}.")


_PREVIEW = click.option("--preview", is_flag=True, help="Only say what would happen; nothing is sent or changed.")


@click.command(cls=Command)
@_PREVIEW
def sync(preview: bool) -> None:
    """Bring this computer and the server together now."""
    with open_session() as session:
        if preview:
            _look_ahead(session)
            return
        with stoppable(session) as hooks:
            report = session.sync(hooks)
        _tell(report)


@click.command(cls=Command)
@click.option("--now", is_flag=True, help="Without synchronising first.")
def offline(now: bool) -> None:
    """Synchronise, then work on the local data alone."""
    with open_session() as session:
        try:
            with stoppable(session) as hooks:
                report = session.go_offline(now, hooks)
        except CrmError:
            click.echo("To work on the local data without synchronising first: crmdesk offline --now", err=True)
            raise
        if report is not None:
            _tell(report)
            return
        waits = session.status().waiting
    kept = (
        f" {waits} {'change waits' if waits == 1 else 'changes wait'} here until you are online again." if waits else ""
    )
    answer(_NOTHING.as_dict(), f"Offline; nothing was synchronised.{kept}")


@click.command(cls=Command)
@_PREVIEW
def online(preview: bool) -> None:
    """Go back to the server: changes go up, then everybody's come down."""
    with open_session() as session:
        if preview:
            _look_ahead(session)
            return
        with stoppable(session) as hooks:
            report = session.go_online(hooks)
        _deliver_mail(session)
        _tell(report)


def _look_ahead(session: Session) -> None:
    from crmdesk.cli import preview  # httpx takes 70 ms, which `status` need not wait for

    preview.tell(session.preview())


def _deliver_mail(session: Session) -> None:
    """Mail that waited leaves now, and the CRM hears of it; what could not go is said, and keeps waiting."""
    from crmdesk.mail.errors import MailError  # the mail side is slow to import, and only needed here
    from crmdesk.session import mailing

    try:
        delivered = mailing.deliver_waiting(session)
    except MailError as error:
        click.echo(f"Mail still waits in the Outbox. {error}", err=True)
        return
    if delivered:
        push(session)


def _status(session: Session) -> dict[str, Any]:
    status = session.status()
    return {**asdict(status), "state": status.state.value}


def _tell(report: Report) -> None:
    document = report.as_dict()
    listed = {name: ", ".join(document[name]) or "none" for name in ("overwritten", "problems")}
    answer(document, lambda: in_lines({**document, **listed}))


COMMANDS = (connect, status, sync, offline, online, diagnostics)
