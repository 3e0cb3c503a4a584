"""A server that shows not everybody everything: rights to records, put before the bundled server, which has none.

What somebody may not read is not there for them, and cannot be changed by them. Taking or giving a right changes the
record's version, as another owner would; a feed of changes then tells it as gone, with the reason "changed".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from unittest import mock

import orjson

from crmdesk.model.record import Reference
from crmdesk.model.words import BY_SET, ENTITIES
from crmdesk.odata.batch import Answer
from crmdesk.server.database import Database, Snapshot
from crmdesk.server.errors import ServiceError
from crmdesk.server.exchange import Call
from crmdesk.server.records import exists, update_record
from crmdesk.server.resources import answer_to

_SET = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^()]*)\))?/?")


@dataclass
class Rights:
    """`hidden`: user's id -> what they may not read."""

    database: Database
    hidden: defaultdict[str, set[Reference]] = field(default_factory=lambda: defaultdict(set))

    def take(self, user: str, reference: Reference) -> None:
        self.hidden[user].add(reference)
        self._touch(reference)

    def give(self, user: str, reference: Reference) -> None:
        self.hidden[user].discard(reference)
        self._touch(reference)

    def _touch(self, reference: Reference) -> None:
        with self.database.writing() as transaction:
            if exists(transaction, reference):
                moment = {"modifiedon": transaction.moment}
                update_record(transaction, ENTITIES[reference.entity], reference.id, moment)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Every request is answered with regard to them."""
        with (
            mock.patch("crmdesk.server.app.answer_to", self._answer),
            mock.patch("crmdesk.server.batch.answer_to", self._answer),
        ):
            yield

    def _answer(self, call: Call, snapshot: Snapshot) -> Answer:
        hidden, match = self.hidden.get(call.user.id), _SET.fullmatch(call.path)
        kind = BY_SET.get(match["set"]) if match else None
        if not hidden or match is None or kind is None:
            return answer_to(call, snapshot)
        ids = {each.id for each in hidden if each.entity == kind.name}
        if match["key"] is not None:
            if (
                match["key"] in ids
                and call.headers.get("if-none-match") != "*"
                and exists(snapshot, Reference(kind.name, match["key"]))
            ):
                raise ServiceError(403, "0x80040220", "Principal user is missing the privilege to read this record.")
            return answer_to(call, snapshot)
        if not ids or call.method != "GET":
            return answer_to(call, snapshot)
        if "$deltatoken" in call.options or call.preferences.track_changes:
            return _without(answer_to(call, snapshot), kind.id_field, ids)
        others = " and ".join(f"{kind.id_field} ne {key}" for key in sorted(ids))
        asked = call.options.get("$filter")
        question = f"({asked}) and {others}" if asked else others
        return answer_to(replace(call, options={**call.options, "$filter": question}), snapshot)


def _without(answer: Answer, id_field: str, ids: set[str]) -> Answer:
    """The rows of a feed that may be read; of the others it is said that they are not there any more."""
    body = orjson.loads(answer.body)
    gone = {"@odata.context": "$metadata#x/$deletedEntity", "reason": "changed"}
    told = [{**gone, "id": row[id_field]} if row.get(id_field) in ids else row for row in body["value"]]
    if "/$delta" not in body["@odata.context"]:
        told = [row for row in told if "reason" not in row]
    return replace(answer, body=orjson.dumps({**body, "value": told}))
