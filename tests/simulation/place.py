"""Where histories take place: an office whose people are signed in, copied for each from one that was prepared."""

from __future__ import annotations

import atexit
import contextlib
import random
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from crmdesk.session.session import DATABASE
from crmdesk.sync import push
from tests.simulation.disk import Disk
from tests.simulation.events import GROUPS
from tests.simulation.journal import Journal
from tests.simulation.people import Person
from tests.simulation.rights import Rights
from tests.simulation.story import Story
from tests.support.builders import MemorySecrets, Office
from tests.support.clock import NOON, Clock

DESKS = (("ann", "ann"), ("ben", "ben"), ("ann", "laptop"), ("cleo", "cleo"), ("ben", "tablet"))
"""(user, desk): two of them have two computers."""


class _Watched(httpx.BaseTransport):
    """Tells of each request that reached the server, before its answer goes back."""

    def __init__(self, inner: httpx.BaseTransport, told: Callable[[], None]) -> None:
        self._inner, self._told = inner, told

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.method != "GET":
            self._told()
        return answer


KEPT = ("contact", "account", "task")
"""Of these everybody has everything at first."""
_PLACES = tempfile.TemporaryDirectory(
    prefix="crmdesk-histories-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
)
atexit.register(_PLACES.cleanup)


@cache
def _prepared() -> tuple[Path, dict[str, MemorySecrets]]:
    """People who have worked for a while, with some records that all of them have; nothing waits."""
    folder = Path(_PLACES.name) / "prepared"
    with _ids_from("what was prepared"):
        return folder, _make_ready(Office(folder, Clock(NOON)))


def _make_ready(office: Office) -> dict[str, MemorySecrets]:
    desks = {name: office.desk(user, name, **dict.fromkeys(KEPT, "true")) for user, name in DESKS}
    ann = desks["ann"]
    for number in range(2):
        account = ann.make("account", name=f"account {number}", accountnumber=f"number {number}")
        ann.make("contact", lastname=f"contact {number}", jobtitle=f"title {number}", parentcustomerid=str(account))
    ann.make("task", subject="task", regardingobjectid=str(account))
    for desk in (*desks.values(), ann):
        desk.sync()
    office.close()
    return {name: desk.secrets for name, desk in desks.items()}


@contextlib.contextmanager
def _ids_from(seed: object) -> Iterator[None]:
    """New ids follow from the seed too."""
    ids = random.Random(f"ids of {seed}")  # no history meets the ids of another
    with mock.patch("uuid.uuid4", side_effect=lambda: uuid.UUID(int=ids.getrandbits(128), version=4)):
        yield


class _AtOnce(Executor):
    """What is given away to be done meanwhile is done at once: the earliest that it could be, and always the same."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done = Future[Any]()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


@contextlib.contextmanager
def _waves_of(most: int) -> Iterator[None]:
    """How much travels in a request: where that is little, one wave leaves before the last is written down."""
    with mock.patch.object(push, "WAVE", most), mock.patch.object(push, "ThreadPoolExecutor", return_value=_AtOnce()):
        yield


@contextlib.contextmanager
def place(seed: int) -> Iterator[Story]:
    """The history of that seed, before it begins."""
    rng = random.Random(seed)
    prepared, secrets = _prepared()
    folder = Path(_PLACES.name) / f"history-{seed}"
    desks = DESKS[: rng.choices((2, 3, 4, 5), (6, 3, 1, 1))[0]]
    for each in ("server", *(name for _, name in desks)):
        shutil.copytree(prepared / each, folder / each)
    office = Office(folder, Clock(NOON))
    people = [
        Person(
            office.take(user, name, secrets[name]), name, office.server.add_user(user), Disk(folder / name / DATABASE)
        )
        for user, name in desks
    ]
    rights = Rights(office.server.database)
    story = Story(seed, office, people, rng, Journal(office.server.database), rights)
    for person in people:
        for entity, texts in GROUPS.items():
            if rng.random() < 0.2:
                person.desk.group(entity, rng.choice(texts))
        person.desk.network.inner = _Watched(office.server.transport, partial(story.delivered, person))
        person.desk.network.decide = partial(story.meets, person)
        person.disk.meets = partial(story.commits, person)
    story.journal.look()
    try:
        with _ids_from(seed), rights.hold(), _waves_of(random.Random(f"waves of {seed}").choice((1, 2, push.WAVE))):
            yield story
    finally:
        for person in people:
            person.disk.forget()
        office.close()
        shutil.rmtree(folder)
