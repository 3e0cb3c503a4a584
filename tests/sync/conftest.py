"""An office: a server in this process, and people with a computer each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders import Office
from tests.support.clock import Clock


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    made = Office(tmp_path, clock)
    yield made
    made.close()
