"""A record made here that looks like one in the CRM: asked about, created anyway, or not, as the option says."""

from __future__ import annotations

import pytest

from crmdesk.actions import resolve
from crmdesk.actions.refusal import Refusal
from crmdesk.model.record import Reference, State
from tests.support.builders import Desk, Office
from tests.support.lossy import Loss

SAME = "smith@example.com"
BY_EMAIL = "Contacts with the same e-mail address"


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true", account="true", task="true", appointment="true")


@pytest.fixture
def there(office: Office) -> Reference:
    """One that ben made; ann has not heard of it."""
    ben = office.desk("ben", contact="true")
    made = ben.make("contact", firstname="Jeff", lastname="Smith", emailaddress1=SAME)
    ben.sync()
    return made


def twin(desk: Desk) -> Reference:
    return desk.make("contact", firstname="Geoff", lastname="Smith", emailaddress1=SAME.upper())


def test_the_person_is_asked(office: Office, ann: Desk, there: Reference) -> None:
    new = twin(ann)
    other = ann.make("contact", lastname="Jones")
    report = ann.session.push()
    assert report is not None
    assert (report.pushed, report.refused) == (1, 0)
    (problem,) = ann.problems()
    assert (problem.kind, problem.reference, problem.choices) == (
        "duplicate",
        new,
        ("create", "use", "combine", "discard"),
    )
    assert problem.details["candidates"] == [{"id": there.id, "name": "Jeff Smith", "rule": BY_EMAIL}]
    seen = ann.sees(new)
    assert seen is not None
    assert seen.state is State.PROBLEM
    assert set(office.everything("contact")) == {there.id, other.id}
    ann.sync()
    assert [each.id for each in ann.problems()] == [problem.id], "asked once"


def test_created_anyway(office: Office, ann: Desk, there: Reference) -> None:
    new = twin(ann)
    ann.sync()
    ann.answer("create")
    ann.sync()
    assert set(office.everything("contact")) == {there.id, new.id}
    assert (ann.waiting(), ann.problems()) == (0, [])
    ann.change(new, jobtitle="Buyer")
    ann.sync()
    assert (ann.waiting(), ann.problems()) == (0, []), "asked about once in its life"


@pytest.mark.parametrize("named", [True, False])
def test_the_existing_one_is_used_by_all_that_pointed_at_the_new_one(
    named: bool, office: Office, ann: Desk, there: Reference
) -> None:
    new = twin(ann)
    acme = ann.make("account", name="Acme", primarycontactid=str(new))
    call = ann.make("task", subject="Call", regardingobjectid=str(new))
    ann.sync()
    assert ann.waiting() == 3, "what points at it waits with it"
    ann.answer(f"use:{there.id}" if named else "use")
    assert ann.sees(new) is None
    ann.sync()
    assert ann.value(call, "regardingobjectid") == str(there)
    assert ann.value(acme, "primarycontactid") == str(there)
    assert set(office.everything("contact")) == {there.id}
    assert ann.lost(new) == [(None, "Geoff Smith")], "what it said is in history"
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_people_of_an_appointment_follow_to_the_existing_one(office: Office, ann: Desk, there: Reference) -> None:
    new = twin(ann)
    meeting = ann.make(
        "appointment",
        subject="Lunch",
        scheduledstart="2026-06-18T10:00:00Z",
        scheduledend="2026-06-18T11:00:00Z",
        appointment_activity_parties=[{"participationtypemask": 5, "partyid": str(new), "addressused": None}],
    )
    ann.sync()
    ann.answer(f"use:{there.id}")
    ann.sync()
    row = office.has(meeting)
    assert row is not None
    assert [each["partyid"] for each in row.values["appointment_activity_parties"]] == [str(there)]


def test_discarded(office: Office, ann: Desk, there: Reference) -> None:
    new = twin(ann)
    call = ann.make("task", subject="Call", regardingobjectid=str(new))
    ann.sync()
    ann.answer("discard")
    ann.sync()
    assert set(office.everything("contact")) == {there.id}
    assert ann.lost(new) == [(None, "Geoff Smith")]
    assert ann.value(call, "regardingobjectid") is None
    assert office.has(call) is not None
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_the_option_creates_without_asking(office: Office, ann: Desk, there: Reference) -> None:
    ann.option("duplicates", "create")
    new = twin(ann)
    ann.sync()
    assert set(office.everything("contact")) == {there.id, new.id}
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_the_option_skips_without_asking(office: Office, ann: Desk, there: Reference) -> None:
    ann.option("duplicates", "skip")
    new = twin(ann)
    call = ann.make("task", subject="Call", regardingobjectid=str(new))
    report = ann.sync()
    ann.sync()
    assert set(office.everything("contact")) == {there.id}
    assert ann.sees(new) is None
    assert ann.lost(new) == [(None, "Geoff Smith")]
    assert len(report.overwritten) == 1
    assert ann.value(call, "regardingobjectid") == str(there)
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_a_record_is_never_its_own_duplicate(office: Office, ann: Desk) -> None:
    """Its create landed and the answer was lost: asked again it meets itself, and nobody is asked."""
    new = twin(ann)
    ann.faults(Loss.AFTER_DELIVERY)
    with pytest.raises(Exception, match="kept here"):
        ann.session.push()
    ann.sync()
    assert (ann.waiting(), ann.problems()) == (0, [])
    assert set(office.everything("contact")) == {new.id}


def test_the_question_after_a_lost_answer(office: Office, ann: Desk, there: Reference) -> None:
    """The server said that it looks like another, and the answer was lost: said again, nothing was made."""
    new = twin(ann)
    ann.faults(Loss.AFTER_DELIVERY)
    with pytest.raises(Exception, match="kept here"):
        ann.session.push()
    ann.sync()
    assert [each.reference for each in ann.problems()] == [new]
    ann.answer("discard")
    ann.sync()
    assert set(office.everything("contact")) == {there.id}
    assert ann.waiting() == 0


def test_two_new_ones_that_look_alike(office: Office, ann: Desk) -> None:
    first, second = twin(ann), twin(ann)
    ann.sync()
    (problem,) = ann.problems()
    assert (problem.reference, problem.details["candidates"][0]["id"]) == (second, first.id)


# ---- what the local data shows already


@pytest.fixture
def known(ann: Desk, there: Reference) -> Reference:
    """The one that is there, which ann has in her local data; she is without a network now."""
    ann.sync()
    assert ann.sees(there) is not None
    ann.unplug()
    return there


def test_offline_the_person_hears_at_once(office: Office, ann: Desk, known: Reference) -> None:
    new = twin(ann)
    (problem,) = ann.problems()
    assert (problem.kind, problem.reference) == ("duplicate", new)
    assert problem.details["candidates"] == [{"id": known.id, "name": "Jeff Smith", "rule": BY_EMAIL}]
    ann.answer("create")
    ann.plug_in()
    ann.sync()
    assert set(office.everything("contact")) == {known.id, new.id}
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_what_is_changed_to_look_alike_no_more_goes(office: Office, ann: Desk, known: Reference) -> None:
    new = twin(ann)
    ann.change(new, jobtitle="Buyer")
    assert len(ann.problems()) == 1, "that changes nothing about it"
    ann.change(new, emailaddress1="geoff@example.com")
    assert ann.problems() == []
    ann.plug_in()
    ann.sync()
    assert set(office.everything("contact")) == {known.id, new.id}


@pytest.mark.parametrize("option", ["create", "skip"])
def test_who_does_not_want_to_be_asked_is_not(option: str, ann: Desk, known: Reference) -> None:
    ann.option("duplicates", option)
    twin(ann)
    assert ann.problems() == []


def test_a_private_one_is_nobodys_duplicate(ann: Desk, known: Reference) -> None:
    ann.make("contact", track=False, lastname="Smith", emailaddress1=SAME)
    assert ann.problems() == []


def test_both_are_combined_field_by_field(office: Office, ann: Desk, known: Reference) -> None:
    new = ann.make("contact", firstname="Geoff", lastname="Smith", emailaddress1=SAME, jobtitle="Buyer")
    call = ann.make("task", subject="Call", regardingobjectid=str(new))
    ann.answer(f"combine:{known.id}:jobtitle")
    assert ann.sees(new) is None
    assert (ann.value(known, "firstname"), ann.value(known, "jobtitle")) == ("Jeff", "Buyer")
    ann.plug_in()
    ann.sync()
    row = office.has(known)
    assert row is not None
    assert (row.values["firstname"], row.values["jobtitle"]) == ("Jeff", "Buyer")
    assert ann.value(call, "regardingobjectid") == str(known)
    assert set(office.everything("contact")) == {known.id}
    assert (ann.waiting(), ann.problems()) == (0, [])


@pytest.mark.parametrize("choice", ["use", "combine", "combine::jobtitle", "discard"])
def test_each_answer_can_be_taken_back(choice: str, ann: Desk, known: Reference) -> None:
    new = ann.make("contact", firstname="Geoff", lastname="Smith", emailaddress1=SAME, jobtitle="Buyer")
    call = ann.make("task", subject="Call", regardingobjectid=str(new))
    ann.answer(choice)
    assert ann.sees(new) is None
    ann.session.do(lambda tx: resolve.undo(tx, new))
    assert ann.value(new, "fullname") == "Geoff Smith"
    assert ann.value(new, "jobtitle") == "Buyer"
    assert ann.value(known, "jobtitle") is None
    assert ann.value(call, "regardingobjectid") == str(new)
    assert [each.reference for each in ann.problems()] == [new], "it is asked about again"


@pytest.mark.parametrize("choice", ["use", "combine", "combine::jobtitle", "discard"])
def test_each_answer_can_be_taken_back_after_it_was_sent(
    office: Office, choice: str, ann: Desk, known: Reference
) -> None:
    ann.plug_in()
    first = ann.make("task", subject="Call")
    ann.sync()
    ann.session.go_offline(now=True)
    new = ann.make("contact", firstname="Geoff", lastname="Smith", emailaddress1=SAME, jobtitle="Buyer")
    call = ann.make("task", subject="Call again", regardingobjectid=str(new))
    ann.change(first, regardingobjectid=str(new))
    lunch = ann.make(
        "appointment",
        subject="Lunch",
        scheduledstart="2026-06-18T10:00:00Z",
        scheduledend="2026-06-18T11:00:00Z",
        appointment_activity_parties=[{"participationtypemask": 5, "partyid": str(new), "addressused": None}],
    )
    ann.answer(choice)
    ann.session.go_online()
    ann.sync()
    assert (ann.waiting(), set(office.everything("contact"))) == (0, {known.id})
    ann.session.do(lambda tx: resolve.undo(tx, new))
    assert [each.reference for each in ann.problems()] == [new], "it is asked about again"
    ann.answer("create")
    ann.sync()
    assert (ann.waiting(), ann.problems(), set(office.everything("contact"))) == (0, [], {known.id, new.id})
    rows = office.everything("task")
    assert {rows[each.id].values["regardingobjectid"] for each in (first, call)} == {str(new)}
    there, meeting = office.has(known), office.has(lunch)
    assert there is not None
    assert meeting is not None
    assert there.values["jobtitle"] is None
    assert [each["partyid"] for each in meeting.values["appointment_activity_parties"]] == [str(new)]


def test_creating_it_anyway_can_be_taken_back(ann: Desk, known: Reference) -> None:
    new = twin(ann)
    ann.answer("create")
    assert ann.problems() == []
    ann.session.do(lambda tx: resolve.undo(tx, new))
    assert [each.reference for each in ann.problems()] == [new]


def test_a_change_that_makes_two_alike_is_asked_about(office: Office, ann: Desk, there: Reference) -> None:
    other = ann.make("contact", lastname="Jones")
    ann.session.push()
    ann.change(other, emailaddress1=SAME)
    ann.session.push()
    (problem,) = ann.problems()
    assert (problem.reference, problem.choices) == (other, ("create", "discard"))
    assert "save it anyway" in problem.words
    ann.answer("create")
    ann.sync()
    row = office.has(other)
    assert row is not None
    assert row.values["emailaddress1"] == SAME
    assert (ann.waiting(), ann.problems()) == (0, [])


def test_a_change_is_not_thrown_away_by_the_option(ann: Desk, there: Reference) -> None:
    other = ann.make("contact", lastname="Jones")
    ann.session.push()
    ann.option("duplicates", "skip")
    ann.change(other, emailaddress1=SAME)
    ann.session.push()
    assert [each.reference for each in ann.problems()] == [other]
    ann.answer("discard")
    assert ann.value(other, "emailaddress1") is None
    assert ann.lost(other) == [("emailaddress1", SAME)]


def test_nothing_else_waits_with_it(office: Office, ann: Desk, there: Reference) -> None:
    new = twin(ann)
    call = ann.make("task", subject="Call", regardingobjectid=str(new))
    lone = ann.make("task", subject="Tidy up")
    ann.sync()
    assert (office.has(call), office.has(lone) is not None) == (None, True)


def test_two_profiles_of_one_person_are_not_each_others_duplicates(office: Office, ann: Desk) -> None:
    laptop = office.desk("ann", "laptop", contact="true")
    new = twin(ann)
    ann.sync()
    laptop.sync()
    laptop.change(new, emailaddress1=SAME.title(), jobtitle="Buyer")
    laptop.sync()
    ann.sync()
    assert (ann.problems(), laptop.problems(), ann.waiting(), laptop.waiting()) == ([], [], 0, 0)


@pytest.mark.parametrize("choice", ["use", "combine"])
def test_only_what_was_offered_can_be_used(choice: str, ann: Desk, known: Reference) -> None:
    new = twin(ann)
    with pytest.raises(Refusal, match="none of those"):
        ann.answer(f"{choice}:00000000-0000-4000-8000-00000000dead")
    assert ann.sees(new) is not None


def test_what_was_discarded_meanwhile_cannot_be_used(ann: Desk) -> None:
    ann.session.go_offline(now=True)
    first = ann.make("contact", lastname="Smith", emailaddress1="a@example.com")
    second = ann.make("contact", lastname="Smith", emailaddress1="a@example.com")
    asked = next(each for each in ann.problems() if each.reference == second)
    ann.discard(first)
    with pytest.raises(Refusal, match="discarded meanwhile"):
        ann.session.do(lambda tx: resolve.resolve(tx, asked.id, f"use:{first.id}"))
    assert ann.sees(second) is not None
