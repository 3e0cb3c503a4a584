"""The questions that a run asks: every entity that is kept locally has up to two kinds of feeds.

Its local data group, and the extras, which are records kept for another reason (copied to the person's own, or
referred to). A whole table is followed by delta links; everything else by a watermark of the server's time and a look
at count and newest change, which tells when ids must be compared (a sweep).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from crmdesk.crm.client import Page, Read
from crmdesk.model.query import Column, Compare, Constant, Filter, In, Order, Query, both, in_days_of
from crmdesk.model.words import ENTITIES
from crmdesk.model.zone import HERE
from crmdesk.odata.filters import parse_filter
from crmdesk.store import local_data, records
from crmdesk.store.local_data import EXTRAS, GROUP, Bookmark
from crmdesk.store.store import Reader

PAGE = 1000
IDS = 1000  # ids asked for in one question
OVERLAP = timedelta(minutes=5)  # writes that were under way when the last watermark was taken
SWEEP = timedelta(hours=1)


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


def feeds_of(reader: Reader, now: datetime) -> Iterator[Feed]:
    """Every question that a run asks, as they stand now."""
    marks, all_extras = local_data.bookmarks(reader), local_data.extras(reader)
    for entity, text in local_data.groups(reader).items():
        kind = ENTITIES[entity]
        question = in_days_of(_question(entity, text), now.astimezone(HERE))
        if question != Constant(False):
            delta = question == Constant(True) and kind.parties is None
            mark = mark_of(marks, entity, GROUP, text)
            before = marks.get((entity, GROUP))
            if not delta and before is not None and _is_another(reader, before, text):
                # the number of the load stays: what is here belongs to this one as well
                mark = replace(mark, load=before.load)
                yield Feed(mark, question, delta, changed=True)
            else:
                yield Feed(mark, question, delta)
        # also beside a whole table: one that was here before that was read, and was deleted by then, is in none of it
        for number, part in enumerate(parts(all_extras.get(entity, ()))):
            mark = mark_of(marks, entity, EXTRAS if number == 0 else f"{EXTRAS} {number}", EXTRAS)
            if mark.watermark is None:
                # each of them was read when it came, at most a moment before the watermark that is taken now
                since = _earliest_change(reader, entity, part)
                mark = replace(mark, complete=True, watermark=since, swept=_text(now))
            yield Feed(mark, In(Column(kind.id_field), tuple(part)), delta=False)


def _is_another(reader: Reader, mark: Bookmark, text: str) -> bool:
    """Whether the group was read whole with another filter than `text`, and something of that is here."""
    was_read = mark.loaded is not None and mark.question != text
    return was_read and local_data.group_size(reader, mark.entity)[0] > 0


def is_closed(reader: Reader, entity: str, text: str) -> bool:
    """Whether a group that has records (made here, perhaps) is to have none."""
    return _question(entity, text) == Constant(False) and local_data.group_size(reader, entity)[0] > 0


@lru_cache(100)
def _question(entity: str, text: str) -> Filter:
    return parse_filter(text, ENTITIES[entity])


def _earliest_change(reader: Reader, entity: str, ids: Sequence[str]) -> str:
    found = records.stored_many(reader, entity, ids).values()
    return min((str((each.base or {}).get("modifiedon") or "") for each in found), default="") or "2000-01-01T00:00:00Z"


def mark_of(marks: Mapping[tuple[str, str], Bookmark], entity: str, feed: str, question: str) -> Bookmark:
    found = marks.get((entity, feed))
    if found is None:
        return Bookmark(entity, feed, question, 1)
    return (
        found if found.question == question else Bookmark(entity, feed, question, found.load + 1, loaded=found.loaded)
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_recent(swept: str | None, now: datetime) -> bool:
    """Also not when the computer's clock was set back since."""
    return swept is not None and timedelta(0) <= now - datetime.fromisoformat(swept) < SWEEP


def parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + IDS] for start in range(0, len(ids), IDS))


def watermark_of(page: Page) -> str:
    """The server's time before the page, less what may have been under way then."""
    return _text(page.server_time - OVERLAP)
