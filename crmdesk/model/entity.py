"""What an entity and a field are. The entities themselves are data, in words.py; nothing else lists a field.

Names are Dataverse's logical names (sources: docs/architecture.md; Dataverse table reference).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property


class FieldType(Enum):
    """How a value looks. The Python value that each kind takes in a Record stands beside it (None is empty for all)."""

    STRING = "string"  # str, at most `length` characters
    MEMO = "memo"  # str, many lines
    INTEGER = "integer"  # int, 32 bit
    BIGINT = "bigint"  # int, 64 bit
    DECIMAL = "decimal"  # float, rounded to `precision`
    MONEY = "money"  # float, rounded to `precision`
    DOUBLE = "double"  # float
    BOOLEAN = "boolean"  # bool
    DATETIME = "datetime"  # str, UTC, whole seconds: 2026-11-23T08:00:00Z
    DATE = "date"  # str: 2026-11-23
    CHOICE = "choice"  # int, one of `choices`
    STATE = "state"  # int, one of `choices`
    STATUS = "status"  # int, one of `choices`, each of which belongs to a state
    LOOKUP = "lookup"  # str: "entity:guid", entity one of `targets`
    GUID = "guid"  # str, lower case
    PARTIES = "parties"  # list of dicts: participationtypemask, partyid ("entity:guid" or None), addressused
    FILE = "file"  # str, base64


@dataclass(frozen=True)
class Choice:
    value: int
    label: str
    state: int | None = None  # of a status: the state that it belongs to
    default: bool = False  # of a status: the one its state takes by itself


@dataclass(frozen=True)
class Field:
    name: str
    type: FieldType
    label: str
    length: int | None = None
    choices: tuple[Choice, ...] = ()
    targets: tuple[str, ...] = ()
    required: bool = False
    readonly: bool = False  # the server alone writes it: never sent
    create_only: bool = False
    precision: int = 2
    navigation: dict[str, str] = field(default_factory=dict, hash=False)  # of a lookup: target -> navigation property
    inverse: dict[str, str] = field(default_factory=dict, hash=False)  # of a lookup: target -> collection's name there
    computed_from: tuple[str, ...] = ()  # joined by a blank: the rule for fullname

    @property
    def wire_name(self) -> str:
        """The name under which it is read and filtered: a lookup's is `_x_value`."""
        return f"_{self.name}_value" if self.type is FieldType.LOOKUP else self.name

    def navigation_to(self, target: str) -> str:
        """The navigation property towards `target`; KeyError when the lookup cannot point there."""
        return self.navigation[target]

    def choice_label(self, value: object) -> str | None:
        return next((choice.label for choice in self.choices if choice.value == value), None)


@dataclass(frozen=True)
class Section:
    """A titled part of a form."""

    label: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class WholeDays:
    """The fields of what may last whole days: a flag, and two moments that mean days when it is set."""

    flag: str
    start: str
    end: str


@dataclass(frozen=True)
class Entity:
    name: str
    set_name: str
    label: str
    plural: str
    id_field: str
    name_field: str
    fields: tuple[Field, ...]
    is_activity: bool = False
    writable: bool = True  # by a client of the protocol, for everybody (systemuser: only an administrator)
    columns: tuple[str, ...] = ()  # what a list of them shows, in this order
    search: tuple[str, ...] = ()  # what full-text search reads
    addresses: tuple[str, ...] = ()  # the fields that hold e-mail addresses
    form: tuple[Section, ...] = ()
    first_state: int = 0  # the state that a new record gets
    icon: str = "ph.file"
    whole_days: WholeDays | None = None

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {each.name: each for each in self.fields}

    @cached_property
    def by_wire_name(self) -> dict[str, Field]:
        return {each.wire_name: each for each in self.fields}

    @cached_property
    def lookups(self) -> tuple[Field, ...]:
        return tuple(each for each in self.fields if each.type is FieldType.LOOKUP)

    @cached_property
    def parties(self) -> Field | None:
        """The field that holds the activity's parties, where it has some."""
        return next((each for each in self.fields if each.type is FieldType.PARTIES), None)

    @cached_property
    def computed(self) -> tuple[Field, ...]:
        return tuple(each for each in self.fields if each.computed_from)

    @cached_property
    def by_navigation(self) -> dict[str, tuple[Field, str]]:
        """Single-valued navigation property -> (lookup field, target entity)."""
        return {nav: (each, target) for each in self.lookups for target, nav in each.navigation.items()}

    def has(self, name: str) -> bool:
        return name in self.by_name

    @property
    def is_owned(self) -> bool:
        return "ownerid" in self.by_name

    def default_status(self, state: int) -> int | None:
        """The status that a state takes when only the state is set."""
        status = self.by_name.get("statuscode")
        if status is None:
            return None
        of_state = [choice for choice in status.choices if choice.state == state]
        return next((c.value for c in of_state if c.default), of_state[0].value if of_state else None)

    def state_of(self, status: int) -> int | None:
        """The state that a status belongs to."""
        of = self.by_name.get("statuscode")
        return next((c.state for c in of.choices if c.value == status), None) if of else None
