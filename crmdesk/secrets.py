"""Passwords and tokens: in the system's secret store, nowhere else.

Where no such store exists (a headless machine), CRMDESK_SECRETS=FILE names a file that holds them, readable by its owner
alone. That is less safe, and whoever uses it is told so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import orjson

VARIABLE = "CRMDESK_SECRETS"


class SecretsError(Exception):
    """The secret store could not be used; the text says why, and what to do."""


class NoSecretStore(SecretsError):
    pass


class Secrets(Protocol):
    """Secrets of one profile, by server (or mail account) and user. Methods raise SecretsError."""

    is_safe: bool

    def get(self, server: str, user: str) -> str | None: ...

    def set(self, server: str, user: str, secret: str) -> None: ...

    def delete(self, server: str, user: str) -> None: ...


def open_secrets(profile: Path, environment: Mapping[str, str] | None = None) -> Secrets:
    """The secret store of this computer for the profile in that folder."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    return FileSecrets(Path(named), str(profile.resolve())) if named else KeyringSecrets(str(profile.resolve()))


class KeyringSecrets:
    """The system's own: Secret Service, Keychain, Credential Locker."""

    is_safe = True

    def __init__(self, profile: str) -> None:
        self.profile = profile

    def get(self, server: str, user: str) -> str | None:
        from keyring import get_password  # 70 ms to import, and not needed to open the window
        from keyring.errors import KeyringError

        try:
            return get_password(self._service(server), user)
        except KeyringError as error:
            raise _in_words(error) from None

    def set(self, server: str, user: str, secret: str) -> None:
        from keyring import set_password  # see get
        from keyring.errors import KeyringError

        try:
            set_password(self._service(server), user, secret)
        except KeyringError as error:
            raise _in_words(error) from None

    def delete(self, server: str, user: str) -> None:
        from keyring import delete_password  # see get
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            delete_password(self._service(server), user)
        except PasswordDeleteError:
            return  # it was not there
        except KeyringError as error:
            raise _in_words(error) from None

    def _service(self, server: str) -> str:
        return f"crmdesk {server} ({self.profile})"


class FileSecrets:
    """A file of mode 0600, keyed by profile, server and user; replaced whole, under a lock."""

    is_safe = False

    def __init__(self, path: Path, profile: str) -> None:
        self.path = path
        self.profile = profile

    def get(self, server: str, user: str) -> str | None:
        return self._read().get(self._key(server, user))

    def set(self, server: str, user: str, secret: str) -> None:
        self._change(self._key(server, user), secret)

    def delete(self, server: str, user: str) -> None:
        self._change(self._key(server, user), None)

    def _key(self, server: str, user: str) -> str:
        return orjson.dumps([self.profile, server, user]).decode()

    def _read(self) -> dict[str, str]:
        try:
            content = orjson.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, orjson.JSONDecodeError) as error:
            raise SecretsError(f"The secrets in {self.path} cannot be read ({error}). Nothing was changed.") from None
        if not isinstance(content, dict):
            raise SecretsError(f"{self.path} holds no secrets of crmdesk. Nothing was changed.")
        return content

    def _change(self, key: str, secret: str | None) -> None:
        from filelock import FileLock  # only who writes needs it

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=10, mode=0o600):
                content = self._read()
                if secret is None:
                    content.pop(key, None)
                else:
                    content[key] = secret
                self._replace(orjson.dumps(content))
        except OSError as error:
            raise SecretsError(
                f"The secrets in {self.path} cannot be written ({error}). Nothing was changed."
            ) from None

    def _replace(self, content: bytes) -> None:
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


def _in_words(error: Exception) -> SecretsError:
    if type(error).__name__ == "NoKeyringError":
        return NoSecretStore(
            "This computer has no secret store, so the password cannot be kept safely. Install one (for example "
            f"gnome-keyring), or set {VARIABLE} to a file that only you can read; that is less safe."
        )
    return SecretsError(f"The secret store did not answer as expected ({error}). Unlock it and try again.")
