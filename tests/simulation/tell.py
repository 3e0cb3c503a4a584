"""Telling histories: one by its seed, or many, on all cores, until one breaks a law."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.deeds import LOCAL, answer, any_deed
from tests.simulation.events import go_online, push
from tests.simulation.laws import check
from tests.simulation.people import Killed
from tests.simulation.place import place
from tests.simulation.story import Story

STEPS = (8, 26)
REPLAY = "replay: python3 packaging/dev.py simulate --replay {}"
BATCH = 25  # histories that a process is given at a time


def tell(seed: int) -> list[str]:
    """Live the history of a seed to its end and check the laws; what happened. What is raised has that as a note."""
    with place(seed) as story:
        story.meanwhile = _meanwhile
        try:
            for _ in range(story.rng.randint(*STEPS)):
                _step(story, local=False)
            if seed % 2:  # all send what waits before anybody hears of it
                for person in story.people:
                    person.trouble = 0.0
                    story.does(person, push)
            story.rest(answer, go_online)
            check(story)
        except BaseException as error:
            error.add_note("\n".join((REPLAY.format(seed), *story.told)))
            raise
        return story.told


def _step(story: Story, local: bool) -> None:
    person, deed = story.rng.choice(story.people), any_deed(story.rng)
    if not person.at_work or deed in LOCAL:
        story.does(person, deed)


def _meanwhile(story: Story) -> None:
    _step(story, local=True)


def breaks(seed: int) -> str | None:
    """What goes wrong in the history of a seed, None: nothing does."""
    try:
        tell(seed)
    except (Exception, Killed) as error:  # the border: a run of many goes on and tells of each
        return f"{type(error).__name__}: {error}"
    return None


def _at_ease() -> None:
    """Most of what is made lives to the end of its history: to look through it all the time is a sixth of the work."""
    gc.set_threshold(100_000, 50, 100)


def _batch(seeds: range) -> list[tuple[int, str]]:
    return [(seed, wrong) for seed in seeds if (wrong := breaks(seed)) is not None]


def batches(first: int, many: int) -> Iterator[range]:
    for start in range(first, first + many, BATCH):
        yield range(start, min(start + BATCH, first + many))


def main(arguments: Sequence[str]) -> int:
    """Tell many histories, or replay one; the exit code says whether a law was broken."""
    parser = argparse.ArgumentParser(prog="dev.py simulate", description=main.__doc__)
    parser.add_argument("--histories", type=int, default=1000, metavar="N")
    parser.add_argument("--first", type=int, metavar="SEED", help="seed of the first (default: a fresh one)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("--replay", type=int, metavar="SEED", help="tell this one and show what happens")
    asked = parser.parse_args(arguments)
    if asked.replay is not None:
        print("\n".join(tell(asked.replay)))
        return 0
    first = fresh_seed() if asked.first is None else asked.first
    return hunt(first, asked.histories, asked.jobs)


def fresh_seed() -> int:
    return int.from_bytes(os.urandom(5))


def hunt(first: int, many: int, jobs: int) -> int:
    """Tell histories and print those that break a law, and the rate; how many did."""
    print(f"{many} histories from seed {first}", flush=True)
    began, done, broken = time.monotonic(), 0, 0
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _at_ease) as pool:
        parts = list(batches(first, many))
        for part, found in zip(parts, pool.map(_batch, parts), strict=True):
            done, broken = done + len(part), broken + len(found)
            for seed, wrong in found:
                print(f"{seed}: {wrong}\n    {REPLAY.format(seed)}", flush=True)
            if done % (BATCH * 10) == 0 or done == many:
                rate = done / (time.monotonic() - began)
                print(f"{done} histories, {broken} broke a law, {rate:.1f} a second", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
