"""Bringing back what was overwritten or erased: one value, a record, a whole run; and taking that back."""

from __future__ import annotations

from unittest import mock

import pytest

from crmdesk.actions import restore
from crmdesk.actions.refusal import Refusal
from crmdesk.actions.restore import Undone
from crmdesk.crm.errors import Unreachable
from crmdesk.model.record import Reference, Value
from crmdesk.odata.batch import Answer
from crmdesk.server.database import Snapshot
from crmdesk.server.errors import ServiceError
from crmdesk.server.exchange import Call
from crmdesk.server.resources import answer_to
from crmdesk.store import history, runs
from crmdesk.store.history import Lost
from crmdesk.store.records import Stored
from crmdesk.store.runs import PastRun
from tests.support.builders import Desk, Office
from tests.support.lossy import Loss


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true", account="true")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben", contact="true", account="true")


@pytest.fixture
def people(ann: Desk, ben: Desk) -> list[Reference]:
    """Four contacts that both have."""
    made = [ann.make("contact", lastname=name, jobtitle="Clerk", telephone1="1") for name in ("A", "B", "C", "D")]
    ann.sync()
    ben.sync()
    return made


@pytest.fixture
def run(ann: Desk, ben: Desk, people: list[Reference]) -> str:
    """Ann's run that overwrote ben's job titles of A and B, deleted D, and heard that ben had deleted C."""
    a, b, c, d = people
    for each in (a, b):
        ben.change(each, jobtitle="Ben's", telephone1="Ben's")
        ann.change(each, jobtitle="Ann's")
    ben.remove(c)
    ben.session.push()
    ann.remove(d)
    return ann.sync().run


def undo(desk: Desk, run: str) -> Undone:
    result = desk.session.do(lambda tx: restore.undo_run(tx, run)).result
    assert isinstance(result, Undone)
    return result


def titles(office: Office) -> dict[str, Value]:
    """Last name -> job title, on the server."""
    return {row.values["lastname"]: row.values["jobtitle"] for row in office.everything("contact").values()}


def why(undone: Undone) -> list[tuple[str | None, str | None, str]]:
    return [(each.line.name, each.line.field, each.why) for each in undone.left]


def test_a_whole_run_is_undone_and_the_undoing_too(office: Office, ann: Desk, run: str) -> None:
    after = {"A": "Ann's", "B": "Ann's"}
    before = {"A": "Ben's", "B": "Ben's", "C": "Clerk", "D": "Clerk"}
    assert titles(office) == after
    undone = undo(ann, run)
    assert (undone.brought_back, undone.left) == (4, ())
    assert ann.waiting() == 4
    ann.sync()
    assert titles(office) == before
    again = undo(ann, undone.run)
    assert (again.brought_back, again.left) == (4, ())
    ann.sync()
    assert titles(office) == after
    undo(ann, again.run)
    ann.sync()
    assert titles(office) == before
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_records_come_back_under_their_own_ids(office: Office, ann: Desk, run: str, people: list[Reference]) -> None:
    undo(ann, run)
    ann.sync()
    assert set(office.everything("contact")) == {each.id for each in people}


def test_an_undoing_is_undone_before_it_was_sent(ann: Desk, run: str, people: list[Reference]) -> None:
    undone = undo(ann, run)
    again = undo(ann, undone.run)
    assert (again.brought_back, again.left, ann.waiting()) == (4, (), 0)
    assert [ann.sees(each) is None for each in people] == [False, False, True, True]


def test_what_was_changed_since_stays_and_is_named(
    office: Office, ann: Desk, run: str, people: list[Reference]
) -> None:
    a, _, c, _ = people
    ann.change(a, jobtitle="Newer")
    (line,) = (each for each in ann.history(c) if each.field is None)
    ann.restore(line)
    undone = undo(ann, run)
    assert undone.brought_back == 2
    assert sorted(why(undone)) == [
        ("A", "jobtitle", restore.CHANGED_SINCE),
        ("C", None, restore.BROUGHT_BACK),
    ]
    ann.sync()
    assert titles(office) == {"A": "Newer", "B": "Ben's", "C": "Clerk", "D": "Clerk"}


def test_what_another_person_changed_since_stays(
    office: Office, ann: Desk, ben: Desk, run: str, people: list[Reference]
) -> None:
    ben.sync()
    a = people[0]
    ben.change(a, jobtitle="Ben's newest")
    ben.session.push()
    ann.sync()
    assert why(undo(ann, run)) == [("A", "jobtitle", restore.CHANGED_SINCE)]
    ann.sync()
    assert titles(office)["A"] == "Ben's newest"


def test_a_run_is_undone_once(ann: Desk, run: str) -> None:
    undo(ann, run)
    before = ann.history()
    with pytest.raises(Refusal, match="nothing to bring back"):
        undo(ann, run)
    assert ann.history() == before


@pytest.mark.parametrize("run_id", ["no such run", ""])
def test_a_run_that_took_nothing_has_nothing_to_bring_back(ann: Desk, run_id: str) -> None:
    with pytest.raises(Refusal, match="Nothing was changed"):
        undo(ann, run_id)


def test_the_plan_says_what_will_happen_and_writes_nothing(ann: Desk, run: str, people: list[Reference]) -> None:
    ann.change(people[0], jobtitle="Newer")
    before = ann.history()
    with ann.session.store.read() as reader:
        plan = restore.what_comes_back_of_run(reader, run)
    assert (len(plan.coming), [each.why for each in plan.left]) == (3, [restore.CHANGED_SINCE])
    assert ann.history() == before
    assert ann.waiting() == 1
    undone = undo(ann, run)
    assert (undone.brought_back, [each.why for each in undone.left]) == (3, [restore.CHANGED_SINCE])


def test_the_newest_loss_of_a_field_goes_first_so_that_it_ends_as_before_the_run(
    ann: Desk, people: list[Reference]
) -> None:
    a = people[0]
    local = ann.stored(a)
    assert local is not None
    with ann.session.store.transaction("r") as tx:
        history.remember(tx, [Lost(local, "jobtitle", "first", "second", "changed here")])
        history.remember(tx, [Lost(local, "jobtitle", "second", "Clerk", "changed here")])
    assert undo(ann, "r").left == ()
    assert ann.value(a, "jobtitle") == "first"


def test_an_undoing_stands_among_the_past_runs_and_is_no_synchronisation(ann: Desk, run: str) -> None:
    last = ann.session.status().last
    ann.office.clock.advance(3600)
    undone = undo(ann, run)
    with ann.session.store.read() as reader:
        newest, *_ = runs.newest(reader)
        synchronised = runs.last(reader)
    assert isinstance(newest, PastRun)
    assert isinstance(synchronised, PastRun)
    assert (newest.id, newest.kind, newest.report["undone"]) == (undone.run, "undo", run)
    assert synchronised.id == run
    assert ann.session.status().last == last


# ---- one record, one value


def test_a_record_gets_back_what_it_lost_last(ann: Desk, ben: Desk, people: list[Reference]) -> None:
    a = people[0]
    for number in ("1", "2"):
        ben.sync()
        ben.change(a, jobtitle=f"Ben's {number}", telephone1=f"Ben's {number}")
        ben.session.push()
        ann.change(a, jobtitle=f"Ann's {number}", telephone1=f"Ann's {number}")
        ann.sync()
    ann.change(a, telephone1="newest")
    result = ann.session.do(lambda tx: restore.restore_record(tx, a)).result
    assert isinstance(result, Undone)
    assert (ann.value(a, "jobtitle"), ann.value(a, "telephone1")) == ("Ben's 2", "newest")
    assert why(result) == [("A", "telephone1", restore.CHANGED_SINCE)]
    ann.sync()
    undo(ann, result.run)
    assert ann.value(a, "jobtitle") == "Ann's 2"


def test_a_record_that_is_gone_comes_back_whole(office: Office, ann: Desk, run: str, people: list[Reference]) -> None:
    ann.session.do(lambda tx: restore.restore_record(tx, people[3]))
    ann.sync()
    assert titles(office) == {"A": "Ann's", "B": "Ann's", "D": "Clerk"}


def test_one_value_comes_back_over_what_was_changed_since_which_is_kept(
    ann: Desk, run: str, people: list[Reference]
) -> None:
    a = people[0]
    (line,) = ann.history(a)
    ann.change(a, jobtitle="Newer")
    ann.restore(line)
    assert ann.value(a, "jobtitle") == "Ben's"
    newest = ann.history(a)[0]
    assert (newest.lost, newest.kept, newest.reason) == ("Newer", "Ben's", "restored")
    ann.restore(newest)
    assert ann.value(a, "jobtitle") == "Newer"


def test_a_deletion_that_is_on_its_way_is_waited_for(ann: Desk, people: list[Reference]) -> None:
    ann.remove(people[3])
    ann.network.decide = lambda request: Loss.AFTER_DELIVERY
    with pytest.raises(Unreachable):
        ann.session.push()
    (line,) = (each for each in ann.history(people[3]) if each.field is None)
    with pytest.raises(Refusal, match="on its way"):
        ann.restore(line)
    ann.plug_in()
    ann.sync()
    ann.restore(line)
    ann.sync()
    assert ann.sees(people[3]) is not None


def no_deletions(call: Call, snapshot: Snapshot) -> Answer:
    """A server that lets nobody delete."""
    if call.method == "DELETE":
        raise ServiceError(403, "0x80040220", "You may not delete it.")
    return answer_to(call, snapshot)


def test_a_refused_deletion_is_undone_with_its_run_and_what_else_waits_goes(
    office: Office, ann: Desk, ben: Desk, people: list[Reference]
) -> None:
    a, b, c, _ = people
    ben.change(a, jobtitle="Ben's")
    ben.session.push()
    ann.change(a, jobtitle="Ann's")
    for each in (b, c):
        ann.change(each, jobtitle="Ann's")
        ann.remove(each)
    with mock.patch("crmdesk.server.batch.answer_to", no_deletions):
        run = ann.sync().run
        assert [each.kind for each in ann.problems()] == ["refused", "refused"]
        undone = undo(ann, run)
        assert (undone.brought_back, undone.left, ann.problems()) == (3, (), [])
        ann.sync()
    assert titles(office) == {"A": "Ben's", "B": "Ann's", "C": "Ann's", "D": "Clerk"}
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_what_of_a_run_cannot_be_undone_yet_is_named_and_the_rest_is_undone(
    office: Office, ann: Desk, ben: Desk, people: list[Reference]
) -> None:
    a, _, _, d = people
    ben.change(a, jobtitle="Ben's")
    ben.session.push()
    ann.change(a, jobtitle="Ann's")
    run = ann.sync().run
    local = ann.stored(d)
    assert local is not None
    with ann.session.store.transaction(run) as tx:
        history.remember(tx, [Lost(local, None, local.shown, None, "deleted here")])
    ann.remove(d)
    ann.network.decide = lambda request: Loss.AFTER_DELIVERY
    with pytest.raises(Unreachable):
        ann.session.push()
    undone = undo(ann, run)
    assert (undone.brought_back, why(undone)) == (1, [("D", None, restore.ON_ITS_WAY)])
    ann.plug_in()
    ann.sync()
    assert titles(office) == {"A": "Ben's", "B": "Clerk", "C": "Clerk"}


def test_a_possible_duplicate_that_was_let_go_is_made_when_it_is_wanted_back(office: Office, ann: Desk) -> None:
    ann.option("duplicates", "skip")
    ann.make("contact", lastname="One", emailaddress1="one@contoso.example")
    ann.sync()
    other = ann.make("contact", lastname="Other", emailaddress1="one@contoso.example")
    run = ann.sync().run
    assert ann.sees(other) is None
    undo(ann, run)
    ann.sync()
    assert office.has(other) is not None


def test_users_are_not_made_here(ann: Desk) -> None:
    gone = Stored("systemuser", "c0000000-0000-4000-8000-000000000001", base={"fullname": "Gone"})
    with ann.session.store.transaction("r") as tx:
        history.remember(tx, [Lost(gone, None, gone.shown, None, "deleted in the CRM")])
    with pytest.raises(Refusal, match="administrator"):
        undo(ann, "r")
