"""Reminders at three and seven working days, then the prefecture, then the province; each step once, in one notice."""

import datetime as dt
import threading

import pytest
from hand_built import Database, opened
from sqlalchemy import text

from bangfu.china_time import CHINA
from bangfu.db.outbox.channels import ChannelRow, open_desk, set_channels
from bangfu.db.outbox.notices import NewNotice, write_notices
from bangfu.pipeline.context import Context
from bangfu.pipeline.notices.remind import STEPS, remind
from bangfu.review.working_days import add_working_days
from schemas.notices import Channel, NoticeKind

TODAY = dt.datetime.now(CHINA).date()
EDUCATION = "昆明市教育工会"


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def tell(context: Context, *unions: str, version: int = 1, kind: NoticeKind = NoticeKind.LIST) -> None:
    with context.engine.begin() as connection:
        notices = [NewNotice(union, kind, version, {"new": 2}, TODAY) for union in unions]
        assert write_notices(connection, notices) == len(unions)


def acknowledge(context: Context, condition: str) -> None:
    statement = f"INSERT INTO notice_acknowledgement SELECT notice_id, 'inbox', 'x' FROM notice WHERE {condition}"
    with context.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount


def told(context: Context) -> list[tuple[object, ...]]:
    """What was written beside the lists, in order."""
    query = (
        "SELECT union_code, kind, split_part(step, ':', 1), counts FROM notice "
        "WHERE kind IN ('reminder', 'escalation') ORDER BY position"
    )
    with context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def after(days: int) -> dt.date:
    return add_working_days(TODAY, days)


def test_day_by_day(context: Context) -> None:
    tell(context, "530102", "530103", "532901")
    acknowledge(context, "union_code = '530103'")
    written = {day: remind(context, after(day)) for day in range(12)}
    assert {day: count for day, count in written.items() if count} == {3: 2, 7: 4, 10: 1}
    assert told(context) == [
        ("530102", "reminder", "first", {"new": 2}),
        ("532901", "reminder", "first", {"new": 2}),
        ("530102", "reminder", "second", {"new": 2}),
        ("532901", "reminder", "second", {"new": 2}),
        ("5301", "escalation", "above", {"unions": 1}),
        ("5329", "escalation", "above", {"unions": 1}),
        ("53", "escalation", "top", {"unions": 2}),
    ]


def test_the_day_before_is_too_early(context: Context) -> None:
    tell(context, "530102")
    assert remind(context, after(3) - dt.timedelta(1)) == 0
    assert remind(context, after(3)) == 1
    assert remind(context, after(3)) == 0


def test_after_a_standstill_a_union_is_reminded_once(context: Context) -> None:
    tell(context, "530102")
    assert remind(context, after(30)) == 3
    assert [row[:3] for row in told(context)] == [
        ("530102", "reminder", "second"), ("53", "escalation", "top"), ("5301", "escalation", "above"),
    ]  # fmt: skip
    assert remind(context, after(60)) == 0


def test_acknowledging_ends_it(context: Context) -> None:
    tell(context, "530102")
    remind(context, after(3))
    acknowledge(context, "kind = 'list'")
    assert remind(context, after(10)) == 0


def test_a_reminder_that_is_acknowledged_ends_it(context: Context) -> None:
    tell(context, "530102")
    remind(context, after(3))
    acknowledge(context, "kind = 'reminder'")
    assert remind(context, after(10)) == 0


def test_a_later_list_acknowledges_earlier_ones_and_no_other_kind(context: Context) -> None:
    tell(context, "530102")
    tell(context, "530102", kind=NoticeKind.RETRACTION)
    tell(context, "530102", version=2)
    acknowledge(context, "list_version = 2")
    remind(context, after(3))
    with context.engine.connect() as connection:
        about = connection.scalars(
            text("SELECT told.kind FROM notice JOIN notice AS told ON told.notice_id = notice.about")
        )
        assert list(about) == ["retraction"]


def test_an_earlier_list_acknowledges_no_later_one(context: Context) -> None:
    tell(context, "530102")
    acknowledge(context, "list_version = 1")
    tell(context, "530102", version=2)
    assert remind(context, after(3)) == 1


def test_who_is_not_told_is_not_reminded(context: Context) -> None:
    with context.engine.begin() as connection:
        set_channels(connection, "530102", [ChannelRow("530102", Channel.NONE)], by="test")
    tell(context, "530102")
    assert remind(context, after(10)) == 0


def test_unions_of_the_other_tree_and_of_the_province(context: Context) -> None:
    with context.engine.begin() as connection:
        open_desk(connection, EDUCATION, "5301")
    tell(context, EDUCATION, "53")
    remind(context, after(10))
    assert sorted(row[:2] for row in told(context)) == [
        ("53", "escalation"), ("53", "reminder"), ("5301", "escalation"), (EDUCATION, "reminder"),
    ]  # fmt: skip


def test_two_at_once_write_each_once(context: Context) -> None:
    tell(context, *(f"5301{county:02}" for county in (2, 3, 11, 12, 13, 14)))
    gate = threading.Barrier(3)
    counts: list[int] = []

    def work() -> None:
        gate.wait(10)
        counts.append(remind(context, after(3)))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(counts) == [0, 0, 6]


def test_the_steps_are_in_order() -> None:
    assert [step.days for step in STEPS] == sorted(step.days for step in STEPS)
    assert len({step.code for step in STEPS}) == len(STEPS)
