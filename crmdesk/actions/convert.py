"""Converting a message: a lead, an opportunity or a contact is made of it, and it is tracked, regarding the new record.

All of it is one transaction, decided from the local data alone, so it works offline; take_back() undoes it as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from crmdesk.actions import edit, track
from crmdesk.actions.refusal import Refusal
from crmdesk.matching.senders import company_domain, person_name
from crmdesk.model.changes import Changes
from crmdesk.model.entity import FieldType
from crmdesk.model.query import Column, Query, TextMatch
from crmdesk.model.record import Record, Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.store import addresses, mailbox, records
from crmdesk.store.mailbox import MessageRow
from crmdesk.store.store import Reader, Transaction
from crmdesk.texts import tr

_MOST_TEXT = 1500  # characters of the message's text that go along
_LOOKED_AT = 20  # colleagues who are asked for the company they have in common


@dataclass(frozen=True)
class Converted:
    """What became of a message. With `was_there` nothing was made: the record has the person's address already."""

    record: Reference
    was_there: bool
    message: str
    tracked: bool  # what stood at the message before, for take_back()
    regarding: str | None
    because: str | None


@dataclass(frozen=True)
class _Person:
    """Whom the message is from; of one's own message, to whom it goes."""

    name: str
    address: str
    record: Reference | None  # contact, account or lead that has the address
    company: Reference | None  # the account


def convert(tx: Transaction, key: str, kind: str) -> Changes:
    """Make a lead, opportunity or contact of a message and track it, regarding that; the result is Converted.

    A contact that has the address already is taken instead of a second one; other look-alikes are asked about by the
    server's rules, as of any new record. Raises Refusal.
    """
    row = mailbox.get(tx, key)
    if row is None:
        raise Refusal(tr("That message is not here any more. Nothing was made."))
    person = _person(tx, row)
    was_there = kind == "contact" and person.record is not None and person.record.entity == "contact"
    if was_there and person.record is not None:
        changes, record = Changes(messages=True), person.record
    else:
        _refuse_private_twin(tx, kind, person)
        changes = edit.create(tx, kind, _fitting(kind, _VALUES[kind](tx, row, person)), track=True)
        record = Reference(kind, str(changes.result))
    done = Converted(record, was_there, key, row.tracked, row.regarding, row.because)
    return replace(changes | track.track(tx, "message", [key], record), result=done)


def take_back(tx: Transaction, done: Converted) -> Changes:
    """The message is as it was before, and what was made of it goes, in the CRM too."""
    row = mailbox.get(tx, done.message)
    changes = Changes(messages=True)
    if row is not None and row.email is not None:
        changes |= _as_before(tx, row, Reference("email", row.email), done)
    local = None if done.was_there else records.stored(tx, done.record)
    if local is not None and not local.gone:
        changes |= edit.remove(tx, done.record)
    return changes


def _as_before(tx: Transaction, row: MessageRow, email: Reference, done: Converted) -> Changes:
    if done.tracked:
        changes = edit.change(tx, email, {"regardingobjectid": done.regarding})
    elif (local := edit.here(tx, email)).base is None and not local.sent:
        return track.untrack(tx, "message", [row.id])
    else:
        changes = edit.remove(tx, email)
    mailbox.update_message(tx, row.id, tracked_because=done.because)
    return replace(changes, messages=True)


# ---- who it is


def _person(tx: Transaction, row: MessageRow) -> _Person:
    name, address = row.sender_name, row.sender
    if row.outgoing and row.recipients:
        _, name, address = row.recipients[0]
    record = addresses.resolve(tx, address) if address else None
    return _Person(name, address, record, _company(tx, address, record))


def _company(tx: Transaction, address: str, record: Reference | None) -> Reference | None:
    """The account of the person with that address; of somebody unknown, the one that their colleagues have."""
    if record is not None and record.entity == "account":
        return record
    known = records.get(tx, record) if record is not None else None
    if known is not None and (own := _account_of(known)) is not None:
        return own
    domain = company_domain(address)
    if not domain:
        return None
    found = {each.reference for each in _at(tx, "account", domain)}
    found = found or {each for contact in _at(tx, "contact", domain) if (each := _account_of(contact)) is not None}
    return found.pop() if len(found) == 1 else None


def _at(tx: Transaction, entity: str, domain: str) -> list[Record]:
    question = TextMatch(Column("emailaddress1"), "endswith", f"@{domain}")
    return records.find(tx, Query(entity, filter=question, top=_LOOKED_AT), tx.now)


def _account_of(record: Record) -> Reference | None:
    field = "parentaccountid" if record.entity == "lead" else "parentcustomerid"
    text = str(record[field] or "")
    return Reference.parse(text) if text.startswith("account:") else None


def _refuse_private_twin(reader: Reader, kind: str, person: _Person) -> None:
    """A contact of the person's own is not made a second time for the CRM: it can be tracked."""
    if kind != "contact":
        return
    for each in addresses.find(reader, person.address):
        if each.address.lower() == person.address.lower() and each.reference.entity == "contact":
            local = records.stored(reader, each.reference)
            if local is not None and local.private:
                raise Refusal(
                    tr(
                        "{name} is among your contacts, private to this computer. Nothing was made. Track that "
                        "contact; then the message can be regarding it.",
                        name=each.name,
                    )
                )


# ---- what goes along


def _lead(reader: Reader, row: MessageRow, person: _Person) -> dict[str, Value]:
    first, last = person_name(person.name, person.address)
    company = records.names(reader, [person.company]).get(person.company) if person.company else None
    contact = person.record if person.record is not None and person.record.entity == "contact" else None
    return {
        "subject": row.subject or person.name or person.address,
        "firstname": first,
        "lastname": last,
        "companyname": company or company_domain(person.address),
        "emailaddress1": person.address,
        "parentaccountid": str(person.company) if person.company else None,
        "parentcontactid": str(contact) if contact else None,
        "description": _text(reader, row),
    }


def _opportunity(reader: Reader, row: MessageRow, person: _Person) -> dict[str, Value]:
    about = Reference.parse(row.regarding) if row.regarding else None
    known = [each for each in (about, person.company, person.record) if each is not None]
    customer = next((each for each in known if each.entity in ("account", "contact")), None)
    contact = next((each for each in (person.record, about) if each is not None and each.entity == "contact"), None)
    account = next((each for each in known if each.entity == "account"), None)
    return {
        "name": row.subject or person.name or person.address,
        "customerid": str(customer) if customer else None,
        "parentcontactid": str(contact) if contact else None,
        "parentaccountid": str(account) if account else None,
        "description": _text(reader, row),
    }


def _contact(reader: Reader, row: MessageRow, person: _Person) -> dict[str, Value]:
    first, last = person_name(person.name, person.address)
    company = str(person.company) if person.company else None
    return {"firstname": first, "lastname": last, "emailaddress1": person.address, "parentcustomerid": company}


_VALUES: Mapping[str, Callable[[Reader, MessageRow, _Person], dict[str, Value]]] = {
    "lead": _lead,
    "opportunity": _opportunity,
    "contact": _contact,
}


def _text(reader: Reader, row: MessageRow) -> str:
    text = mailbox.body(reader, row.id).strip()
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"


def _fitting(kind: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Texts as long as their fields take: a subject may be longer than a topic."""
    fitting: dict[str, Value] = {}
    for name, value in values.items():
        field = ENTITIES[kind].by_name[name]
        is_text = field.type in (FieldType.STRING, FieldType.MEMO) and isinstance(value, str)
        fitting[name] = str(value)[: field.length] if is_text else value
    return fitting
