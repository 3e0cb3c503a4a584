"""Making ready what the first look at each pane would wait for: its modules, and the statements of its questions."""

from __future__ import annotations

from crmdesk.desk.desk import Desk
from crmdesk.model.list_view import orders, usual_views
from crmdesk.model.query import Column, Order, Query
from crmdesk.model.record import Reference
from crmdesk.model.words import ENTITIES
from crmdesk.store import search
from crmdesk.store.store import Reader

_NOBODY = Reference("contact", "00000000-0000-4000-8000-000000000000")


def warm(desk: Desk) -> None:
    """Do it in the background, once, when the window is open and nobody waits."""
    desk.in_background(lambda reader: _look_once(desk, reader), lambda done: None)


def _look_once(desk: Desk, reader: Reader) -> None:
    # put off until here: a window opens with one pane, and the others' modules take a tenth of a second
    from crmdesk.ui.calendar import pane as calendar_pane  # noqa: F401 - to be there
    from crmdesk.ui.contacts.pane import contact_rows
    from crmdesk.ui.records import pane as records_pane  # noqa: F401 - to be there
    from crmdesk.ui.records.record_view import read_around
    from crmdesk.ui.sources import grid_line, record_rows
    from crmdesk.ui.tasks import pane as tasks_pane  # noqa: F401 - to be there
    from crmdesk.ui.tasks.task_rows import task_rows

    by_name = (Order(Column("lastname")), Order(Column("fullname")))
    contact_rows(desk, Query("contact", order=by_name))(reader, 1)
    task_rows(desk)(reader, 1)
    every = usual_views(ENTITIES["account"])[0]
    record_rows(desk, Query("account", order=orders(every.kind, every.order)), grid_line(every))(reader, 1)
    read_around(reader, _NOBODY)
    search.everything(reader, "a", 1)
