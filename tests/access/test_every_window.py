"""Every screen and dialog can be used without a mouse and without seeing it."""

from __future__ import annotations

import pytest

from tests.access.inspection import Seen

pytestmark = pytest.mark.timeout(300)  # the first one opens everything there is


def test_whatever_takes_the_keyboard_has_a_name(seen: dict[str, Seen]) -> None:
    assert {name: each.unnamed for name, each in seen.items() if each.unnamed} == {}


def test_whatever_takes_the_keyboard_has_a_role(seen: dict[str, Seen]) -> None:
    assert {name: each.without_role for name, each in seen.items() if each.without_role} == {}


def test_everything_is_reached_by_tab(seen: dict[str, Seen]) -> None:
    assert {name: each.unreachable for name, each in seen.items() if each.unreachable} == {}


@pytest.mark.parametrize(
    ("scene", "order"),
    [
        ("mail", ["New", "Reply", "Search mail, people, records and tasks", "Folders", "Messages"]),
        ("contacts", ["Options", "New", "Write", "Find in my contacts", "Write a note"]),
        ("calendar-day", ["Today", "My appointments", "Earlier", "Later", "Day"]),
        ("contact-editing", ["Save", "First name", "Last name", "Job title", "Write a note"]),
        ("compose", ["Send", "To", "Copy", "Subject"]),
        ("connect", ["Server", "User", "Password", "Connect"]),
        ("options-general", ["Notifications", "Reminders", "Close"]),
    ],
)
def test_tab_goes_as_one_reads(seen: dict[str, Seen], scene: str, order: list[str]) -> None:
    stops = seen[scene].stops
    first = stops.index(order[0])
    round_from_first = stops[first:] + stops[:first]
    assert [each for each in round_from_first if each in order] == order


def test_one_sees_where_the_keyboard_is(seen: dict[str, Seen]) -> None:
    assert {name: each.focus_unseen for name, each in seen.items() if each.focus_unseen} == {}


def test_every_row_says_what_stands_in_it(seen: dict[str, Seen]) -> None:
    assert {name: each.speechless_rows for name, each in seen.items() if each.speechless_rows} == {}
