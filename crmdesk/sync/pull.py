"""Bringing the server's changes down.

Every entity that is kept locally has up to two feeds: its local data group, and the extras, which are records kept for
another reason (copied to the person's own, or referred to). A whole table is followed by delta links; everything else
by a watermark of the server's time and a look at count and newest change, which tells when ids must be compared
(a sweep). The first questions of all feeds travel in one $batch, so a run that finds nothing costs one request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from crmdesk.crm.client import Client, Page, Read, Removed
from crmdesk.crm.errors import CrmError, DeltaExpired, Refused
from crmdesk.model.query import EVERYTHING, Column, Compare, Constant, Filter, In, Order, Query, both
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.odata.filters import parse_filter
from crmdesk.store import local_data, problems, record_tables, records
from crmdesk.store.local_data import EXTRAS, GROUP, Bookmark
from crmdesk.store.store import Reader, Store, Transaction
from crmdesk.sync import apply, first
from crmdesk.sync.first import COUNT_CAP
from crmdesk.sync.merge import Departure
from crmdesk.sync.report import Hooks, Progress, Tally

PAGE = 1000
LARGE = 20_000  # records of a group that are brought without the indexes that only sorting and looking up need
CALM = 1.0  # seconds between two times that lists are told of what a large page brings
AHEAD = 500  # rows of a page that are worth asking for the next one while they are applied
SLICE = 500  # rows a transaction, so that nobody waits for the writer
BEFORE_THE_LOAD = 0  # the number of no load: rows that came before their group's turn
IDS = 1000  # ids asked for in one question
OVERLAP = timedelta(minutes=5)  # writes that were under way when the last watermark was taken
SWEEP = timedelta(hours=1)
Settle: TypeAlias = Callable[[Transaction, Bookmark], Bookmark]
FEW = 20  # a reload that misses no more than these never asks


class Stopped(Exception):
    """The person cancelled, or the program closes. Everything applied is kept; the next run goes on from here."""


@dataclass(frozen=True)
class Feed:
    """One feed's question of this run, and where it stands."""

    mark: Bookmark
    filter: Filter
    delta: bool
    changed: bool = False  # the group was read whole with another filter: a sweep brings what is not here

    @property
    def entity(self) -> str:
        return self.mark.entity

    @property
    def is_group(self) -> bool:
        return self.mark.feed == GROUP

    @property
    def page(self) -> int:
        """Rows a page."""
        return self.mark.page or PAGE

    @property
    def is_new(self) -> bool:
        """Whether the group was never read whole."""
        return self.is_group and self.mark.loaded is None and not self.mark.complete

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the extras: the records that are followed."""
        return self.filter.values if isinstance(self.filter, In) else ()

    def reads(self) -> list[Read]:
        """The first questions: what changed, and for a filtered feed how many there are and the newest of them."""
        mark, entity = self.mark, self.entity
        if mark.link is not None and (mark.reading or self.delta):
            return [Read(link=mark.link, entity=entity, page_size=self.page, track_changes=self.delta and mark.reading)]
        if self.delta:
            return [Read(query=Query(entity), track_changes=True, page_size=self.page)]
        if not mark.complete or mark.watermark is None:
            return [Read(query=Query(entity, filter=self.filter), page_size=self.page)]
        since = Compare(Column("modifiedon"), "ge", mark.watermark)
        newest = Query(
            entity,
            select=("modifiedon",),
            filter=self.filter,
            order=(Order(Column("modifiedon"), descending=True),),
            top=1,
            count=True,
        )
        return [Read(query=Query(entity, filter=both(self.filter, since)), page_size=self.page), Read(query=newest)]


Answered: TypeAlias = tuple[Feed, list[Page | CrmError]]


class Pull:
    """One run's way down. Used by one thread."""

    def __init__(
        self,
        store: Store,
        client: Client,
        run: str,
        tally: Tally,
        hooks: Hooks,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.client, self.run, self.tally, self.hooks = store, client, run, tally, hooks
        self.timer = timer
        self._began, self._received = timer(), client.traffic.bytes_received
        self._expected: first.Expected | None = None
        self._told_at = float("-inf")

    def everything(self) -> None:
        """All feeds, then what they refer to. Raises CrmError when the server can't be asked, and Stopped."""
        try:
            self._all_feeds()
        finally:
            if not self.hooks.stopped():  # then the next run does it: whoever closes the program does not wait
                self._put_indexes_back()

    def _all_feeds(self) -> None:
        self._let_closed_groups_go()
        with self.store.read() as reader:
            feeds = list(feeds_of(reader, self.store.clock()))
        known = [feed for feed in feeds if not (feed.is_new or feed.changed)]
        reads = [feed.reads() for feed in known]
        self._tell("Asking for changes")
        answers = iter(self.client.ask([read for group in reads for read in group]) if known else ())
        asked = [(feed, [next(answers) for _ in group]) for feed, group in zip(known, reads, strict=True)]
        for feed, found in self._with_news(asked):
            self._feed(feed, found)
        for feed in feeds:
            if feed.changed:
                self._follow_change(feed)
        if new := [feed for feed in feeds if feed.is_new]:
            self._first_load(new)
        self._fetch_wanted()

    def _first_load(self, feeds: Sequence[Feed]) -> None:
        """Groups that were never read whole: what is worth most, then one after the other (sync.first)."""
        fresh = [feed for feed in feeds if not feed.mark.reading]
        counting, worth = first.count_questions(feeds), first.worth_questions(fresh, self.store.clock())
        answers = self.client.ask([Read(query=query) for query in (*counting, *worth)])
        with self.store.read() as reader:
            done = {feed.entity: local_data.brought(reader, feed.entity, feed.mark.load) for feed in feeds}
        counts = first.counts(self.client, feeds, answers[: len(feeds)])
        self._expected = first.Expected(counts, done, self.timer)
        for query, answer in zip(worth, answers[len(feeds) :], strict=True):
            if isinstance(answer, Page):  # a refusal is told when the group itself is asked for
                self._come_first(query.entity, answer)
        self._fetch_wanted(around=True)
        size = first.page_size(self.client.traffic.bytes_received - self._received, self.timer() - self._began)
        for feed in feeds:
            sized = feed if feed.mark.reading else replace(feed, mark=replace(feed.mark, page=size))
            if (counts[feed.entity] or 0) >= LARGE:
                with self.store.transaction(self.run, durable=False) as tx:
                    record_tables.set_indexes_aside(tx.connection, feed.entity)
            self._feed(sized, self.client.ask(sized.reads()))

    def _put_indexes_back(self) -> None:
        """Each in a transaction of its own, so that a person's change waits for one at most."""
        with self.store.read() as reader:
            missing = record_tables.missing_indexes(reader.connection)
        for entity, statements in missing.items():
            for number, statement in enumerate(statements):
                words = f"Preparing lists and search: {ENTITIES[entity].plural}"
                self.hooks.progress(Progress(words, number, len(statements)))
                with self.store.transaction(self.run, durable=False) as tx:
                    tx.connection.execute(statement)

    def _come_first(self, entity: str, page: Page) -> None:
        """Records of the group before their turn: the load itself, which they are no part of, brings them again."""
        with self.store.transaction(self.run, durable=False) as tx:
            apply.rows(tx, entity, page.rows, self.tally, BEFORE_THE_LOAD)
            local_data.want(tx, first.about(entity, [row.values for row in page.rows]))
        self._told()

    def _let_closed_groups_go(self) -> None:
        """What a group held that is to hold nothing now; the server need not be asked, and is read anew later."""
        with self.store.read() as reader:
            closed = [each for each in local_data.groups(reader).items() if _is_closed(reader, *each)]
        for entity, text in closed:
            with self.store.transaction(self.run) as tx:
                load = _mark(local_data.bookmarks(tx), entity, GROUP, text).load
                apply.let_go(tx, entity, sorted(local_data.group_versions(tx, entity)), Departure.LEFT, self.tally)
                local_data.save_bookmarks(tx, Bookmark(entity, GROUP, text, load))
            self._told()

    def _with_news(self, asked: Sequence[Answered]) -> list[Answered]:
        """The feeds that brought something. The others' bookmarks go on together, in one small transaction."""
        news, moved = list[Answered](), list[Bookmark]()
        with self.store.read() as reader:
            leaving = {reference.entity for reference, _ in local_data.leaving(reader)}
            troubled = {each.entity for each in problems.open_problems(reader) if each.kind == "group"}
            for feed, answers in asked:
                busy = feed.entity in leaving or feed.entity in troubled
                mark = None if busy else _moved_on(reader, feed, answers, self.store.clock())
                if mark is None:
                    news.append((feed, answers))
                else:
                    moved.append(mark)
        if moved:
            with self.store.transaction(self.run, durable=False) as tx:
                local_data.save_bookmarks(tx, *moved)
        return news

    def _feed(self, feed: Feed, answers: Sequence[Page | CrmError]) -> None:
        first = answers[0]
        if isinstance(first, DeltaExpired):
            self._feed(*self._anew(feed))
            return
        if isinstance(first, Refused) and feed.mark.reading:
            self._feed(*self._anew(feed))  # a page link that the server knows no longer
            return
        question = Reference(feed.entity, "")
        for answer in answers:
            if isinstance(answer, Refused):
                self._refused(question, answer)
                return
            if isinstance(answer, CrmError):
                raise answer
        pages = [page for page in answers if isinstance(page, Page)]
        feed = self._pages(feed, pages[0])
        if not feed.delta and len(pages) == 2:
            self._compare(feed, pages[1])

    def _refused(self, question: Reference, error: Refused) -> None:
        """A group that the server does not understand is a problem of its own; everything else goes on."""
        self.tally.refused += 1
        label = ENTITIES[question.entity].plural
        words = f"The server refused the local data group of {label}: {error}. What is here of them is kept as it is."
        with self.store.transaction(self.run) as tx:
            problems.raise_problem(tx, "group", question, words)

    def _anew(self, feed: Feed) -> tuple[Feed, list[Page | CrmError]]:
        """Read the whole feed again; what it no longer brings leaves at the end. Edits stay as they are."""
        mark = Bookmark(feed.entity, feed.mark.feed, feed.mark.question, feed.mark.load + 1, loaded=feed.mark.loaded)
        again = replace(feed, mark=mark)
        return again, list(self.client.ask(again.reads()))

    def _pages(self, feed: Feed, page: Page) -> Feed:
        """Apply `page` and all that follow it; while a large one is applied, the next is asked for already."""
        with ThreadPoolExecutor(1, "next page") as ahead:
            return self._apply_pages(feed, page, ahead)

    def _apply_pages(self, feed: Feed, page: Page, ahead: ThreadPoolExecutor) -> Feed:
        full = not feed.mark.complete
        watermark = feed.mark.watermark if feed.mark.reading else None
        if watermark is None:
            watermark = _watermark(page)
        done = 0
        while True:
            last = page.next_link is None
            link = page.delta_link if last else page.next_link
            kept = watermark if last or full else feed.mark.watermark
            mark = replace(
                feed.mark,
                link=link if last or full else feed.mark.link,
                reading=full and not last,
                watermark=kept,
                complete=feed.mark.complete or last,
            )
            # Dataverse wants the same preferences for every page of a load
            read = Read(link=page.next_link, entity=feed.entity, page_size=feed.page, track_changes=feed.delta and full)
            asked = ahead.submit(self.client.ask, [read]) if not last and len(page.rows) >= AHEAD else None
            if full and last and feed.is_group:
                self._finish(feed, page, mark)
            else:
                self._apply(feed, page, mark)
            feed = replace(feed, mark=mark)
            done += len(page.rows)
            self._tell_of(feed, done)
            if last:
                return feed
            answer = (asked.result() if asked else self.client.ask([read]))[0]
            if isinstance(answer, CrmError):
                raise answer
            page = answer

    def _apply(self, feed: Feed, page: Page, mark: Bookmark, settle: Settle = lambda tx, mark: mark) -> None:
        """One page, in transactions of SLICE rows; the bookmark, as `settle` leaves it, goes with the last of them."""
        load = feed.mark.load if feed.is_group else None
        starts = range(0, len(page.rows), SLICE) or range(1)
        for start in starts:
            with self.store.transaction(self.run, durable=False) as tx:
                apply.rows(tx, feed.entity, page.rows[start : start + SLICE], self.tally, load)
                if start + SLICE >= len(page.rows):
                    apply.removed(tx, feed.entity, page.removed, self.tally)
                    problems.clear(tx, Reference(feed.entity, ""), "group")
                    local_data.save_bookmarks(tx, settle(tx, mark))
            if len(page.rows) < AHEAD or self.timer() >= self._told_at + CALM:
                self._told()  # of much that comes, the lists hear now and then: each time they are read anew

    def _finish(self, feed: Feed, page: Page, mark: Bookmark) -> None:
        """The last page of a full load: what the load did not bring leaves with it.

        First the server is asked about these: one that was made here while the load went on belongs to the group, and
        what was deleted goes into history, unlike what just does not belong.
        """
        with self.store.read() as reader:
            brought = {row.id for row in page.rows}
            missing = [key for key in local_data.not_seen(reader, feed.entity, feed.mark.load) if key not in brought]
        belong = self._versions(feed.entity, missing, feed.filter)
        self.fetch(feed.entity, sorted(belong), feed.mark.load)
        existing = belong if feed.filter == EVERYTHING else self._versions(feed.entity, missing)
        with self.store.read() as reader:
            here = local_data.versions(reader, feed.entity, missing)
        # those that leave the group may be kept for another reason, then as they are now
        outside = existing.keys() - belong.keys()
        self.fetch(feed.entity, sorted(key for key in outside if existing[key] != here.get(key)), None)
        self._apply(feed, page, mark, lambda tx, mark: self._reconcile(tx, mark, existing))

    def _reconcile(self, tx: Transaction, mark: Bookmark, existing: Collection[str]) -> Bookmark:
        """After a full load, what it did not bring leaves. When that is most of a table, the person is asked first."""
        missing = local_data.not_seen(tx, mark.entity, mark.load)
        size, _ = local_data.group_size(tx, mark.entity)
        again = mark.loaded == mark.question  # a changed group may well leave most of a table
        if not self._may_go(tx, mark.entity, missing, existing, size, ask=again):
            return replace(mark, complete=False, link=None, reading=False, load=mark.load + 1)
        return replace(mark, swept=tx.at, loaded=mark.question)

    def _may_go(
        self, tx: Transaction, entity: str, missing: Sequence[str], existing: Collection[str], size: int, ask: bool
    ) -> bool:
        """Let go what the group has no more; False when that is so much that the person is asked first."""
        question = Reference(entity, "")
        if ask and _suspicious(len(missing), size) and not _agreed(tx, question):
            _ask_before_removing(tx, question, len(missing), size)
            return False
        problems.clear(tx, question)
        apply.let_go(tx, entity, [key for key in missing if key in existing], Departure.LEFT, self.tally)
        apply.let_go(tx, entity, [key for key in missing if key not in existing], Departure.DELETED, self.tally)
        return True

    def _compare(self, feed: Feed, newest: Page) -> None:
        """Sweep when what is here cannot be all and only what the feed has, and every hour."""
        with self.store.read() as reader:
            complete = _seems_complete(reader, feed, newest)
        if not complete or not _is_recent(feed.mark.swept, self.store.clock()):
            self._sweep(feed)

    def _follow_change(self, feed: Feed) -> None:
        """A group has another filter: what fits both is here already."""
        try:
            self._sweep(feed)
        except Refused as error:
            self._refused(Reference(feed.entity, ""), error)

    def _sweep(self, feed: Feed) -> None:
        """Compare ids and versions: what is there alone or newer there is read; what is here alone leaves.

        Versions, because the server changes some records without changing when they were modified: those that pointed
        at a deleted one.
        """
        there, watermark = self._versions_of(feed)
        with self.store.read() as reader:
            if feed.is_group:
                here = local_data.group_versions(reader, feed.entity)
            else:
                here = local_data.versions(reader, feed.entity, feed.ids)
        wanted = {key for key, version in there.items() if here.get(key, None if feed.is_group else version) != version}
        self.fetch(feed.entity, sorted(wanted), feed.mark.load if feed.is_group else None)
        missing = sorted(here.keys() - there.keys())
        existing = self._versions(feed.entity, missing)
        # those may be kept for another reason, then as they are now
        self.fetch(feed.entity, sorted(key for key in existing if existing[key] != here[key]), None)
        mark = feed.mark
        if feed.changed:
            mark = replace(mark, complete=True, watermark=watermark, loaded=mark.question)
        with self.store.transaction(self.run) as tx:
            # a changed group may well leave most of a table
            if self._may_go(tx, feed.entity, missing, existing, len(here), ask=feed.is_group and not feed.changed):
                local_data.save_bookmarks(tx, replace(mark, swept=tx.at))
        self._told()

    def _versions_of(self, feed: Feed) -> tuple[dict[str, str], str | None]:
        """Every record of the feed on the server, id -> version; and the watermark from which on changes are new."""
        there: dict[str, str] = {}
        watermark = None
        key = ENTITIES[feed.entity].id_field
        read: Read | None = Read(query=Query(feed.entity, select=(key,), filter=feed.filter), page_size=5000)
        while read is not None:
            page = self._ask(read)
            watermark = watermark or _watermark(page)
            there.update((row.id, row.version) for row in page.rows)
            read = Read(link=page.next_link, entity=feed.entity, page_size=5000) if page.next_link else None
        return there, watermark

    def _versions(self, entity: str, ids: Sequence[str], question: Filter = EVERYTHING) -> dict[str, str]:
        """Which of these the server has (and fit the question), id -> version."""
        key = ENTITIES[entity].id_field
        found: dict[str, str] = {}
        for part in _parts(ids):
            among = both(question, In(Column(key), tuple(part)))
            page = self._ask(Read(query=Query(entity, select=(key,), filter=among)))
            found.update((row.id, row.version) for row in page.rows)
        return found

    def _fetch_wanted(self, around: bool = False) -> None:
        """What local records point at and is not here. `around`: then also what these point at, once."""
        with self.store.read() as reader:
            wanted = local_data.wanted(reader)
        for entity, ids in wanted.items():
            self.fetch(entity, ids, None)
            with self.store.transaction(self.run, durable=False) as tx:
                local_data.no_longer_wanted(tx, entity, ids)  # the server gave what it has of them
                if around:
                    found = records.stored_many(tx, entity, ids).values()
                    local_data.want(tx, first.about(entity, [each.base or {} for each in found]))
        if around and wanted:
            self._fetch_wanted()

    def fetch(self, entity: str, ids: Sequence[str], load: int | None) -> None:
        """Read these records; what the server does not give is passed over."""
        for part in _parts(ids):
            page = self._ask(Read(query=Query(entity, filter=In(Column(ENTITIES[entity].id_field), tuple(part)))))
            with self.store.transaction(self.run, durable=False) as tx:
                apply.rows(tx, entity, page.rows, self.tally, load)
            self._told()

    def read_again(self, references: Sequence[Reference]) -> list[Reference]:
        """Hear the server's word on these records now: after a version clash, or a create that met itself.

        Gives those that the server does not show us.
        """
        not_shown: list[Reference] = []
        by_entity: dict[str, list[str]] = {}
        for each in references:
            by_entity.setdefault(each.entity, []).append(each.id)
        for entity, ids in by_entity.items():
            for part in _parts(ids):
                page = self._ask(Read(query=Query(entity, filter=In(Column(ENTITIES[entity].id_field), tuple(part)))))
                missing = sorted(set(part) - {row.id for row in page.rows})
                not_shown += [Reference(entity, key) for key in missing]
                with self.store.transaction(self.run) as tx:
                    apply.rows(tx, entity, page.rows, self.tally, None)
                    apply.not_landed(tx, entity, page.rows)
                    apply.removed(tx, entity, [Removed(key, "deleted") for key in missing], self.tally)
        return not_shown

    def _ask(self, read: Read) -> Page:
        self._tell("Local data")
        answer = self.client.ask([read])[0]
        if isinstance(answer, CrmError):
            raise answer
        return answer

    def _tell_of(self, feed: Feed, done: int) -> None:
        if self._expected is not None and feed.is_group and feed.entity in self._expected.counts:
            self._report(self._expected.progress(feed.entity, done))
        else:
            self._tell(f"Local data: {ENTITIES[feed.entity].plural}", done)

    def _tell(self, words: str, done: int = 0) -> None:
        self._report(Progress(words, done))

    def _report(self, progress: Progress) -> None:
        if self.hooks.stopped():
            raise Stopped
        self.hooks.progress(progress)

    def _told(self) -> None:
        if self.tally.changes:
            self.hooks.changed(self.tally.changes)
            self.tally.changes = type(self.tally.changes)(cause="run")
            self._told_at = self.timer()


def feeds_of(reader: Reader, now: datetime) -> Iterator[Feed]:
    """Every question that a run asks, as they stand now."""
    marks, all_extras = local_data.bookmarks(reader), local_data.extras(reader)
    for entity, text in local_data.groups(reader).items():
        kind = ENTITIES[entity]
        question = _question(entity, text)
        if question != Constant(False):
            delta = question == Constant(True) and kind.parties is None
            mark = _mark(marks, entity, GROUP, text)
            before = marks.get((entity, GROUP))
            if not delta and before is not None and _is_another(reader, before, text):
                # the number of the load stays: what is here belongs to this one as well
                mark = replace(mark, load=before.load)
                yield Feed(mark, question, delta, changed=True)
            else:
                yield Feed(mark, question, delta)
        if question == Constant(True):
            continue  # nothing can be outside the group
        for number, part in enumerate(_parts(all_extras.get(entity, ()))):
            mark = _mark(marks, entity, EXTRAS if number == 0 else f"{EXTRAS} {number}", EXTRAS)
            if mark.watermark is None:
                # each of them was read when it came, at most a moment before the watermark that is taken now
                since = _earliest_change(reader, entity, part)
                mark = replace(mark, complete=True, watermark=since, swept=_text(now))
            yield Feed(mark, In(Column(kind.id_field), tuple(part)), delta=False)


def _is_another(reader: Reader, mark: Bookmark, text: str) -> bool:
    """Whether the group was read whole with another filter than `text`, and something of that is here."""
    was_read = mark.loaded is not None and mark.question != text
    return was_read and local_data.group_size(reader, mark.entity)[0] > 0


def _is_closed(reader: Reader, entity: str, text: str) -> bool:
    """Whether a group that has records (made here, perhaps) is to have none."""
    return _question(entity, text) == Constant(False) and local_data.group_size(reader, entity)[0] > 0


@lru_cache(100)
def _question(entity: str, text: str) -> Filter:
    return parse_filter(text, ENTITIES[entity])


def _moved_on(reader: Reader, feed: Feed, answers: Sequence[Page | CrmError], now: datetime) -> Bookmark | None:
    """Where a feed goes on whose answers say that nothing has changed; None when there is something to be done."""
    pages = [page for page in answers if isinstance(page, Page)]
    if len(pages) < len(answers) or not feed.mark.complete:
        return None
    page, load = pages[0], feed.mark.load if feed.is_group else None
    if page.next_link is not None or page.removed or apply.has_news(reader, feed.entity, page.rows, load):
        return None
    if len(pages) == 2 and not (_is_recent(feed.mark.swept, now) and _seems_complete(reader, feed, pages[1])):
        return None
    return replace(feed.mark, link=page.delta_link, watermark=_watermark(page))


def _seems_complete(reader: Reader, feed: Feed, newest: Page) -> bool:
    """Whether as many are here as the feed has, and the newest of them."""
    here, newest_here = local_data.group_size(reader, feed.entity) if feed.is_group else (len(feed.ids), None)
    there = newest.count or 0
    newest_there = newest.rows[0].values.get("modifiedon") if newest.rows else None
    as_many = here == there or (there == COUNT_CAP and here > there)
    return as_many and (not feed.is_group or newest_here == newest_there)


def _watermark(page: Page) -> str:
    """The server's time before the page, less what may have been under way then."""
    return _text(page.server_time - OVERLAP)


def _earliest_change(reader: Reader, entity: str, ids: Sequence[str]) -> str:
    found = records.stored_many(reader, entity, ids).values()
    return min((str((each.base or {}).get("modifiedon") or "") for each in found), default="") or "2000-01-01T00:00:00Z"


def _mark(marks: Mapping[tuple[str, str], Bookmark], entity: str, feed: str, question: str) -> Bookmark:
    found = marks.get((entity, feed))
    if found is None:
        return Bookmark(entity, feed, question, 1)
    return (
        found if found.question == question else Bookmark(entity, feed, question, found.load + 1, loaded=found.loaded)
    )


def _suspicious(missing: int, here: int) -> bool:
    return missing > FEW and missing * 2 > here


def _agreed(tx: Transaction, question: Reference) -> bool:
    return any(each.details.get("agreed") for each in problems.of_record(tx, question))


def _ask_before_removing(tx: Transaction, question: Reference, missing: int, here: int) -> None:
    label = ENTITIES[question.entity].plural
    words = (
        f"The server no longer gives {missing} of {here} {label} that are kept here. Nothing was removed. "
        "Choose 'theirs' to remove them, or 'retry' to ask again."
    )
    problems.raise_problem(tx, "reload", question, words, {"missing": missing, "here": here})


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_recent(swept: str | None, now: datetime) -> bool:
    """Also not when the computer's clock was set back since."""
    return swept is not None and timedelta(0) <= now - datetime.fromisoformat(swept) < SWEEP


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + IDS] for start in range(0, len(ids), IDS))
