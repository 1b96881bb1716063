"""The inbox: every case is in one place, overdue ones climb, and a list nobody received is brought to mind."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.china_time import CHINA
from bangfu.review.deadlines import Calendar, due
from bangfu.review.freezes import Freeze
from bangfu.review.inbox import BUCKETS, Bucket, bucket, reminder, told
from schemas.flow import Role
from schemas.flows import FLOWS
from tests.bangfu.review.walking import BEGIN, TO_FILE, begun, chances, walked, wandered

PLAIN = Calendar()
FROZEN = Calendar((Freeze("530100", date(2026, 6, 2), date(2026, 6, 4), "农忙", "示例"),))


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def test_every_bucket_has_a_name() -> None:
    assert [code.code for code in BUCKETS.codes] == list(Bucket)


@pytest.mark.parametrize(
    ("now", "seen", "where"),
    [
        ("2026-06-01 12:00", None, Bucket.NEW),
        ("2026-06-01 12:00", "2026-06-01 11:30", Bucket.IN_HAND),
        ("2026-06-02 09:00", None, Bucket.DUE_SOON),
        ("2026-06-03 23:59", None, Bucket.DUE_SOON),
        ("2026-06-04 00:00", None, Bucket.OVERDUE),
    ],
)
def test_the_inbox_of_a_case_to_be_received(now: str, seen: str | None, where: Bucket) -> None:
    case = walked(begun(), "send")  # Monday 11 o'clock; due on Wednesday
    assert bucket(case, china(now), PLAIN, china(seen) if seen else None) is where


@pytest.mark.parametrize(
    ("now", "where"),
    [("2026-06-08 23:59", Bucket.WAITING), ("2026-06-09 00:00", Bucket.DUE_SOON), ("2026-06-11 00:00", Bucket.OVERDUE)],
)
def test_the_inbox_of_a_notice(now: str, where: Bucket) -> None:
    """Nothing can be done while it stands; from then on it is to be ended."""
    case = walked(begun(), *TO_FILE, hours=0.1)
    assert bucket(case, china(now), PLAIN, BEGIN + timedelta(365)) is where


def test_ended_and_disputed_cases() -> None:
    far = china("2027-06-01 00:00")
    assert bucket(walked(begun(), "withdraw"), far, PLAIN) is Bucket.DONE
    assert bucket(walked(begun(), *TO_FILE, "object"), far, PLAIN) is Bucket.WAITING


@pytest.mark.parametrize(
    ("now", "roles"),
    [
        ("2026-06-03 23:00", ()),
        ("2026-06-04 00:00", (Role.APPROVER,)),
        ("2026-06-08 10:00", (Role.APPROVER, Role.PREFECTURE)),
        ("2026-06-12 10:00", (Role.APPROVER, Role.PREFECTURE, Role.PROVINCE)),
    ],
)
def test_an_overdue_case_climbs(now: str, roles: tuple[Role, ...]) -> None:
    """County at once, prefecture after 3 working days, province after 7."""
    assert told(walked(begun(), "send"), china(now), PLAIN) == roles


def test_an_overdue_urgent_clue_climbs_by_the_hour() -> None:
    case = walked(begun(urgent=True), "send")  # Monday 11 o'clock
    assert told(case, china("2026-06-02 10:59"), PLAIN) == ()
    assert told(case, china("2026-06-02 11:00"), PLAIN) == (Role.PREFECTURE,)
    assert told(case, china("2026-06-03 11:00"), PLAIN) == (Role.PREFECTURE, Role.PROVINCE)


def test_nobody_below_the_owner_is_told() -> None:
    far = china("2026-12-01 00:00")
    assert told(walked(begun(), "send", "send_back"), far, PLAIN) == (Role.PROVINCE,)
    assert told(begun(), far, PLAIN) == ()
    assert told(walked(begun(), "withdraw"), far, PLAIN) == ()


@pytest.mark.parametrize(("day", "which"), [(3, None), (4, 3), (9, 3), (10, 7), (30, 7)])
def test_a_list_that_nobody_receives_is_brought_to_mind(day: int, which: int | None) -> None:
    sent, now = china("2026-06-01 18:00"), china(f"2026-06-{day:02} 08:00")
    assert reminder(sent, now, acknowledged=False) == which
    assert reminder(sent, now, acknowledged=True) is None


@given(chances, st.integers(0, 400), st.booleans())
def test_every_case_has_one_place_and_a_deadline_or_a_reason(chance: Random, days: int, urgent: bool) -> None:
    case = wandered(chance, urgent=urgent)
    now = case.history[-1].at + timedelta(days)
    end, where = due(case, FROZEN), bucket(case, now, FROZEN)
    state = FLOWS[case.flow].states[case.state]
    assert (where is Bucket.DONE) == state.ended
    assert (end is None) == (state.ended or state.no_limit is not None)
    assert (where is Bucket.OVERDUE) == (end is not None and not state.ended and now >= end.moment)
    assert not told(case, now, FROZEN) or where is Bucket.OVERDUE
