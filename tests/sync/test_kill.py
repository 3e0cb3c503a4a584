"""Processes that are killed without warning: nothing is lost, nothing is there twice, every database opens."""

from __future__ import annotations

import json
import random
import threading
from pathlib import Path

from tests.support.command_line import CommandLine
from tests.support.server_process import ServerProcess, running_server

TASKS = 120
KILLS = 4


def test_a_client_killed_while_it_goes_online_loses_and_doubles_nothing(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    with running_server(tmp_path) as server:
        desk, wanted = _work_offline(server, tmp_path)
        for kill in range(KILLS):
            running = desk.begin("online" if kill == 0 else "sync")
            thread = threading.Timer(dice.uniform(0.5, 1.3), running.kill)
            thread.start()
            running.communicate()
            thread.cancel()
            wanted |= {desk_task(desk, f"after kill {kill}")}
        _all_is_well(server, desk, tmp_path, wanted)


def test_a_server_killed_while_it_is_sent_to_loses_and_doubles_nothing(tmp_path: Path) -> None:
    dice = random.Random(20261124)
    with running_server(tmp_path) as server:
        desk, wanted = _work_offline(server, tmp_path)
        for kill in range(KILLS - 1):
            running = desk.begin("online" if kill == 0 else "sync")
            thread = threading.Timer(dice.uniform(0.6, 1.0), server.kill)
            thread.start()
            thread.join()
            server.start()
            running.communicate()
        _all_is_well(server, desk, tmp_path, wanted)


def desk_task(desk: CommandLine, subject: str) -> str:
    """Make one more task in a process of its own, whatever state the last kill left; its subject."""
    said = desk.process("new", "task", f"subject={subject}", "--track", "--json")
    assert said.code == 0, said
    return subject


def _work_offline(server: ServerProcess, folder: Path) -> tuple[CommandLine, set[str]]:
    desk = CommandLine(folder / "desk")
    token = server.token("anna")
    desk.answer("connect", server.url, "--token-stdin", stdin=f"{token}\n")
    desk.answer("offline", "--now")
    subjects = [f"task {number}" for number in range(TASKS)]
    lines = "\n".join(json.dumps({"subject": subject}) for subject in subjects)
    desk.answer("new", "task", "--jsonl", "--track", stdin=lines)
    return desk, set(subjects)


def _all_is_well(server: ServerProcess, desk: CommandLine, folder: Path, wanted: set[str]) -> None:
    desk.answer("online")
    assert desk.answer("waiting") == []
    assert desk.answer("problems") == []
    here = desk.answer("list", "task")
    assert sorted(each["subject"] for each in here) == sorted(wanted)
    assert {each["_state"] for each in here} == {"clean"}
    other = CommandLine(folder / "other")
    token = server.token("anna")
    other.answer("connect", server.url, "--token-stdin", stdin=f"{token}\n")
    other.answer("sync")
    assert sorted(each["subject"] for each in other.answer("list", "task")) == sorted(wanted)
