"""What helps to find out why something does not work, as one text to read, save and send.

Versions, counts, states and how the last runs went. No password, no token, and nothing of what records or messages say:
numbers and names of kinds alone.
"""

from __future__ import annotations

import platform
import sqlite3
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from crmdesk import __version__
from crmdesk.model.query import Query
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES
from crmdesk.session.session import DATABASE, Session
from crmdesk.settings import OPTIONS, to_text, value_of
from crmdesk.store import local_data, mailbox, options, outbox, problems, records, runs
from crmdesk.store.store import SCHEMA, Reader

_LIBRARIES = ("PySide6-Essentials", "PySide6-Addons", "sqlalchemy", "httpx", "keyring", "orjson", "imapclient")
_RUNS = 20


def report(session: Session) -> str:
    """The whole text: sections with a line for each fact. Reads some hundred rows; not for the window's thread."""
    lines = [
        "crmdesk: diagnostics",
        f"Made {session.clock():%Y-%m-%d %H:%M} UTC. It holds no passwords and no records.",
    ]
    with session.store.read() as reader:
        for title, found in (
            ("Program", _program()),
            ("Profile", _profile(session)),
            ("Connection", _connection(session)),
            ("Options that are not as they came", _options(reader)),
            ("Local data", _local_data(session, reader)),
            ("Mail accounts", _mail(reader)),
            ("What waits and what needs an answer", _waiting(reader)),
            ("Last synchronisations", _runs(reader)),
        ):
            facts = list(found) or ["none"]
            lines += ["", title, *(f"  {fact}" for fact in facts)]
    return "\n".join(lines) + "\n"


def _program() -> Iterator[str]:
    yield f"crmdesk {__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield f"{platform.platform()}, {platform.machine()}"
    yield ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "is not installed"


def _profile(session: Session) -> Iterator[str]:
    yield f"data version {SCHEMA}"
    for suffix in ("", "-wal"):
        file = Path(f"{session.profile / DATABASE}{suffix}")
        if file.exists():
            yield f"{file.name}: {file.stat().st_size / 1e6:.1f} MB"
    yield f"secrets are {'guarded by the system' if session.secrets.is_safe else 'kept in a file'}"


def _connection(session: Session) -> Iterator[str]:
    status = session.status()
    yield f"{status.state.value}, server {status.server or 'none'}"
    yield f"last complete synchronisation {status.last or 'never'}, next {status.next or 'not planned'}"


def _options(reader: Reader) -> Iterator[str]:
    now, usual = options.load(reader), type(options.load(reader))()
    for option in OPTIONS:
        value = value_of(now, option.name)
        if value != value_of(usual, option.name):
            yield f"{option.name} = {to_text(value)}"


def _local_data(session: Session, reader: Reader) -> Iterator[str]:
    groups = local_data.groups(reader)
    for name in LOCAL_ENTITIES:
        count = records.count(reader, Query(name), session.clock())
        yield f"{ENTITIES[name].plural}: {count} here; the group is {_shape(groups[name])}"


def _shape(group: str) -> str:
    return {"true": "all", "false": "nothing"}.get(group, "by conditions")


def _mail(reader: Reader) -> Iterator[str]:
    kinds = Counter(account.kind for account in mailbox.accounts(reader))
    yield from (f"{count} by {kind}" for kind, count in kinds.items())
    found = mailbox.folders(reader)
    yield f"{len(found)} folders, {sum(folder.messages for folder in found)} messages"


def _waiting(reader: Reader) -> Iterator[str]:
    entries = Counter(entry.entity for entry in outbox.entries(reader))
    yield f"changes: {_counted(entries)}; messages to hand over: {len(outbox.mails(reader))}"
    yield f"questions: {_counted(Counter(problem.kind for problem in problems.open_problems(reader)))}"


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in found.most_common()) or "none"


def _runs(reader: Reader) -> Iterator[str]:
    for run in runs.newest(reader, _RUNS):
        told = ", ".join(
            f"{name} {value}" for name, value in run.report.items() if isinstance(value, int | float) and value
        )
        yield f"{run.started} {run.kind}: {run.outcome or 'broke off, or under way'}{'; ' if told else ''}{told}"
