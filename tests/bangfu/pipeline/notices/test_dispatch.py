"""Dispatching: sent once, tried again later, given up in the end, servers that are down left alone."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from bangfu.db.outbox.channels import rotate_secret, set_channels
from bangfu.db.outbox.messages import ATTEMPTS, claim, close_failed, close_sent, dead_messages, requeue
from bangfu.db.outbox.models import MessageStatus
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.notices import dispatch
from bangfu.pipeline.notices.dispatch import LEASE, DispatchSummary, dispatch_due
from schemas.notices import Channel
from tests.bangfu.notifying.servers import MailServer, Receiver
from tests.bangfu.pipeline.notices.conftest import ids, let_time_pass, notices_for, stand


def test_by_every_channel_once(context: Context, receiver: Receiver, mails: MailServer) -> None:
    rows = ((Channel.INBOX, None), (Channel.EMAIL, "a@union.example"), (Channel.WEBHOOK, receiver.url))
    notices_for(context, 3, *rows)
    assert dispatch_due(context) == DispatchSummary(sent=6)
    assert dispatch_due(context) == DispatchSummary()
    assert stand(context) == [("sent", 1, "sent")] * 6
    mailed = [mail["Message-ID"].strip("<>").partition("@")[0] for mail in mails.mails]
    assert sorted([*receiver.ids, *mailed]) == sorted(ids(context))


def test_what_fails_is_tried_again_with_the_same_id(context: Context, receiver: Receiver) -> None:
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url))
    receiver.answers += [500, 404]
    assert dispatch_due(context) == DispatchSummary(failed=1)
    assert stand(context) == [("waiting", 1, "http_500")]
    assert dispatch_due(context) == DispatchSummary()  # it is not due yet
    with context.engine.connect() as connection:
        wait = text("SELECT extract(epoch FROM due_at - now()) FROM notice_message")
        assert 10 < float(connection.scalar(wait) or 0) <= 30
    for expected in (DispatchSummary(failed=1), DispatchSummary(sent=1)):
        let_time_pass(context)
        assert dispatch_due(context) == expected
    assert receiver.ids == ids(context) * 3
    assert len({post.body for post in receiver.posts}) == 1
    with context.engine.connect() as connection:
        tried = connection.execute(text("SELECT number, code FROM notice_attempt ORDER BY attempt_id")).all()
    assert [tuple(row) for row in tried] == [(1, "http_500"), (2, "http_404"), (3, "sent")]


def test_a_receiver_that_asks_for_time_gets_it(context: Context, receiver: Receiver) -> None:
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url))
    receiver.answers.append((429, {"retry-after": "600"}))
    dispatch_due(context)
    with context.engine.connect() as connection:
        wait = text("SELECT extract(epoch FROM due_at - now()) FROM notice_message")
        assert 590 < float(connection.scalar(wait) or 0) <= 600


def test_given_up_in_the_end_and_tried_again_by_hand(context: Context, receiver: Receiver) -> None:
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url))
    receiver.answers += [400] * ATTEMPTS
    for _ in range(ATTEMPTS):
        let_time_pass(context)
        dispatch_due(context)
    let_time_pass(context)
    assert dispatch_due(context) == DispatchSummary()
    [message_id] = ids(context)
    with context.engine.begin() as connection:
        [told] = dead_messages(connection)
        assert told == {
            "message_id": message_id, "union": "530102", "channel": "webhook", "kind": "list", "list_version": 1,
            "attempts": ATTEMPTS, "code": "http_400",
        }  # fmt: skip
        requeue(connection, message_id)
        with pytest.raises(BangfuError, match="no dead message"):
            requeue(connection, message_id)
    assert dispatch_due(context) == DispatchSummary(sent=1)
    assert receiver.ids == [message_id] * (ATTEMPTS + 1)


def test_what_is_permanent_is_given_up_at_once(context: Context, receiver: Receiver, mails: MailServer) -> None:
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url), (Channel.EMAIL, "a@union.example"))
    receiver.answers.append(410)
    mails.recipient.append("550 no such user")
    assert dispatch_due(context) == DispatchSummary(dead=2)
    assert sorted(stand(context)) == [("dead", 1, "http_410"), ("dead", 1, "smtp_550")]


def test_a_message_that_kills_its_dispatchers_is_given_up(context: Context, receiver: Receiver) -> None:
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url))
    for _ in range(ATTEMPTS):
        let_time_pass(context)
        with context.engine.begin() as connection:
            assert claim(connection, [Channel.WEBHOOK], LEASE)
    let_time_pass(context)
    assert dispatch_due(context) == DispatchSummary(dead=1)
    assert stand(context) == [("dead", ATTEMPTS, "interrupted")]


def test_one_that_cannot_be_made_holds_up_no_other(
    context: Context, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> dict[str, object]:
        monkeypatch.undo()
        raise ValueError("岩罕")

    notices_for(context, 2, (Channel.WEBHOOK, receiver.url))
    monkeypatch.setattr(dispatch, "payload", fail)
    assert dispatch_due(context) == DispatchSummary(sent=1, failed=1)
    assert sorted(stand(context)) == [("sent", 1, "sent"), ("waiting", 1, "unexpected")]


def test_a_server_that_is_down_is_left_alone(context: Context, receiver: Receiver, mails: MailServer) -> None:
    """Its messages lose no attempts meanwhile, and those of other servers are sent."""
    notices_for(context, 8, (Channel.WEBHOOK, receiver.url), (Channel.EMAIL, "a@union.example"))
    receiver.answers += [503] * 4
    assert dispatch_due(context) == DispatchSummary(sent=8, failed=3)
    assert len(receiver.posts) == 3
    let_time_pass(context)
    assert dispatch_due(context) == DispatchSummary(failed=1)  # one trial
    assert sorted(attempts for _, attempts, code in stand(context) if code != "sent")[:4] in ([0] * 4, [0, 0, 0, 0])
    with context.engine.connect() as connection:
        query = text("SELECT failures, extract(epoch FROM open_until - now()) FROM channel_circuit")
        [(failures, seconds)] = connection.execute(query).all()
    assert (failures, 100 < float(seconds) <= 120) == (4, True)
    let_time_pass(context)
    assert dispatch_due(context) == DispatchSummary(sent=8)
    assert sorted(set(receiver.ids)) == sorted(set(ids(context)) & set(receiver.ids))
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM channel_circuit")) == 0


def test_without_a_mail_server_mails_wait(context: Context) -> None:
    notices_for(context, 1, (Channel.EMAIL, "a@union.example"))
    without = replace(context, settings=replace(context.settings, notices=replace(context.settings.notices, smtp=None)))
    assert dispatch_due(without) == DispatchSummary()
    assert stand(context) == [("waiting", 0, None)]


def test_a_channel_that_was_taken_away(context: Context, receiver: Receiver) -> None:
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url))
    with context.engine.begin() as connection:
        from bangfu.db.outbox.channels import ChannelRow

        set_channels(connection, "530102", [ChannelRow("530102", Channel.INBOX)], by="test")
    assert dispatch_due(context) == DispatchSummary(cancelled=1)
    assert (stand(context), receiver.posts) == ([("cancelled", 1, "no_channel")], [])


def test_an_address_that_is_not_allowed_any_more(context: Context, receiver: Receiver) -> None:
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url), (Channel.EMAIL, "a@union.example"))
    stricter = replace(context.settings.notices, private=False, domains=("gov.example",))
    strict = replace(context, settings=replace(context.settings, notices=stricter))
    assert dispatch_due(strict) == DispatchSummary(failed=2)
    assert sorted(code or "" for *_, code in stand(context)) == ["domain_not_allowed", "webhook_without_tls"]
    assert receiver.posts == []


def test_a_refused_address_says_nothing_of_its_server(context: Context, receiver: Receiver) -> None:
    """Else one message that is not allowed would end the rest for a server that is down."""
    notices_for(context, 4, (Channel.WEBHOOK, receiver.url))
    receiver.answers += [503] * 3
    dispatch_due(context)
    let_time_pass(context)
    strict = replace(
        context, settings=replace(context.settings, notices=replace(context.settings.notices, private=False))
    )
    dispatch_due(strict)
    with context.engine.connect() as connection:
        assert connection.scalar(text("SELECT failures FROM channel_circuit")) == 3


def test_a_secret_is_replaced_with_an_overlap(context: Context, receiver: Receiver) -> None:
    from datetime import timedelta

    from standardwebhooks import Webhook

    from bangfu.notifying.webhook import secret_of

    notices_for(context, 1, (Channel.WEBHOOK, receiver.url))
    with context.engine.begin() as connection:
        assert rotate_secret(connection, "530102", timedelta(days=7)) == 2
        with pytest.raises(BangfuError, match="no webhook"):
            rotate_secret(connection, "532901", timedelta(days=7))
    dispatch_due(context)
    [post] = receiver.posts
    key = context.settings.secret("webhook-key")
    for version in (1, 2):
        Webhook(secret_of(key, "530102", version)).verify(post.body, post.headers)


def test_a_late_success_counts_and_a_late_failure_does_not(context: Context, receiver: Receiver) -> None:
    """Two dispatchers with the same message, since the lease of the first ran out."""
    notices_for(context, 1, (Channel.WEBHOOK, receiver.url))
    claims = []
    for _ in range(2):
        let_time_pass(context)
        with context.engine.begin() as connection:
            claims.append(claim(connection, [Channel.WEBHOOK], LEASE))
    first, second = claims
    assert first is not None
    assert second is not None
    with context.engine.begin() as connection:
        from datetime import timedelta

        close_failed(connection, first, "timeout", 1, status=MessageStatus.DEAD, wait=timedelta(0))
    assert stand(context) == [("waiting", 2, None)]
    with context.engine.begin() as connection:
        close_sent(connection, first, 1)
    assert stand(context) == [("sent", 2, "sent")]


def test_side_by_side_each_message_is_one_dispatcher_s(context: Context, receiver: Receiver) -> None:
    notices_for(context, 40, (Channel.WEBHOOK, receiver.url))
    receiver.answers += [0.01] * 40
    gate = threading.Barrier(4)
    done: list[DispatchSummary] = []

    def work() -> None:
        gate.wait(10)
        done.append(dispatch_due(context))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(summary.sent for summary in done) == 40
    assert sorted(receiver.ids) == sorted(ids(context))
