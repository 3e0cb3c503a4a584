"""What waits for the person's answer, each with its choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert

from crmdesk.model.record import Reference, Value, new_id
from crmdesk.store import tables
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import tr

# kind -> (what it means, choices). "use" is said as use:ID, "combine" as combine:ID:FIELD,FIELD.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "duplicate": ("looks like one that is already in the CRM", ("create", "use", "combine", "discard")),
    "conflict": ("was changed here and by somebody else", ("mine", "theirs")),
    "deleted there": ("was deleted in the CRM while it was changed here", ("recreate", "discard")),
    "changed there": ("was deleted here while it was changed in the CRM", ("mine", "theirs")),
    "refused": ("was refused by the server", ("retry", "discard")),
    "mail": ("could not be sent", ("retry", "discard")),
    "group": ("was refused by the server as a local data group", ("retry",)),
    "reload": ("the server suddenly misses most of these records", ("theirs", "retry")),
}


CHANGED_LOOKS_ALIKE = ("create", "discard")
"""The choices when a changed record looks like another one: save it anyway, or go back."""


@dataclass(frozen=True)
class Candidate:
    """A record that another one looks like. `rule` names what they have in common, empty when that is not known."""

    id: str
    name: str
    rule: str = ""
    entity: str = ""  # when it is of another entity than the record in question


@dataclass(frozen=True)
class Question:
    """What is asked about a possible duplicate, as raise_problem takes it."""

    words: str
    details: Mapping[str, Value]
    choices: tuple[str, ...]


def duplicate_question(name: str, candidates: Sequence[Candidate], is_new: bool) -> Question:
    """`name` of the record in question; `is_new`: it is not in the CRM yet."""
    said = [{n: v for n, v in asdict(each).items() if v} for each in candidates]
    named = ", ".join(each.name for each in candidates) or tr("one that you may not see")
    waits = (
        tr("It waits here until you choose: create it anyway, use the existing one, combine both, or discard it.")
        if is_new
        else tr("Your change waits here until you choose: save it anyway, or discard it.")
    )
    choices = KINDS["duplicate"][1] if is_new else CHANGED_LOOKS_ALIKE
    return Question(
        tr("{name} looks like {names}. {then}", name=name, names=named, then=waits),
        {"candidates": said, "new": is_new},
        choices,
    )


@dataclass(frozen=True)
class Problem:
    id: str
    kind: str
    entity: str
    record: str
    words: str
    choices: tuple[str, ...]
    details: Mapping[str, Value]
    at: str

    @property
    def reference(self) -> Reference:
        return Reference(self.entity, self.record)


def raise_problem(
    tx: Transaction,
    kind: str,
    reference: Reference,
    words: str,
    details: Mapping[str, Value] | None = None,
    choices: Sequence[str] = (),
) -> None:
    """One problem of a kind per record; the newest words and details count. `choices`: when not all of the kind's."""
    choices = choices or KINDS[kind][1]
    values = {
        "kind": kind,
        "entity": reference.entity,
        "record_id": reference.id,
        "words": words,
        "choices": orjson.dumps(choices).decode(),
        "details": orjson.dumps(dict(details or {})).decode(),
        "at": tx.at,
        "run": tx.run,
    }
    statement = insert(tables.problem).values(id=new_id(), **values)
    tx.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["entity", "record_id", "kind"],
            set_={name: values[name] for name in ("words", "choices", "details", "run")},
        )
    )


def clear(tx: Transaction, reference: Reference, *kinds: str) -> None:
    """The record's problems (of these kinds; all when none is named) are over."""
    p = tables.problem
    statement = delete(p).where(p.c.entity == reference.entity, p.c.record_id == reference.id)
    tx.connection.execute(statement.where(p.c.kind.in_(kinds)) if kinds else statement)


def open_problems(reader: Reader) -> list[Problem]:
    return [_problem(line) for line in reader.connection.execute(_OPEN)]


def keys(reader: Reader) -> list[str]:
    """The ids of the open problems, oldest first."""
    return list(reader.connection.execute(_KEYS).scalars())


def troubled(reader: Reader) -> set[Reference]:
    """The records that have open problems."""
    return {Reference(entity, key) for entity, key in reader.connection.execute(_TROUBLED)}


_TROUBLED = select(tables.problem.c.entity, tables.problem.c.record_id)
_OPEN = select(tables.problem).order_by(tables.problem.c.row)
_KEYS = select(tables.problem.c.id).order_by(tables.problem.c.row)


def problem(reader: Reader, key: str) -> Problem | None:
    line = reader.connection.execute(select(tables.problem).where(tables.problem.c.id == key)).first()
    return None if line is None else _problem(line)


def of_record(reader: Reader, reference: Reference) -> list[Problem]:
    p = tables.problem
    found = reader.connection.execute(
        select(p).where(p.c.entity == reference.entity, p.c.record_id == reference.id).order_by(p.c.row)
    )
    return [_problem(line) for line in found]


def count(reader: Reader) -> int:
    return int(reader.connection.execute(select(func.count()).select_from(tables.problem)).scalar_one())


def _problem(line: object) -> Problem:
    _, key, kind, entity, record, words, choices, details, at, _run = tuple(line)  # type: ignore[arg-type,var-annotated]
    return Problem(key, kind, entity, record, words, tuple(orjson.loads(choices)), orjson.loads(details), at)
