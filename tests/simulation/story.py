"""A history: who does what when, and what the network, the disk and the power do meanwhile. All follows from a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx

from crmdesk.actions.refusal import Refusal
from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference
from crmdesk.store.errors import StoreFull
from crmdesk.store.problems import Problem
from tests.simulation import disk
from tests.simulation.journal import Journal, Overwritten
from tests.simulation.people import Killed, Person
from tests.simulation.rights import Rights
from tests.support.builders import Office
from tests.support.lossy import BUSY, FAILED, GATEWAY, THROTTLED, Answered, Fault, Loss

FAULTS: tuple[Fault, ...] = (*Loss, BUSY, THROTTLED, FAILED, GATEWAY, Answered(401))
ROUNDS = 14  # in which everybody must have come to rest
TRIES = 3  # of a refused record, at rest
MEANWHILE = 0.15  # how likely somebody does something while a request or its answer is on its way


class Broken(AssertionError):
    """A law does not hold."""


def require(holds: bool, words: str) -> None:
    if not holds:
        raise Broken(words)


@dataclass
class Story:
    """One history under way. `told` is what happened so far, a line each."""

    seed: int
    office: Office
    people: list[Person]
    rng: random.Random
    journal: Journal
    rights: Rights
    told: list[str] = field(default_factory=list)
    words: int = 0
    messages: list[tuple[bytes, str, str]] = field(default_factory=list)  # (as it came, its id, its subject)
    copied: set[str] = field(default_factory=set)  # values that stand in a private copy of a record too
    unseen: list[str] = field(default_factory=list)
    meddled: set[Reference] = field(default_factory=set)  # what more than plain edits happened to
    tried: Counter[Reference] = field(default_factory=Counter)  # how often, at rest
    resting: bool = False

    def word(self) -> str:
        """One that nobody wrote before."""
        self.words += 1
        return f"v{self.words}"

    # ---- what happens

    def does(self, person: Person, deed: Deed) -> None:
        """A person does something; a program that dies over it is started again."""
        begun = len(self.told)
        self.told.append(f"{person.name}: {deed.__name__} …")
        try:
            said = deed(self, person) or ""
        except Refusal as error:
            said = f"refused: {error}"
        except (CrmError, StoreFull) as error:
            said = f"{type(error).__name__}: {error}"
        except Killed:
            if person.at_work:
                raise  # inside a request of theirs: the whole program dies
            said = self.start_again(person)
        self.told[begun] += f" {said}"

    def start_again(self, person: Person) -> str:
        """Of a dead program, or of one in order: what is on the disk is all that is left."""
        power = self.rng.random() < 0.3
        put_back = person.disk.after_power_cut(self.rng) if power else person.disk.opened_again
        person.desk.session.close()
        put_back()
        person.dead = False
        person.desk.start_again()
        return "the power fails" if power else "dies"

    def meets(self, person: Person, request: httpx.Request) -> Fault | None:
        """A request leaves: what does it meet?"""
        self._alive(person)
        self._meanwhile(person)
        self._may_die(person)
        if self.rng.random() < person.trouble:
            fault = self.rng.choice(FAULTS)
            self.told.append(f"    {person.name}'s request meets {fault}")
            return fault
        return None

    def delivered(self, person: Person) -> None:
        """The server did what a request of theirs asked; its answer is not there yet."""
        for each in self.journal.look():
            self._overwritten(person, each)
        self._meanwhile(person)
        self._may_die(person)

    def commits(self, person: Person) -> None:
        """The local database is about to commit."""
        self._alive(person)
        if person.trouble and not self.resting:
            if self.rng.random() < person.trouble / 12:
                self.told.append(f"    {person.name}'s disk is full")
                disk.full()
            self._may_die(person)

    def _alive(self, person: Person) -> None:
        if person.dead:
            raise Killed  # nothing that ends in order happens to a program that is dead

    def _may_die(self, person: Person) -> None:
        if self.rng.random() < person.trouble / 8:
            person.dead = True
            raise Killed

    def _meanwhile(self, person: Person) -> None:
        """While a request or its answer is on its way, others work, and so does the person."""
        if self.resting or any(each.at_work for each in self.people) or self.rng.random() > MEANWHILE:
            return
        person.at_work = True
        try:
            self.meanwhile(self)
        finally:
            person.at_work = False

    meanwhile: Callable[[Story], None] = lambda story: None

    def _overwritten(self, person: Person, what: Overwritten) -> None:
        """Had they seen what they overwrote?"""
        spot, old = what
        if spot.reference.entity == "activitymimeattachment":
            return  # it goes with its mail
        if old in person.wrote.get(spot, ()) or old in person.remembered():
            return
        stored = person.desk.stored(spot.reference)
        change = stored.edits.get(spot.field) if stored else None
        if change is not None and change.agreed == old:
            return
        # the change itself may have been discarded while it was on its way: it was made on what base still has
        sent = stored is not None and any(spot.field in attempt.fields for attempt in stored.sent)
        if stored is None or not sent or (stored.base or {}).get(spot.field) != old:
            self.unseen.append(f"{person.name} overwrote {old!r} in {spot} without having seen it")

    # ---- the end

    def rest(self, answer: Deed, go_online: Deed) -> None:
        """The network is mended, everybody answers every question and synchronises until nothing is left to do."""
        self.resting = True
        for person in self.people:
            person.trouble = 0.0
        heard: dict[str, int] = {}  # the server's version as everybody's last synchronising began
        for _ in range(ROUNDS):
            self.office.clock.advance(2 * 3600)
            for person in self.people:
                if heard.get(person.name) != self.version or not self._is_done(person):
                    heard[person.name] = self.version
                    if self._synchronise(person, answer, go_online):
                        del heard[person.name]
            if all(heard.get(person.name) == self.version and self._is_done(person) for person in self.people):
                return
        raise Broken("they do not come to rest")

    def worth_trying(self, problem: Problem) -> Sequence[str]:
        """The choices of a question. At rest nobody asks a server for the fourth time that has refused three times:
        what it refuses while nothing changes any more, it refuses for ever."""
        if not self.resting or "retry" not in problem.choices:
            return problem.choices
        self.tried[problem.reference] += 1
        return [each for each in problem.choices if each != "retry" or self.tried[problem.reference] <= TRIES]

    @property
    def version(self) -> int:
        """Of the last change on the server."""
        with self.office.server.database.reading() as snapshot:
            return snapshot.version

    def _is_done(self, person: Person) -> bool:
        return not person.desk.problems() and person.desk.waiting() == 0

    def _synchronise(self, person: Person, answer: Deed, go_online: Deed) -> bool:
        """Synchronise, and answer what is asked then; whether anything was."""
        self.does(person, go_online)
        asked = False
        while person.desk.problems():
            asked = True
            self.does(person, answer)
        return asked


Deed: TypeAlias = Callable[[Story, Person], str | None]
