"""Processes that are killed, and several at once over one profile: no record is lost, none is doubled."""

from __future__ import annotations

import time

import pytest

from tests.cli.conftest import Connect
from tests.support.command_line import CommandLine
from tests.support.server_process import ServerProcess

MANY = 100
LINES = "".join(f'{{"lastname":"Berg {number}"}}\n' for number in range(MANY)).encode()


def ids(desk: CommandLine) -> list[str]:
    return sorted(each["id"] for each in desk.answer("list", "contact"))


def test_commands_at_the_same_time_all_happen(connect: Connect) -> None:
    desk, second = connect("A"), connect("B")
    commands = [desk.begin("new", "contact", f"lastname=Berg {number}", "--track") for number in range(4)]
    commands.append(desk.begin("sync"))
    said = [each.communicate(timeout=60) for each in commands]
    assert [each.returncode for each in commands] == [0] * 5, said
    desk.answer("sync")
    second.answer("sync")
    made = sorted(out.decode().strip() for out, _ in said[:4])
    assert ids(desk) == ids(second) == made


@pytest.mark.parametrize(("who", "times"), [("the command", 2), ("the server", 1)])
def test_a_kill_while_records_travel(connect: Connect, server: ServerProcess, who: str, times: int) -> None:
    """It comes as soon as the records are saved here, whatever the server has of them then."""
    desk, second = connect("A"), connect("B")
    for number in range(times):
        command = desk.begin("new", "contact", "--track", "--jsonl")
        assert command.stdin is not None
        command.stdin.write(LINES)
        command.stdin.close()
        until = time.monotonic() + 30
        while len(ids(desk)) == number * MANY and time.monotonic() < until:
            assert command.poll() is None
        if who == "the command":
            command.kill()
        else:
            server.kill()
        command.wait(60)
        for stream in (command.stdout, command.stderr):
            assert stream is not None
            stream.close()
        if who == "the server":
            server.start()
    assert desk.answer("sync")["problems"] == []
    assert desk.answer("waiting") == []
    second.answer("sync")
    assert len(ids(desk)) == times * MANY
    assert ids(desk) == ids(second)
