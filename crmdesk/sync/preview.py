"""What would happen if this computer and the server were brought together now, found out without doing it.

Nothing is written, neither here nor there: the server is asked what a run would ask, and the answers go through the
same decisions (sync.merge) and are thrown away. One request, and one more for each record that may be a duplicate.

    possible duplicates    of which                  are judged by
    new                    any                       the server; the local data, where that was made or is kept here
    changed                a rule looks at a change  the same; alone or with the server, it would be asked about
    an answer waits        -                         nobody: it is held, and says why
    the server not heard   as above                  the local data alone
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmdesk.crm.client import Client, Page, Read, Row
from crmdesk.crm.errors import CrmError
from crmdesk.matching.duplicates import DUPLICATE_KINDS
from crmdesk.model.query import Column, In, Query
from crmdesk.model.record import Reference, Value, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.settings import Settings
from crmdesk.store import duplicates, local_data, mailbox, options, outbox, problems, records, references
from crmdesk.store.outbox import Entry
from crmdesk.store.records import Stored
from crmdesk.store.store import Reader, Store
from crmdesk.sync import first
from crmdesk.sync.feeds import IDS, Feed, feeds_of
from crmdesk.sync.first import COUNT_CAP
from crmdesk.sync.merge import Departure, Verdict, arrived, clashes, departed, to_send
from crmdesk.sync.plan import held_up, is_unborn
from crmdesk.texts import tr

MOST_ASKED = 50  # records that the server is asked about one by one: which they look like
MOST_NAMED = 20  # of what leaves this computer


@dataclass(frozen=True)
class Outgoing:
    """A waiting change. `verb`: create, update, delete; `held`: why it would not be sent, empty: it would.

    `behind`: it is held because it points at a new record that is.
    """

    record: Reference
    name: str
    verb: str
    fields: tuple[str, ...]
    held: str = ""
    behind: bool = False


@dataclass(frozen=True)
class Clash:
    """A field that was changed on both sides. `wins`: mine, theirs, or ask (it would wait for an answer)."""

    record: Reference
    name: str
    field: str
    agreed: Value
    mine: Value
    theirs: Value
    who: str | None
    when: str | None
    wins: str


@dataclass(frozen=True)
class Contradiction:
    """A record that one side deleted and the other changed: kept, and asked about.

    `kind`: "deleted there" or "changed there", as the problem would be called; `words`: a sentence.
    """

    record: Reference
    name: str
    kind: str
    words: str


@dataclass(frozen=True)
class Candidate:
    """What a record looks like. `is_new`: it waits here itself, so the server does not know it yet."""

    reference: Reference
    name: str
    is_new: bool


@dataclass(frozen=True)
class LooksLike:
    """A new or changed record that looks like others. `candidates`: (id, name).

    `wins`: ask, or skip (a new one would not be made).
    """

    record: Reference
    name: str
    candidates: tuple[tuple[str, str], ...]
    wins: str


@dataclass(frozen=True)
class Incoming:
    """What would be received. `changed` None: not known before it is read; `more`: at least so many.

    `gone`: how many would leave, as far as that can be told.
    """

    entity: str
    changed: int | None
    more: bool = False
    gone: int = 0


@dataclass(frozen=True)
class Erasing:
    """Records that would be removed from this computer, with the names of some. `deleted`: in the CRM too."""

    entity: str
    count: int
    names: tuple[str, ...]
    deleted: bool


@dataclass(frozen=True)
class Preview:
    """`heard`: the server was asked; if not, `words` say why, and only what this computer knows is told.

    `messages`: subjects of mail that waits. `unasked`: records that were too many to ask the server whether they look
    like others; the local data was asked.
    """

    heard: bool
    words: str
    outgoing: tuple[Outgoing, ...] = ()
    messages: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    duplicates: tuple[LooksLike, ...] = ()
    unasked: int = 0
    incoming: tuple[Incoming, ...] = ()
    erasing: tuple[Erasing, ...] = ()

    @property
    def sent(self) -> int:
        """How many waiting changes would go."""
        return sum(not each.held for each in self.outgoing)


def look_ahead(store: Store, client: Client | None, why_not: str = "") -> Preview:
    """What a run would do now. `client` None: the server is not asked, and `why_not` says why.

    Never raises CrmError: without an answer the preview says so and tells what is known here.
    """
    here = _Here(store)
    if client is None:
        return here.preview(None, f"{why_not} {_unknown()}".strip())
    try:
        return here.preview(_There(client, here), "")
    except CrmError as error:
        return here.preview(None, f"{error} {_unknown()}")


def _unknown() -> str:
    return tr("What others changed is not known without the network.")


class _Here:
    """What this computer knows: read once, then nothing is read or written any more."""

    def __init__(self, store: Store) -> None:
        with store.read() as reader:
            self.me = reader.me
            self.settings: Settings = options.load(reader)
            self.entries = outbox.entries(reader)
            self.waiting = _stored(reader, self.entries)
            self.private = references.private_among(reader, self.waiting.values())
            self.held = _held(reader, self.entries)
            self.doubtful = [] if self.settings.duplicates == "create" else _doubtful(reader, self)
            self.alike = {each.reference: _alike_here(reader, self, each) for each in self.doubtful}
            self.feeds = list(feeds_of(reader, store.clock()))
            self.brought = {
                f.entity: local_data.brought(reader, f.entity, f.mark.load) for f in self.feeds if _is_new(f)
            }
            self.sizes = {f.entity: local_data.group_size(reader, f.entity)[0] for f in self.feeds if f.is_group}
            self.erasing = tuple(_erasing(reader))
            found = (mailbox.get(reader, key) for key in outbox.mails(reader))
            self.messages = tuple(row.subject for row in found if row is not None)
        self._store = store

    def known(self, rows: Sequence[Row]) -> dict[str, Stored]:
        """Those of the server's rows that are here."""
        with self._store.read() as reader:
            return records.stored_many(reader, rows[0].entity, [row.id for row in rows]) if rows else {}

    def preview(self, there: _There | None, words: str) -> Preview:
        decided = [_decide(self, entry, there) for entry in self.entries if entry.reference in self.waiting]
        duplicates = tuple(_duplicates(self, {} if there is None else there.alike))
        outgoing = [each.outgoing for each in decided if each.outgoing is not None]
        return Preview(
            there is not None,
            words,
            tuple(_behind(self, outgoing, {each.record for each in duplicates})),
            self.messages,
            tuple(clash for each in decided for clash in each.clashes),
            tuple(each.contradiction for each in decided if each.contradiction is not None),
            duplicates,
            0 if there is None else there.unasked,
            () if there is None else there.incoming,
            self.erasing,
        )


class _There:
    """What the server answers. Raises CrmError when it does not."""

    def __init__(self, client: Client, here: _Here) -> None:
        reads: list[Read] = []
        asked = _by_entity(each for each in here.waiting.values() if _may_be_there(each))
        for entity, ids in asked.items():
            key = Column(ENTITIES[entity].id_field)
            reads += [
                Read(query=Query(entity, filter=In(key, tuple(ids[n : n + IDS])))) for n in range(0, len(ids), IDS)
            ]
        about_feeds = [_counting_reads(feed) for feed in here.feeds]
        answers = iter(client.ask([*reads, *(read for group in about_feeds for read in group)]))
        self.rows: dict[Reference, Row] = {}
        for _ in reads:
            page = _page(next(answers))
            self.rows.update({Reference(row.entity, row.id): row for row in page.rows})
        told = [(feed, [next(answers) for _ in group]) for feed, group in zip(here.feeds, about_feeds, strict=True)]
        self.incoming = tuple(_incoming(here, client, told))
        doubtful = [each for each in here.doubtful if each.base is not None or each.reference not in self.rows]
        self.alike = {each.reference: _alike_there(client, each) for each in doubtful[:MOST_ASKED]}
        self.unasked = max(0, len(doubtful) - MOST_ASKED)


# ---- what waits


def _may_be_there(local: Stored) -> bool:
    """Of mail somebody else may have tracked the same message: its id follows from the Message-ID."""
    return local.base is not None or bool(local.sent) or local.entity in ("email", "activitymimeattachment")


@dataclass(frozen=True)
class _Decided:
    outgoing: Outgoing | None
    clashes: tuple[Clash, ...] = ()
    contradiction: Contradiction | None = None


def _decide(here: _Here, entry: Entry, there: _There | None) -> _Decided:
    local = here.waiting[entry.reference]
    name = display_name(ENTITIES[local.entity], local.shown)
    verdict = Verdict(local) if there is None else _heard(local, there.rows.get(entry.reference), here.me)
    if verdict.trouble is not None:
        trouble = Contradiction(local.reference, name, verdict.trouble.kind, verdict.trouble.words)
        held = replace(_outgoing(here, local, name), held=verdict.trouble.words)
        return _Decided(held, contradiction=trouble)
    after = verdict.record
    if after is None or verdict.leaving is not None or not (after.waits or after.sent):
        return _Decided(None)  # both sides agree by now
    outgoing = _outgoing(here, after, name)
    return _Decided(outgoing if outgoing.fields or outgoing.held or after.gone else None, _clashes(here, after, name))


def _heard(local: Stored, row: Row | None, me: str | None) -> Verdict:
    if row is None:
        asked = local.base is not None or bool(local.sent)
        created = local.base is None and any(attempt.verb == "create" for attempt in local.sent)
        return departed(local, Departure.DELETED) if asked and not created else Verdict(local)
    if local.base is not None and row.version == local.version:
        return Verdict(local)
    return arrived(local, row.entity, row.id, row.version, row.values, me)


def _outgoing(here: _Here, local: Stored, name: str) -> Outgoing:
    private = {str(each) for each in here.private}
    kept_back = frozenset(n for n, e in local.edits.items() if isinstance(e.mine, str) and e.mine in private)
    sending = to_send(local, here.settings.conflict, kept_back, here.me)
    verb = "delete" if local.gone else "create" if local.base is None else "update"
    fields = tuple(sending.attempt.fields) if sending.attempt is not None else ()
    held = here.held.get(local.reference, "")
    if not held and sending.attempt is None and sending.trouble is not None:
        held = sending.trouble.words
    return Outgoing(local.reference, name, verb, fields, held)


def _behind(here: _Here, outgoing: Sequence[Outgoing], alike: Collection[Reference]) -> Iterator[Outgoing]:
    """What points at a new record that waits for an answer, or will, waits with it."""
    held = {each.record for each in outgoing if each.held} | set(alike)
    unborn = {each.reference for each in here.waiting.values() if is_unborn(each)}
    behind = held_up((each for each in here.waiting.values() if each.reference not in held), unborn)
    words = tr("It points at something new that waits for your answer, so it waits too.")
    for each in outgoing:
        yield replace(each, held=words, behind=True) if each.record in behind and not each.held else each


def _clashes(here: _Here, local: Stored, name: str) -> tuple[Clash, ...]:
    base: Mapping[str, Value] = local.base or {}
    return tuple(
        Clash(
            local.reference,
            name,
            each,
            local.edits[each].agreed,
            local.edits[each].mine,
            base.get(each),
            _text(base.get("modifiedby")),
            _text(base.get("modifiedon")),
            here.settings.conflict,
        )
        for each in clashes(local)
    )


def _doubtful(reader: Reader, here: _Here) -> list[Stored]:
    """The waiting records that may look like others, oldest first: new ones, and those whose change a rule looks at."""
    found = []
    for entry in here.entries:
        local = here.waiting.get(entry.reference)
        if local is None or local.gone or entry.created_anyway or entry.reference in here.held:
            continue
        of_interest = local.base is None or duplicates.concerns(reader, local.entity, local.edits.keys())
        if entry.entity in DUPLICATE_KINDS and of_interest:
            found.append(local)
    return found


def _alike_here(reader: Reader, here: _Here, local: Stored) -> list[Candidate]:
    """What a record looks like in the local data; of other new ones that wait, those that would be made before it."""
    changed = None if local.base is None else local.edits.keys()
    order = {entry.reference: number for number, entry in enumerate(here.entries)}
    found = []
    for each in duplicates.alike(reader, local, changed):
        other = here.waiting.get(each.reference)
        is_new = other is not None and other.base is None
        if not is_new or order[each.reference] < order[local.reference]:
            found.append(Candidate(each.reference, each.name, is_new))
    return found


def _alike_there(client: Client, local: Stored) -> list[Candidate]:
    kind = ENTITIES[local.entity]
    rows = client.duplicates_of(local.entity, local.id, local.shown)
    return [Candidate(Reference(row.entity, row.id), display_name(kind, row.values), False) for row in rows]


def _duplicates(here: _Here, heard: Mapping[Reference, Sequence[Candidate]]) -> Iterator[LooksLike]:
    """Where the server was asked it knows better, but for new records that are here alone."""
    for local in here.doubtful:
        known = here.alike[local.reference]
        if local.reference in heard:
            known = [*heard[local.reference], *(each for each in known if each.is_new)]
        candidates = tuple((each.reference.id, each.name) for each in known if each.reference != local.reference)
        if candidates:
            wins = here.settings.duplicates if local.base is None else "ask"
            yield LooksLike(local.reference, display_name(ENTITIES[local.entity], local.shown), candidates, wins)


# ---- what comes, what goes


def _is_new(feed: Feed) -> bool:
    """Whether the group is read whole for the first time, or still is."""
    return feed.is_group and (feed.is_new or feed.mark.reading or not feed.mark.complete)


def _counting_reads(feed: Feed) -> list[Read]:
    """As a run asks, but for keys alone where that is possible; of a group that is read anew only how many it has."""
    if _is_new(feed):
        return [Read(query=query) for query in first.count_questions([feed])]
    key = ENTITIES[feed.entity].id_field
    return [
        replace(read, query=replace(read.query, select=(key,))) if read.query and not read.query.top else read
        for read in feed.reads()
    ]


def _incoming(here: _Here, client: Client, told: Iterable[tuple[Feed, Sequence[Page | CrmError]]]) -> list[Incoming]:
    found: dict[str, Incoming] = {}
    for feed, answers in told:
        if _is_new(feed) and feed.mark.loaded is not None:
            one = Incoming(feed.entity, None)  # it asks for others than before; most of them may be here
        elif _is_new(feed):
            (count,) = first.counts(client, [feed], answers).values()
            one = Incoming(feed.entity, None if count is None else max(0, count - here.brought[feed.entity]))
        else:
            one = _changed(here, feed, answers)
        before = found.get(feed.entity)
        found[feed.entity] = one if before is None else _together(before, one)
    return [each for each in found.values() if each.changed != 0 or each.gone or each.more]


def _changed(here: _Here, feed: Feed, answers: Sequence[Page | CrmError]) -> Incoming:
    """Of a feed that is followed: what is newer there than here, by its first page."""
    page = answers[0]
    if isinstance(page, CrmError):
        return Incoming(feed.entity, None)  # it has to be read anew, or is refused
    known = here.known(page.rows)
    changed = [row for row in page.rows if row.id not in known or known[row.id].version != row.version]
    more = page.next_link is not None
    gone = len(page.removed)
    count = answers[1].count if len(answers) > 1 and isinstance(answers[1], Page) else None
    if feed.is_group and count is not None and count < COUNT_CAP and not more:
        added = sum(row.id not in known or not known[row.id].in_group for row in page.rows)
        gone = max(0, here.sizes[feed.entity] + added - count)
    return Incoming(feed.entity, len(changed), more, gone)


def _together(one: Incoming, other: Incoming) -> Incoming:
    unknown = one.changed is None or other.changed is None
    changed = None if unknown else (one.changed or 0) + (other.changed or 0)
    return Incoming(one.entity, changed, one.more or other.more, one.gone + other.gone)


def _erasing(reader: Reader) -> list[Erasing]:
    """What is on its way out already, or kept by nothing any more."""
    going: dict[tuple[str, bool], list[str]] = {}
    for reference, reason in local_data.leaving(reader):
        going.setdefault((reference.entity, reason == local_data.DELETED), []).append(reference.id)
    for entity in local_data.extras(reader):
        going.setdefault((entity, False), []).extend(local_data.unneeded(reader, entity))
    found = []
    for (entity, deleted), ids in going.items():
        here = records.stored_many(reader, entity, list(dict.fromkeys(ids))).values()
        free = [each for each in here if not (each.waits or each.sent or problems.of_record(reader, each.reference))]
        if free:
            names = tuple(display_name(ENTITIES[entity], each.shown) for each in free[:MOST_NAMED])
            found.append(Erasing(entity, len(free), names, deleted))
    return found


# ---- reading


def _stored(reader: Reader, entries: Sequence[Entry]) -> dict[Reference, Stored]:
    return {
        each.reference: each
        for entity, ids in _by_entity(entries).items()
        for each in records.stored_many(reader, entity, ids).values()
    }


def _held(reader: Reader, entries: Sequence[Entry]) -> dict[Reference, str]:
    """The problems' words of what waits for the person's answer."""
    held = {entry.reference for entry in entries if entry.held}
    return {each.reference: each.words for each in problems.open_problems(reader) if each.reference in held}


def _by_entity(things: Iterable[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in things:
        found.setdefault(each.entity, []).append(each.id)
    return found


def _page(answer: Page | CrmError) -> Page:
    if isinstance(answer, CrmError):
        raise answer
    return answer


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
