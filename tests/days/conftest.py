"""Whole days in the real window. The pictures of their steps are kept where CRMDESK_PICTURES says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from crmdesk.ui.mail.engine import prepare_application
from crmdesk.ui.theme import theme
from tests.support.dovecot import program
from tests.support.post_office import PostOffice, post_office
from tests.support.town import Town, town

prepare_application()
# In a container there is no sandbox for the engine that shows HTML; what tests show it is their own.
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")


@pytest.fixture
def mail() -> Iterator[PostOffice]:
    """The mail servers of a day."""
    installed = program()
    if installed is None:
        pytest.skip("needs Dovecot: apt-get install dovecot-imapd")
    with post_office(installed) as made:
        yield made


@pytest.fixture
def day(tmp_path: Path, qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[Town]:
    """The town in which a day takes place."""
    theme().choose("light")
    kept = os.environ.get("CRMDESK_PICTURES")
    pictures = Path(kept) / request.node.name if kept else tmp_path / "pictures"
    with town(tmp_path, pictures, qtbot) as made:
        yield made
