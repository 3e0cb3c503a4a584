"""Who may use the server: users with hashed passwords, and the bearer tokens that they are given."""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import bindparam, delete, insert, select, update

from crmdesk.model.words import USER, USER_SETTINGS
from crmdesk.server.database import Snapshot, Transaction
from crmdesk.server.records import insert_record
from crmdesk.server.rules import with_computed
from crmdesk.server.tables import CREDENTIAL, RECORDS, TOKEN
from crmdesk.sql.folding import fold, folded

SIGN_IN_SECONDS = 3600 * 12
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(16))  # checked when there is no such user, so that both take as long
_ONE_AT_A_TIME = threading.Lock()  # each check takes 64 MB: a crowd at the door must not take all memory
_USERS = RECORDS[USER.name]


@dataclass(frozen=True)
class User:
    id: str
    name: str
    is_admin: bool

    @property
    def reference(self) -> str:
        return f"{USER.name}:{self.id}"


class NoSuchUser(LookupError):
    """The text names the user."""


class BadPassword(ValueError):
    """A password that cannot be accepted; the text says why."""


def add_user(transaction: Transaction, name: str, password: str, admin: bool = False) -> str:
    """Make a user who can sign in, or give an existing one a new password; gives the user's id.

    A new password ends every session and token of the user. `admin` makes an administrator; False leaves an existing
    user's rights alone. Raises BadPassword, and BadPassword for an empty name too.
    """
    if not name.strip():
        raise BadPassword("A user needs a name.")
    if len(password) < 4:
        raise BadPassword("The password must have at least 4 characters.")
    key = find_user(transaction, name) or create_user_record(transaction, name)
    known = transaction.connection.execute(select(CREDENTIAL).where(CREDENTIAL.c.user_id == key)).first()
    transaction.connection.execute(delete(CREDENTIAL).where(CREDENTIAL.c.user_id == key))
    rights = admin or (known is not None and known.is_admin)
    transaction.connection.execute(
        insert(CREDENTIAL).values(user_id=key, password_hash=_HASHER.hash(password), is_admin=rights)
    )
    transaction.connection.execute(delete(TOKEN).where(TOKEN.c.user_id == key))
    return key


def create_user_record(transaction: Transaction, name: str) -> str:
    key = str(uuid.uuid4())
    values = {"systemuserid": key, "domainname": name, "lastname": name, "isdisabled": False}
    values |= {"createdon": transaction.moment, "modifiedon": transaction.moment}
    insert_record(transaction, USER, with_computed(USER, values))
    create_settings(transaction, key)
    return key


def create_settings(transaction: Transaction, user: str) -> None:
    """The row of personal options that every user has."""
    insert_record(
        transaction,
        USER_SETTINGS,
        {
            "systemuserid": user,
            "incomingemailfilteringmethod": 1,
            "offlinesyncinterval": 15,
            "outlooksyncinterval": 15,
            "addressbooksyncinterval": 24 * 60,
            "uilanguageid": 1033,
            "createdon": transaction.moment,
            "modifiedon": transaction.moment,
        },
    )


def find_user(snapshot: Snapshot, name: str) -> str | None:
    """The id of the user called `name`, whatever its case."""
    asked = select(_USERS.c.systemuserid).where(fold(_USERS.c.domainname) == folded(name.strip()))
    found = snapshot.connection.scalar(asked)
    return None if found is None else str(found)


def password_hash_of(snapshot: Snapshot, name: str) -> tuple[str, str] | None:
    """The id and the password's hash of a user who may sign in."""
    asked = (
        select(_USERS.c.systemuserid, CREDENTIAL.c.password_hash)
        .join(CREDENTIAL, CREDENTIAL.c.user_id == _USERS.c.systemuserid)
        .where(fold(_USERS.c.domainname) == folded(name.strip()))
        .where(CREDENTIAL.c.password_hash.is_not(None), _USERS.c.isdisabled.is_not(True))
    )
    row = snapshot.connection.execute(asked).first()
    return None if row is None else (str(row[0]), str(row[1]))


def is_password(known_hash: str | None, password: str) -> bool:
    """Whether `password` is the one. It takes as long for a user who does not exist (None). Slow on purpose."""
    try:
        with _ONE_AT_A_TIME:
            _HASHER.verify(known_hash or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return known_hash is not None


def issue_token(transaction: Transaction, user: str, seconds: int | None) -> str:
    """A new bearer token for a user's id, which lives that long (None: until the password changes).

    The database keeps its hash alone. Tokens that have expired are cleared away.
    """
    now = int(transaction.now.timestamp())
    token = secrets.token_urlsafe(32)
    transaction.connection.execute(delete(TOKEN).where(TOKEN.c.expires < now))
    expires = None if seconds is None else now + seconds
    transaction.connection.execute(insert(TOKEN).values(hash=_digest(token), user_id=user, expires=expires))
    return token


def personal_token(transaction: Transaction, name: str) -> str:
    """A personal access token for the user called `name`. Raises NoSuchUser."""
    key = find_user(transaction, name)
    if key is None:
        raise NoSuchUser(f"There is no user called '{name}'. Add it with: crmdesk server add-user {name}")
    return issue_token(transaction, key, None)


_OWNER = (
    select(_USERS.c.systemuserid, _USERS.c.domainname, CREDENTIAL.c.is_admin, TOKEN.c.expires)
    .join(TOKEN, TOKEN.c.user_id == _USERS.c.systemuserid)
    .outerjoin(CREDENTIAL, CREDENTIAL.c.user_id == _USERS.c.systemuserid)
    .where(TOKEN.c.hash == bindparam("hash"), _USERS.c.isdisabled.is_not(True))
)


def owner_of(snapshot: Snapshot, token: str) -> User | None:
    """The user that a bearer token stands for; None when it is unknown, expired or its user disabled."""
    row = snapshot.connection.execute(_OWNER, {"hash": _digest(token)}).first()
    if row is None or (row.expires is not None and row.expires <= snapshot.now.timestamp()):
        return None
    return User(str(row.systemuserid), str(row.domainname), bool(row.is_admin))


def make_admin(transaction: Transaction, user: str) -> None:
    """Give a user an administrator's rights, without a password if it has none yet."""
    changed = transaction.connection.execute(
        update(CREDENTIAL).where(CREDENTIAL.c.user_id == user).values(is_admin=True)
    )
    if changed.rowcount == 0:
        transaction.connection.execute(insert(CREDENTIAL).values(user_id=user, password_hash=None, is_admin=True))


def forget_user(transaction: Transaction, user: str) -> None:
    """Take away a deleted user's password and tokens."""
    transaction.connection.execute(delete(CREDENTIAL).where(CREDENTIAL.c.user_id == user))
    transaction.connection.execute(delete(TOKEN).where(TOKEN.c.user_id == user))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
