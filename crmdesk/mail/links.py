"""Links whose words name one site while they lead to another: what a forged message does."""

from __future__ import annotations

import html as entities
import re
from urllib.parse import urlsplit

from crmdesk.mail.html import TOKEN

_HREF = re.compile(r'\shref="([^"]*)"')
_MOST_WORDS = 300  # characters: what is longer is no address
# Words that are nothing but an address: "https://bank.example/login", "www.bank.example", "bank.example".
_ADDRESS = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,24})(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)


def misleading_links(safe: str) -> dict[str, str]:
    """Where a link leads -> the site that its words name, for links that lead to another one.

    `safe` is what html.make_safe made. A site and what lies below it (www.bank.example, bank.example) are one.
    """
    found: dict[str, str] = {}
    target = words = ""
    for token in TOKEN.finditer(safe):
        if token["tag"] == "a":
            if token["end"]:
                named = _site_named(words)
                host = _host(target)
                if named is not None and host is not None and not _one_site(host, named):
                    found[target] = named
                target = ""
            else:
                href = _HREF.search(token["attributes"])
                target, words = entities.unescape(href[1]) if href else "", ""
        elif token["tag"] is None and target and len(words) < _MOST_WORDS:
            words += entities.unescape(token[0])
    return found


def _site_named(words: str) -> str | None:
    named = _ADDRESS.fullmatch(words.strip()) if len(words) < _MOST_WORDS else None
    return named[1].lower() if named else None


def _host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        return parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:  # brackets that are none of an IPv6 address
        return None


def _one_site(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
