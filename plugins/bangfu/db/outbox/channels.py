"""Channels of the unions (通知渠道), and the industry, system and company unions that have a desk of their own.

A union for which nothing is set is told in the portal's inbox. `none` stands alone: that union is not told at all.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update

from bangfu.db.outbox.models import UNION, UnionChannel, UnionDesk
from bangfu.errors import BangfuError
from schemas.notices import Channel
from schemas.reference import divisions
from schemas.unions import INDUSTRY_UNION, TERRITORIAL_UNION

__all__ = [
    "ChannelRow",
    "above",
    "channel_rows",
    "channels_of",
    "check_union",
    "open_desk",
    "rotate_secret",
    "set_channels",
]

_FEDERATION = re.compile("[0-9]+")
_NAME = re.compile(UNION.replace("[:space:]", r"\s"))


@dataclass(frozen=True)
class ChannelRow:
    """One way in which a union is told.

    Attributes:
        union_code: Division code of a federation, or name of a union of the other tree.
        channel: The way.
        address: Mail address or URL; None for inbox and none.
        server: What is down when the address cannot be reached; None with the address.
        secret_version: Version of the secret that signs its webhooks.
        former_until: Until when the version before signs as well.
    """

    union_code: str
    channel: Channel
    address: str | None = None
    server: str | None = None
    secret_version: int = 1
    former_until: dt.datetime | None = None


def set_channels(connection: Connection, union_code: str, rows: Iterable[ChannelRow], *, by: str) -> None:
    """Set all channels of a union in place of those before; a webhook keeps the version of its secret.

    Args:
        connection: Owner connection.
        union_code: The union; one of the other tree needs a desk.
        rows: At least one; `none` stands alone.
        by: Who set them.

    Raises:
        BangfuError: The union is not known, or the channels do not fit together.
    """
    wanted = list(rows)
    check_union(connection, union_code)
    if not wanted or (len(wanted) > 1 and any(row.channel is Channel.NONE for row in wanted)):
        raise BangfuError("A union has at least one channel, and `none` stands alone.")
    kept = {row.channel: row for row in channel_rows(connection, union_code)}
    connection.execute(delete(UnionChannel).where(UnionChannel.union_code == union_code))
    for row in wanted:
        former = kept.get(row.channel, row)
        versions = {"secret_version": former.secret_version, "former_until": former.former_until}
        connection.execute(insert(UnionChannel).values(**{**vars(row), **versions, "set_by": by}))


def channel_rows(connection: Connection, union_code: str | None = None) -> list[ChannelRow]:
    """What is set, of one union or of all."""
    columns = [UnionChannel.__table__.c[name] for name in ChannelRow.__dataclass_fields__]
    query = select(*columns).order_by(UnionChannel.union_code, UnionChannel.channel)
    if union_code is not None:
        query = query.where(UnionChannel.union_code == union_code)
    return [ChannelRow(**{**row, "channel": Channel(row["channel"])}) for row in connection.execute(query).mappings()]


def channels_of(connection: Connection, union_code: str) -> tuple[Channel, ...]:
    """The ways in which a union is told; none at all where it must not be."""
    found = tuple(row.channel for row in channel_rows(connection, union_code))
    return tuple(channel for channel in found or (Channel.INBOX,) if channel is not Channel.NONE)


def rotate_secret(connection: Connection, union_code: str, overlap: dt.timedelta) -> int:
    """Let the next secret sign a union's webhooks, with the one before for so long; returns its version.

    Raises:
        BangfuError: The union has no webhook.
    """
    version = connection.scalar(
        update(UnionChannel)
        .where(UnionChannel.union_code == union_code, UnionChannel.channel == Channel.WEBHOOK)
        .values(secret_version=UnionChannel.secret_version + 1, former_until=func.now() + overlap)
        .returning(UnionChannel.secret_version)
    )
    if version is None:
        raise BangfuError(f"{union_code} has no webhook: set one with `bangfu channels set`.")
    return int(version)


def open_desk(connection: Connection, name: str, above: str) -> None:
    """Give an industry, system or company union a desk of its own: its clues are told to it and no longer to the county.

    Args:
        connection: Owner connection.
        name: As the rosters write it.
        above: Division code of the federation that watches over it.

    Raises:
        BangfuError: It is no name of such a union, or there is no such division.
    """
    if _FEDERATION.search(name) or not _NAME.fullmatch(name):
        raise BangfuError("The name of a union has 4 to 60 characters, without digits and blanks.")
    if re.search(TERRITORIAL_UNION, name) or not re.search(INDUSTRY_UNION, name):
        raise BangfuError(f"{name} is no industry, system or company union by its name (schemas/unions.py).")
    _check_division(above)
    statement = insert_or_update(UnionDesk).values(union_code=name, above=above)
    connection.execute(statement.on_conflict_do_update(index_elements=["union_code"], set_={"above": above}))


def above(connection: Connection, union_code: str) -> str | None:
    """The federation above a union; None above the province."""
    if _FEDERATION.fullmatch(union_code):
        return union_code[:-2] or None
    return connection.scalar(select(UnionDesk.above).where(UnionDesk.union_code == union_code))


def check_union(connection: Connection, union_code: str) -> None:
    """Raise BangfuError unless there is this federation, or a union of this name has a desk."""
    if _FEDERATION.fullmatch(union_code):
        _check_division(union_code)
    elif above(connection, union_code) is None:
        raise BangfuError(f"{union_code} has no desk of its own: open one with --above and the code of the federation.")


def _check_division(code: str) -> None:
    if len(code) not in {2, 4, 6} or code.ljust(6, "0") not in divisions() or code[-2:] == "00":
        raise BangfuError(f"There is no federation {code!r}: give 2 digits of the province, 4 or 6 of a division.")
