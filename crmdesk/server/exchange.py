"""One request and its answer, apart from any web framework: `$batch` makes them too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import orjson

from crmdesk.odata.batch import Answer, Headers
from crmdesk.odata.rows import Resolver, no_content_ids
from crmdesk.server.errors import ServiceError
from crmdesk.server.preferences import Preferences, preferences_from
from crmdesk.server.security import User

JSON = "application/json; odata.metadata=minimal"


@dataclass(frozen=True)
class Call:
    """A request by a user who has been recognised. `path` and `options` are decoded; `root` ends with a slash."""

    method: str
    path: str  # below the service root, without a leading slash
    options: Mapping[str, str]
    headers: Headers
    body: bytes
    root: str
    user: User
    resolve: Resolver = no_content_ids

    @cached_property
    def preferences(self) -> Preferences:
        """ServiceError when the header makes no sense."""
        return preferences_from(self.headers.get("prefer"))

    @cached_property
    def json(self) -> Any:
        """The body. ServiceError when it is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise ServiceError(400, "0x80048d19", f"The body is not valid JSON: {error}") from None


def split_url(url: str) -> tuple[str, dict[str, str]]:
    """Path and options of a URL, decoded; `+` is a blank."""
    path, _, query = url.partition("?")
    return unquote(path), dict(parse_qsl(query, keep_blank_values=True))


def with_options(url: str, options: Mapping[str, str]) -> str:
    """`url` with encoded options, `$` left readable."""
    text = "&".join(f"{quote(name, safe='$@')}={quote(value, safe=_SAFE)}" for name, value in options.items())
    return f"{url}?{text}" if text else url


_SAFE = "$(),:'/=@!*"


def answer(status: int = 204, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer without a body."""
    return Answer(status, Headers({"OData-Version": "4.0", **(headers or {})}))


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    every = {"Content-Type": JSON, "OData-Version": "4.0", **(headers or {})}
    return Answer(status, Headers(every), orjson.dumps(value))


def text_answer(text: str) -> Answer:
    """A plain value. Dataverse puts a byte order mark before it."""
    headers = Headers({"Content-Type": "text/plain", "OData-Version": "4.0"})
    return Answer(200, headers, b"\xef\xbb\xbf" + text.encode())


def refusal(error: ServiceError) -> Answer:
    """The error body that says why."""
    return json_answer({"error": {"code": error.code, "message": error.words}}, error.status)
