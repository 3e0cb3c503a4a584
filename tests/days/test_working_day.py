"""The demonstration's working day, lived by the real program with its real server, mailbox and window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import monotonic


def test_the_walk_finds_everything_true_and_keeps_its_pictures(tmp_path: Path) -> None:
    began = monotonic()
    pictures = tmp_path / "pictures"
    command = [sys.executable, "-m", "crmdesk", "demo", "--walk", str(pictures)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT TRUE" not in done.stdout
    for words in ("it is John Rodman on the server", "a colleague sees it again", "nothing changed costs one request"):
        assert f"✓ {words}" in done.stdout
    saved = sorted(pictures.glob("*.png"))
    assert len(saved) >= 8
    assert all(each.stat().st_size > 10_000 for each in saved)
    print(f"the walk took {monotonic() - began:.1f} s")
