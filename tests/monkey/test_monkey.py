"""Lives of a monkey, the same each time: what a monkey finds in new ones, `dev.py monkey` tells."""

from __future__ import annotations

import pytest

from crmdesk.ui.mail.engine import prepare_application
from tests.monkey.life import live

prepare_application()
LIVES = (1, 2, 3, 4)
DEEDS = 200


@pytest.mark.timeout(200)
@pytest.mark.qt_no_exception_capture
@pytest.mark.parametrize("seed", LIVES)
def test_a_monkey_breaks_nothing(qapp: object, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QTWEBENGINE_DISABLE_SANDBOX", "1")
    life = live(seed, DEEDS)
    assert len(life.told) == DEEDS
