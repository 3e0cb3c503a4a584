"""What is kept on a computer: the groups, what is the person's own, what these point at; and how it leaves again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crmdesk.actions import choose, track
from crmdesk.actions.refusal import Refusal
from crmdesk.crm.errors import CrmError
from crmdesk.model.changes import Changes
from crmdesk.model.record import Reference
from crmdesk.odata.errors import ODataError
from crmdesk.server import reading
from crmdesk.store import local_data, records
from crmdesk.store.store import Transaction
from crmdesk.sync import feeds, measure, pull
from crmdesk.sync.measure import Measured
from crmdesk.sync.report import Hooks, Progress
from tests.support.builders import Desk, Office
from tests.support.lossy import Loss

DAY = 24 * 3600
MEETING = {"subject": "Call", "scheduledstart": "2026-06-18T09:00:00Z", "scheduledend": "2026-06-18T10:00:00Z"}


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben")


def extras(desk: Desk, entity: str) -> list[str]:
    with desk.session.store.read() as reader:
        return local_data.extras(reader).get(entity, [])


def test_by_default_it_is_what_one_owns(office: Office, ann: Desk, ben: Desk) -> None:
    mine, theirs = ann.make("contact", lastname="Smith"), ben.make("contact", lastname="Jones")
    for desk in (ann, ben, ann):
        desk.sync()
    assert (ann.sees(mine) is not None, ann.sees(theirs)) == (True, None)
    assert (ben.sees(theirs) is not None, ben.sees(mine)) == (True, None)


def test_a_group_is_changed_and_changed_back(office: Office, ann: Desk, ben: Desk) -> None:
    made = [ben.make("contact", lastname=name) for name in ("Smith", "Jones", "Ärger")]
    ben.sync()
    ann.sync()
    assert [ann.sees(each) for each in made] == [None, None, None]
    ann.group("contact", "startswith(lastname,'ä') or lastname eq 'SMITH'")
    ann.sync()
    assert [ann.sees(each) is not None for each in made] == [True, False, True]
    ann.group("contact", "true")
    ann.sync()
    assert [ann.sees(each) is not None for each in made] == [True, True, True]
    ann.group("contact", "false")
    report = ann.sync()
    assert ([ann.sees(each) for each in made], report.erased) == ([None, None, None], 3)
    assert len(office.everything("contact")) == 3, "leaving a group is never a delete on the server"
    assert ann.history() == [], "nothing was lost"


def test_a_record_leaves_when_it_does_not_fit_any_more(office: Office, ann: Desk, ben: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    ben.group("contact", "true")
    ben.sync()
    ben.change(smith, ownerid=office.id_of("ben"))
    ben.sync()
    office.clock.advance(1)
    report = ann.sync()
    assert (report.erased, ann.sees(smith)) == (1, None)
    assert office.has(smith) is not None
    assert ann.history() == []


def test_a_record_that_does_not_fit_any_more_stays_while_its_change_waits(office: Office, ann: Desk, ben: Desk) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    ben.group("contact", "true")
    ben.sync()
    ben.change(smith, ownerid=office.id_of("ben"))
    ben.sync()
    ann.change(smith, jobtitle="Buyer")
    ann.faults(*[None] * 4, Loss.BEFORE_DELIVERY)
    ann.session.go_offline(now=True)
    assert ann.sees(smith) is not None
    ann.plug_in()
    ann.session.go_online()
    there = office.has(smith)
    assert there is not None
    assert there.values["jobtitle"] == "Buyer"
    ann.sync()
    assert ann.sees(smith) is None


def test_what_a_record_points_at_comes_along_and_leaves_again(office: Office, ann: Desk, ben: Desk) -> None:
    acme = ben.make("account", name="Acme")
    ben.sync()
    ann.group("account", "name eq 'Other'")
    call = ann.make("task", subject="Call", regardingobjectid=str(acme))
    ann.sync()
    assert ann.value(acme, "name") == "Acme"
    assert extras(ann, "account") == [acme.id]
    ben.change(acme, name="Acme Ltd")
    office.clock.advance(600)
    ben.sync()
    ann.sync()
    assert ann.value(acme, "name") == "Acme Ltd", "it is kept up to date"
    ann.change(call, regardingobjectid=None)
    ann.sync()
    office.clock.advance(1)
    ann.sync()
    assert ann.sees(acme) is None
    assert office.has(acme) is not None


def test_one_record_does_not_bring_the_whole_organisation_along(office: Office, ann: Desk, ben: Desk) -> None:
    holding = ben.make("account", name="Holding")
    acme = ben.make("account", name="Acme", parentaccountid=str(holding))
    ben.sync()
    ann.group("account", "name eq 'Other'")
    ann.make("task", subject="Call", regardingobjectid=str(acme))
    ann.sync()
    ann.sync()
    assert (ann.sees(acme) is not None, ann.sees(holding)) == (True, None)


def test_what_is_copied_to_my_contacts_stays_and_is_kept_up_to_date(office: Office, ann: Desk, ben: Desk) -> None:
    smith = ben.make("contact", lastname="Smith")
    ben.sync()
    ann.session.fetch_missing([smith])
    ann.session.do(lambda tx: track.copy_contacts(tx, [smith.id]))
    ann.sync()
    ben.change(smith, lastname="Rodman")
    office.clock.advance(600)
    ben.sync()
    ann.sync()
    assert ann.value(smith, "lastname") == "Rodman"


def test_a_deletion_there_of_what_came_along_is_noticed(office: Office, ann: Desk, ben: Desk) -> None:
    acme = ben.make("account", name="Acme")
    ben.sync()
    ann.group("account", "name eq 'Other'")
    call = ann.make("task", subject="Call", regardingobjectid=str(acme))
    ann.sync()
    ben.remove(acme)
    ben.sync()
    office.clock.advance(2 * 3600)
    ann.sync()
    assert ann.sees(acme) is None
    assert ann.lost(acme) == [(None, "Acme")]
    assert ann.value(call, "regardingobjectid") is None, "as the server has it"


def test_a_copied_one_that_was_deleted_leaves_although_the_whole_table_is_wanted_now(
    office: Office, ann: Desk, ben: Desk
) -> None:
    smith = ben.make("contact", lastname="Smith")
    ben.sync()
    ann.session.fetch_missing([smith])
    ann.session.do(lambda tx: track.copy_contacts(tx, [smith.id]))
    ann.sync()
    ben.remove(smith)
    ben.sync()
    ann.group("contact", "true")
    ann.sync()
    assert ann.sees(smith) is None
    assert ann.lost(smith) == [(None, "Smith")]


def test_a_pointer_that_the_server_emptied_is_noticed_within_an_hour(office: Office, ann: Desk, ben: Desk) -> None:
    """Deleting a record empties what pointed at it without changing when that was modified."""
    acme = ann.make("account", name="Acme")
    call = ann.make("task", subject="Call", regardingobjectid=str(acme))
    ann.sync()
    ben.group("account", "true")
    office.clock.advance(3600)
    ben.sync()
    ben.remove(acme)
    ben.sync()
    office.clock.advance(3601)
    ann.sync()
    assert ann.value(call, "regardingobjectid") is None


@pytest.mark.parametrize("who", ["by me", "by somebody else"])
def test_a_pointer_at_what_this_run_knows_to_be_deleted_is_emptied_at_once(
    who: str, office: Office, ann: Desk, ben: Desk
) -> None:
    acme = ann.make("account", name="Acme")
    call = ann.make("task", subject="Call", regardingobjectid=str(acme))
    ann.sync()
    ben.group("account", "true")
    ben.sync()
    office.clock.advance(600)  # longer than what a filtered feed looks back
    ann.sync()
    (ann if who == "by me" else ben).remove(acme)
    ben.sync()
    ann.sync()
    assert ann.value(call, "regardingobjectid") is None
    assert ann.sync().requests == 1


def test_what_left_the_group_but_is_pointed_at_shows_what_it_is_now(office: Office, ann: Desk, ben: Desk) -> None:
    acme = ann.make("account", name="Acme")
    ann.make("task", subject="Call", regardingobjectid=str(acme))
    ann.sync()
    ben.group("account", "true")
    ben.sync()
    office.clock.advance(1200)
    ben.change(acme, name="Acme Ltd", ownerid=office.id_of("ben"))
    ben.sync()
    office.clock.advance(1200)
    ann.sync()
    assert ann.value(acme, "name") == "Acme Ltd"


# ---- loads of several pages


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PAGE", 10)
    monkeypatch.setattr(pull, "SLICE", 4)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("group", ["true", "startswith(lastname,'Smith')"])
def test_a_first_load_goes_on_after_a_stop(group: str, office: Office, ann: Desk, ben: Desk) -> None:
    made = [ben.make("contact", lastname=f"Smith {n:02}") for n in range(47)]
    ben.session.push()
    ann.sync()
    ann.group("contact", group)
    pages: list[str] = []
    report = ann.sync(Hooks(progress=lambda p: pages.append(p.words), stopped=lambda: pages.count(PAGE_DONE) >= 3))
    assert report.outcome == "stopped"
    assert (here := sum(ann.sees(each) is not None for each in made)) in (20, 30)
    ann.start_again()
    ben.change(made[0], lastname="Smith first")
    ben.remove(made[1])
    ben.session.push()
    ann.requests.clear()
    report = ann.sync()
    assert report.pulled < 47 - here + 3, "it went on where it had stopped"
    ann.sync()
    assert ann.value(made[0], "lastname") == "Smith first"
    assert ann.sees(made[1]) is None
    assert sum(ann.sees(each) is not None for each in made) == 46


PAGE_DONE = "Local data: Contacts"


@pytest.mark.usefixtures("small_pages")
def test_a_first_load_goes_on_after_the_network_broke(office: Office, ann: Desk, ben: Desk) -> None:
    made = [ben.make("contact", lastname=f"Smith {n:02}") for n in range(47)]
    ben.session.push()
    ann.group("contact", "true")
    pages: list[str] = []

    def break_after_two_pages(progress: Progress) -> None:
        pages.append(progress.words)
        if pages.count("First synchronisation: Contacts") == 2:
            ann.faults(*[Loss.CUT] * 9)

    with pytest.raises(Exception, match="kept here"):
        ann.sync(Hooks(progress=break_after_two_pages))
    ann.plug_in()
    report = ann.sync()
    assert all(ann.sees(each) is not None for each in made)
    assert report.pulled == 27, "it went on where it had been cut"


@pytest.mark.usefixtures("small_pages")
def test_an_update_of_several_pages_starts_again_after_a_stop(office: Office, ann: Desk, ben: Desk) -> None:
    made = [ben.make("contact", lastname=f"Smith {n:02}") for n in range(35)]
    ben.session.push()
    ann.group("contact", "true")
    ann.sync()
    for each in made:
        ben.change(each, jobtitle="Buyer")
    ben.session.push()
    pages: list[str] = []
    ann.sync(Hooks(progress=lambda p: pages.append(p.words), stopped=lambda: pages.count(PAGE_DONE) >= 2))
    ann.start_again()
    ann.sync()
    assert {ann.value(each, "jobtitle") for each in made} == {"Buyer"}


# ---- loads that must be made anew


def test_a_delta_link_that_is_too_old_is_a_load_anew(office: Office, ann: Desk, ben: Desk) -> None:
    ann.group("contact", "true")
    ben.group("contact", "true")
    smith, jones = ben.make("contact", lastname="Smith"), ben.make("contact", lastname="Jones")
    ben.sync()
    ann.sync()
    ann.change(smith, jobtitle="Buyer")
    ben.change(smith, lastname="Rodman")
    ben.remove(jones)
    ben.sync()
    office.clock.advance(30 * DAY)
    report = ann.sync()
    assert (ann.value(smith, "lastname"), ann.value(smith, "jobtitle")) == ("Rodman", "Buyer")
    assert (ann.sees(jones), report.erased) == (None, 1)
    assert ann.lost(jones) == [(None, "Jones")], "in a whole table what is missing was deleted"
    assert ann.sync().requests == 1


def test_a_load_that_misses_most_of_a_table_stops_and_asks(office: Office, ann: Desk, ben: Desk) -> None:
    ann.group("contact", "true")
    made = [ben.make("contact", lastname=f"Smith {n}") for n in range(30)]
    ben.sync()
    ann.sync()
    for each in made[:25]:
        ben.remove(each)
    ben.sync()
    office.clock.advance(30 * DAY)
    for _ in range(2):
        assert ann.sync().erased == 0
        (problem,) = ann.problems()
        assert (problem.kind, problem.choices) == ("reload", ("theirs", "retry"))
        assert "25 of 30 Contacts" in problem.words
    assert all(ann.sees(each) is not None for each in made)
    assert ann.sync().requests == 1, "what is asked about costs nothing until it is answered"
    ben.change(made[29], jobtitle="Buyer")
    ben.sync()
    ann.sync()
    assert ann.value(made[29], "jobtitle") == "Buyer", "everything else goes on meanwhile"
    ann.answer("retry")
    assert ann.sync().erased == 0
    assert [each.kind for each in ann.problems()] == ["reload"]
    ann.answer("theirs")
    assert ann.sync().erased == 25
    assert ann.problems() == []
    assert ann.sync().requests == 1


def test_a_sweep_that_misses_most_of_a_group_stops_and_asks(office: Office, ann: Desk, ben: Desk) -> None:
    made = [ann.make("contact", lastname=f"Smith {n}") for n in range(30)]
    ann.sync()
    ben.group("contact", "true")
    ben.sync()
    for each in made[:25]:
        ben.remove(each)
    ben.sync()
    assert ann.sync().erased == 0
    assert [each.kind for each in ann.problems()] == ["reload"]
    assert ann.sync().requests == 1, "what is asked about costs nothing until it is answered"
    ann.answer("theirs")
    assert ann.sync().erased == 25
    assert ann.problems() == []


# ---- private records


def test_a_record_of_the_crm_cannot_point_at_a_private_one(office: Office, ann: Desk) -> None:
    private = ann.make("contact", track=False, lastname="Friend")
    with pytest.raises(Refusal, match="Friend"):
        ann.make("task", subject="Call", regardingobjectid=str(private))
    call = ann.make("task", subject="Call")
    with pytest.raises(Refusal, match="private"):
        ann.change(call, regardingobjectid=str(private))
    ann.sync()
    assert list(office.everything("contact")) == []


def test_a_pointer_at_what_became_private_is_a_named_problem(office: Office, ann: Desk) -> None:
    friend = ann.make("contact", lastname="Friend")
    call = ann.make("task", subject="Call")
    ann.session.go_offline(now=True)
    ann.change(call, regardingobjectid=str(friend))
    ann.session.do(lambda tx: track.untrack(tx, "contact", [friend.id]))
    ann.session.go_online()
    there = office.has(call)
    assert there is not None, "the rest travels"
    assert office.has(friend) is None
    (problem,) = ann.problems()
    assert (problem.kind, problem.reference) == ("refused", call)
    assert "Friend" in problem.words

    ann.session.do(lambda tx: track.track(tx, "contact", [friend.id]))
    ann.answer("retry")
    ann.sync()
    there = office.has(call)
    assert there is not None
    assert there.values["regardingobjectid"] == str(friend)
    assert ann.waiting() == 0


@pytest.mark.parametrize("kind", ["contact", "task", "appointment"])
def test_tracking_and_letting_go_on_two_computers_of_one_person(kind: str, office: Office, ann: Desk) -> None:
    """The person's own lists are the same on both: what is tracked shows on the other as tracked, and as theirs."""
    second = office.desk("ann", name="laptop")
    named = {"contact": {"lastname": "Smith"}, "task": {"subject": "Call"}}.get(kind, MEETING)
    private = ann.make(kind, track=False, **named)
    ann.sync()
    second.sync()
    assert (office.has(private), second.sees(private)) == (None, None), "private: it never leaves the computer"

    ann.session.do(lambda tx: track.track(tx, kind, [private.id]))
    ann.sync()
    second.sync()
    for desk in (ann, second):
        seen = desk.sees(private)
        assert seen is not None
        assert (seen.tracked, seen.mine, seen.state.value) == (True, True, "clean")
    assert ann.waiting() == 0

    (copy,) = untracked(ann, kind, private)
    seen, there = ann.sees(Reference(kind, copy)), ann.sees(private)
    assert seen is not None
    assert (seen.tracked, seen.mine, seen.state.value) == (False, True, "private")
    assert there is None or not there.mine
    ann.sync()
    second.sync()
    assert office.has(private) is not None, "the record stays in the CRM"
    assert office.has(Reference(kind, copy)) is None


def untracked(desk: Desk, kind: str, reference: Reference) -> list[str]:
    result = desk.session.do(lambda tx: track.untrack(tx, kind, [reference.id])).result
    assert isinstance(result, list)
    return result


def test_letting_go_takes_the_unsent_changes_along(office: Office, ann: Desk) -> None:
    smith = ann.make("contact", lastname="Smith", firstname="Jeff")
    ann.sync()
    ann.session.go_offline(now=True)
    ann.change(smith, lastname="Rodman")
    (copy,) = untracked(ann, "contact", smith)
    assert ann.value(Reference("contact", copy), "fullname") == "Jeff Rodman"
    ann.session.go_online()
    there = office.has(smith)
    assert there is not None
    assert there.values["fullname"] == "Jeff Smith", "they never leave"
    assert ann.waiting() == 0


def test_tracking_sets_what_it_is_about(office: Office, ann: Desk) -> None:
    acme = ann.make("account", name="Acme")
    call = ann.make("task", track=False, subject="Call")
    ann.session.do(lambda tx: track.track(tx, "task", [call.id], acme))
    ann.sync()
    there = office.has(call)
    assert there is not None
    assert there.values["regardingobjectid"] == str(acme)
    assert ann.waiting() == 0


# ---- several groups, and groups that are changed


def add_group(desk: Desk, name: str, text: str, entity: str = "contact") -> str:
    return str(desk.session.do(lambda tx: choose.add_group(tx, entity, name, text)).result)


def switch(desk: Desk, key: str, on: bool) -> None:
    desk.session.do(lambda tx: choose.change_group(tx, key, enabled=on))


def named(desk: Desk, made: Sequence[Reference]) -> int:
    """How many of these are here."""
    return sum(desk.sees(each) is not None for each in made)


def test_only_what_is_new_travels_when_a_group_comes_and_goes(office: Office, ann: Desk, ben: Desk) -> None:
    mine = [ann.make("contact", lastname=f"Mine {n}") for n in range(20)]
    theirs = [ben.make("contact", lastname=f"Theirs {n}") for n in range(30)]
    ben.sync()
    ann.sync()
    key = add_group(ann, "Theirs", "startswith(lastname,'Theirs')")
    report = ann.sync()
    assert (report.pulled, named(ann, mine), named(ann, theirs)) == (30, 20, 30)
    assert ann.sync().requests == 1
    switch(ann, key, on=False)
    switch(ann, key, on=True)
    report = ann.sync()
    assert (report.requests, report.pulled, report.erased) == (1, 0, 0), "changed and changed back: nothing is asked"
    switch(ann, key, on=False)
    report = ann.sync()
    assert (report.pulled, report.erased, named(ann, mine), named(ann, theirs)) == (0, 30, 20, 0)
    assert len(office.everything("contact")) == 50, "leaving a group is never a delete on the server"
    assert ann.history() == []


def test_in_a_filtered_group_only_what_changed_travels(office: Office, ann: Desk, ben: Desk) -> None:
    made = [ben.make("contact", lastname=f"Smith {n}") for n in range(200)]
    ben.sync()
    ann.group("contact", "startswith(lastname,'Smith')")
    ann.sync()
    office.clock.advance(600)
    ann.sync()
    for each in made[:3]:
        ben.change(each, jobtitle="Buyer")
    ben.remove(made[3])
    ben.sync()
    office.clock.advance(60)
    ann.requests.clear()
    received = ann.session.link.client().traffic.bytes_received
    report = ann.sync()
    assert (report.pulled, report.erased, named(ann, made)) == (3, 1, 199)
    assert len(ann.requests) <= 5
    assert ann.session.link.client().traffic.bytes_received - received < 40_000, "ids, and three records"
    assert ann.sync().requests == 1


def test_a_changed_group_keeps_what_waits_and_asks_nothing(office: Office, ann: Desk, ben: Desk) -> None:
    """Most of the table leaves because the person wants it so; what is being changed stays until it is sent."""
    made = [ben.make("contact", lastname=f"Smith {n}") for n in range(60)]
    ben.sync()
    ann.group("contact", "startswith(lastname,'Smith')")
    ann.sync()
    ann.session.go_offline(now=True)
    ann.change(made[0], jobtitle="Buyer")
    ann.group("contact", "lastname eq 'Smith 1'")
    ann.session.go_online()
    assert ann.problems() == []
    there = office.has(made[0])
    assert there is not None
    assert there.values["jobtitle"] == "Buyer"
    ann.sync()
    assert [each for each in made if ann.sees(each)] == [made[1]]
    assert (ann.waiting(), ann.history()) == (0, [])


def test_a_changed_group_that_is_cut_goes_on(office: Office, ann: Desk, ben: Desk) -> None:
    made = [ben.make("contact", lastname=f"Smith {n}") for n in range(30)]
    ben.sync()
    ann.group("contact", "lastname eq 'Smith 1'")
    ann.sync()
    ann.group("contact", "startswith(lastname,'Smith')")
    ann.faults(None, None, *[Loss.CUT] * 9)
    with pytest.raises(Exception, match="kept here"):
        ann.sync()
    ann.plug_in()
    ann.start_again()
    ann.sync()
    assert named(ann, made) == 30
    assert ann.sync().requests == 1


def test_a_group_that_the_server_refuses_leaves_what_is_here(office: Office, ann: Desk, ben: Desk) -> None:
    made = [ben.make("contact", lastname=f"Smith {n}") for n in range(3)]
    ben.sync()
    ann.group("contact", "startswith(lastname,'Smith')")
    ann.sync()
    ann.group("contact", "Microsoft.Dynamics.CRM.Whenever(PropertyName='createdon')")
    call = ann.make("task", subject="Call")
    ann.sync()
    assert [each.kind for each in ann.problems()] == ["group"]
    assert (named(ann, made), office.has(call) is not None) == (3, True), "everything else goes on"
    ann.group("contact", "startswith(lastname,'Smith')")
    ann.sync()
    assert (ann.problems(), named(ann, made)) == ([], 3)


# ---- groups that move with time


def test_what_grows_too_old_leaves_and_what_becomes_due_comes(office: Office, ann: Desk, ben: Desk) -> None:
    """Nobody changes the records, and one leaves as another comes: neither count nor newest change tells."""
    due = {
        day: ben.make("task", subject=f"June {day}", scheduledend=f"2026-06-{day}T08:00:00Z") for day in range(14, 22)
    }
    ben.sync()
    soon = "Microsoft.Dynamics.CRM.NextXDays(PropertyName='scheduledend',PropertyValue=1)"
    ann.group("task", f"Microsoft.Dynamics.CRM.Today(PropertyName='scheduledend') or {soon}")
    ann.sync()
    assert [day for day, each in due.items() if ann.sees(each)] == [17, 18]
    for today in (18, 19, 20):
        office.clock.advance(DAY)
        report = ann.sync()
        assert [day for day, each in due.items() if ann.sees(each)] == [today, today + 1]
        assert (report.pulled, report.erased) == (1, 1)
    assert len(office.everything("task")) == 8
    assert ann.history() == []


def test_a_record_that_has_grown_too_old_stays_while_something_waits_in_it(
    office: Office, ann: Desk, ben: Desk
) -> None:
    call = ben.make("task", subject="Call", scheduledend="2026-06-17T08:00:00Z")
    ben.sync()
    ann.group("task", "Microsoft.Dynamics.CRM.Today(PropertyName='scheduledend')")
    ann.sync()
    ann.session.go_offline(now=True)
    ann.change(call, description="Rang twice")
    office.clock.advance(DAY)
    ann.session.go_online()
    there = office.has(call)
    assert there is not None
    assert there.values["description"] == "Rang twice"
    ann.sync()
    assert ann.sees(call) is None


# ---- groups about looked-up records


def test_contacts_of_my_accounts_and_tasks_about_them(office: Office, ann: Desk, ben: Desk) -> None:
    acme = ann.make("account", name="Acme")
    ann.sync()
    ben.group("account", "true")
    ben.sync()
    smith = ben.make("contact", lastname="Smith", parentcustomerid=str(acme))
    jones = ben.make("contact", lastname="Jones")
    call = ben.make("task", subject="Call", regardingobjectid=str(acme))
    other = ben.make("task", subject="Other")
    ben.sync()
    is_mine = "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='parentcustomerid_account/ownerid')"
    add_group(ann, "Of my accounts", is_mine)
    about = "crmdesk.InGroup(PropertyName='regardingobjectid',PropertyValue='account')"
    add_group(ann, "About my accounts", about, "task")
    ann.sync()
    assert [ann.sees(each) is not None for each in (smith, jones, call, other)] == [True, False, True, False]
    office.clock.advance(3600)
    ben.change(acme, ownerid=office.id_of("ben"))
    ben.sync()
    ann.sync()
    assert [ann.sees(each) for each in (smith, call)] == [None, None], "the account is not mine any more"


# ---- how much it would be


def test_a_group_is_measured_before_it_is_saved(office: Office, ann: Desk, ben: Desk) -> None:
    for n in range(120):
        ben.make("contact", lastname=f"Smith {n}", description="x" * 1000)
    ben.sync()
    before = ann.session.status()
    found = ann.session.measure("contact", "contains(lastname,'Smith 1')")
    assert found is not None
    assert (found.count, found.is_more, found.is_about) == (31, False, False)
    assert found.size is not None
    assert 31 * 1000 < found.size < 31 * 4000
    assert ann.session.measure("contact", "lastname eq 'Nobody'") == Measured(0)
    assert ann.session.measure("contact", "false") == Measured(0)
    assert ann.session.status() == before
    with pytest.raises(ODataError, match="colour"):
        ann.session.measure("contact", "colour eq 1")
    with pytest.raises(CrmError, match="Whenever"):
        ann.session.measure("contact", "Microsoft.Dynamics.CRM.Whenever(PropertyName='createdon')")
    ann.session.go_offline(now=True)
    ann.requests.clear()
    assert ann.session.measure("contact", "true") is None
    assert ann.requests == []


def test_more_than_the_server_counts_is_told_so(ann: Desk, ben: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 20)
    monkeypatch.setattr(measure, "COUNT_CAP", 20)
    for n in range(25):
        ben.make("lead", lastname=f"Smith {n}", subject="x")
    ben.sync()
    filtered, whole = (ann.session.measure("lead", text) for text in ("startswith(lastname,'Smith')", "true"))
    assert filtered == Measured(20, is_more=True, size=None)
    assert whole is not None
    assert (whole.count, whole.is_about, whole.size is not None) == (25, True, True)


def test_an_older_answer_puts_nothing_back_that_was_read_newer_in_the_same_run(office: Office, ann: Desk) -> None:
    ben = office.desk("ben", contact="true")
    smith, jones = ben.make("contact", lastname="Smith"), ben.make("contact", lastname="Jones", jobtitle="Buyer")
    ben.sync()
    ann.group("contact", "jobtitle eq 'Buyer'")
    ann.make("task", subject="Call", regardingobjectid=str(smith))
    ann.sync()
    assert extras(ann, "contact") == [smith.id]
    office.clock.advance(1)
    ben.change(smith, lastname="Smythe")
    ben.remove(jones)  # so the group's ids are compared
    ben.sync()

    def into_the_group_meanwhile(progress: Progress) -> None:
        if progress.words == "Local data" and ben.value(smith, "jobtitle") is None:
            ben.change(smith, lastname="Smithson", jobtitle="Buyer")
            ben.sync()

    report = ann.sync(Hooks(progress=into_the_group_meanwhile))
    assert report.outcome == "complete"
    assert ann.value(smith, "lastname") == "Smithson"


def test_a_server_that_was_set_back_is_believed(office: Office, ann: Desk) -> None:
    ben = office.desk("ben", contact="true")
    smith = ben.make("contact", lastname="Smith")
    ben.sync()
    ann.group("contact", "lastname eq 'Smith'")
    ann.sync()
    held = ann.stored(smith)
    assert held is not None
    later = replace(held, base={**(held.base or {}), "lastname": "Smythe"}, version='W/"999999"')

    def as_read_before(tx: Transaction) -> Changes:
        records.write(tx, later)
        return Changes()

    ann.session.do(as_read_before)
    office.clock.advance(3 * 3600)
    ann.sync()
    assert ann.value(smith, "lastname") == "Smith"
