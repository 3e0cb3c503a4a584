"""What the server says about its own words: service document, $metadata and EntityDefinitions, all from the model."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree as Xml

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.words import ENTITIES
from crmdesk.odata.navigation import collections
from crmdesk.server.errors import ServiceError, bad_request

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_TYPES = {
    FieldType.INTEGER: "Edm.Int32",
    FieldType.CHOICE: "Edm.Int32",
    FieldType.STATE: "Edm.Int32",
    FieldType.STATUS: "Edm.Int32",
    FieldType.BIGINT: "Edm.Int64",
    FieldType.DECIMAL: "Edm.Decimal",
    FieldType.MONEY: "Edm.Decimal",
    FieldType.DOUBLE: "Edm.Double",
    FieldType.BOOLEAN: "Edm.Boolean",
    FieldType.DATETIME: "Edm.DateTimeOffset",
    FieldType.DATE: "Edm.Date",
    FieldType.LOOKUP: "Edm.Guid",
    FieldType.GUID: "Edm.Guid",
}
_ATTRIBUTE_TYPES = {
    FieldType.STRING: "String",
    FieldType.MEMO: "Memo",
    FieldType.FILE: "String",
    FieldType.INTEGER: "Integer",
    FieldType.BIGINT: "BigInt",
    FieldType.DECIMAL: "Decimal",
    FieldType.MONEY: "Money",
    FieldType.DOUBLE: "Double",
    FieldType.BOOLEAN: "Boolean",
    FieldType.DATETIME: "DateTime",
    FieldType.DATE: "DateTime",
    FieldType.CHOICE: "Picklist",
    FieldType.STATE: "State",
    FieldType.STATUS: "Status",
    FieldType.LOOKUP: "Lookup",
    FieldType.GUID: "Uniqueidentifier",
    FieldType.PARTIES: "PartyList",
}
_BY_NAME = re.compile(r"(?:LogicalName|EntitySetName) eq '(?P<name>\w+)'")
_NAMESPACE = uuid.UUID("0f5c4a0e-8a7b-4b93-9a54-2f2b6b1b7c11")


def service_document(root: str) -> dict[str, Any]:
    sets = [{"name": kind.set_name, "kind": "EntitySet", "url": kind.set_name} for kind in ENTITIES.values()]
    return {"@odata.context": f"{root}$metadata", "value": sets}


@cache
def csdl() -> bytes:
    """The whole schema as CSDL."""
    Xml.register_namespace("edmx", _EDMX)
    document = Xml.Element(f"{{{_EDMX}}}Edmx", Version="4.0")
    services = Xml.SubElement(document, f"{{{_EDMX}}}DataServices")
    schema = Xml.SubElement(services, "Schema", xmlns=_EDM, Namespace="Microsoft.Dynamics.CRM", Alias="mscrm")
    Xml.SubElement(schema, "EntityType", Name="crmbaseentity", Abstract="true")
    for kind in ENTITIES.values():
        _entity_type(schema, kind)
    _who_am_i(schema)
    container = Xml.SubElement(schema, "EntityContainer", Name="System")
    for kind in ENTITIES.values():
        _entity_set(container, kind)
    Xml.SubElement(container, "FunctionImport", Name="WhoAmI", Function="Microsoft.Dynamics.CRM.WhoAmI")
    text: bytes = Xml.tostring(document, encoding="utf-8", xml_declaration=True)
    return text


def _entity_type(schema: Xml.Element, kind: Entity) -> None:
    made = Xml.SubElement(schema, "EntityType", Name=kind.name, BaseType="mscrm.crmbaseentity")
    Xml.SubElement(Xml.SubElement(made, "Key"), "PropertyRef", Name=kind.id_field)
    for field in kind.fields:
        if field.type is not FieldType.PARTIES:
            Xml.SubElement(made, "Property", Name=field.wire_name, Type=_TYPES.get(field.type, "Edm.String"))
    for navigation, (field, target) in kind.by_navigation.items():
        way = Xml.SubElement(made, "NavigationProperty", Name=navigation, Type=f"mscrm.{target}")
        if target in field.inverse:
            way.set("Partner", field.inverse[target])
        key = ENTITIES[target].id_field
        Xml.SubElement(way, "ReferentialConstraint", Property=field.wire_name, ReferencedProperty=key)
    for collection in collections(kind).values():
        way = Xml.SubElement(made, "NavigationProperty", Name=collection.name)
        way.set("Type", f"Collection(mscrm.{collection.entity.name})")
        way.set("Partner", collection.field.navigation_to(kind.name))


def _who_am_i(schema: Xml.Element) -> None:
    answer = Xml.SubElement(schema, "ComplexType", Name="WhoAmIResponse")
    for name in ("BusinessUnitId", "UserId", "OrganizationId"):
        Xml.SubElement(answer, "Property", Name=name, Type="Edm.Guid", Nullable="false")
    function = Xml.SubElement(schema, "Function", Name="WhoAmI")
    Xml.SubElement(function, "ReturnType", Type="mscrm.WhoAmIResponse", Nullable="false")


def _entity_set(container: Xml.Element, kind: Entity) -> None:
    made = Xml.SubElement(container, "EntitySet", Name=kind.set_name)
    made.set("EntityType", f"Microsoft.Dynamics.CRM.{kind.name}")
    targets = {navigation: target for navigation, (_, target) in kind.by_navigation.items()}
    targets |= {name: collection.entity.name for name, collection in collections(kind).items()}
    for path, target in targets.items():
        Xml.SubElement(made, "NavigationPropertyBinding", Path=path, Target=ENTITIES[target].set_name)


def entity_definitions(root: str, options: Mapping[str, str]) -> dict[str, Any]:
    """All definitions, or the one that `$filter=LogicalName eq 'x'` asks for; `$select` is understood, nothing else."""
    kinds = list(ENTITIES.values())
    if "$filter" in options:
        match = _BY_NAME.fullmatch(options["$filter"].strip())
        if match is None:
            raise bad_request("Metadata can be filtered by LogicalName or EntitySetName eq '…' alone.")
        kinds = [each for each in kinds if match["name"] in (each.name, each.set_name)]
    context = f"{root}$metadata#EntityDefinitions"
    return {"@odata.context": context, "value": [_chosen(_definition(kind), options) for kind in kinds]}


def entity_definition(root: str, key: str, options: Mapping[str, str]) -> dict[str, Any]:
    """One definition, by `LogicalName='account'` or its MetadataId. ServiceError when there is none."""
    kind = _kind(key)
    return {"@odata.context": f"{root}$metadata#EntityDefinitions/$entity", **_chosen(_definition(kind), options)}


def attributes(root: str, key: str, options: Mapping[str, str]) -> dict[str, Any]:
    """The columns of one entity."""
    kind = _kind(key)
    context = f"{root}$metadata#EntityDefinitions({key})/Attributes"
    found = [_chosen(_attribute(kind, field), options) for field in kind.fields]
    return {"@odata.context": context, "value": found}


def _kind(key: str) -> Entity:
    name = key.removeprefix("LogicalName=").strip("'")
    for kind in ENTITIES.values():
        if name in (kind.name, _metadata_id(kind.name)):
            return kind
    raise ServiceError(404, "0x80060888", f"Could not find an entity with the key {key}.")


def _metadata_id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))


def _definition(kind: Entity) -> dict[str, Any]:
    return {
        "MetadataId": _metadata_id(kind.name),
        "LogicalName": kind.name,
        "SchemaName": kind.name.capitalize(),
        "EntitySetName": kind.set_name,
        "LogicalCollectionName": kind.set_name,
        "PrimaryIdAttribute": kind.id_field,
        "PrimaryNameAttribute": kind.name_field,
        "DisplayName": _label(kind.label),
        "DisplayCollectionName": _label(kind.plural),
        "OwnershipType": "UserOwned" if kind.is_owned else "OrganizationOwned",
        "IsActivity": kind.is_activity,
        "IsCustomEntity": False,
        "ChangeTrackingEnabled": True,
        "IsOptimisticConcurrencyEnabled": True,
    }


def _attribute(kind: Entity, field: Field) -> dict[str, Any]:
    name = "Virtual" if field.type is FieldType.FILE else _ATTRIBUTE_TYPES[field.type]
    attribute: dict[str, Any] = {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{_ATTRIBUTE_TYPES[field.type]}AttributeMetadata",
        "MetadataId": _metadata_id(f"{kind.name}.{field.name}"),
        "LogicalName": field.name,
        "SchemaName": field.name.capitalize(),
        "AttributeType": name,
        "DisplayName": _label(field.label),
        "IsPrimaryId": field.name == kind.id_field,
        "IsPrimaryName": field.name == kind.name_field,
        "IsValidForCreate": not field.readonly,
        "IsValidForUpdate": not (field.readonly or field.create_only),
        "RequiredLevel": {"Value": "ApplicationRequired" if field.required else "None"},
    }
    if field.length is not None:
        attribute["MaxLength"] = field.length
    if field.targets:
        attribute["Targets"] = list(field.targets)
    if field.choices:
        attribute["OptionSet"] = {"Options": [_option(choice.value, choice.label) for choice in field.choices]}
    return attribute


def _option(value: int, label: str) -> dict[str, Any]:
    return {"Value": value, "Label": _label(label)}


def _label(text: str) -> dict[str, Any]:
    label = {"Label": text, "LanguageCode": 1033}
    return {"LocalizedLabels": [label], "UserLocalizedLabel": label}


def _chosen(definition: dict[str, Any], options: Mapping[str, str]) -> dict[str, Any]:
    """What `$select` names of a definition; a property that we do not have is passed over."""
    for name in options:
        if name.startswith("$") and name not in ("$select", "$filter"):
            raise bad_request(f"The query parameter {name} is not supported for metadata.")
    names = [name.strip() for name in options.get("$select", "").split(",") if name.strip()]
    return {name: value for name, value in definition.items() if not names or name in names or name == "MetadataId"}
