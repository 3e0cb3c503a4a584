"""No file of the repository names a machine where it was written, nor says that it is unfinished."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written with a character class, so that this file does not contain what it looks for.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.~-])/(wor[k]|roo[t]|home/\w+|Users/\w+|workspac[e])/",
    "a package registry": r"\b(pyp[i]\.org|pythonhoste[d]|npmj[s]|conda[.]anaconda|registr[y]\.)",
    "something unfinished": r"\b(TOD[O]|FIXM[E]|XX[X]|NotImplemente[d]Error|placeholde[r] text|HAC[K])\b",
}


def texts() -> dict[str, str]:
    """Every text file that git knows, by its name."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = {}
    for name in filter(None, listed.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content:
            found[name] = content.decode("utf-8", errors="replace")
    return found


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_file_says(kind: str) -> None:
    lines = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(FORBIDDEN[kind], line)
    ]
    assert lines == []


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("a path of one machine", "open('/wor" + "k/main/x')"),
        ("a package registry", "https://pyp" + "i.org/simple"),
        ("something unfinished", "# TOD" + "O: later"),
    ],
)
def test_each_kind_is_recognised(kind: str, line: str) -> None:
    assert re.search(FORBIDDEN[kind], line)
