"""A throw-away PostgreSQL: a cluster in a folder of its own, spoken to through a socket there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = "-F -c listen_addresses='' -c synchronous_commit=off"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl; None when PostgreSQL is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """A running cluster. database() makes an empty database in it and gives its URL."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.programs = programs

    def database(self) -> str:
        name = f"crm_{uuid.uuid4().hex}"
        self.run("createdb", "-h", str(self.folder), "-U", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """PostgreSQL refuses to run as root, so root becomes the user `postgres` for it."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    """A cluster that is stopped and removed at the end. Its folder has a short path: sockets allow no long one."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    cluster = Cluster(folder, programs)
    data = str(folder / "data")
    try:
        cluster.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        cluster.run(
            "pg_ctl", "-D", data, "-w", "-s", "-l", str(folder / "log"), "-o", f"{_SETTINGS} -k {folder}", "start"
        )
        try:
            yield cluster
        finally:
            cluster.run("pg_ctl", "-D", data, "-w", "-s", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
