"""Installations with notices that wait, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.db.outbox.channels import ChannelRow, set_channels
from bangfu.db.outbox.notices import NewNotice, write_notices
from bangfu.notice_settings import NoticeSettings, SmtpSettings
from bangfu.notifying.addresses import server_of
from bangfu.pipeline.context import Context
from schemas.notices import Channel, NoticeKind
from schemas.reference import counties
from tests.bangfu.notifying.servers import MailServer, Receiver, mailing, receiving

UNIONS = [county.code for county in counties()]


def notices_for(context: Context, number: int, *rows: tuple[Channel, str | None]) -> None:
    """A notice to each of the first unions, all with the same channels."""
    with context.engine.begin() as connection:
        for union in UNIONS[:number]:
            made = [
                ChannelRow(union, channel, address, "smtp" if channel is Channel.EMAIL else server_of(address))
                if address
                else ChannelRow(union, channel)
                for channel, address in rows
            ]
            set_channels(connection, union, made, by="test")
        write_notices(
            connection,
            [NewNotice(union, NoticeKind.LIST, 1, {"new": 1}, dt.date(2099, 12, 2)) for union in UNIONS[:number]],
        )


def stand(context: Context) -> list[tuple[str, int, str | None]]:
    """Status, attempts and last code of every message that has to be sent."""
    query = "SELECT status, attempts, last_code FROM notice_message WHERE channel <> 'inbox' ORDER BY message_id"
    with context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def ids(context: Context) -> list[str]:
    with context.engine.connect() as connection:
        return list(connection.scalars(text("SELECT message_id FROM notice_message WHERE channel <> 'inbox'")))


def let_time_pass(context: Context) -> None:
    """What waits is due, leases have run out, servers may be tried again."""
    with context.engine.begin() as connection:
        connection.execute(
            text("UPDATE notice_message SET due_at = now(), leased_until = now() WHERE status = 'waiting'")
        )
        connection.execute(text("UPDATE channel_circuit SET open_until = now()"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mailing("none") as found:
        yield found


Notices = Callable[..., Context]


@pytest.fixture
def context(database: Database, mails: MailServer) -> Context:
    """An installation that may post to this machine, and mails through the test's server."""
    smtp = SmtpSettings("127.0.0.1", mails.port, "none", "bangfu@union.example")
    notices = NoticeSettings("https://portal.example", smtp, private=True)
    found = opened(database)
    return replace(found, settings=replace(found.settings, notices=notices))
