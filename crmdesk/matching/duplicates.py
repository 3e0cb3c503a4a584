"""What makes two records look alike: the published rules, and how each of their conditions compares.

The server keeps the rules as records (duplicaterule, duplicaterulecondition: Dataverse's names and operator codes) and
answers by them; the client brings them down and uses them while it is offline. A rule holds when all its conditions
do. Texts are compared trimmed and without regard to case, as everywhere in the house.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from crmdesk.matching.people import address_key
from crmdesk.model.duplicate_rules import LEAST_DIGITS, Condition, Operator, Rule, Wanted
from crmdesk.model.record import Value
from crmdesk.model.words import ENTITIES

PHONES = ("telephone1", "telephone2", "telephone3", "mobilephone")
PUBLISHED = 2
"""The statuscode of a rule that is in force."""


def rules_for(rules: Iterable[Rule], entity: str, changed: Collection[str] | None = None) -> tuple[Rule, ...]:
    """The rules that are asked when a record of `entity` is made, or when these fields of it are changed."""
    return tuple(
        rule
        for rule in rules
        if rule.base == entity and (changed is None or any(name in changed for name in looked_at(rule)))
    )


def looked_at(rule: Rule) -> frozenset[str]:
    """The fields of the record in question that the rule reads."""
    return frozenset(name for each in rule.conditions for name in _family(rule.base, each.base, each.operator))


def wanted(rule: Rule, values: Mapping[str, Value]) -> tuple[Wanted, ...]:
    """What another record must hold to be a duplicate by `rule`; empty when nothing can be: a field is blank.

    Both ends find their candidates by this, and then ask matches().
    """
    found = []
    for each in rule.conditions:
        names = _family(rule.base, each.base, each.operator)
        texts = frozenset(key for name in names if (key := _key(each, values.get(name), rule.case_sensitive)))
        if not texts:
            return ()
        found.append(Wanted(_family(rule.matching, each.matching, each.operator), each.operator, texts))
    return tuple(found)


def matches(rule: Rule, values: Mapping[str, Value], other: Mapping[str, Value]) -> bool:
    """Whether `other`, a record of rule.matching, is a possible duplicate of `values` by this rule."""
    if not rule.conditions or (rule.only_active and other.get("statecode") not in (None, *_open_states(rule.matching))):
        return False
    return all(_holds(rule, each, values, other) for each in rule.conditions)


def _holds(rule: Rule, condition: Condition, values: Mapping[str, Value], other: Mapping[str, Value]) -> bool:
    mine = _keys(condition, rule.base, condition.base, values, rule.case_sensitive)
    theirs = _keys(condition, rule.matching, condition.matching, other, rule.case_sensitive)
    if condition.operator is Operator.SAME_PHONE:
        return any(same_phone(one, another) for one in mine for another in theirs)
    return not mine.isdisjoint(theirs)


def _keys(
    condition: Condition, entity: str, name: str, values: Mapping[str, Value], case_sensitive: bool
) -> frozenset[str]:
    found = (_key(condition, values.get(each), case_sensitive) for each in _family(entity, name, condition.operator))
    return frozenset(key for key in found if key)


def _family(entity: str, name: str, operator: Operator) -> tuple[str, ...]:
    """A condition on one e-mail address means all of them, and so with phone numbers."""
    kind = ENTITIES.get(entity)
    if kind is None:
        return (name,)
    if operator is Operator.SAME_EMAIL:
        return kind.addresses or (name,)
    if operator is Operator.SAME_PHONE:
        return tuple(each for each in PHONES if kind.has(each)) or (name,)
    return (name,)


def _key(condition: Condition, value: Value, case_sensitive: bool) -> str:
    """The form in which the condition compares a value; empty for one that is blank."""
    if value is None or isinstance(value, list | dict):
        return ""
    text = str(value).strip()
    match condition.operator:
        case Operator.SAME_EMAIL:
            return address_key(text) if isinstance(value, str) else ""
        case Operator.SAME_PHONE:
            return phone_key(text) if isinstance(value, str) else ""
        case Operator.SAME_DATE:
            return text[:10]
    folded = text if case_sensitive else text.lower()
    if condition.operator is Operator.SAME_FIRST:
        return folded[: condition.characters] if len(folded) >= condition.characters else ""
    if condition.operator is Operator.SAME_LAST:
        return folded[-condition.characters :] if condition.characters and len(folded) >= condition.characters else ""
    return folded


def phone_key(text: str) -> str:
    """A phone number as it is compared: its digits, "+" before those of a number with its country; empty if too short.

    "(0)" between the country and the number is for callers from within and goes; so does an extension.
    """
    number = _EXTENSION.split(text, maxsplit=1)[0].replace("(0)", "")
    digits = re.sub(r"\D", "", number)
    if number.lstrip().startswith("+"):
        key = "+" + digits
    elif digits.startswith("00"):
        key = "+" + digits[2:]
    else:
        key = digits
    return key if len(digits) >= LEAST_DIGITS else ""


def same_phone(one: str, other: str) -> bool:
    """Whether two phone_keys are one number: a number without its country is the same in whatever country."""
    if one.startswith("+") == other.startswith("+"):
        return one.lstrip("0") == other.lstrip("0")
    long, short = (one[1:], other.lstrip("0")) if one.startswith("+") else (other[1:], one.lstrip("0"))
    return len(short) >= LEAST_DIGITS and long.endswith(short) and len(long) - len(short) <= _COUNTRY_DIGITS


_EXTENSION = re.compile(r"(?i)\s*(?:ext\.?|extension|x|#|;)\s*\d")
_COUNTRY_DIGITS = 3


def _open_states(entity: str) -> tuple[int, ...]:
    """A record that is closed or switched off is inactive; activities and leads are open in state 0 too."""
    return (0, 3) if entity == "appointment" else (0,)


# ---- the rules as records


def rules_of(rules: Iterable[Mapping[str, Value]], conditions: Iterable[Mapping[str, Value]]) -> tuple[Rule, ...]:
    """The published rules of these rows (of duplicaterule and duplicaterulecondition), in the order of their names.

    A rule with a condition that this program does not know is left out: without it the rule would find too much.
    """
    by_rule: dict[str, list[Condition | None]] = {}
    for row in conditions:
        by_rule.setdefault(str(row.get("regardingobjectid")), []).append(_condition_of(row))
    found = []
    for row in rules:
        read = by_rule.get(f"duplicaterule:{row.get('duplicateruleid')}", [])
        known = tuple(each for each in read if each is not None)
        if row.get("statuscode") == PUBLISHED and known and len(known) == len(read):
            found.append(
                Rule(
                    str(row["duplicateruleid"]),
                    str(row.get("name") or ""),
                    str(row.get("baseentityname")),
                    str(row.get("matchingentityname")),
                    known,
                    bool(row.get("excludeinactiverecords")),
                    bool(row.get("iscasesensitive")),
                )
            )
    return tuple(sorted(found, key=lambda rule: (rule.name, rule.id)))


def _condition_of(row: Mapping[str, Value]) -> Condition | None:
    try:
        operator = Operator(int(row.get("operatorcode") or 0))
    except ValueError:
        return None
    if operator in (Operator.SAME_LABEL, Operator.SAME_CHOICE):
        operator = Operator.EXACT  # within one entity a choice's value tells as much as its label
    base, matching = row.get("baseattributename"), row.get("matchingattributename")
    if not isinstance(base, str) or not isinstance(matching, str):
        return None
    characters = int(row.get("operatorparam") or 0)
    if operator in (Operator.SAME_FIRST, Operator.SAME_LAST) and characters < 1:
        return None
    return Condition(base, matching, operator, characters)


_EMAIL = Condition("emailaddress1", "emailaddress1", Operator.SAME_EMAIL)
_PHONE = Condition("telephone1", "telephone1", Operator.SAME_PHONE)


def _exact(name: str) -> Condition:
    return Condition(name, name, Operator.EXACT)


def _default(number: int, name: str, entity: str, *conditions: Condition) -> Rule:
    return Rule(f"d0b1e000-0000-4000-8000-{number:012d}", name, entity, entity, conditions)


DEFAULT_RULES = (
    _default(1, "Accounts with the same e-mail address", "account", _EMAIL),
    _default(2, "Accounts with the same name", "account", _exact("name")),
    _default(3, "Contacts with the same e-mail address", "contact", _EMAIL),
    _default(4, "Contacts with the same last name and phone number", "contact", _exact("lastname"), _PHONE),
    _default(5, "Leads with the same e-mail address", "lead", _EMAIL),
    _default(6, "Leads with the same company and phone number", "lead", _exact("companyname"), _PHONE),
)
"""What a new server publishes."""

DUPLICATE_KINDS = frozenset(rule.base for rule in DEFAULT_RULES)
"""The entities that a new server has a rule for, by logical name."""
