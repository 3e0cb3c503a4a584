"""The entities that crmdesk knows, as data, and how to find them by name.

Server, client, store, lists and forms are all driven by this one description. A new kind of record is one more Entity
in sales.py, activity_words.py or organisation.py, named here: no class, table, form or route. Lengths, choices, states
and navigation properties are Dataverse's (docs/architecture.md names the sources).
"""

from __future__ import annotations

from crmdesk.model.activity_words import ANNOTATION, APPOINTMENT, ATTACHMENT, EMAIL, PARTY, PHONECALL, TASK
from crmdesk.model.entity import Entity
from crmdesk.model.organisation import DUPLICATE_CONDITION, DUPLICATE_RULE, ORGANIZATION, USER, USER_SETTINGS
from crmdesk.model.sales import ACCOUNT, CONTACT, LEAD, OPPORTUNITY
from crmdesk.model.shorthand import ACTIVITIES, REGARDING

__all__ = [
    "ACCOUNT", "ACTIVITIES", "ANNOTATION", "APPOINTMENT", "ATTACHMENT", "BY_SET", "CONTACT",
    "DUPLICATE_CONDITION", "DUPLICATE_RULE", "EMAIL", "ENTITIES",
    "LEAD", "LOCAL_ENTITIES", "OPPORTUNITY", "ORGANIZATION", "PARTY", "PHONECALL", "PRIVATE_KINDS", "REGARDING_TARGETS",
    "SERVER_ONLY", "TASK", "USER", "USER_SETTINGS", "UnknownEntity", "entity", "entity_of_set",
]  # fmt: skip

ENTITIES: dict[str, Entity] = {
    each.name: each
    for each in (
        ACCOUNT,
        CONTACT,
        LEAD,
        OPPORTUNITY,
        TASK,
        APPOINTMENT,
        PHONECALL,
        EMAIL,
        ATTACHMENT,
        PARTY,
        ANNOTATION,
        USER,
        ORGANIZATION,
        USER_SETTINGS,
        DUPLICATE_RULE,
        DUPLICATE_CONDITION,
    )
}
BY_SET: dict[str, Entity] = {each.set_name: each for each in ENTITIES.values()}
REGARDING_TARGETS = REGARDING

# The kinds of record that may be private: never on the server, never leaving the computer until they are tracked.
PRIVATE_KINDS = ("contact", "task", "appointment")

# What the server alone keeps: a client reads these where it needs them and has no rows of them.
SERVER_ONLY = ("activityparty", "organization", "usersettings", "duplicaterule", "duplicaterulecondition")

# What a client keeps locally, in the order in which it is most useful to have it.
LOCAL_ENTITIES = (
    "systemuser",
    "task",
    "appointment",
    "phonecall",
    "account",
    "contact",
    "opportunity",
    "lead",
    "email",
    "activitymimeattachment",
    "annotation",
)


class UnknownEntity(LookupError):
    """No entity of that logical name; the text says so in words for a person."""


def entity(name: str) -> Entity:
    """The entity of that logical name; UnknownEntity when there is none."""
    try:
        return ENTITIES[name]
    except KeyError:
        raise UnknownEntity(f"There is no kind of record called '{name}'. Known: {', '.join(ENTITIES)}.") from None


def entity_of_set(set_name: str) -> Entity:
    """The entity of that entity set (a resource name, case-sensitive); UnknownEntity when there is none."""
    try:
        return BY_SET[set_name]
    except KeyError:
        raise UnknownEntity(f"There is no entity set called '{set_name}'.") from None
