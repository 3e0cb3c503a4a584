"""What people do, and what happens to them."""

from __future__ import annotations

import random

from crmdesk.actions import resolve, track
from crmdesk.model.record import Value
from crmdesk.store import records
from tests.simulation.people import NEEDED, WRITTEN, Person, Spot
from tests.simulation.place import GROUPS
from tests.simulation.story import Deed, Story

POINTS = {"contact": ("parentcustomerid", "account"), "account": ("primarycontactid", "contact")}


def make(story: Story, person: Person) -> str:
    entity = story.rng.choice(list(WRITTEN))
    values: dict[str, Value] = {NEEDED[entity]: story.word()}
    for name in WRITTEN[entity]:
        if story.rng.random() < 0.6:
            values[name] = story.word()
    lookup, target = POINTS[entity]
    others = [each for each in person.seen() if each.entity == target and not each.private]
    if others and story.rng.random() < 0.5:
        values[lookup] = str(story.rng.choice(others).reference)
    if story.rng.random() < 0.3:
        values["emailaddress1"] = story.rng.choice(["a@example.com", "b@example.com"])
    made = person.desk.make(entity, **values)
    for name in WRITTEN[entity]:
        if name in values:
            person.writes(Spot(made, name), values[name])
    return f"{made} {values}"


def change(story: Story, person: Person) -> str | None:
    seen = person.seen()
    if not seen:
        return None
    record = story.rng.choice(seen)
    name = story.rng.choice(WRITTEN[record.entity])
    stored = person.desk.stored(record.reference)
    assert stored is not None
    kind = story.rng.random()
    value: Value = story.word()
    if kind < 0.2 and stored.base is not None and stored.base.get(name):
        value = stored.base[name]
    elif kind < 0.35 and name != NEEDED[record.entity]:
        value = None
    person.desk.change(record.reference, **{name: value})
    person.writes(Spot(record.reference, name), value)
    return f"{record.reference} {name} = {value!r}"


def point(story: Story, person: Person) -> str | None:
    seen = [each for each in person.seen() if not each.private]
    record = story.rng.choice(seen) if seen else None
    if record is None:
        return None
    name, target = POINTS[record.entity]
    others = [each for each in seen if each.entity == target]
    value = str(story.rng.choice(others).reference) if others and story.rng.random() < 0.8 else None
    person.desk.change(record.reference, **{name: value})
    return f"{record.reference} {name} = {value}"


def remove(story: Story, person: Person) -> str | None:
    seen = person.seen()
    if not seen:
        return None
    reference = story.rng.choice(seen).reference
    story.meddled.add(reference)
    person.desk.remove(reference)
    return str(reference)


def discard(story: Story, person: Person) -> str | None:
    with person.desk.session.store.read() as reader:
        waiting = records.waiting(reader)
    if not waiting:
        return None
    reference = story.rng.choice(waiting).reference
    story.meddled.add(reference)
    person.desk.discard(reference)
    return str(reference)


def restore(story: Story, person: Person) -> str | None:
    lines = person.desk.history()
    if not lines:
        return None
    line = story.rng.choice(lines)
    story.meddled.add(line.reference)
    person.desk.restore(line)
    return f"{line.reference} {line.field} {line.lost}"


def untrack(story: Story, person: Person) -> str | None:
    seen = [each for each in person.seen() if each.entity == "contact" and not each.private]
    if not seen:
        return None
    reference = story.rng.choice(seen).reference
    story.meddled.add(reference)
    person.desk.session.do(lambda tx: track.untrack(tx, "contact", [reference.id]))
    for spot in [each for each in person.wants if each.reference == reference]:
        del person.wants[spot]  # it is in the private copy now, under another id
    return str(reference)


def track_one(story: Story, person: Person) -> str | None:
    seen = [each for each in person.seen() if each.private]
    if not seen:
        return None
    reference = story.rng.choice(seen).reference
    story.meddled.add(reference)
    person.desk.session.do(lambda tx: track.track(tx, "contact", [reference.id]))
    return str(reference)


def answer(story: Story, person: Person) -> str | None:
    found = person.desk.problems()
    if not found:
        return None
    problem = story.rng.choice(found)
    choice = story.rng.choice(problem.choices)
    if choice == "use":
        candidates = problem.details["candidates"]
        choice = f"use:{story.rng.choice(candidates)['id']}" if candidates else "create"
    story.meddled.add(problem.reference)
    person.desk.session.do(lambda tx: resolve.resolve(tx, problem.id, choice))
    return f"{problem.kind} of {problem.reference}: {choice}"


def sync(story: Story, person: Person) -> str:
    return str(person.desk.sync())


def push(story: Story, person: Person) -> str:
    return str(person.desk.session.push())


def go_online(story: Story, person: Person) -> str:
    return str(person.desk.session.go_online())


def go_offline(story: Story, person: Person) -> str:
    return str(person.desk.session.go_offline(now=story.rng.random() < 0.5))


def network_fails(story: Story, person: Person) -> str:
    person.trouble = story.rng.choice((0.0, 0.2, 0.5, 0.8))
    return str(person.trouble)


def program_starts_again(story: Story, person: Person) -> None:
    person.desk.start_again()


def time_passes(story: Story, person: Person) -> str:
    seconds = story.rng.choice((1, 30, 400, 4000, 40_000, 8 * 24 * 3600))
    story.office.clock.advance(seconds)
    return f"{seconds} s"


def choose_group(story: Story, person: Person) -> str:
    entity = story.rng.choice(list(GROUPS))
    text = story.rng.choice(GROUPS[entity])
    person.desk.group(entity, text)
    return f"{entity}: {text}"


def choose_policy(story: Story, person: Person) -> str:
    name, choices = story.rng.choice(
        (("conflict", ("mine", "theirs", "ask")), ("duplicates", ("ask", "create", "skip")))
    )
    text = story.rng.choice(choices)
    person.desk.option(name, text)
    if (name, text) == ("conflict", "mine"):
        return "conflict mine"
    return f"{name} {text}"


DEEDS: dict[Deed, int] = {
    make: 12,
    change: 30,
    point: 5,
    remove: 5,
    discard: 2,
    restore: 3,
    untrack: 1,
    track_one: 1,
    answer: 4,
    sync: 16,
    push: 10,
    go_online: 5,
    go_offline: 4,
    network_fails: 5,
    program_starts_again: 2,
    time_passes: 4,
    choose_group: 1,
    choose_policy: 1,
}
LOCAL = (
    make,
    change,
    point,
    remove,
    discard,
    restore,
    untrack,
    track_one,
    answer,
    choose_group,
    choose_policy,
    time_passes,
)


def any_deed(rng: random.Random) -> Deed:
    return rng.choices(_ALL, _WEIGHTS)[0]


_ALL, _WEIGHTS = list(DEEDS), list(DEEDS.values())
