"""new, get, set, delete, list."""

from __future__ import annotations

from typing import Any

import click
import orjson

from crmdesk.actions import edit
from crmdesk.actions.refusal import Refusal
from crmdesk.cli.stopping import stoppable
from crmdesk.cli.words import (
    LIMIT,
    Command,
    answer,
    document_of,
    in_lines,
    open_session,
    reference,
    standard_input,
    written,
)
from crmdesk.crm.errors import CrmError
from crmdesk.model.entity import Entity
from crmdesk.model.query import Query
from crmdesk.model.record import BadValue, Record, Reference, State, display_name, from_text
from crmdesk.model.words import SERVER_ONLY, entity
from crmdesk.odata.filters import parse_filter
from crmdesk.secrets import SecretsError
from crmdesk.session.session import QUICK, Session
from crmdesk.store import records
from crmdesk.store.errors import StoreError
from crmdesk.sync.errors import Busy


@click.command(cls=Command)
@click.argument("kind", metavar="ENTITY")
@click.argument("fields", metavar="FIELD=VALUE", nargs=-1)
@click.option("--track", is_flag=True, help="In the CRM too; else a contact, task or appointment is private.")
@click.option("--jsonl", is_flag=True, help="One JSON object a line on standard input.")
def new(kind: str, fields: tuple[str, ...], track: bool, jsonl: bool) -> None:
    """Make a record (or many)."""
    what = entity(kind)
    if jsonl:
        if fields:
            raise click.UsageError("With --jsonl the fields stand on standard input.")
        lines = _lines_from_stdin()
        with open_session() as session:
            ids = _make(session, kind, lines, track)
        answer([{"id": key} for key in ids], "\n".join(ids) or None)
        return
    values = _values(what, fields)
    with open_session() as session:
        (key,) = _make(session, kind, [values], track)
    answer({"id": key}, key)


def _make(session: Session, kind: str, lines: list[dict[str, Any]], track: bool) -> list[str]:
    """The ids of the new records, also of those that the option `duplicates` did not let be."""
    made = session.do(lambda tx: edit.create_many(tx, kind, lines, track))
    ids = list(made.result) if isinstance(made.result, list) else []
    if made.outbox:
        push(session)
        with session.store.read() as reader:
            here = records.get_many(reader, [Reference(kind, key) for key in ids])
        if skipped := len(ids) - len(here):
            words = "Not made, because there are records like that in the CRM and the option duplicates says skip"
            click.echo(f"{words}: {skipped}. What was typed is kept: crmdesk history", err=True)
    return ids


@click.command(cls=Command)
@click.argument("kind", metavar="ENTITY")
@click.argument("key", metavar="ID")
@click.option("--live", is_flag=True, help="The server's record now, without local changes.")
def get(kind: str, key: str, live: bool) -> None:
    """Show a record of the local data."""
    target = reference(kind, key)
    with open_session() as session:
        record = _live(session, target) if live else _here(session, target)
    document = document_of(record)
    answer(document, lambda: in_lines({name: value for name, value in document.items() if value is not None}))


@click.command("set", cls=Command)
@click.argument("kind", metavar="ENTITY")
@click.argument("key", metavar="ID")
@click.argument("fields", metavar="FIELD=VALUE", nargs=-1, required=True)
def set_fields(kind: str, key: str, fields: tuple[str, ...]) -> None:
    """Change fields of a record; an empty value clears."""
    target = reference(kind, key)
    values = _values(entity(kind), fields)
    with open_session() as session:
        if session.do(lambda tx: edit.change(tx, target, values)).outbox:
            push(session)
        document = written(session, target)
    answer(document, lambda: in_lines(document))


@click.command("delete", cls=Command)
@click.argument("kind", metavar="ENTITY")
@click.argument("key", metavar="ID")
def delete(kind: str, key: str) -> None:
    """Delete a record, here and in the CRM."""
    target = reference(kind, key)
    with open_session() as session:
        if session.do(lambda tx: edit.remove(tx, target)).outbox:
            push(session)
        document = written(session, target)
    answer(document, lambda: in_lines(document))


@click.command("list", cls=Command)
@click.argument("kind", metavar="ENTITY")
@click.option("--filter", "odata", metavar="ODATA", help="For example: lastname eq 'Berg' and statecode eq 0")
@click.option("--limit", type=LIMIT, help="How many at the most.")
def list_records(kind: str, odata: str | None, limit: int | None) -> None:
    """List the records of the local data."""
    what = entity(kind)
    question = parse_filter(odata, what) if odata else None
    if kind in SERVER_ONLY:
        raise Refusal(f"{what.plural} are not kept in the local data.")
    with open_session() as session, session.store.read() as reader:
        found = records.find(reader, Query(kind, filter=question, top=limit), session.clock())
    answer([document_of(each) for each in found], lambda: _table(what, found))


def push(session: Session, seconds: float = QUICK) -> None:
    """Online, a saved change goes up before the command ends; what could not go waits, and that is said in a line."""
    try:
        with stoppable(session) as hooks:
            report = session.push(hooks, seconds)
    except (CrmError, Busy, SecretsError, StoreError) as error:
        click.echo(f"Saved here; it waits to be sent. {error}", err=True)
        return
    if report is not None and report.outcome != "complete":
        click.echo("Saved here; the server takes long, so it waits for the next synchronisation.", err=True)
        return
    with session.store.read() as reader:
        held = sum(each.state is State.PROBLEM for each in records.waiting(reader))
    if held:
        click.echo(f"Waiting for your answer: {held}. See them: crmdesk problems", err=True)


def _here(session: Session, target: Reference) -> Record:
    with session.store.read() as reader:
        found = records.get(reader, target)
    if found is None:
        raise Refusal(f"There is no {entity(target.entity).label.lower()} {target.id} in the local data.")
    return found


def _live(session: Session, target: Reference) -> Record:
    row = session.live(target)
    with session.store.read() as reader:
        local = records.get(reader, target)
    kind = entity(target.entity)
    values = {**{field.name: row.values.get(field.name) for field in kind.fields}, **row.values, kind.id_field: row.id}
    if local is None:
        return Record(row.entity, row.id, values, version=row.version)
    return Record(row.entity, row.id, values, local.state, local.tracked, local.mine, row.version, local.waiting)


def _values(kind: Entity, fields: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each in fields:
        name, equals, text = each.partition("=")
        if not equals or not name:
            raise click.UsageError(f"'{each}' is not FIELD=VALUE.")
        field = kind.by_name.get(name)
        if field is None:
            raise BadValue(name, f"{kind.label} has no field '{name}'.")
        values[name] = from_text(field, text)
    return values


def _lines_from_stdin() -> list[dict[str, Any]]:
    lines = []
    for number, line in enumerate(standard_input(), 1):
        if not line.strip():
            continue
        try:
            content = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise Refusal(f"Line {number} is no JSON ({error}). Nothing was made.") from None
        if not isinstance(content, dict):
            raise Refusal(f"Line {number} is no JSON object. Nothing was made.")
        lines.append(content)
    return lines


def _table(kind: Entity, found: list[Record]) -> str | None:
    return "\n".join(f"{each.id}  {display_name(kind, each.values)}  [{each.state.value}]" for each in found) or None


COMMANDS = (new, get, set_fields, delete, list_records)
