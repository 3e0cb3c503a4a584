"""Random histories: people at several desks, a network that fails, programs that die. And the laws that hold at rest.

A history follows from its seed. Every value that somebody writes is a word of its own, so that it can be looked for
afterwards; a journal sees what every request changed on the server.
"""

from __future__ import annotations

import atexit
import contextlib
import random
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import httpx
import orjson
from sqlalchemy import select

from crmdesk.actions import resolve, track
from crmdesk.actions.refusal import Refusal
from crmdesk.crm.client import Page, Read, Row
from crmdesk.crm.errors import CrmError
from crmdesk.model.query import Query
from crmdesk.model.record import Record, Reference, Value
from crmdesk.model.words import ENTITIES
from crmdesk.odata.filters import parse_filter
from crmdesk.server.tables import RECORDS
from crmdesk.store import local_data, outbox, records, tables
from crmdesk.store.records import Stored
from tests.support.builders import Desk, MemorySecrets, Office
from tests.support.clock import NOON, Clock
from tests.support.lossy import BUSY, FAILED, GATEWAY, THROTTLED, Answered, Fault, Loss

WRITTEN = {"contact": ("firstname", "jobtitle"), "account": ("name", "accountnumber")}
NEEDED = {"contact": "lastname", "account": "name"}
POINTS = {"contact": ("parentcustomerid", "account"), "account": ("primarycontactid", "contact")}
GROUPS = {
    "contact": ("true", "true", "jobtitle ne null", "startswith(lastname,'v') and statecode eq 0", "false"),
    "account": ("true", "accountnumber eq null", "false"),
}
FAULTS: tuple[Fault, ...] = (*Loss, BUSY, THROTTLED, FAILED, GATEWAY, Answered(401))
DESKS = (("ann", "ann"), ("ben", "ben"), ("ann", "laptop"))


class Killed(BaseException):
    """The program dies here."""


class Spot(NamedTuple):
    """A field of a record."""

    reference: Reference
    field: str


@dataclass
class Person:
    """Somebody at a desk, and what we know of them."""

    desk: Desk
    name: str
    trouble: float = 0.0  # how likely a request meets a fault
    wants: dict[Spot, Value] = field(default_factory=dict)  # what they wrote last
    wrote: dict[Spot, set[Value]] = field(default_factory=dict)
    at_work: bool = False  # a request of theirs is under way

    def writes(self, spot: Spot, value: Value) -> None:
        self.wants[spot] = value
        self.wrote.setdefault(spot, set()).add(value)


class Broken(AssertionError):
    """A law does not hold."""


@dataclass
class History:
    """One history. `told` is its story."""

    seed: int
    office: Office
    people: list[Person]
    rng: random.Random
    told: list[str] = field(default_factory=list)
    server: dict[Reference, dict[str, Value]] = field(default_factory=dict)
    once: set[Value] = field(default_factory=set)  # every word that was ever on the server
    words: int = 0
    unseen: list[str] = field(default_factory=list)
    meddled: set[Reference] = field(default_factory=set)  # what more than plain edits happened to
    resting: bool = False

    # ---- what happens

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.step(self.rng.choice(self.people))

    def step(self, person: Person) -> None:
        deed = self.rng.choices(list(DEEDS), weights=list(DEEDS.values()))[0]
        self._do(person, deed)

    def _do(self, person: Person, deed: Callable[[History, Person], str | None]) -> None:
        if person.at_work and deed not in LOCAL:
            return
        begun = len(self.told)
        self.told.append(f"{person.name}: {deed.__name__} …")
        try:
            said = deed(self, person) or ""
        except Refusal as error:
            said = f"refused: {error}"
        except CrmError as error:
            said = f"{type(error).__name__}: {error}"
        except Killed:
            if person.at_work:
                raise  # inside a request of theirs: the whole program dies
            said = "dies"
            person.desk.start_again()
        self.told[begun] += f" {said}"

    def meet(self, person: Person, request: httpx.Request) -> Fault | None:
        """A request leaves: what does it meet?"""
        self._meanwhile(person)
        if self.rng.random() < person.trouble / 4:
            raise Killed
        if self.rng.random() < person.trouble:
            fault = self.rng.choice(FAULTS)
            self.told.append(f"    {person.name}'s request meets {fault}")
            return fault
        return None

    def delivered(self, person: Person) -> None:
        """The server did what a request of theirs asked; its answer is not there yet."""
        self.look(person)
        self._meanwhile(person)
        if self.rng.random() < person.trouble / 4:
            raise Killed

    def _meanwhile(self, person: Person) -> None:
        """While a request or its answer is on its way, others work, and so does the person."""
        if self.resting or any(each.at_work for each in self.people) or self.rng.random() > 0.15:
            return
        person.at_work = True
        try:
            self.step(self.rng.choice(self.people))
        finally:
            person.at_work = False

    # ---- what we see

    def look(self, person: Person | None = None) -> None:
        """What the server has now; whose request changed it, and had they seen what they overwrote?"""
        now = self._on_the_server()
        for reference, values in now.items():
            self.once.update(value for value in values.values() if value is not None)
            before = self.server.get(reference, {})
            for name, old in before.items():
                if old is not None and values[name] != old and person is not None:
                    self._overwritten(person, Spot(reference, name), old)
        for reference, values in self.server.items():
            if reference not in now and person is not None:
                for name, old in values.items():
                    if old is not None:
                        self._overwritten(person, Spot(reference, name), old)
        self.server = now

    def _on_the_server(self) -> dict[Reference, dict[str, Value]]:
        found: dict[Reference, dict[str, Value]] = {}
        with self.office.server.database.reading() as snapshot:
            for entity, names in WRITTEN.items():
                table, key = RECORDS[entity], ENTITIES[entity].id_field
                for row in snapshot.connection.execute(select(table)).mappings():
                    found[Reference(entity, row[key])] = {name: row[name] for name in names}
        return found

    def _overwritten(self, person: Person, spot: Spot, old: Value) -> None:
        if old in person.wrote.get(spot, ()) or old in _remembered(person.desk):
            return
        stored = person.desk.stored(spot.reference)
        change = stored.edits.get(spot.field) if stored else None
        if change is not None and change.agreed == old:
            return
        self.unseen.append(f"{person.name} overwrote {old!r} in {spot} without having seen it")

    # ---- the end

    def rest(self) -> None:
        """The network is mended, everybody answers every question and synchronises until nothing happens any more."""
        self.resting = True
        for person in self.people:
            person.trouble = 0.0
        for _ in range(12):
            self.office.clock.advance(2 * 3600)
            if not any([self._was_busy(person) for person in self.people]):  # noqa: C419 - everybody has a turn
                return
        raise Broken("they do not come to rest")

    def _was_busy(self, person: Person) -> bool:
        """Synchronise and answer; whether there was anything to do."""
        self._do(person, go_online)
        busy = "pulled=0, pushed=0, merged=0, erased=0" not in self.told[-1]
        while person.desk.problems():
            busy = True
            self._do(person, answer)
        return busy or person.desk.waiting() > 0

    def check(self) -> None:
        """The laws."""
        self.look()
        for law in (
            self._nothing_waits,
            self._all_are_equal,
            self._nothing_is_lost,
            self._nothing_was_overwritten_unseen,
        ):
            law()
        self._a_single_persons_last_word_holds()

    def _nothing_waits(self) -> None:
        for person in self.people:
            with person.desk.session.store.read() as reader:
                left = [*outbox.entries(reader), *local_data.leaving(reader), *local_data.wanted(reader)]
                require(not left, f"{person.name} still has {left}")
                for entity in WRITTEN:
                    for local in _all(person.desk, entity):
                        require(local.private or not local.edits, f"{person.name} has edits without an entry: {local}")
                        require(local.private or local.base is not None, f"{person.name} never sent {local}")

    def _all_are_equal(self) -> None:
        for person in self.people:
            for entity in WRITTEN:
                there = self.office.everything(entity)
                for local in _all(person.desk, entity):
                    if not local.private:
                        require(local.id in there, f"{person.name} has {local.reference}, which the server has not")
                        self._is_equal(person, local, there[local.id])
                self._the_group_is_right(person, entity)

    def _is_equal(self, person: Person, local: Stored, row: Row) -> None:
        for name, value in row.values.items():
            mine = (local.base or {}).get(name)
            words = f"{person.name}'s {local.reference}: {name} is {mine!r}, not {value!r}"
            require("@" in name or mine == value, words)
        require(local.version == row.version, f"{person.name}'s {local.reference} has an old version")

    def _the_group_is_right(self, person: Person, entity: str) -> None:
        with person.desk.session.store.read() as reader:
            text = local_data.groups(reader)[entity]
            group = set(local_data.group_versions(reader, entity))
            unneeded = local_data.unneeded(reader, entity)
        wrong = group ^ set(self._answers(person, entity, text))
        require(not wrong, f"{person.name}'s group of {entity} ({text}): {wrong} is wrong")
        require(not unneeded, f"{person.name} keeps {entity} {unneeded} for nothing")

    def _answers(self, person: Person, entity: str, text: str) -> dict[str, Row]:
        link = person.desk.session.link
        query = Query(entity, filter=parse_filter(text, ENTITIES[entity]))
        (page,) = link.client().ask([Read(query=query)])
        assert isinstance(page, Page)
        return {row.id: row for row in page.rows}

    def _nothing_is_lost(self) -> None:
        """What anybody wanted last was on the server once, or is in a history, or in a private record."""
        kept = {word for person in self.people for word in _remembered(person.desk)}
        for person in self.people:
            private = {
                value
                for entity in WRITTEN
                for local in _all(person.desk, entity)
                if local.private
                for value in local.shown.values()
                if isinstance(value, str)
            }
            for spot, value in person.wants.items():
                if value is not None:
                    found = value in self.once or value in kept or value in private
                    require(found, f"{person.name}'s {value!r} in {spot} is lost")

    def _nothing_was_overwritten_unseen(self) -> None:
        require(not self.unseen, "; ".join(self.unseen))

    def _a_single_persons_last_word_holds(self) -> None:
        writers: dict[Spot, list[Person]] = {}
        for person in self.people:
            for spot in person.wants:
                writers.setdefault(spot, []).append(person)
        for spot, who in writers.items():
            if len(who) == 1 and spot.reference not in self.meddled and spot.reference in self.server:
                want, there = who[0].wants[spot], self.server[spot.reference][spot.field]
                require(want == there, f"{who[0].name} wanted {want!r} in {spot}; the server has {there!r}")


def require(holds: bool, words: str) -> None:
    if not holds:
        raise Broken(words)


def _all(desk: Desk, entity: str) -> list[Stored]:
    table = tables.record_table(entity)
    with desk.session.store.read() as reader:
        ids = list(reader.connection.execute(select(table.c.id)).scalars())
        return list(records.stored_many(reader, entity, ids).values())


def _remembered(desk: Desk) -> set[Value]:
    found: set[Value] = set()
    for line in desk.history():
        if line.field is not None:
            found.add(_hashable(line.lost))
        else:
            found.update(_hashable(value) for value in line.lost.values())
    return found


def _hashable(value: Value) -> Value:
    return orjson.dumps(value) if isinstance(value, dict | list) else value


# ---- what people do


def _seen(history: History, person: Person) -> list[Record]:
    with person.desk.session.store.read() as reader:
        return [each for entity in WRITTEN for each in records.find(reader, Query(entity), history.office.clock())]


def _word(history: History) -> str:
    history.words += 1
    return f"v{history.words}"


def make(history: History, person: Person) -> str:
    entity = history.rng.choice(list(WRITTEN))
    values: dict[str, Value] = {NEEDED[entity]: _word(history)}
    for name in WRITTEN[entity]:
        if history.rng.random() < 0.6:
            values[name] = _word(history)
    lookup, target = POINTS[entity]
    others = [each for each in _seen(history, person) if each.entity == target and each.state.value != "private"]
    if others and history.rng.random() < 0.5:
        values[lookup] = str(history.rng.choice(others).reference)
    if history.rng.random() < 0.3:
        values["emailaddress1"] = history.rng.choice(["a@example.com", "b@example.com"])
    made = person.desk.make(entity, **values)
    for name in WRITTEN[entity]:
        if name in values:
            person.writes(Spot(made, name), values[name])
    return f"{made} {values}"


def change(history: History, person: Person) -> str | None:
    seen = _seen(history, person)
    if not seen:
        return None
    record = history.rng.choice(seen)
    name = history.rng.choice(WRITTEN[record.entity])
    stored = person.desk.stored(record.reference)
    assert stored is not None
    kind = history.rng.random()
    value: Value = _word(history)
    if kind < 0.2 and stored.base is not None and stored.base.get(name):
        value = stored.base[name]
    elif kind < 0.35 and name != NEEDED[record.entity]:
        value = None
    person.desk.change(record.reference, **{name: value})
    person.writes(Spot(record.reference, name), value)
    return f"{record.reference} {name} = {value!r}"


def point(history: History, person: Person) -> str | None:
    seen = [each for each in _seen(history, person) if each.state.value != "private"]
    record = history.rng.choice(seen) if seen else None
    if record is None:
        return None
    name, target = POINTS[record.entity]
    others = [each for each in seen if each.entity == target]
    value = str(history.rng.choice(others).reference) if others and history.rng.random() < 0.8 else None
    person.desk.change(record.reference, **{name: value})
    return f"{record.reference} {name} = {value}"


def remove(history: History, person: Person) -> str | None:
    seen = _seen(history, person)
    if not seen:
        return None
    reference = history.rng.choice(seen).reference
    history.meddled.add(reference)
    person.desk.remove(reference)
    return str(reference)


def discard(history: History, person: Person) -> str | None:
    with person.desk.session.store.read() as reader:
        waiting = records.waiting(reader)
    if not waiting:
        return None
    reference = history.rng.choice(waiting).reference
    history.meddled.add(reference)
    person.desk.discard(reference)
    return str(reference)


def restore(history: History, person: Person) -> str | None:
    lines = person.desk.history()
    if not lines:
        return None
    line = history.rng.choice(lines)
    history.meddled.add(line.reference)
    person.desk.restore(line)
    return f"{line.reference} {line.field} {line.lost}"


def untrack(history: History, person: Person) -> str | None:
    seen = [each for each in _seen(history, person) if each.entity == "contact" and each.state.value != "private"]
    if not seen:
        return None
    reference = history.rng.choice(seen).reference
    history.meddled.add(reference)
    person.desk.session.do(lambda tx: track.untrack(tx, "contact", [reference.id]))
    for spot in [each for each in person.wants if each.reference == reference]:
        del person.wants[spot]  # it is in the private copy now, under another id
    return str(reference)


def track_one(history: History, person: Person) -> str | None:
    seen = [each for each in _seen(history, person) if each.state.value == "private"]
    if not seen:
        return None
    reference = history.rng.choice(seen).reference
    history.meddled.add(reference)
    person.desk.session.do(lambda tx: track.track(tx, "contact", [reference.id]))
    return str(reference)


def answer(history: History, person: Person) -> str | None:
    found = person.desk.problems()
    if not found:
        return None
    problem = history.rng.choice(found)
    choice = history.rng.choice(problem.choices)
    if choice == "use":
        candidates = problem.details["candidates"]
        choice = f"use:{history.rng.choice(candidates)['id']}" if candidates else "create"
    history.meddled.add(problem.reference)
    person.desk.session.do(lambda tx: resolve.resolve(tx, problem.id, choice))
    return f"{problem.kind} of {problem.reference}: {choice}"


def sync(history: History, person: Person) -> str:
    return str(person.desk.sync())


def push(history: History, person: Person) -> str:
    return str(person.desk.session.push())


def go_online(history: History, person: Person) -> str:
    return str(person.desk.session.go_online())


def go_offline(history: History, person: Person) -> str:
    return str(person.desk.session.go_offline(now=history.rng.random() < 0.5))


def network_fails(history: History, person: Person) -> str:
    person.trouble = history.rng.choice((0.0, 0.2, 0.5, 0.8))
    return str(person.trouble)


def program_starts_again(history: History, person: Person) -> None:
    person.desk.start_again()


def time_passes(history: History, person: Person) -> str:
    seconds = history.rng.choice((1, 30, 400, 4000, 40_000, 8 * 24 * 3600))
    history.office.clock.advance(seconds)
    return f"{seconds} s"


def choose_group(history: History, person: Person) -> str:
    entity = history.rng.choice(list(GROUPS))
    text = history.rng.choice(GROUPS[entity])
    person.desk.group(entity, text)
    return f"{entity}: {text}"


def choose_policy(history: History, person: Person) -> str:
    name, choices = history.rng.choice(
        (("conflict", ("mine", "theirs", "ask")), ("duplicates", ("ask", "create", "skip")))
    )
    text = history.rng.choice(choices)
    person.desk.option(name, text)
    if (name, text) == ("conflict", "mine"):
        return "conflict mine"
    return f"{name} {text}"


DEEDS: dict[Callable[[History, Person], str | None], int] = {
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


# ---- the place


class _Watched(httpx.BaseTransport):
    """Tells of each request that reached the server, before its answer goes back."""

    def __init__(self, inner: httpx.BaseTransport, told: Callable[[], None]) -> None:
        self._inner, self._told = inner, told

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.method != "GET":
            self._told()
        return answer


_PLACES = tempfile.TemporaryDirectory(
    prefix="crmdesk-histories-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
)
atexit.register(_PLACES.cleanup)


@cache
def _prepared() -> tuple[Path, dict[str, MemorySecrets]]:
    """An office whose people are signed in."""
    folder = Path(_PLACES.name) / "prepared"
    office = Office(folder, Clock(NOON))
    secrets = {name: office.desk(user, name, contact="true", account="true").secrets for user, name in DESKS}
    office.close()
    return folder, secrets


@contextlib.contextmanager
def history(seed: int) -> Iterator[History]:
    """The history of that seed, before it begins."""
    rng = random.Random(seed)
    prepared, secrets = _prepared()
    folder = Path(_PLACES.name) / f"history-{seed}"
    shutil.copytree(prepared, folder)
    office = Office(folder, Clock(NOON))
    many = rng.choice((2, 2, 3))
    people = [Person(office.take(user, name, secrets[name]), name) for user, name in DESKS[:many]]
    made = History(seed, office, people, rng)
    for person in people:
        person.desk.network.inner = _Watched(office.server.transport, partial(made.delivered, person))
        for entity, texts in GROUPS.items():
            person.desk.group(entity, rng.choice(texts))
    _mend(made)
    ids = random.Random(seed)
    with mock.patch("uuid.uuid4", side_effect=lambda: uuid.UUID(int=ids.getrandbits(128), version=4)):
        yield made
    office.close()
    shutil.rmtree(folder)


def _mend(made: History) -> None:
    for person in made.people:
        person.desk.network.decide = partial(made.meet, person)


def tell(seed: int, steps: int = 35) -> None:
    """Live the history of a seed to its end and check the laws. What is raised has the history's story as a note."""
    with history(seed) as made:
        try:
            made.live(steps)
            made.rest()
            made.check()
        except BaseException as error:
            story = "\n".join(made.told)
            error.add_note(f"History {seed}:\n{story}")
            raise


def hunt(first: int, last: int) -> None:
    """Live many histories and print the seeds of those that break a law."""
    for seed in range(first, last):
        try:
            tell(seed)
        except Broken as error:
            print(f"{seed}: {error}", flush=True)


if __name__ == "__main__":
    hunt(int(sys.argv[1]), int(sys.argv[2]))
