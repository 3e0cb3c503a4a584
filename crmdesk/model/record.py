"""Records and their values: one canonical form for every value, so that two values are the same when they are equal."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, NamedTuple

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.words import ENTITIES, entity

Value = Any
"""None, bool, int, float, str, or for parties a list of dicts; the kinds stand in FieldType."""


class Unfit(ValueError):
    """Why a value does not fit: a text with names in braces, for translation, and what the names stand for."""

    def __init__(self, text: str, /, **said: object) -> None:
        super().__init__(text.format(**said))
        self.text = text
        self.said = said


class BadValue(ValueError):
    """A value that its field cannot hold; the text says why, in English words for a person.

    `reason` and `label` are the same for texts.value_words, where the person's language may be another.
    """

    def __init__(self, field: str, words: str, reason: Unfit | None = None, label: str = "") -> None:
        super().__init__(words)
        self.field = field
        self.reason = reason
        self.label = label


class State(Enum):
    """How a local record stands towards the server."""

    PRIVATE = "private"  # never on the server, never leaves the computer
    CLEAN = "clean"  # equal to the server's last word
    WAITING = "waiting"  # has changes that the server has not confirmed
    PROBLEM = "problem"  # has a change that waits for the person's answer


class Reference(NamedTuple):
    """A pointer to a record; its text form is "entity:guid"."""

    entity: str
    id: str

    def __str__(self) -> str:
        return f"{self.entity}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Reference:
        """From "entity:guid"; ValueError (with words) when it is not one."""
        name, colon, key = text.partition(":")
        if not colon or name not in ENTITIES:
            raise ValueError(f"'{text}' is not ENTITY:ID.")
        return cls(name, guid(key))


@dataclass(frozen=True)
class Record:
    """One local record as the person sees it: the server's last word with the person's own changes over it.

    `values` holds every known field by its logical name (None when empty) and the unknown ones that the server sent.
    """

    entity: str
    id: str
    values: Mapping[str, Value]
    state: State = State.CLEAN
    tracked: bool = False
    mine: bool = False
    version: str | None = None  # the server's etag of the base; None: never on the server
    waiting: tuple[str, ...] = ()  # the fields with unconfirmed changes

    @property
    def reference(self) -> Reference:
        return Reference(self.entity, self.id)

    @property
    def name(self) -> str:
        return display_name(entity(self.entity), self.values)

    def __getitem__(self, field: str) -> Value:
        return self.values.get(field)


def display_name(kind: Entity, values: Mapping[str, Value]) -> str:
    """What to call a record: its primary name, else the first thing that names it, never an empty text."""
    for name in (kind.name_field, "subject", "emailaddress1", "filename", "companyname", "addressused"):
        text = values.get(name)
        if isinstance(text, str) and text.strip():
            return text
    return f"({kind.label})"


def new_id() -> str:
    return str(uuid.uuid4())


def guid(text: str) -> str:
    """The canonical (lower case, hyphened) form of a GUID; ValueError with words when it is none."""
    try:
        return str(uuid.UUID(text.strip()))
    except (ValueError, AttributeError):
        raise ValueError(f"'{text}' is not an id (a GUID is expected).") from None


def normalise(field: Field, value: Value) -> Value:
    """The canonical form of `value` for `field`. Raises BadValue when the field cannot hold it.

    An empty text is None, as on the server, so that clearing a field twice is one change.
    """
    if value is None or value == "":
        return None
    try:
        result = _NORMALISERS[field.type](field, value)
    except Unfit as reason:
        raise _bad(field, reason) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise BadValue(field.name, f"{field.label} ({field.name}): {error}") from None
    if field.length is not None and isinstance(result, str) and len(result) > field.length:
        raise _bad(field, Unfit("it takes at most {most} characters; this has {n}", most=field.length, n=len(result)))
    if field.choices and field.choice_label(result) is None:
        known = ", ".join(f"{choice.value} {choice.label}" for choice in field.choices)
        raise BadValue(field.name, f"{field.label} ({field.name}) has no choice {result}. Known: {known}.")
    return result


def _bad(field: Field, reason: Unfit) -> BadValue:
    return BadValue(field.name, f"{field.label} ({field.name}): {reason}", reason, field.label)


def from_text(field: Field, text: str) -> Value:
    """A value typed by a person (command line, form). Raises BadValue."""
    if field.type is FieldType.PARTIES and text:
        return normalise(field, [{"addressused": each.strip(), "participationtypemask": 2} for each in text.split(";")])
    if field.choices and text and not text.lstrip("-").isdigit():
        for choice in field.choices:
            if choice.label.casefold() == text.strip().casefold():
                return choice.value
    return normalise(field, text)


def normalise_values(kind: Entity, values: Mapping[str, Value]) -> dict[str, Value]:
    """Each value in canonical form; raises BadValue for one that does not fit and for a field that does not exist.

    For what a person writes. Read-only fields are refused.
    """
    result: dict[str, Value] = {}
    for name, value in values.items():
        field = kind.by_name.get(name)
        if field is None:
            raise BadValue(name, f"{kind.label} has no field '{name}'.")
        if field.readonly:
            raise BadValue(name, f"{field.label} ({name}) is written by the server alone.")
        result[name] = normalise(field, value)
    return result


def computed_values(kind: Entity, values: Mapping[str, Value]) -> dict[str, Value]:
    """The fields that follow from others (fullname), computed from `values`, which must hold what they come from."""
    result: dict[str, Value] = {}
    for field in kind.computed:
        parts = [str(values.get(part) or "").strip() for part in field.computed_from]
        result[field.name] = " ".join(part for part in parts if part) or None
    return result


def implied_values(kind: Entity, base: Mapping[str, Value] | None, mine: Mapping[str, Value]) -> dict[str, Value]:
    """What follows from a person's values until the server says it: computed fields, state and status."""
    result: dict[str, Value] = {}
    if any(part in mine for field in kind.computed for part in field.computed_from):
        result.update(computed_values(kind, {**(base or {}), **mine}))
    if not kind.has("statecode"):
        return result
    state, status = mine.get("statecode"), mine.get("statuscode")
    if status is not None and state is None:
        result["statecode"] = kind.state_of(status)
    elif state is not None and status is None:
        result["statuscode"] = kind.default_status(state)
    elif state is None and base is None:
        result["statecode"] = kind.first_state
        result["statuscode"] = kind.default_status(kind.first_state)
    return result


def check_required(kind: Entity, values: Mapping[str, Value]) -> None:
    """Raise BadValue when a field that must be filled is empty."""
    for field in kind.fields:
        if field.required and values.get(field.name) in (None, ""):
            raise _bad(field, Unfit("it must be filled"))


def references(kind: Entity, values: Mapping[str, Value]) -> list[Reference]:
    """What a record points at, parties included; values that are no reference are passed over."""
    people = values.get(kind.parties.name) or () if kind.parties else ()
    return [*lookup_targets(kind, values), *_references_in(party.get("partyid") for party in people)]


def lookup_targets(kind: Entity, values: Mapping[str, Value]) -> list[Reference]:
    """What a record's own lookups point at. Parties, which carry their address, are left aside."""
    return _references_in(values.get(field.name) for field in kind.lookups)


def _references_in(found: Iterable[Value]) -> list[Reference]:
    return [Reference(*text.split(":", 1)) for text in found if isinstance(text, str) and ":" in text]


def _string(field: Field, value: Value) -> str:
    if not isinstance(value, str):
        raise Unfit("it takes text")
    return value


def _integer(field: Field, value: Value) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise Unfit("a whole number is expected")
    try:
        number = int(value)
    except ValueError:
        raise Unfit("'{value}' is not a whole number", value=value) from None
    bits = 63 if field.type is FieldType.BIGINT else 31
    if not -(2**bits) <= number < 2**bits:
        raise Unfit("{number} is too large", number=number)
    return number


def _decimal(field: Field, value: Value) -> float:
    if isinstance(value, bool):
        raise Unfit("a number is expected")
    try:
        number = float(value)
    except ValueError:
        raise Unfit("'{value}' is not a number", value=value) from None
    if number != number or abs(number) > 1e15:
        raise Unfit("{number} is too large", number=number)
    return number if field.type is FieldType.DOUBLE else round(number, field.precision)


def _boolean(field: Field, value: Value) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().casefold()
    if text in ("true", "1", "yes"):
        return True
    if text in ("false", "0", "no"):
        return False
    raise ValueError(f"'{value}' is neither true nor false")


def _moment(field: Field, value: Value) -> str:
    """UTC, whole seconds. A text without a zone is taken as UTC; a bare date as its midnight."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _date(field: Field, value: Value) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    return date.fromisoformat(text[:10] if len(text) > 10 and text[10] in "T " else text).isoformat()


def _lookup(field: Field, value: Value) -> str:
    reference = value if isinstance(value, Reference) else Reference.parse(str(value))
    if reference.entity not in field.targets:
        raise ValueError(f"points at {', '.join(field.targets)}, not at {reference.entity}")
    return str(reference)


def _guid(field: Field, value: Value) -> str:
    return guid(str(value))


def _parties(field: Field, value: Iterable[Mapping[str, Value]]) -> list[dict[str, Value]] | None:
    """Each with its three keys, in a fixed order, so that the same people compare equal. None when nobody is left."""
    people: list[dict[str, Value]] = []
    for each in value:
        if not isinstance(each, Mapping):
            raise ValueError("a list of people is expected, each with participationtypemask and addressused or partyid")
        mask = int(each.get("participationtypemask") or 0)
        if mask in (8, 9):
            continue  # Regarding and Owner are made by the server from the activity itself
        party = each.get("partyid")
        person = {
            "participationtypemask": mask,
            "partyid": str(Reference.parse(str(party))) if party else None,
            "addressused": each.get("addressused") or None,
        }
        if person not in people:
            people.append(person)
    return (
        sorted(people, key=lambda p: (p["participationtypemask"], p["addressused"] or "", p["partyid"] or "")) or None
    )


_NORMALISERS = {
    FieldType.STRING: _string,
    FieldType.MEMO: _string,
    FieldType.FILE: _string,
    FieldType.INTEGER: _integer,
    FieldType.BIGINT: _integer,
    FieldType.CHOICE: _integer,
    FieldType.STATE: _integer,
    FieldType.STATUS: _integer,
    FieldType.DECIMAL: _decimal,
    FieldType.MONEY: _decimal,
    FieldType.DOUBLE: _decimal,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATETIME: _moment,
    FieldType.DATE: _date,
    FieldType.LOOKUP: _lookup,
    FieldType.GUID: _guid,
    FieldType.PARTIES: _parties,
}
