"""Programs that are killed in the middle of real runs: every database opens, nothing is lost, nothing is there twice.

More of them: python3 packaging/dev.py simulate --kills 500.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.kills.stories import KINDS, Kind, Workshop, tell

KILLS = 6  # of each kind of run: 30 in all


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with contextlib.closing(Workshop(tmp_path_factory.mktemp("kills"))) as made:
        yield made


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.words)
def test_nothing_is_lost_by_kills_during(kind: Kind, workshop: Workshop) -> None:
    assert tell(workshop, kind, seed=KINDS.index(kind), kills=KILLS) >= KILLS
