"""Histories that everybody should know by name: short scripts, at whose end the same laws hold as of all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest

from crmdesk.actions import resolve, restore, track
from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference, Value
from crmdesk.store.problems import Problem
from tests.simulation.deeds import answer, track_a_message
from tests.simulation.events import go_online, server_forgets_its_feed
from tests.simulation.laws import check
from tests.simulation.people import Person, Spot
from tests.simulation.place import place
from tests.simulation.story import Story
from tests.support.lossy import Fault, Loss

LOST, CUT = Loss.AFTER_DELIVERY, Loss.CUT


class _Moment(httpx.BaseTransport):
    """Something happens when the server has obeyed a request of that number, before its answer is there."""

    def __init__(self, inner: httpx.BaseTransport, number: int, what: Callable[[], object]) -> None:
        self._inner, self._left, self._what = inner, number, what

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answered = self._inner.handle_request(request)
        self._left -= 1
        if self._left == 0:
            self._what()
        return answered


class Told:
    """A story told line by line: of Ann and Ben, who share an account, its contact and a task."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.ann, self.ben = story.people[:2]
        self.account, self.contact, self.task = (
            self.ann.seen(entity)[-1].reference for entity in ("account", "contact", "task")
        )

    def writes(self, person: Person, reference: Reference, name: str, value: Value) -> None:
        person.desk.change(reference, **{name: value})
        person.writes(Spot(reference, name), value)

    def meanwhile(self, person: Person, what: Callable[[], object], number: int = 1) -> None:
        """`what` happens while the person's request of that number is under way."""
        person.desk.network.inner = _Moment(person.desk.network.inner, number, what)

    def pushes(self, person: Person, *faults: Fault | None) -> None:
        """Of the requests, each meets its fault."""
        waiting = iter(faults)
        person.desk.network.decide = lambda request: next(waiting, Loss.BEFORE_DELIVERY if faults else None)
        try:
            self.story.told.append(f"{person.name} pushes: {person.desk.session.push()}")
        except CrmError as error:
            self.story.told.append(f"{person.name} pushes: {error}")
        person.desk.network.decide = lambda request: None

    def power_fails(self, person: Person) -> None:
        put_back = person.disk.after_power_cut(self.story.rng)
        person.desk.session.close()
        put_back()
        person.desk.start_again()

    def problem(self, person: Person, kind: str) -> Problem:
        (found,) = person.desk.problems()
        assert found.kind == kind, found
        return found

    def answers(self, person: Person, choice: str) -> None:
        (problem,) = person.desk.problems()
        self.story.meddled.add(problem.reference)
        person.desk.session.do(lambda tx: resolve.resolve(tx, problem.id, choice))

    def ends(self) -> None:
        self.story.rest(answer, go_online)
        check(self.story)

    def there(self, reference: Reference, name: str) -> Value:
        """What stands on the server now."""
        row = self.story.office.has(reference)
        return None if row is None else row.values[name]


@pytest.fixture
def told() -> Iterator[Told]:
    with place(7) as story:
        for person in story.people:
            for entity in ("contact", "account", "task"):
                person.desk.group(entity, "true")
            person.desk.network.decide = lambda request: None
            person.desk.sync()
        yield Told(story)


def test_edit_during_push(told: Told) -> None:
    told.writes(told.ann, told.contact, "jobtitle", "first")
    told.meanwhile(told.ann, lambda: told.writes(told.ann, told.contact, "jobtitle", "second"))
    told.pushes(told.ann)
    told.ends()
    assert told.there(told.contact, "jobtitle") == "second"


@pytest.mark.parametrize("fault", [None, LOST, CUT], ids=["answered", "lost", "cut"])
def test_revert_during_push(told: Told, fault: Fault | None) -> None:
    before = told.there(told.contact, "jobtitle")
    told.writes(told.ann, told.contact, "jobtitle", "a mistake")
    told.meanwhile(told.ann, lambda: told.writes(told.ann, told.contact, "jobtitle", before))
    told.pushes(told.ann, fault)
    told.ends()
    assert told.there(told.contact, "jobtitle") == before


@pytest.mark.parametrize("fault", [LOST, CUT, Loss.BEFORE_DELIVERY], ids=["lost", "cut", "never arrived"])
def test_delete_after_a_lost_create(told: Told, fault: Fault) -> None:
    made = told.ann.desk.make("account", name="Fabrikam")
    told.pushes(told.ann, fault)
    told.ann.desk.remove(made)
    told.story.meddled.add(made)
    told.ends()
    assert told.story.office.has(made) is None
    assert told.ann.desk.sees(made) is None


def test_create_sent_again_and_again(told: Told) -> None:
    made = told.ann.desk.make("contact", lastname="Fabrikam", parentcustomerid=str(told.account))
    for fault in (LOST, CUT, Loss.BEFORE_DELIVERY, Loss.SILENCE, Loss.SHORTENED):
        told.pushes(told.ann, fault)
    told.ends()
    assert told.there(made, "lastname") == "Fabrikam"
    assert told.ann.desk.history() == [], "its own create is nobody's clash"


def test_untrack_with_waiting_edits(told: Told) -> None:
    before = told.there(told.contact, "jobtitle")
    told.ann.desk.change(told.contact, jobtitle="mine alone")
    told.story.meddled.add(told.contact)
    done = told.ann.desk.session.do(lambda tx: track.untrack(tx, "contact", [told.contact.id]))
    assert isinstance(done.result, list)
    told.ends()
    assert told.there(told.contact, "jobtitle") == before
    assert told.ann.desk.value(Reference("contact", done.result[0]), "jobtitle") == "mine alone"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_group_change_between_pull_and_erase(told: Told, number: int) -> None:
    told.ann.desk.group("contact", "startswith(lastname,'nobody')")
    told.writes(told.ann, told.contact, "jobtitle", "kept")
    told.meanwhile(told.ann, lambda: told.ann.desk.group("contact", "true"), number)
    told.ann.desk.sync()
    told.ends()
    assert told.there(told.contact, "jobtitle") == "kept"
    assert len(told.ann.seen("contact")) == 2, "the whole group is back"


def test_clock_set_back_a_day(told: Told) -> None:
    told.ann.desk.group("contact", "startswith(lastname,'contact')")
    told.ann.desk.sync()
    told.ann.desk.clock_is_off = timedelta(days=-1)
    told.writes(told.ben, told.contact, "jobtitle", "heard")
    told.pushes(told.ben)
    told.ann.desk.sync()
    assert told.ann.desk.value(told.contact, "jobtitle") == "heard"
    told.ends()


def test_rights_taken_while_edits_wait(told: Told) -> None:
    told.ben.desk.change(told.contact, jobtitle="waits")
    told.story.rights.take(told.ben.user, told.contact)
    told.story.meddled.add(told.contact)
    told.ben.desk.sync()
    assert told.problem(told.ben, "refused").reference == told.contact
    assert told.ben.desk.value(told.contact, "jobtitle") == "waits", "kept until it is answered"
    told.answers(told.ben, "discard")
    told.ends()
    assert told.ben.desk.sees(told.contact) is None
    assert ("jobtitle", "waits") in told.ben.desk.lost(told.contact)


@pytest.mark.parametrize("reload", [False, True], ids=["by the feed", "by a reload"])
def test_what_may_not_be_read_is_deleted_here(told: Told, reload: bool) -> None:
    told.story.rights.take(told.ben.user, told.account)
    if reload:
        server_forgets_its_feed(told.story, told.ben)
    told.meanwhile(told.ben, lambda: told.ben.desk.remove(told.account))
    told.story.meddled.add(told.account)
    told.ben.desk.sync()
    told.ends()
    assert told.story.office.has(told.account) is not None
    assert told.ben.desk.stored(told.account) is None


def test_a_refused_deletion_is_undone_of_what_may_not_be_read(told: Told) -> None:
    told.story.rights.take(told.ann.user, told.contact)
    told.story.meddled.add(told.contact)
    told.ann.desk.remove(told.contact)
    told.pushes(told.ann)
    told.problem(told.ann, "refused")
    told.ann.desk.sync()
    run = next(each.run for each in told.ann.desk.history() if each.reference == told.contact and each.run)
    told.ann.desk.session.do(lambda tx: restore.undo_run(tx, run))
    assert told.ann.desk.problems() == [], "nothing of it waits any more"
    told.ends()
    assert told.ann.desk.stored(told.contact) is None


@pytest.mark.parametrize("by", ["by a sweep", "by a reload"])
def test_what_may_not_be_read_is_not_told_as_deleted(told: Told, by: str) -> None:
    ben = told.ben.desk
    ben.group("contact", "true" if by == "by a reload" else "lastname ne 'Nobody'")
    ben.sync()
    told.story.rights.take(told.ben.user, told.contact)
    if by == "by a reload":
        server_forgets_its_feed(told.story, told.ben)
    told.story.meddled.add(told.contact)
    ben.sync()
    assert ben.stored(told.contact) is None
    assert ben.history() == [], "it is still there, for others"
    told.ends()


def test_deleted_there_while_a_refused_change_waits(told: Told) -> None:
    told.ann.desk.change(told.contact, jobtitle="waits")
    told.story.rights.take(told.ann.user, told.contact)
    told.pushes(told.ann)
    refused = told.problem(told.ann, "refused")
    told.ben.desk.remove(told.contact)
    told.pushes(told.ben)
    told.story.meddled.add(told.contact)
    told.ann.desk.sync()
    told.ann.desk.session.do(lambda tx: resolve.resolve(tx, refused.id, "discard"))
    told.ends()
    assert told.ann.desk.stored(told.contact) is None
    assert ("jobtitle", "waits") in told.ann.desk.lost(told.contact)


def test_rights_given_back(told: Told) -> None:
    told.story.rights.take(told.ben.user, told.account)
    told.ben.desk.sync()
    assert told.ben.desk.sees(told.account) is None, "although its contact points at it"
    told.story.rights.give(told.ben.user, told.account)
    told.ends()
    assert told.ben.desk.sees(told.account) is not None


def test_the_power_fails_after_the_answer(told: Told) -> None:
    made = told.ann.desk.make("account", name="Fabrikam")
    told.writes(told.ann, told.contact, "jobtitle", "once")
    told.pushes(told.ann)
    told.power_fails(told.ann)
    told.ends()
    assert told.there(made, "name") == "Fabrikam"
    assert told.ann.desk.history() == [], "what it sent before is nobody's clash"


def test_the_server_forgets_its_feed_while_edits_wait(told: Told) -> None:
    told.writes(told.ann, told.contact, "jobtitle", "kept")
    told.writes(told.ben, told.contact, "firstname", "too")
    told.pushes(told.ben)
    server_forgets_its_feed(told.story, told.ann)
    told.ends()
    assert (told.there(told.contact, "jobtitle"), told.there(told.contact, "firstname")) == ("kept", "too")


def test_a_mail_comes_with_its_attachment_or_not_at_all(told: Told) -> None:
    for fault in (LOST, Loss.BEFORE_DELIVERY, CUT):
        track_a_message(told.story, told.ann)
        told.pushes(told.ann, fault)
        track_a_message(told.story, told.ben)
        told.pushes(told.ben, fault)
    told.ends()


def test_a_deleted_record_comes_back_by_undoing_the_run(told: Told) -> None:
    told.ann.desk.remove(told.contact)
    told.story.meddled.add(told.contact)
    told.ann.desk.sync()
    (line, *_) = told.ann.desk.history(told.contact)
    assert line.run is not None
    told.ann.desk.session.do(lambda tx: restore.undo_run(tx, str(line.run)))
    told.ends()
    assert told.there(told.contact, "lastname") == line.lost["lastname"]


# ---- possible duplicates


@pytest.fixture
def twins(told: Told) -> tuple[Reference, Reference, Reference]:
    """A contact on the server, one of Ann's that looks like it, and an account that points at hers."""
    there = told.ben.desk.make("contact", lastname="Smith", emailaddress1="smith@example.com")
    told.ben.desk.sync()
    told.ann.desk.option("duplicates", "ask")
    new = told.ann.desk.make("contact", lastname="Smyth", emailaddress1="smith@example.com")
    account = told.ann.desk.make("account", name="Smith's", primarycontactid=str(new))
    told.story.meddled.update((new, account))
    told.ann.desk.sync()
    assert told.problem(told.ann, "duplicate").reference == new
    assert told.story.office.has(account) is None, "it waits with what it refers to"
    return there, new, account


def test_a_possible_duplicate_is_created_anyway(told: Told, twins: tuple[Reference, Reference, Reference]) -> None:
    _, new, account = twins
    told.answers(told.ann, "create")
    told.ends()
    assert told.there(new, "lastname") == "Smyth"
    assert told.there(account, "primarycontactid") == str(new)


def test_the_existing_record_is_used(told: Told, twins: tuple[Reference, Reference, Reference]) -> None:
    there, new, account = twins
    told.answers(told.ann, f"use:{there.id}")
    told.ends()
    assert told.story.office.has(new) is None
    assert told.there(account, "primarycontactid") == str(there)


def test_a_possible_duplicate_is_discarded(told: Told, twins: tuple[Reference, Reference, Reference]) -> None:
    _, new, account = twins
    told.answers(told.ann, "discard")
    told.ends()
    assert told.story.office.has(new) is None
    assert told.there(account, "primarycontactid") is None
    assert (None, "Smyth") in told.ann.desk.lost(new)
