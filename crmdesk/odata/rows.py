"""Records to JSON and back: what a client writes, what a server answers, what each understands of the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.record import BadValue, Reference, Value, guid, normalise
from crmdesk.model.words import ENTITIES, PARTY, entity_of_set
from crmdesk.odata.errors import BAD_PAYLOAD, OUT_OF_RANGE, TOO_LONG, ODataError

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOOKUP_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
NAME = "@name"
"""Suffix under which from_wire() keeps the name of what a lookup points at: `ownerid@name`."""

_BIND = "@odata.bind"
_KEY = re.compile(r"(?P<set>\w+)\((?:\w+=)?(?P<id>[^()]+)\)")

Resolver = Callable[[str], Reference]


def bind_path(reference: Reference) -> str:
    """`/accounts(<guid>)`, as `@odata.bind` and `@odata.id` want it."""
    return f"/{ENTITIES[reference.entity].set_name}({reference.id})"


def no_content_ids(text: str) -> Reference:
    raise ODataError(f"Content-ID Reference: '{text}' does not exist in the batch context.")


def reference_from(text: object, resolve: Resolver = no_content_ids) -> Reference:
    """What `accounts(<guid>)`, `/accounts(<guid>)`, an absolute URL or `$1` (given to `resolve`) points at.

    Raises ODataError.
    """
    if not isinstance(text, str):
        raise ODataError("A reference is a text such as '/accounts(<id>)'.", BAD_PAYLOAD)
    if text.startswith("$"):
        return resolve(text)
    match = _KEY.fullmatch(text.rsplit("/", 1)[-1])
    try:
        if match is None:
            raise LookupError(f"'{text}' does not point at a record.")
        return Reference(entity_of_set(match["set"]).name, guid(match["id"]))
    except (LookupError, ValueError) as error:
        raise ODataError(str(error), BAD_PAYLOAD) from None


# A client's payload


def to_wire(kind: Entity, values: Mapping[str, Value], id: str | None = None) -> dict[str, Any]:
    """The JSON of a write: `values` (canonical, by logical name) as Dataverse takes them; `id` is the key of a create.

    Read-only fields are left out. KeyError for a field that `kind` does not have.
    """
    payload: dict[str, Any] = {} if id is None else {kind.id_field: id}
    for name, value in values.items():
        field = kind.by_name[name]
        if field.readonly:
            continue
        if field.type is FieldType.LOOKUP:
            payload.update(_bound(field, value))
        elif field.type is FieldType.PARTIES:
            payload[name] = [_party_to_wire(party) for party in value or ()]
        else:
            payload[name] = value
    return payload


def _bound(field: Field, value: Value) -> dict[str, str | None]:
    if value is None:
        return {f"{navigation}{_BIND}": None for navigation in field.navigation.values()}
    reference = Reference(*str(value).split(":", 1))
    return {f"{field.navigation_to(reference.entity)}{_BIND}": bind_path(reference)}


def _party_to_wire(party: Mapping[str, Value]) -> dict[str, Any]:
    wire: dict[str, Any] = {"participationtypemask": party.get("participationtypemask")}
    if party.get("partyid"):
        wire.update(_bound(PARTY.by_name["partyid"], party["partyid"]))
    if party.get("addressused"):
        wire["addressused"] = party["addressused"]
    return wire


# What a server understands of it


@dataclass(frozen=True)
class Payload:
    """A write as the server sees it: canonical values of the fields that were sent, and the key where it was."""

    id: str | None
    values: dict[str, Value]


def values_from_payload(kind: Entity, payload: object, resolve: Resolver = no_content_ids) -> Payload:
    """The values that a JSON body sets. Fields that the server alone writes are passed over, as Dataverse does.

    Raises ODataError: for a property that does not exist (named), a text too long, a value that does not fit.
    """
    if not isinstance(payload, dict):
        raise ODataError("The body must be a JSON object.", BAD_PAYLOAD)
    key: str | None = None
    values: dict[str, Value] = {}
    for name, value in payload.items():
        if name == kind.id_field:
            key = _key(name, value)
            continue
        navigation = name.removesuffix(_BIND)
        if navigation in kind.by_navigation and (name.endswith(_BIND) or value is None):
            _bind(kind, navigation, value, values, resolve)
        elif "@" not in name:
            field = _written_field(kind, name, value)
            if not field.readonly:
                values[field.name] = _written_value(kind, field, value, resolve)
        elif name.endswith(_BIND):
            raise _no_property(navigation, kind)
    return Payload(key, values)


def _key(name: str, value: object) -> str:
    try:
        return guid(str(value))
    except ValueError as error:
        raise ODataError(f"{name}: {error}", BAD_PAYLOAD) from None


def _bind(kind: Entity, navigation: str, value: object, values: dict[str, Value], resolve: Resolver) -> None:
    field, target = kind.by_navigation[navigation]
    if field.readonly:
        return
    if value is None:
        values.setdefault(field.name, None)  # the other navigation properties of the lookup may set it
        return
    reference = reference_from(value, resolve)
    if reference.entity != target:
        raise ODataError(f"{navigation} points at {target}, not at {reference.entity}.", BAD_PAYLOAD)
    values[field.name] = str(reference)


def _written_field(kind: Entity, name: str, value: object) -> Field:
    if name in kind.by_navigation:
        raise ODataError(f"Creating a record inside another ('{name}') is not supported; bind it.", BAD_PAYLOAD)
    field = kind.by_wire_name.get(name)
    if field is None:
        raise _no_property(name, kind)
    if field.type is FieldType.LOOKUP and not field.readonly:
        raise ODataError(
            f"'{name}' cannot be written: CRM do not support direct update of Entity Reference properties, "
            "Use Navigation properties instead.",
            BAD_PAYLOAD,
        )
    return field


def _no_property(name: str, kind: Entity) -> ODataError:
    return ODataError(
        f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{kind.name}'.", BAD_PAYLOAD
    )


def _written_value(kind: Entity, field: Field, value: object, resolve: Resolver) -> Value:
    if field.type is FieldType.PARTIES:
        return _parties_from(field, value, resolve)
    if field.length is not None and isinstance(value, str) and len(value) > field.length:
        raise ODataError(
            f"A validation error occurred. The length of the '{field.name}' attribute of the '{kind.name}' entity "
            f"exceeded the maximum allowed length of '{field.length}'.",
            TOO_LONG,
        )
    try:
        return normalise(field, value)
    except BadValue as error:
        raise ODataError(str(error), OUT_OF_RANGE if field.choices else BAD_PAYLOAD) from None


def _parties_from(field: Field, value: object, resolve: Resolver) -> Value:
    if value is None:
        return None
    if not isinstance(value, list):
        raise ODataError(f"'{field.name}' takes a list.", BAD_PAYLOAD)
    try:
        return normalise(field, [_party_from(each, resolve) for each in value])
    except BadValue as error:
        raise ODataError(str(error), BAD_PAYLOAD) from None


def _party_from(party: object, resolve: Resolver) -> dict[str, Value]:
    if not isinstance(party, dict):
        raise ODataError("Each activity party is an object.", BAD_PAYLOAD)
    values: dict[str, Value] = {}
    for name, value in party.items():
        navigation = name.removesuffix(_BIND)
        if name.endswith(_BIND) and navigation.startswith("partyid_") and navigation in PARTY.by_navigation:
            _bind_party(navigation, value, values, resolve)
        elif "@" in name or name == PARTY.id_field:
            continue
        elif name in ("participationtypemask", "addressused"):
            values[name] = _written_value(PARTY, PARTY.by_name[name], value, resolve)
        else:
            raise _no_property(name, PARTY)
    return values


def _bind_party(navigation: str, value: object, values: dict[str, Value], resolve: Resolver) -> None:
    if value is None:
        return
    reference = reference_from(value, resolve)
    if reference.entity != PARTY.by_navigation[navigation][1]:
        raise ODataError(f"{navigation} cannot point at {reference.entity}.", BAD_PAYLOAD)
    values["partyid"] = str(reference)


# What a server answers


@dataclass(frozen=True)
class Annotations:
    """Which annotations the client asked for (`odata.include-annotations`)."""

    formatted: bool = False
    lookup_name: bool = False
    navigation: bool = False

    def __bool__(self) -> bool:
        return self.formatted or self.lookup_name or self.navigation


NO_ANNOTATIONS = Annotations()


def wanted_annotations(text: str | None) -> Annotations:
    """From the preference's value: names, `*`, or names that end in `*`, separated by commas."""
    patterns = [part.strip().strip('"') for part in (text or "").split(",")]

    def wanted(name: str) -> bool:
        return any(name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in patterns if each)

    return Annotations(wanted(FORMATTED), wanted(LOOKUP_NAME), wanted(NAVIGATION))


Names = Mapping[str, str | None]
""""entity:guid" -> primary name, for the formatted values of lookups."""


def etag(version: int) -> str:
    return f'W/"{version}"'


def row_to_json(
    kind: Entity,
    fields: Iterable[Field],
    values: Mapping[str, Value],
    version: int | None,
    annotations: Annotations = NO_ANNOTATIONS,
    names: Names | None = None,
) -> dict[str, Any]:
    """A row as the server answers it: `fields` of `values` (canonical, by logical name), empty ones included."""
    row: dict[str, Any] = {} if version is None else {"@odata.etag": etag(version)}
    for field in fields:
        value = values.get(field.name)
        if field.type is FieldType.LOOKUP:
            _lookup_to_json(row, field, value, annotations, names or {})
        elif field.type is not FieldType.PARTIES:
            row[field.name] = value
            if annotations.formatted and value is not None:
                label = _label(field, value)
                if label is not None:
                    row[f"{field.name}@{FORMATTED}"] = label
    return row


def _lookup_to_json(row: dict[str, Any], field: Field, value: Value, annotations: Annotations, names: Names) -> None:
    wire = field.wire_name
    if value is None:
        row[wire] = None
        return
    target, _, key = value.partition(":")
    row[wire] = key
    if annotations.formatted and names.get(value) is not None:
        row[f"{wire}@{FORMATTED}"] = names[value]
    if annotations.navigation and target in field.navigation:
        row[f"{wire}@{NAVIGATION}"] = field.navigation[target]
    if annotations.lookup_name:
        row[f"{wire}@{LOOKUP_NAME}"] = target


def _label(field: Field, value: Value) -> str | None:
    if field.choices:
        return field.choice_label(value)
    if field.type is FieldType.BOOLEAN:
        return "Yes" if value else "No"
    if field.type in (FieldType.MONEY, FieldType.DECIMAL):
        return f"{value:,.{field.precision}f}"
    return None


# What a client understands of that


class Row(NamedTuple):
    """A server's row: `values` canonical by logical name; `etag` None when the server sent none."""

    id: str
    etag: str | None
    values: dict[str, Value]


def from_wire(kind: Entity, row: Mapping[str, Any]) -> Row:
    """A row of an answer as values. Raises ODataError when it has no key or a value that its field cannot hold.

    Lookups become "entity:guid" by their lookuplogicalname annotation (one with a single target needs none), with the
    target's name beside them under `<lookup>@name`; an expanded collection of activity parties becomes the field that
    holds them; columns that the model does not know stay under the names they came with; annotations are dropped.
    """
    values: dict[str, Value] = {}
    for name, field, is_canonical in _columns(kind.name, tuple(row)):
        value = row[name]
        if field is None or value is None:
            values[field.name if field is not None else name] = value
        elif field.type is FieldType.LOOKUP:
            _read_lookup(field, name, value, row, values)
        elif field.type is FieldType.PARTIES:
            values[name] = _read(field, [_read_party(each) for each in value])
        else:
            values[name] = value if is_canonical(value) else _read(field, value)
    key = values.get(kind.id_field)
    if not isinstance(key, str):
        raise ODataError(f"A row of {kind.set_name} came without its key, {kind.id_field}.")
    return Row(key, row.get("@odata.etag"), values)


Canonical = Callable[[Any], bool]


@lru_cache(100)
def _columns(entity: str, names: tuple[str, ...]) -> tuple[tuple[str, Field | None, Canonical], ...]:
    """What is read of rows with these names, decided once for all of a page: name, field, whether a value is as it
    should be. An unknown column has no field; annotations and expanded records are left out.
    """
    known, navigation = _readers(entity), ENTITIES[entity].by_navigation
    read = ((name, known.get(name)) for name in names if "@" not in name)
    return tuple(
        (name, field, _CANONICAL.get(field.type, _never) if field else _never)
        for name, field in read
        if field is not None or name not in navigation
    )


def _never(value: Any) -> bool:
    return False


def _is_text(value: Any) -> bool:
    return type(value) is str and value != ""


def _is_small(value: Any) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _is_long(value: Any) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _is_guid(value: Any) -> bool:
    return type(value) is str and _GUID.fullmatch(value) is not None


def _is_moment(value: Any) -> bool:
    return type(value) is str and len(value) == 20 and value[-1] == "Z"


def _is_date(value: Any) -> bool:
    return type(value) is str and _DATE.fullmatch(value) is not None


_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DATE = re.compile(r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])")  # the later days are looked at in full
_CANONICAL: dict[FieldType, Canonical] = {
    FieldType.STRING: _is_text,
    FieldType.MEMO: _is_text,
    FieldType.FILE: _is_text,
    FieldType.INTEGER: _is_small,
    FieldType.CHOICE: _is_small,
    FieldType.STATE: _is_small,
    FieldType.STATUS: _is_small,
    FieldType.BIGINT: _is_long,
    FieldType.BOOLEAN: lambda value: type(value) is bool,
    FieldType.DATETIME: _is_moment,
    FieldType.DATE: _is_date,
    FieldType.GUID: _is_guid,
}


@cache
def _readers(entity: str) -> dict[str, Field]:
    """By wire name; a field too long or a choice too many is the server's to decide, so neither is checked here."""
    return {field.wire_name: _unbounded(field) for field in ENTITIES[entity].fields}


def _unbounded(field: Field) -> Field:
    return Field(
        field.name,
        field.type,
        field.label,
        targets=field.targets,
        precision=field.precision,
        navigation=field.navigation,
    )


def _read(field: Field, value: Any) -> Value:
    if value == "":
        return None
    try:
        return normalise(field, value)
    except BadValue as error:
        raise ODataError(f"The server sent a value that does not fit. {error}") from None


def _read_lookup(field: Field, wire: str, value: Any, row: Mapping[str, Any], values: dict[str, Value]) -> None:
    if value is None:
        values[field.name] = None
        return
    target = row.get(f"{wire}@{LOOKUP_NAME}") or (field.targets[0] if len(field.targets) == 1 else None)
    if target is None:
        raise ODataError(f"{field.name} came without the kind of record that it points at.")
    values[field.name] = f"{target}:{value if _is_guid(value) else _key(wire, value)}"
    name = row.get(f"{wire}@{FORMATTED}")
    if name is not None:
        values[field.name + NAME] = name


def _read_party(party: Any) -> dict[str, Value]:
    if not isinstance(party, Mapping):
        raise ODataError("An activity party came that is no object.")
    found: dict[str, Value] = {}
    who = _readers(PARTY.name)["_partyid_value"]
    _read_lookup(who, "_partyid_value", party.get("_partyid_value"), party, found)
    known = str(found.get("partyid")).partition(":")[0] in who.targets  # not so a queue, an equipment, a team
    return {
        "participationtypemask": party.get("participationtypemask"),
        "partyid": found.get("partyid") if known else None,
        "addressused": party.get("addressused"),
    }
