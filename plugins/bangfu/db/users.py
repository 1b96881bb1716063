"""Portal accounts (账号): making them, and checking a password with the same work for everybody.

The portal role cannot read password hashes as a table: it asks two functions of the database (see the
first migration), one account at a time, and every question counts as an attempt until the password
proves right. So attempts made side by side cannot outrun the lock.
"""

import functools
import re
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, insert, select, text, update

from bangfu.db.account import User
from bangfu.db.models import AppUser, Role
from bangfu.db.plain_text import storable
from bangfu.errors import BangfuError
from schemas.rights import AREA_DIGITS, UNION_ROLES
from schemas.sources import SOURCES
from schemas.unions import INDUSTRY_UNION, TERRITORIAL_UNION

__all__ = [
    "User",
    "authenticate",
    "check_user",
    "create_user",
    "get_user",
    "hash_password",
    "list_users",
    "proven_user",
    "set_active",
    "set_password",
]

MINIMUM_PASSWORD = 10
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,62}")
_DIVISION = re.compile(r"[0-9]{6}")


def create_user(connection: Connection, user: User, password: str) -> None:
    """Create an account at once; see `bangfu.db.account_changes` for the way of two persons.

    Args:
        connection: Owner connection.
        user: The account; a county officer's area has 6 digits, a prefecture's 4, the province's 2.
        password: At least 10 characters.

    Raises:
        BangfuError: The name is taken or malformed, area or sources do not fit the role, or the password
            is too short.
    """
    check_user(user)
    if get_user(connection, user.username) is not None:
        raise BangfuError(f"The user name {user.username} is taken.")
    values = storable({**vars(user), "password_hash": hash_password(password)})
    connection.execute(insert(AppUser).values(**values))


def check_user(user: User) -> None:
    """Raise BangfuError unless name, area, union and sources of an account fit each other and its role."""
    if not _USERNAME.fullmatch(user.username):
        raise BangfuError("A user name is 2 to 63 lower-case letters, digits, dots, dashes, from a letter on.")
    _check_area(user)
    _check_union(user)
    _check_sources(user)


def set_password(connection: Connection, username: str, password: str) -> None:
    """Give an account a new password, unlock it and end its sessions (owner connection)."""
    values = {"password_hash": hash_password(password), "failed_logins": 0, "locked_until": None}
    _change(connection, username, values)


def set_active(connection: Connection, username: str, *, active: bool) -> None:
    """Enable or disable an account and end its sessions (owner connection)."""
    _change(connection, username, {"active": active})


def get_user(connection: Connection, username: str) -> User | None:
    """Return an account, or None."""
    rows = connection.execute(_USERS.where(AppUser.username == storable(username))).all()
    return _user(rows[0]) if rows else None


def list_users(connection: Connection) -> list[User]:
    """Return all accounts by name."""
    return [_user(row) for row in connection.execute(_USERS.order_by(AppUser.username))]


def authenticate(engine: Engine, username: str, password: str) -> User | None:
    """Check a password (登录).

    An unknown, disabled or locked account costs one hash as well, so that the time tells nothing. After
    five failures the account is locked for one minute, then two, four ... up to fifteen, and
    attempts while it is locked are not looked at.

    Args:
        engine: From `portal_engine`.
        username: As typed.
        password: As typed.

    Returns:
        The account, or None for every kind of failure.
    """
    name = storable(username.strip().lower())[:200]
    with engine.begin() as connection:
        stored = connection.scalar(text("SELECT portal_login_attempt(:name)"), {"name": name})
    right = _verify(stored or _decoy(), password)
    if stored is None or not right:
        return None
    with engine.begin() as connection:
        connection.execute(text("SELECT portal_login_success(:name, :hash)"), {"name": name, "hash": stored})
    return proven_user(engine, name)


def proven_user(engine: Engine, username: str) -> User | None:
    """The account that has just proven who it is, as the portal's role sees it; None where it is closed."""
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('bangfu.user', :name, true)"), {"name": username})
        user = get_user(connection, username)
    return user if user is not None and user.active else None


_USERS = select(*[AppUser.__table__.c[name] for name in User.__dataclass_fields__])
_HASHER = PasswordHasher()


def _user(row: Any) -> User:
    return User(**{**row._mapping, "role": Role(row.role), "sources": tuple(row.sources)})


def _check_area(user: User) -> None:
    code = user.area_code
    if user.role is Role.DEPARTMENT:
        from matching.standardise.organisations import read_credit_code

        if not _DIVISION.fullmatch(code) and read_credit_code(code) != (code,):
            raise BangfuError(
                "A department sends under a division code of 6 digits, such as 530100, or its credit code of 18 "
                "characters with capital letters; this is neither: check it for a slip."
            )
        return
    if not code.isascii() or not code.isdigit():
        raise BangfuError("An area is a division code of 2, 4 or 6 digits.")
    if len(code) not in ({2, 4, 6} if user.union_name else AREA_DIGITS[user.role]):
        raise BangfuError(f"Area {code} does not fit the role {user.role}.")


def _check_union(user: User) -> None:
    name = user.union_name
    if name is None:
        return
    if user.role not in UNION_ROLES:
        raise BangfuError(f"The role {user.role} belongs to no industry, system or company union: leave --union out.")
    if not re.search(INDUSTRY_UNION, name) or re.search(TERRITORIAL_UNION, name):
        raise BangfuError(
            f"{name!r} is no name of an industry, system or company union, such as 云南省教育工会; an account of a "
            "federation has an area and no --union."
        )


def _check_sources(user: User) -> None:
    if user.role is Role.DEPARTMENT:
        if not user.sources:
            raise BangfuError("A department sends at least one source: name it with --source.")
        if unknown := [code for code in user.sources if code not in SOURCES]:
            raise BangfuError(f"There is no source {unknown[0]!r}; known are {', '.join(SOURCES)}.")
    elif user.sources:
        raise BangfuError(f"The role {user.role} sends nothing: leave --source out, or make it a department.")


def hash_password(password: str) -> str:
    """The hash that is kept of a password; BangfuError where it is too short."""
    if len(password) < MINIMUM_PASSWORD:
        raise BangfuError(f"A password needs at least {MINIMUM_PASSWORD} characters.")
    return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


@functools.cache
def _decoy() -> str:
    """A hash nobody knows the password of, with the cost of the real ones."""
    return _HASHER.hash("no account has this password")


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password[:1024].encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


def _change(connection: Connection, username: str, values: dict[str, object]) -> None:
    changed = connection.execute(update(AppUser).where(AppUser.username == username).values(**values))
    if changed.rowcount != 1:
        raise BangfuError(f"There is no user {username}.")
