"""Bringing the server's changes down.

The first questions of all feeds (sync.feeds) travel in one $batch, so a run that finds nothing costs one request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from crmdesk.crm.client import Client, Page, Read, Whereabouts
from crmdesk.crm.errors import CrmError, DeltaExpired, Refused
from crmdesk.model.query import EVERYTHING, Column, Filter, In, Query, both
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import local_data, problems, receipts, record_tables, records, references
from crmdesk.store.local_data import GROUP, Bookmark
from crmdesk.store.store import Reader, Store, Transaction
from crmdesk.sync import apply, first
from crmdesk.sync.feeds import Feed, feeds_of, is_closed, is_recent, mark_of, parts, watermark_of
from crmdesk.sync.first import COUNT_CAP
from crmdesk.sync.merge import Departure
from crmdesk.sync.report import Hooks, Progress, Tally
from crmdesk.texts import tr

LARGE = 20_000  # records of a group that are brought without the indexes that only sorting and looking up need
CALM = 1.0  # seconds between two times that lists are told of what a large page brings
AHEAD = 500  # rows of a page that are worth asking for the next one while they are applied
SLICE = 500  # rows a transaction, so that nobody waits for the writer
BEFORE_THE_LOAD = 0  # the number of no load: rows that came before their group's turn
Settle: TypeAlias = Callable[[Transaction, Bookmark], Bookmark]
FEW = 20  # a reload that misses no more than these never asks


_FATES: Mapping[Whereabouts, Departure] = {
    "there": Departure.LEFT,  # given to us again meanwhile, perhaps: the next run says where it belongs
    "hidden": Departure.HIDDEN,
    "deleted": Departure.DELETED,
}


class Stopped(Exception):
    """The person cancelled, or the program closes. Everything applied is kept; the next run goes on from here."""


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
        self._tell(tr("Asking for changes"))
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
                words = tr("Preparing lists and search: {kind}", kind=tr(ENTITIES[entity].plural))
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
            closed = [each for each in local_data.groups(reader).items() if is_closed(reader, *each)]
        for entity, text in closed:
            with self.store.transaction(self.run) as tx:
                load = mark_of(local_data.bookmarks(tx), entity, GROUP, text).load
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
        words = tr(
            "The server refused the local data group of {kind}: {why}. What is here of them is kept as it is.",
            kind=tr(ENTITIES[question.entity].plural),
            why=error,
        )
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
            watermark = watermark_of(page)
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
                some, followed = page.rows[start : start + SLICE], feed.mark.complete
                apply.rows(tx, feed.entity, some, self.tally, load, followed)
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
        fates = self._fates(feed.entity, missing, existing)
        with self.store.read() as reader:
            here = local_data.versions(reader, feed.entity, missing)
        # those that leave the group may be kept for another reason, then as they are now
        outside = existing.keys() - belong.keys()
        self.fetch(feed.entity, sorted(key for key in outside if existing[key] != here.get(key)), None)
        self._apply(feed, page, mark, lambda tx, mark: self._reconcile(tx, mark, fates))

    def _fates(self, entity: str, missing: Sequence[str], existing: Collection[str]) -> dict[str, Departure]:
        """Why a group has these no more. Those that the server does not give are asked for by their ids."""
        fates = dict.fromkeys(missing, Departure.LEFT)
        lost = sorted(set(missing) - set(existing))
        if lost:
            self._tell(tr("Local data"))
            fates.update((key, _FATES[where]) for key, where in self.client.whereabouts(entity, lost).items())
        return fates

    def _reconcile(self, tx: Transaction, mark: Bookmark, fates: Mapping[str, Departure]) -> Bookmark:
        """After a full load, what it did not bring leaves. When that is most of a table, the person is asked first.

        While that is not answered, what the server does give is followed as usual; the answer makes it a load again.
        """
        missing = local_data.not_seen(tx, mark.entity, mark.load)
        size, _ = local_data.group_size(tx, mark.entity)
        again = mark.loaded == mark.question  # a changed group may well leave most of a table
        self._let_go(tx, mark.entity, missing, fates, size, ask=again)
        return replace(mark, swept=tx.at, loaded=mark.question)

    def _let_go(
        self,
        tx: Transaction,
        entity: str,
        missing: Sequence[str],
        fates: Mapping[str, Departure],
        size: int,
        ask: bool,
    ) -> None:
        """Let go what the group has no more. When that is very much the person is asked, and nothing goes."""
        question = Reference(entity, "")
        if ask and _suspicious(len(missing), size) and not _agreed(tx, question):
            _ask_before_removing(tx, question, len(missing), size)
            return
        problems.clear(tx, question)
        for how in Departure:
            # what is missing only now was there a moment ago: the next run finds out
            apply.let_go(tx, entity, [key for key in missing if fates.get(key) is how], how, self.tally)

    def _compare(self, feed: Feed, newest: Page) -> None:
        """Sweep when what is here cannot be all and only what the feed has, and every hour."""
        with self.store.read() as reader:
            complete = _seems_complete(reader, feed, newest) or _asked_about(reader, feed.entity)
        if not complete or not is_recent(feed.mark.swept, self.store.clock()):
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
        fates = self._fates(feed.entity, missing, existing)
        mark = feed.mark
        if feed.changed:
            mark = replace(mark, complete=True, watermark=watermark, loaded=mark.question)
        with self.store.transaction(self.run) as tx:
            # a changed group may well leave most of a table
            ask = feed.is_group and not feed.changed
            self._let_go(tx, feed.entity, missing, fates, len(here), ask)
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
            watermark = watermark or watermark_of(page)
            there.update((row.id, row.version) for row in page.rows)
            read = Read(link=page.next_link, entity=feed.entity, page_size=5000) if page.next_link else None
        return there, watermark

    def _versions(self, entity: str, ids: Sequence[str], question: Filter = EVERYTHING) -> dict[str, str]:
        """Which of these the server has (and fit the question), id -> version."""
        key = ENTITIES[entity].id_field
        found: dict[str, str] = {}
        for part in parts(ids):
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

    def hear_of_emptied(self) -> None:
        """Read again what points at records that are deleted, as far as this run knows.

        The server empties such lookups without changing when their records were modified, so a filtered feed does not
        bring them.
        """
        with self.store.read() as reader:
            gone = [each for each, reason in local_data.leaving(reader) if reason == Departure.DELETED.value]
            gone += receipts.deleted(reader, self.run)
            pointing = references.agreed_pointers(reader, gone)
        for entity, ids in pointing.items():
            self.fetch(entity, ids, None)

    def fetch(self, entity: str, ids: Sequence[str], load: int | None) -> None:
        """Read these records; what the server does not give is passed over."""
        for part in parts(ids):
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
            for part in parts(ids):
                page = self._ask(Read(query=Query(entity, filter=In(Column(ENTITIES[entity].id_field), tuple(part)))))
                missing = sorted(set(part) - {row.id for row in page.rows})
                not_shown += [Reference(entity, key) for key in missing]
                fates = self._fates(entity, missing, ())
                with self.store.transaction(self.run) as tx:
                    apply.rows(tx, entity, page.rows, self.tally, None)
                    apply.not_landed(tx, entity, page.rows)
                    apply.not_given(tx, entity, fates, self.tally)
        return not_shown

    def _ask(self, read: Read) -> Page:
        self._tell(tr("Local data"))
        answer = self.client.ask([read])[0]
        if isinstance(answer, CrmError):
            raise answer
        return answer

    def _tell_of(self, feed: Feed, done: int) -> None:
        if self._expected is not None and feed.is_group and feed.entity in self._expected.counts:
            self._report(self._expected.progress(feed.entity, done))
        else:
            self._tell(tr("Local data: {kind}", kind=tr(ENTITIES[feed.entity].plural)), done)

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


def _moved_on(reader: Reader, feed: Feed, answers: Sequence[Page | CrmError], now: datetime) -> Bookmark | None:
    """Where a feed goes on whose answers say that nothing has changed; None when there is something to be done."""
    pages = [page for page in answers if isinstance(page, Page)]
    if len(pages) < len(answers) or not feed.mark.complete:
        return None
    page, load = pages[0], feed.mark.load if feed.is_group else None
    if page.next_link is not None or page.removed or apply.has_news(reader, feed.entity, page.rows, load):
        return None
    if len(pages) == 2 and not (is_recent(feed.mark.swept, now) and _seems_complete(reader, feed, pages[1])):
        return None
    return replace(feed.mark, link=page.delta_link, watermark=watermark_of(page))


def _seems_complete(reader: Reader, feed: Feed, newest: Page) -> bool:
    """Whether as many are here as the feed has, and the newest of them."""
    here, newest_here = local_data.group_size(reader, feed.entity) if feed.is_group else (len(feed.ids), None)
    there = newest.count or 0
    newest_there = newest.rows[0].values.get("modifiedon") if newest.rows else None
    as_many = here == there or (there == COUNT_CAP and here > there)
    return as_many and (not feed.is_group or newest_here == newest_there)


def _asked_about(reader: Reader, entity: str) -> bool:
    """Whether the person is to say if what the server gives no more may go: till then it cannot be as many here."""
    return any(each.kind == "reload" for each in problems.of_record(reader, Reference(entity, "")))


def _suspicious(missing: int, here: int) -> bool:
    return missing > FEW and missing * 2 > here


def _agreed(tx: Transaction, question: Reference) -> bool:
    return any(each.details.get("agreed") for each in problems.of_record(tx, question))


def _ask_before_removing(tx: Transaction, question: Reference, missing: int, here: int) -> None:
    words = tr(
        "The server no longer gives {missing} of {here} {kind} that are kept here. Nothing was removed. "
        "Choose 'theirs' to remove them, or 'retry' to ask again.",
        missing=missing,
        here=here,
        kind=tr(ENTITIES[question.entity].plural),
    )
    problems.raise_problem(tx, "reload", question, words, {"missing": missing, "here": here})
