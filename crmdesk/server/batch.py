"""`$batch`: many requests in one, change sets that happen together or not at all.

All of a batch is one transaction, committed once before the answer goes out; what fails is undone by itself.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from crmdesk.model.record import Reference
from crmdesk.odata.batch import Answer, AnswerItem, ChangeSet, Headers, Item, Request, encode_answers, parse_batch
from crmdesk.odata.errors import ODataError
from crmdesk.odata.rows import Resolver, bind_path, no_content_ids, reference_from
from crmdesk.server.database import Database, Snapshot, Transaction
from crmdesk.server.errors import ServiceError, bad_request, from_odata
from crmdesk.server.exchange import Call, refusal, split_url
from crmdesk.server.resources import answer_to

_MOST_REQUESTS = 1000
_ROOT = re.compile(r"^(?:https?://[^/]+)?/api/data/v9\.\d+/", re.IGNORECASE)
_CONTENT_ID = re.compile(r"^/?(\$(?!metadata\b|batch\b)[^/?]+)")


def answer_batch(call: Call, database: Database) -> Answer:
    """The answers to all requests of a batch, in order. ServiceError when the batch itself cannot be read.

    Without odata.continue-on-error the first refusal ends it, and the batch has its status.
    """
    try:
        items = parse_batch(call.body, call.headers.get("content-type") or "")
    except ODataError as error:
        raise from_odata(error) from None
    if sum(len(item.requests) if isinstance(item, ChangeSet) else 1 for item in items) > _MOST_REQUESTS:
        raise bad_request(f"A batch holds at most {_MOST_REQUESTS} requests.")
    only_reads = all(isinstance(item, Request) and item.method == "GET" for item in items)
    with database.reading() if only_reads else database.writing() as snapshot:
        answers = _answers(call, items, snapshot)
    refused = next((item for item in answers if isinstance(item, Answer) and item.status >= 400), None)
    stops = refused is not None and not call.preferences.continue_on_error
    kind, body = encode_answers(answers, str(uuid.uuid4()))
    applied = {"Preference-Applied": call.preferences.applied} if call.preferences.applied else {}
    headers = Headers({"Content-Type": kind, "OData-Version": "4.0", **applied})
    return Answer(refused.status if refused is not None and stops else 200, headers, body)


def _answers(call: Call, items: list[Item], snapshot: Snapshot) -> list[AnswerItem]:
    answers: list[AnswerItem] = []
    for item in items:
        if isinstance(item, ChangeSet):
            answers.append(_change_set(call, item, snapshot))
        else:
            answers.append(_single(call, item, snapshot))
        last = answers[-1]
        if isinstance(last, Answer) and last.status >= 400 and not call.preferences.continue_on_error:
            break
    return answers


def _single(call: Call, request: Request, snapshot: Snapshot) -> Answer:
    try:
        part = _part(call, request, no_content_ids)
        if not isinstance(snapshot, Transaction) or request.method == "GET":
            return _marked(answer_to(part, snapshot), request)
        with snapshot.part():
            return _marked(answer_to(part, snapshot), request)
    except ServiceError as error:
        return _marked(refusal(error), request)


def _change_set(call: Call, change_set: ChangeSet, snapshot: Snapshot) -> AnswerItem:
    assert isinstance(snapshot, Transaction)
    made: dict[str, Reference] = {}

    def resolve(name: str) -> Reference:
        return made[name] if name in made else no_content_ids(name)

    answers: list[Answer] = []
    request: Request | None = None
    try:
        with snapshot.part():
            for request in change_set.requests:
                if request.method == "GET":
                    raise bad_request("A change set cannot hold a GET request.")
                answers.append(_marked(answer_to(_part(call, request, resolve), snapshot), request))
                where = answers[-1].headers.get("odata-entityid")
                if where is not None and request.content_id is not None:
                    made[f"${request.content_id}"] = reference_from(where)
    except ServiceError as error:
        return replace(refusal(error), content_id=request.content_id if request else None)
    return answers


def _part(call: Call, request: Request, resolve: Resolver) -> Call:
    """The request as one of its own, by the batch's user. ServiceError when its URL points nowhere."""
    url = request.url
    if match := _CONTENT_ID.match(url):
        url = _url_of(match[1], resolve, call.root) + url[match.end() :]
    path, options = split_url(_ROOT.sub("", url, count=1).lstrip("/"))
    if path.strip("/") == "$batch":
        raise bad_request("A batch cannot hold another one.")
    headers = request.headers if isinstance(request.headers, Headers) else Headers(request.headers)
    return Call(request.method, path, options, headers, request.body, call.root, call.user, resolve)


def _url_of(content_id: str, resolve: Resolver, root: str) -> str:
    try:
        reference = resolve(content_id)
    except ODataError as error:
        raise from_odata(error) from None
    return f"{root}{bind_path(reference)[1:]}"


def _marked(answer: Answer, request: Request) -> Answer:
    return answer if request.content_id is None else replace(answer, content_id=request.content_id)
