"""What a duplicate rule is; matching/ compares by it, sql/ finds candidates by it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

LEAST_DIGITS = 6
"""Shorter numbers are extensions, or were not filled in in earnest."""


class Operator(IntEnum):
    """Dataverse's operatorcode; the last two are the house's own and never sent by Dataverse."""

    EXACT = 0
    SAME_FIRST = 1
    SAME_LAST = 2
    SAME_DATE = 3
    SAME_MOMENT = 4
    SAME_LABEL = 5
    SAME_CHOICE = 6
    SAME_EMAIL = 100  # any e-mail address of the one is any of the other's
    SAME_PHONE = 101  # any phone number of the one is any of the other's


@dataclass(frozen=True)
class Condition:
    """`base`: the field of the record in question; `matching`: that of the other one."""

    base: str
    matching: str
    operator: Operator
    characters: int = 0


@dataclass(frozen=True)
class Rule:
    """`base` and `matching` are logical names of entities. Each rule looks from a record of the one at the other."""

    id: str
    name: str
    base: str
    matching: str
    conditions: tuple[Condition, ...]
    only_active: bool = True
    case_sensitive: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a record must hold to fulfil one condition: one of `texts` in one of `fields`, compared by `operator`."""

    fields: tuple[str, ...]
    operator: Operator
    texts: frozenset[str]
