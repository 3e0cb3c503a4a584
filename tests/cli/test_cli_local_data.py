"""What is kept on this computer: groups, options, search, the address book, contacts copied to one's own."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine


def names(desk: CommandLine, kind: str = "contact") -> set[str]:
    return {str(each["fullname"]) for each in desk.answer("list", kind)}


@pytest.mark.parametrize("wide", ["true", "startswith(lastname,'Group')"])
def test_a_group_that_is_changed_is_followed(connect: Connect, wide: str) -> None:
    anna, ben = connect("A"), connect("B", "ben")
    lines = "".join(f'{{"lastname":"Group {wide} {number}"}}\n' for number in range(30))
    anna.answer("new", "contact", "--track", "--jsonl", stdin=lines)
    ben.answer("sync")
    assert names(ben) == set(), "by default one keeps what one owns"
    assert ben.answer("group", "set", "contact", wide) == {"entity": "contact", "filter": wide}
    ben.answer("sync")
    everything = names(ben)
    assert {f"Group {wide} {number}" for number in range(30)} <= everything
    for narrow, expected in [
        ("endswith(lastname,' 7')", {each for each in everything if each.endswith(" 7")}),
        ("false", set()),
        (wide, everything),
        ("false", set()),
    ]:
        ben.answer("group", "set", "contact", narrow)
        before = names(ben)
        report = ben.answer("sync")
        assert names(ben) == expected
        assert (report["erased"], report["problems"]) == (len(before - expected), [])
        assert ben.answer("sync")["requests"] == 1
    assert anna.answer("sync")["erased"] == 0, "leaving a group is no delete on the server"
