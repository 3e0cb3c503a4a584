"""The address book's own way to the server: people and records with e-mail addresses, by delta links."""

from __future__ import annotations

from crmdesk.crm.client import Client, Read
from crmdesk.crm.errors import CrmError, DeltaExpired
from crmdesk.model.query import Query
from crmdesk.model.words import ENTITIES
from crmdesk.store import addresses
from crmdesk.store.store import Store, get_meta, set_meta
from crmdesk.sync.report import Hooks, Progress
from crmdesk.texts import tr

PAGE = 2000
_BESIDE = ("fullname", "name", "companyname", "parentcustomerid", "ownerid", "createdon")


def synchronise(store: Store, client: Client, hooks: Hooks) -> int:
    """Bring the address book up to date; gives how many records were new or changed. Raises CrmError."""
    changed = 0
    with store.read() as reader:
        links = {entity: get_meta(reader.connection, f"addressbook {entity}") for entity in addresses.LISTED}
    reads = {entity: Read(link=link, entity=entity) if link else _whole(entity) for entity, link in links.items()}
    answers = client.ask(list(reads.values()))
    for (entity, read), answer in zip(reads.items(), answers, strict=True):
        anew = read.link is None
        if isinstance(answer, DeltaExpired):
            anew, answer = True, client.ask([_whole(entity)])[0]
        while True:
            if isinstance(answer, CrmError):
                raise answer
            hooks.progress(Progress(tr("Address book: {kind}", kind=tr(ENTITIES[entity].plural)), changed))
            with store.transaction(durable=False) as tx:
                if anew:
                    addresses.clear(tx, entity)
                    anew = False
                changed += addresses.put(tx, entity, ((row.id, row.values) for row in answer.rows))
                addresses.drop(tx, entity, [each.id for each in answer.removed])
                if answer.next_link is None:
                    set_meta(tx, f"addressbook {entity}", answer.delta_link)
            if answer.next_link is None:
                break
            answer = client.ask([Read(link=answer.next_link, entity=entity, page_size=PAGE)])[0]
    with store.transaction() as tx:
        set_meta(tx, "addressbook last", tx.at)
    return changed


def _whole(entity: str) -> Read:
    kind = ENTITIES[entity]
    select = tuple(name for name in (*kind.addresses, *_BESIDE) if kind.has(name))
    return Read(query=Query(entity, select=select), track_changes=True, page_size=PAGE)
