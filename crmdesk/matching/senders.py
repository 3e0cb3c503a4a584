"""What the name and the address in a message's head tell of the person who wrote it."""

from __future__ import annotations

FOR_EVERYBODY = frozenset((
    "aol.com", "fastmail.com", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net",
    "googlemail.com", "hotmail.com", "icloud.com", "live.com", "mac.com", "mail.com", "mail.ru", "me.com",
    "msn.com", "orange.fr", "outlook.com", "outlook.de", "posteo.de", "proton.me", "protonmail.com", "qq.com",
    "t-online.de", "web.de", "wp.pl", "yahoo.com", "yahoo.de", "yandex.ru", "zoho.com",
))  # fmt: skip
"""Domains in which anybody can have an address, so that two people of one have nothing in common."""


def person_name(name: str, address: str) -> tuple[str, str]:
    """First and last name, of "Bo Holm", "Holm, Bo", "Holm" or, without a name, what stands before the @.

    The last name is never empty unless both arguments are; words before the last one are first names.
    """
    shown = " ".join(name.replace('"', " ").split())
    if not shown or "@" in shown:
        first, _, last = address.partition("@")[0].replace("_", ".").rpartition(".")
        return first.replace(".", " ").strip().title(), last.title() or address
    last, comma, first = shown.partition(",")
    if comma and first.strip():
        return first.strip(), last.strip() or first.strip()
    first, _, last = shown.rstrip(",").rpartition(" ")
    return first, last


def company_domain(address: str) -> str:
    """The domain of an address, in lower case, where it tells of a company; empty where anybody can have one."""
    domain = address.rpartition("@")[2].strip().lower() if "@" in address else ""
    return "" if domain in FOR_EVERYBODY else domain
