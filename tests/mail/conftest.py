"""The mail servers of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.dovecot import Dovecot, program, running_dovecot


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A real IMAP server, one for the whole run; each test takes a user of its own."""
    installed = program()
    if installed is None:
        pytest.skip("needs Dovecot: apt-get install dovecot-imapd")
    with running_dovecot(installed) as server:
        yield server
