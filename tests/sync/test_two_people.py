"""Two people and one server: what each sees after both synchronised."""

from __future__ import annotations

import pytest

from crmdesk.crm.errors import CrmError, Unreachable
from crmdesk.model.record import Reference, State
from tests.support.builders import Desk, Office
from tests.support.lossy import Loss


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true", account="true", task="true")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben", contact="true", account="true", task="true")


@pytest.fixture
def smith(ann: Desk, ben: Desk) -> Reference:
    """Jeff Smith, whom both have."""
    made = ann.make("contact", firstname="Jeff", lastname="Smith")
    ann.sync()
    ben.sync()
    return made


def at_rest(*desks: Desk) -> None:
    """Nothing waits, and no edit is left on a synchronised record."""
    for desk in desks:
        assert desk.waiting() == 0, f"{desk.user}: {desk.waiting()} entries wait"
        assert desk.problems() == []


def names(office: Office, reference: Reference, *desks: Desk) -> set[object]:
    """What it is called on the server and on every desk."""
    there = office.has(reference)
    assert there is not None
    return {there.values["fullname"], *(desk.value(reference, "fullname") for desk in desks)}


# ---- the same record on both sides


def test_the_documented_example(office: Office, ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.session.go_offline()
    ann.change(smith, firstname="John")
    assert ann.value(smith, "fullname") == "John Smith", "offline it shows at once"
    ben.change(smith, lastname="Rodman")
    ben.session.push()
    report = ann.session.go_online()
    ben.sync()
    assert names(office, smith, ann, ben) == {"John Rodman"}
    assert (report.pushed, report.merged) == (1, 1)
    assert ann.history() == ben.history() == []
    at_rest(ann, ben)


def test_the_same_field_goes_to_whoever_synchronises_later(
    office: Office, ann: Desk, ben: Desk, smith: Reference
) -> None:
    ann.session.go_offline()
    ann.change(smith, firstname="John")
    office.clock.advance(30 * 24 * 3600)
    ben.change(smith, firstname="Jim")
    ben.session.push()
    report = ann.session.go_online()
    ben.sync()
    assert names(office, smith, ann, ben) == {"John Smith"}, "however old the change is"
    (line,) = ann.history(smith)
    assert (line.field, line.lost, line.kept, line.who) == (
        "firstname",
        "Jim",
        "John",
        office.id_of("ben"),
    )
    assert report.overwritten == (line.id,)
    at_rest(ann, ben)

    ann.restore(line)
    ann.sync()
    ben.sync()
    assert names(office, smith, ann, ben) == {"Jim Smith"}


def test_who_synchronises_first_keeps_its_value_in_the_others_history_alone(
    office: Office, ann: Desk, ben: Desk, smith: Reference
) -> None:
    for desk, name in ((ann, "John"), (ben, "Jim"), (ann, "Jack")):
        desk.change(smith, firstname=name)
    ann.sync()
    ben.sync()
    ann.sync()
    assert names(office, smith, ann, ben) == {"Jim Smith"}
    assert (ann.lost(smith), ben.lost(smith)) == ([], [("firstname", "Jack")])


@pytest.mark.parametrize(("policy", "wins", "lost"), [("mine", "John Smith", "Jim"), ("theirs", "Jim Smith", "John")])
def test_the_option_says_who_wins(
    policy: str, wins: str, lost: str, office: Office, ann: Desk, ben: Desk, smith: Reference
) -> None:
    ann.option("conflict", policy)
    ann.change(smith, firstname="John", jobtitle="Buyer")
    ben.change(smith, firstname="Jim")
    ben.sync()
    ann.sync()
    ben.sync()
    assert names(office, smith, ann, ben) == {wins}
    assert ben.value(smith, "jobtitle") == "Buyer"
    assert ann.lost(smith) == [("firstname", lost)]
    at_rest(ann, ben)


@pytest.mark.parametrize(("choice", "wins", "lost"), [("mine", "John Smith", "Jim"), ("theirs", "Jim Smith", "John")])
def test_the_person_is_asked(
    choice: str, wins: str, lost: str, office: Office, ann: Desk, ben: Desk, smith: Reference
) -> None:
    ann.option("conflict", "ask")
    ann.change(smith, firstname="John", jobtitle="Buyer")
    ben.change(smith, firstname="Jim")
    ben.sync()
    report = ann.sync()
    (problem,) = ann.problems()
    assert (problem.kind, problem.choices, report.problems) == ("conflict", ("mine", "theirs"), (problem.id,))
    seen = ann.sees(smith)
    assert seen is not None
    assert (seen.state, seen["firstname"]) == (State.PROBLEM, "John")
    ben.sync()
    assert (ben.value(smith, "jobtitle"), ben.value(smith, "firstname")) == ("Buyer", "Jim"), "the rest travelled"
    ann.sync()
    (again,) = ann.problems()
    assert again.id == problem.id, "asked once, however often it synchronises"
    with ben.session.store.read() as reader:
        assert again.details["who"] == f"systemuser:{reader.me}", "not the one who sent the other fields since"

    ann.answer(choice)
    ann.sync()
    ben.sync()
    assert names(office, smith, ann, ben) == {wins}
    assert ann.lost(smith) == [("firstname", lost)]
    at_rest(ann, ben)


def test_a_question_is_over_when_they_take_it_back(office: Office, ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.option("conflict", "ask")
    ann.change(smith, firstname="John")
    ben.change(smith, firstname="Jim")
    ben.sync()
    ann.sync()
    ben.change(smith, firstname="Jeff")
    ben.sync()
    ann.sync()
    ben.sync()
    assert names(office, smith, ann, ben) == {"John Smith"}
    at_rest(ann, ben)


def test_a_change_that_clashes_while_it_is_sent_is_merged_at_once(
    office: Office, ann: Desk, ben: Desk, smith: Reference
) -> None:
    """A push does not pull first: it hears of the other change by the version that does not fit."""
    ben.change(smith, lastname="Rodman")
    ben.session.push()
    ann.change(smith, firstname="John")
    report = ann.session.push()
    assert report is not None
    assert (report.pushed, report.merged, report.requests) == (1, 1, 3)
    assert names(office, smith, ann) == {"John Rodman"}
    at_rest(ann)


# ---- deletions


def test_two_make_a_deleted_record_again_and_the_later_ones_value_is_there_or_in_history(
    office: Office, ann: Desk, ben: Desk, smith: Reference
) -> None:
    cleo = office.desk("cleo", contact="true", account="true", task="true")
    cleo.sync()
    ann.change(smith, firstname="Ann's")
    ben.change(smith, firstname="Ben's")
    cleo.remove(smith)
    cleo.sync()
    for desk in (ann, ben):
        desk.sync()
        desk.answer("recreate")
    ann.session.push()
    ben.session.push()
    there = office.has(smith)
    assert there is not None
    assert there.values["firstname"] == "Ben's", "his create did not happen, so his value is sent again as a change"
    assert ("firstname", "Ann's") in ben.lost(smith)
    ann.sync()
    cleo.sync()
    assert {ann.value(smith, "firstname"), cleo.value(smith, "firstname")} == {"Ben's"}
    at_rest(ann, ben, cleo)


@pytest.mark.parametrize("choice", ["recreate", "discard"])
def test_deleted_there_and_edited_here(choice: str, office: Office, ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.change(smith, firstname="John")
    ben.remove(smith)
    ben.sync()
    ann.sync()
    (problem,) = ann.problems()
    assert (problem.kind, problem.choices) == ("deleted there", ("recreate", "discard"))
    assert ann.value(smith, "fullname") == "John Smith", "nothing is taken from the person"
    ann.sync()
    assert office.has(smith) is None

    ann.answer(choice)
    ann.sync()
    ben.sync()
    if choice == "recreate":
        assert names(office, smith, ann, ben) == {"John Smith"}
    else:
        assert (office.has(smith), ann.sees(smith)) == (None, None)
        assert ann.lost(smith) == [(None, "John Smith")]
    at_rest(ann, ben)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_deleted_here_and_edited_there(choice: str, office: Office, ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.remove(smith)
    assert ann.sees(smith) is None
    ben.change(smith, lastname="Rodman")
    ben.sync()
    ann.sync()
    (problem,) = ann.problems()
    assert (problem.kind, problem.choices) == ("changed there", ("mine", "theirs"))
    assert ann.value(smith, "fullname") == "Jeff Rodman"

    ann.answer(choice)
    ann.sync()
    ben.sync()
    if choice == "theirs":
        assert names(office, smith, ann, ben) == {"Jeff Rodman"}
    else:
        assert (office.has(smith), ann.sees(smith), ben.sees(smith)) == (None, None, None)
        assert ann.lost(smith) == [(None, "Jeff Rodman")]
    at_rest(ann, ben)


def test_deleted_on_both_sides(office: Office, ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.remove(smith)
    ben.remove(smith)
    ben.sync()
    ann.sync()
    assert office.has(smith) is None
    assert ann.stored(smith) is None
    assert ann.lost(smith) == ben.lost(smith) == [(None, "Jeff Smith")]
    at_rest(ann, ben)


def test_what_is_deleted_there_is_erased_here_into_history(ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.remove(smith)
    ann.sync()
    report = ben.sync()
    assert (report.erased, ben.sees(smith), ben.stored(smith)) == (1, None, None)
    assert ben.lost(smith) == [(None, "Jeff Smith")]


def test_a_deleted_record_is_restored_under_its_own_id(office: Office, ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.remove(smith)
    ann.sync()
    ben.sync()
    ann.restore(ann.history(smith)[0])
    ann.sync()
    ben.sync()
    assert names(office, smith, ann, ben) == {"Jeff Smith"}
    at_rest(ann, ben)


def test_a_deletion_that_did_not_leave_is_taken_back(office: Office, ann: Desk, smith: Reference) -> None:
    ann.remove(smith)
    ann.discard(smith)
    ann.sync()
    assert names(office, smith, ann) == {"Jeff Smith"}
    at_rest(ann)


def test_a_new_record_deleted_before_it_is_sent_never_leaves(office: Office, ann: Desk) -> None:
    made = ann.make("contact", lastname="Nobody")
    ann.remove(made)
    assert ann.waiting() == 0
    ann.sync()
    assert office.has(made) is None
    assert ann.lost(made) == [(None, "Nobody")]


def test_a_new_record_deleted_after_its_answer_was_lost_is_deleted_there(office: Office, ann: Desk) -> None:
    ann.faults(Loss.AFTER_DELIVERY)
    made = ann.make("contact", lastname="Nobody")
    with pytest.raises(Unreachable):
        ann.session.push()
    assert office.has(made) is not None, "it arrived, and we do not know"
    ann.remove(made)
    assert ann.sees(made) is None
    ann.sync()
    assert (office.has(made), ann.stored(made)) == (None, None)
    assert ann.lost(made) == [(None, "Nobody")]
    at_rest(ann)


# ---- answers that are lost


@pytest.mark.parametrize("loss", [Loss.BEFORE_DELIVERY, Loss.AFTER_DELIVERY, Loss.SILENCE, Loss.CUT, Loss.SHORTENED])
def test_a_lost_answer_makes_neither_a_twin_nor_a_question(loss: Loss, office: Office, ann: Desk, ben: Desk) -> None:
    made = ann.make("contact", lastname="Smith", emailaddress1="smith@example.com")
    ann.network.decide = lambda request: loss
    with pytest.raises(CrmError):
        ann.session.push()
    ann.plug_in()
    ann.change(made, firstname="Jeff")
    ann.sync()
    ben.sync()
    assert names(office, made, ann, ben) == {"Jeff Smith"}
    assert len(office.everything("contact")) == 1
    at_rest(ann, ben)


def test_going_back_after_a_lost_answer(office: Office, ann: Desk, smith: Reference) -> None:
    ann.faults(Loss.AFTER_DELIVERY)
    ann.change(smith, firstname="John")
    with pytest.raises(Unreachable):
        ann.session.push()
    ann.change(smith, firstname="Jeff")
    ann.sync()
    assert names(office, smith, ann) == {"Jeff Smith"}
    assert ann.history() == []
    at_rest(ann)


def test_a_run_that_lost_an_answer_erases_nothing(ann: Desk, ben: Desk, smith: Reference) -> None:
    ben.remove(smith)
    ben.sync()
    ann.make("contact", lastname="New")
    ann.faults(None, Loss.AFTER_DELIVERY)
    with pytest.raises(Unreachable):
        ann.sync()
    assert ann.stored(smith) is not None
    assert ann.sync().erased == 1
    assert ann.stored(smith) is None


def test_a_value_that_a_lost_sending_was_to_overwrite_is_told_once(
    office: Office, ann: Desk, ben: Desk, smith: Reference
) -> None:
    ben.change(smith, firstname="Jim")
    ben.sync()
    ann.change(smith, firstname="John")
    ann.network.decide = lambda request: Loss.BEFORE_DELIVERY if b"PATCH" in request.content else None
    with pytest.raises(Unreachable):
        ann.sync()
    assert ann.lost(smith) == [("firstname", "Jim")], "told before it leaves"
    lost_in = ann.history(smith)[0].run
    ben.change(smith, jobtitle="Buyer")  # so Jim still stands there, in a version of its own
    ben.sync()
    ann.plug_in()
    ann.sync()
    assert ann.lost(smith) == [("firstname", "Jim")]
    assert ann.history(smith)[0].run != lost_in, "undoing the run that did overwrite it brings it back"
    assert names(office, smith, ann) == {"John Smith"}

    for value in ("Jeff", "Jim"):  # it arrived: what happens once more is told once more
        ben.sync()
        ben.change(smith, firstname=value)
        ben.sync()
        if value == "Jeff":
            ann.sync()
            ann.change(smith, firstname="John")
    ann.sync()
    assert ann.lost(smith) == [("firstname", "Jim")] * 2
    at_rest(ann, ben)


# ---- what travels


def test_nothing_changed_is_one_request(ann: Desk, ben: Desk, smith: Reference) -> None:
    ann.sync()
    ben.sync()
    for desk in (ann, ben):
        desk.requests.clear()
        report = desk.sync()
        assert (report.requests, report.pulled, report.pushed, len(desk.requests)) == (1, 0, 0, 1)


def test_a_reopened_profile_goes_on_with_one_request(ann: Desk, smith: Reference) -> None:
    ann.sync()
    ann.start_again()
    ann.requests.clear()
    assert ann.sync().requests == 1
    assert len(ann.requests) == 1, "the token is kept: no sign-in"


def test_many_changes_are_one_request(office: Office, ann: Desk) -> None:
    made = [ann.make("contact", lastname=f"Smith {n}") for n in range(60)]
    report = ann.session.push()
    assert report is not None
    assert (report.pushed, report.requests) == (60, 1)
    assert set(office.everything("contact")) == {each.id for each in made}


def test_records_that_point_at_each_other_arrive_together(office: Office, ann: Desk, ben: Desk) -> None:
    acme = ann.make("account", name="Acme")
    smith = ann.make("contact", lastname="Smith", parentcustomerid=str(acme))
    ann.change(acme, primarycontactid=str(smith))
    call = ann.make("task", subject="Call", regardingobjectid=str(smith))
    ann.sync()
    ben.sync()
    assert ben.value(acme, "primarycontactid") == str(smith)
    assert ben.value(smith, "parentcustomerid") == str(acme)
    assert ben.value(call, "regardingobjectid") == str(smith)
    at_rest(ann, ben)


def test_a_refused_change_is_a_named_problem_and_hinders_nobody(office: Office, ann: Desk, ben: Desk) -> None:
    acme = ann.make("account", name="Acme")
    ann.sync()
    ben.sync()
    ben.remove(acme)
    ben.sync()
    call = ann.make("task", subject="Call", regardingobjectid=str(acme))
    other = ann.make("task", subject="Write")
    report = ann.session.push()
    assert report is not None
    assert (report.pushed, report.refused) == (1, 1)
    (problem,) = ann.problems()
    assert (problem.kind, problem.reference, problem.choices) == ("refused", call, ("retry", "discard"))
    assert office.has(other) is not None
    assert ann.value(call, "subject") == "Call"

    ann.change(call, subject="Call")  # the same again: the server would refuse it again
    assert ann.problems()
    ann.change(call, regardingobjectid=None)  # what is corrected is sent by itself
    ann.sync()
    assert office.has(call) is not None
    at_rest(ann)


@pytest.mark.parametrize("lost", [Loss.BEFORE_DELIVERY, Loss.AFTER_DELIVERY], ids=["it did not arrive", "it arrived"])
def test_a_question_about_what_was_sent_and_not_answered_is_not_asked_of_the_server_at_each_push(
    office: Office, ann: Desk, ben: Desk, lost: Loss
) -> None:
    smith = ann.make("contact", lastname="Smith")
    ann.sync()
    ben.sync()
    ben.change(smith, lastname="Rodman")
    ben.sync()
    ann.change(smith, lastname="Smythe")
    ann.network.decide = lambda request: lost if b"PATCH" in request.content else None
    with pytest.raises(Unreachable):
        ann.sync()
    ann.plug_in()
    ann.option("conflict", "ask")
    ann.requests.clear()
    for _ in range(3):
        ann.session.push()
    assert (len(ann.requests), [each.kind for each in ann.problems()]) == (0, ["conflict"])
    ann.sync()
    if lost is Loss.AFTER_DELIVERY:
        assert ann.problems() == [], "it was ours"
    else:
        ann.answer("mine")
        ann.sync()
    there = office.has(smith)
    assert there is not None
    assert there.values["lastname"] == "Smythe"
    assert (ann.waiting(), ann.problems(), set(ann.lost(smith))) == (0, [], {("lastname", "Rodman")})
