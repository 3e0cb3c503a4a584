"""Passwords and tokens: in the system's secret store, nowhere else.

Where no such store exists (a headless machine), CRMDESK_SECRETS=FILE names a file that holds them, readable by its
owner alone. That is less safe, and whoever uses it is told so.

    SecretsError         the secret store could not be used: unlock or mend it, then try again
    └── NoSecretStore    this computer has none: install one, or name a file
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeAlias, TypeGuard

import orjson
from filelock import FileLock

VARIABLE = "CRMDESK_SECRETS"
_PATIENCE = 10  # seconds to wait for another process that is writing the file


class SecretsError(Exception):
    """The secret store could not be used; the text says what happened, what was kept, and what to do."""


class NoSecretStore(SecretsError):
    """There is none on this computer."""


class Secrets(Protocol):
    """Secrets of one profile, by server (or mail account) and user. Methods raise SecretsError; for any thread."""

    is_safe: bool
    """Whether the system guards them; False: the person should be told that they are less safe."""

    def get(self, server: str, user: str) -> str | None: ...

    def set(self, server: str, user: str, secret: str) -> None: ...

    def delete(self, server: str, user: str) -> None:
        """Forget it; no error when it was not there."""


def open_secrets(profile: Path, environment: Mapping[str, str] | None = None) -> Secrets:
    """The secret store of this computer for the profile in that folder."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    key = str(profile.resolve())
    return FileSecrets(Path(named).expanduser(), key) if named else KeyringSecrets(key)


class KeyringSecrets:
    """The system's own: Secret Service, Keychain, Credential Locker. May ask the person to unlock it."""

    is_safe = True

    def __init__(self, profile: str) -> None:
        self.profile = profile

    def get(self, server: str, user: str) -> str | None:
        from keyring import get_password  # 70 ms to import, and the window opens without it

        with _in_our_words("read"):
            return get_password(self._service(server), user)

    def set(self, server: str, user: str, secret: str) -> None:
        from keyring import set_password  # see get

        with _in_our_words("kept"):
            set_password(self._service(server), user, secret)

    def delete(self, server: str, user: str) -> None:
        from keyring import delete_password  # see get
        from keyring.errors import PasswordDeleteError

        # that error is told of a password that is not there, too
        with _in_our_words("deleted"), suppress(PasswordDeleteError):
            delete_password(self._service(server), user)

    def _service(self, server: str) -> str:
        return f"crmdesk {server} ({self.profile})"


@contextmanager
def _in_our_words(done: str) -> Iterator[None]:
    from keyring.errors import KeyringLocked, NoKeyringError  # see KeyringSecrets.get

    try:
        yield
    except NoKeyringError:
        raise NoSecretStore(
            f"This computer has no secret store, so the password cannot be {done} safely. Install one (for example "
            f"gnome-keyring), or set {VARIABLE} to a file that only you can read; that is less safe."
        ) from None
    except KeyringLocked:
        raise SecretsError(
            f"The secret store of this computer is locked, so the password cannot be {done}. Unlock it and try again."
        ) from None
    except Exception as error:
        # every backend of keyring lets errors of its own kind through (D-Bus, Windows, a store that just ended)
        raise SecretsError(
            f"The secret store of this computer did not answer as it should, so the password cannot be {done} "
            f"({error or type(error).__name__}). Everything else is as it was; try again."
        ) from error


_Content: TypeAlias = dict[str, dict[str, dict[str, str]]]
"""Profile, server, user: secret."""


class FileSecrets:
    """A file of mode 0600, keyed by profile, server and user; replaced whole, under a lock beside it."""

    is_safe = False

    def __init__(self, path: Path, profile: str) -> None:
        self.path = path
        self.profile = profile

    def get(self, server: str, user: str) -> str | None:
        return self._read().get(self.profile, {}).get(server, {}).get(user)

    def set(self, server: str, user: str, secret: str) -> None:
        with self._changing() as content:
            content.setdefault(self.profile, {}).setdefault(server, {})[user] = secret

    def delete(self, server: str, user: str) -> None:
        with self._changing() as content:
            content.get(self.profile, {}).get(server, {}).pop(user, None)

    def _read(self) -> _Content:
        try:
            if self.path.stat().st_mode & 0o077:
                self.path.chmod(0o600)
            content = orjson.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except orjson.JSONDecodeError:
            raise self._strange() from None
        except OSError as error:
            raise SecretsError(f"The secrets in {self.path} cannot be read: {error.strerror}.") from None
        if not _is_content(content):
            raise self._strange()
        return content

    def _strange(self) -> SecretsError:
        return SecretsError(
            f"{self.path} holds something else than secrets of crmdesk. It was left as it is. Name another file in "
            f"{VARIABLE}, or move this one away and connect again."
        )

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        """What the file holds; what became of it is there for everybody at the end."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=_PATIENCE, mode=0o600):
                content = self._read()
                yield content
                self._replace(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        except OSError as error:
            why = error.strerror or "another program holds it"
            raise SecretsError(f"The secrets in {self.path} cannot be written: {why}. It was left as it is.") from None

    def _replace(self, content: bytes) -> None:
        """Whole or not at all, whatever happens to this process or the computer."""
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.unlink(missing_ok=True)  # of a process that died; the lock is ours
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


def _is_content(content: object) -> TypeGuard[_Content]:
    return isinstance(content, dict) and all(
        isinstance(servers, dict) and all(isinstance(users, dict) for users in servers.values())
        for servers in content.values()
    )
