"""What the first look at each pane would wait for is there soon after the window opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QTimer
from crmdesk import app
from crmdesk.session.session import Session

application = app.application()
session = Session(Path(sys.argv[1]))
made = app.build(session)
made.window.show()
names = {f"crmdesk.ui.{each}.pane" for each in ("contacts", "tasks", "calendar", "records")}
assert not names & set(sys.modules), "a window opens with one pane"
made.begin()
while not names <= set(sys.modules):
    application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 100)
heard = []
made.desk.failed.connect(heard.append)
made.desk.in_background(lambda reader: None, lambda done: heard.append("warm"))
while not heard:
    application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 100)
for name in ("contacts", "tasks", "calendar", "records"):
    made.window.show_pane(name)
    application.processEvents()
made.close()
session.close()
print(*heard)
"""


def test_the_other_panes_are_made_ready_behind_the_window(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "profile")], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.returncode) == ("warm", 0), done.stderr
