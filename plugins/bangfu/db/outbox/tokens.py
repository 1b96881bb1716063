"""Tokens of unions' own systems (接口令牌): random, kept as digests, for one union, with scopes, an end, and revocation."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from bangfu.db.outbox.channels import check_union
from bangfu.db.outbox.models import ApiToken
from bangfu.db.plain_text import storable
from bangfu.errors import BangfuError

__all__ = ["ACKNOWLEDGE", "READ", "SCOPES", "Caller", "NewToken", "TokenRow", "create_token", "identify", "list_tokens"]
__all__ += ["revoke_token"]

READ = "notices:read"
ACKNOWLEDGE = "notices:acknowledge"
SCOPES: Mapping[str, str] = {READ: "读取通知 read notices", ACKNOWLEDGE: "签收通知 acknowledge notices"}
"""What a token may allow."""

LONGEST = 730
"""Days for which a token may be valid."""


@dataclass(frozen=True)
class NewToken:
    """A token as it is handed over, once.

    Attributes:
        token_id: Names it in lists and records.
        token: The secret itself.
        expires_at: When it ends.
    """

    token_id: str
    token: str = field(repr=False)
    expires_at: dt.datetime


@dataclass(frozen=True)
class TokenRow:
    """A token as it is listed."""

    token_id: str
    union_code: str
    name: str
    scopes: tuple[str, ...]
    created_by: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None


@dataclass(frozen=True)
class Caller:
    """Who is behind a request.

    Attributes:
        token_id: Of the token.
        union_code: The union it acts for.
        scopes: What it may do.
        requests: How many it has made within the minute, this one among them.
    """

    token_id: str
    union_code: str
    scopes: frozenset[str]
    requests: int


def create_token(
    connection: Connection, union_code: str, name: str, *, by: str, days: int, scopes: Sequence[str] = tuple(SCOPES)
) -> NewToken:
    """Make a token for a union.

    Args:
        connection: Owner connection.
        union_code: Division code of a federation, or name of a union that has a desk.
        name: What it is for.
        by: Who makes it.
        days: Days until it ends.
        scopes: Some of `SCOPES`.

    Raises:
        BangfuError: There is no such union or scope, or the days are too many.
    """
    check_union(connection, union_code)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise BangfuError(f"A token has scopes among {', '.join(SCOPES)}.")
    if not 0 < days <= LONGEST:
        raise BangfuError(f"A token is valid for 1 to {LONGEST} days.")
    token_id = secrets.token_hex(6)
    token = f"bft_{token_id}_{secrets.token_urlsafe(32)}"
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    values = {"union_code": union_code, "name": storable(name), "scopes": sorted(set(scopes)), "created_by": by}
    connection.execute(
        insert(ApiToken).values(token_id=token_id, digest=_digest(token), expires_at=expires_at, **values)
    )
    return NewToken(token_id, token, expires_at)


def list_tokens(connection: Connection) -> list[TokenRow]:
    """All tokens, union by union."""
    columns = [ApiToken.__table__.c[name] for name in TokenRow.__dataclass_fields__]
    rows = connection.execute(select(*columns).order_by(ApiToken.union_code, ApiToken.created_at)).mappings()
    return [TokenRow(**{**row, "scopes": tuple(row["scopes"])}) for row in rows]


def revoke_token(connection: Connection, token_id: str) -> None:
    """End a token at once.

    Raises:
        BangfuError: There is none, or it has ended.
    """
    changed = connection.execute(
        update(ApiToken)
        .where(ApiToken.token_id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    if changed.rowcount != 1:
        raise BangfuError(f"There is no token {token_id} that could be revoked: `bangfu tokens list` shows them.")


def identify(engine: Engine, token: str) -> Caller | None:
    """Who a token belongs to, and one request more on its account; None for every kind of wrong token.

    Args:
        engine: From `portal_engine`.
        token: As it was sent.
    """
    with engine.begin() as connection:
        found = connection.execute(
            text("SELECT * FROM portal_api_token(:digest)"), {"digest": _digest(token)}
        ).one_or_none()
    return Caller(found.token_id, found.union_code, frozenset(found.scopes), found.requests) if found else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
