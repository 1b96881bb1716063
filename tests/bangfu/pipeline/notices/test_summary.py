"""Operators see what waits, what was sent, what was given up, and who is down; a union that is late is counted."""

import pytest
from sqlalchemy import text

from bangfu.cli.status import _notice_lines
from bangfu.pipeline.context import Context
from bangfu.pipeline.notices.dispatch import dispatch_due
from bangfu.pipeline.status import status
from schemas.notices import Channel
from tests.bangfu.notifying.servers import MailServer, Receiver
from tests.bangfu.pipeline.notices.conftest import notices_for


def test_where_the_outbox_stands(context: Context, receiver: Receiver, mails: MailServer) -> None:
    assert status(context)["notices"] == []
    assert _notice_lines(status(context)) == []
    notices_for(context, 5, (Channel.INBOX, None), (Channel.WEBHOOK, receiver.url), (Channel.EMAIL, "a@union.example"))
    receiver.answers += [503, 503, 503]
    mails.recipient.append("550 no such user")
    dispatch_due(context)
    told = status(context)
    assert [tuple(row.values())[:5] for row in told["notices"]] == [
        ("email", 0, 4, 1, 0), ("inbox", 0, 5, 0, 0), ("webhook", 5, 0, 0, 0),
    ]  # fmt: skip
    assert [row["oldest"] is not None for row in told["notices"]] == [False, False, True]
    [down] = told["servers_down"]
    assert (down["server"], down["failures"]) == (receiver.url.removeprefix("http://").removesuffix("/hook"), 3)
    lines = _notice_lines(told)
    assert lines[1] == "notices: 0 not acknowledged in time"
    assert lines[3].split()[:5] == ["email", "0", "4", "1", "0"]
    assert ": down, 3 failures, tried again at " in lines[-1]


@pytest.mark.parametrize(("acknowledged", "late"), [("530102", 4), ("none", 5)])
def test_unions_that_are_late(context: Context, acknowledged: str, late: int) -> None:
    """The day to acknowledge lies before now in `notices_for` only when the clock says so: it is set back here."""
    notices_for(context, 5, (Channel.INBOX, None))
    with context.engine.begin() as connection:
        connection.execute(text("ALTER TABLE notice DISABLE TRIGGER notice_entries_stay"))
        connection.execute(text("UPDATE notice SET acknowledge_by = '2020-01-01'"))
        connection.execute(
            text(
                "INSERT INTO notice_acknowledgement SELECT notice_id, 'inbox', 'x' FROM notice WHERE union_code = :code"
            ),
            {"code": acknowledged},
        )
    assert status(context)["unacknowledged"] == late
