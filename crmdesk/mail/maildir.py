"""Maildirs (Maildir++ with subfolders) read and added to, and messages imported from files.

Other programs may work on the same Maildir: a file that moves or vanishes while we look is theirs to do, no error.
"""

from __future__ import annotations

import itertools
import mailbox
import os
import socket
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crmdesk.mail.errors import MailRefused, MailUnreachable
from crmdesk.mail.message import has_headers
from crmdesk.texts import tr

INBOX = "INBOX"
_FLAGS = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "T": "\\Deleted", "D": "\\Draft", "P": "$Forwarded"}
_LETTERS = {flag: letter for letter, flag in _FLAGS.items()}
_MAILBOXES = frozenset({".mbox", ".mbx"})
_MESSAGES = frozenset({".eml", ".msg"})
_OUTLOOK_FILE = b"\xd0\xcf\x11\xe0"
_counter = itertools.count()


@dataclass(frozen=True)
class MaildirMessage:
    """A message of a folder. `key` names it for good, whatever flags it gets; `flags` are named as in IMAP."""

    key: str
    flags: frozenset[str]
    raw: bytes


@dataclass(frozen=True)
class Imported:
    """A message from a file; `source` says where it stood."""

    source: str
    raw: bytes
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ImportProblem:
    """Something that could not be imported; `words` is a sentence that says what and why."""

    source: str
    words: str


def is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and (path / "new").is_dir()


class Maildir:
    """One Maildir: INBOX and, as Maildir++ has it, a folder in each `.Name`. Raises MailError alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folders(self) -> tuple[str, ...]:
        """INBOX first, then the others by name; "Customers/Denmark" is `.Customers.Denmark` on disk."""
        if not is_maildir(self.root):
            raise MailUnreachable(
                tr("There is no mailbox at {place}: it has no folders 'cur' and 'new'.", place=self.root)
            )
        try:
            found = [each.name[1:] for each in self.root.iterdir() if each.name[:1] == "." and is_maildir(each)]
        except OSError as error:
            raise MailUnreachable(
                tr("The mailbox {place} can't be read: {why}.", place=self.root, why=error.strerror)
            ) from error
        return (INBOX, *sorted(_decoded_name(name).replace(".", "/") for name in found))

    def flags(self, folder: str) -> dict[str, frozenset[str]]:
        """Every message of the folder by its key, with its flags. What is not in it is gone."""
        return {key: flags for key, flags, _ in self._entries(folder)}

    def new_messages(self, folder: str, known: Collection[str] = ()) -> Iterator[MaildirMessage]:
        """The messages whose keys are not `known`, oldest delivery first. One that vanishes meanwhile is left out."""
        entries = [entry for entry in self._entries(folder) if entry[0] not in known]
        for key, flags, path in sorted(entries, key=lambda entry: entry[0]):
            raw = self._read(folder, key, path)
            if raw is not None:
                yield MaildirMessage(key, flags, raw)

    def deliver(self, folder: str, raw: bytes, flags: Iterable[str] = ()) -> str:
        """Add a message durably and give its key; the folder is made when it is missing."""
        place = self._path(folder)
        letters = "".join(sorted(_LETTERS[flag] for flag in set(flags) if flag in _LETTERS))
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        key = f"{seconds}.M{nanoseconds:09}P{os.getpid()}Q{next(_counter)}.{_host()}"
        try:
            for name in ("cur", "new", "tmp"):
                (place / name).mkdir(parents=True, exist_ok=True)
            if folder != INBOX:
                (place / "maildirfolder").touch()
            with (place / "tmp" / key).open("xb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            target = place / "cur" / f"{key}:2,{letters}" if letters else place / "new" / key
            (place / "tmp" / key).rename(target)
        except OSError as error:
            raise MailRefused(
                tr("The message could not be written to {place}: {why}.", place=place, why=error.strerror)
            ) from error
        return key

    def set_flags(self, folder: str, key: str, flags: Iterable[str]) -> None:
        """Give a message exactly these flags; one that is gone is left alone."""
        letters = "".join(sorted(_LETTERS[flag] for flag in set(flags) if flag in _LETTERS))
        found = next((path for each, _, path in self._entries(folder) if each == key), None)
        if found is None:
            return
        try:
            found.rename(self._path(folder) / "cur" / f"{key}:2,{letters}")
        except FileNotFoundError:
            return  # another program moved it meanwhile; its flags are what that program set
        except OSError as error:
            raise MailRefused(f"The message {found} could not be changed: {error.strerror}.") from error

    def _path(self, folder: str) -> Path:
        if folder == INBOX:
            return self.root
        name = folder.replace("/", ".")
        if not name.strip(".") or "\0" in name or ".." in name or os.sep in name:
            raise MailRefused(f"'{folder}' can't be the name of a folder.")
        return self.root / f".{_encoded_name(name)}"

    def _entries(self, folder: str) -> Iterator[tuple[str, frozenset[str], Path]]:
        place = self._path(folder)
        for part in ("new", "cur"):
            try:
                files = list(os.scandir(place / part))
            except FileNotFoundError:
                raise MailUnreachable(f"There is no folder '{folder}' in the mailbox {self.root}.") from None
            except OSError as error:
                raise MailUnreachable(f"The folder '{folder}' can't be read: {error.strerror}.") from error
            for file in files:
                key, _, letters = file.name.partition(":2,")
                if not key.startswith("."):
                    flags = frozenset(_FLAGS[letter] for letter in letters.partition(",")[0] if letter in _FLAGS)
                    yield key, flags, Path(file.path)

    def _read(self, folder: str, key: str, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:  # got other flags, or was moved from new to cur, since we looked
            again = next((each for other, _, each in self._entries(folder) if other == key), None)
        except OSError as error:
            raise MailUnreachable(f"The message {path} can't be read: {error.strerror}.") from error
        try:
            return again.read_bytes() if again else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MailUnreachable(f"The message {again} can't be read: {error.strerror}.") from error


def import_paths(paths: Iterable[Path]) -> Iterator[Imported | ImportProblem]:
    """The messages in files (.eml), mailboxes (mbox), Maildirs, and folders of all these, one after the other.

    What can't be read comes as an ImportProblem in its place and stops nothing. In a folder only files that are named
    as mail (.eml, .mbox, .msg) are looked at; a file that is named itself always is.
    """
    for path in paths:
        try:
            yield from _import_path(path, named=True)
        except OSError as error:
            yield ImportProblem(str(path), f"{path} can't be read: {error.strerror}.")


def _import_path(path: Path, *, named: bool) -> Iterator[Imported | ImportProblem]:
    if path.is_dir():
        yield from _import_maildir(path) if is_maildir(path) else _import_folder(path)
    elif named or path.suffix.lower() in _MESSAGES | _MAILBOXES:
        yield from _import_file(path)


def _import_folder(path: Path) -> Iterator[Imported | ImportProblem]:
    for each in sorted(path.iterdir()):
        try:
            yield from _import_path(each, named=False)
        except OSError as error:
            yield ImportProblem(str(each), f"{each} can't be read: {error.strerror}.")


def _import_maildir(path: Path) -> Iterator[Imported | ImportProblem]:
    maildir = Maildir(path)
    try:
        for folder in maildir.folders():
            for message in maildir.new_messages(folder):
                yield Imported(f"{path}/{folder}/{message.key}", message.raw, message.flags)
    except MailUnreachable as error:
        yield ImportProblem(str(path), str(error))


def _import_file(path: Path) -> Iterator[Imported | ImportProblem]:
    with path.open("rb") as file:
        beginning = file.read(5)
    if beginning == b"From ":
        yield from _import_mbox(path)
        return
    if beginning.startswith(_OUTLOOK_FILE):
        yield ImportProblem(str(path), f"{path} is an Outlook file. Save the message as .eml or text and import that.")
        return
    raw = path.read_bytes()
    if not raw.strip():
        yield ImportProblem(str(path), f"{path} is empty.")
    elif not has_headers(raw):
        yield ImportProblem(str(path), f"{path} is not a mail message: it has no sender, recipient, date or subject.")
    else:
        yield Imported(str(path), raw)


def _import_mbox(path: Path) -> Iterator[Imported | ImportProblem]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            raw = box.get_bytes(key)
            source = f"{path}, message {int(key) + 1}"
            if has_headers(raw):
                # mbox writers put ">" before lines that begin with "From ": the standard's own quoting
                yield Imported(source, raw.replace(b"\n>From ", b"\nFrom "))
            else:
                yield ImportProblem(source, f"{source}, is not a mail message: it has no header.")
    finally:
        box.close()


def _host() -> str:
    return socket.gethostname().replace("/", "\\057").replace(":", "\\072") or "localhost"


def _decoded_name(name: str) -> str:
    if "&" not in name:
        return name
    from imapclient.imap_utf7 import decode  # a slow import, needed for names beyond ASCII alone

    try:
        return str(decode(name.encode("ascii")))
    except (UnicodeError, ValueError):
        return name


def _encoded_name(name: str) -> str:
    if name.isascii() and "&" not in name:
        return name
    from imapclient.imap_utf7 import encode  # a slow import, needed for names beyond ASCII alone

    return bytes(encode(name)).decode("ascii")
