"""What changed locally, said once, so that every view can decide whether it cares."""

from __future__ import annotations

from dataclasses import dataclass

from crmdesk.model.record import Reference


@dataclass(frozen=True)
class Changes:
    """What one transaction touched. `records` names them where they are few; `entities` is always complete.

    Without `records` it may be any of the entities'. `cause` tells who: a person's action or a synchronising run.
    """

    entities: frozenset[str] = frozenset()
    records: frozenset[Reference] = frozenset()
    messages: bool = False
    options: bool = False
    outbox: bool = False  # something new waits to be sent
    problems: bool = False
    history: bool = False
    cause: str = "person"
    result: object = None  # what the action gives back to its caller (an id, a list of ids)

    def __bool__(self) -> bool:
        return bool(self.entities or self.messages or self.options or self.outbox or self.problems or self.history)

    def __or__(self, other: Changes) -> Changes:
        named = all(each.records or not each.entities for each in (self, other))
        return Changes(
            self.entities | other.entities,
            self.records | other.records if named else frozenset(),
            self.messages or other.messages,
            self.options or other.options,
            self.outbox or other.outbox,
            self.problems or other.problems,
            self.history or other.history,
            self.cause,
            self.result if other.result is None else other.result,
        )


NOTHING = Changes()


def of_records(*touched: Reference, outbox: bool = True, result: object = None) -> Changes:
    return Changes(frozenset(each.entity for each in touched), frozenset(touched), outbox=outbox, result=result)
