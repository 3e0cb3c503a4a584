"""Random histories come to rest: nothing waits, all are equal, nothing is lost, nothing was overwritten unseen.

The story of one: CRMDESK_HISTORY=SEED pytest tests/sync/test_simulation.py. Many: python -m tests.sync.histories 0 999.
"""

from __future__ import annotations

import os

import pytest

from tests.sync.histories import tell

ONE = os.environ.get("CRMDESK_HISTORY")
SEEDS = [int(ONE)] if ONE else range(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_comes_to_rest(seed: int) -> None:
    tell(seed)
