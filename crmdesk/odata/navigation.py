"""The ways between entities: which collection of an entity leads to which rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from crmdesk.model.entity import Entity, Field
from crmdesk.model.words import ENTITIES, PARTY


@dataclass(frozen=True)
class Collection:
    """A collection-valued navigation property: the rows of `entity` whose lookup `field` points at the owner."""

    name: str
    entity: Entity
    field: Field


@cache
def _collections() -> dict[str, dict[str, Collection]]:
    found: dict[str, dict[str, Collection]] = {name: {} for name in ENTITIES}
    for child in ENTITIES.values():
        for lookup in child.lookups:
            for target, name in lookup.inverse.items():
                found[target][name] = Collection(name, child, lookup)
    activity, party = PARTY.by_name["activityid"], PARTY.by_name["partyid"]
    for name in activity.targets:
        found[name][f"{name}_activity_parties"] = Collection(f"{name}_activity_parties", PARTY, activity)
    for name in party.targets:
        found[name][f"{name}_activity_parties"] = Collection(f"{name}_activity_parties", PARTY, party)
    return found


def collections(entity: Entity) -> dict[str, Collection]:
    """The collection-valued navigation properties of `entity`, by name."""
    return _collections()[entity.name]


def destination(entity: Entity, navigation: str) -> Entity | None:
    """The entity at the other end of a navigation property, single- or collection-valued; None when there is none."""
    if navigation in entity.by_navigation:
        return ENTITIES[entity.by_navigation[navigation][1]]
    collection = collections(entity).get(navigation)
    return collection.entity if collection else None
