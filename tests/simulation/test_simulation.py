"""A thousand histories that nobody has told before, and those that once broke a law, come to rest.

One that breaks a law says its seed, its story and the command that replays it. CRMDESK_HISTORIES_FROM=SEED tells those
from a seed on instead of new ones.
"""

from __future__ import annotations

import os

import pytest

from tests.simulation.tell import fresh_seed, tell

HISTORIES, PART = 1000, 20
# the same for all workers of a run, and another for each run
SAID = os.environ.get("CRMDESK_HISTORIES_FROM")
FIRST = int(SAID or int(os.environ.get("PYTEST_XDIST_TESTRUNUID", "")[:10] or f"{fresh_seed():x}", 16))

ONCE_BROKEN = (1, 3, 266, 20141, 200018, 200267)
"""Seeds whose histories broke a law until the engine was mended."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(HISTORIES // PART))
def test_new_histories_come_to_rest(part: int) -> None:
    first = FIRST + part * PART
    print(f"histories from seed {first}")
    for seed in range(first, first + PART):
        tell(seed)


@pytest.mark.parametrize("seed", ONCE_BROKEN)
def test_a_history_that_once_broke_a_law_comes_to_rest(seed: int) -> None:
    tell(seed)
