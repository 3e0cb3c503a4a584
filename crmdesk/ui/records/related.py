"""Cards with the records that refer to the one that is shown: an account's contacts, its open opportunities."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from crmdesk.model.entity import Entity, FieldType
from crmdesk.model.record import Record, Reference
from crmdesk.model.words import ENTITIES
from crmdesk.ui.parts import ElidedLabel, Link, frame, label
from crmdesk.ui.timeline import KINDS
from crmdesk.ui.tokens import SPACE_1, SPACE_3, SPACE_4
from crmdesk.ui.words import NameOf, tr, value_text

_SHOWN = 6
_BESIDE = {
    "contact": ("emailaddress1", ""),
    "opportunity": ("estimatedvalue", "salesstage"),
    "lead": ("companyname", "statuscode"),
    "account": ("address1_city", ""),
}
_HIDDEN = (*KINDS, "activitymimeattachment")
Open = Callable[[Reference], object]


def cards(found: list[Record], name_of: NameOf, now: datetime, open_record: Open) -> list[QFrame]:
    """One card per kind of record; what belongs into the timeline is left to it."""
    by_entity: dict[str, list[Record]] = {}
    for record in found:
        if record.entity not in _HIDDEN:
            by_entity.setdefault(record.entity, []).append(record)
    return [_card(ENTITIES[entity], group, name_of, now, open_record) for entity, group in by_entity.items()]


def _card(kind: Entity, group: list[Record], name_of: NameOf, now: datetime, open_record: Open) -> QFrame:
    open_ones = [record for record in group if not record["statecode"]]
    shown = (open_ones or group)[:_SHOWN]
    grid = QGridLayout()
    grid.setContentsMargins(SPACE_4, SPACE_3, SPACE_4, SPACE_3)
    grid.setHorizontalSpacing(SPACE_3)
    grid.setVerticalSpacing(SPACE_1)
    grid.setColumnStretch(0, 3)
    grid.setColumnStretch(1, 2)
    grid.addWidget(label(_title(kind, group, open_ones), "heading"), 0, 0, 1, 3)
    for row, record in enumerate(shown, start=1):
        for column, part in enumerate(_parts(kind, record, name_of, now, open_record)):
            grid.addWidget(part, row, column)
    if len(group) > len(shown):
        more = tr("and {n} more", n=len(group) - len(shown))
        grid.addWidget(label(more, "small"), len(shown) + 1, 0, 1, 3)
    card = frame(grid)
    card.setAccessibleName(tr(kind.plural))
    return card


def _title(kind: Entity, group: list[Record], open_ones: list[Record]) -> str:
    if kind.name == "opportunity" and open_ones:
        return tr("Open opportunities · {n}", n=len(open_ones))
    return f"{tr(kind.plural)} · {len(group)}"


def _parts(kind: Entity, record: Record, name_of: NameOf, now: datetime, open_record: Open) -> list[QWidget]:
    reference = record.reference
    name = Link(record.name, lambda: open_record(reference), quiet=True)
    name.setAccessibleName(f"{tr(kind.label)}: {record.name}")
    beside, chip = _BESIDE.get(kind.name, ("", ""))
    parts: list[QWidget] = [name]
    if beside:
        text = value_text(kind.by_name[beside], record[beside], name_of, now)
        side = ElidedLabel(text)
        if kind.by_name[beside].type is FieldType.MONEY:
            side.setAlignment(Qt.AlignmentFlag.AlignRight)
        parts.append(side)
    if chip and record[chip] is not None:
        parts.append(_chip(value_text(kind.by_name[chip], record[chip], name_of, now), bool(record["statecode"])))
    return parts


def _chip(text: str, over: bool) -> QLabel:
    return label(text, "chip-done" if over else "chip-accent")
