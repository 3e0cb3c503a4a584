"""What each URL below the service root means: from a Call and a Snapshot (for writes a Transaction) to an Answer."""

from __future__ import annotations

import re
import uuid
from typing import Any

import orjson

from crmdesk.model.entity import Entity, FieldType
from crmdesk.model.record import Reference, guid
from crmdesk.model.words import BY_SET, ENTITIES
from crmdesk.odata.batch import Answer, Headers
from crmdesk.odata.errors import ODataError
from crmdesk.odata.navigation import Collection, collections
from crmdesk.odata.queries import parse_query
from crmdesk.odata.rows import reference_from, values_from_payload
from crmdesk.server import errors, metadata, query, reading, records, service
from crmdesk.server.database import Snapshot, Transaction
from crmdesk.server.duplicates import MOST, duplicates_of
from crmdesk.server.exchange import Call, answer, json_answer, text_answer
from crmdesk.server.query import Row
from crmdesk.server.service import Conditions

_SET = re.compile(r"(?P<set>[A-Za-z_]\w*)(?:\((?P<key>[^()]*)\))?(?:/(?P<rest>.+))?")
_CHILD = re.compile(r"(?P<name>\w+)(?:\((?P<key>[^()]*)\))?(?:/(?P<rest>.+))?")
_FUNCTION = re.compile(r"(?P<name>WhoAmI|RetrieveDuplicates|RetrieveTotalRecordCount)(?:\((?P<arguments>.*)\))?")
_DEFINITIONS = re.compile(r"EntityDefinitions(?:\((?P<key>[^()]*)\))?(?:/(?P<rest>.+))?")


def answer_to(call: Call, snapshot: Snapshot) -> Answer:
    """What a request means and gives. For a method other than GET `snapshot` is a Transaction.

    Raises ServiceError; the caller undoes what was written until then.
    """
    try:
        return _answer_to(call, snapshot)
    except ODataError as error:
        raise errors.from_odata(error) from None


def _answer_to(call: Call, snapshot: Snapshot) -> Answer:
    path = call.path.strip("/")
    if path == "":
        _only(call, "GET")
        return json_answer(metadata.service_document(call.root))
    if path == "$metadata":
        _only(call, "GET")
        return Answer(200, Headers({"Content-Type": "application/xml", "OData-Version": "4.0"}), metadata.csdl())
    if function := _FUNCTION.fullmatch(path):
        _only(call, "GET")
        return _FUNCTIONS[function["name"]](call, snapshot, path)
    if definition := _DEFINITIONS.fullmatch(path):
        _only(call, "GET")
        return _definitions(call, definition["key"], definition["rest"])
    match = _SET.fullmatch(path)
    kind = BY_SET.get(match["set"]) if match else None
    if match is None or kind is None:
        raise errors.no_resource(path.partition("/")[0].partition("(")[0])
    if match["key"] is None:
        return _on_set(call, snapshot, kind, match["rest"])
    key = _key(kind, match["key"])
    if match["rest"] is None:
        return _on_record(call, snapshot, kind, key)
    return _below_record(call, snapshot, kind, key, match["rest"])


def _only(call: Call, *methods: str) -> None:
    if call.method not in methods:
        raise errors.wrong_verb(call.method)


def _transaction(snapshot: Snapshot) -> Transaction:
    assert isinstance(snapshot, Transaction), "a write needs a transaction"
    return snapshot


def _key(kind: Entity, text: str) -> str:
    name, equals, value = text.rpartition("=")
    if equals and name.strip() != kind.id_field:
        raise errors.bad_request(
            f"The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{kind.name}'."
        )
    try:
        return guid(value)
    except ValueError as error:
        raise errors.bad_request(str(error)) from None


def _conditions(call: Call) -> Conditions:
    """`If-None-Match: null`, which clients send against caches, is neither an etag nor `*`."""
    return Conditions(
        if_match=call.headers.get("if-match"),
        create_only=call.headers.get("if-none-match") == "*",
        detect_duplicates=call.headers.get("mscrm.suppressduplicatedetection") in ("false", "False"),
    )


# Sets and records


def _on_set(call: Call, snapshot: Snapshot, kind: Entity, rest: str | None) -> Answer:
    if rest == "$count":
        _only(call, "GET")
        return reading.read_count(call, snapshot, kind)
    if rest is not None:
        raise errors.no_resource(rest)
    _only(call, "GET", "POST")
    if call.method == "GET":
        return reading.read_rows(call, snapshot, kind)
    payload = values_from_payload(kind, call.json, call.resolve)
    transaction = _transaction(snapshot)
    key = service.create(transaction, call.user, kind, payload.id, payload.values, _conditions(call))
    return _written(call, transaction, kind, key, created=True)


def _on_record(call: Call, snapshot: Snapshot, kind: Entity, key: str) -> Answer:
    _only(call, "GET", "PATCH", "DELETE")
    if call.method == "GET":
        return reading.read_row(call, snapshot, kind, key)
    transaction = _transaction(snapshot)
    if call.method == "DELETE":
        service.delete(transaction, call.user, kind, key, _conditions(call))
        return answer(204)
    payload = values_from_payload(kind, call.json, call.resolve)
    if payload.id not in (None, key):
        raise errors.bad_request("The key in the body is not the one in the URL.")
    created = service.write(transaction, call.user, kind, key, payload.values, _conditions(call))
    return _written(call, transaction, kind, key, created)


def _written(call: Call, transaction: Transaction, kind: Entity, key: str, created: bool) -> Answer:
    """204 and where the record is; with return=representation the record as it is now."""
    url = f"{call.root}{kind.set_name}({key})"
    headers = {"OData-EntityId": url} | ({"Location": url} if created else {})
    if not call.preferences.representation:
        return answer(204, headers)
    stored = service.existing(transaction, kind, key)
    shaping = ("$select", "$expand") if created else ("$select",)
    options = {name: value for name, value in call.options.items() if name in shaping}
    row = Row(key, stored.version, stored.values)
    asked = parse_query(options, kind)
    return reading.row_answer(call, transaction, kind, asked, row, 201 if created else 200, **headers)


# Properties, navigation and references


def _below_record(call: Call, snapshot: Snapshot, kind: Entity, key: str, rest: str) -> Answer:
    match = _CHILD.fullmatch(rest)
    if match is None:
        raise errors.no_resource(rest)
    name, child, further = match["name"], match["key"], match["rest"]
    collection = collections(kind).get(name)
    if collection is not None:
        return _on_collection(call, snapshot, kind, key, collection, child, further)
    if child is None and name in kind.by_navigation:
        return _on_navigation(call, snapshot, kind, key, name, further)
    field = kind.by_wire_name.get(name)
    if child is not None or field is None or further not in (None, "$value"):
        raise errors.no_resource(name)
    return _on_property(call, snapshot, kind, key, name, raw=further is not None)


def _on_property(call: Call, snapshot: Snapshot, kind: Entity, key: str, name: str, raw: bool) -> Answer:
    if call.method in ("PUT", "DELETE") and not raw:
        value = call.json.get("value") if call.method == "PUT" and isinstance(call.json, dict) else None
        return _set(call, snapshot, kind, key, {name: value})
    _only(call, "GET")
    field = kind.by_wire_name[name]
    value = service.existing(snapshot, kind, key).values.get(field.name)
    if value is None:
        return answer(204)
    if field.type is FieldType.LOOKUP:
        value = value.partition(":")[2]
    if raw:
        return text_answer(value if isinstance(value, str) else orjson.dumps(value).decode())
    return json_answer({"@odata.context": f"{call.root}$metadata#{kind.set_name}({key})/{name}", "value": value})


def _on_navigation(call: Call, snapshot: Snapshot, kind: Entity, key: str, name: str, further: str | None) -> Answer:
    if further == "$ref" and call.method in ("PUT", "DELETE"):
        target = call.json.get("@odata.id") if call.method == "PUT" and isinstance(call.json, dict) else None
        return _set(call, snapshot, kind, key, {f"{name}@odata.bind": target})
    _only(call, "GET")
    field, entity = kind.by_navigation[name]
    value = service.existing(snapshot, kind, key).values.get(field.name)
    if value is None or not value.startswith(f"{entity}:"):
        return answer(204)
    there, target_key = ENTITIES[entity], value.partition(":")[2]
    if further == "$ref":
        context = f"{call.root}$metadata#$ref"
        return json_answer({"@odata.context": context, "@odata.id": f"{call.root}{there.set_name}({target_key})"})
    if further is None:
        return reading.read_row(call, snapshot, there, target_key)
    return _below_record(call, snapshot, there, target_key, further)


def _on_collection(
    call: Call,
    snapshot: Snapshot,
    kind: Entity,
    key: str,
    collection: Collection,
    child: str | None,
    further: str | None,
) -> Answer:
    there, rows = collection.entity, reading.pointing_at(collection, key)
    if further == "$ref" and call.method in ("POST", "DELETE"):
        return _reference(call, snapshot, kind, key, collection, child)
    parties = kind.parties
    if call.method == "PUT" and parties is not None and parties.name == collection.name and further is None:
        value = call.json.get("value") if isinstance(call.json, dict) else None
        return _set(call, snapshot, kind, key, {collection.name: value})
    _only(call, "GET")
    if child is not None:
        raise errors.no_resource(collection.name)
    service.existing(snapshot, kind, key)
    if further == "$count":
        return reading.read_count(call, snapshot, there, rows)
    if further == "$ref":
        return reading.read_references(call, snapshot, there, rows)
    if further is not None:
        raise errors.no_resource(further)
    return reading.read_rows(call, snapshot, there, rows, f"{kind.set_name}({key})/{collection.name}")


def _reference(
    call: Call, snapshot: Snapshot, kind: Entity, key: str, collection: Collection, child: str | None
) -> Answer:
    """Add a record to a collection or take it out: its lookup is set or emptied."""
    transaction = _transaction(snapshot)
    there, lookup = collection.entity, collection.field
    service.existing(transaction, kind, key)
    if child is not None:
        target = Reference(there.name, _key(there, child))
    else:
        named = call.options.get("$id") if call.method == "DELETE" else _json_object(call).get("@odata.id")
        target = reference_from(named, call.resolve)
    if target.entity != there.name or lookup.readonly:
        raise errors.bad_request(f"'{collection.name}' cannot be changed like this.")
    value = f"{kind.name}:{key}" if call.method == "POST" else None
    service.update(transaction, call.user, there, target.id, {lookup.name: value})
    return answer(204)


def _set(call: Call, snapshot: Snapshot, kind: Entity, key: str, payload: dict[str, Any]) -> Answer:
    values = values_from_payload(kind, payload, call.resolve).values
    service.update(_transaction(snapshot), call.user, kind, key, values, _conditions(call))
    return answer(204)


def _json_object(call: Call) -> dict[str, Any]:
    return call.json if isinstance(call.json, dict) else {}


# Functions and definitions


def _who_am_i(call: Call, snapshot: Snapshot, path: str) -> Answer:
    organization = snapshot.organization
    return json_answer(
        {
            "@odata.context": f"{call.root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
            "BusinessUnitId": str(uuid.uuid5(uuid.UUID(organization), "business unit")),
            "UserId": call.user.id,
            "OrganizationId": organization,
        }
    )


def _retrieve_duplicates(call: Call, snapshot: Snapshot, path: str) -> Answer:
    """Records that look like BusinessEntity: a stored one (`@odata.id`) or one not saved yet (`@odata.type`)."""
    record = _argument(call, path, "BusinessEntity")
    matching = _argument(call, path, "MatchingEntityName")
    kind = ENTITIES.get(matching) if isinstance(matching, str) else None
    if kind is None or not isinstance(record, dict):
        raise errors.bad_request("RetrieveDuplicates takes BusinessEntity, MatchingEntityName and PagingInfo.")
    if "@odata.id" in record:
        reference = reference_from(record["@odata.id"])
        entity, itself = ENTITIES[reference.entity], reference.id
        values = service.existing(snapshot, entity, itself).values
    else:
        entity = ENTITIES.get(str(record.get("@odata.type")).rpartition(".")[2]) or kind
        payload = values_from_payload(entity, record)
        itself, values = payload.id or "", payload.values
    found = duplicates_of(snapshot, entity, values, itself, matching=kind.name)
    first, most = _paging(_argument(call, path, "PagingInfo"))
    found = found[first : first + most]
    rows = [Row(each.id, each.version, each.values) for key in found if (each := records.fetch(snapshot, kind, key))]
    body = {"@odata.context": f"{call.root}$metadata#{kind.set_name}"}
    return json_answer({**body, "value": reading.rows_to_json(call, snapshot, kind, parse_query({}, kind), rows)})


def _paging(info: Any) -> tuple[int, int]:
    """How many to pass over, and how many to give, of a PagingInfo; all that is told when there is none."""
    if not isinstance(info, dict):
        return 0, MOST
    page, count = info.get("PageNumber", 1), info.get("Count", MOST)
    if not isinstance(page, int) or not isinstance(count, int) or page < 1 or count < 1:
        raise errors.bad_request("PagingInfo takes PageNumber and Count, both from 1 on.")
    return (page - 1) * count, count


def _total_record_count(call: Call, snapshot: Snapshot, path: str) -> Answer:
    """How many records there are of some entities, whoever may see them."""
    names = _argument(call, path, "EntityNames")
    if not isinstance(names, list) or not all(isinstance(each, str) and each in ENTITIES for each in names):
        raise errors.bad_request("RetrieveTotalRecordCount takes EntityNames, a list of logical names.")
    sizes = [query.size_of(snapshot, ENTITIES[each]) for each in names]
    counted = {"Count": len(names), "IsReadOnly": False, "Keys": names, "Values": sizes}
    context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse"
    return json_answer({"@odata.context": context, "EntityRecordCountCollection": counted})


def _argument(call: Call, path: str, name: str) -> Any:
    """A function's parameter, given as an alias (`Name=@p1`) whose option holds JSON or a quoted text."""
    match = re.search(rf"\b{name}=(@\w+|'[^']*')", path)
    if match is None:
        return None
    text = call.options.get(match[1], "") if match[1].startswith("@") else match[1]
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1]
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise errors.bad_request(f"The parameter {name} is not valid JSON.") from None


_FUNCTIONS = {
    "WhoAmI": _who_am_i,
    "RetrieveDuplicates": _retrieve_duplicates,
    "RetrieveTotalRecordCount": _total_record_count,
}


def _definitions(call: Call, key: str | None, rest: str | None) -> Answer:
    if key is None and rest is None:
        return json_answer(metadata.entity_definitions(call.root, call.options))
    if key is not None and rest is None:
        return json_answer(metadata.entity_definition(call.root, key, call.options))
    if key is not None and rest == "Attributes":
        return json_answer(metadata.attributes(call.root, key, call.options))
    raise errors.no_resource(str(rest))
