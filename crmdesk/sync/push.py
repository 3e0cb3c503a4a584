"""Sending what waits. Every attempt is durable before its first byte leaves; every answer settles it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from crmdesk.crm.client import Client, Create, Delete, Deleted, Row, Single, Update, Write
from crmdesk.crm.errors import CrmError, Duplicate, Exists, Gone, Refused, Undone, VersionClash
from crmdesk.model.record import Reference, Value, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.settings import Settings
from crmdesk.store import history, outbox, problems, records, references
from crmdesk.store.history import Lost
from crmdesk.store.problems import Problem
from crmdesk.store.records import Attempt, Stored
from crmdesk.store.store import Store, Transaction
from crmdesk.sync import apply
from crmdesk.sync.merge import Departure, Verdict, answered, local_user, to_send
from crmdesk.sync.plan import Parcel, next_wave
from crmdesk.sync.pull import Pull, Stopped
from crmdesk.sync.report import Hooks, Progress, Tally

WAVE = 100  # parcels a request
TRIES = 6  # how often a record that clashes again and again is sent in one run


@dataclass(frozen=True)
class _Sent:
    record: Stored
    attempt: Attempt


class Push:
    """One run's way up. Used by one thread."""

    def __init__(
        self, store: Store, client: Client, run: str, settings: Settings, tally: Tally, hooks: Hooks, pull: Pull
    ) -> None:
        self.store, self.client, self.run, self.settings = store, client, run, settings
        self.tally, self.hooks, self.pull = tally, hooks, pull
        self._tries: dict[Reference, int] = {}
        self._in_doubt: list[Reference] = []  # nothing more to send, but what was sent was not answered
        self._kept_out: set[Reference] = set()  # asked enough in this run, or nothing of it can travel

    def everything(self) -> None:
        """Send until nothing more can go. Raises CrmError when an answer is missing: what was sent then is in doubt."""
        while True:
            if self.hooks.stopped():
                raise Stopped
            wave = self._wave()
            if not wave:
                return
            prepared = self._prepare(wave)
            if prepared:
                self._send(prepared)
            if self._in_doubt:
                self.pull.read_again(self._in_doubt)
                self._in_doubt = []
            if self.tally.changes:
                self.hooks.changed(self.tally.changes)
                self.tally.changes = type(self.tally.changes)(cause="run")

    def _wave(self) -> list[tuple[Parcel, ...]]:
        with self.store.read() as reader:
            entries = outbox.entries(reader)
            if not entries:
                return []
            by_entity: dict[str, list[str]] = {}
            for entry in entries:
                by_entity.setdefault(entry.entity, []).append(entry.id)
            found = {
                each.reference: each
                for entity, ids in by_entity.items()
                for each in records.stored_many(reader, entity, ids).values()
            }
            unborn = {reference for reference, record in found.items() if record.base is None and not record.gone}
            waiting = [
                found[entry.reference]
                for entry in entries
                if entry.reference in found and not entry.held and entry.reference not in self._kept_out
            ]
            private = references.private_among(reader, waiting)
        self.hooks.progress(Progress("Sending changes", self.tally.pushed, self.tally.pushed + len(waiting)))
        return next_wave(waiting, unborn, private, WAVE)

    def _prepare(self, wave: Sequence[tuple[Parcel, ...]]) -> list[list[_Sent]]:
        """Decide and write down what goes, in one durable transaction: after a crash it is known what may have gone."""
        prepared = []
        with self.store.transaction(self.run) as tx:
            for parcels in wave:
                group = [sent for parcel in parcels if (sent := self._attempt(tx, parcel)) is not None]
                if group:
                    prepared.append(group)
        return prepared

    def _attempt(self, tx: Transaction, parcel: Parcel) -> _Sent | None:
        local = records.stored(tx, parcel.record.reference)
        if local is None or local.private:
            outbox.remove(tx, parcel.record.reference)
            return None
        sending = to_send(local, self.settings.conflict, parcel.held_back, tx.me)
        self.tally.overwritten += history.remember(tx, sending.losses)
        if sending.trouble is not None:
            trouble = sending.trouble
            details = _as_first_heard(problems.of_record(tx, local.reference), trouble.details)
            problems.raise_problem(tx, trouble.kind, local.reference, trouble.words, details)
        else:
            problems.clear(tx, local.reference, "conflict")
        record, attempt = sending.record, sending.attempt
        if attempt is None:
            if record != local:
                records.write(tx, record)
            outbox.follow(tx, record)
            if not record.gone:
                self._kept_out.add(local.reference)
            if record.sent:
                self._in_doubt.append(local.reference)
            elif parcel.held_back and sending.trouble is None:
                self._points_at_private(tx, record)
            apply.note(self.tally, local.entity, [local.id])
            return None
        record = replace(record, sent=(*record.sent, attempt))
        records.write(tx, record)
        outbox.follow(tx, record)
        return _Sent(record, attempt)

    def _points_at_private(self, tx: Transaction, record: Stored) -> None:
        """Nothing is left of its change but pointers at what never leaves this computer."""
        private = references.private_among(tx, [record])
        named = ", ".join(f"{each.name} ({each.reference})" for each in records.get_many(tx, private).values())
        words = (
            f"It points at {named}, private to this computer, so that was not sent. Track it too, or point at "
            "something else; then try again."
        )
        problems.raise_problem(tx, "refused", record.reference, words)

    def _send(self, prepared: Sequence[list[_Sent]]) -> None:
        with self.store.read() as reader:
            anyway = {entry.reference for entry in outbox.entries(reader) if entry.created_anyway}
        writes: list[Write | tuple[Write, ...]] = []
        for group in prepared:
            parts = tuple(self._write(each, each.record.reference in anyway) for each in group)
            writes.append(parts[0] if len(parts) == 1 else parts)
        self.tally.unanswered += len(prepared)
        outcomes = self.client.write(writes)
        read_again: list[Reference] = []
        alike: list[_Sent] = []
        broken: CrmError | None = None
        for group, outcome in zip(prepared, outcomes, strict=True):
            each_outcome: Sequence[Single]
            each_outcome = outcome if isinstance(outcome, tuple) else [outcome] * len(group)
            for sent, one in zip(group, each_outcome, strict=True):
                error = self._settle(sent, one, read_again, alike)
                broken = broken or error
            if broken is None:
                self.tally.unanswered -= 1
        if broken is not None:
            raise broken
        if read_again:
            self.pull.read_again(read_again)
        for sent in alike:
            self._duplicate(sent)

    def _write(self, sent: _Sent, anyway: bool) -> Write:
        record, attempt = sent.record, sent.attempt
        if attempt.verb == "create":
            careful = not anyway and self.settings.duplicates != "create"
            return Create(record.entity, record.id, dict(attempt.fields), detect_duplicates=careful)
        if attempt.verb == "update":
            return Update(record.entity, record.id, dict(attempt.fields), record.version or "*")
        return Delete(record.entity, record.id, record.version)

    def _settle(self, sent: _Sent, outcome: Single, read_again: list[Reference], alike: list[_Sent]) -> CrmError | None:
        """Write one answer down, or put it on a list of what is to be asked about it.

        Gives back the error when it is no answer about this record.
        """
        reference = sent.record.reference
        match outcome:
            case Row():
                self._with_local(sent, lambda local: answered(local, sent.attempt, outcome.version, outcome.values))
                self.tally.pushed += 1
            case Deleted():
                self._with_local(sent, lambda local: Verdict(None))
                self.tally.pushed += 1
            case VersionClash() | Exists():
                self._again(sent, outcome, read_again)
            case Gone():
                with self.store.transaction(self.run) as tx:
                    local = records.stored(tx, reference)
                    if local is not None:
                        apply.depart(tx, local, Departure.DELETED, self.tally)
            case Undone():
                self._take_back(sent)
            case Duplicate():
                alike.append(sent)
            case Refused():
                self.tally.refused += 1
                words = f"The server refused it: {outcome}. Your change is kept here."
                self._trouble(sent, "refused", words)
            case _:
                return outcome
        return None

    def _with_local(self, sent: _Sent, decide: Callable[[Stored], Verdict]) -> None:
        with self.store.transaction(self.run) as tx:
            local = records.stored(tx, sent.record.reference)
            if local is not None:
                apply.settle(tx, decide(local), local, self.tally)

    def _again(self, sent: _Sent, outcome: CrmError, read_again: list[Reference]) -> None:
        """Somebody was quicker, or our own create was: hear the server's word, then send what still differs."""
        reference = sent.record.reference
        self._tries[reference] = self._tries.get(reference, 0) + 1
        if self._tries[reference] >= TRIES:
            self._kept_out.add(reference)  # it changes faster than we can send; the next run goes on
        read_again.append(reference)

    def _take_back(self, sent: _Sent) -> None:
        """It surely did not happen, for another's sake: it waits as if it had not been sent."""
        reference = sent.record.reference
        self._tries[reference] = self._tries.get(reference, 0) + 1
        if self._tries[reference] >= TRIES:
            self._kept_out.add(reference)
        with self.store.transaction(self.run) as tx:
            local = records.stored(tx, reference)
            if local is not None:
                after = replace(local, sent=local.sent[:-1])
                records.write(tx, after)
                outbox.follow(tx, after)

    def _trouble(self, sent: _Sent, kind: str, words: str, details: dict[str, object] | None = None) -> None:
        """A definite no to this attempt; earlier ones that were not answered stay remembered."""
        with self.store.transaction(self.run) as tx:
            local = records.stored(tx, sent.record.reference)
            if local is None:
                return
            after = replace(local, sent=() if sent.attempt.verb == "create" else local.sent[:-1])
            records.write(tx, after)
            outbox.follow(tx, after)
            problems.raise_problem(tx, kind, local.reference, words, details)
            apply.note(self.tally, local.entity, [local.id])

    def _duplicate(self, sent: _Sent) -> None:
        record = sent.record
        kind = ENTITIES[record.entity]
        found = self.client.duplicates_of(record.entity, record.id, dict(sent.attempt.fields))
        candidates = [{"id": row.id, "name": display_name(kind, row.values)} for row in found]
        if self.settings.duplicates == "skip":
            self._skip(sent, [Reference(record.entity, row.id) for row in found])
            return
        named = ", ".join(f"{each['name']} ({each['id']})" for each in candidates) or "one that you may not see"
        words = (
            f"{display_name(kind, record.shown)} looks like {named} in the CRM. It waits here until you choose: create "
            "it anyway, use the existing one, or discard it."
        )
        self._trouble(sent, "duplicate", words, {"candidates": candidates})

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
            apply.settle(tx, Verdict(None), local, self.tally)


def _as_first_heard(known: Sequence[Problem], details: Mapping[str, Value]) -> Mapping[str, Value]:
    """A clash that is asked about keeps who and when: sending the other fields made us the last to change it."""
    for each in known:
        if each.kind == "conflict" and each.details.get("fields") == details.get("fields"):
            return {**details, "who": each.details.get("who"), "when": each.details.get("when")}
    return details
