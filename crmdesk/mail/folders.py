"""What a mail folder is for, from what the server says of it (SPECIAL-USE, RFC 6154) or from its name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    ARCHIVE = "archive"
    JUNK = "junk"
    ALL = "all"  # shows every message once more (Gmail's All Mail): not worth fetching
    OTHER = "other"


@dataclass(frozen=True)
class Folder:
    name: str
    role: Role


_SPECIAL_USE = {
    "\\sent": Role.SENT,
    "\\drafts": Role.DRAFTS,
    "\\trash": Role.TRASH,
    "\\archive": Role.ARCHIVE,
    "\\junk": Role.JUNK,
    "\\all": Role.ALL,
}
_NAMES = {
    Role.SENT: (
        "sent|sent items|sent mail|sent messages|gesendet|gesendete elemente|gesendete objekte|sendt|sendt post|"
        "envoyés|éléments envoyés|messages envoyés|wysłane|elementy wysłane|enviados|inviata|posta inviata|verzonden"
    ),
    Role.DRAFTS: "drafts|draft|entwürfe|kladder|brouillons|kopie robocze|robocze|borradores|bozze|concepten",
    Role.TRASH: (
        "trash|deleted|deleted items|deleted messages|bin|papierkorb|gelöschte elemente|gelöschte objekte|slettet post|"
        "papirkurv|corbeille|éléments supprimés|kosz|elementy usunięte|papelera|cestino|prullenbak"
    ),
    Role.ARCHIVE: "archive|archives|archiv|arkiv|archiwum|archivo|archivio|archief",
    Role.JUNK: "junk|junk e-mail|junk email|spam|bulk mail|uønsket post|courrier indésirable|wiadomości-śmieci",
}
_BY_NAME = {name: role for role, names in _NAMES.items() for name in names.split("|")}


def role_of(name: str, flags: Collection[str] = (), delimiter: str = "/") -> Role:
    """The role of a folder: INBOX by its name, then by its flags, else by its name in common languages."""
    if name.upper() == "INBOX":
        return Role.INBOX
    for flag in flags:
        if flag.lower() in _SPECIAL_USE:
            return _SPECIAL_USE[flag.lower()]
    parts = name.split(delimiter) if delimiter else [name]
    below_inbox = parts[1:] if parts[0].upper() == "INBOX" else parts
    return _BY_NAME.get(below_inbox[0].casefold(), Role.OTHER) if len(below_inbox) == 1 else Role.OTHER


def with_roles(folders: Collection[tuple[str, Collection[str], str]]) -> tuple[Folder, ...]:
    """Folders from (name, flags, delimiter); each role but OTHER is given once, to the one the server names for it."""
    found = [(name, role_of(name, flags, delimiter), _says_so(flags)) for name, flags, delimiter in folders]
    taken: dict[Role, str] = {}
    for name, role, _ in sorted(found, key=lambda each: (not each[2], each[0])):
        taken.setdefault(role, name)
    return tuple(
        Folder(name, role if role is Role.OTHER or taken[role] == name else Role.OTHER) for name, role, _ in found
    )


def _says_so(flags: Collection[str]) -> bool:
    return any(flag.lower() in _SPECIAL_USE for flag in flags)
