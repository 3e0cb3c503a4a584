"""Stories of programs that are killed in the middle of real work, and the laws that hold when the last one has ended.

Ann's client and the server are processes on real files. Ben changes the server's records meanwhile, Ann her own; each
record of the pool is used for one thing only, so that it is known to the letter what must come of it. Who is killed,
and when, is chosen by the seed: at a beat (programs.py) within the measured length of the run. Beats fall where the
scheduler lets them, so a seed tells the story again but not always its end.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from crmdesk.actions import choose, edit
from crmdesk.crm.client import Client, Create, Delete, Deleted, Page, Read, Row, Update, Write
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.model.changes import Changes
from crmdesk.model.query import Query
from crmdesk.model.record import Reference, Value, new_id
from crmdesk.model.words import LOCAL_ENTITIES
from crmdesk.secrets import FileSecrets
from crmdesk.server import run
from crmdesk.server.database import open_database
from crmdesk.server.security import create_user_record
from crmdesk.session.connection import ConnectionState
from crmdesk.session.session import DATABASE, Session
from crmdesk.sql.folding import teach_folding
from crmdesk.store import history, local_data, outbox, problems, records
from crmdesk.store.store import Transaction
from tests.kills.programs import Nursery, Program

POOL = 1600  # tasks that are on the server before anything happens
KEPT = ("task", "account")  # what Ann has of the server
SOME, ALL = "contains(subject,'7')", "true"  # groups of Ann's tasks
LATER = 75  # the exit code of a command that could not reach the server: everything is kept
VICTIMS = ("client", "client", "server", "both")


class Kind(NamedTuple):
    """What goes on while somebody is killed."""

    words: str
    deeds: int = 20  # of each sort, before every run
    connected_only: bool = False  # Ann has synchronised nothing yet
    chooses_groups: bool = False
    goes_offline: bool = False


KINDS = (
    Kind("a first synchronisation", deeds=6, connected_only=True),
    Kind("going online with much that waits", deeds=30),
    Kind("going offline", goes_offline=True),
    Kind("a background update"),
    Kind("a group that shrinks and grows again", deeds=6, chooses_groups=True),
)


class Broken(AssertionError):
    """A law does not hold."""


def require(holds: bool, words: object) -> None:
    if not holds:
        raise Broken(words)


@dataclass
class Expected:
    """What must be on the server at the end, and what Ann's history must tell."""

    tasks: dict[str, dict[str, Value]] = field(default_factory=dict)  # id -> the fields that we know
    accounts: dict[str, str] = field(default_factory=dict)  # id -> name
    lost: Counter[tuple[str, str | None, Value]] = field(default_factory=Counter)  # record, field, value
    perhaps_lost: set[str] = field(default_factory=set)  # deleted by Ben, when they were perhaps not here any more


class Workshop:
    """What all stories begin with, made once: a server with a pool of records, Ann's profile fresh and synchronised.

    One story at a time: all use the same port. Close it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nursery = Nursery()
        self.secrets = str(folder / "secrets")
        self._place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # keeps the port ours between two servers
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self.port: int = self._place.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.tokens: dict[str, str] = {}
        self.beats: dict[tuple[str, str], int] = {}
        self.pool = [new_id() for _ in range(POOL)]
        self._prepare(folder / "prepared")

    def close(self) -> None:
        self._place.close()

    def _prepare(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        database = str(folder / "server.sqlite")
        opened = open_database(database)
        with opened.writing() as transaction:
            for user in ("ann", "ben"):
                create_user_record(transaction, user)
        opened.close()
        self.tokens = {user: run.make_token(database, user) for user in ("ann", "ben")}
        server = self.nursery.server(database, self.port)
        client = self.client("ben")
        made = client.write([Create("task", key, {"subject": f"task {n}"}) for n, key in enumerate(self.pool)])
        require(all(isinstance(each, Row) for each in made), "the pool")
        client.close()
        for name in ("fresh", "synchronised"):
            session = self.session(folder / name)
            session.connect_with_token(self.url, self.tokens["ann"])
            for entity in LOCAL_ENTITIES:
                session.do(partial(choose.set_group, kind=entity, text=ALL if entity in KEPT else "false"))
            if name == "synchronised":
                session.go_offline()
            session.close()
        server.process.terminate()
        server.end()

    def client(self, user: str) -> Client:
        return Client(self.url, TokenCredentials(self.tokens[user]))

    def session(self, profile: Path) -> Session:
        secrets = FileSecrets(Path(self.secrets), str(profile.resolve()))
        secrets.set(self.url, "token", self.tokens["ann"])
        return Session(profile, secrets=secrets)


@dataclass
class Story:
    """One profile and one server, and what happens to them."""

    workshop: Workshop
    kind: Kind
    folder: Path
    dice: random.Random
    expected: Expected = field(default_factory=Expected)
    told: list[str] = field(default_factory=list)
    kills: int = 0
    _numbers: int = 0

    def __post_init__(self) -> None:
        prepared = self.workshop.folder / "prepared"
        self.folder.mkdir()
        for each in prepared.glob("server.sqlite*"):
            shutil.copy(each, self.folder)
        shutil.copytree(prepared / ("fresh" if self.kind.connected_only else "synchronised"), self.profile)
        self.expected.tasks = {key: {"subject": f"task {n}"} for n, key in enumerate(self.workshop.pool)}
        self.free = list(self.workshop.pool)
        self.dice.shuffle(self.free)
        self.server = self._start_server()

    @property
    def profile(self) -> Path:
        return self.folder / "ann"

    @property
    def database(self) -> Path:
        return self.folder / "server.sqlite"

    @cached_property
    def ben(self) -> Client:
        return self.workshop.client("ben")

    def close(self) -> None:
        self.ben.close()
        self.server.kill()
        shutil.rmtree(self.folder)

    # ---- what people do

    def people_work(self) -> None:
        """Before a run: Ben on the server, Ann on her computer, without having heard of it."""
        many = self.kind.deeds
        with contextlib.closing(self.workshop.session(self.profile)) as session:
            with session.store.read() as reader:
                here = set(local_data.versions(reader, "task", self.free))
            mine = [key for key in self.free if key in here][: 5 * many]
            self.free = [key for key in self.free if key not in set(mine)]
            parts = [mine[start : start + many] for start in range(0, len(mine), many)]
            changed, both, clashing, removed, bens = (parts + [[]] * 5)[:5]
            writes = [
                *self._ben_changes(both, "percentcomplete"),
                *self._ben_changes(clashing, "description"),
                *self._ben_removes(bens),
                *self._ben_changes(self._others(many), "description"),
            ]
            session.do(lambda tx: self._ann_works(tx, changed + both + clashing, removed, many))
            if self.kind.chooses_groups:
                group = self.dice.choice((SOME, ALL))
                session.do(lambda tx: choose.set_group(tx, "task", group))
        for outcome in self.ben.write(writes) if writes else ():
            require(isinstance(outcome, Row | Deleted), outcome)
        self.told.append(f"Ann changes {len(changed + both + clashing)}, removes {len(removed)}; Ben {len(writes)}")

    def _others(self, many: int) -> list[str]:
        found, self.free = self.free[:many], self.free[many:]
        return found

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _ben_changes(self, keys: Sequence[str], name: str) -> Iterator[Write]:
        for key in keys:
            value: Value = self._number() if name == "percentcomplete" else f"ben's {self._number()}"
            self.expected.tasks[key][name] = value
            yield Update("task", key, {name: value}, "*")

    def _ben_removes(self, keys: Sequence[str]) -> Iterator[Write]:
        for key in keys:
            subject = self.expected.tasks.pop(key)["subject"]
            if self.kind.chooses_groups:
                self.expected.perhaps_lost.add(key)
            else:
                self.expected.lost[key, None, subject] += 1
            yield Delete("task", key)

    def _ann_works(self, tx: Transaction, changed: Sequence[str], removed: Sequence[str], many: int) -> Changes:
        expected = self.expected
        done = Changes()
        for key in changed:
            value = f"ann's {self._number()}"
            theirs = expected.tasks[key].get("description")
            if theirs is not None:
                expected.lost[key, "description", theirs] += 1
            expected.tasks[key]["description"] = value
            done |= edit.change(tx, Reference("task", key), {"description": value})
        for key in removed:
            expected.lost[key, None, expected.tasks.pop(key)["subject"]] += 1
            done |= edit.remove(tx, Reference("task", key))
        for _ in range(many // 4):
            name = f"account {self._number()}"
            account = edit.create(tx, "account", {"name": name})
            expected.accounts[str(account.result)] = name
            done |= account
            for _ in range(4):
                values = {"subject": f"made {self._number()}", "regardingobjectid": f"account:{account.result}"}
                made = edit.create(tx, "task", values, track=True)
                expected.tasks[str(made.result)] = dict(values)
                done |= made
        return done

    # ---- what happens to the programs

    def measure(self) -> None:
        """A whole run, to know how many beats it has."""
        self.people_work()
        heard = self._beats_of_the_server()
        client = self._begin()
        require(client.end() == 0, "a run that nobody disturbs is done")
        self.workshop.beats[self.kind.words, "client"] = client.beats
        self.workshop.beats[self.kind.words, "server"] = self._beats_of_the_server() - heard

    def kill_somebody(self) -> None:
        """People work, a run begins, and somebody is killed in the middle of it."""
        self.people_work()
        victim = self.dice.choice(VICTIMS)
        listened_to = "client" if victim == "both" else victim
        moment = self.dice.randrange(1, self.workshop.beats[self.kind.words, listened_to])
        server_beats = self._beats_of_the_server()
        client = self._begin()
        alive = client.beat(moment) if listened_to == "client" else self._server_beat(server_beats + moment, client)
        self.told.append(f"the {victim} is killed at beat {moment}" if alive else f"it ended before beat {moment}")
        if victim != "client" and alive:
            self.kills += self.server.kill()
            opens(self.database)
            if victim == "server":
                self.server = self._start_server()
        if victim == "server":
            code = client.end()
            require(code in (0, LATER), f"the client ended with {code}")
        else:
            self.kills += client.kill() if alive else client.end() < 0
        if victim == "both" and alive:
            self.server = self._start_server()
        self._is_sound()

    def _start_server(self) -> Program:
        return self.workshop.nursery.server(str(self.database), self.workshop.port)

    def _begin(self) -> Program:
        with contextlib.closing(self.workshop.session(self.profile)) as session:
            state = session.status().state
        word = "sync"
        if state is ConnectionState.OFFLINE:
            word = "online"
        elif self.kind.goes_offline:
            word = "offline"
        self.told.append(f"crmdesk {word}")
        return self.workshop.nursery.client(self.workshop.secrets, "--profile", str(self.profile), word)

    def _beats_of_the_server(self) -> int:
        return self.server.beats_so_far()

    def _server_beat(self, number: int, client: Program) -> bool:
        """Wait for a beat of the server while the client runs."""
        while self.server.beats_so_far() < number:
            if client.has_ended(0.001):
                return False
        return True

    def _is_sound(self) -> None:
        opens(self.profile / DATABASE)
        with contextlib.closing(self.workshop.session(self.profile)) as session:
            require(session.status().problems == 0, "there are problems")

    # ---- the end

    def rest(self) -> None:
        """Nobody is killed any more: two runs, and nothing is left to do."""
        with contextlib.closing(self.workshop.session(self.profile)) as session:
            session.do(lambda tx: choose.set_group(tx, "task", ALL))
            session.go_online()
            session.sync()
            report = session.sync()
            nothing = (report.pulled, report.pushed, report.erased, report.requests)
            require(nothing == (0, 0, 0, 1), f"they do not come to rest: {report}")
            self._laws(session)

    def _laws(self, session: Session) -> None:
        there = {entity: self._all(entity) for entity in KEPT}
        subjects = Counter(row.values["subject"] for row in there["task"].values())
        require(max(subjects.values()) == 1, f"twice: {[each for each, many in subjects.items() if many > 1]}")
        require(there["task"].keys() == self.expected.tasks.keys(), "a task is lost, or there although it is deleted")
        for key, values in self.expected.tasks.items():
            now = {name: there["task"][key].values[name] for name in values}
            require(now == values, f"task {key} has {now}, not {values}")
        names = {key: row.values["name"] for key, row in there["account"].items()}
        require(names == self.expected.accounts, "the accounts are not those that were made")
        with session.store.read() as reader:
            waiting = outbox.entries(reader), local_data.leaving(reader), local_data.wanted(reader)
            require(waiting == ([], [], {}), f"left over: {waiting}")
            require(problems.open_problems(reader) == [], "there are problems")
            for entity, rows in there.items():
                here = records.stored_many(reader, entity, list(rows))
                require(here.keys() == rows.keys(), f"not every {entity} is here")
                require(local_data.group_size(reader, entity)[0] == len(rows), f"another number of {entity} is here")
                for key, local in here.items():
                    require(local.version == rows[key].version and not local.edits, f"{local} is not as on the server")
            lines = Counter(
                (line.record, line.field, line.lost if line.field else line.lost["subject"])
                for line in history.lines(reader, limit=10_000)
            )
        perhaps = {each: many for each, many in lines.items() if each[0] in self.expected.perhaps_lost}
        require(all(many == 1 for many in perhaps.values()), f"told twice: {perhaps}")
        told = lines - Counter(perhaps)
        require(told == self.expected.lost, f"history: {told - self.expected.lost}, not {self.expected.lost - told}")
        opens(self.profile / DATABASE)
        opens(self.database)

    def _all(self, entity: str) -> dict[str, Row]:
        found: dict[str, Row] = {}
        read: Read | None = Read(query=Query(entity))
        while read is not None:
            (page,) = self.ben.ask([read])
            assert isinstance(page, Page), page
            found.update((row.id, row) for row in page.rows)
            read = Read(link=page.next_link, entity=entity) if page.next_link else None
        return found


def opens(database: Path) -> None:
    """Without a warning, and whole."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        teach_folding(connection)
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
    require(said == "ok", f"{database.name}: {said}")


def tell(workshop: Workshop, kind: Kind, seed: int, kills: int) -> int:
    """A story in which so many programs are killed at least; how many it were. Raises Broken, the story as a note."""
    if (kind.words, "client") not in workshop.beats:
        with _story(workshop, kind, 0) as measured:
            measured.measure()
    with _story(workshop, kind, seed) as story:
        for _ in range(3 * kills):  # some runs end before their moment comes
            if story.kills < kills:
                story.kill_somebody()
        story.rest()
        return story.kills


@contextlib.contextmanager
def _story(workshop: Workshop, kind: Kind, seed: int) -> Iterator[Story]:
    story = Story(workshop, kind, workshop.folder / f"story-{os.urandom(4).hex()}", random.Random(seed))
    try:
        yield story
    except BaseException as error:
        error.add_note(f"{kind.words}, seed {seed}: " + "; ".join(story.told))
        raise
    finally:
        story.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Tell stories until so many programs were killed; those in which a law was broken are printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first story")
    asked = parser.parse_args(arguments)
    killed, seed, broken, began = 0, asked.seed, 0, time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="crmdesk-kills-") as folder,
        contextlib.closing(Workshop(Path(folder))) as workshop,
    ):
        while killed < asked.kills:
            kind = KINDS[seed % len(KINDS)]
            try:
                killed += tell(workshop, kind, seed, kills=6)
            except Broken as error:
                broken += 1
                print(f"seed {seed}: {error}\n{' '.join(error.__notes__)}", flush=True)
            seed += 1
    print(f"{killed} killed in {seed - asked.seed} stories, {broken} broken, {time.monotonic() - began:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
