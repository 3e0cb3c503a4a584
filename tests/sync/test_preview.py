"""What would happen, told without doing it: then it is done, and happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

import pytest

from crmdesk.crm.errors import Unreachable
from crmdesk.model.record import Reference
from crmdesk.session.session import DATABASE
from crmdesk.sync.preview import Erasing, Incoming, Preview
from tests.support.builders import Desk, Office
from tests.support.lossy import BUSY, Loss


@pytest.fixture
def group(request: pytest.FixtureRequest) -> str:
    """Ann's local data of contacts: a whole table, unless a test says otherwise."""
    return str(getattr(request, "param", "true"))


HOWEVER_FOLLOWED = pytest.mark.parametrize(
    "group", ["true", "lastname ne 'Nobody'"], indirect=True, ids=["a whole table", "a filtered group"]
)


@pytest.fixture
def ann(office: Office, group: str) -> Desk:
    return office.desk("ann", contact=group, account="true", task="true")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben", contact="true", account="true", task="true")


@pytest.fixture
def people(ann: Desk, ben: Desk) -> dict[str, Reference]:
    """Contacts that both have, by last name."""
    made = {name: ann.make("contact", lastname=name, jobtitle="Clerk") for name in ("A", "B", "C", "D", "E")}
    ann.sync()
    ben.sync()
    ann.sync()
    return made


def counts(seen: Preview) -> dict[str, int | None]:
    return {each.entity: each.changed for each in seen.incoming}


def sendings(seen: Preview) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(each.verb, each.name, tuple(sorted(each.fields))) for each in seen.outgoing if not each.held}


def both_at_work(ann: Desk, ben: Desk, people: dict[str, Reference]) -> None:
    """All that can happen to waiting changes, at once."""
    ben.change(people["A"], jobtitle="Ben's", department="Sales")
    ben.remove(people["B"])
    ben.change(people["C"], jobtitle="Ben's")
    ben.change(people["D"], department="Sales")
    ben.make("contact", lastname="Ben's own", emailaddress1="x@contoso.example")
    ben.session.push()
    ann.session.go_offline(now=True)
    ann.change(people["A"], jobtitle="Ann's")
    ann.change(people["B"], jobtitle="Ann's")
    ann.remove(people["C"])
    ann.change(people["D"], jobtitle="Ann's")
    ann.remove(people["E"])
    ann.make("contact", lastname="Twin", emailaddress1="x@contoso.example")
    ann.make("account", name="Contoso")


@HOWEVER_FOLLOWED
def test_both_at_work(office: Office, ann: Desk, ben: Desk, people: dict[str, Reference]) -> None:
    both_at_work(ann, ben, people)
    seen = ann.session.preview()
    assert seen.heard
    assert sendings(seen) == {
        ("update", "A", ("jobtitle",)),
        ("update", "D", ("jobtitle",)),
        ("delete", "E", ()),
        ("create", "Twin", ("emailaddress1", "lastname", "ownerid")),
        ("create", "Contoso", ("name", "ownerid")),
    }
    (clash,) = seen.clashes
    assert (clash.record, clash.field, clash.agreed, clash.mine, clash.theirs, clash.wins) == (
        people["A"],
        "jobtitle",
        "Clerk",
        "Ann's",
        "Ben's",
        "mine",
    )
    assert clash.who == office.id_of("ben")
    assert {(each.name, each.kind) for each in seen.contradictions} == {("B", "deleted there"), ("C", "changed there")}
    (alike,) = seen.duplicates
    assert (alike.name, [name for _, name in alike.candidates]) == ("Twin", ["Ben's own"])
    assert counts(seen) == {"contact": 4}, "A, C, D and the new one"
    assert seen.incoming[0].gone == 1, "B"

    report = ann.session.go_online()
    kinds = {(problem.kind, problem.record) for problem in ann.problems()}
    assert {("deleted there", people["B"].id), ("changed there", people["C"].id)} < kinds
    assert {kind for kind, _ in kinds} == {"deleted there", "changed there", "duplicate"}
    assert report.delivered == len(sendings(seen)) - len(seen.duplicates)
    assert [(line.field, line.lost) for line in ann.history(people["A"])] == [("jobtitle", "Ben's")]


@pytest.mark.parametrize("option", ["mine", "theirs", "ask"])
def test_who_wins_goes_by_the_option(ann: Desk, ben: Desk, people: dict[str, Reference], option: str) -> None:
    ann.option("conflict", option)
    ben.change(people["A"], jobtitle="Ben's")
    ben.session.push()
    ann.change(people["A"], jobtitle="Ann's")
    seen = ann.session.preview()
    assert [clash.wins for clash in seen.clashes] == [option]
    assert seen.sent == (1 if option == "mine" else 0)


def contents(path: str) -> list[str]:
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())


def test_nothing_is_written_here_or_there(office: Office, ann: Desk, ben: Desk, people: dict[str, Reference]) -> None:
    both_at_work(ann, ben, people)
    files = [*office.folder.glob("server/*.sqlite"), ann.folder / DATABASE]
    assert len(files) > 1
    before = {file: contents(str(file)) for file in files}
    secrets = dict(ann.secrets.kept)
    ann.requests.clear()
    ann.session.preview()
    assert {file: contents(str(file)) for file in files} == before
    assert ann.secrets.kept == secrets
    assert len(ann.requests) == 3, "one for all, and one for each new record that may be a duplicate"


@pytest.mark.parametrize("fault", [Loss.BEFORE_DELIVERY, Loss.CUT, BUSY], ids=["no network", "cut", "busy"])
def test_without_the_server_it_tells_what_is_known_here(
    ann: Desk, ben: Desk, people: dict[str, Reference], fault: Loss
) -> None:
    both_at_work(ann, ben, people)
    ann.network.decide = lambda request: fault
    before = contents(str(ann.folder / DATABASE))
    seen = ann.session.preview()
    assert contents(str(ann.folder / DATABASE)) == before
    assert not seen.heard
    assert seen.words.endswith("What others changed is not known without the network.")
    assert {each.name for each in seen.outgoing} == {"A", "B", "C", "D", "E", "Twin", "Contoso"}
    assert (seen.clashes, seen.incoming, seen.duplicates) == ((), (), ())


def alikes(seen: Preview) -> list[tuple[str, list[str], str]]:
    return [(each.name, [name for _, name in each.candidates], each.wins) for each in seen.duplicates]


class Twins(NamedTuple):
    words: str
    option: str
    do: Callable[[Desk, dict[str, Reference]], object]
    heard: list[tuple[str, list[str], str]]
    unheard: list[tuple[str, list[str], str]]


def new(desk: Desk, _: object) -> object:
    return desk.make("contact", lastname="Twin", emailaddress1="a@contoso.example")


def two_new(desk: Desk, _: object) -> object:
    return [desk.make("contact", lastname=name, emailaddress1="n@contoso.example") for name in ("One", "Two")]


def changed(desk: Desk, people: dict[str, Reference]) -> None:
    desk.change(people["B"], emailaddress1="a@contoso.example")


def changed_elsewhere(desk: Desk, people: dict[str, Reference]) -> None:
    desk.change(people["B"], jobtitle="Buyer")


TWINS = [
    Twins("a new one, let go", "skip", new, [("Twin", ["A"], "skip")], [("Twin", ["A"], "skip")]),
    Twins("two new ones", "skip", two_new, [("Two", ["One"], "skip")], [("Two", ["One"], "skip")]),
    Twins("a changed one", "skip", changed, [("B", ["A"], "ask")], [("B", ["A"], "ask")]),
    Twins("a change that no rule looks at", "skip", changed_elsewhere, [], []),
    Twins("created anyway", "create", new, [], []),
    Twins("asked about already", "ask", new, [], []),
]


@pytest.mark.parametrize("hears", [True, False], ids=["heard", "unheard"])
@pytest.mark.parametrize("case", TWINS, ids=lambda case: case.words)
def test_possible_duplicates(ann: Desk, people: dict[str, Reference], case: Twins, hears: bool) -> None:
    ann.change(people["A"], emailaddress1="a@contoso.example")
    ann.option("duplicates", case.option)
    ann.sync()
    ann.session.go_offline(now=True)
    case.do(ann, people)
    if not hears:
        ann.unplug()
    assert alikes(ann.session.preview()) == (case.heard if hears else case.unheard)


def test_a_look_alike_that_only_the_server_knows(ann: Desk, ben: Desk, people: dict[str, Reference]) -> None:
    ann.option("duplicates", "skip")
    ben.make("contact", lastname="Ben's own", emailaddress1="b@contoso.example")
    ben.sync()
    ann.change(people["B"], emailaddress1="b@contoso.example")
    assert alikes(ann.session.preview()) == [("B", ["Ben's own"], "ask")]
    ann.unplug()
    assert alikes(ann.session.preview()) == []


@HOWEVER_FOLLOWED
def test_nothing_to_do_costs_one_request(ann: Desk, people: dict[str, Reference]) -> None:
    ann.requests.clear()
    assert ann.session.preview() == Preview(heard=True, words="")
    assert len(ann.requests) == 1


def test_before_the_first_synchronisation_it_says_how_many_will_come(office: Office, ben: Desk) -> None:
    for number in range(7):
        ben.make("contact", lastname=str(number))
    ben.sync()
    carl = office.desk("carl", contact="true", account="false")
    assert counts(carl.session.preview()) == {"contact": 7}
    assert carl.sync().pulled == 7
    assert counts(carl.session.preview()) == {}


@HOWEVER_FOLLOWED
@pytest.mark.parametrize(
    "do",
    [lambda desk, record: desk.change(record, jobtitle="x"), lambda desk, record: desk.remove(record)],
    ids=["a change", "a deletion"],
)
def test_a_sending_whose_answer_was_lost_is_no_clash(
    ann: Desk, people: dict[str, Reference], do: Callable[[Desk, Reference], None]
) -> None:
    do(ann, people["A"])
    ann.faults(Loss.AFTER_DELIVERY)
    with pytest.raises(Unreachable):
        ann.session.push()
    ann.plug_in()
    seen = ann.session.preview()
    assert (seen.outgoing, seen.clashes, seen.contradictions) == ((), (), ())
    ann.sync()
    assert ann.waiting() == 0


def test_what_leaves_this_computer_is_named(office: Office, ben: Desk) -> None:
    contoso = ben.make("account", name="Contoso")
    smith = ben.make("contact", lastname="Smith", parentcustomerid=str(contoso))
    ben.sync()
    carl = office.desk("carl", contact="true", account="false")
    carl.sync()
    assert carl.sees(contoso) is not None, "it came along"
    carl.change(smith, parentcustomerid=None)
    carl.session.push()
    assert carl.session.preview().erasing == (Erasing("account", 1, ("Contoso",), deleted=False),)
    assert carl.sync().erased == 1


def test_a_group_that_asks_for_others_is_read_anew_and_says_so(ann: Desk, people: dict[str, Reference]) -> None:
    ann.group("contact", "lastname eq 'A'")
    assert ann.session.preview().incoming == (Incoming("contact", None),)


def test_what_waits_for_an_answer_is_held(ann: Desk, people: dict[str, Reference]) -> None:
    first = ann.make("contact", lastname="One", emailaddress1="one@contoso.example")
    ann.sync()
    other = ann.make("contact", lastname="Other", emailaddress1="one@contoso.example")
    ann.sync()
    seen = ann.session.preview()
    (held,) = (each for each in seen.outgoing if each.held)
    assert held.record == other
    assert first not in {each.record for each in seen.outgoing}
    assert seen.sent == 0


def test_what_points_at_a_new_one_that_waits_for_an_answer_waits_with_it(
    ann: Desk, people: dict[str, Reference]
) -> None:
    ann.make("contact", lastname="One", emailaddress1="one@contoso.example")
    ann.sync()
    other = ann.make("contact", lastname="Other", emailaddress1="one@contoso.example")
    call = ann.make("task", subject="Call", regardingobjectid=str(other))
    before = ann.session.preview()
    ann.sync()
    for seen in (before, ann.session.preview()):
        assert [(each.record, each.behind) for each in seen.outgoing if each.record == call] == [(call, True)]
        assert next(each.held for each in seen.outgoing if each.record == call)


def test_many_changes_are_counted_by_a_page(ann: Desk, ben: Desk, people: dict[str, Reference]) -> None:
    for reference in people.values():
        ben.change(reference, department="x")
    ben.session.push()
    assert ann.session.preview().incoming == (Incoming("contact", len(people)),)
