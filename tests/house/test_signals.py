"""PySide6 on this Python can be trusted with signals: some releases lose a reference at every emission and abort."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own, because the failure ends the process.
PROGRAM = """
from PySide6.QtCore import QObject, Signal

class Bell(QObject):
    rung = Signal(object)

bell, heard = Bell(), []
bell.rung.connect(heard.append)
for number in range(5000):
    bell.rung.emit(number)
print(len(heard))
"""


def test_five_thousand_signals_arrive() -> None:
    child = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (child.returncode, child.stdout.strip()) == (0, "5000"), child.stderr[-2000:]
