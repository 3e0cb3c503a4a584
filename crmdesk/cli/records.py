"""new, get, set, delete, list."""

from __future__ import annotations

import sys
from typing import Any

import click
import orjson

from crmdesk.actions import edit
from crmdesk.actions.refusal import Refusal
from crmdesk.cli.words import Command, answer, document_of, in_lines, invocation, open_session, reference, written
from crmdesk.crm.errors import CrmError
from crmdesk.model.entity import Entity
from crmdesk.model.query import Query
from crmdesk.model.record import BadValue, Record, Reference, display_name, from_text
from crmdesk.model.words import entity
from crmdesk.odata.filters import parse_filter
from crmdesk.session.session import Session
from crmdesk.store import records
from crmdesk.sync.engine import Busy


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
            made = session.do(lambda tx: edit.create_many(tx, kind, lines, track))
            push(session)
            ids = list(made.result) if isinstance(made.result, list) else []
            answer([{"id": key} for key in ids], "\n".join(ids) or None)
        return
    values = _values(what, fields)
    with open_session() as session:
        made = session.do(lambda tx: edit.create(tx, kind, values, track))
        push(session)
        answer({"id": made.result}, str(made.result))


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
        session.do(lambda tx: edit.change(tx, target, values))
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
        session.do(lambda tx: edit.remove(tx, target))
        push(session)
        document = written(session, target)
    answer(document, lambda: in_lines(document))


@click.command("list", cls=Command)
@click.argument("kind", metavar="ENTITY")
@click.option("--filter", "odata", metavar="ODATA", help="For example: lastname eq 'Berg' and statecode eq 0")
@click.option("--limit", type=click.IntRange(min=0), help="How many at the most.")
def list_records(kind: str, odata: str | None, limit: int | None) -> None:
    """List the records of the local data."""
    what = entity(kind)
    question = parse_filter(odata, what) if odata else None
    if kind in edit.NOT_KEPT:
        raise Refusal(f"{what.plural} are not kept in the local data.")
    with open_session() as session, session.store.read() as reader:
        found = records.find(reader, Query(kind, filter=question, top=limit), session.clock())
    answer([document_of(each) for each in found], lambda: _table(what, found))


def push(session: Session) -> None:
    """Online, a saved change goes up before the command ends; what could not go waits, and that is said."""
    try:
        session.push()
    except (CrmError, Busy) as error:
        click.echo(f"Saved here; it waits to be sent. {error}", err=True)
        return
    with session.store.read() as reader:
        held = [each for each in records.waiting(reader) if each.state.value == "problem"]
    if held and not invocation().json:
        click.echo(f"{len(held)} need your answer: crmdesk problems", err=True)


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
    for number, line in enumerate(sys.stdin.buffer, 1):
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
