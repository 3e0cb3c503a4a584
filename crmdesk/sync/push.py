"""Sending what waits. Every attempt is durable before its first byte leaves; every answer settles it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress
from typing import TypeAlias

from crmdesk.crm.client import Client, Create, Delete, Deleted, Outcome, Row, Single, Update, Write
from crmdesk.crm.errors import CrmError, Duplicate, Exists, Gone, Refused, Undone, VersionClash
from crmdesk.model.record import Reference, Value, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.settings import Settings
from crmdesk.store import duplicates, history, local_data, outbox, problems, records, references
from crmdesk.store.history import Lost
from crmdesk.store.problems import Candidate, Problem, duplicate_question
from crmdesk.store.receipts import Delivered
from crmdesk.store.records import Attempt, Stored
from crmdesk.store.store import Reader, Store, Transaction
from crmdesk.sync import apply
from crmdesk.sync.merge import Departure, Sending, Verdict, answered, local_user, to_send
from crmdesk.sync.plan import Parcel, is_unborn, next_wave
from crmdesk.sync.pull import Pull, Stopped
from crmdesk.sync.report import Hooks, Progress, Tally
from crmdesk.texts import tr

WAVE = 100  # parcels a request
Asking: TypeAlias = Callable[[], list[Outcome]]
TRIES = 6  # how often a record that clashes again and again is sent in one run


@dataclass(frozen=True)
class _Sent:
    """`lines` of history: what this sending overwrites."""

    record: Stored
    attempt: Attempt
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Look:
    """What waited when the outbox was looked at, oldest first: waves are taken from it until nothing more can go."""

    waiting: dict[Reference, Stored]
    unborn: set[Reference]  # not on the server yet, held ones too
    private: set[Reference]
    anyway: set[Reference]  # to be created although they look like one that is there

    def take(self, circles: bool) -> list[tuple[Parcel, ...]]:
        """The next wave, which waits no more; empty when nothing can go. `circles`: break one open when all else went.

        Not while an answer is missing: it may be what the circle waits for.
        """
        wave = next_wave(list(self.waiting.values()), self.unborn, self.private, WAVE, circles)
        for parcels in wave:
            for parcel in parcels:
                del self.waiting[parcel.record.reference]
        return wave


class _Flight:
    """A wave on its way. A full one travels in a thread of its own, so that the next can be made ready meanwhile."""

    def __init__(self, wave: Sequence[tuple[Parcel, ...]], prepared: list[list[_Sent]], ask: Asking) -> None:
        self.records = [parcel.record for parcels in wave for parcel in parcels]
        self.prepared = prepared
        self.is_full = len(wave) >= WAVE
        self._ask = ask
        self._answer: Future[list[Outcome]] | None = None

    @property
    def is_under_way(self) -> bool:
        return self._answer is not None

    def start(self, aside: Executor) -> None:
        if self.is_full and self.prepared:
            self._answer = aside.submit(self._ask)

    def wait(self) -> None:
        if self._answer is not None:
            futures.wait([self._answer])

    def outcomes(self) -> list[Outcome]:
        """Raises CrmError when the answer is missing: what was sent then is in doubt."""
        if not self.prepared:
            return []
        return self._answer.result() if self._answer is not None else self._ask()


class Push:
    """One run's way up. Used by one thread."""

    def __init__(
        self, store: Store, client: Client, run: str, settings: Settings, tally: Tally, hooks: Hooks, pull: Pull
    ) -> None:
        self.store, self.client, self.run, self.settings = store, client, run, settings
        self.tally, self.hooks, self.pull = tally, hooks, pull
        self._tries: dict[Reference, int] = {}
        self._in_the_air: _Flight | None = None
        self._in_doubt: list[Reference] = []  # nothing more to send, but what was sent was not answered
        self._kept_out: set[Reference] = set()  # asked enough in this run, or nothing of it can travel

    def everything(self) -> None:
        """Send until nothing more can go. Raises CrmError when an answer is missing: what was sent then is in doubt."""
        with ThreadPoolExecutor(1, "sending") as aside:
            while self._send_all(self._look(), aside):
                pass

    def _send_all(self, look: _Look, aside: Executor) -> bool:
        """Wave after wave, as long as this look has any; whether it had.

        There is one request at a time. While the server works at it, what it said to the one before is written down,
        and the one after is made ready: durable before it leaves, taken back when its turn does not come.
        """
        flight: _Flight | None = None
        some = False
        while True:
            wave = [] if flight and self.hooks.stopped() else look.take(circles=flight is None)
            following = self._made_ready(look, wave) if wave else None
            some = some or bool(wave)
            if flight is not None:
                self._end(look, flight, following, aside)
            elif following is None:
                return some
            else:
                following.start(aside)
            flight = following
            if flight is not None and not flight.is_under_way:
                self._end(look, flight, None, aside)
                flight = None

    def _made_ready(self, look: _Look, wave: Sequence[tuple[Parcel, ...]]) -> _Flight:
        if self.hooks.stopped():
            raise Stopped
        ahead = sum(map(len, wave)) + len(look.waiting)
        self.hooks.progress(Progress(tr("Sending changes"), self.tally.pushed, self.tally.pushed + ahead))
        prepared = self._prepare(wave)
        writes: list[Write | tuple[Write, ...]] = []
        for group in prepared:
            parts = tuple(self._write(each, each.record.reference in look.anyway) for each in group)
            writes.append(parts[0] if len(parts) == 1 else parts)
        self.tally.unanswered += len(prepared)
        return _Flight(wave, prepared, partial(self.client.write, writes))

    def _end(self, look: _Look, flight: _Flight, following: _Flight | None, aside: Executor) -> None:
        """Hear what the server says to a wave, and send the following before it is written down."""
        try:
            outcomes = flight.outcomes()
        except CrmError:
            self._give_back(following)
            raise
        if following is not None:
            following.start(aside)
        self._in_the_air = following
        try:
            self._write_down(flight, outcomes)
        except CrmError:
            if following is not None and following.is_under_way:
                with suppress(CrmError):  # the first that was missing is told
                    self._write_down(following, following.outcomes())
            else:
                self._give_back(following)
            raise
        self._mark_births(look, flight.records)
        if self.tally.changes:
            self.hooks.changed(self.tally.changes)
            self.tally.changes = type(self.tally.changes)(cause="run")

    def _give_back(self, flight: _Flight | None) -> None:
        """A wave that was made ready does not leave."""
        if flight is None:
            return
        prepared = [sent for group in flight.prepared for sent in group]
        lines = {line for sent in prepared for line in sent.lines}
        with self.store.transaction(self.run) as tx:
            for local in _stored(tx, [sent.record.reference for sent in prepared]).values():
                self._taken_back(tx, replace(local, sent=local.sent[:-1]))
            history.take_back(tx, sorted(lines))
        self.tally.overwritten = [each for each in self.tally.overwritten if each not in lines]
        self.tally.unanswered -= len(flight.prepared)

    def _read_again(self, wanted: Sequence[Reference]) -> list[Reference]:
        """As pull.read_again(), when the line is free."""
        if self._in_the_air is not None:
            self._in_the_air.wait()
        return self.pull.read_again(wanted)

    def _mark_births(self, look: _Look, sent: Sequence[Stored]) -> None:
        """What pointed at a record that is on the server now need not wait any more."""
        candidates = [record.reference for record in sent if record.reference in look.unborn]
        with self.store.read() as reader:
            now = _stored(reader, candidates)
        look.unborn.difference_update(each for each in candidates if each not in now or not is_unborn(now[each]))

    def _look(self) -> _Look:
        with self.store.read() as reader:
            entries = outbox.entries(reader)
            found = _stored(reader, [entry.reference for entry in entries])
            waiting = {
                entry.reference: found[entry.reference]
                for entry in entries
                if entry.reference in found and not entry.held and entry.reference not in self._kept_out
            }
            private = references.private_among(reader, waiting.values())
        unborn = {reference for reference, record in found.items() if is_unborn(record)}
        return _Look(waiting, unborn, private, {entry.reference for entry in entries if entry.created_anyway})

    def _prepare(self, wave: Sequence[tuple[Parcel, ...]]) -> list[list[_Sent]]:
        """Decide and write down what goes, in one durable transaction: after a crash it is known what may have gone."""
        prepared = []
        with self.store.transaction(self.run) as tx:
            ours = [parcel.record.reference for parcels in wave for parcel in parcels]
            here, troubled = _stored(tx, ours), problems.troubled(tx)
            decided: list[Stored] = []
            outbox.remove(tx, *(each for each in ours if each not in here or here[each].private))
            for parcels in wave:
                if all(_is_as_seen(here.get(parcel.record.reference), parcel.record) for parcel in parcels):
                    group = [self._attempt(tx, here[p.record.reference], p, troubled, decided) for p in parcels]
                    prepared.append([sent for sent in group if sent is not None])
            # most often only what is on its way is new, which the outbox keeps
            records.write(tx, *(each for each in decided if replace(here[each.reference], sent=each.sent) != each))
            outbox.follow(tx, *decided)
        return [group for group in prepared if group]

    def _attempt(
        self, tx: Transaction, local: Stored, parcel: Parcel, troubled: Collection[Reference], decided: list[Stored]
    ) -> _Sent | None:
        """What is sent of a record now. It goes to `decided` as it is from now on, and is written by the caller."""
        sending = to_send(local, self.settings.conflict, parcel.held_back, tx.me)
        history.take_back(tx, _told(tx, sending))
        lines = history.remember(tx, sending.losses)
        self.tally.overwritten += lines
        if sending.trouble is not None:
            trouble = sending.trouble
            details = _as_first_heard(problems.of_record(tx, local.reference), trouble.details)
            problems.raise_problem(tx, trouble.kind, local.reference, trouble.words, details)
        elif local.reference in troubled:
            problems.clear(tx, local.reference, "conflict")
        record, attempt = sending.record, sending.attempt
        if attempt is None:
            decided.append(record)
            if not record.gone or not record.sent:
                self._kept_out.add(local.reference)
            if sending.trouble is not None:
                pass  # whether what was sent arrived is heard with the changes there; till then nothing can be sent
            elif record.sent:
                self._in_doubt.append(local.reference)
            elif parcel.held_back:
                self._points_at_private(tx, record)
            apply.note(self.tally, local.entity, [local.id])
            return None
        record = replace(record, sent=(*record.sent, attempt))
        decided.append(record)
        # a value whose edit ended here is lost whether this leaves or not
        overwrites = [each.field is None or each.field in record.edits for each in sending.losses]
        return _Sent(record, attempt, tuple(compress(lines, overwrites)))

    def _points_at_private(self, tx: Transaction, record: Stored) -> None:
        """Nothing is left of its change but pointers at what never leaves this computer."""
        private = references.private_among(tx, [record])
        named = ", ".join(f"{each.name} ({each.reference})" for each in records.get_many(tx, private).values())
        words = tr(
            "It points at {names}, private to this computer, so that was not sent. Track it too, or point at "
            "something else; then try again.",
            names=named,
        )
        problems.raise_problem(tx, "refused", record.reference, words)

    def _write_down(self, flight: _Flight, outcomes: Sequence[Outcome]) -> None:
        """Raises CrmError when something got no answer, after everything that did was settled."""
        if flight.prepared:
            self._settle_all(flight.prepared, outcomes)
        if self._in_doubt:
            self._read_again(self._in_doubt)
            self._in_doubt = []

    def _settle_all(self, prepared: Sequence[list[_Sent]], outcomes: Sequence[Outcome]) -> None:
        read_again: list[Reference] = []
        alike: list[_Sent] = []
        broken: CrmError | None = None
        # not durable: what a power cut takes was not heard, and is asked again
        with self.store.transaction(self.run, durable=False) as tx:
            here = _stored(tx, [sent.record.reference for group in prepared for sent in group])
            done: list[tuple[_Sent, Row | Deleted]] = []
            for group, outcome in zip(prepared, outcomes, strict=True):
                each_outcome: Sequence[Single]
                each_outcome = outcome if isinstance(outcome, tuple) else [outcome] * len(group)
                for sent, one in zip(group, each_outcome, strict=True):
                    if isinstance(one, Row | Deleted):
                        done.append((sent, one))
                    else:
                        error = self._settle(tx, sent, here.get(sent.record.reference), one, read_again, alike)
                        broken = broken or error
                if broken is None:
                    self.tally.unanswered -= 1
            self._confirmed(tx, done, here)
        if broken is not None:
            raise broken
        if read_again:
            self._not_shown(self._read_again(read_again))
        for sent in alike:
            self._duplicate(sent)

    def _write(self, sent: _Sent, anyway: bool) -> Write:
        record, attempt = sent.record, sent.attempt
        careful = not anyway and self.settings.duplicates != "create"
        if attempt.verb == "create":
            return Create(record.entity, record.id, dict(attempt.fields), detect_duplicates=careful)
        if attempt.verb == "update":
            return Update(record.entity, record.id, dict(attempt.fields), record.version or "*", careful)
        return Delete(record.entity, record.id, record.version)

    def _confirmed(
        self, tx: Transaction, done: Sequence[tuple[_Sent, Row | Deleted]], here: Mapping[Reference, Stored]
    ) -> None:
        """The server did these: what was edited meanwhile stays, everything else is settled."""
        versions = ((sent, outcome.version if isinstance(outcome, Row) else None) for sent, outcome in done)
        apply.delivered(tx, [Delivered(sent.record, sent.attempt, version) for sent, version in versions], self.tally)
        verdicts: list[tuple[Verdict, Stored | None]] = []
        for sent, outcome in done:
            local = here.get(sent.record.reference)
            if local is not None and isinstance(outcome, Row):
                verdicts.append((answered(local, sent.attempt, outcome.version, outcome.values), local))
            elif local is not None:
                verdicts.append((Verdict(None), local))
        apply.settle(tx, verdicts, self.tally)
        apply.are_there(tx, [sent.record.reference for sent, outcome in done if isinstance(outcome, Row)])
        self.tally.pushed += len(done)

    def _settle(
        self,
        tx: Transaction,
        sent: _Sent,
        local: Stored | None,
        outcome: CrmError,
        read_again: list[Reference],
        alike: list[_Sent],
    ) -> CrmError | None:
        """Write a refusal down, or put it on a list of what is to be asked about it.

        Gives back the error when it is no answer about this record.
        """
        match outcome:
            case VersionClash() | Exists():
                # somebody was quicker, or our own create was: hear the server's word, then send what still differs
                if self._did_not_happen(tx, sent, local):
                    read_again.append(sent.record.reference)
            case Gone():
                if local is not None:
                    apply.depart(tx, local, Departure.DELETED, self.tally)
            case Undone():
                self._did_not_happen(tx, sent, local)  # for another's sake
            case Duplicate():
                alike.append(sent)
            case Refused():
                self.tally.refused += 1
                words = tr("The server refused it: {why}. Your change is kept here.", why=outcome)
                self._trouble(tx, sent, "refused", words)
            case _:
                return outcome
        return None

    def _did_not_happen(self, tx: Transaction, sent: _Sent, local: Stored | None) -> bool:
        """As if this attempt had not been sent; earlier ones that were not answered stay remembered.

        A record that changes faster than we can send it waits for the next run. False: nothing of it is left.
        """
        reference = sent.record.reference
        self._tries[reference] = self._tries.get(reference, 0) + 1
        if self._tries[reference] >= TRIES:
            self._kept_out.add(reference)
        return local is not None and self._taken_back(tx, replace(local, sent=local.sent[:-1]))

    def _taken_back(self, tx: Transaction, local: Stored) -> bool:
        """Keep a record whose last attempt was taken from `sent`.

        One that was made and deleted here, and surely never was on the server, goes; then False.
        """
        if local.gone and local.base is None and not local.sent:
            lost = Lost(local, None, local.shown, None, "deleted here", local_user(tx.me))
            self.tally.overwritten += history.remember(tx, [lost])
            apply.settle(tx, [(Verdict(None), local)], self.tally)
            return False
        self._keep(tx, local)
        return True

    def _not_shown(self, references: Sequence[Reference]) -> None:
        """Under the id of one that is to be made the server has a record that it does not show: that is asked about."""
        with self.store.transaction(self.run) as tx:
            for local in _stored(tx, references).values():
                if local.base is None and not local.gone and not local.sent and not local.private:
                    self.tally.refused += 1
                    words = tr(
                        "The CRM has this record already, and does not let you see it. Your values are kept here: "
                        "discard them, or try again when you may see it."
                    )
                    problems.raise_problem(tx, "refused", local.reference, words)
                    apply.note(self.tally, local.entity, [local.id])

    def _keep(self, tx: Transaction, record: Stored) -> None:
        records.write(tx, record)
        outbox.follow(tx, record)

    def _trouble(
        self,
        tx: Transaction,
        sent: _Sent,
        kind: str,
        words: str,
        details: dict[str, object] | None = None,
        choices: Sequence[str] = (),
    ) -> None:
        """A definite no to this attempt; earlier ones that were not answered stay remembered."""
        local = records.stored(tx, sent.record.reference)
        if local is None:
            return
        if not self._taken_back(tx, replace(local, sent=() if sent.attempt.verb == "create" else local.sent[:-1])):
            return
        problems.raise_problem(tx, kind, local.reference, words, details, choices)
        apply.note(self.tally, local.entity, [local.id])

    def _duplicate(self, sent: _Sent) -> None:
        """A new one is asked about or let go, as the option says; a changed one is always asked about."""
        record = sent.record
        if self._in_the_air is not None:
            self._in_the_air.wait()
        found = self.client.duplicates_of(record.entity, record.id, record.shown)
        if self.settings.duplicates == "skip" and sent.attempt.verb == "create":
            self._skip(sent, [Reference(record.entity, row.id) for row in found])
            return
        kind = ENTITIES[record.entity]
        with self.store.transaction(self.run) as tx:
            said = [
                Candidate(row.id, display_name(kind, row.values), _why(tx, record, row))
                for row in found
                if row.id != record.id
            ]
            is_new = sent.attempt.verb == "create"
            question = duplicate_question(display_name(kind, record.shown), said, is_new)
            local_data.want(tx, [Reference(record.entity, each.id) for each in said])
            self._trouble(tx, sent, "duplicate", question.words, dict(question.details), question.choices)

    def _skip(self, sent: _Sent, existing: Sequence[Reference]) -> None:
        """No possible duplicates wanted: it goes to history, and what pointed at it points at the one that is there."""
        with self.store.transaction(self.run) as tx:
            local = records.stored(tx, sent.record.reference)
            if local is None:
                return
            loss = Lost(
                local,
                None,
                local.shown,
                str(existing[0]) if existing else None,
                "possible duplicate",
                local_user(tx.me),
            )
            self.tally.overwritten += history.remember(tx, [loss])
            references.redirect(tx, local.reference, existing[0] if existing else None)
            apply.settle(tx, [(Verdict(None), local)], self.tally)


def _stored(reader: Reader, wanted: Sequence[Reference]) -> dict[Reference, Stored]:
    """Those of the records that are here."""
    found: dict[Reference, Stored] = {}
    for entity, ids in apply.by_entity(wanted).items():
        found.update((each.reference, each) for each in records.stored_many(reader, entity, ids).values())
    return found


def _told(reader: Reader, sending: Sending) -> list[str]:
    """The lines that an earlier sending, which did not arrive, wrote of what this one is about to overwrite.

    This run tells of it from now on, so that undoing the run which brings it about brings it back. A change that ends
    here is lost anew each time.
    """
    lines = (history.told(reader, each) for each in sending.losses if each.field in sending.record.edits)
    return [line for line in lines if line is not None]


def _why(reader: Reader, record: Stored, row: Row) -> str:
    return "; ".join(duplicates.reasons(reader, record.entity, record.shown, row.values))


def _is_as_seen(local: Stored | None, seen: Stored) -> bool:
    """Whether nobody touched it since the outbox was looked at; else it is for the next look to say what goes."""
    if local is None or local.private:
        return False
    return (local.version, local.edits, local.gone, local.sent) == (seen.version, seen.edits, seen.gone, seen.sent)


def _as_first_heard(known: Sequence[Problem], details: Mapping[str, Value]) -> Mapping[str, Value]:
    """A clash that is asked about keeps who and when: sending the other fields made us the last to change it."""
    for each in known:
        if each.kind == "conflict" and each.details.get("fields") == details.get("fields"):
            return {**details, "who": each.details.get("who"), "when": each.details.get("when")}
    return details
