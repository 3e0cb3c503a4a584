"""What the server decides about a write: defaults, rights, versions, duplicates, what goes with a deleted record."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from crmdesk.model.entity import Entity
from crmdesk.model.record import Reference, Value, references
from crmdesk.model.words import (
    ATTACHMENT,
    DUPLICATE_CONDITION,
    DUPLICATE_RULE,
    EMAIL,
    ENTITIES,
    ORGANIZATION,
    PARTY,
    USER,
    USER_SETTINGS,
)
from crmdesk.odata.rows import etag
from crmdesk.server import errors, records
from crmdesk.server.database import Snapshot, Transaction
from crmdesk.server.duplicates import duplicates_of, forget_rules
from crmdesk.server.records import Stored
from crmdesk.server.rules import consequences
from crmdesk.server.security import User, create_settings, forget_user

_ADMINISTRATORS = (USER, ORGANIZATION, USER_SETTINGS, DUPLICATE_RULE, DUPLICATE_CONDITION)
_LONE = (ORGANIZATION.name, USER_SETTINGS.name)  # rows that the server makes itself


@dataclass(frozen=True)
class Conditions:
    """What the headers of a write demand."""

    if_match: str | None = None  # an etag or *
    create_only: bool = False  # If-None-Match: *
    detect_duplicates: bool = False


NO_CONDITIONS = Conditions()


def create(
    transaction: Transaction,
    user: User,
    kind: Entity,
    key: str | None,
    sent: Mapping[str, Value],
    conditions: Conditions = NO_CONDITIONS,
) -> str:
    """Store a new record and give its id. ServiceError when it may not be, its id is taken, or it has a duplicate."""
    _check_may_write(user, kind, "create", key)
    key = key or str(uuid.uuid4())
    if records.exists(transaction, Reference(kind.name, key)):
        raise errors.key_taken()
    _check_targets(transaction, kind, sent)
    if conditions.detect_duplicates and duplicates_of(transaction, kind, sent, key):
        raise errors.duplicates_found()
    values = {kind.id_field: key, **consequences(kind, None, sent, transaction.moment)}
    if kind.is_owned and values.get("ownerid") is None:
        values["ownerid"] = user.reference
    values["createdon"] = values["modifiedon"] = transaction.moment
    values["createdby"] = values["modifiedby"] = user.reference
    records.insert_record(transaction, kind, values)
    forget_rules(transaction, kind)
    if kind is USER:
        create_settings(transaction, key)
    if kind is ATTACHMENT:
        _count_attachments(transaction, values.get("objectid"))
    return key


def update(
    transaction: Transaction,
    user: User,
    kind: Entity,
    key: str,
    sent: Mapping[str, Value],
    conditions: Conditions = NO_CONDITIONS,
) -> None:
    """Change an existing record. ServiceError when it is not there, has another version, or may not be changed."""
    _check_may_write(user, kind, "write", key)
    _change(transaction, user, kind, existing(transaction, kind, key), sent, conditions)


def _change(
    transaction: Transaction,
    user: User,
    kind: Entity,
    stored: Stored,
    sent: Mapping[str, Value],
    conditions: Conditions,
) -> None:
    key = stored.id
    _check_version(stored, conditions)
    _check_targets(transaction, kind, sent)
    if conditions.detect_duplicates and duplicates_of(transaction, kind, {**stored.values, **sent}, key, changed=sent):
        raise errors.duplicates_found()
    values = consequences(kind, stored.values, sent, transaction.moment)
    if kind.is_owned and "ownerid" in values and values["ownerid"] is None:
        del values["ownerid"]  # a record always has an owner
    values |= {"modifiedon": transaction.moment, "modifiedby": user.reference}
    records.update_record(transaction, kind, key, values)
    forget_rules(transaction, kind)
    if kind is ATTACHMENT and "objectid" in sent:
        _count_attachments(transaction, stored.values.get("objectid"))
        _count_attachments(transaction, sent["objectid"])


def write(
    transaction: Transaction,
    user: User,
    kind: Entity,
    key: str,
    sent: Mapping[str, Value],
    conditions: Conditions = NO_CONDITIONS,
) -> bool:
    """PATCH: update what is there, else create it under the key, as far as the conditions allow.

    Gives True when it was created.
    """
    stored = records.fetch(transaction, kind, key)
    if conditions.create_only and stored is not None:
        raise errors.key_taken()
    if stored is not None:
        _check_may_write(user, kind, "write", key)
        _change(transaction, user, kind, stored, sent, conditions)
        return False
    if conditions.if_match is not None:
        update(transaction, user, kind, key, sent, conditions)  # says that there is none
    create(transaction, user, kind, key, sent, conditions)
    return True


def delete(
    transaction: Transaction, user: User, kind: Entity, key: str, conditions: Conditions = NO_CONDITIONS
) -> None:
    """Take a record away: an activity's attachments and notes go with it, lookups that point at it become empty."""
    _check_may_write(user, kind, "delete", key)
    stored = existing(transaction, kind, key)
    _check_version(stored, conditions)
    _let_go(transaction, Reference(kind.name, key))
    records.remove_record(transaction, kind, key)
    forget_rules(transaction, kind)
    if kind is USER:
        forget_user(transaction, key)
        if records.exists(transaction, Reference(USER_SETTINGS.name, key)):
            records.remove_record(transaction, USER_SETTINGS, key)
    if kind is ATTACHMENT:
        _count_attachments(transaction, stored.values.get("objectid"))


def existing(snapshot: Snapshot, kind: Entity, key: str) -> Stored:
    """The record; ServiceError 404 when there is none."""
    stored = records.fetch(snapshot, kind, key)
    if stored is None:
        raise errors.not_there(kind.name, key)
    return stored


def _check_may_write(user: User, kind: Entity, what: str, key: str | None) -> None:
    """Until roles exist everybody writes every record; users, rules and the organization are the administrator's."""
    if not kind.writable:
        raise errors.ServiceError(405, "0x80040800", f"'{kind.name}' records are written through their activity.")
    if kind.name in _LONE and what != "write":
        raise errors.not_allowed(kind, what)
    if user.is_admin or kind not in _ADMINISTRATORS:
        return
    if kind is USER_SETTINGS and key == user.id:
        return
    raise errors.not_allowed(kind, what)


def _check_version(stored: Stored, conditions: Conditions) -> None:
    if conditions.if_match not in (None, "*", etag(stored.version)):
        raise errors.version_mismatch()


def _check_targets(transaction: Transaction, kind: Entity, sent: Mapping[str, Value]) -> None:
    for target in set(references(kind, sent)):
        if not records.exists(transaction, target):
            raise errors.not_there(target.entity, target.id)


def _let_go(transaction: Transaction, target: Reference) -> None:
    """Whatever points at a record that goes: parts of it go too, other lookups become empty."""
    for kind, key, lookup in records.references_to(transaction, target):
        goes_along = lookup == "objectid" and target.entity in _ACTIVITY_NAMES
        if kind is PARTY:
            if lookup == "partyid":
                _empty_party(transaction, key)
        elif goes_along:
            records.remove_record(transaction, kind, key)
        elif (kind.name, key) != tuple(target):
            records.update_record(transaction, kind, key, {lookup: None})


_ACTIVITY_NAMES = frozenset(name for name, kind in ENTITIES.items() if kind.is_activity)


def _empty_party(transaction: Transaction, key: str) -> None:
    """The party keeps its address alone; its activity counts as changed."""
    party = existing(transaction, PARTY, key)
    if party.values.get("addressused"):
        records.update_record(transaction, PARTY, key, {"partyid": None})
    else:
        records.remove_party(transaction, key)
    activity, _, activity_id = str(party.values["activityid"]).partition(":")
    records.update_record(transaction, ENTITIES[activity], activity_id, {})


def _count_attachments(transaction: Transaction, mail: Value) -> None:
    if not isinstance(mail, str):
        return
    key = mail.partition(":")[2]
    count = records.count_pointing(transaction, ATTACHMENT, "objectid", mail)
    if records.exists(transaction, Reference(EMAIL.name, key)):
        records.update_record(transaction, EMAIL, key, {"attachmentcount": count})
