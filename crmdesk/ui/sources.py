"""What lists show, read from the local data: records as lines, and the short questions that pickers and cards ask.

It runs in the window's thread, but for the numbers of a list's rows (LongList); lines are read a stretch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from crmdesk.desk.desk import Desk
from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.list_view import ListView, columns_of
from crmdesk.model.query import Query
from crmdesk.model.record import Record, Reference, State, display_name
from crmdesk.model.words import ENTITIES
from crmdesk.store import records, search
from crmdesk.store.store import Reader
from crmdesk.ui.long_list import Reading
from crmdesk.ui.picker import Suggestion
from crmdesk.ui.rows import Heading, Line, Rows
from crmdesk.ui.words import NameOf, field_text, tr

ToLine = Callable[[Record, NameOf, datetime], Line]
_NUMBERS = (FieldType.INTEGER, FieldType.BIGINT, FieldType.DECIMAL, FieldType.MONEY, FieldType.DOUBLE)
_MOST_RECENT = 8


def record_rows(desk: Desk, query: Query, to_line: ToLine) -> Reading:
    """The records that answer `query`, as lines."""
    now, fetch = desk.now, line_fetcher(desk, query.entity, to_line)

    def reading(reader: Reader, limit: int | None) -> Rows:
        numbers = records.rows(reader, query, now, limit=limit)
        return Rows(numbers, fetch, is_part=len(numbers) == limit)

    return reading


def line_fetcher(desk: Desk, entity: str, to_line: ToLine) -> Callable[[Sequence[int]], Mapping[int, Line]]:
    def fetch(numbers: Sequence[int]) -> Mapping[int, Line]:
        with desk.read() as reader:
            found = records.at_rows(reader, entity, numbers)
            name_of = names_for(reader, found.values())
        return {number: to_line(record, name_of, desk.now) for number, record in found.items()}

    return fetch


def names_for(reader: Reader, shown: Iterable[Record]) -> NameOf:
    """What the records are called that these point at."""
    return named_by(reader, shown).get


def named_by(reader: Reader, shown: Iterable[Record]) -> dict[Reference, str]:
    """The same as a value: the names of those that are here."""
    wanted: set[Reference] = set()
    for record in shown:
        for field in ENTITIES[record.entity].lookups:
            text = record[field.name]
            if isinstance(text, str):
                wanted.add(Reference(*text.split(":", 1)))
        parties = ENTITIES[record.entity].parties
        for party in record[parties.name] or () if parties else ():
            if party.get("partyid"):
                wanted.add(Reference(*str(party["partyid"]).split(":", 1)))
    return records.names(reader, wanted)


def read_record(desk: Desk, reference: Reference) -> tuple[Record | None, NameOf]:
    """A record of the local data with the names of what it points at."""
    with desk.read() as reader:
        record = records.get(reader, reference)
        return record, names_for(reader, [record] if record else [])


def headings(view: ListView) -> tuple[Heading, ...]:
    """A grid's columns, as the view has them."""
    fields = view.kind.by_name
    return tuple(_heading(fields[each.field], each.width, not place) for place, each in enumerate(columns_of(view)))


def _heading(field: Field, width: int, first: bool) -> Heading:
    usual = 240 if first else 190 if field.name.startswith("emailaddress") else 150
    if field.type in (FieldType.CHOICE, FieldType.STATE, FieldType.STATUS, *_NUMBERS):
        usual = 120
    return Heading(field.name, tr(field.label), width or usual, numeric=field.type in _NUMBERS)


def grid_line(view: ListView) -> ToLine:
    """Makes a record the line of a grid that shows this view."""
    names = tuple(each.field for each in columns_of(view))

    def line(record: Record, name_of: NameOf, now: datetime) -> Line:
        return _grid_line(record, names, name_of, now)

    return line


def _grid_line(record: Record, names: tuple[str, ...], name_of: NameOf, now: datetime) -> Line:
    kind = ENTITIES[record.entity]
    cells = [" ".join(field_text(record, name, name_of, now).split()) for name in names]
    if names[0] in (kind.columns[0], kind.name_field):
        cells[0] = cells[0] or record.name
    heard = cells if record.name in cells else [record.name, *cells]  # a row is told by its name, shown or not
    said = ", ".join(cell for cell in heard if cell)
    mark = "" if record.tracked else None
    return Line(
        record.reference,
        record.name,
        f"{said}{state_words(record)}",
        cells=tuple(cells),
        mark=mark,
        note=note_of(record),
    )


def note_of(record: Record) -> str:
    """The icon of a record that waits, or that needs the person."""
    return {State.WAITING: "clock", State.PROBLEM: "warning-circle"}.get(record.state, "")


def state_words(record: Record) -> str:
    words = {State.WAITING: tr("waits to be sent"), State.PROBLEM: tr("needs you"), State.PRIVATE: tr("private")}
    parts = [words[record.state]] if record.state in words else []
    if record.tracked:
        parts.insert(0, tr("tracked"))
    return "".join(f", {part}" for part in parts)


def suggestions(desk: Desk, targets: tuple[str, ...], text: str) -> list[Suggestion]:
    """Records to choose from: what fits the text, or the ones changed last."""
    with desk.read() as reader:
        return _suggestions(reader, targets, text, desk.now)


def _suggestions(reader: Reader, targets: tuple[str, ...], text: str, now: datetime) -> list[Suggestion]:
    found: list[Suggestion] = []
    for entity in targets:
        kind = ENTITIES[entity]
        if text:
            hits = search.of_entity(reader, entity, text, _MOST_RECENT)
            found += [Suggestion(Reference(entity, hit.id), hit.name, hit.snippet) for hit in hits]
        else:
            newest = records.find(reader, Query(entity, top=_MOST_RECENT), now)
            found += [Suggestion(r.reference, r.name, _more(kind, r)) for r in newest if r.state is not State.PRIVATE]
    folded = text.casefold()
    found.sort(key=lambda each: not each.name.casefold().startswith(folded))
    return found[: _MOST_RECENT * 2]


def _more(kind: Entity, record: Record) -> str:
    return " · ".join(str(record[name]) for name in kind.search[1:3] if record[name])


def title_of(record: Record) -> str:
    return display_name(ENTITIES[record.entity], record.values)
