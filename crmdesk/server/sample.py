"""The sample organisation: the same people, companies and history on every run, with dates that lie around today.

Pure: it makes values, load.py takes them into the database.
"""

from __future__ import annotations

import random
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from crmdesk.model.record import Value, computed_values, display_name, normalise
from crmdesk.model.words import ACCOUNT, APPOINTMENT, CONTACT, EMAIL, ENTITIES, LEAD, OPPORTUNITY, PHONECALL, TASK, USER
from crmdesk.server import sample_words as words
from crmdesk.server.sample_words import COUNTRIES, Country

_NAMESPACE = uuid.UUID("5a3c3bfe-6f2c-4f0e-9d5e-0d2a54c9f3a1")
_SEED = 20_261_123
_ACCOUNTS, _CONTACTS, _OPPORTUNITIES, _LEADS, _NOTES = 200, 1000, 150, 100, 40
_TASKS, _APPOINTMENTS, _CALLS, _MAILS = 700, 450, 450, 400
_DAYS_BACK = 540
_ADMIN, _ANNA, _BEN = range(3)


class SampleRow(NamedTuple):
    """One record: `values` are canonical, by logical name; createdon, modifiedon and owner stand among them."""

    entity: str
    id: str
    values: dict[str, Value]


def sample_id(entity: str, number: int) -> str:
    """The id of a sample record. Users: 0 the administrator, 1 Anna Berg, 2 Ben Okafor."""
    return str(uuid.uuid5(_NAMESPACE, f"{entity}/{number}"))


def sample_rows(today: date, seed: int = _SEED) -> list[SampleRow]:
    """The whole organisation: 3 users, 200 accounts, 1,000 contacts, 150 opportunities, 100 leads, 2,000 activities
    and some notes. Every lookup points at one of the rows, not always at an earlier one.

    Account 0 is Adventure Works and contact 0 its Jeff Smith. Accounts, and what belongs to them, are owned by Anna
    and Ben in turn. Equal arguments give equal rows.
    """
    return list(_Organisation(today, random.Random(seed)).rows())


@dataclass(frozen=True)
class _Person:
    """Whom an activity is about: the record, its address and the user who looks after it."""

    reference: str
    name: str
    address: str
    phone: str
    owner: int  # the number of the user
    company: int | None  # the number of the account


class _Organisation:
    def __init__(self, today: date, dice: random.Random) -> None:
        self.today = today
        self.dice = dice
        self.company_names: list[str] = []
        self.countries: list[Country] = []
        self.people: list[_Person] = []
        self.staff: list[list[int]] = [[] for _ in range(_ACCOUNTS)]
        self.deals: list[tuple[str, int]] = []  # (reference, account's number)

    def rows(self) -> Iterator[SampleRow]:
        yield from self.users()
        accounts = list(self.accounts())
        contacts = list(self.contacts())
        for number, account in enumerate(accounts):
            account.values["primarycontactid"] = self.people[self.staff[number][0]].reference
        yield from accounts
        yield from contacts
        yield from self.leads()
        yield from self.opportunities()
        yield from self.tasks()
        yield from self.appointments()
        yield from self.calls()
        yield from self.mails()
        yield from self.notes()

    def users(self) -> Iterator[SampleRow]:
        staff = (
            ("admin", "Ada", "Minh", "Administrator"),
            ("anna", "Anna", "Berg", "Sales"),
            ("ben", "Ben", "Okafor", "Sales"),
        )
        for number, (name, first, last, title) in enumerate(staff):
            yield self.row(
                USER.name,
                number,
                {
                    "domainname": name,
                    "firstname": first,
                    "lastname": last,
                    "title": title,
                    "internalemailaddress": f"{name}@crmdesk.example",
                    "isdisabled": False,
                },
                owner=_ADMIN,
            )

    def accounts(self) -> Iterator[SampleRow]:
        pairs = [(head, tail) for head in words.COMPANY_HEADS for tail in words.COMPANY_TAILS]
        first, rest = pairs[0], pairs[1:]
        self.dice.shuffle(rest)
        for number, (head, tail) in enumerate([first, *rest][:_ACCOUNTS]):
            name = f"{head} {tail}"
            country = COUNTRIES[0] if number == 0 else self.dice.choice(COUNTRIES)
            self.company_names.append(name)
            self.countries.append(country)
            domain = _domain(name)
            yield self.row(
                ACCOUNT.name,
                number,
                {
                    "name": name,
                    "accountnumber": f"A-{1000 + number}",
                    "emailaddress1": f"info@{domain}",
                    "telephone1": self.phone(country),
                    "websiteurl": f"https://www.{domain}",
                    "industrycode": words.INDUSTRIES[tail],
                    "revenue": float(self.dice.randrange(2, 900) * 50_000),
                    "numberofemployees": self.dice.randrange(3, 4000),
                    "description": self.sentence(),
                    **self.address(country),
                    "statecode": 0,
                    "statuscode": 1,
                },
                owner=_owner(number),
            )

    def contacts(self) -> Iterator[SampleRow]:
        taken: set[str] = set()
        for number in range(_CONTACTS):
            company = number if number < _ACCOUNTS else self.dice.randrange(_ACCOUNTS)
            country = self.countries[company]
            first, last, mailbox = self.person_name(country)
            if number == 0:
                first, last, mailbox = "Jeff", "Smith", "jeff.smith"
            address = f"{mailbox}@{_domain(self.company_names[company])}"
            while address in taken:
                address = f"{mailbox}{self.dice.randrange(2, 99)}@{_domain(self.company_names[company])}"
            taken.add(address)
            self.staff[company].append(number)
            row = self.row(
                CONTACT.name,
                number,
                {
                    "firstname": first,
                    "lastname": last,
                    "jobtitle": self.dice.choice(words.JOB_TITLES),
                    "department": self.dice.choice(words.DEPARTMENTS),
                    "emailaddress1": address,
                    "telephone1": self.phone(country),
                    "mobilephone": self.phone(country) if self.dice.random() < 0.6 else None,
                    "birthdate": self.birthday() if self.dice.random() < 0.3 else None,
                    **self.address(country),
                    "parentcustomerid": f"account:{sample_id(ACCOUNT.name, company)}",
                    "statecode": 0,
                    "statuscode": 1,
                },
                owner=_owner(company),
            )
            self.people.append(self.known(row, company))
            yield row

    def leads(self) -> Iterator[SampleRow]:
        for number in range(_LEADS):
            country = self.dice.choice(COUNTRIES)
            first, last, mailbox = self.person_name(country)
            company = f"{self.dice.choice(words.COMPANY_HEADS)} & {last}"
            state, status = self.dice.choice([(0, 1)] * 5 + [(0, 2)] * 3 + [(1, 3), (2, 4)])
            row = self.row(
                LEAD.name,
                number,
                {
                    "subject": self.dice.choice(words.LEADS),
                    "firstname": first,
                    "lastname": last,
                    "companyname": company,
                    "jobtitle": self.dice.choice(words.JOB_TITLES),
                    "emailaddress1": f"{mailbox}@prospect{number}.example",
                    "telephone1": self.phone(country),
                    "leadqualitycode": self.dice.choice((1, 2, 3)),
                    "description": self.sentence(),
                    **self.address(country),
                    "statecode": state,
                    "statuscode": status,
                },
                owner=_owner(number),
            )
            self.people.append(self.known(row, None))
            yield row

    def opportunities(self) -> Iterator[SampleRow]:
        for number in range(_OPPORTUNITIES):
            company = self.dice.randrange(_ACCOUNTS)
            account = f"account:{sample_id(ACCOUNT.name, company)}"
            state, status = self.dice.choice([(0, 1)] * 6 + [(0, 2)] + [(1, 3)] * 2 + [(2, 4), (2, 5)])
            close = self.today + timedelta(days=self.dice.randrange(-120, 0) if state else self.dice.randrange(-5, 120))
            value = float(self.dice.randrange(4, 400) * 500)
            row = self.row(
                OPPORTUNITY.name,
                number,
                {
                    "name": f"{self.dice.choice(words.OPPORTUNITIES)} – {self.company_names[company]}",
                    "estimatedvalue": value,
                    "estimatedclosedate": close.isoformat(),
                    "closeprobability": 100 if state == 1 else 0 if state == 2 else self.dice.randrange(10, 95, 5),
                    "actualvalue": value if state == 1 else None,
                    "actualclosedate": close.isoformat() if state else None,
                    "opportunityratingcode": self.dice.choice((1, 2, 3)),
                    "salesstage": 3 if state else self.dice.randrange(4),
                    "description": self.sentence(),
                    "customerid": account,
                    "parentaccountid": account,
                    "parentcontactid": self.people[self.dice.choice(self.staff[company])].reference,
                    "statecode": state,
                    "statuscode": status,
                },
                owner=_owner(company),
            )
            self.deals.append((f"opportunity:{row.id}", company))
            yield row

    def tasks(self) -> Iterator[SampleRow]:
        for number in range(_TASKS):
            day = self.day(-150, 45)
            person, regarding = self.subject_of_work()
            done = day < self.today and self.dice.random() < 0.85
            status = 5 if done else self.dice.choice((2, 2, 2, 3, 4))
            yield self.row(
                TASK.name,
                number,
                {
                    "subject": f"{self.dice.choice(words.TASKS)}: {person.name}",
                    "description": self.sentence(),
                    "scheduledend": _moment(day, 17),
                    "prioritycode": self.dice.choice((0, 1, 1, 1, 2)),
                    "percentcomplete": 100 if done else self.dice.choice((0, 0, 25, 50)),
                    "actualend": _moment(day, 15) if done else None,
                    "regardingobjectid": regarding,
                    "statecode": 1 if done else 0,
                    "statuscode": status,
                },
                owner=person.owner,
                latest=day,
            )

    def appointments(self) -> Iterator[SampleRow]:
        """Forty of them in this week, all during working hours (UTC)."""
        monday = self.today - timedelta(days=self.today.weekday())
        for number in range(_APPOINTMENTS):
            this_week = number % 3 == 0 and number < 120
            day = monday + timedelta(days=self.dice.randrange(5)) if this_week else self.working_day(-120, 60)
            start = datetime.combine(day, time(self.dice.randrange(7, 16), self.dice.choice((0, 30))), UTC)
            end = start + timedelta(minutes=self.dice.choice((30, 60, 60, 90)))
            person, regarding = self.subject_of_work()
            state, status = (1, 3) if day < self.today else (3, 5)
            yield self.row(
                APPOINTMENT.name,
                number,
                {
                    "subject": f"{self.dice.choice(words.APPOINTMENTS)}: {person.name}",
                    "location": self.dice.choice(words.PLACES),
                    "scheduledstart": _text(start),
                    "scheduledend": _text(end),
                    "isalldayevent": False,
                    "description": self.sentence(),
                    "prioritycode": 1,
                    "regardingobjectid": regarding,
                    "appointment_activity_parties": [
                        _party(7, f"systemuser:{sample_id(USER.name, person.owner)}"),
                        _party(5, person.reference, person.address),
                    ],
                    "statecode": state,
                    "statuscode": status,
                },
                owner=person.owner,
                latest=day,
            )

    def calls(self) -> Iterator[SampleRow]:
        for number in range(_CALLS):
            day = self.working_day(-150, 20)
            person, regarding = self.subject_of_work()
            outgoing = self.dice.random() < 0.6
            done = day < self.today
            user = f"systemuser:{sample_id(USER.name, person.owner)}"
            yield self.row(
                PHONECALL.name,
                number,
                {
                    "subject": f"{self.dice.choice(words.CALLS)}: {person.name}",
                    "phonenumber": person.phone,
                    "directioncode": outgoing,
                    "scheduledend": _moment(day, self.dice.randrange(8, 17)),
                    "description": self.sentence(),
                    "prioritycode": 1,
                    "actualdurationminutes": self.dice.randrange(2, 40) if done else None,
                    "regardingobjectid": regarding,
                    "phonecall_activity_parties": [
                        _party(1, user if outgoing else person.reference),
                        _party(2, person.reference if outgoing else user),
                    ],
                    "statecode": 1 if done else 0,
                    "statuscode": (2 if outgoing else 4) if done else 1,
                },
                owner=person.owner,
                latest=day,
            )

    def mails(self) -> Iterator[SampleRow]:
        """Sent and received ones; every third answers the one before it."""
        before: tuple[_Person, str | None, str, str] | None = None
        for number in range(_MAILS):
            key = sample_id(EMAIL.name, number)
            answers = before if number % 3 == 2 else None
            person, regarding = answers[:2] if answers else self.subject_of_work()
            subject = f"Re: {answers[2]}" if answers else self.dice.choice(words.MAILS)
            outgoing = self.dice.random() < 0.5
            day = self.day(-150, 0)
            user = f"systemuser:{sample_id(USER.name, person.owner)}"
            own = f"{'anna' if person.owner == _ANNA else 'ben'}@crmdesk.example"
            sender, receiver = (own, person.address) if outgoing else (person.address, own)
            moment = _moment(day, self.dice.randrange(7, 18))
            yield self.row(
                EMAIL.name,
                number,
                {
                    "subject": subject,
                    "description": f"<p>{self.sentence()}</p><p>{self.sentence()}</p>",
                    "directioncode": outgoing,
                    "messageid": f"<{key}@{sender.partition('@')[2]}>",
                    "inreplyto": answers[3] if answers else None,
                    "sender": sender,
                    "torecipients": receiver,
                    "senton": moment,
                    "actualend": moment,
                    "mimetype": "text/html",
                    "prioritycode": 1,
                    "attachmentcount": 0,
                    "regardingobjectid": regarding,
                    "email_activity_parties": [
                        _party(1, user if outgoing else person.reference, sender),
                        _party(2, person.reference if outgoing else user, receiver),
                    ],
                    "statecode": 1,
                    "statuscode": 3 if outgoing else 4,
                },
                owner=person.owner,
                latest=day,
            )
            before = (person, regarding, subject.removeprefix("Re: "), f"<{key}@{sender.partition('@')[2]}>")

    def notes(self) -> Iterator[SampleRow]:
        for number in range(_NOTES):
            person, regarding = self.subject_of_work()
            yield self.row(
                "annotation",
                number,
                {
                    "subject": f"About {person.name}",
                    "notetext": f"{self.sentence()} {self.sentence()}",
                    "isdocument": False,
                    "objectid": regarding or person.reference,
                },
                owner=person.owner,
            )

    def row(
        self, entity: str, number: int, values: Mapping[str, Value], owner: int, latest: date | None = None
    ) -> SampleRow:
        """`values` made canonical, with what the server keeps of every record; none is younger than yesterday."""
        kind = ENTITIES[entity]
        key = sample_id(entity, number)
        newest = min(latest or self.today, self.today - timedelta(days=1))
        created = newest - timedelta(days=self.dice.randrange(1, 30 if latest else _DAYS_BACK))
        changed = created + timedelta(days=self.dice.randrange((newest - created).days + 1))
        user = f"systemuser:{sample_id(USER.name, owner)}"
        found: dict[str, Value] = {kind.id_field: key}
        found.update({name: normalise(kind.by_name[name], value) for name, value in values.items()})
        found.update(computed_values(kind, found))
        found["createdon"] = _moment(created, self.dice.randrange(7, 18))
        found["modifiedon"] = max(found["createdon"], _moment(changed, self.dice.randrange(7, 18)))
        found["createdby"] = found["modifiedby"] = user
        if kind.is_owned:
            found["ownerid"] = user
        return SampleRow(entity, key, found)

    def known(self, row: SampleRow, company: int | None) -> _Person:
        return _Person(
            f"{row.entity}:{row.id}",
            display_name(ENTITIES[row.entity], row.values),
            row.values["emailaddress1"],
            row.values["telephone1"],
            _ANNA if row.values["ownerid"].endswith(sample_id(USER.name, _ANNA)) else _BEN,
            company,
        )

    def subject_of_work(self) -> tuple[_Person, str | None]:
        """Somebody to deal with, and the record that the work is regarding."""
        chance = self.dice.random()
        if chance < 0.25:
            deal, company = self.dice.choice(self.deals)
            return self.people[self.dice.choice(self.staff[company])], deal
        person = self.dice.choice(self.people)
        if chance < 0.55 or person.company is None:
            return person, person.reference
        return person, f"account:{sample_id(ACCOUNT.name, person.company)}" if chance < 0.9 else None

    def person_name(self, country: Country) -> tuple[str, str, str]:
        """First name, last name and the local part of the e-mail address."""
        first, _, first_latin = self.dice.choice(country.first_names).partition("|")
        last, _, last_latin = self.dice.choice(country.last_names).partition("|")
        return first, last, f"{_ascii(first_latin or first)}.{_ascii(last_latin or last)}"

    def address(self, country: Country) -> dict[str, Value]:
        city, code = self.dice.choice(country.cities)
        return {
            "address1_line1": self.dice.choice(country.streets).replace("#", str(self.dice.randrange(1, 200))),
            "address1_postalcode": code,
            "address1_city": city,
            "address1_country": country.name,
        }

    def phone(self, country: Country) -> str:
        return f"{country.phone} {self.dice.randrange(1000, 9999)}"

    def birthday(self) -> str:
        return (date(1960, 1, 1) + timedelta(days=self.dice.randrange(15_000))).isoformat()

    def sentence(self) -> str:
        return self.dice.choice(words.SENTENCES)

    def day(self, first: int, last: int) -> date:
        return self.today + timedelta(days=self.dice.randrange(first, last))

    def working_day(self, first: int, last: int) -> date:
        day = self.day(first, last)
        return day - timedelta(days=max(0, day.weekday() - 4))


def _owner(number: int) -> int:
    return (_ANNA, _BEN)[number % 2]


def _party(role: int, who: str, address: str | None = None) -> dict[str, Value]:
    return {"participationtypemask": role, "partyid": who, "addressused": address}


def _ascii(text: str) -> str:
    plain = text.lower().replace("ł", "l").replace("ß", "ss").replace("ø", "o")
    return "".join(letter for letter in unicodedata.normalize("NFD", plain) if letter.isascii() and letter.isalnum())


def _domain(company: str) -> str:
    return f"{company.lower().replace(' ', '-')}.example"


def _moment(day: date, hour: int) -> str:
    return _text(datetime.combine(day, time(hour), UTC))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
