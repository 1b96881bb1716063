"""Deadlines: counted in working days, in hours for what cannot wait; every case is in one bucket of the inbox."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given

from bangfu.china_time import CHINA
from bangfu.review.cases import Case
from bangfu.review.deadlines import Calendar, calendar_of, due, end_of_waiting
from bangfu.review.freezes import Freeze
from tests.bangfu.review.walking import TO_FILE, TO_VISIT, begun, chances, walked, wandered

PLAIN = Calendar()
FROZEN = Calendar((Freeze("530100", date(2026, 6, 2), date(2026, 6, 4), "农忙", "示例"),))


def last_day(case: Case, calendar: Calendar = PLAIN) -> str:
    end = due(case, calendar)
    assert end is not None
    return end.day.isoformat()


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("steps", "day"),
    [
        ((), "2026-06-08"),  # 初筛 5 working days from Monday, 1 June
        (("send",), "2026-06-03"),  # 签收 2
        (("send", "receive"), "2026-06-03"),
        (TO_VISIT[:3], "2026-06-08"),  # 首次联系 5
        (TO_VISIT[:4], "2026-06-23"),  # 入户 15 from assignment; 19 June is 端午节
        (TO_VISIT[:6], "2026-06-23"),
        (TO_VISIT, "2026-06-15"),
        (TO_FILE, "2026-06-10"),  # 公示 5, then 2 to end it
    ],
)
def test_limits_from_a_monday(steps: tuple[str, ...], day: str) -> None:
    assert last_day(walked(begun(), *steps, hours=0.1)) == day


def test_the_clock_stands_still_in_a_freeze_but_not_for_what_cannot_wait() -> None:
    case, urgent = walked(begun(), "send"), walked(begun(urgent=True), "send")
    assert last_day(case, FROZEN) == "2026-06-08"
    end = due(urgent, FROZEN)
    assert end is not None
    assert end.moment - urgent.entered["sent"] == timedelta(hours=24)


def test_a_death_or_a_collapsed_house_is_contacted_within_24_hours_of_the_list() -> None:
    """Receiving and assigning do not start the day anew; once contact is made the ordinary limits hold."""
    case = walked(begun(urgent=True), "send", "receive", "assign", hours=5)
    end = due(case, PLAIN)
    assert end is not None
    assert end.moment == case.entered["sent"] + timedelta(hours=24)
    assert last_day(walked(case, "contact")) == "2026-06-24"  # assigned on Tuesday at 1 o'clock


def test_a_second_visit_has_its_own_time() -> None:
    case = walked(walked(begun(), *TO_VISIT), "visit_again", hours=24 * 20)
    assert last_day(case) == "2026-07-10"  # asked for on Sunday, 21 June


def test_a_limit_that_crosses_an_unpublished_year_is_provisional() -> None:
    late = walked(begun(), *TO_VISIT[:2], hours=24 * 100)
    end = due(walked(late, "assign", hours=24), PLAIN)
    assert end is not None
    assert (end.day.isoformat(), end.provisional) == ("2026-12-25", False)
    end = due(walked(late, "assign", "contact", hours=24), PLAIN)
    assert end is not None
    assert (end.day.year, end.provisional) == (2027, True)


def test_a_case_without_a_limit_says_so() -> None:
    assert due(walked(begun(), *TO_FILE, "object"), PLAIN) is None
    assert due(walked(begun(), "withdraw"), PLAIN) is None


def test_a_notice_of_seven_days() -> None:
    case = walked(begun(), *TO_FILE, hours=0.1)
    for count, day in ((3, "2026-06-04"), (5, "2026-06-08"), (7, "2026-06-10")):
        end = end_of_waiting(case, calendar_of((), {("candidate", "on_notice"): count}))
        assert end is not None
        assert end.day.isoformat() == day


def test_put_off_until_a_stated_day() -> None:
    case = walked(walked(begun(), *TO_VISIT[:3]), "settle:90", until="2026-07-01")
    end = end_of_waiting(case, PLAIN)
    assert end is not None
    assert (end.day.isoformat(), last_day(case)) == ("2026-07-01", "2026-07-08")


def test_quarterly_calls_end_with_the_month() -> None:
    case = walked(begun("monitor"), "look", hours=24 * 91)  # 31 August
    end = end_of_waiting(case, PLAIN)
    assert end is not None
    assert (case.entered["watching"].date().isoformat(), end.day.isoformat()) == ("2026-08-31", "2026-11-30")


@given(chances)
def test_a_freeze_never_brings_a_deadline_forward(chance: Random) -> None:
    case = wandered(chance)
    plain, frozen = due(case, PLAIN), due(case, FROZEN)
    assert plain is None or (frozen is not None and plain.moment <= frozen.moment)
