"""Sending what waits in the outbox (发送): claim, send, record; any number of dispatchers side by side.

At least once: a dispatcher that dies between sending and recording leaves a message that is sent again, under the same
id, when its lease has run out. No message is sent by two dispatchers within a lease.
"""

import datetime as dt
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bangfu.db.outbox import messages
from bangfu.db.outbox.circuits import note_down, note_up
from bangfu.db.outbox.messages import ATTEMPTS, Claimed
from bangfu.db.outbox.models import MessageStatus
from bangfu.errors import Refused
from bangfu.notifying.addresses import check_email, check_webhook
from bangfu.notifying.failure import SendError
from bangfu.notifying.mail import send_letter
from bangfu.notifying.telling import letter, payload
from bangfu.notifying.webhook import post, secret_of
from bangfu.pipeline.context import Context
from schemas.notices import Channel

__all__ = ["LEASE", "DispatchSummary", "dispatch_due", "wait_before"]

_LOG = logging.getLogger("bangfu.notices")

LEASE = dt.timedelta(minutes=10)
"""How long a message is one dispatcher's: longer than a look-up of a name, a webhook's 30 seconds or a mail dialogue."""

SHORTEST, LONGEST = 30.0, 6 * 3600.0
"""Seconds before the second attempt, and at most before any."""


@dataclass(frozen=True)
class DispatchSummary:
    """What a round came to.

    Attributes:
        sent: Messages that were taken.
        failed: Attempts after which a message goes on waiting.
        dead: Messages that were given up.
        cancelled: Messages whose channel was taken away.
    """

    sent: int = 0
    failed: int = 0
    dead: int = 0
    cancelled: int = 0


def dispatch_due(context: Context) -> DispatchSummary:
    """Send everything that is due, one message at a time; an interrupted round is gone on with by the next."""
    with context.engine.begin() as connection:
        counts = {"sent": 0, "waiting": 0, "dead": messages.bury(connection), "cancelled": 0}
    channels = [Channel.WEBHOOK, *([Channel.EMAIL] if context.settings.notices.smtp else [])]
    while True:
        with context.engine.begin() as connection:
            claimed = messages.claim(connection, channels, LEASE)
        if claimed is None:
            return DispatchSummary(counts["sent"], counts["waiting"], counts["dead"], counts["cancelled"])
        counts[_attempt(context, claimed)] += 1


def wait_before(number: int, chance: float) -> dt.timedelta:
    """How long to wait after attempt `number`: twice as long each time, and between half of that and all of it.

    Args:
        number: Of the attempt that failed, counting from 1.
        chance: Between 0 and 1; spreads those that failed together.

    >>> [wait_before(number, 1.0).total_seconds() for number in (1, 2, 3, 11)]
    [30.0, 60.0, 120.0, 21600.0]
    >>> wait_before(1, 0.0).total_seconds()
    15.0
    """
    seconds = min(SHORTEST * 2.0 ** (number - 1), LONGEST)
    return dt.timedelta(seconds=seconds * (1 + chance) / 2)


def _attempt(context: Context, message: Claimed) -> MessageStatus:
    """Send a message and record what came of it."""
    began = time.monotonic()
    failure: SendError | None = None
    note: Callable[[Connection, str], None] = note_up
    try:
        _send(context, message)
    except SendError as error:
        failure, note = error, note_down if error.down else note_up
    except Refused as error:
        failure, note = SendError(error.code), _note_nothing
    except Exception as error:  # one message that cannot be sent must not hold up the others
        _LOG.error("message %s failed: %s", message.message_id, type(error).__name__)
        failure, note = SendError("unexpected"), _note_nothing
    milliseconds = int((time.monotonic() - began) * 1000)
    with context.engine.begin() as connection:
        if message.server is not None:
            note(connection, message.server)
        if failure is None:
            messages.close_sent(connection, message, milliseconds)
            return MessageStatus.SENT
        status = _status_after(message, failure)
        wait = max(wait_before(message.number, random.random()), dt.timedelta(seconds=failure.retry_after))  # noqa: S311
        messages.close_failed(connection, message, failure.code, milliseconds, status=status, wait=wait)
    return status


def _note_nothing(_connection: Connection, _server: str) -> None:
    """The server was not asked, so nothing is known of it."""


def _status_after(message: Claimed, failure: SendError) -> MessageStatus:
    if message.address is None:
        return MessageStatus.CANCELLED
    return MessageStatus.DEAD if failure.permanent or message.number >= ATTEMPTS else MessageStatus.WAITING


def _send(context: Context, message: Claimed) -> None:
    settings = context.settings.notices
    if message.address is None:
        raise SendError("no_channel", permanent=True)
    if message.channel is Channel.EMAIL:
        assert settings.smtp is not None
        check_email(message.address, settings)
        mail = letter(message.notice, message.message_id, message.address, settings.smtp.sender, settings)
        send_letter(settings.smtp, mail)
    else:
        key = context.settings.secret("webhook-key")
        secrets = [secret_of(key, message.notice.union_code, version) for version in message.secret_versions]
        content = payload(message.notice, settings)
        check_webhook(message.address, settings)
        post(message.address, content, message.message_id, secrets, private=settings.private)
