"""What is left of a record whose sending surely did not happen, or that became private meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import httpx
import pytest

from crmdesk.actions import track
from crmdesk.model.record import Reference
from crmdesk.sync.plan import next_wave
from crmdesk.sync.report import Hooks
from tests.support.builders import Desk, Office, stored

NOWHERE = "account:00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def ann(office: Office) -> Desk:
    return office.desk("ann", contact="true", account="true")


def while_sending(desk: Desk, deed: Callable[[], None]) -> None:
    """Do something when the next change is on its way."""
    network = desk.network
    inner, done = network.inner, list[bool]()

    class Meanwhile(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if b"PATCH" in request.content and not done:
                done.append(True)
                deed()
            return inner.handle_request(request)

    network.inner = Meanwhile()


def test_deleted_while_its_create_is_refused_it_is_gone_and_nothing_is_asked(office: Office, ann: Desk) -> None:
    made = ann.make("contact", lastname="Smith", parentcustomerid=NOWHERE)
    while_sending(ann, lambda: ann.remove(made))
    asked = count()
    report = ann.sync(Hooks(stopped=lambda: next(asked) > 300))
    assert report.outcome == "complete", "it comes to an end"
    assert (ann.stored(made), ann.waiting(), ann.problems()) == (None, 0, [])
    assert ann.lost(made) == [(None, "Smith")]


def test_made_again_and_let_go_it_stays_here(office: Office, ann: Desk) -> None:
    ben = office.desk("ben", contact="true")
    made = ann.make("contact", lastname="Smith")
    ann.sync()
    ben.sync()
    ann.change(made, lastname="Smythe")
    ben.remove(made)
    ben.sync()
    ann.sync()
    ann.answer("recreate")
    ann.session.do(lambda tx: track.untrack(tx, "contact", [made.id]))
    for _ in range(2):
        ann.sync()
        record = ann.sees(made)
        assert record is not None
        assert (record.name, record.state.value) == ("Smythe", "private")


def test_a_refusal_is_over_with_the_change_that_it_was_about(office: Office, ann: Desk) -> None:
    made = ann.make("contact", lastname="Smith")
    ann.sync()
    ann.change(made, parentcustomerid=NOWHERE)
    ann.sync()
    assert [each.kind for each in ann.problems()] == ["refused"]
    ann.change(made, parentcustomerid=None)
    assert ann.problems() == []
    ann.change(made, lastname="Smythe")
    ann.sync()
    there = office.has(made)
    assert there is not None
    assert there.values["lastname"] == "Smythe"


@pytest.mark.parametrize("most", [1, 2, 3])
def test_the_files_of_the_last_mail_of_a_wave_go_with_it(most: int) -> None:
    mails = [stored(entity="email", key=f"00000000-0000-4000-8000-00000000000{n}") for n in range(3)]
    files = [
        stored(
            entity="activitymimeattachment",
            key=f"00000000-0000-4000-8000-0000000000f{n}",
            edits={"objectid": (None, str(mail.reference))},
        )
        for n, mail in enumerate(mails)
    ]
    unborn = {each.reference for each in (*mails, *files)}
    wave = next_wave([*mails, *files], unborn, frozenset[Reference](), most)
    assert [[parcel.record.entity for parcel in parcels] for parcels in wave] == [
        ["email", "activitymimeattachment"]
    ] * most
