"""When what happens by itself is due: the deciding part of the schedule, and what it goes by.

    case                                        due
    switched off (no rhythm)                    never
    never done yet                              now
    it went well                                last + the person's wish, but not below the administrator's least time
    many computers in one office                up to a tenth of that later, each its own part (jitter)
    it failed n times in a row                  last try + 5, 10, 20 … minutes: at most two hours, or the usual time
                                                where that is longer; never below the administrator's least time
    last lies ahead (a clock was set back)      counted from now

So a server that is down is not asked ever more often, and one that is back is asked soon.
"""

from __future__ import annotations

from dataclasses import dataclass

from crmdesk.session.organization import least
from crmdesk.store import options, runs
from crmdesk.store.store import Reader, get_meta

_RETRY = 300.0  # seconds after the first failure
_LONGEST_RETRY = 7200.0
_JITTER = 0.1


@dataclass(frozen=True)
class Rhythm:
    """Something that is done again and again. `wish`, `least`: seconds; `last`: UTC, None: never done yet."""

    wish: float
    least: float
    last: str | None

    @property
    def seconds(self) -> float:
        """Between two times that go well."""
        return max(self.wish, self.least)


@dataclass(frozen=True)
class Plan:
    """What happens by itself in a profile; None: that does not, as it stands now."""

    update: Rhythm | None
    addresses: Rhythm | None


def plan_of(reader: Reader, by_itself: bool) -> Plan:
    """`by_itself`: the state lets the server be asked unasked. No update before a first one by hand."""
    if not by_itself:
        return Plan(None, None)
    settings, allowed = options.load(reader), least(reader)
    first = runs.last(reader)
    update = None
    if settings.sync_background and first is not None:
        update = Rhythm(settings.sync_minutes * 60.0, allowed.update * 60.0, first.ended)
    book = get_meta(reader.connection, "addressbook last")
    return Plan(update, Rhythm(settings.addressbook_hours * 3600.0, allowed.addresses * 60.0, book))


def next_due(
    now: float, last: float | None, wish: float, least: float, failures: int = 0, jitter: float = 0.0
) -> float:
    """The moment on the clock of `now` and `last`, in seconds; past or now: at once.

    `last`: the newest try, None: never. `failures`: in a row, up to now. `jitter`: this computer's part, 0 to 1.
    """
    if last is None:
        return now
    usual = max(wish, least)
    wait = usual
    if failures:
        retry = _RETRY * 2.0 ** min(failures - 1, 16)
        wait = max(min(retry, max(usual, _LONGEST_RETRY)), least)
    return min(last, now) + wait * (1 + _JITTER * jitter)
