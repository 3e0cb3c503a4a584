"""Which records go in which wave: each case says who points at whom, and who is held."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from crmdesk.model.record import Reference
from crmdesk.store.records import Stored
from crmdesk.sync.plan import next_wave
from tests.support.builders import stored


def key(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


ACME = Reference("account", key(1))
SMITH = Reference("contact", key(2))
CALL = Reference("task", key(3))
MAIL = Reference("email", key(4))
FILE = Reference("activitymimeattachment", key(5))
MORE = Reference("activitymimeattachment", key(6))
DEAL = Reference("opportunity", key(7))


def new(reference: Reference, **lookups: Reference) -> Stored:
    """A record that is not on the server yet."""
    edits = {name: (None, str(target)) for name, target in lookups.items()}
    return stored(None, {**edits, "description": (None, "x")}, entity=reference.entity, key=reference.id)


def known(reference: Reference, gone: bool = False, **lookups: Reference) -> Stored:
    """A record of the server's with changes."""
    edits = {name: (None, str(target)) for name, target in lookups.items()}
    return stored({}, {**edits, "description": (None, "x")}, entity=reference.entity, key=reference.id, gone=gone)


def invited(reference: Reference, *people: Reference) -> Stored:
    """A new appointment or e-mail with these people."""
    parties = [{"participationtypemask": 5, "partyid": str(each), "addressused": None} for each in people]
    field = f"{reference.entity}_activity_parties"
    return stored(None, {field: (None, parties)}, entity=reference.entity, key=reference.id)


def waves(
    waiting: Sequence[Stored], held: Sequence[Stored] = (), private: Sequence[Reference] = (), most: int = 100
) -> list[str]:
    """The waves until nothing can go, each as text: sets by +, what is held back after -."""
    left, said = list(waiting), list[str]()
    while True:
        unborn = {each.reference for each in (*left, *held) if each.base is None and not each.gone}
        wave = next_wave(left, unborn, set(private), most)
        if not wave:
            return said
        parts = []
        for parcels in wave:
            parts.append("+".join(" -".join([p.record.entity, *sorted(p.held_back)]) for p in parcels))
            for parcel in parcels:
                left.remove(parcel.record)
                if parcel.held_back and not parcel.held_back <= {"regardingobjectid"}:
                    rest = {name: parcel.record.edits[name] for name in parcel.held_back}
                    again = stored({}, entity=parcel.record.entity, key=parcel.record.id)
                    left.append(Stored(again.entity, again.id, {}, "1", rest))
        said.append(", ".join(parts))


CASES = [
    ("nothing waits", [], [], []),
    ("what points at nothing goes together", [new(ACME), new(SMITH), known(CALL)], [], ["account, contact, task"]),
    ("the oldest goes first", [known(CALL), new(ACME)], [], ["task, account"]),
    (
        "what points at a new record goes in the next wave",
        [new(SMITH, parentcustomerid=ACME), new(ACME)],
        [],
        ["account", "contact"],
    ),
    (
        "a chain of new records is one wave after the other",
        [new(CALL, regardingobjectid=SMITH), new(SMITH, parentcustomerid=ACME), new(ACME)],
        [],
        ["account", "contact", "task"],
    ),
    (
        "a change that points at a new record waits for it",
        [known(CALL, regardingobjectid=ACME), new(ACME)],
        [],
        ["account", "task"],
    ),
    (
        "what points at a held record waits with it",
        [new(SMITH, parentcustomerid=ACME), new(CALL)],
        [new(ACME)],
        ["task"],
    ),
    ("a change to a held record's pointer waits, too", [known(CALL, regardingobjectid=ACME)], [new(ACME)], []),
    (
        "what points at what points at a held record waits",
        [new(CALL, regardingobjectid=SMITH), new(SMITH, parentcustomerid=ACME)],
        [new(ACME)],
        [],
    ),
    ("a deletion points at nothing", [known(CALL, gone=True, regardingobjectid=ACME)], [new(ACME)], ["task"]),
    ("a record that points at itself goes", [new(ACME, parentaccountid=ACME)], [], ["account"]),
    (
        "in a circle the oldest goes without its pointer, which follows",
        [new(ACME, primarycontactid=SMITH), new(SMITH, parentcustomerid=ACME)],
        [],
        ["account -primarycontactid", "contact", "account"],
    ),
    (
        "a circle with a held record stands still; nothing else does",
        [new(SMITH, parentcustomerid=ACME), new(CALL)],
        [new(ACME, primarycontactid=SMITH)],
        ["task"],
    ),
    (
        "an e-mail and its files are one change set",
        [new(MAIL), new(FILE, objectid=MAIL), new(MORE, objectid=MAIL)],
        [],
        ["email+activitymimeattachment+activitymimeattachment"],
    ),
    (
        "a file comes first in the outbox: it waits for its e-mail",
        [new(FILE, objectid=MAIL), new(MAIL)],
        [],
        ["email", "activitymimeattachment"],
    ),
    ("a file of an e-mail that is there goes alone", [new(FILE, objectid=MAIL)], [], ["activitymimeattachment"]),
    (
        "people who are new are created before the invitation",
        [invited(Reference("appointment", key(8)), SMITH), new(SMITH)],
        [],
        ["contact", "appointment"],
    ),
]


@pytest.mark.parametrize(("words", "waiting", "held", "expected"), CASES, ids=lambda case: str(case)[:60])
def test_waves(words: str, waiting: list[Stored], held: list[Stored], expected: list[str]) -> None:
    assert waves(waiting, held) == expected


def test_a_pointer_at_a_private_record_is_held_back() -> None:
    assert waves([known(CALL, regardingobjectid=SMITH)], private=[SMITH]) == ["task -regardingobjectid"]


def test_a_wave_has_room_for_so_many() -> None:
    many = [new(Reference("account", key(n))) for n in range(5)]
    assert waves(many, most=2) == ["account, account", "account, account", "account"]


def test_a_file_joins_its_own_e_mail() -> None:
    other = Reference("email", key(9))
    waiting = [new(MAIL), new(other), new(FILE, objectid=other)]
    wave = next_wave(waiting, {each.reference for each in waiting}, set(), 100)
    assert [[parcel.record.reference for parcel in parcels] for parcels in wave] == [[MAIL], [other, FILE]]


def test_a_circle_is_not_broken_while_an_answer_is_missing() -> None:
    waiting = [new(ACME, primarycontactid=SMITH), new(SMITH, parentcustomerid=ACME)]
    unborn = {ACME, SMITH}
    assert next_wave(waiting, unborn, set(), 100, circles=False) == []
    assert next_wave(waiting, unborn, set(), 100, circles=True)


def test_many_layers_before_a_held_record_are_no_more_work_than_their_number() -> None:
    layers = [(Reference("account", key(2 * n)), Reference("contact", key(2 * n + 1))) for n in range(60)]
    waiting = []
    for (account, contact), (upper_account, upper_contact) in pairwise(layers):
        waiting.append(new(upper_account, parentaccountid=account, primarycontactid=contact))
        waiting.append(new(upper_contact, parentcustomerid=account))
    assert waves(waiting, held=[new(each) for each in layers[0]]) == []
