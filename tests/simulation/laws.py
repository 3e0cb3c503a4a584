"""The laws that hold at rest: nothing waits, all are equal, nothing is lost, nothing was overwritten unseen."""

from __future__ import annotations

from collections import Counter

from crmdesk.crm.client import Page, Read, Row
from crmdesk.model.query import Query
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.odata.filters import parse_filter
from crmdesk.store import local_data, mailbox, outbox
from crmdesk.store.records import Stored
from tests.simulation.people import NEEDED, WRITTEN, Person, Spot
from tests.simulation.story import Story, require

Rows = dict[str, Row]


def check(story: Story) -> None:
    """Raises Broken."""
    story.journal.look()
    for person in story.people:
        here = {entity: person.everything(entity) for entity in WRITTEN}
        _nothing_waits(person, here)
    there: dict[str, dict[str, Rows]] = {}  # as each user may see it
    for person in story.people:
        user = person.desk.user
        if user not in there:
            there[user] = _everything(person)
        _is_equal_to(person, there[user])
    _nothing_is_lost(story)
    require(not story.unseen, "; ".join(story.unseen))
    _a_single_persons_last_word_holds(story)
    _nothing_is_there_twice(story)
    _attachments_came_with_their_mail(story)
    if story.rng.random() < 0.1:
        _nothing_more_happens(story)


def _everything(person: Person) -> dict[str, Rows]:
    """What the server has, as far as the person may see it."""
    pages = person.desk.session.link.client().ask([Read(query=Query(entity)) for entity in WRITTEN])
    found: dict[str, Rows] = {}
    for entity, page in zip(WRITTEN, pages, strict=True):
        assert isinstance(page, Page), page
        assert page.next_link is None, "more than a page was not thought of"
        found[entity] = {row.id: row for row in page.rows}
    return found


def _nothing_waits(person: Person, here: dict[str, list[Stored]]) -> None:
    with person.desk.session.store.read() as reader:
        left = [*outbox.entries(reader), *local_data.leaving(reader), *local_data.wanted(reader)]
    require(not left, f"{person.name} still has {left}")
    for local in (each for found in here.values() for each in found):
        require(local.private or not local.edits, f"{person.name} has edits without an entry: {local}")
        require(local.private or local.base is not None, f"{person.name} never sent {local}")


def _is_equal_to(person: Person, there: dict[str, Rows]) -> None:
    with person.desk.session.store.read() as reader:
        groups = local_data.groups(reader)
        members = {entity: set(local_data.group_versions(reader, entity)) for entity in WRITTEN}
        unneeded = {entity: local_data.unneeded(reader, entity) for entity in WRITTEN}
    for entity, rows in there.items():
        for local in person.everything(entity):
            if not local.private:
                require(local.id in rows, f"{person.name} has {local.reference}, which the server has not")
                _is_same(person, local, rows[local.id])
        wrong = members[entity] ^ _answers(person, entity, groups[entity], rows)
        require(not wrong, f"{person.name}'s group of {entity} ({groups[entity]}): {wrong} is wrong")
        require(not unneeded[entity], f"{person.name} keeps {entity} {unneeded[entity]} for nothing")


def _is_same(person: Person, local: Stored, row: Row) -> None:
    base = local.base or {}
    for name, value in row.values.items():
        words = f"{person.name}'s {local.reference}: {name} is {base.get(name)!r}, not {value!r}"
        require("@" in name or base.get(name) == value, words)
    require(local.version == row.version, f"{person.name}'s {local.reference} has an old version")


def _answers(person: Person, entity: str, text: str, rows: Rows) -> set[str]:
    """The ids that belong to a group."""
    if text in (local_data.EVERYBODY, local_data.NOBODY):
        return set(rows) if text == local_data.EVERYBODY else set()
    query = Query(entity, filter=parse_filter(text, ENTITIES[entity]))
    (page,) = person.desk.session.link.client().ask([Read(query=query)])
    assert isinstance(page, Page), page
    return {row.id for row in page.rows}


def _nothing_is_lost(story: Story) -> None:
    """What anybody wanted last was on the server once, or is in a history, or in a private record."""
    kept = story.journal.once.union(*(person.remembered() for person in story.people))
    for person in story.people:
        private = {
            value
            for local in person.seen()
            if local.private
            for value in local.shown.values()
            if isinstance(value, str)
        }
        for spot, value in person.wants.items():
            found = value is None or value in kept or value in private
            require(found, f"{person.name}'s {value!r} in {spot} is lost")


def _a_single_persons_last_word_holds(story: Story) -> None:
    writers: dict[Spot, list[Person]] = {}
    for person in story.people:
        for spot in person.wants:
            writers.setdefault(spot, []).append(person)
    for spot, who in writers.items():
        if len(who) == 1 and spot.reference not in story.meddled and spot.reference in story.journal.now:
            want, there = who[0].wants[spot], story.journal.now[spot.reference][spot.field]
            require(want == there, f"{who[0].name} wanted {want!r} in {spot}; the server has {there!r}")


def _nothing_is_there_twice(story: Story) -> None:
    """Every record has a word of its own."""
    for entity, name in NEEDED.items():
        found = Counter(values[name] for each, values in story.journal.now.items() if each.entity == entity)
        twice = [word for word, times in found.items() if times > 1 and word not in story.copied]
        require(not twice, f"{entity} {twice} is on the server twice")


def _attachments_came_with_their_mail(story: Story) -> None:
    held = {values["objectid"] for values in story.journal.now.values() if "objectid" in values}
    for raw, message_id, _ in story.messages:
        mail = Reference("email", mailbox.email_id_of(message_id))
        if b"numbers.csv" in raw and mail in story.journal.now and mail not in story.meddled:
            require(str(mail) in held, f"{mail} came without its attachment")


def _nothing_more_happens(story: Story) -> None:
    story.office.clock.advance(2 * 3600)
    for person in story.people:
        report = person.desk.sync()
        done = report.pulled or report.pushed or report.merged or report.erased or report.problems
        require(not done, f"{person.name} is not at rest: {report}")
