"""Setting a union's channels (设置通知渠道), with their addresses checked."""

from collections.abc import Sequence
from typing import Any

from bangfu.db.outbox import channels
from bangfu.db.outbox.channels import ChannelRow
from bangfu.notifying.addresses import check_email, check_webhook, server_of
from bangfu.pipeline.context import Context
from schemas.notices import Channel, union_name

__all__ = ["MAIL_SERVER", "Wanted", "list_channels", "set_channels"]

MAIL_SERVER = "smtp"
"""The server that all mails go through."""

Wanted = Sequence[tuple[Channel, str | None]]
"""Channels with their addresses."""


def set_channels(context: Context, union_code: str, wanted: Wanted, *, by: str, above: str | None = None) -> None:
    """Set all channels of a union in place of those before.

    Args:
        context: The installation.
        union_code: Division code of a federation, or name of a union of the other tree.
        wanted: What to set.
        by: Who sets it.
        above: Gives a union of the other tree a desk of its own, below this federation.

    Raises:
        BangfuError: The union is not known, or an address is not allowed.
    """
    rows = [_checked(context, union_code, channel, address) for channel, address in wanted]
    with context.engine.begin() as connection:
        if above is not None:
            channels.open_desk(connection, union_code, above)
        channels.set_channels(connection, union_code, rows, by=by)


def list_channels(context: Context) -> list[dict[str, Any]]:
    """What is set: `union`, `name`, `channel`, `address` and `secret_version` of each."""
    with context.engine.connect() as connection:
        rows = channels.channel_rows(connection)
    return [
        {
            "union": row.union_code,
            "name": union_name(row.union_code),
            "channel": str(row.channel),
            "address": row.address,
            "secret_version": row.secret_version if row.channel is Channel.WEBHOOK else None,
        }
        for row in rows
    ]


def _checked(context: Context, union_code: str, channel: Channel, address: str | None) -> ChannelRow:
    settings = context.settings.notices
    if channel is Channel.EMAIL:
        check_email(address or "", settings)
        return ChannelRow(union_code, channel, address, MAIL_SERVER)
    if channel is Channel.WEBHOOK:
        check_webhook(address or "", settings)
        return ChannelRow(union_code, channel, address, server_of(address or ""))
    return ChannelRow(union_code, channel)
