"""Setting a union's channels (设置通知渠道), with their addresses checked."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bangfu.db.outbox import channels
from bangfu.db.outbox.channels import ChannelRow
from bangfu.errors import BangfuError
from bangfu.notifying.addresses import check_email, check_webhook, server_of
from bangfu.notifying.webhook import secret_of
from bangfu.pipeline.context import Context
from schemas.notices import Channel, union_name

__all__ = ["MAIL_SERVER", "Wanted", "list_channels", "rotate_secret", "set_channels", "webhook_secret"]

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


def webhook_secret(context: Context, union_code: str) -> str:
    """The secret that signs a union's webhooks now, to be handed to its system by a safe way.

    Raises:
        BangfuError: The union has no webhook.
    """
    with context.engine.connect() as connection:
        rows = channels.channel_rows(connection, union_code)
    versions = [row.secret_version for row in rows if row.channel is Channel.WEBHOOK]
    if not versions:
        raise BangfuError(f"{union_code} has no webhook: set one with `bangfu channels set`.")
    return secret_of(context.settings.secret("webhook-key"), union_code, versions[0])


def rotate_secret(context: Context, union_code: str, overlap: dt.timedelta) -> str:
    """Replace the secret of a union's webhooks; both sign for the time of the overlap. Returns the new one.

    Raises:
        BangfuError: The union has no webhook.
    """
    with context.engine.begin() as connection:
        channels.rotate_secret(connection, union_code, overlap)
    return webhook_secret(context, union_code)


def _checked(context: Context, union_code: str, channel: Channel, address: str | None) -> ChannelRow:
    settings = context.settings.notices
    if channel is Channel.EMAIL:
        check_email(address or "", settings)
        return ChannelRow(union_code, channel, address, MAIL_SERVER)
    if channel is Channel.WEBHOOK:
        check_webhook(address or "", settings)
        return ChannelRow(union_code, channel, address, server_of(address or ""))
    return ChannelRow(union_code, channel)
