"""track, untrack, contacts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click

from crmdesk.actions import track as actions
from crmdesk.actions.refusal import Refusal
from crmdesk.cli.records import push
from crmdesk.cli.stopping import stoppable
from crmdesk.cli.words import Command, Group, ReferenceType, answer, in_lines, open_session, reference, written
from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference
from crmdesk.secrets import SecretsError
from crmdesk.session.session import Session
from crmdesk.sync.errors import Busy

_KIND = click.Choice(actions.KINDS)


@click.command(cls=Command)
@click.argument("kind", type=_KIND)
@click.argument("ids", metavar="ID", nargs=-1, required=True)
@click.option("--regarding", type=ReferenceType(), help="The account, contact, opportunity or lead it is about.")
def track(kind: str, ids: tuple[str, ...], regarding: Reference | None) -> None:
    """Tie messages, contacts, tasks or appointments to the CRM."""
    keys = _keys(kind, ids)
    with open_session() as session:
        if regarding is not None:
            with suppress(CrmError, Refusal, Busy, SecretsError):  # its name is nice to have; tracking works without
                session.fetch_missing([regarding], seconds=2)
        made = session.do(lambda tx: actions.track(tx, kind, keys, regarding))
        push(session, seconds=6)
        tracked = [Reference.parse(each) for each in made.result] if isinstance(made.result, list) else []
        documents = [
            {**written(session, target), "id": key, "record": str(target)}
            for key, target in zip(keys, tracked, strict=True)
        ]
    _tell(documents)


@click.command(cls=Command)
@click.argument("kind", type=_KIND)
@click.argument("ids", metavar="ID", nargs=-1, required=True)
def untrack(kind: str, ids: tuple[str, ...]) -> None:
    """Let them go: yours stays here as a private copy, the record in the CRM stays there."""
    keys = _keys(kind, ids)
    with open_session() as session:
        made = session.do(lambda tx: actions.untrack(tx, kind, keys))
        private = made.result if isinstance(made.result, list) else []
        documents = [_private(session, kind, key) for key in private]
    _tell(documents)


@click.group(cls=Group)
def contacts() -> None:
    """Contacts of the CRM in My Contacts."""


@contacts.command("copy")
@click.argument("ids", metavar="ID", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All contacts of the CRM, now and later.")
def copy_contacts(ids: tuple[str, ...], every: bool) -> None:
    """Copy contacts of the CRM, chosen or all, into My Contacts."""
    if every == bool(ids):
        raise click.UsageError("Say either which contacts (ID…), or --all.")
    with open_session() as session:
        if every:
            try:
                with stoppable(session) as hooks:
                    copied = session.copy_all_contacts(hooks)
            except (CrmError, SecretsError, Busy):  # the choice was made, as a change that is saved is
                click.echo("All contacts stay chosen: they come with the next synchronisation.", err=True)
                raise
            answer({"copied": copied}, f"In My Contacts now: {copied}.")
            return
        targets = [reference("contact", key) for key in ids]
        session.fetch_missing(targets)
        session.do(lambda tx: actions.copy_contacts(tx, [target.id for target in targets]))
        documents = [written(session, target) for target in targets]
    answer(documents[0] if len(documents) == 1 else documents, f"Copied to My Contacts: {len(documents)}.")


def _private(session: Session, kind: str, key: str) -> dict[str, Any]:
    if kind == "message":
        return {"id": key, "_state": "private"}
    return written(session, Reference(kind, key))


def _keys(kind: str, ids: tuple[str, ...]) -> list[str]:
    return [reference("email" if kind == "message" else kind, key).id for key in ids]


def _tell(documents: list[dict[str, Any]]) -> None:
    answer(
        documents[0] if len(documents) == 1 else documents, lambda: "\n\n".join(in_lines(each) for each in documents)
    )


COMMANDS = (track, untrack, contacts)
