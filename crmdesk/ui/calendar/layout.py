"""Where appointments stand when several fall together. Pure: numbers in, places out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """The column of one appointment, and into how many columns its cluster is divided."""

    column: int
    columns: int


def side_by_side(spans: Sequence[tuple[int, int]]) -> list[Place]:
    """A place for each (start, end), in the order given: no two that overlap share a column.

    Ending when another begins is no overlap. Spans that hang together, also through others, share one division.
    """
    order = sorted(range(len(spans)), key=lambda each: (spans[each][0], -spans[each][1], each))
    columns = [0] * len(spans)
    places: list[Place] = [Place(0, 1)] * len(spans)
    cluster: list[int] = []
    ends: list[int] = []  # of the last appointment in each column

    def settle() -> None:
        for each in cluster:
            places[each] = Place(columns[each], len(ends))

    for each in order:
        start, end = spans[each]
        if ends and start >= max(ends):
            settle()
            cluster, ends = [], []
        free = next((column for column, last in enumerate(ends) if last <= start), len(ends))
        if free == len(ends):
            ends.append(end)
        else:
            ends[free] = end
        columns[each] = free
        cluster.append(each)
    settle()
    return places


def stacked(spans: Sequence[tuple[int, int]]) -> list[int]:
    """A row for each (first day, last day), in the order given: the highest row that is free on all its days."""
    rows: list[list[tuple[int, int]]] = []
    result = [0] * len(spans)
    for each in sorted(range(len(spans)), key=lambda each: (spans[each][0], -spans[each][1], each)):
        first, last = spans[each]
        number = next((number for number, taken in enumerate(rows) if _is_free(taken, first, last)), len(rows))
        if number == len(rows):
            rows.append([])
        rows[number].append((first, last))
        result[each] = number
    return result


def _is_free(taken: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    return all(last < other_first or first > other_last for other_first, other_last in taken)
