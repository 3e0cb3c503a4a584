"""Choices: options and local data groups."""

from __future__ import annotations

from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import Changes
from crmdesk.model.words import LOCAL_ENTITIES, entity
from crmdesk.odata.filters import parse_filter
from crmdesk.store import local_data, options
from crmdesk.store.store import Transaction


def set_option(tx: Transaction, name: str, text: str) -> Changes:
    """Raises settings.BadOption."""
    options.save(tx, name, text)
    return Changes(options=True)


def set_group(tx: Transaction, kind: str, text: str) -> Changes:
    """The filter of an entity's local data group. Raises ODataError for a filter that cannot be understood."""
    what = entity(kind)
    if kind not in LOCAL_ENTITIES:
        raise Refusal(f"{what.plural} are not kept in the local data.")
    parse_filter(text, what)
    local_data.set_group(tx, kind, text)
    return Changes(entities=frozenset({kind}), options=True)
