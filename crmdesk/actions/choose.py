"""Choices: options and local data groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes
from crmdesk.model.query import Constant
from crmdesk.model.record import new_id
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES, entity
from crmdesk.odata.filters import parse_filter
from crmdesk.store import local_data, options
from crmdesk.store.local_data import EVERYBODY, NOBODY, DataGroup
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import tr, within


def set_option(tx: Transaction, name: str, text: str) -> Changes:
    """Raises settings.BadOption."""
    options.save(tx, name, text)
    return Changes(options=True)


def set_group(tx: Transaction, kind: str, text: str) -> Changes:
    """One local data group in place of all that the entity has. Raises as set_groups() does."""
    refuse_what_is_not_kept(kind)
    local_data.set_group(tx, kind, _checked(kind, text))
    return _followed(tx, kind)


def set_groups(tx: Transaction, kind: str, wanted: Sequence[DataGroup]) -> Changes:
    """The local data groups of an entity, all of them.

    Raises ODataError for a filter that cannot be understood, Refusal for names that are missing or stand twice, and
    for groups that cannot ask one another.
    """
    refuse_what_is_not_kept(kind)
    named = [replace(each, name=each.name.strip(), filter=_checked(kind, each.filter)) for each in wanted]
    names = [each.name.casefold() for each in named]
    if not all(names):
        raise Refusal(tr("A group of {kind} has no name. Give it one, then save again.", kind=_kinds(kind)))
    twice = next((each.name for each in named if names.count(each.name.casefold()) > 1), None)
    if twice is not None:
        raise Refusal(
            tr("Two groups of {kind} are called '{name}'. Give one another name.", kind=_kinds(kind), name=twice)
        )
    local_data.set_groups(tx, kind, named)
    return _followed(tx, kind)


def add_group(tx: Transaction, kind: str, name: str, text: str, enabled: bool = True) -> Changes:
    """One more group; its id is the result. Raises as set_groups() does."""
    refuse_what_is_not_kept(kind)
    group = DataGroup(new_id(), kind, name, text, enabled)
    return replace(set_groups(tx, kind, [*local_data.all_groups(tx)[kind], group]), result=group.id)


def change_group(
    tx: Transaction, key: str, name: str | None = None, text: str | None = None, enabled: bool | None = None
) -> Changes:
    """Another name, filter or state; None leaves it. Raises Refusal for no group of that id, and as set_groups()."""
    before = group_of(tx, key)
    after = replace(
        before,
        name=before.name if name is None else name,
        filter=before.filter if text is None else text,
        enabled=before.enabled if enabled is None else enabled,
    )
    all_of_kind = local_data.all_groups(tx)[before.entity]
    return set_groups(tx, before.entity, [after if each.id == key else each for each in all_of_kind])


def remove_group(tx: Transaction, key: str) -> Changes:
    """What it alone keeps leaves this computer at the next synchronisation. Raises as change_group() does."""
    kind = group_of(tx, key).entity
    return set_groups(tx, kind, [each for each in local_data.all_groups(tx)[kind] if each.id != key])


def restore_groups(tx: Transaction, kind: str) -> Changes:
    """The default groups of an entity in place of those that it has."""
    refuse_what_is_not_kept(kind)
    local_data.set_groups(tx, kind, local_data.default_groups(kind))
    return _followed(tx, kind)


def group_of(reader: Reader, key: str) -> DataGroup:
    """The group of that id. Raises Refusal."""
    for found in local_data.all_groups(reader).values():
        for each in found:
            if each.id == key:
                return each
    raise Refusal(tr("There is no local data group '{key}'.", key=key))


def refuse_what_is_not_kept(kind: str) -> None:
    """Raises UnknownEntity, Refusal."""
    what = entity(kind)
    if kind not in LOCAL_ENTITIES:
        raise Refusal(tr("{kind} are not kept in the local data.", kind=tr(what.plural)))


def _checked(kind: str, text: str) -> str:
    """The filter without blanks around it; all and nothing in their one spelling."""
    question = parse_filter(text, ENTITIES[kind])
    if isinstance(question, Constant):
        return EVERYBODY if question.value else NOBODY
    return text.strip()


def _followed(tx: Transaction, kind: str) -> Changes:
    """Groups may ask about the records of others' groups: a change here must leave all of them askable."""
    for name, found in local_data.all_groups(tx).items():
        for each in found:
            if name != kind and not each.enabled:
                continue
            try:
                local_data.for_server(tx, name, each.filter)
            except ValueError as error:
                raise Refusal(
                    tr("The group '{name}' of {kind}: {why}", name=each.name, kind=_kinds(name), why=error)
                ) from None
    return Changes(entities=frozenset({kind}), options=True)


def _kinds(name: str) -> str:
    """What such records are called inside a sentence. Raises LookupError for no entity."""
    return within(tr(entity(name).plural))
