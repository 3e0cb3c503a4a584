"""What stands in the mail pane's side list: favourites, the accounts' folders, and what is on this computer alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmdesk.store import mail_lists, mailbox
from crmdesk.store.mail_lists import Place
from crmdesk.store.mailbox import Account, Folder
from crmdesk.store.store import Reader
from crmdesk.texts import tr_as
from crmdesk.ui.side_list import SideItem
from crmdesk.ui.words import tr

_ROLES = ("inbox", "drafts", "sent", "outbox", "archive", "junk", "trash")
_ICONS = {
    "inbox": "tray",
    "drafts": "file-dotted",
    "sent": "paper-plane-tilt",
    "outbox": "paper-plane-right",
    "archive": "archive",
    "junk": "warning-octagon",
    "trash": "trash",
}
LOCAL = "local"


@dataclass(frozen=True)
class Side:
    """What the side list is made of."""

    accounts: Sequence[Account] = ()
    folders: Sequence[Folder] = ()
    starred: int = 0
    tracked: int = 0  # since a moment

    def unread(self, place: Place) -> int:
        """Of a folder; 0 of other places."""
        return sum(each.unread for each in self.folders if place == Place("folder", each.account, each.name))

    def inbox(self) -> Place | None:
        """The first account's."""
        found = next((each for each in self.folders if each.role == "inbox"), None)
        return None if found is None else Place("folder", found.account, found.name)


def read_side(reader: Reader, since: str, counted: bool) -> Side:
    """`counted`: with the numbers, for which all messages are read; `since`: from when tracked ones are counted."""
    accounts, folders = mailbox.accounts(reader), mailbox.folders(reader, counted)
    if not counted:
        return Side(accounts, folders)
    starred = mail_lists.count(reader, Place("starred"))
    return Side(accounts, folders, starred, mail_lists.count(reader, Place("tracked"), since))


def side_items(side: Side) -> list[SideItem]:
    """Favourites first; then each account with its folders by role, then the others by name, nested by "/"."""
    accounts, folders = side.accounts, side.folders
    items = [SideItem(tr("Favourites"))]
    inbox = next((each for each in folders if each.role == "inbox"), None)
    if inbox is not None:
        items.append(_item(inbox, 0))
    items.append(SideItem(tr("Starred"), Place("starred"), "star", side.starred))
    items.append(SideItem(tr("Tracked this week"), Place("tracked"), "link", side.tracked))
    for account in accounts:
        own = [each for each in folders if each.account == account.id and each is not inbox]
        if account.id != LOCAL and own:
            items.append(SideItem(account.address or account.name))
            items += _folder_items(own)
    local = [each for each in folders if each.account == LOCAL and each is not inbox]
    if local:
        items.append(SideItem(tr("On this computer")))
        items += _folder_items(local)
    return items


def _folder_items(folders: Sequence[Folder]) -> Iterator[SideItem]:
    by_role = [each for role in _ROLES for each in folders if each.role == role]
    others = sorted((each for each in folders if each.role not in _ROLES), key=lambda each: each.name.casefold())
    yield from (_item(each, 0) for each in by_role)
    parents: set[str] = set()
    for each in others:
        *above, _ = each.name.split("/")
        for depth in range(len(above)):
            parent = "/".join(above[: depth + 1])
            if parent not in parents and all(other.name != parent for other in others):
                yield SideItem(above[depth], Place("folder", each.account, parent), "folder", level=depth)
            parents.add(parent)
        yield _item(each, len(above))


def _item(folder: Folder, level: int) -> SideItem:
    unread = folder.role not in ("drafts", "outbox", "sent")
    count = folder.unread if unread else folder.messages if folder.role != "sent" else 0
    name = role_name(folder.role) or folder.name.rpartition("/")[2]
    place = Place("folder", folder.account, folder.name)
    return SideItem(name, place, _ICONS.get(folder.role or "", "folder"), count, unread and count > 0, level)


def role_name(role: str | None) -> str:
    names = {
        "inbox": tr("Inbox"),
        "drafts": tr("Drafts"),
        "sent": tr("Sent"),
        "outbox": tr("Outbox"),
        "archive": tr_as("folder", "Archive"),
        "junk": tr("Junk"),
        "trash": tr("Trash"),
    }
    return names.get(role or "", "")


def place_name(place: Place, folders: Sequence[Folder]) -> str:
    """What stands over the list."""
    if place.kind == "starred":
        return tr("Starred")
    if place.kind == "tracked":
        return tr("Tracked this week")
    folder = next((each for each in folders if (each.account, each.name) == (place.account, place.folder)), None)
    return (role_name(folder.role) if folder else "") or place.folder.rpartition("/")[2]
