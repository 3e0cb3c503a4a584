"""One search over everything that is on this computer: mail, people, records, tasks."""

from __future__ import annotations

from dataclasses import dataclass

from crmdesk.model.record import display_name
from crmdesk.model.words import ENTITIES
from crmdesk.store import mailbox, records
from crmdesk.store.record_tables import KEPT
from crmdesk.store.store import Reader
from crmdesk.store.tables import record_table, search_table


@dataclass(frozen=True)
class Hit:
    kind: str  # an entity's name, or "message"
    id: str
    name: str
    snippet: str
    when: str | None


def everything(reader: Reader, words: str, limit: int = 50) -> list[Hit]:
    """What holds all the words (the last one may be a beginning): records first, then messages, newest first each."""
    hits = [hit for name in KEPT if ENTITIES[name].search for hit in of_entity(reader, name, words, limit)]
    for row in mailbox.search(reader, words, limit):
        hits.append(Hit("message", row.id, row.subject or "(no subject)", row.snippet, row.date))
    return hits[: limit * 2] if len(hits) > limit * 2 else hits


def of_entity(reader: Reader, name: str, words: str, limit: int) -> list[Hit]:
    match = mailbox.match_expression(words)
    if not match:
        return []
    index, table = search_table(name), record_table(name).name
    found = reader.connection.exec_driver_sql(
        f"SELECT {table}.row FROM {index} JOIN {table} ON {table}.row = {index}.rowid "
        f"WHERE {index} MATCH ? AND {table}.gone = 0 ORDER BY {index}.rowid DESC LIMIT ?",
        (match, limit),
    )
    kind = ENTITIES[name]
    numbers = [line[0] for line in found]
    by_row = records.at_rows(reader, name, numbers)
    hits = []
    for number in numbers:
        record = by_row[number]
        details = " · ".join(str(record[each]) for each in kind.search[1:4] if record[each])
        hits.append(Hit(name, record.id, display_name(kind, record.values), details[:200], record["modifiedon"]))
    return hits
