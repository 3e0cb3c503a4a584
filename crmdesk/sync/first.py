"""The first synchronisation: useful from its first second, and true about how much is to come.

What comes first, each once:

    1  how many records the groups hold         one request with 2: counts are told before anything is waited for
    2  my appointments of the next seven days   at most 250 of a kind, those of today first
       my open tasks and phone calls            those that are due soonest first
    3  whom and what these are about            people, then their accounts
    4  the groups, one after the other          page by page, each with its bookmark: a stop costs one page

What 2 and 3 brought is brought again by 4 and costs nothing then: it has the same version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from crmdesk.crm.client import Client, Page
from crmdesk.model.query import EVERYTHING, Column, Compare, Filter, Order, Query, Relative, both
from crmdesk.model.record import Reference, Value, references
from crmdesk.model.words import ENTITIES
from crmdesk.sync.report import Progress
from crmdesk.texts import tr

COUNT_CAP = 5000
"""Dataverse counts the answers of a question no further."""
_LONG_ENOUGH = 1.0  # seconds: what was quicker is no slow line
_SECONDS_A_PAGE = 10
_BYTES_A_ROW = 150  # of an answer, packed: measured with the sample organisation
_SMALLEST_PAGE, _USUAL_PAGE = 100, 1000
_MOST = 250  # activities of a kind that come before everything else
_WEEK = timedelta(days=7)
_SOONEST = {"appointment": "scheduledstart", "task": "scheduledend", "phonecall": "scheduledend"}


class Asked(Protocol):
    """A group that is read for the first time."""

    @property
    def entity(self) -> str: ...

    @property
    def filter(self) -> Filter: ...


class Expected:
    """How much is to come, and how it goes.

    `counts`: entity -> records of its group; None: more than can be counted. `before`: entity -> what earlier runs
    have brought already. `timer`: seconds, monotonic.
    """

    def __init__(self, counts: Mapping[str, int | None], before: Mapping[str, int], timer: Callable[[], float]) -> None:
        self.counts, self._before, self._timer = counts, before, timer
        self._fresh: dict[str, int] = {}
        self._began = timer()

    def progress(self, entity: str, fresh: int) -> Progress:
        """`fresh`: how many of the entity's records this run has brought so far."""
        self._fresh[entity] = fresh
        done = sum(self._before.values()) + self.fresh
        words = tr("First synchronisation: {kind}", kind=tr(ENTITIES[entity].plural))
        if self.total is None:
            return Progress(words, done)
        total, seconds = max(self.total, done), self._timer() - self._began
        left = (total - done) * seconds / self.fresh if self.fresh and seconds > 0 else None
        return Progress(words, done, total, left)

    @property
    def fresh(self) -> int:
        return sum(self._fresh.values())

    @property
    def total(self) -> int | None:
        known = [each for each in self.counts.values() if each is not None]
        return sum(known) if len(known) == len(self.counts) else None


def page_size(received: int, seconds: float) -> int | None:
    """Rows a page, on a line that brought so many bytes in so many seconds; None: as usual.

    A page is what a cut costs and what must arrive before anything is seen of it: some seconds' worth.
    """
    if seconds < _LONG_ENOUGH or received == 0:
        return None
    rows_in_time = int(received / seconds * _SECONDS_A_PAGE / _BYTES_A_ROW)
    return max(_SMALLEST_PAGE, rows_in_time) if rows_in_time < _USUAL_PAGE else None


def worth_questions(groups: Iterable[Asked], now: datetime) -> list[Query]:
    """What comes before everything else, of the groups that are read for the first time."""
    return [_soonest(each, now) for each in groups if each.entity in _SOONEST]


def _soonest(group: Asked, now: datetime) -> Query:
    when = Column(_SOONEST[group.entity])
    mine = Relative("EqualUserId", Column("ownerid"))
    if group.entity == "appointment":
        # what began before may still go on; a day more, as the person's day is not the server's
        today = Compare(Column("scheduledend"), "ge", _text(now - timedelta(days=1)))
        wanted = both(group.filter, mine, today, Compare(when, "lt", _text(now + _WEEK)))
    else:
        wanted = both(group.filter, mine, Compare(Column("statecode"), "eq", 0))
    return Query(group.entity, filter=wanted, order=(Order(when),), top=_MOST)


def count_questions(groups: Sequence[Asked]) -> list[Query]:
    return [
        Query(each.entity, select=(ENTITIES[each.entity].id_field,), filter=each.filter, top=1, count=True)
        for each in groups
    ]


def counts(client: Client, groups: Sequence[Asked], answers: Sequence[object]) -> dict[str, int | None]:
    """Entity -> how many, from the answers to count_questions(); large tables are asked about in another way."""
    found: dict[str, int | None] = {}
    for group, answer in zip(groups, answers, strict=True):
        count = answer.count if isinstance(answer, Page) else None
        found[group.entity] = None if count is None or count >= COUNT_CAP else count
    large = [each.entity for each in groups if found[each.entity] is None and each.filter == EVERYTHING]
    if large:
        found.update(client.table_sizes(large))
    return found


def about(entity: str, bases: Iterable[Mapping[str, Value]]) -> list[Reference]:
    """Whom and what these records are about: what they point at, and the people who take part."""
    kind = ENTITIES[entity]
    return list(dict.fromkeys(target for base in bases for target in references(kind, base)))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
