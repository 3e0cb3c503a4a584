"""What a person does with the views of a grid. Nothing here reaches the server: views stay on this computer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crmdesk.actions.refusal import Refusal
from crmdesk.model.changes import NOTHING, Changes
from crmdesk.model.list_view import ALL, ListView, Views, columns_of, order_of, usual_views
from crmdesk.store import list_views
from crmdesk.store.store import Transaction
from crmdesk.texts import tr, within


def keep(tx: Transaction, view: ListView, now: datetime) -> Changes:
    """Keep a view: in place of the one of its key, or as one more. Raises Refusal, with nothing changed.

    A view needs a name that no other of its kind has, and conditions that the local data can be asked.
    """
    before = list_views.load(tx, view.entity)
    name = " ".join(view.name.split())
    if not name:
        raise Refusal(tr("The view has no name. Give it one, then save again."))
    others = [each.name for each in before.own if each.key != view.key]
    others += [tr(each.name) for each in usual_views(view.kind)]
    if name.casefold() in (each.casefold() for each in others):
        raise Refusal(tr("Another view of {kind} is called '{name}' already.", kind=_kinds(view), name=name))
    try:
        list_views.question(tx, view, now)
    except ValueError as error:
        raise Refusal(tr("The conditions of '{name}' cannot be asked: {why}", name=name, why=error)) from None
    kept = replace(view, name=name, columns=columns_of(view), order=order_of(view.kind, view.order), is_own=True)
    own = {each.key: each for each in before.own}
    list_views.save(tx, view.entity, replace(before, own=tuple({**own, kept.key: kept}.values())))
    return Changes(options=True, result=kept.key)


def remove(tx: Transaction, view: ListView) -> Changes:
    """Take an own view away; one that is gone already stays gone. A window begins with all records again."""
    before = list_views.load(tx, view.entity)
    left = tuple(each for each in before.own if each.key != view.key)
    if len(left) == len(before.own):
        return NOTHING
    list_views.save(tx, view.entity, Views(left, ALL if before.default == view.key else before.default))
    return Changes(options=True)


def put_back(tx: Transaction, view: ListView, before: Views) -> Changes:
    """Undo keep() or remove(): the view is what it was in `before` and stands there where it stood, or is not there.

    It is the default again if it was and no other is now.
    """
    was = next((each for each in before.own if each.key == view.key), None)
    if was is None:
        return remove(tx, view)
    now = list_views.load(tx, view.entity)
    others, place = [each for each in now.own if each.key != view.key], before.own.index(was)
    default = view.key if before.default == view.key and now.default == ALL else now.default
    list_views.save(tx, view.entity, Views((*others[:place], was, *others[place:]), default))
    return Changes(options=True)


def make_default(tx: Transaction, view: ListView) -> Changes:
    """A window begins with this view when it shows the kind."""
    list_views.save(tx, view.entity, replace(list_views.load(tx, view.entity), default=view.key))
    return Changes(options=True)


def _kinds(view: ListView) -> str:
    return within(tr(view.kind.plural))
