"""The second factor of an account (第二因素): enrolment, check of a code, recovery codes.

Every function works in the scope of the account itself, where row-level security shows its own rows alone. The key of the
codes is kept encrypted under a key that the database does not have; recovery codes are kept as keyed digests.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, func, insert, select, text, update

from bangfu.db.one_time_codes import matching_step, new_key, new_recovery_code
from bangfu.db.trust_models import RecoveryCode, SecondFactor

__all__ = ["RECOVERY_CODES", "FactorState", "begin", "check", "confirm", "factor_state", "new_codes", "remove"]

RECOVERY_CODES = 10

_NONCE = 12


@dataclass(frozen=True)
class FactorState:
    """How an account's second factor stands.

    Attributes:
        confirmed_at: Since when it is in use; None where it is not.
        codes_left: Recovery codes that were not used.
    """

    confirmed_at: datetime | None = None
    codes_left: int = 0


def factor_state(connection: Connection, username: str) -> FactorState:
    """Whether an account has a second factor, and how many recovery codes are left."""
    confirmed = connection.scalar(select(SecondFactor.confirmed_at).where(SecondFactor.username == username))
    unused = select(func.count()).select_from(RecoveryCode)
    left = connection.scalar(unused.where(RecoveryCode.username == username, RecoveryCode.used_at.is_(None)))
    return FactorState(confirmed, left or 0)


def begin(connection: Connection, master: str, username: str) -> bytes:
    """The key that an authenticator is to take; the same again until a code has confirmed it.

    Raises:
        ValueError: The account has a second factor already.
    """
    found = connection.execute(
        select(SecondFactor.secret, SecondFactor.confirmed_at).where(SecondFactor.username == username)
    ).one_or_none()
    if found is not None and found.confirmed_at is not None:
        raise ValueError("The account has a second factor.")
    kept = _unsealed(master, username, found.secret) if found is not None else None
    if kept is not None:
        return kept
    key = new_key()
    connection.execute(delete(SecondFactor).where(SecondFactor.username == username))
    connection.execute(insert(SecondFactor).values(username=username, secret=_sealed(master, username, key)))
    return key


def confirm(connection: Connection, master: str, username: str, code: str) -> Sequence[str] | None:
    """Put a second factor into use, since the authenticator shows its code.

    Returns:
        The recovery codes, which are never shown again; None where the code is wrong or too many were.
    """
    step = _attempt(connection, master, username, code, confirmed=False)
    if step is None or not _accept(connection, username, step):
        return None
    connection.execute(update(SecondFactor).where(SecondFactor.username == username).values(confirmed_at=func.now()))
    return new_codes(connection, master, username)


def check(connection: Connection, master: str, username: str, code: str) -> bool:
    """Whether a code of the authenticator, or a recovery code, is right; neither is right twice.

    Five wrong ones lock the second factor for one minute, then two, four ... up to fifteen. The caller must commit, also
    where the code is wrong.
    """
    step = _attempt(connection, master, username, code, confirmed=True)
    if step is not None:
        return _accept(connection, username, step)
    return False


def new_codes(connection: Connection, master: str, username: str) -> Sequence[str]:
    """Ten new recovery codes in place of the old ones."""
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    connection.execute(delete(RecoveryCode).where(RecoveryCode.username == username))
    rows = [{"username": username, "digest": _digest(master, username, code)} for code in codes]
    connection.execute(insert(RecoveryCode), rows)
    return codes


def remove(connection: Connection, username: str) -> None:
    """Take an account's second factor away; where its role needs one, the next log-in begins with a new one."""
    connection.execute(delete(RecoveryCode).where(RecoveryCode.username == username))
    connection.execute(delete(SecondFactor).where(SecondFactor.username == username))


_COUNT = text(
    """
    UPDATE second_factor SET failures = failures + 1, locked_until = CASE WHEN failures + 1 >= 5
        THEN clock_timestamp() + least(power(2, least(failures - 4, 10)), 15) * interval '1 minute' END
    WHERE username = :username AND (confirmed_at IS NOT NULL) = :confirmed
        AND (locked_until IS NULL OR locked_until <= clock_timestamp())
    RETURNING secret, last_step
    """
)
"""Every attempt counts as a failure until it proves right; attempts while it is locked are not looked at."""


def _attempt(connection: Connection, master: str, username: str, code: str, *, confirmed: bool) -> int | None:
    """The step of a right code, 0 for a right recovery code, None for a wrong one."""
    found = connection.execute(_COUNT, {"username": username, "confirmed": confirmed}).one_or_none()
    if found is None:
        return None
    key = _unsealed(master, username, found.secret)
    step = matching_step(key, code, time.time(), found.last_step) if key is not None else None
    return 0 if step is None and confirmed and _use_recovery_code(connection, master, username, code) else step


def _accept(connection: Connection, username: str, step: int) -> bool:
    """Take the attempt back and remember the step; False where another log-in was first with the same code."""
    accepted = update(SecondFactor).where(SecondFactor.username == username)
    if step:
        accepted = accepted.where(SecondFactor.last_step < step).values(last_step=step)
    return connection.execute(accepted.values(failures=0, locked_until=None)).rowcount == 1


def _use_recovery_code(connection: Connection, master: str, username: str, code: str) -> bool:
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.username == username,
            RecoveryCode.digest == _digest(master, username, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=func.now())
    )
    return connection.execute(used).rowcount == 1


def _digest(master: str, username: str, code: str) -> str:
    plain = "".join(character for character in code.upper() if character.isalnum())
    return hmac.digest(master.encode(), f"recovery:{username}:{plain}".encode("utf-8", "replace"), "sha256").hex()


def _cipher(master: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"second factor:" + master.encode()).digest())


def _sealed(master: str, username: str, key: bytes) -> bytes:
    """A key encrypted for one account: in another's row it does not open."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(master).encrypt(nonce, key, username.encode())


def _unsealed(master: str, username: str, sealed: bytes) -> bytes | None:
    """The key; None where it was sealed under another master key or for another account."""
    try:
        return _cipher(master).decrypt(sealed[:_NONCE], sealed[_NONCE:], username.encode())
    except InvalidTag:
        return None
