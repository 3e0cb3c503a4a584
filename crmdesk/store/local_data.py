"""The local data: which records are kept (groups), where pulling goes on (bookmarks), what is on its way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Insert,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from crmdesk.model.conditions import regrouped
from crmdesk.model.query import Compare, Filter, InGroup, Relative, changed, leaves
from crmdesk.model.record import Reference, new_id
from crmdesk.model.words import ENTITIES, LOCAL_ENTITIES
from crmdesk.odata.filters import OUR_NAMESPACE, format_filter, parse_filter
from crmdesk.store import options, tables
from crmdesk.store.record_tables import KEPT, listed_names
from crmdesk.store.records import TRACKABLE, is_mine, is_waiting, was_copied
from crmdesk.store.store import Reader, Transaction
from crmdesk.store.tables import points_at, record_table

GROUP, EXTRAS = "group", "extras"
NOBODY, EVERYBODY = "false", "true"
DELETED, LEFT, HIDDEN = "deleted", "left", "hidden"
MINE = "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')"


@dataclass(frozen=True)
class Bookmark:
    """Where the pull of one feed goes on.

    `reading`: in the middle of a load, `link` is its next page. `loaded`: the question of the last complete load.
    `page`: rows a page of the load under way, None: as usual.
    """

    entity: str
    feed: str
    question: str
    load: int
    link: str | None = None
    reading: bool = False
    watermark: str | None = None
    loaded: str | None = None
    swept: str | None = None
    complete: bool = False
    page: int | None = None


@dataclass(frozen=True)
class DataGroup:
    """One local data group: the records of `entity` that fit `filter` (OData) are kept while it is `enabled`.

    An entity has any number of them, and what one of them wants is kept. As long as a person has not changed an
    entity's groups they are its default ones.
    """

    id: str
    entity: str
    name: str
    filter: str
    enabled: bool = True


def all_groups(reader: Reader) -> dict[str, tuple[DataGroup, ...]]:
    """Entity -> its groups in the order of the person, defaults where nothing was changed, those that are off too."""
    chosen: dict[str, list[DataGroup]] = {}
    for line in reader.connection.execute(_GROUPS):
        group = DataGroup(line.id, line.entity, line.name or _usual_name(line), line.filter, bool(line.enabled))
        chosen.setdefault(line.entity, []).extend([] if line.filter == NOBODY and not line.name else [group])
    return {name: tuple(chosen.get(name, default_groups(name))) for name in LOCAL_ENTITIES}


def default_groups(entity: str) -> tuple[DataGroup, ...]:
    """What is kept of an entity when nobody said anything."""
    text = default_group(entity)
    if text == NOBODY:
        return ()
    group = DataGroup(f"default:{entity}", entity, "", text)
    return (replace(group, name=_usual_name(group)),)


def set_groups(tx: Transaction, entity: str, wanted: Sequence[DataGroup]) -> None:
    """The entity has these groups from now on; the default ones are followed again when it is those."""
    g = tables.data_group
    tx.connection.execute(delete(g).where(g.c.entity == entity))
    if tuple(wanted) == default_groups(entity):
        return
    # an entity without a line has its default, so one that is to have no group has a line that holds nothing
    lines = wanted or [DataGroup(new_id(), entity, "", NOBODY)]
    tx.connection.execute(insert(g), [{**each.__dict__, "enabled": int(each.enabled)} for each in lines])


def set_group(tx: Transaction, entity: str, text: str) -> None:
    """The entity has this one group from now on."""
    set_groups(tx, entity, [DataGroup(new_id(), entity, "", text)])


def groups(reader: Reader) -> dict[str, str]:
    """Entity -> the filter of all its groups together, as a server understands it; in the order of pulling."""
    texts = _texts(reader)
    return {name: _for_server(name, text, texts, reader.me) for name, text in texts.items()}


def for_server(reader: Reader, entity: str, text: str) -> str:
    """A group's filter as a server understands it. Raises ValueError with words where it cannot be asked."""
    return _said_for_server(entity, text, _texts(reader), reader.me)


def _texts(reader: Reader) -> dict[str, str]:
    """Entity -> the filter of all its groups together, as they are written."""
    found = all_groups(reader).items()
    texts = {name: _either([each.filter for each in of_kind if each.enabled]) for name, of_kind in found}
    return texts if options.load(reader).contacts_copy != "all" else {**texts, "contact": EVERYBODY}


def _for_server(entity: str, text: str, texts: Mapping[str, str], me: str | None) -> str:
    try:
        return _said_for_server(entity, text, texts, me)
    except ValueError:
        return text  # the server refuses it, which is a problem of its own, and everything else goes on


def _said_for_server(entity: str, text: str, texts: Mapping[str, str], me: str | None) -> str:
    """Without the functions of our own; and "me" as an id behind a lookup, where Dataverse's functions do not reach."""
    if OUR_NAMESPACE not in text and "/" not in text:
        return text
    kind = ENTITIES[entity]
    question = parse_filter(text, kind)
    about = {leaf.entity for leaf in leaves(question) if isinstance(leaf, InGroup)}
    known = {name: parse_filter(texts[name], ENTITIES[name]) for name in about}
    return format_filter(changed(regrouped(question, kind, known), lambda leaf: _me_by_id(leaf, me)), kind)


def _me_by_id(leaf: Filter, me: str | None) -> Filter:
    is_me = {"EqualUserId": True, "NotEqualUserId": False}
    if isinstance(leaf, Relative) and leaf.function in is_me and leaf.column.via and me is not None:
        return Compare(leaf.column, "eq" if is_me[leaf.function] else "ne", me)
    return leaf


_GROUPS = select(tables.data_group).order_by(tables.data_group.c.row)


def _usual_name(group: Any) -> str:
    """What a group without a name goes by."""
    plural = ENTITIES[group.entity].plural
    if group.filter == EVERYBODY:
        return f"All {plural.lower()}"
    return f"My {plural.lower()}" if group.filter == MINE else "Own conditions"


def _either(filters: Sequence[str]) -> str:
    """Groups are additive: what any of them wants."""
    wanted = [text for text in filters if text != NOBODY]
    if EVERYBODY in wanted or not wanted:
        return EVERYBODY if wanted else NOBODY
    return wanted[0] if len(wanted) == 1 else " or ".join(f"({text})" for text in wanted)


def default_group(entity: str) -> str:
    """What the user owns; all users, because every list shows their names; files are read when they are asked for."""
    if entity == "systemuser":
        return EVERYBODY
    return MINE if ENTITIES[entity].is_owned else NOBODY


def bookmarks(reader: Reader) -> dict[tuple[str, str], Bookmark]:
    """(Entity, feed) -> where it goes on."""
    found = reader.connection.execute(_BOOKMARKS).mappings()
    marks = (
        Bookmark(**{**line, "reading": bool(line["reading"]), "complete": bool(line["complete"])}) for line in found
    )
    return {(mark.entity, mark.feed): mark for mark in marks}


def save_bookmarks(tx: Transaction, *marks: Bookmark) -> None:
    lines = [{**mark.__dict__, "reading": int(mark.reading), "complete": int(mark.complete)} for mark in marks]
    if lines:
        tx.connection.execute(_bookmarks_saved(), lines)


def read_whole_again(tx: Transaction, entity: str) -> None:
    """The next run reads the group from its beginning, as if it had lost its place."""
    mark = bookmarks(tx).get((entity, GROUP))
    if mark is not None:
        save_bookmarks(tx, Bookmark(entity, GROUP, mark.question, mark.load + 1, loaded=mark.loaded))


_BOOKMARKS = select(tables.bookmark)


@cache
def _bookmarks_saved() -> Insert:
    statement = insert(tables.bookmark)
    changed = {column.name: statement.excluded[column.name] for column in tables.bookmark.columns}
    return statement.on_conflict_do_update(index_elements=["entity", "feed"], set_=changed)


def group_size(reader: Reader, entity: str) -> tuple[int, str | None]:
    """How many records of the group are here, and when the newest of them was changed."""
    line = reader.connection.execute(_group_size(entity)).one()
    return int(line[0]), line[1]


@cache
def _group_size(entity: str) -> Select[Any]:
    """In two halves, as an index answers each of them sooner than both together."""
    table = record_table(entity)
    newest = select(func.max(table.c.g_modifiedon)).where(table.c.in_group == 1).scalar_subquery()
    return select(func.count(), newest).select_from(table).where(table.c.in_group == 1)


def group_versions(reader: Reader, entity: str) -> dict[str, str | None]:
    """The group's records, id -> version."""
    table = record_table(entity)
    found = reader.connection.execute(select(table.c.id, table.c.version).where(table.c.in_group == 1))
    return {line.id: line.version for line in found}


def versions(reader: Reader, entity: str, ids: Sequence[str]) -> dict[str, str | None]:
    """Id -> version of those that are here."""
    table = record_table(entity)
    here: dict[str, str | None] = {}
    for start in range(0, len(ids), 500):
        part = select(table.c.id, table.c.version).where(table.c.id.in_(ids[start : start + 500]))
        here |= {line.id: line.version for line in reader.connection.execute(part)}
    return here


def extras(reader: Reader) -> dict[str, list[str]]:
    """The synchronised records that are kept although they are not in a group: entity -> ids in order."""
    found: dict[str, list[str]] = {}
    for entity, key in reader.connection.execute(_extras()):
        found.setdefault(entity, []).append(key)
    return {entity: sorted(ids) for entity, ids in found.items()}


@cache
def _extras() -> CompoundSelect[Any]:
    """One question about all tables: this is asked in every run, and there are seldom any."""
    each = ((name, record_table(name)) for name in LOCAL_ENTITIES)
    return union_all(*(select(literal(name), table.c.id).where(_is_extra(table)) for name, table in each))


def _is_extra(table: Table) -> ColumnElement[bool]:
    return and_(table.c.in_group == 0, table.c.private == 0, table.c.base.is_not(None))


def not_seen(reader: Reader, entity: str, load: int) -> list[str]:
    """The group's records that the full load `load` did not bring."""
    table = record_table(entity)
    statement = select(table.c.id).where(table.c.in_group == 1, table.c.seen != load)
    return list(reader.connection.execute(statement).scalars())


def brought(reader: Reader, entity: str, load: int) -> int:
    """How many records a load has brought so far."""
    table = record_table(entity)
    statement = select(func.count()).select_from(table).where(table.c.in_group == 1, table.c.seen == load)
    return int(reader.connection.execute(statement).scalar_one())


def put_in_group(tx: Transaction, entity: str, ids: Sequence[str], load: int) -> None:
    table = record_table(entity)
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        tx.connection.execute(update(table).where(table.c.id.in_(part)).values(in_group=1, seen=load))


def take_out_of_group(tx: Transaction, entity: str, ids: Sequence[str]) -> None:
    table = record_table(entity)
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        tx.connection.execute(update(table).where(table.c.id.in_(part)).values(in_group=0))


def make_all_contacts_mine(tx: Transaction) -> None:
    """The person wants every contact of the CRM in My Contacts; those that were taken out by hand stay out."""
    table = record_table("contact")
    tx.connection.execute(update(table).where(table.c.mine.is_(None), table.c.private == 0).values(mine=1))


# ---- records that others refer to


def want(tx: Transaction, references: Iterable[Reference]) -> None:
    """Remember the ones that are not here, to be fetched."""
    by_entity: dict[str, set[str]] = {}
    for each in references:
        if each.entity in LOCAL_ENTITIES and each.entity != "systemuser":
            by_entity.setdefault(each.entity, set()).add(each.id)
    missing = []
    for entity, ids in by_entity.items():
        table, ordered = record_table(entity), sorted(ids)
        for start in range(0, len(ordered), 500):
            part = ordered[start : start + 500]
            here = set(tx.connection.execute(select(table.c.id).where(table.c.id.in_(part))).scalars())
            missing += [{"entity": entity, "id": key} for key in part if key not in here]
    if missing:
        tx.connection.execute(insert(tables.wanted).on_conflict_do_nothing(), missing)


def wanted(reader: Reader) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for entity, key in reader.connection.execute(_WANTED):
        result.setdefault(entity, []).append(key)
    return result


_WANTED = select(tables.wanted.c.entity, tables.wanted.c.id)


def no_longer_wanted(tx: Transaction, entity: str, ids: Sequence[str]) -> None:
    w = tables.wanted
    for start in range(0, len(ids), 500):
        tx.connection.execute(delete(w).where(w.c.entity == entity, w.c.id.in_(ids[start : start + 500])))


def unneeded(reader: Reader, entity: str, among: Sequence[str] | None = None) -> list[str]:
    """The extras that nothing keeps: not in the person's own lists, nothing waits, no root record refers to them.

    `among`: asked about these alone (at most some hundred).
    Roots are the records of the groups, the person's own and those with work waiting; what only an extra refers to is
    not kept by that, or one record would bring the whole organisation along.
    """
    if among is None:
        found = reader.connection.execute(_unneeded(entity, reader.me))
    else:
        found = reader.connection.execute(_unneeded_among(entity, reader.me), {"ids": list(among)})
    return list(found.scalars())


@cache
def _unneeded_among(entity: str, me: str | None) -> Select[Any]:
    return _unneeded(entity, me).where(record_table(entity).c.id.in_(bindparam("ids", expanding=True)))


@cache
def _unneeded(entity: str, me: str | None) -> Select[Any]:
    table = record_table(entity)
    own = is_mine(table, me) if entity in TRACKABLE else was_copied(table)
    kept_by = [own, is_waiting(table), _has_problem(entity, table.c.id)]
    text = literal(f"{entity}:") + table.c.id
    for name in KEPT:
        other = record_table(name).alias(f"other_{name}")
        root = or_(other.c.in_group == 1, is_waiting(other), was_copied(other), other.c.private == 1)
        if name in TRACKABLE:
            root = or_(root, is_mine(other, me))
        for field in ENTITIES[name].lookups:
            if entity in field.targets and field.name in listed_names(name):
                kept_by.append(exists().where(points_at(other, field.name, text), root))
    return select(table.c.id).where(_is_extra(table), ~or_(*kept_by))


def _has_problem(entity: str, key: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(tables.problem.c.entity == entity, tables.problem.c.record_id == key)


# ---- records on their way out


def leave(tx: Transaction, entity: str, ids: Iterable[str], reason: str) -> None:
    """A run that is confirmed erases them. `reason` as in leaving(); what must go is never said to have left."""
    lines = [{"entity": entity, "id": key, "reason": reason, "run": tx.run} for key in ids]
    if lines:
        statement = insert(tables.leaving)
        tx.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["entity", "id"],
                set_={"reason": statement.excluded.reason, "run": tx.run},
                where=tables.leaving.c.reason == LEFT,
            ),
            lines,
        )


def stay(tx: Transaction, entity: str, ids: Sequence[str], reasons: Sequence[str] = (DELETED, HIDDEN, LEFT)) -> None:
    """They are not on their way out any more, those of them that were leaving for one of the reasons."""
    table = tables.leaving
    for start in range(0, len(ids), 500):
        these = table.c.id.in_(ids[start : start + 500])
        tx.connection.execute(delete(table).where(table.c.entity == entity, these, table.c.reason.in_(reasons)))


def leaving(reader: Reader) -> list[tuple[Reference, str]]:
    """Each record on its way out with the reason.

    DELETED (nobody has it any more), HIDDEN (the person may not read it any more) or LEFT (out of the local data).
    """
    lines = reader.connection.execute(_LEAVING)
    return [(Reference(entity, key), reason) for entity, key, reason in lines]


_LEAVING = select(tables.leaving.c.entity, tables.leaving.c.id, tables.leaving.c.reason)
