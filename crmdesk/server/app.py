"""The HTTP side of the server: routes, tokens, sizes and compression. What is asked is decided in resources.py.

An ASGI application, for uvicorn or in process. Everything that touches the database runs in worker threads.
"""

from __future__ import annotations

import gzip
import logging
import re
import zlib
from collections.abc import Awaitable, Callable
from email.utils import format_datetime

import orjson
from sqlalchemy.exc import DataError, OperationalError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from crmdesk.odata.batch import Answer, Headers
from crmdesk.server.batch import answer_batch
from crmdesk.server.database import Database
from crmdesk.server.errors import ServiceError, bad_request, no_resource
from crmdesk.server.exchange import Call, json_answer, refusal, split_url
from crmdesk.server.resources import answer_to
from crmdesk.server.security import SIGN_IN_SECONDS, User, is_password, issue_token, owner_of, password_hash_of

log = logging.getLogger(__name__)

_MOST_BYTES = 64 * 1024 * 1024
_WORTH_COMPRESSING = 1024
_VERSION = re.compile(r"v9\.\d+")


def create_app(
    database: Database, most_bytes: int = _MOST_BYTES, aside: Callable[..., Awaitable[Response]] = run_in_threadpool
) -> Starlette:
    """The application over an open database, which the caller closes. Bodies above `most_bytes` are refused.

    `aside` calls a function with arguments where its taking long keeps nobody waiting.
    """
    door = _Door(database, most_bytes, aside)
    methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    routes = [
        Route("/api/sign-in", door.sign_in, methods=["POST"]),
        Route("/api/data/{version}", door.records, methods=methods),
        Route("/api/data/{version}/{path:path}", door.records, methods=methods),
    ]
    return Starlette(routes=routes)


class _Door:
    """Between HTTP and the service."""

    def __init__(self, database: Database, most_bytes: int, aside: Callable[..., Awaitable[Response]]) -> None:
        self.database = database
        self.most_bytes = most_bytes
        self.aside = aside

    async def records(self, request: Request) -> Response:
        return await self._answered(request, _token_of(request))

    async def sign_in(self, request: Request) -> Response:
        return await self._answered(request, None, signs_in=True)

    async def _answered(self, request: Request, token: str | None, signs_in: bool = False) -> Response:
        try:
            body = await self._body(request)
        except ServiceError as error:
            return self._response(request, refusal(error))
        except ClientDisconnect:
            return Response(status_code=400)
        return await self.aside(self._work, request, token, body, signs_in)

    async def _body(self, request: Request) -> bytes:
        """The whole body, uncompressed. ServiceError when it is too large or not what its header says."""
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > self.most_bytes:
                raise self._too_large()
            parts.append(part)
        body = b"".join(parts)
        if request.headers.get("content-encoding", "identity").lower() != "gzip":
            return body
        unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            plain = unpacked.decompress(body, self.most_bytes + 1)
        except zlib.error:
            raise bad_request("The body is not valid gzip.") from None
        if len(plain) > self.most_bytes:
            raise self._too_large()
        if not unpacked.eof:
            raise bad_request("The gzip body is cut short.")
        return plain

    def _too_large(self) -> ServiceError:
        return ServiceError(413, "0x80048306", f"The request is larger than {self.most_bytes} bytes.")

    def _work(self, request: Request, token: str | None, body: bytes, signs_in: bool) -> Response:
        """In a worker thread: whatever happens there is an answer, and none tells of our inside."""
        try:
            answer = self._sign_in(body) if signs_in else self._records(request, token, body)
        except ServiceError as error:
            answer = refusal(error)
        except DataError as error:
            answer = refusal(bad_request(f"The database cannot hold that value: {_first_line(error)}", "0x80048d19"))
        except Exception as error:  # the border: whatever it is becomes an answer without our inside, and a log line
            answer = _failure(error, f"{request.method} {request.url.path}")
        return self._response(request, answer)

    def _sign_in(self, body: bytes) -> Answer:
        try:
            asked = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise bad_request("Signing in takes a JSON object with user and password.") from None
        name, password = (asked.get("user"), asked.get("password")) if isinstance(asked, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(password, str):
            raise bad_request("Signing in takes a JSON object with user and password.")
        with self.database.reading() as snapshot:
            known = password_hash_of(snapshot, name)
        if not is_password(known[1] if known else None, password) or known is None:
            return _unauthorised("The user name or the password is wrong.")
        with self.database.writing() as transaction:
            token = issue_token(transaction, known[0], SIGN_IN_SECONDS)
        return json_answer({"token": token, "expires_in": SIGN_IN_SECONDS, "user_id": known[0]})

    def _records(self, request: Request, token: str | None, body: bytes) -> Answer:
        user = self._user(token)
        if user is None:
            return _unauthorised("This needs a valid bearer token. Sign in again.")
        version = request.path_params["version"]
        if not _VERSION.fullmatch(version):
            raise no_resource(version)
        root = f"{request.base_url}api/data/{version}/"
        _, options = split_url(f"?{request.url.query}")
        path = request.path_params.get("path", "")
        call = Call(request.method, path, options, _headers_of(request), body, root, user)
        if path == "$batch" and request.method == "POST":
            return answer_batch(call, self.database)
        with self.database.reading() if request.method == "GET" else self.database.writing() as snapshot:
            return answer_to(call, snapshot)

    def _user(self, token: str | None) -> User | None:
        if token is None:
            return None
        with self.database.reading() as snapshot:
            return owner_of(snapshot, token)

    def _response(self, request: Request, answer: Answer) -> Response:
        headers = dict(answer.headers)
        headers["date"] = format_datetime(self.database.clock(), usegmt=True)
        headers["accept-encoding"] = "gzip"  # bodies may be sent so (RFC 9110, 12.5.3)
        body = answer.body
        if len(body) >= _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, compresslevel=1)
            headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        return Response(body, answer.status, headers)


def _headers_of(request: Request) -> Headers:
    """Headers that came several times (Prefer may) are one, separated by commas."""
    names = dict.fromkeys(request.headers.keys())
    return Headers({name: ",".join(request.headers.getlist(name)) for name in names})


def _token_of(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _unauthorised(words: str) -> Answer:
    answer = refusal(ServiceError(401, "0x80072560", words))
    return Answer(answer.status, Headers({**answer.headers, "WWW-Authenticate": "Bearer"}), answer.body)


def _failure(error: Exception, request: str) -> Answer:
    """What to say when the database or the program failed."""
    if isinstance(error, OperationalError) and _asks_too_much(error):
        return refusal(bad_request("The question names too many values. Ask in several smaller ones."))
    if isinstance(error, OperationalError) and _will_pass(error):
        log.error("the database did not answer %s: %s", request, _first_line(error))
        busy = ServiceError(503, "0x80072326", "The database is busy or cannot be written. Nothing was changed.")
        answer = refusal(busy)
        return Answer(answer.status, Headers({**answer.headers, "Retry-After": "2"}), answer.body)
    log.error("%s failed", request, exc_info=error)
    return refusal(ServiceError(500, "0x80040216", "An unexpected error occurred. Nothing was changed."))


def _asks_too_much(error: OperationalError) -> bool:
    """SQLite takes 32,766 values and a depth of 1,000, PostgreSQL 65,535 values."""
    return any(each in str(error.orig) for each in _TOO_MUCH)


def _will_pass(error: OperationalError) -> bool:
    """Busy, full, gone: nothing is wrong with the statement itself. PostgreSQL's class says so by itself."""
    name = getattr(error.orig, "sqlite_errorname", None)
    return name is None or name.startswith(_PASSING)


_TOO_MUCH = ("too many SQL variables", "Expression tree is too large", "number of parameters", "pattern too complex")
_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")


def _first_line(error: DataError | OperationalError) -> str:
    return str(error.orig).partition("\n")[0]
