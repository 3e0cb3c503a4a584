"""Histories in a crowded room: a few records, known to all, and everybody at them over a bad network.

They say less about the world than those of tell.py, and find sooner what is wrong: there is hardly a step in them that
does not meet somebody else's. Three laws are added that only hold where nobody restores, untracks or writes a value of
somebody else again.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Mapping
from functools import partial
from unittest import mock

import httpx

from crmdesk.actions import resolve
from crmdesk.model.record import Reference, Value
from crmdesk.sync import feeds
from tests.simulation import events
from tests.simulation import story as story_of_all
from tests.simulation.laws import check
from tests.simulation.people import NEEDED, WRITTEN, Person, Spot
from tests.simulation.place import place
from tests.simulation.story import Deed, Story, require
from tests.support.lossy import Fault

POINTS = {"contact": ("parentcustomerid", "account"), "account": ("primarycontactid", "contact")}
PEOPLE = 2
MEANWHILE = 0.5  # how likely somebody does something while a request or its answer is on its way
STEPS = 30
SHARED = 3  # records that everybody has when a history begins
PAGE = 2  # rows a page, so that loads have several


def write(story: Story, person: Person) -> str | None:
    """Write a new word into a record."""
    seen = person.seen(*POINTS)
    if not seen:
        return None
    reference = story.rng.choice(seen).reference
    name, word = story.rng.choice(WRITTEN[reference.entity]), story.word()
    person.desk.change(reference, **{name: word})
    person.writes(Spot(reference, name), word)
    return f"{reference} {name} = {word}"


def make(story: Story, person: Person) -> str:
    kind = story.rng.choice(list(POINTS))
    lookup, target = POINTS[kind]
    others = [each.reference for each in person.seen(target) if not each.private]
    word, name = story.word(), WRITTEN[kind][1]
    values: dict[str, Value] = {
        NEEDED[kind]: f"new {word}",
        name: word,
        lookup: str(story.rng.choice(others)) if others else None,
    }
    made = person.desk.make(kind, **values)
    person.writes(Spot(made, name), word)
    return f"{made} {values}"


def remove(story: Story, person: Person) -> str | None:
    seen = person.seen(*POINTS)
    if not seen:
        return None
    reference = story.rng.choice(seen).reference
    story.meddled.add(reference)
    person.desk.remove(reference)
    return str(reference)


def make_a_lookalike(story: Story, person: Person) -> str:
    """Make a contact with the e-mail address of others, and an account that points at it."""
    contact = person.desk.make("contact", lastname=story.word(), emailaddress1="a@example.com")
    account = person.desk.make("account", name=story.word(), primarycontactid=str(contact))
    return f"{contact}, {account}"


def answer(story: Story, person: Person) -> str | None:
    """Answer a question; then nothing points any more at a record that another one is used for."""
    found = person.desk.problems()
    if not found:
        return None
    problem = story.rng.choice(found)
    candidates = problem.details.get("candidates")
    choice = story.rng.choice(story.worth_trying(problem)) if not candidates else "use"
    if choice == "use":
        choice = f"use:{story.rng.choice(candidates)['id']}" if candidates else "create"
    story.meddled.add(problem.reference)
    person.desk.session.do(lambda tx: resolve.resolve(tx, problem.id, choice))
    left = [each.reference for each in person.seen(*POINTS) if str(problem.reference) in each.shown.values()]
    require(not (candidates and left), f"{left} of {person.name} still point at {problem.reference}")
    return f"{problem.kind} of {problem.reference}: {choice}"


def keep_more_or_less(story: Story, person: Person) -> str:
    """Want a whole table, or nothing of it."""
    kind, text = story.rng.choice(list(POINTS)), story.rng.choice(("true", "true", "false"))
    person.desk.group(kind, text)
    return f"{kind}: {text}"


CROWD: Mapping[Deed, int] = {
    write: 40,
    make: 4,
    make_a_lookalike: 2,
    remove: 4,
    answer: 6,
    events.push: 20,
    events.sync: 20,
    events.go_online: 3,
    events.go_offline: 2,
    events.network_fails: 8,
    events.program_starts_again: 2,
    events.time_passes: 4,
    keep_more_or_less: 4,
    events.choose_policy: 1,
}
_ALONE = (
    events.push,
    events.sync,
    events.go_online,
    events.go_offline,
    events.program_starts_again,
    events.network_fails,
)


def tell(seed: int, more: Mapping[Deed, int] | None = None) -> None:
    """Live the history of a seed and check the laws. `more`: how much of these deeds instead. Raises Broken."""
    likely = {**CROWD, **(more or {})}
    crowded = mock.patch.object(feeds, "PAGE", PAGE), mock.patch.object(story_of_all, "MEANWHILE", MEANWHILE)
    with crowded[0], crowded[1], place(seed) as story:
        try:
            _meet(story)
            story.meanwhile = lambda story: _step(story, likely)
            for _ in range(STEPS):
                _step(story, likely)
            story.rest(answer, events.go_online)
            check(story)
            _own_words_are_nobodys_clash(story)
            _nothing_is_there_twice(story)
            _nothing_goes_by_itself(story)
        except BaseException as error:
            error.add_note(f"Crowded history {seed}:\n" + "\n".join(story.told))
            raise


def _meet(story: Story) -> None:
    """Everybody has the same few records; from now on what is held by a question must not be sent."""
    story.people = story.people[:PEOPLE]
    first, *others = story.people
    for person in story.people:
        for entity in POINTS:
            person.desk.group(entity, "true")
    for number in range(SHARED):
        entity = list(POINTS)[number % len(POINTS)]
        values: dict[str, Value] = {NEEDED[entity]: story.word(), WRITTEN[entity][1]: story.word()}
        made = first.desk.make(entity, **values)
        first.writes(Spot(made, WRITTEN[entity][1]), f"v{story.words}")
    for person in (first, *others):
        person.desk.sync()
        person.desk.network.decide = partial(_meets, story, person)


def _meets(story: Story, person: Person, request: httpx.Request) -> Fault | None:
    body = request.read()
    said = gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body
    for problem in person.desk.problems():
        held = problem.kind != "conflict" and f"({problem.record}) HTTP".encode() in said
        require(not held, f"{person.name} sends {problem.reference}, of which is asked: {problem.words}")
    return story.meets(person, request)


def _step(story: Story, likely: Mapping[Deed, int]) -> None:
    person = story.rng.choice(story.people)
    deed = _one_of(story.rng, likely)
    if not person.at_work or deed not in _ALONE:
        story.does(person, deed)


def _one_of(rng: random.Random, likely: Mapping[Deed, int]) -> Deed:
    return rng.choices(list(likely), list(likely.values()))[0]


def _own_words_are_nobodys_clash(story: Story) -> None:
    """Nobody's own word was overwritten by themselves as somebody else's."""
    for person in story.people:
        for line in person.desk.history():
            if line.field is not None and line.reason == "changed here":
                own = line.lost in person.wrote.get(Spot(line.reference, line.field), ())
                require(not own, f"{person.name} took the own {line.lost!r} for somebody else's")


def _nothing_is_there_twice(story: Story) -> None:
    where: dict[object, Reference] = {}
    for reference, values in story.journal.now.items():
        for value in values.values():
            if value is not None:
                require(where.setdefault(value, reference) == reference, f"{value!r} is there twice")


def _nothing_goes_by_itself(story: Story) -> None:
    """What was on the server once is there, unless somebody deleted it."""
    for person in story.people:
        for (reference, _), value in person.wants.items():
            if value in story.journal.once and reference not in story.meddled:
                require(reference in story.journal.now, f"{reference} is gone, and nobody deleted it")
