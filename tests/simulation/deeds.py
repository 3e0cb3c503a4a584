"""What people do with records and messages."""

from __future__ import annotations

import random
from email.message import EmailMessage

from crmdesk.actions import former, mail, resolve, restore, track
from crmdesk.model.record import Reference, Value, lookup_targets
from crmdesk.model.words import ENTITIES
from crmdesk.store import mailbox, records
from crmdesk.store.mailbox import Account, Folder
from tests.simulation import events
from tests.simulation.people import NEEDED, WRITTEN, Person, Spot
from tests.simulation.story import Deed, Story

MADE = ("contact", "contact", "account", "account", "task", "appointment")
PRIVATE = ("contact", "task", "appointment")
POINTS = {
    "contact": ("parentcustomerid", ("account",)),
    "account": ("primarycontactid", ("contact",)),
    "task": ("regardingobjectid", ("account", "contact")),
    "appointment": ("regardingobjectid", ("account", "contact")),
    "email": ("regardingobjectid", ("account", "contact")),
}
ADDRESSES = ("a@example.com", "b@example.com")


def make(story: Story, person: Person) -> str:
    entity = story.rng.choice(MADE)
    values: dict[str, Value] = {NEEDED[entity]: story.word()}
    for name in WRITTEN[entity]:
        if name not in values and story.rng.random() < 0.6:
            values[name] = story.word()
    if entity == "appointment":
        values |= {"scheduledstart": "2026-06-18T09:00:00Z", "scheduledend": "2026-06-18T10:00:00Z"}
    lookup, targets = POINTS[entity]
    others = [each for each in person.seen(*targets) if not each.private]
    if others and story.rng.random() < 0.5:
        values[lookup] = str(story.rng.choice(others).reference)
    if entity in ("contact", "account") and story.rng.random() < 0.3:
        values["emailaddress1"] = story.rng.choice(ADDRESSES)
    made = person.desk.make(entity, track=story.rng.random() < 0.9, **values)
    for name in WRITTEN[entity]:
        if name in values:
            person.writes(Spot(made, name), values[name])
    return f"{made} {values}"


def change(story: Story, person: Person) -> str | None:
    seen = person.seen(*POINTS)
    if not seen:
        return None
    record = story.rng.choice(seen)
    name = story.rng.choice(WRITTEN[record.entity])
    kind = story.rng.random()
    value: Value = story.word()
    if kind < 0.2 and record.base is not None and record.base.get(name):
        value = record.base[name]
    elif kind < 0.35 and name != NEEDED.get(record.entity):
        value = None
    person.desk.change(record.reference, **{name: value})
    person.writes(Spot(record.reference, name), value)
    return f"{record.reference} {name} = {value!r}"


def point(story: Story, person: Person) -> str | None:
    seen = [each for each in person.seen(*POINTS) if not each.private]
    record = story.rng.choice(seen) if seen else None
    if record is None:
        return None
    name, targets = POINTS[record.entity]
    others = [each for each in seen if each.entity in targets]
    value = str(story.rng.choice(others).reference) if others and story.rng.random() < 0.8 else None
    person.desk.change(record.reference, **{name: value})
    return f"{record.reference} {name} = {value}"


def complete(story: Story, person: Person) -> str | None:
    """A task is done, or to be done again."""
    seen = person.seen("task")
    if not seen:
        return None
    record = story.rng.choice(seen)
    state = story.rng.choice((0, 1))
    person.desk.change(record.reference, statecode=state)
    return f"{record.reference} statecode = {state}"


def remove(story: Story, person: Person) -> str | None:
    seen = person.seen(*POINTS)
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
    if reference.entity == "activitymimeattachment":
        story.meddled.update(_mail_of(person, reference))
    person.desk.discard(reference)
    return str(reference)


def _mail_of(person: Person, attachment: Reference) -> list[Reference]:
    local = person.desk.stored(attachment)
    return list(lookup_targets(ENTITIES[attachment.entity], local.shown)) if local else []


def restore_one(story: Story, person: Person) -> str | None:
    lines = person.desk.history()
    if not lines:
        return None
    line = story.rng.choice(lines)
    story.meddled.add(line.reference)
    person.desk.restore(line)
    return f"{line.reference} {line.field} {line.lost}"


def undo_a_run(story: Story, person: Person) -> str | None:
    lines = [line for line in person.desk.history() if line.run]
    if not lines:
        return None
    run = story.rng.choice(lines).run
    assert run is not None
    story.meddled.update(line.reference for line in lines if line.run == run)
    return str(person.desk.session.do(lambda tx: restore.undo_run(tx, run)).result)


def untrack(story: Story, person: Person) -> str | None:
    seen = [each for each in person.seen(*PRIVATE) if not each.private]
    if not seen:
        return None
    record = story.rng.choice(seen)
    story.meddled.add(record.reference)
    story.copied.update(value for value in record.shown.values() if isinstance(value, str))
    person.desk.session.do(lambda tx: track.untrack(tx, record.entity, [record.id]))
    for spot in [each for each in person.wants if each.reference == record.reference]:
        del person.wants[spot]  # it is in the private copy now, under another id
    return str(record.reference)


def track_one(story: Story, person: Person) -> str | None:
    seen = [each for each in person.seen(*PRIVATE) if each.private]
    if not seen:
        return None
    reference = story.rng.choice(seen).reference
    story.meddled.update((reference, former.counterpart(reference)))
    result = person.desk.session.do(lambda tx: track.track(tx, reference.entity, [reference.id])).result
    assert isinstance(result, list)
    tracked = Reference.parse(result[0])
    if tracked != reference:  # it is its former record again, and what was written into it is wanted there
        for spot in [each for each in person.wants if each.reference == reference]:
            person.writes(Spot(tracked, spot.field), person.wants.pop(spot))
    return f"{reference} as {tracked}"


def track_a_message(story: Story, person: Person) -> str:
    """A message comes in, one that others have too perhaps, and is tracked."""
    if not story.messages or story.rng.random() < 0.5:
        story.messages.append(_message(story))
    raw, message_id, subject = story.rng.choice(story.messages)
    account = Account("mail", "local", f"{person.name}@example.org", person.name, {})
    folder = Folder("mail", "Inbox", "inbox", {})
    arrival = mail.Arrival(account, folder, message_id, raw, seen=True)
    person.desk.session.do(lambda tx: mail.receive(tx, arrival))
    targets = [each.reference for each in person.seen("account", "contact") if not each.private]
    about = story.rng.choice(targets) if targets and story.rng.random() < 0.5 else None
    reference = Reference("email", mailbox.email_id_of(message_id))
    was_tracked = person.desk.stored(reference) is not None
    person.desk.session.do(lambda tx: track.track(tx, "message", [mailbox.id_of(message_id)], about))
    if not was_tracked and person.desk.stored(reference) is not None:
        person.writes(Spot(reference, "subject"), subject)
    return f"{reference} regarding {about}"


def _message(story: Story) -> tuple[bytes, str, str]:
    """(The message, its id, its subject)."""
    made, subject, key = EmailMessage(), story.word(), f"{len(story.messages)}.{story.seed}@example.com"
    made["From"], made["To"] = story.rng.choice(ADDRESSES), "ann@example.org"
    made["Subject"], made["Message-ID"], made["Date"] = subject, f"<{key}>", "Wed, 17 Jun 2026 10:00:00 +0000"
    made.set_content("Hello")
    if story.rng.random() < 0.6:
        made.add_attachment(b"numbers", maintype="text", subtype="csv", filename="numbers.csv")
    return made.as_bytes(), key, subject


def answer(story: Story, person: Person) -> str | None:
    found = person.desk.problems()
    if not found:
        return None
    problem = story.rng.choice(found)
    choice = story.rng.choice(story.worth_trying(problem))
    if choice == "use":
        candidates = problem.details["candidates"]
        choice = f"use:{story.rng.choice(candidates)['id']}" if candidates else "create"
    story.meddled.add(problem.reference)
    person.desk.session.do(lambda tx: resolve.resolve(tx, problem.id, choice))
    return f"{problem.kind} of {problem.reference}: {choice}"


def combine(story: Story, person: Person) -> str | None:
    """Of a new record and one that it looks like, both here, the latter stays, with some of the new one's values."""
    asked = [each for each in person.desk.problems() if each.kind == "duplicate" and "combine" in each.choices]
    offered = [(each, found) for each in asked for found in each.details["candidates"] if not found.get("entity")]
    if not offered:
        return None
    problem, found = story.rng.choice(offered)
    existing, new = Reference(problem.entity, found["id"]), person.desk.stored(problem.reference)
    assert new is not None
    fields = [name for name in WRITTEN[problem.entity] if new.shown.get(name) and story.rng.random() < 0.6]
    story.meddled.update((problem.reference, existing))
    story.copied.update(str(new.shown[name]) for name in fields)
    choice = f"combine:{existing.id}:{','.join(fields)}"
    person.desk.session.do(lambda tx: resolve.resolve(tx, problem.id, choice))
    for name in fields:
        person.writes(Spot(existing, name), new.shown[name])
    return f"{problem.reference}: {choice}"


def take_an_answer_back(story: Story, person: Person) -> str | None:
    """About a possible duplicate, sent or not."""
    used = [line for line in person.desk.history() if line.reason in resolve.TAKEN_BACK and not line.restored]
    if not used:
        return None
    line = story.rng.choice(used)
    story.meddled.update(each.reference for each in person.desk.history() if each.run == line.run)
    person.desk.session.do(lambda tx: resolve.undo(tx, line.reference))
    return str(line.reference)


LOCAL: dict[Deed, int] = {
    make: 12,
    change: 30,
    point: 5,
    complete: 2,
    remove: 5,
    discard: 2,
    restore_one: 3,
    undo_a_run: 1,
    untrack: 2,
    track_one: 2,
    track_a_message: 3,
    answer: 4,
    events.choose_group: 2,
    events.choose_policy: 1,
    events.time_passes: 4,
    events.clock_is_set: 1,
    events.rights_change: 2,
    events.server_forgets_its_feed: 1,
    combine: 3,
    take_an_answer_back: 1,
    events.publish_a_rule: 1,
    events.add_a_group: 2,
    events.change_a_group: 2,
}
"""What can be done while a run of the same person is under way, and how likely it is."""
ALONE: dict[Deed, int] = {
    events.sync: 16,
    events.sync_and_stop: 1,
    events.push: 10,
    events.go_online: 5,
    events.go_offline: 4,
    events.network_fails: 5,
    events.program_starts_again: 2,
}
_ALL = {**LOCAL, **ALONE}


def any_deed(rng: random.Random) -> Deed:
    return rng.choices(list(_ALL), list(_ALL.values()))[0]
