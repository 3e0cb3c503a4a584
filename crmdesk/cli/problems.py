"""waiting, discard, problems, resolve."""

from __future__ import annotations

from contextlib import suppress

import click

from crmdesk.actions import edit
from crmdesk.actions import resolve as answers
from crmdesk.actions.refusal import Refusal
from crmdesk.cli.records import push
from crmdesk.cli.words import Command, answer, in_lines, open_session, reference, written
from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.secrets import SecretsError
from crmdesk.store import mailbox, outbox, records
from crmdesk.store import problems as store_problems
from crmdesk.store.problems import Problem
from crmdesk.sync.errors import Busy


@click.command(cls=Command)
def waiting() -> None:
    """What waits to be sent."""
    with open_session() as session, session.store.read() as reader:
        found = records.waiting(reader)
        verbs = {each.reference: "create" if each.version is None else "update" for each in found}
        gone = {
            each.reference
            for each in found
            if (local := records.stored(reader, each.reference)) is not None and local.gone
        }
        mails = [row for key in outbox.mails(reader) if (row := mailbox.get(reader, key)) is not None]
    documents = [
        {
            "entity": each.entity,
            "id": each.id,
            "name": each.name,
            "verb": "delete" if each.reference in gone else verbs[each.reference],
            "fields": list(each.waiting),
            "_state": each.state.value,
        }
        for each in found
    ]
    documents += [
        {"entity": outbox.MAIL, "id": row.id, "name": row.subject, "verb": "send", "fields": [], "_state": "waiting"}
        for row in mails
    ]
    answer(documents, "\n".join(f"{d['verb']:7} {d['entity']} {d['id']}  {d['name']}" for d in documents) or None)


@click.command(cls=Command)
@click.argument("kind", metavar="ENTITY")
@click.argument("key", metavar="ID")
def discard(kind: str, key: str) -> None:
    """Throw a waiting change away; what it held goes to history. A waiting message goes back to the drafts."""
    if kind == outbox.MAIL:
        from crmdesk.actions import mail  # the mail side is slow to import, and only needed here

        message = reference("email", key).id
        with open_session() as session:
            session.do(lambda tx: mail.back_to_drafts(tx, message))
        answer({"id": message, "_state": "private"}, f"{message} is a draft again.")
        return
    target = reference(kind, key)
    with open_session() as session:
        session.do(lambda tx: edit.discard(tx, target))
        document = written(session, target)
    answer(document, lambda: in_lines(document))


@click.command(cls=Command)
def problems() -> None:
    """What needs your answer, with the choices."""
    with open_session() as session, session.store.read() as reader:
        found = store_problems.open_problems(reader)
        here = records.get_many(reader, [each.reference for each in found if each.entity in ENTITIES])
    names = {each: record.name for each, record in here.items()}
    documents = [
        {
            "id": each.id,
            "kind": each.kind,
            "record": str(each.reference),
            "name": names.get(each.reference, ""),
            "words": each.words,
            "choices": _choices(each),
            "details": dict(each.details),
            "at": each.at,
        }
        for each in found
    ]
    answer(documents, "\n".join(_in_words(each, names.get(each.reference, "")) for each in found) or None)


def _choices(problem: Problem) -> list[str]:
    """As `resolve` takes them: use:ID and combine:ID:FIELD,… for each record that could be used instead."""
    ids = [each["id"] for each in problem.details.get("candidates", ())]
    forms = {"use": [f"use:{each}" for each in ids], "combine": [f"combine:{each}:FIELD,…" for each in ids]}
    return [said for choice in problem.choices for said in forms.get(choice, [choice])]


def _in_words(problem: Problem, name: str) -> str:
    """One line; one more for each value that clashes, and for each record that it looks like, with the rule."""
    why = [
        f"    {field}: " + ", ".join(f"{whose} {value!r}" for whose, value in values.items())
        for field, values in problem.details.get("fields", {}).items()
    ]
    why += [
        f"    {each['name']} ({each['id']})" + (f": {each['rule']}" if each.get("rule") else "")
        for each in problem.details.get("candidates", ())
    ]
    record = f"{problem.entity} {problem.record}" + (f" {name}" if name else "")
    return "\n".join([f"{problem.id}  {record}: {problem.words}  [{', '.join(_choices(problem))}]", *why])


@click.command(cls=Command)
@click.argument("key", metavar="PROBLEM-ID|RECORD")
@click.argument("choice")
@click.option("--set", "combined", multiple=True, metavar="FIELD=VALUE", help="Of a conflict: a value made of both.")
def resolve(key: str, choice: str, combined: tuple[str, ...]) -> None:
    """Answer a problem, as it offers: mine, theirs, create, use:ID, combine:ID:FIELD,…, recreate, retry or discard.

    With the new record (ENTITY:ID) and undo, the last answer about its possible duplicate is taken back.
    """
    if any("=" not in each for each in combined):
        raise click.UsageError("--set takes FIELD=VALUE.")
    values = dict(each.split("=", 1) for each in combined)
    if choice == "undo":
        _undo(key)
        return
    with open_session() as session:
        with session.store.read() as reader:
            problem = store_problems.problem(reader, key)
        if problem is not None and choice.startswith("combine"):
            with suppress(CrmError, Refusal, Busy, SecretsError):  # without it the refusal says what is missing
                session.fetch_missing(_candidates(problem))
        made = session.do(lambda tx: answers.resolve(tx, key, choice, values))
        push(session)
        used = made.result if isinstance(made.result, Reference) else None
        target = used or (problem.reference if problem else None)
        if target is None:
            document = {}
        elif target.entity == outbox.MAIL:
            document = {"id": target.id, "_state": "waiting"}
        else:
            document = written(session, target)
    answer(document, lambda: in_lines(document))


def _undo(record: str) -> None:
    """Take an answer back. The record is asked about again, so it waits, and is not sent."""
    try:
        reference = Reference.parse(record)
    except ValueError as error:
        raise click.UsageError(f"undo takes the record that it was about. {error}") from None
    with open_session() as session:
        session.do(lambda tx: answers.undo(tx, reference))
        push(session)
        document = written(session, reference)
    answer(document, lambda: in_lines(document))


def _candidates(problem: Problem) -> list[Reference]:
    found = problem.details.get("candidates", ())
    return [Reference(each.get("entity", problem.entity), each["id"]) for each in found]


COMMANDS = (waiting, discard, problems, resolve)
