"""One road for everything: pull, push, erase, report.

Stopped at any point it loses nothing: the next run starts from the bookmarks and the outbox. A run holds an
operating-system lock that dies with its process, so there is never a second one over the same profile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from crmdesk.crm.client import Client
from crmdesk.crm.errors import Cancelled
from crmdesk.model.record import Reference, new_id
from crmdesk.settings import Settings
from crmdesk.store import ageing, history, local_data, options, outbox, problems, records, runs
from crmdesk.store.history import Lost
from crmdesk.store.store import Store, Transaction
from crmdesk.sync import apply
from crmdesk.sync.lock import WAIT, profile_lock
from crmdesk.sync.merge import Departure
from crmdesk.sync.pull import SLICE, Pull, Stopped
from crmdesk.sync.push import Push
from crmdesk.sync.report import Hooks, Progress, Report, Tally
from crmdesk.texts import tr

Order = Literal["pull first", "push first", "push only"]


@dataclass(frozen=True)
class Engine:
    store: Store
    client: Client
    timer: Callable[[], float] = monotonic

    def run(self, kind: str, order: Order, hooks: Hooks, wait: float = WAIT) -> Report:
        """Bring both sides together. `kind` names it in the list of runs.

        Raises CrmError when the server could not be asked or did not answer (what is done is kept, the rest waits),
        Busy when another run holds the profile for longer than `wait` seconds, Cancelled when it was stopped meanwhile.
        """
        with profile_lock(self.store.path.parent, wait, hooks):
            with self.store.transaction(durable=False) as tx:  # a durable one that follows makes it so too
                settings = options.load(tx)
                key = new_id()
                runs.begin(tx, key, kind)
            return _Run(self, key, kind, order, settings, hooks).report()


def fetch(store: Store, client: Client, references: Sequence[Reference]) -> None:
    """Read these records into the local data. Raises CrmError. The caller holds the profile's lock."""
    run = new_id()
    tally = Tally()
    by_entity: dict[str, list[str]] = {}
    for each in references:
        by_entity.setdefault(each.entity, []).append(each.id)
    for entity, ids in by_entity.items():
        Pull(store, client, run, tally, Hooks()).fetch(entity, ids, None)


class _Run:
    """The run under way."""

    def __init__(self, engine: Engine, key: str, kind: str, order: Order, settings: Settings, hooks: Hooks) -> None:
        store, client = engine.store, engine.client
        self.store, self.client, self.key, self.order, self.hooks = store, client, key, order, hooks
        self.kind = kind
        self.timer = engine.timer
        self.settings = settings
        self.tally = Tally()
        self.pull = Pull(store, client, key, self.tally, hooks, self.timer)
        self.push = Push(store, client, key, settings, self.tally, hooks, self.pull)
        self.began = self.timer()
        self.traffic = client.traffic

    def report(self) -> Report:
        outcome = "failed"
        try:
            outcome = self._steps()
        finally:
            report = self._report(outcome)
            with self.store.transaction(durable=False) as tx:
                runs.end(tx, self.key, outcome, report.as_dict())
                more = ageing.forget_old(tx, self.settings.history_days)
            while more:
                with self.store.transaction(durable=False) as tx:
                    more = ageing.forget_old(tx, self.settings.history_days)
            if self.tally.changes:
                self.hooks.changed(self.tally.changes)
        return report

    def _steps(self) -> str:
        try:
            if self.order == "push first":
                self.push.everything()
                self.pull.everything()
                self.push.everything()  # a clash heard of while pulling, a record that came back
            elif self.order == "pull first":
                self.pull.everything()
                self.push.everything()
            else:
                self.push.everything()
            self.pull.hear_of_emptied()
        except (Stopped, Cancelled):
            return "stopped"
        if self.order != "push only" and self.settings.contacts_copy == "all":
            with self.store.transaction(self.key) as tx:
                local_data.make_all_contacts_mine(tx)
        if self.order != "push only" and self.tally.unanswered == 0:
            self.hooks.progress(Progress(tr("Tidying the local data")))
            self._erase()
        return "complete"

    def _erase(self) -> None:
        """Every transaction of this run was answered: what left the local data may go now, and what it alone kept."""
        before = -1
        while self.tally.erased != before:
            before = self.tally.erased
            going: dict[str, dict[str, str]] = {}
            with self.store.read() as reader:  # long questions, while which others may write
                for entity in local_data.extras(reader):
                    unneeded = local_data.unneeded(reader, entity)
                    if unneeded:
                        going[entity] = dict.fromkeys(unneeded, Departure.LEFT.value)
                for reference, reason in local_data.leaving(reader):
                    going.setdefault(reference.entity, {})[reference.id] = reason
            for entity, reasons in going.items():
                keys = list(reasons)
                for start in range(0, len(keys), SLICE):
                    with self.store.transaction(self.key) as tx:
                        self._erase_of(tx, entity, {key: reasons[key] for key in keys[start : start + SLICE]})

    def _erase_of(self, tx: Transaction, entity: str, reasons: dict[str, str]) -> None:
        here = records.stored_many(tx, entity, list(reasons))
        unneeded = set(local_data.unneeded(tx, entity, list(reasons)))
        going, ours = list[str](), list[str]()
        for key, local in here.items():
            how = Departure(reasons[key])
            if local.private:
                ours.append(key)  # it does not leave, whatever the server has
                continue
            if local.waits or local.sent or problems.of_record(tx, local.reference):
                continue  # stays until that is settled
            if how is Departure.LEFT and key not in unneeded:
                continue  # something still shows it
            if how is Departure.DELETED:
                lost = Lost(local, None, local.shown, None, "deleted in the CRM", _who(local.base))
                self.tally.overwritten += history.remember(tx, [lost])
            going.append(key)
        records.erase(tx, entity, going)
        kept_by_need = [key for key, why in reasons.items() if why == Departure.LEFT.value and key not in unneeded]
        absent = [key for key in reasons if key not in here]
        # what the server does not give any more, and waits, goes when that is settled
        local_data.stay(tx, entity, [*going, *ours, *kept_by_need, *absent])
        self.tally.erased += len(going)
        apply.note(self.tally, entity, going)

    def _report(self, outcome: str) -> Report:
        traffic = self.client.traffic
        with self.store.read() as reader:
            still_open = tuple(problems.keys(reader))
            waiting = outbox.count_records(reader)
        return Report(
            self.key,
            outcome,
            self.tally.pulled,
            self.tally.pushed,
            self.tally.merged,
            self.tally.erased,
            self.tally.refused,
            traffic.requests - self.traffic.requests,
            traffic.bytes_sent + traffic.bytes_received - self.traffic.bytes_sent - self.traffic.bytes_received,
            round(self.timer() - self.began, 3),
            tuple(self.tally.overwritten),
            still_open,
            self.kind,
            len(self.tally.delivered),
            waiting,
        )


def _who(base: object) -> str | None:
    value = base.get("modifiedby") if isinstance(base, dict) else None
    return value if isinstance(value, str) else None
