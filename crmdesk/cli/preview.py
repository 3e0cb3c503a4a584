"""What `sync --preview` and `online --preview` say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from crmdesk.cli.words import answer
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.sync.preview import Incoming, Outgoing, Preview

_WINS = {"mine": "mine would be kept", "theirs": "theirs would be kept", "ask": "you would be asked"}


def tell(preview: Preview) -> None:
    document = {**asdict(preview), "sent": preview.sent}
    answer(_as_text(document), "\n".join(_lines(preview)))


def _as_text(value: Any) -> Any:
    """References in the form in which every command takes them."""
    if isinstance(value, Reference):
        return str(value)
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    return [_as_text(each) for each in value] if isinstance(value, list | tuple) else value


def _lines(preview: Preview) -> Iterator[str]:
    if preview.words:
        yield preview.words
    yield from map(_outgoing, preview.outgoing)
    yield from (f"send: message  {subject}" for subject in preview.messages)
    for clash in preview.clashes:
        values = f"mine {clash.mine!r}, theirs {clash.theirs!r}, before {clash.agreed!r}"
        yield f"clash: {clash.record}  {clash.name}, {clash.field}: {values}; {_WINS[clash.wins]}"
    yield from (f"asked: {each.record}  {each.name}. {each.words}" for each in preview.contradictions)
    for alike in preview.duplicates:
        named = ", ".join(f"{name} ({key})" for key, name in alike.candidates)
        yield f"possible duplicate: {alike.record}  {alike.name} looks like {named}"
    yield from map(_incoming, preview.incoming)
    for going in preview.erasing:
        why = "deleted in the CRM" if going.deleted else "they stay in the CRM"
        yield f"remove from this computer: {going.count} of {ENTITIES[going.entity].plural} ({why})"
    if preview == Preview(heard=True, words=""):
        yield "Nothing would change: both sides are equal."


def _outgoing(each: Outgoing) -> str:
    fields = f" ({', '.join(each.fields)})" if each.fields else ""
    held = f": {each.held}" if each.held else ""
    return f"{'waits' if each.held else 'send'}: {each.verb} {each.record}  {each.name}{fields}{held}"


def _incoming(each: Incoming) -> str:
    least = "at least " if each.more else ""
    count = "an unknown number" if each.changed is None else f"{least}{each.changed}"
    return f"receive: {count} of {ENTITIES[each.entity].plural}" + (f", {each.gone} leave" if each.gone else "")
