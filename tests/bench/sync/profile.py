"""A profile that synchronises contacts; also a program, so that a first synchronisation is measured by itself.

`python -m tests.bench.sync.profile URL TOKEN FOLDER` makes one, synchronises it and prints what it took. It loads
nothing but what the product's own command line would.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

import orjson

from crmdesk.actions import choose
from crmdesk.model.words import LOCAL_ENTITIES
from crmdesk.secrets import FileSecrets
from crmdesk.session.session import Session


def open_profile(folder: Path, url: str, token: str) -> Session:
    """A profile, new or old, whose local data are all contacts and nothing else."""
    session = Session(folder, secrets=FileSecrets(folder / "secrets.json", str(folder)))
    session.connect_with_token(url, token)
    for entity in LOCAL_ENTITIES:
        session.do(partial(choose.set_group, kind=entity, text="true" if entity == "contact" else "false"))
    return session


def peak() -> float:
    """The most memory that this process ever had resident, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (each for each in lines if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main(url: str, token: str, folder: str) -> None:
    session = open_profile(Path(folder), url, token)
    began = time.perf_counter()
    report = session.sync()
    seconds = time.perf_counter() - began
    session.close()
    print(orjson.dumps({"rows": report.pulled, "seconds": seconds, "peak": peak()}).decode())


if __name__ == "__main__":
    main(*sys.argv[1:4])
