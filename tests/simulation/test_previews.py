"""What a preview tells is what the run after it does, in the middle of any history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference
from crmdesk.store import receipts
from crmdesk.sync.preview import Preview
from tests.simulation.deeds import any_deed
from tests.simulation.people import WRITTEN, Person
from tests.simulation.place import place
from tests.simulation.story import Story

SEEDS, PART = 60, 10
STEPS = 14
ONCE_WRONG = (117,)
"""Seeds in which a preview told something else: what points at a held record was told to go."""


@dataclass(frozen=True)
class Foretold:
    """A preview, and what the run after it did while nobody else did anything."""

    preview: Preview
    on_its_way: frozenset[Reference]  # what was sent before, and not answered
    arrived: frozenset[tuple[Reference, str]]
    overwritten: frozenset[tuple[Reference, str | None]]
    asked: frozenset[Reference]  # of which something is asked since


def looks_and_goes(story: Story, person: Person) -> Foretold | None:
    """None: the run broke off, for the person has no right to something or must sign in."""
    person.trouble = 0.0
    preview = person.desk.session.preview()
    on_its_way = frozenset(each.reference for entity in WRITTEN for each in person.everything(entity) if each.sent)
    story.told.append(f"{person.name} looks ahead: {preview}")
    try:
        report = person.desk.session.go_online()
    except CrmError as error:
        story.told.append(f"{person.name} goes online: {error}")
        return None
    story.told.append(f"{person.name} goes online: {report}")
    with person.desk.session.store.read() as reader:
        arrived = frozenset((each.reference, each.verb) for each in receipts.of_run(reader, report.run))
    lines = [each for each in person.desk.history() if each.id in report.overwritten]
    return Foretold(
        preview,
        on_its_way,
        arrived,
        frozenset((each.reference, each.field) for each in lines),
        frozenset(each.reference for each in person.desk.problems()),
    )


def foretold(seed: int) -> Iterator[tuple[Story, Foretold]]:
    with place(seed) as story:
        for _ in range(STEPS):
            person = story.rng.choice(story.people)
            story.does(person, any_deed(story.rng))
            if story.rng.random() < 0.5:
                found = looks_and_goes(story, story.rng.choice(story.people))
                if found is not None:
                    yield story, found


@pytest.mark.parametrize("part", range(SEEDS // PART))
def test_what_is_foretold_happens(part: int) -> None:
    for seed in (*range(part * PART, (part + 1) * PART), *(ONCE_WRONG if part == 0 else ())):
        for story, found in foretold(seed):
            wrong = differences(found)
            assert not wrong, "\n".join((f"seed {seed}", *story.told[-6:], *wrong))


def differences(found: Foretold) -> list[str]:
    """Between what was told and what was done. What is asked about since is neither."""
    preview = found.preview
    open_ones = found.asked | {each.record for each in preview.duplicates}
    known = open_ones | found.on_its_way
    told = {(each.record, each.verb) for each in preview.outgoing if not each.held}
    arrived = {(each, "create" if (each, "create") in found.arrived else verb) for each, verb in found.arrived}
    clashes = {(each.record, each.field) for each in preview.clashes}
    won = {(each.record, each.field) for each in preview.clashes if each.wins == "mine"}
    fields = {each for each in found.overwritten if each[1] is not None}
    return [
        *(f"told, and did not arrive: {each}" for each in told - arrived if each[0] not in open_ones),
        *(f"arrived, and was not told: {each}" for each in arrived - told if each[0] not in known),
        *(f"a clash told, and nothing overwritten: {each}" for each in won - fields if each[0] not in open_ones),
        *(f"overwritten, and no clash told: {each}" for each in fields - clashes if each[0] not in open_ones),
    ]
