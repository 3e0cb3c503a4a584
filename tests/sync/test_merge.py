"""The merge table, in words: what both sides last agreed on, what is wanted here, what was heard, what becomes."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.model.record import Value
from crmdesk.store.records import Attempt, Edit, Stored, edited
from crmdesk.sync.merge import Departure, Policy, answered, arrived, clashes, departed, is_older, to_send
from tests.support.builders import DELETE, KEY, create, stored, update

ME = "00000000-0000-4000-8000-00000000000a"
OTHER = "systemuser:00000000-0000-4000-8000-00000000000b"


def named(case: object) -> str:
    return str(case[0]) if isinstance(case, tuple) else str(case)


# ---- which of two versions came first


@pytest.mark.parametrize(
    ("version", "held", "older"),
    [
        ('W/"9"', 'W/"10"', True),
        ('W/"10"', 'W/"9"', False),
        ('W/"10"', 'W/"10"', False),
        ("9", "10", True),
        ('W/"9"', None, False),
        ('W/"a9"', 'W/"10"', False),
        ('W/"9"', "opaque", False),
    ],
)
def test_an_older_version_is_known_by_its_number(version: str, held: str | None, older: bool) -> None:
    assert is_older(version, held) is older


# ---- one field, when the server's row is heard


class Heard(NamedTuple):
    words: str
    agreed: Value
    mine: Value
    sent: list[Value]
    theirs: Value
    becomes: tuple[Value, Value] | None  # the edit (agreed, mine) that is left
    clash: bool = False


HEARD = [
    Heard("only mine changed", "Jeff", "John", [], "Jeff", ("Jeff", "John")),
    Heard("both want the same", "Jeff", "John", [], "John", None),
    Heard("both changed", "Jeff", "John", [], "Jim", ("Jeff", "John"), clash=True),
    Heard("both filled what was empty", None, "John", [], "Jim", (None, "John"), clash=True),
    Heard("emptied there, changed here", "Jeff", "John", [], None, ("Jeff", "John"), clash=True),
    Heard("emptied here, changed there", "Jeff", None, [], "Jim", ("Jeff", None), clash=True),
    Heard("emptied on both sides", "Jeff", None, [], None, None),
    Heard("what was sent is there, and still wanted", "Jeff", "John", ["John"], "John", None),
    Heard("what was sent is there, mine was changed since", "Jeff", "Jane", ["John"], "John", ("John", "Jane")),
    Heard("the first of two sendings is there", "Jeff", "Jack", ["John", "Jane"], "John", ("John", "Jack")),
    Heard("the second of two sendings is there", "Jeff", "Jack", ["John", "Jane"], "Jane", ("Jane", "Jack")),
    Heard("gone back while it was on its way, it arrived", "Jeff", "Jeff", ["John"], "John", ("John", "Jeff")),
    Heard("gone back while it was on its way, it was lost", "Jeff", "Jeff", ["John"], "Jeff", None),
    Heard("it was lost, and somebody else was quicker", "Jeff", "John", ["John"], "Jim", ("Jeff", "John"), clash=True),
    Heard("an emptying was sent and is there, filled since", "Jeff", "Jane", [None], None, (None, "Jane")),
]


@pytest.mark.parametrize("case", HEARD, ids=named)
def test_a_field_when_the_servers_row_is_heard(case: Heard) -> None:
    sent = [update(firstname=value) for value in case.sent]
    local = stored({"firstname": case.agreed}, {"firstname": (case.agreed, case.mine)}, sent)
    verdict = arrived(local, "contact", KEY, "2", {"firstname": case.theirs})
    after = verdict.record
    assert after is not None
    assert after.edits == ({} if case.becomes is None else {"firstname": Edit(*case.becomes)})
    assert clashes(after) == (["firstname"] if case.clash else [])
    assert (after.base, after.version, after.sent) == ({"firstname": case.theirs}, "2", ())
    assert (verdict.losses, verdict.trouble, verdict.leaving) == ((), None, None), "hearing loses nothing"


TRACKED_AGAIN = [
    Heard("nothing was changed in the copy, theirs is newer", "Jeff", "Jeff", [], "Jim", None),
    Heard("changed in the copy", "Jeff", "John", [], "Jeff", ("Jeff", "John")),
    Heard("emptied in the copy", "Jeff", None, [], "Jeff", ("Jeff", None)),
    Heard("changed in the copy and there", "Jeff", "John", [], "Jim", ("Jeff", "John"), clash=True),
    Heard("its create was not answered, and met the record", "Jeff", "John", ["John"], "Jeff", ("Jeff", "John")),
    Heard(
        "its create was not answered, and was changed there", "Jeff", "John", ["John"], "Jim", ("Jeff", "John"), True
    ),
    Heard("its create was not answered, mine was changed since", "Jeff", "Jane", ["John"], "John", ("John", "Jane")),
]


@pytest.mark.parametrize("case", TRACKED_AGAIN, ids=named)
def test_a_copy_that_was_tracked_again_while_its_record_was_not_here(case: Heard) -> None:
    edits = {"firstname": (case.agreed, case.mine), "lastname": ("Smith", "Smith")}
    local = stored(None, edits, [create(firstname=value, lastname="Smith") for value in case.sent])
    theirs = {"firstname": case.theirs, "lastname": "Rodman", "createdby": f"systemuser:{ME}"}
    verdict = arrived(local, "contact", KEY, "2", theirs, ME)
    after = verdict.record
    assert after is not None
    assert after.edits == ({} if case.becomes is None else {"firstname": Edit(*case.becomes)})
    assert clashes(after) == (["firstname"] if case.clash else [])
    assert (after.shown["lastname"], verdict.losses) == ("Rodman", ())


def test_fields_changed_on_one_side_only_are_combined() -> None:
    """The documented example: Jeff Smith; John here, Rodman there."""
    local = stored({"firstname": "Jeff", "lastname": "Smith"}, {"firstname": ("Jeff", "John")})
    verdict = arrived(local, "contact", KEY, "2", {"firstname": "Jeff", "lastname": "Rodman"})
    assert verdict.merged
    assert verdict.record is not None
    assert (verdict.record.shown["firstname"], verdict.record.shown["lastname"]) == ("John", "Rodman")
    assert verdict.record.shown["fullname"] == "John Rodman", "computed until the server says it"


def test_a_new_row_is_taken_as_it_is() -> None:
    verdict = arrived(None, "contact", KEY, "1", {"firstname": "Jeff", "new_shoesize": 43})
    assert verdict.record == stored({"firstname": "Jeff", "new_shoesize": 43}), "unknown fields travel along"
    assert not verdict.merged


def test_what_follows_from_a_clash_is_moved_on_by_the_next_row() -> None:
    """Their change is taken back: what was a clash is none any more, and its problem is over."""
    local = stored({"firstname": "Jim"}, {"firstname": ("Jeff", "John")})
    assert clashes(local) == ["firstname"]
    verdict = arrived(local, "contact", KEY, "3", {"firstname": "Jeff"})
    assert verdict.record is not None
    assert clashes(verdict.record) == []
    assert "conflict" in verdict.solved


def test_a_record_that_is_there_again_is_a_problem_no_more() -> None:
    local = stored({"firstname": "Jeff"}, {"firstname": ("Jeff", "John")})
    assert "deleted there" in arrived(local, "contact", KEY, "2", {"firstname": "Jeff"}).solved


class Met(NamedTuple):
    """A field of a record whose create was sent (perhaps again and again), and which is found on the server."""

    words: str
    mine: Value
    sent: list[Value]
    theirs: Value
    becomes: tuple[Value, Value] | None
    clash: bool = False


MET = [
    Met("as it was sent", "John", ["John"], "John", None),
    Met("as it was sent, mine was changed since", "Jane", ["John"], "John", ("John", "Jane")),
    Met("changed by somebody else since: no clash, theirs came later", "John", ["John"], "Jim", None),
    Met("emptied by somebody else since", "John", ["John", "John"], None, None),
    Met("changed there and here since", "Jane", ["John"], "Jim", ("John", "Jane"), clash=True),
    Met("whichever of two arrived, it was changed since", "Jane", ["John", "Jane"], "Jim", (None, "Jane"), clash=True),
    Met("the first of two arrived", "Jane", ["John", "Jane"], "John", ("John", "Jane")),
]


@pytest.mark.parametrize("case", MET, ids=named)
def test_a_field_of_our_own_new_record_met_on_the_server(case: Met) -> None:
    sent = [create(firstname=value) for value in case.sent]
    verdict = arrived(
        stored(None, {"firstname": (None, case.mine)}, sent), "contact", KEY, "2", {"firstname": case.theirs}
    )
    assert verdict.record is not None
    assert verdict.record.edits == ({} if case.becomes is None else {"firstname": Edit(*case.becomes)})
    assert clashes(verdict.record) == (["firstname"] if case.clash else [])


@pytest.mark.parametrize(
    ("author", "becomes"),
    [("systemuser:ann", {}), (None, {}), ("systemuser:ben", {"conversationindex": Edit(None, "mine")})],
    ids=["ours: it was emptied since", "not told: taken for ours", "somebody else made it: ours was never there"],
)
def test_a_mail_that_two_track_is_one_record_and_its_maker_is_named(
    author: str | None, becomes: dict[str, Edit]
) -> None:
    fields = {"subject": "Offer", "conversationindex": "mine"}
    local = stored(None, {name: (None, value) for name, value in fields.items()}, [create(**fields)], entity="email")
    there: dict[str, Value] = {"subject": "Offer", "conversationindex": None, "createdby": author}
    verdict = arrived(local, "email", KEY, "1", there, me="ann")
    assert verdict.record is not None
    assert verdict.record.edits == becomes
    assert clashes(verdict.record) == []


def test_our_own_new_record_met_on_the_server() -> None:
    """Its create was sent and the answer lost; what the create does not say the server filled in by itself."""
    sent = create(lastname="Smith", firstname="Jeff")
    edits = {"lastname": (None, "Smith"), "firstname": (None, "John"), "statecode": (None, 1)}
    verdict = arrived(
        stored(None, edits, [sent]), "contact", KEY, "1", {"lastname": "Smith", "firstname": "Jeff", "statecode": 0}
    )
    assert verdict.record is not None
    assert verdict.record.edits == {"firstname": Edit("Jeff", "John"), "statecode": Edit(0, 1)}
    assert clashes(verdict.record) == []


def test_somebody_elses_record_under_the_id_of_a_new_one() -> None:
    """Two computers track one message: the activity's id follows from its Message-ID. Nothing is taken for ours."""
    local = stored(None, {"subject": (None, "Offer"), "description": (None, "mine")}, entity="email")
    verdict = arrived(local, "email", KEY, "1", {"subject": "Offer", "description": "theirs"})
    assert verdict.record is not None
    assert verdict.record.edits == {"description": Edit(None, "mine")}
    assert clashes(verdict.record) == ["description"]


def test_an_answer_without_parties_keeps_those_that_are_known() -> None:
    people = [{"participationtypemask": 1, "partyid": None, "addressused": "a@example.com"}]
    base = {"subject": "Offer", "email_activity_parties": people}
    after = arrived(stored(base, entity="email"), "email", KEY, "2", {"subject": "Offer 2"}).record
    assert after is not None
    assert after.base == {"subject": "Offer 2", "email_activity_parties": people}


# ---- one field, when it is to be sent


class Pushed(NamedTuple):
    words: str
    agreed: Value
    mine: Value
    base: Value
    policy: Policy
    sends: bool
    keeps_edit: bool
    history: tuple[Value, Value] | None = None  # (the value that lost, the value that won)
    asked: bool = False


PUSHED = [
    Pushed("only mine changed", "Jeff", "John", "Jeff", "mine", True, True),
    Pushed("only mine changed, theirs would win", "Jeff", "John", "Jeff", "theirs", True, True),
    Pushed("only mine changed, nobody is asked", "Jeff", "John", "Jeff", "ask", True, True),
    Pushed("both changed, mine wins", "Jeff", "John", "Jim", "mine", True, True, ("Jim", "John")),
    Pushed("both changed, theirs wins", "Jeff", "John", "Jim", "theirs", False, False, ("John", "Jim")),
    Pushed("both changed, the person is asked", "Jeff", "John", "Jim", "ask", False, True, None, True),
    Pushed("emptied there, mine wins", "Jeff", "John", None, "mine", True, True, (None, "John")),
    Pushed("emptied here, theirs wins", "Jeff", None, "Jim", "theirs", False, False, (None, "Jim")),
]


@pytest.mark.parametrize("case", PUSHED, ids=named)
def test_a_field_when_it_is_to_be_sent(case: Pushed) -> None:
    base = {"firstname": case.base, "modifiedby": OTHER}
    local = stored(base, {"firstname": (case.agreed, case.mine), "jobtitle": (None, "Buyer")})
    sending = to_send(local, case.policy, me=ME)
    wanted = {"jobtitle": "Buyer", **({"firstname": case.mine} if case.sends else {})}
    assert sending.attempt == Attempt("update", wanted), "the record's other fields travel in any case"
    assert ("firstname" in sending.record.edits) is case.keeps_edit
    assert [(each.value, each.kept) for each in sending.losses] == ([case.history] if case.history else [])
    assert (sending.trouble is not None) is case.asked


def test_history_names_whose_value_was_lost() -> None:
    local = stored({"firstname": "Jim", "modifiedby": OTHER}, {"firstname": ("Jeff", "John")})
    assert [each.who for each in to_send(local, "mine", me=ME).losses] == [OTHER]
    assert [each.who for each in to_send(local, "theirs", me=ME).losses] == [f"systemuser:{ME}"]


def test_a_question_names_all_three_values() -> None:
    local = stored({"firstname": "Jim", "modifiedby": OTHER}, {"firstname": ("Jeff", "John")})
    sending = to_send(local, "ask")
    assert sending.attempt is None
    assert sending.trouble is not None
    assert sending.trouble.kind == "conflict"
    assert sending.trouble.details["fields"] == {"firstname": {"agreed": "Jeff", "mine": "John", "theirs": "Jim"}}


def test_a_value_goes_to_history_once_however_often_it_is_sent() -> None:
    first = to_send(stored({"firstname": "Jim"}, {"firstname": ("Jeff", "John")}), "mine")
    assert first.attempt is not None
    again = to_send(
        stored({"firstname": "Jim"}, {"firstname": ("Jeff", "John")}, [first.attempt]),
        "mine",
    )
    assert [len(first.losses), len(again.losses)] == [1, 0]
    assert again.attempt == first.attempt


def test_going_back_while_a_sending_is_on_its_way_is_a_change_that_travels() -> None:
    before = stored({"firstname": "Jeff"}, {"firstname": ("Jeff", "John")}, [update(firstname="John")])
    back = edited(before, {"firstname": "Jeff"})
    assert to_send(back, "mine").attempt == update(firstname="Jeff")
    unsent = edited(stored({"firstname": "Jeff"}, {"firstname": ("Jeff", "John")}), {"firstname": "Jeff"})
    assert not unsent.waits, "without a sending, going back ends the edit"


def test_a_new_record_is_made_in_its_first_state() -> None:
    edits = {"subject": (None, "Call"), "statecode": (None, 1), "statuscode": (None, 5), "description": (None, None)}
    local = stored(None, edits, entity="task")
    assert to_send(local, "mine").attempt == create(subject="Call")


def test_what_is_held_back_stays_for_later() -> None:
    lead = "account:00000000-0000-4000-8000-000000000002"
    local = stored({"lastname": "A"}, {"lastname": ("A", "B"), "parentcustomerid": (None, lead)})
    sending = to_send(local, "mine", frozenset({"parentcustomerid"}))
    assert sending.attempt == update(lastname="B")
    assert sending.record == local
    only = stored({"lastname": "A"}, {"parentcustomerid": (None, lead)})
    assert to_send(only, "mine", frozenset({"parentcustomerid"})).attempt is None


# ---- when the server did what was sent


class Answered(NamedTuple):
    words: str
    agreed: Value
    mine: Value
    sent: Value
    answer: Value
    becomes: tuple[Value, Value] | None


ANSWERED = [
    Answered("nothing happened since", "Jeff", "John", "John", "John", None),
    Answered("mine was changed since", "Jeff", "Jane", "John", "John", ("John", "Jane")),
    Answered("gone back since", "Jeff", "Jeff", "John", "John", ("John", "Jeff")),
    Answered("the server keeps another form of it", "Jeff", "John ", "John ", "John", None),
    Answered("emptied since", "Jeff", None, "John", "John", ("John", None)),
]


@pytest.mark.parametrize("case", ANSWERED, ids=named)
def test_a_field_when_the_server_did_what_was_sent(case: Answered) -> None:
    attempt = update(firstname=case.sent)
    local = stored({"firstname": "Jeff"}, {"firstname": (case.agreed, case.mine)}, [update(firstname="X"), attempt])
    after = answered(local, attempt, "2", {"firstname": case.answer}).record
    assert after is not None
    assert after.edits == ({} if case.becomes is None else {"firstname": Edit(*case.becomes)})
    assert (after.base, after.version, after.sent) == ({"firstname": case.answer}, "2", ())
    assert clashes(after) == []


def test_edits_that_were_not_sent_are_made_on_the_answer() -> None:
    """A new record's state follows its create; nobody else can have changed it in between."""
    attempt = create(subject="Call")
    local = stored(None, {"subject": (None, "Call"), "statecode": (None, 1)}, [attempt], entity="task")
    after = answered(local, attempt, "1", {"subject": "Call", "statecode": 0}).record
    assert after is not None
    assert after.edits == {"statecode": Edit(0, 1)}
    assert to_send(after, "theirs").attempt == update(statecode=1)


def test_a_clash_that_is_asked_about_stays_one_when_other_fields_are_answered() -> None:
    local = stored({"firstname": "Jim"}, {"firstname": ("Jeff", "John"), "jobtitle": (None, "Buyer")})
    after = answered(local, update(jobtitle="Buyer"), "2", {"firstname": "Jim", "jobtitle": "Buyer"}).record
    assert after is not None
    assert after.edits == {"firstname": Edit("Jeff", "John")}
    assert clashes(after) == ["firstname"]


def test_an_answer_ends_the_records_problems() -> None:
    local = stored({"firstname": "Jeff"}, {"firstname": ("Jeff", "John")})
    verdict = answered(local, update(firstname="John"), "2", {"firstname": "John"})
    assert set(verdict.solved) >= {"conflict", "duplicate", "refused"}


# ---- whole records


class Whole(NamedTuple):
    words: str
    local: Stored
    stays: bool  # its row is still here, whatever becomes of it
    leaving: Departure | None = None
    problem: str | None = None
    history: list[tuple[str | None, Value]] = []  # noqa: RUF012 - read only


SMITH = {"lastname": "Smith"}
ROUND = {"lastname": ("Smith", "Rodman")}

NEW = {"lastname": (None, "Smith")}

DELETED_THERE = [
    Whole("no edits here", stored(SMITH), True, Departure.DELETED),
    Whole("edits here", stored(SMITH, ROUND), True, None, "deleted there"),
    Whole("edits here that were sent", stored(SMITH, ROUND, [update(lastname="Rodman")]), True, None, "deleted there"),
    Whole("our create was sent", stored(None, NEW, [create(**SMITH)]), True, Departure.DELETED),
    Whole(
        "our create was sent, edits since",
        stored(None, {"lastname": (None, "Rodman")}, [create(**SMITH)]),
        True,
        None,
        "deleted there",
    ),
    Whole(
        "our create of one that had been there before was sent",
        stored(None, {"lastname": ("Smith", "Smith")}, [create(**SMITH)]),
        True,
        None,
        "deleted there",
    ),
    Whole("a new one that was never sent", stored(None, NEW), True),
    Whole("deleted here", stored(SMITH, gone=True), False, history=[(None, {"lastname": "Smith"})]),
    Whole("deleted here, it is in history already", stored(SMITH, gone=True, sent=[DELETE]), False),
]


@pytest.mark.parametrize("case", DELETED_THERE, ids=named)
def test_a_record_that_was_deleted_there(case: Whole) -> None:
    verdict = departed(case.local, Departure.DELETED)
    assert (verdict.record is not None) is case.stays
    assert verdict.leaving is case.leaving
    assert (verdict.trouble.kind if verdict.trouble else None) == case.problem
    assert [(each.field, each.value) for each in verdict.losses] == case.history
    if verdict.record is not None and case.leaving is None:
        assert verdict.record.edits == case.local.edits, "what was wanted here is kept"
    if case.leaving is not None:
        assert verdict.record is not None
        assert not verdict.record.waits
        assert verdict.record.shown["lastname"] == case.local.shown["lastname"], "what history will tell"


OUT_OF_SIGHT = [
    Whole(words, local, True, how)
    for how in (Departure.LEFT, Departure.HIDDEN)
    for words, local in (
        ("nothing waits", stored(SMITH, in_group=True)),
        ("edits wait", stored(SMITH, ROUND, in_group=True)),
        ("a deletion waits", stored(SMITH, gone=True, in_group=True)),
    )
]


@pytest.mark.parametrize("case", OUT_OF_SIGHT, ids=lambda case: f"{case.words}, {case.leaving.value}")
def test_a_record_that_left_the_group_or_our_rights(case: Whole) -> None:
    verdict, how = departed(case.local, case.leaving or Departure.LEFT), case.leaving
    assert verdict.leaving is how
    assert verdict.record is not None
    assert (verdict.record.edits, verdict.record.gone) == (case.local.edits, case.local.gone)
    assert not verdict.record.in_group
    assert (verdict.losses, verdict.trouble) == ((), None)


@pytest.mark.parametrize(
    ("agreed", "leaving"), [(None, Departure.HIDDEN), ("Smith", None)], ids=["new", "there before"]
)
def test_a_create_that_was_sent_is_out_of_our_rights(agreed: Value, leaving: Departure | None) -> None:
    local = stored(None, {"lastname": (agreed, "Smith")}, [create(**SMITH)])
    verdict = departed(local, Departure.HIDDEN)
    assert (verdict.leaving, verdict.trouble, verdict.losses) == (leaving, None, ())
    assert verdict.record is not None
    assert verdict.record.waits is (leaving is None), "what may not have arrived is sent again"


OURS = {"lastname": "Smith", "statecode": 0, "createdon": "then", "modifiedon": "then"}

CREATED_AND_DELETED = [
    ("as it was made", OURS, True),
    ("changed since", {**OURS, "lastname": "Jones", "modifiedon": "later"}, False),
    ("something was added", {**OURS, "jobtitle": "Buyer", "modifiedon": "later"}, False),
    ("changed in the same second", {**OURS, "lastname": "Jones"}, False),
]


@pytest.mark.parametrize(("words", "theirs", "unchanged"), CREATED_AND_DELETED, ids=named)
def test_a_new_record_deleted_here_while_its_create_was_unanswered(
    words: str, theirs: dict[str, Value], unchanged: bool
) -> None:
    local = stored(None, NEW, [create(**SMITH)], gone=True)
    assert to_send(local, "mine").attempt is None, "the server is asked first"
    verdict = arrived(local, "contact", KEY, "2", theirs)
    assert verdict.record is not None
    assert verdict.record.gone is unchanged
    assert (verdict.trouble is None) is unchanged
    if unchanged:
        assert to_send(verdict.record, "mine").attempt == DELETE


DELETED_HERE = [
    ("only its version moved", {}, [], {"lastname": "Smith", "modifiedon": "later"}, "still deleted", []),
    ("changed there since", {}, [], {"lastname": "Rodman"}, "back", []),
    ("a field that we do not know changed", {}, [], {"lastname": "Smith", "new_x": 1}, "back", []),
    ("our own last edit arrived", ROUND, [update(lastname="Rodman")], {"lastname": "Rodman"}, "still deleted", []),
    ("edited here before, changed there", ROUND, [], {"lastname": "Jones"}, "back", [("lastname", "Rodman")]),
    ("both had the same idea before", ROUND, [], {"lastname": "Rodman"}, "back", []),
]


@pytest.mark.parametrize(("words", "edits", "sent", "theirs", "becomes", "lost"), DELETED_HERE, ids=named)
def test_a_record_that_was_deleted_here_is_heard_of(
    words: str,
    edits: dict[str, tuple[Value, Value]],
    sent: list[Attempt],
    theirs: dict[str, Value],
    becomes: str,
    lost: list[tuple[str, Value]],
) -> None:
    local = stored({**SMITH, "modifiedon": "then"}, edits, [*sent, DELETE], gone=True)
    verdict = arrived(local, "contact", KEY, "2", theirs)
    assert verdict.record is not None
    assert (verdict.record.base, verdict.record.version) == (theirs, "2")
    assert verdict.record.gone is (becomes == "still deleted")
    assert (verdict.trouble.kind if verdict.trouble else None) == (None if verdict.record.gone else "changed there")
    assert [(each.field, each.value) for each in verdict.losses] == lost
    if not verdict.record.gone:
        assert not verdict.record.waits


TO_DELETE = [
    ("as the server has it", SMITH, {}, [], [(None, "Smith")]),
    ("with edits of the person's", SMITH, ROUND, [], [(None, "Rodman")]),
    ("with a clash unseen", {"lastname": "Jones"}, ROUND, [], [(None, "Rodman"), ("lastname", "Jones")]),
    ("sent before, the answer was lost", SMITH, {}, [DELETE], []),
]


@pytest.mark.parametrize(("words", "base", "edits", "sent", "lost"), TO_DELETE, ids=named)
def test_a_deletion_is_in_history_before_it_is_sent(
    words: str,
    base: dict[str, Value] | None,
    edits: dict[str, tuple[Value, Value]],
    sent: list[Attempt],
    lost: list[tuple[str | None, Value]],
) -> None:
    sending = to_send(stored(base, edits, sent, gone=True), "mine", me=ME)
    assert sending.attempt == DELETE
    told = [(each.field, each.value if each.field else each.value["lastname"]) for each in sending.losses]
    assert told == lost


# ---- laws

NAMES = st.sampled_from(["Jeff", "John", "Jane", "Jim", None])
ATTEMPTS = st.lists(NAMES.map(lambda name: update(firstname=name)), max_size=2)


@given(base=NAMES, agreed=NAMES, mine=NAMES, theirs=NAMES, sent=ATTEMPTS)
def test_hearing_never_forgets_what_the_person_wants(
    base: Value, agreed: Value, mine: Value, theirs: Value, sent: list[Attempt]
) -> None:
    local = stored({"firstname": base}, {"firstname": (agreed, mine)}, sent)
    verdict = arrived(local, "contact", KEY, "2", {"firstname": theirs})
    assert verdict.record is not None
    assert verdict.record.shown["firstname"] == mine
    again = arrived(verdict.record, "contact", KEY, "2", {"firstname": theirs})
    assert again.record == verdict.record, "applying a row twice is harmless"


@given(base=NAMES, agreed=NAMES, mine=NAMES, policy=st.sampled_from(["mine", "theirs", "ask"]))
def test_sending_never_overwrites_unseen(base: Value, agreed: Value, mine: Value, policy: Policy) -> None:
    local = stored({"firstname": base}, {"firstname": (agreed, mine)})
    sending = to_send(local, policy)
    sends = sending.attempt is not None
    lost = {each.value for each in sending.losses}
    if sends and base not in (agreed, mine):
        assert base in lost
    if not sends:
        assert mine in lost or "firstname" in sending.record.edits
