"""Shorthand for describing fields, shared by the entities' descriptions. Names and patterns are Dataverse's."""

from __future__ import annotations

from crmdesk.model.entity import Choice, Field, FieldType, Section

ACTIVITIES = ("task", "appointment", "phonecall", "email")
REGARDING = ("account", "contact", "lead", "opportunity")
PLURALS = {
    "task": "Tasks",
    "appointment": "Appointments",
    "phonecall": "Phonecalls",
    "email": "Emails",
}


def text(name: str, label: str, length: int = 100, **more: object) -> Field:
    return Field(name, FieldType.STRING, label, length=length, **more)  # type: ignore[arg-type]


def memo(name: str, label: str, length: int = 100_000) -> Field:
    return Field(name, FieldType.MEMO, label, length=length)


def number(name: str, label: str, **more: object) -> Field:
    return Field(name, FieldType.INTEGER, label, **more)  # type: ignore[arg-type]


def money(name: str, label: str) -> Field:
    return Field(name, FieldType.MONEY, label)


def flag(name: str, label: str, **more: object) -> Field:
    return Field(name, FieldType.BOOLEAN, label, **more)  # type: ignore[arg-type]


def moment(name: str, label: str, **more: object) -> Field:
    return Field(name, FieldType.DATETIME, label, **more)  # type: ignore[arg-type]


def day(name: str, label: str) -> Field:
    return Field(name, FieldType.DATE, label)


def choice(name: str, label: str, *choices: tuple[int, str], **more: object) -> Field:
    return Field(name, FieldType.CHOICE, label, choices=tuple(Choice(*c) for c in choices), **more)  # type: ignore[arg-type]


def lookup(name: str, label: str, *targets: str, inverse: dict[str, str] | None = None, **more: object) -> Field:
    """A lookup: one navigation property per target when there are several (Dataverse's polymorphic lookups)."""
    navigation = {t: name if len(targets) == 1 else f"{name}_{t}" for t in targets}
    return Field(name, FieldType.LOOKUP, label, targets=targets, navigation=navigation, inverse=inverse or {}, **more)  # type: ignore[arg-type]


def regarding(activity: str) -> Field:
    plural = PLURALS[activity]
    return Field(
        "regardingobjectid",
        FieldType.LOOKUP,
        "Regarding",
        targets=REGARDING,
        navigation={t: f"regardingobjectid_{t}_{activity}" for t in REGARDING},
        inverse={t: f"{t.capitalize()}_{plural}" for t in REGARDING},
    )


def parties(activity: str) -> Field:
    return Field(f"{activity}_activity_parties", FieldType.PARTIES, "People")


def state(*states: tuple[int, str]) -> Field:
    return Field("statecode", FieldType.STATE, "State", choices=tuple(Choice(*s) for s in states))


def status(*rows: tuple[int, int, str, bool]) -> Field:
    """Rows: state, status, label, whether it is the state's default."""
    return Field(
        "statuscode",
        FieldType.STATUS,
        "Status",
        choices=tuple(Choice(status, label, state, default) for state, status, label, default in rows),
    )


def kept_by_server(owned: bool = True) -> tuple[Field, ...]:
    """The columns that every table has and the server writes; the owner, where there is one, a person may change."""
    common = (
        moment("createdon", "Created on", readonly=True),
        moment("modifiedon", "Changed on", readonly=True),
        lookup("createdby", "Created by", "systemuser", readonly=True),
        lookup("modifiedby", "Changed by", "systemuser", readonly=True),
        Field("versionnumber", FieldType.BIGINT, "Version", readonly=True),
    )
    return (lookup("ownerid", "Owner", "systemuser"), *common) if owned else common


def address() -> tuple[Field, ...]:
    return (
        text("address1_line1", "Street", 250),
        text("address1_line2", "Street 2", 250),
        text("address1_postalcode", "Postal code", 20),
        text("address1_city", "City", 80),
        text("address1_stateorprovince", "State or province", 50),
        text("address1_country", "Country", 80),
    )


ADDRESS_SECTION = Section(
    "Address",
    (
        "address1_line1",
        "address1_line2",
        "address1_postalcode",
        "address1_city",
        "address1_stateorprovince",
        "address1_country",
    ),
)
PRIORITY = choice("prioritycode", "Priority", (0, "Low"), (1, "Normal"), (2, "High"))
