"""group, option, search, addressbook."""

from __future__ import annotations

from typing import Any

import click

from crmdesk.actions import choose
from crmdesk.cli.words import LIMIT, Command, Group, answer, in_lines, open_session
from crmdesk.settings import OPTIONS, to_text, value_of
from crmdesk.store import addresses, local_data, options, search


@click.group(cls=Group)
def group() -> None:
    """The local data groups: what is kept on this computer, one filter for each kind of record."""


@group.command("list")
def list_groups() -> None:
    """Each kind of record with its filter."""
    with open_session() as session, session.store.read() as reader:
        found = local_data.groups(reader)
    answer([{"entity": name, "filter": text} for name, text in found.items()], lambda: in_lines(found))


@group.command("set")
@click.argument("kind", metavar="ENTITY")
@click.argument("odata", metavar="ODATA-FILTER")
def set_group(kind: str, odata: str) -> None:
    """Keep the records that the filter says (true: all, false: none). The next synchronisation follows it."""
    with open_session() as session:
        session.do(lambda tx: choose.set_group(tx, kind, odata))
    answer({"entity": kind, "filter": odata}, f"{kind}: {odata}. It is followed at the next synchronisation.")


@click.group(cls=Group)
def option() -> None:
    """Your choices."""


@option.command("list")
def list_options() -> None:
    """Every option with its value."""
    with open_session() as session, session.store.read() as reader:
        settings = options.load(reader)
    found = {each.name: value_of(settings, each.name) for each in OPTIONS}
    answer(
        [{"name": o.name, "value": found[o.name], "words": o.words, "choices": list(o.choices)} for o in OPTIONS],
        lambda: in_lines({name: to_text(value) for name, value in found.items()}),
    )


@option.command("set")
@click.argument("name")
@click.argument("value")
def set_option(name: str, value: str) -> None:
    """Set one option."""
    with open_session() as session:
        session.do(lambda tx: choose.set_option(tx, name, value))
        found = value_of(session.settings, name)
    answer({"name": name, "value": found}, f"{name}: {to_text(found)}")


@click.command(cls=Command)
@click.argument("words", metavar="TEXT", nargs=-1, required=True)
@click.option("--limit", type=LIMIT, default=50)
def search_everything(words: tuple[str, ...], limit: int) -> None:
    """Search mail, people and records that are on this computer."""
    with open_session() as session, session.store.read() as reader:
        found = search.everything(reader, " ".join(words), limit)[:limit]
    documents = [
        {"kind": hit.kind, "id": hit.id, "name": hit.name, "snippet": hit.snippet, "when": hit.when} for hit in found
    ]
    answer(documents, "\n".join(f"{hit.kind:12} {hit.id}  {hit.name}" for hit in found) or None)


search_everything.name = "search"


@click.group(cls=Group)
def addressbook() -> None:
    """People and records with e-mail addresses."""


@addressbook.command("sync")
def sync_addresses() -> None:
    """Bring the address book up to date."""
    with open_session() as session:
        changed = session.sync_addresses()
    answer({"changed": changed}, f"{changed} entries were new or changed.")


@addressbook.command("find")
@click.argument("words", metavar="TEXT", nargs=-1, required=True)
def find_address(words: tuple[str, ...]) -> None:
    """Who has all the words in name or address."""
    with open_session() as session, session.store.read() as reader:
        found = addresses.find(reader, " ".join(words), 50)
    documents: list[dict[str, Any]] = [
        {"name": p.name, "address": p.address, "company": p.company, "record": str(p.reference)} for p in found
    ]
    answer(documents, "\n".join(f"{p.name} <{p.address}>  {p.company or ''}" for p in found) or None)


COMMANDS = (group, option, search_everything, addressbook)
