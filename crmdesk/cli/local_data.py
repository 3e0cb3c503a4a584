"""group, groups, option, search, addressbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crmdesk.actions import choose
from crmdesk.cli.stopping import stoppable
from crmdesk.cli.words import LIMIT, Command, Group, answer, in_lines, open_session
from crmdesk.settings import OPTIONS, to_text, value_of
from crmdesk.store import addresses, local_data, options, search
from crmdesk.store.local_data import DataGroup

if TYPE_CHECKING:
    from crmdesk.session.session import Session
    from crmdesk.sync.measure import Measured


@click.group(cls=Group)
def group() -> None:
    """What is kept on this computer, one filter for each kind of record (all its groups together)."""


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
    """Keep the records that the filter says (true: all, false: none), in place of all groups of this kind."""
    with open_session() as session:
        session.do(lambda tx: choose.set_group(tx, kind, odata))
    answer({"entity": kind, "filter": odata}, f"{kind}: {odata}. It is followed at the next synchronisation.")


@click.group(cls=Group)
def groups() -> None:
    """The local data groups: any number for each kind of record; what one of them wants is kept here.

    They are followed at the next synchronisation. Leaving a group never deletes on the server.
    """


COUNT = click.option("--count", is_flag=True, help="Ask the server how many records that is, and about how large.")


@groups.command("list")
@click.argument("kind", metavar="[ENTITY]", required=False)
@COUNT
def list_all_groups(kind: str | None, count: bool) -> None:
    """Every group, with its filter and whether it is on."""
    with open_session() as session:
        with session.store.read() as reader:
            found = [each for of_kind in local_data.all_groups(reader).values() for each in of_kind]
        documents = [_document(session, each, count) for each in found if kind in (None, each.entity)]
    answer(documents, "\n".join(_words(each) for each in documents) or None)


@groups.command("add")
@click.argument("kind", metavar="ENTITY")
@click.argument("name")
@click.argument("odata", metavar="ODATA-FILTER")
@click.option("--off", is_flag=True, help="Keep it for later.")
@COUNT
def add_group(kind: str, name: str, odata: str, off: bool, count: bool) -> None:
    """One more group of this kind of record."""
    with open_session() as session:
        done = session.do(lambda tx: choose.add_group(tx, kind, name, odata, not off))
        _answer_with(session, str(done.result), count)


@groups.command("change")
@click.argument("key", metavar="ID")
@click.option("--name")
@click.option("--filter", "odata", metavar="ODATA-FILTER")
@COUNT
def change_group(key: str, name: str | None, odata: str | None, count: bool) -> None:
    """Another name or filter."""
    with open_session() as session:
        session.do(lambda tx: choose.change_group(tx, key, name, odata))
        _answer_with(session, key, count)


@groups.command("on")
@click.argument("key", metavar="ID")
@COUNT
def switch_group_on(key: str, count: bool) -> None:
    """Keep what it holds, from the next synchronisation on."""
    with open_session() as session:
        session.do(lambda tx: choose.change_group(tx, key, enabled=True))
        _answer_with(session, key, count)


@groups.command("off")
@click.argument("key", metavar="ID")
@COUNT
def switch_group_off(key: str, count: bool) -> None:
    """Let go what no other group keeps, at the next synchronisation."""
    with open_session() as session:
        session.do(lambda tx: choose.change_group(tx, key, enabled=False))
        _answer_with(session, key, count)


@groups.command("remove")
@click.argument("key", metavar="ID")
def remove_group(key: str) -> None:
    """Take a group away."""
    with open_session() as session:
        session.do(lambda tx: choose.remove_group(tx, key))
    answer({"id": key, "removed": True}, "Removed. What it alone kept leaves at the next synchronisation.")


@groups.command("defaults")
@click.argument("kind", metavar="ENTITY")
def restore_groups(kind: str) -> None:
    """Bring the default groups of this kind of record back, in place of yours."""
    with open_session() as session:
        session.do(lambda tx: choose.restore_groups(tx, kind))
        with session.store.read() as reader:
            documents = [_document(session, each, False) for each in local_data.all_groups(reader)[kind]]
    answer(documents, "\n".join(_words(each) for each in documents) or None)


@groups.command("count")
@click.argument("kind", metavar="ENTITY")
@click.argument("odata", metavar="ODATA-FILTER")
def count_group(kind: str, odata: str) -> None:
    """How many records a filter finds on the server, before it is a group; nothing is changed."""
    with open_session() as session:
        choose.refuse_what_is_not_kept(kind)
        measured = session.measure(kind, odata)
    document = {"entity": kind, "filter": odata, **_measured(measured)}
    answer(document, _size_words(document))


def _answer_with(session: Session, key: str, count: bool) -> None:
    with session.store.read() as reader:
        group = choose.group_of(reader, key)
    document = _document(session, group, count)
    answer(document, f"{_words(document)}\nIt is followed at the next synchronisation.")


def _document(session: Session, group: DataGroup, count: bool) -> dict[str, Any]:
    shown = {each: getattr(group, each) for each in ("id", "entity", "name", "filter", "enabled")}
    return {**shown, **_measured(session.measure(group.entity, group.filter))} if count else shown


def _measured(found: Measured | None) -> dict[str, Any]:
    """`count` None: counted when online. `more`: there are more than that. `about`: by the server's statistics."""
    if found is None:
        return {"count": None, "more": False, "about": False, "bytes": None}
    return {"count": found.count, "more": found.is_more, "about": found.is_about, "bytes": found.size}


def _words(document: dict[str, Any]) -> str:
    state = "" if document["enabled"] else " (off)"
    size = f"\n    {_size_words(document)}" if "count" in document else ""
    return f"{document['entity']}: {document['name']}{state}  [{document['id']}]\n    {document['filter']}{size}"


def _size_words(document: dict[str, Any]) -> str:
    if document["count"] is None:
        return "It is counted when you are online."
    size = "" if document["bytes"] is None else f", about {document['bytes'] / 1e6:,.1f} MB"
    exactly = "more than " if document["more"] else "about " if document["about"] else ""
    return f"{exactly}{document['count']:,} records{size}"


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
    with open_session() as session, stoppable(session) as hooks:
        changed = session.sync_addresses(hooks)
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


COMMANDS = (group, groups, option, search_everything, addressbook)
