"""What a run did, counted while it runs and told at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference


@dataclass(frozen=True)
class Progress:
    """Where a run is. `words` name the step; `total` None: not known. `left`: seconds that are to come, a guess."""

    words: str
    done: int = 0
    total: int | None = None
    left: float | None = None


@dataclass(frozen=True)
class Report:
    """What a run did. requests: HTTP requests; bytes: both ways, as they were on the wire; seconds: wall time."""

    run: str
    outcome: str  # complete | stopped
    pulled: int = 0
    pushed: int = 0
    merged: int = 0
    erased: int = 0
    refused: int = 0
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    overwritten: tuple[str, ...] = ()  # ids of history lines
    problems: tuple[str, ...] = ()  # ids of the problems that are open now
    kind: str = ""  # as in the list of runs
    delivered: int = 0  # records whose changes the server confirmed
    waiting: int = 0  # records whose changes it has not confirmed yet

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Tally:
    """The counts of the run under way."""

    pulled: int = 0
    pushed: int = 0
    merged: int = 0
    erased: int = 0
    refused: int = 0
    unanswered: int = 0  # transactions whose outcome is not known: then nothing is erased
    overwritten: list[str] = field(default_factory=list)
    delivered: set[Reference] = field(default_factory=set)
    changes: Changes = field(default_factory=lambda: Changes(cause="run"))


@dataclass(frozen=True)
class Hooks:
    """How a run speaks to the outside; all are called from the thread that runs it."""

    progress: Callable[[Progress], None] = lambda progress: None
    changed: Callable[[Changes], None] = lambda changes: None
    stopped: Callable[[], bool] = lambda: False
