"""How long a person waits before anything happens: starting the command line and loading what the window needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.measure import measure


@pytest.mark.parametrize(
    ("words", "program"),
    [
        ("start Python alone", "pass"),
        ("crmdesk --version", "from crmdesk.cli.main import main; main(['--version'])"),
        ("crmdesk status, nothing set up", "from crmdesk.cli.main import main; main(['status'])"),
        ("load QtWidgets", "import PySide6.QtWidgets"),
        ("load the store", "import crmdesk.store.store"),
        ("load the client", "import crmdesk.crm.client"),
        ("load the bundled server", "import crmdesk.server.app"),
    ],
)
def bench_start(words: str, program: str) -> None:
    def start() -> None:
        subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)

    measure(words, start, 5)
