"""The first synchronisation: what is worth most comes first, how much is to come is told, and a stop costs one page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crmdesk.crm.client import Client, Page
from crmdesk.crm.sign_in import TokenCredentials
from crmdesk.model.query import EVERYTHING, Compare, Filter
from crmdesk.model.query import Column as Field
from crmdesk.model.record import Reference, Value
from crmdesk.store.local_data import Bookmark
from crmdesk.sync import feeds, first
from crmdesk.sync.feeds import Feed
from crmdesk.sync.report import Hooks, Progress
from tests.support.builders import Desk, Office
from tests.support.clock import NOON, Clock


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann")


@pytest.fixture
def colleague(office: Office) -> Desk:
    """Ann's other computer, where all of it was made."""
    return office.desk("ann", "laptop")


class Told:
    """Hears a run's progress, and may stop it."""

    def __init__(self, enough: Callable[[Progress], bool] = lambda progress: False) -> None:
        self.heard: list[Progress] = []
        self._enough = enough
        self._over = False

    @property
    def hooks(self) -> Hooks:
        return Hooks(progress=self._hear, stopped=lambda: self._over)

    def _hear(self, progress: Progress) -> None:
        self.heard.append(progress)
        self._over = self._over or self._enough(progress)

    @property
    def first(self) -> list[Progress]:
        return [each for each in self.heard if each.words.startswith("First synchronisation")]


def loading(progress: Progress) -> bool:
    return progress.words.startswith("First synchronisation")


def meeting(desk: Desk, start: str, about: Reference | None = None, **more: Value) -> Reference:
    regarding = None if about is None else str(about)
    return desk.make(
        "appointment", subject="Call", scheduledstart=start, scheduledend=start, regardingobjectid=regarding, **more
    )


def test_the_days_work_is_here_before_the_rest(office: Office, ann: Desk, colleague: Desk) -> None:
    acme = colleague.make("account", name="Acme")
    smith = colleague.make("contact", lastname="Smith", parentcustomerid=str(acme))
    today = meeting(colleague, "2026-06-17T14:00:00Z", smith)
    in_a_month = meeting(colleague, "2026-07-17T14:00:00Z")
    due = colleague.make("task", subject="Offer", scheduledend="2026-06-17T16:00:00Z")
    done = colleague.make("task", subject="Done", statecode=1, statuscode=5)
    other = colleague.make("contact", lastname="Other")
    colleague.session.push()
    told = Told(loading)
    assert ann.sync(told.hooks).outcome == "stopped", "at the first page of the first group"
    here = {each: ann.sees(each) is not None for each in (today, due, smith, acme, in_a_month, done, other)}
    assert here == {today: True, due: True, smith: True, acme: True, in_a_month: False, done: False, other: False}
    assert ann.sync().outcome == "complete"
    assert all(ann.sees(each) is not None for each in here)


def test_those_who_take_part_come_along(office: Office, ann: Desk, colleague: Desk) -> None:
    smith = colleague.make("contact", lastname="Smith")
    people = [{"participationtypemask": 5, "partyid": str(smith), "addressused": None}]
    meeting(colleague, "2026-06-18T09:00:00Z", appointment_activity_parties=people)
    colleague.session.push()
    ann.group("contact", "lastname eq 'Nobody'")
    ann.sync(Told(loading).hooks)
    assert ann.sees(smith) is not None


def test_what_came_first_and_was_deleted_before_its_group_came_is_not_kept(
    office: Office, ann: Desk, colleague: Desk
) -> None:
    due = colleague.make("task", subject="Offer")
    colleague.sync()
    ann.sync(Told(loading).hooks)
    assert ann.sees(due) is not None
    colleague.remove(due)
    colleague.sync()
    ann.sync()
    assert ann.sees(due) is None


def test_an_edit_made_meanwhile_is_kept(office: Office, ann: Desk, colleague: Desk) -> None:
    due = colleague.make("task", subject="Offer")
    colleague.sync()
    ann.sync(Told(loading).hooks)
    ann.change(due, subject="Better offer")
    ann.sync()
    there = office.has(due)
    assert there is not None
    assert there.values["subject"] == "Better offer"


def test_it_tells_how_much_is_to_come(office: Office, ann: Desk, colleague: Desk) -> None:
    for number in range(12):
        colleague.make("contact", lastname=f"Smith {number}")
    colleague.make("task", subject="Offer")
    colleague.session.push()
    users = len(office.everything("systemuser"))
    told = Told()
    ann.sync(told.hooks)
    assert {each.total for each in told.first} == {12 + 1 + users}
    assert told.first[-1].done == told.first[-1].total
    assert [each.done for each in told.first] == sorted(each.done for each in told.first)


def test_it_goes_on_after_a_pause_and_says_where_it_is(
    office: Office, ann: Desk, colleague: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "PAGE", 10)
    for number in range(47):
        colleague.make("contact", lastname=f"Smith {number:02}")
    colleague.session.push()
    office.clock.advance(600)
    for done in (10, 20):
        told = Told(lambda p, done=done: p.words.endswith("Contacts") and p.done >= done)  # type: ignore[misc]
        assert ann.sync(told.hooks).outcome == "stopped"
        ann.start_again()
    told = Told()
    report = ann.sync(told.hooks)
    assert report.outcome == "complete"
    assert 47 - 30 <= report.pulled <= 47 - 20, "what was here was not brought again"
    assert told.first[-1].done == told.first[-1].total
    again = ann.sync()
    assert (again.pulled, again.requests) == (0, 1)


@pytest.mark.parametrize(
    ("counts", "before", "fresh", "seconds", "said"),
    [
        ({"contact": 100}, {}, 0, 0.0, (0, 100, None)),
        ({"contact": 100}, {}, 25, 10.0, (25, 100, 30.0)),
        ({"contact": 100, "account": 100}, {"account": 50}, 50, 10.0, (100, 200, 20.0)),
        ({"contact": 100}, {"contact": 60}, 40, 10.0, (100, 100, 0.0)),
        ({"contact": 100}, {}, 120, 10.0, (120, 120, 0.0)),  # more came than was counted
        ({"contact": None}, {}, 25, 10.0, (25, None, None)),
        ({"contact": 100, "account": None}, {}, 25, 10.0, (25, None, None)),
    ],
)
def test_the_estimate(
    counts: dict[str, int | None],
    before: dict[str, int],
    fresh: int,
    seconds: float,
    said: tuple[int, int | None, float | None],
) -> None:
    clock = Clock()
    expected = first.Expected(counts, before, clock.monotonic)
    clock.advance(seconds)
    progress = expected.progress("contact", fresh)
    assert (progress.done, progress.total, progress.left) == said


@pytest.mark.parametrize(
    ("received", "seconds", "rows"),
    [
        (2_000_000, 0.5, None),  # quick
        (100_000, 1.0, None),
        (14_000, 2.0, 466),  # 56 kbit/s
        (1_000, 4.0, 100),  # never less
        (0, 5.0, None),  # nothing is known
    ],
)
def test_pages_are_small_on_a_slow_line(received: int, seconds: float, rows: int | None) -> None:
    assert first.page_size(received, seconds) == rows


def group(entity: str, question: Filter = EVERYTHING) -> Feed:
    return Feed(Bookmark(entity, "group", "", 1), question, delta=True)


def test_large_tables_are_counted_in_another_way(office: Office) -> None:
    ann = office.desk("ann")
    for number in range(3):
        ann.make("account", name=f"Acme {number}")
    ann.session.push()
    link = ann.session.link
    some = Compare(Field("lastname"), "eq", "Smith")
    groups = [group("task"), group("account"), group("contact", some), group("lead", some)]
    capped, seven = Page((), (), None, None, first.COUNT_CAP, NOON), Page((), (), None, None, 7, NOON)
    found = first.counts(link.client(), groups, [seven, capped, capped, seven])
    assert found == {"task": 7, "account": 3, "contact": None, "lead": 7}


def test_a_server_that_does_not_count_tables(office: Office) -> None:
    client = Client("http://localhost", TokenCredentials("wrong"), office.server.transport)
    with pytest.raises(Exception, match="sign"):
        client.table_sizes(["account"])
    client.close()
    good = office.desk("ann").session.link.client()
    assert good.table_sizes(["account", "nothing"]) == {"account": None, "nothing": None}
