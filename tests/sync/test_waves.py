"""Sending wave after wave: one is written down and one made ready while the server works at a third."""

from __future__ import annotations

import gzip

import httpx
import pytest

from crmdesk.crm.errors import Unreachable
from crmdesk.model.record import Reference
from crmdesk.sync import push
from crmdesk.sync.report import Hooks
from tests.support.builders import Desk, Office
from tests.support.lossy import Loss

WAVE = 10


@pytest.fixture(autouse=True)
def small_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "WAVE", WAVE)


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann")


@pytest.fixture
def ben(office: Office) -> Desk:
    return office.desk("ben")


def _made(desk: Desk, many: int) -> list[Reference]:
    return [desk.make("contact", lastname=f"Smith {number}") for number in range(many)]


def test_many_waves_arrive_each_once(office: Office, ann: Desk) -> None:
    made = _made(ann, 3 * WAVE + 4)
    report = ann.session.push()
    assert report is not None
    assert (report.pushed, report.requests, ann.waiting()) == (len(made), 4, 0)
    assert len(list(office.everything("contact").values())) == len(made)


@pytest.mark.parametrize("lost", [1, 2, 3], ids=["first", "second", "third"])
def test_a_wave_without_an_answer_stops_those_that_follow(office: Office, ann: Desk, lost: int) -> None:
    made = _made(ann, 4 * WAVE)
    ann.faults(*[None] * (lost - 1), Loss.AFTER_DELIVERY)
    with pytest.raises(Unreachable):
        ann.session.push()
    found = [ann.stored(each) for each in made]
    assert sum(each is not None and each.base is not None for each in found) == (lost - 1) * WAVE
    assert sum(each is not None and bool(each.sent) for each in found) == WAVE, "only what left may have arrived"
    ann.sync()
    assert len(list(office.everything("contact").values())) == len(made)
    assert (ann.waiting(), ann.history(), ann.problems()) == (0, [], [])


def test_what_a_wave_takes_away_is_told_once(ann: Desk) -> None:
    made = _made(ann, 4 * WAVE)
    ann.sync()
    for each in made:
        ann.remove(each)
    ann.faults(None, Loss.AFTER_DELIVERY)
    with pytest.raises(Unreachable):
        ann.session.push()
    assert len(ann.history()) == 2 * WAVE, "what does not leave takes nothing away"
    ann.sync()
    assert [ann.lost(each) for each in made] == [[(None, f"Smith {number}")] for number in range(len(made))]


def test_what_gave_way_stays_in_history_also_when_its_wave_does_not_leave(ann: Desk, ben: Desk) -> None:
    ben.group("contact", "true")
    ann.option("conflict", "theirs")
    made = _made(ann, 3 * WAVE)
    ann.sync()
    ben.sync()
    for each in made:
        ann.change(each, firstname="Ada", jobtitle="Buyer")
        ben.change(each, firstname="Ida")
    ben.sync()
    ann.network.decide = lambda request: Loss.BEFORE_DELIVERY if b"Buyer" in _body(request) else None
    with pytest.raises(Unreachable):
        ann.sync()
    ann.plug_in()
    ann.sync()
    assert [ann.lost(each) for each in made] == [[("firstname", "Ada")]] * len(made)


def _body(request: httpx.Request) -> bytes:
    return gzip.decompress(request.content) if request.headers.get("content-encoding") == "gzip" else request.content


def test_clashes_in_a_wave_are_asked_about_when_the_line_is_free(office: Office, ann: Desk, ben: Desk) -> None:
    ben.group("contact", "true")
    made = _made(ann, 3 * WAVE)
    ann.sync()
    ben.sync()
    for number, each in enumerate(made):
        ann.change(each, jobtitle="Buyer")
        if number % 3 == 0:
            ben.change(each, firstname="Ada")
    ben.sync()
    report = ann.session.push()
    assert report is not None
    assert (report.pushed, report.merged) == (3 * WAVE, WAVE)
    rows = list(office.everything("contact").values())
    assert [row.values["jobtitle"] for row in rows] == ["Buyer"] * len(made)
    assert sum(row.values["firstname"] == "Ada" for row in rows) == WAVE


def test_stopped_between_waves_no_more_leave(office: Office, ann: Desk) -> None:
    made = _made(ann, 4 * WAVE)
    report = ann.session.push(hooks=_stops_after(ann, made[WAVE - 1]))
    assert report is not None
    assert report.outcome == "stopped"
    in_doubt = [each for reference in made if (each := ann.stored(reference)) is not None and each.sent]
    assert len(in_doubt) <= WAVE, "what was on its way as the answer to the first came"
    assert len(office.everything("contact")) <= 2 * WAVE
    ann.sync()
    assert len(office.everything("contact")) == len(made)
    assert (ann.waiting(), ann.history(), ann.problems()) == (0, [], [])


def _stops_after(desk: Desk, reference: Reference) -> Hooks:
    def stopped() -> bool:
        found = desk.stored(reference)
        return found is not None and found.base is not None

    return Hooks(stopped=stopped)
