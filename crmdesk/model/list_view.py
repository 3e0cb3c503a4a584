"""Views of a grid: which records of a kind it lists, in which columns and in which order.

Every kind has a few usual views; a person makes others. Both are values of one class, and a grid asks nothing else
which columns to show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crmdesk.model.entity import Entity, Field, FieldType
from crmdesk.model.query import Column, Order
from crmdesk.model.words import ENTITIES, SERVER_ONLY

Sorting = tuple[tuple[str, bool], ...]
"""What sorts a list, the first first: names of fields, and whether descending."""

ALL = "all"
"""The key of the usual view that lists every record; each kind has it."""
_EVERYBODY = "true"
_MINE = "Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')"


@dataclass(frozen=True)
class ViewColumn:
    """A field, and its width in logical pixels; 0: the usual width."""

    field: str
    width: int = 0


@dataclass(frozen=True)
class ListView:
    """`key` tells it from the others of its kind; `name` is the person's, or English where the view is a usual one.

    `filter` is OData text, in which the functions of local data groups may stand too. Names of fields that the kind
    does not have (any more) may stand in `columns` and `order`: columns_of() and order_of() leave them out.
    """

    key: str
    entity: str
    name: str
    columns: tuple[ViewColumn, ...]
    filter: str = _EVERYBODY
    order: Sorting = ()
    is_own: bool = True  # the person made it

    @property
    def kind(self) -> Entity:
        return ENTITIES[self.entity]


@dataclass(frozen=True)
class Views:
    """What a person made for one kind of record, in the order in which it is offered.

    `default`: the key of the view that a window begins with, a usual one or an own one.
    """

    own: tuple[ListView, ...] = ()
    default: str = ALL


def usual_views(kind: Entity) -> tuple[ListView, ...]:
    """The views that every kind has, as far as they make sense for it; the first is ALL."""
    columns = tuple(ViewColumn(name) for name in kind.columns)
    every = ListView(ALL, kind.name, "All", columns, order=((kind.columns[0], False),), is_own=False)
    found = [every]
    if kind.has("statecode"):
        found.append(replace(every, key="open", name="Open ones", filter="statecode eq 0"))
        found.append(replace(every, key="closed", name="Closed or inactive", filter="statecode ne 0"))
    if kind.is_owned:
        found.append(replace(every, key="mine", name="Mine", filter=_MINE))
    return tuple(found)


def columns_of(view: ListView) -> tuple[ViewColumn, ...]:
    """Its columns, each once and never none: without any it is the kind's first one."""
    known = {each.name for each in showable(view.kind)}
    found: dict[str, ViewColumn] = {}
    for each in view.columns:
        if each.field in known:
            found.setdefault(each.field, each)
    return tuple(found.values()) or (ViewColumn(view.kind.columns[0]),)


def order_of(kind: Entity, order: Sorting) -> Sorting:
    """What of an order the kind can be sorted by; never empty: without any it is the kind's first column."""
    known = {each.name for each in sortable(kind)}
    return tuple((name, down) for name, down in order if name in known) or ((kind.columns[0], False),)


def showable(kind: Entity) -> tuple[Field, ...]:
    """The fields that can be a column: all whose value says something to a person in a line."""
    return tuple(each for each in kind.fields if each.type not in (FieldType.FILE, FieldType.GUID))


def sortable(kind: Entity) -> tuple[Field, ...]:
    """The fields that can sort: all that have one value. Those without an index of their own take longer."""
    return tuple(each for each in showable(kind) if each.type is not FieldType.PARTIES)


def orders(kind: Entity, order: Sorting) -> tuple[Order, ...]:
    """What is asked for an order: a lookup sorts by what the record is called that it points at, kind by kind."""
    found: list[Order] = []
    for name, descending in order_of(kind, order):
        found += [Order(column, descending) for column in _sorted_by(kind.by_name[name])]
    return tuple(found)


def _sorted_by(field: Field) -> list[Column]:
    """Last by the field itself: so records stand together that point at one that is not here."""
    here = [(step, ENTITIES[target]) for target, step in field.navigation.items() if target not in SERVER_ONLY]
    return [*(Column(target.name_field, (step,)) for step, target in here), Column(field.name)]
