"""A receipt for every change that the server has, and for no other."""

from __future__ import annotations

import pytest

from crmdesk.crm.errors import CrmError
from crmdesk.model.record import Reference
from crmdesk.store import receipts, runs
from crmdesk.store.receipts import Receipt
from tests.support.builders import Desk, Office
from tests.support.lossy import FAILED, Fault, Loss


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true", account="true")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben", contact="true", account="true")


@pytest.fixture
def smith(ann: Desk) -> Reference:
    made = ann.make("contact", firstname="Jeff", lastname="Smith")
    ann.sync()
    return made


def of_run(desk: Desk, run: str) -> list[Receipt]:
    with desk.session.store.read() as reader:
        return receipts.of_run(reader, run)


def of_record(desk: Desk, record: Reference) -> list[Receipt]:
    """Newest first."""
    with desk.session.store.read() as reader:
        return receipts.of_record(reader, record)


def told(desk: Desk, record: Reference) -> list[tuple[str, tuple[str, ...]]]:
    """(verb, fields) of a record's receipts, oldest first."""
    return [(each.verb, tuple(sorted(each.fields))) for each in reversed(of_record(desk, record))]


def test_a_trip_and_what_became_of_each_change(office: Office, ann: Desk, smith: Reference) -> None:
    old = ann.make("contact", lastname="Old")
    ann.session.go_offline()
    before = office.has(smith)
    ann.change(smith, firstname="John")
    ann.remove(old)
    new = ann.make("account", name="Contoso")
    report = ann.session.go_online()
    assert (report.kind, report.delivered, report.waiting) == ("going online", 3, 0)
    lines = {each.reference: each for each in of_run(ann, report.run)}
    assert set(lines) == {smith, old, new}
    there = office.has(smith)
    assert before is not None
    assert there is not None
    changed = lines[smith]
    assert (changed.verb, changed.fields, changed.name) == ("update", ("firstname",), "John Smith")
    assert (changed.before, changed.version) == (before.version, there.version)
    made = office.has(new)
    assert made is not None
    assert (lines[new].verb, lines[new].before, lines[new].version) == ("create", None, made.version)
    assert "name" in lines[new].fields
    assert (lines[old].verb, lines[old].fields, lines[old].version) == ("delete", (), None)


@pytest.mark.parametrize("loss", [Loss.AFTER_DELIVERY, Loss.SILENCE, Loss.CUT, Loss.SHORTENED], ids=lambda f: f.name)
def test_an_answer_that_was_lost_gets_its_receipt_when_the_server_shows_it(
    office: Office, ann: Desk, smith: Reference, loss: Fault
) -> None:
    old = ann.make("contact", lastname="Old")
    ann.sync()
    ann.change(smith, firstname="John")
    ann.remove(old)
    new = ann.make("account", name="Contoso")
    ann.faults(loss)
    with pytest.raises(CrmError):
        ann.session.push()
    assert told(ann, new) == []
    ann.plug_in()
    report = ann.sync()
    assert report.waiting == 0
    assert [verb for verb, _ in told(ann, smith)] == ["create", "update"]
    assert [verb for verb, _ in told(ann, old)] == ["create", "delete"]
    assert [verb for verb, _ in told(ann, new)] == ["create"]
    there = office.has(smith)
    assert there is not None
    assert of_record(ann, smith)[0].version == there.version


@pytest.mark.parametrize("fault", [Loss.BEFORE_DELIVERY, FAILED], ids=["never arrived", "refused whole"])
def test_what_did_not_arrive_has_none(ann: Desk, smith: Reference, fault: Fault) -> None:
    ann.change(smith, firstname="John")
    ann.network.decide = lambda request: fault
    with pytest.raises(CrmError):
        ann.session.push()
    assert told(ann, smith) == [("create", ("firstname", "lastname", "ownerid"))]


def test_what_was_refused_has_none_and_is_counted_as_waiting(ann: Desk) -> None:
    ann.sync()
    one = ann.make("contact", lastname="One", emailaddress1="one@contoso.example")
    ann.sync()
    other = ann.make("contact", lastname="Other", emailaddress1="one@contoso.example")
    report = ann.sync()
    assert (report.delivered, report.waiting, len(report.problems)) == (0, 1, 1)
    assert told(ann, other) == []
    assert len(told(ann, one)) == 1


def test_a_clash_gets_its_receipt_when_it_arrives(office: Office, ann: Desk, ben: Desk, smith: Reference) -> None:
    ben.sync()
    ben.change(smith, firstname="Jim")
    ben.session.push()
    ann.change(smith, firstname="John")
    ann.session.push()
    there, (newest, *_) = office.has(smith), of_record(ann, smith)
    bens = of_record(ben, smith)[0]
    assert there is not None
    assert (newest.before, newest.version) == (bens.version, there.version), "it was sent again, on what ben made of it"


def test_a_run_that_sent_nothing_has_none_and_says_so(ann: Desk) -> None:
    report = ann.sync()
    assert report.delivered == 0
    with ann.session.store.read() as reader:
        past = runs.run(reader, report.run)
        assert past is not None
        assert past.report["delivered"] == 0
        assert receipts.count(reader, report.run) == 0
